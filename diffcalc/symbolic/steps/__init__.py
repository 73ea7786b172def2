"""The working of a derivative line by line, and its proof from the definition.

Imports what symbolic imports.
"""
