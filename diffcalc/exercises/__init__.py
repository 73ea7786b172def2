"""Marking somebody else's derivative, and exercises to practise on.

A mark says whether the answer is right, and if not, which rule was broken.

Imports base, language, tables, the three methods, the truth and comparison; neither descent nor
codegen.
"""

from diffcalc.exercises.mark import Counterexample, Grade, Mark, check

__all__ = ["Counterexample", "Grade", "Mark", "check"]
