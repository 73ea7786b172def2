"""Marking somebody else's derivative: whether it is right, and if not, which rule was broken."""

from diffcalc.exercises.mark import Counterexample, Grade, Mark, check

__all__ = ["Counterexample", "Grade", "Mark", "check"]
