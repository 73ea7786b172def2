"""Method 2, symbolic rules: the named rules of differentiation, applied to the formula as typed.

SymPy carries the algebra, and is never asked for a derivative. `arrays/` has the calculus of
vectors and matrices, `steps/` the workings and proofs that the command `steps` shows; a comparison
does without both, so they are imported from their own files.

Imports base and language.
"""

from diffcalc.symbolic.derivation import Derivation, Step
from diffcalc.symbolic.differentiate import differentiate, differentiate_again
from diffcalc.symbolic.length import too_long
from diffcalc.symbolic.rules import FUNCTION_RULES

__all__ = [
    "FUNCTION_RULES",
    "Derivation",
    "Step",
    "differentiate",
    "differentiate_again",
    "too_long",
]
