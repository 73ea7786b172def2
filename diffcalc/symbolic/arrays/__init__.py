"""The calculus of vectors and matrices: gradients by differentials, written as people do.

Imports what symbolic imports.
"""
