"""The tape as a program, run at many points at once, with bounds on its round-off error.

Imports what autograd imports.
"""
