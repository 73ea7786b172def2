"""The three methods side by side with the truth, and the verdict on them.

Of one point, of matrices, of curves, of an interval, and of a table of points.

Imports base, language, tables, the three methods and the truth.
"""
