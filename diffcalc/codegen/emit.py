"""One function, and its gradient, as text in the language asked for: the door to this room."""

from collections.abc import Sequence

from diffcalc.base.errors import EmitError
from diffcalc.codegen.latex import latex
from diffcalc.codegen.source import NAME, source
from diffcalc.codegen.targets import TARGETS
from diffcalc.language.array_operations import ARRAYS
from diffcalc.language.expression import Expression, function_name
from diffcalc.language.point import check_wrt
from diffcalc.symbolic import Derivation, differentiate


def emit(
    expression: Expression,
    target: str,
    *,
    name: str | None = None,
    wrt: Sequence[str] = (),
    gradient: bool = False,
) -> str:
    """The source text of `expression` as a function of its variables, in the order of typing.

    `target` is "latex" or the name of a row of `TARGETS`. With `gradient`, a second function
    `{name}_grad` gives the value and the derivatives in the variables `wrt`, by default in all.
    Raises `EmitError` for what the language has not, and for a `name` that it cannot have;
    `PointError` for a name in `wrt` that is no variable.
    """
    whole = [node.operation for node in expression.nodes if node.operation in ARRAYS]
    if whole:
        raise EmitError(f"code is written for numbers only, and `{whole[0]}` is of arrays")
    name = name or function_name(expression.variables).replace(" ", "_")
    if not NAME.fullmatch(name):
        raise EmitError(f"`{name}` is not a name", hint="use letters, digits and _")
    found = _derivatives(expression, wrt) if gradient else []
    if target == "latex":
        return latex(expression, found, name)
    return source(expression, found, name, TARGETS[target])


def _derivatives(expression: Expression, wrt: Sequence[str]) -> list[Derivation]:
    check_wrt(expression, wrt)
    found = [differentiate(expression, name) for name in wrt or expression.variables]
    for derivation in found:
        if derivation.program is None:
            raise EmitError(f"the derivative in {derivation.variable} is {derivation.text}")
    return found
