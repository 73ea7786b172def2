"""Gradient descent: the objective, the optimizers, the iterates, and how they end.

Imports base, language, the three methods, the truth and comparison; neither exercises nor codegen.
"""
