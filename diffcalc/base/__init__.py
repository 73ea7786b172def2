"""What knows no mathematics: errors, files, deadlines, processes, and how numbers are written.

Imports no other room.
"""
