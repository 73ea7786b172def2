"""Implicit differentiation: the slope of a curve F(x, y) = 0, from the rules for F."""

from diffcalc.language.expression import Expression
from diffcalc.symbolic.derivation import Derivation, Step, real_text
from diffcalc.symbolic.elementwise import elementwise
from diffcalc.symbolic.notation import tidy
from diffcalc.symbolic.rules import Rule

IMPLICIT = Rule("implicit differentiation", "F(x, y) = 0: dy/dx = -F_x/F_y")


def differentiate_implicitly(expression: Expression, variable: str, dependent: str) -> Derivation:
    """The derivative of `dependent` in `variable` where the elementwise `expression` stays 0.

    It holds where the derivative of `expression` in `dependent` is not 0.
    """
    above, below = elementwise(expression, variable), elementwise(expression, dependent)
    # The minus may be above or below.
    forms = [tidy(-above.formula / below.formula), tidy(above.formula / -below.formula)]
    formula = min(forms, key=lambda form: len(real_text(form, expression.variables)))
    text = real_text(formula, expression.variables)

    def tell() -> Step:
        return Step(IMPLICIT, variable, dependent, text, formula, (above.step, below.step))

    return Derivation(variable, formula, text, tell)
