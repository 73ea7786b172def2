"""Code for a function and its gradient, in the languages of `targets.py` and in LaTeX.

The program is replayed once more, with text for an algebra: what diffcalc evaluates is what it
writes, operation by operation. SymPy's code printers are not used: they know neither sigmoid nor
where, write log(1 + x) for log1p, and recurse. The derivatives are those of the rules, in forms
that keep their digits (`careful.py`), and one program computes them and the value, so that they
share what they have in common.

Imports base, language, the three methods, the truth and comparison; neither descent nor exercises.
"""

from diffcalc.codegen.emit import emit

__all__ = ["emit"]
