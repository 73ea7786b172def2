"""What is given to the functions of the API, as what the program takes."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from diffcalc.language.expression import Expression
    from diffcalc.language.point import Values


def as_expression(expression: "str | Expression", declared: Sequence[str]) -> "Expression":
    """The expression, which text is read as; these names may be variables."""
    from diffcalc.language.library import read_known

    if isinstance(expression, str):
        return read_known(expression, declared={*declared})
    return expression


def as_functions(expressions: Any, declared: Sequence[str]) -> "list[Expression]":
    """One expression or several, or the text of a list of them."""
    from diffcalc.comparison.matrices import read_functions

    if isinstance(expressions, str):
        return read_functions(expressions, lambda text: as_expression(text, declared))
    several = expressions if isinstance(expressions, list | tuple) else [expressions]
    return [as_expression(one, declared) for one in several]


def lookup() -> Any:
    """What reads the name of a function that is built in."""
    from diffcalc.language.library import BUILT_IN, parse

    def find(name: str) -> Any:
        return parse(BUILT_IN[name], find) if name in BUILT_IN else None

    return find


def as_names(wrt: str | Sequence[str]) -> list[str]:
    """The names in a text with commas, or those that are given."""
    if isinstance(wrt, str):
        return [name.strip() for name in wrt.split(",") if name.strip()]
    return list(wrt)


def as_point(at: Mapping[str, Any] | None, values: Mapping[str, Any]) -> "dict[str, Values]":
    """The values of the variables, by their names."""
    from diffcalc.language.tokens import spelled

    return {spelled(n): as_values(value) for n, value in {**(at or {}), **values}.items()}


def as_values(value: Any) -> "Values":
    """Numbers as `Values`: text is read; what is an array of numbers is taken as it is written."""
    from fractions import Fraction

    from diffcalc.language.point import Values, read_values, values_of

    if isinstance(value, Values):
        return value
    if isinstance(value, str):
        return read_values(value)
    if isinstance(value, Fraction):
        return read_values(str(value))
    try:
        import numpy as np

        return values_of(np.asarray(value, dtype=np.float64), typed=True)
    except (TypeError, ValueError, OverflowError):
        raise point_error(f"{value!r} is no number, and no array of numbers") from None


def point_error(message: str, **more: Any) -> Exception:
    """A `PointError`."""
    from diffcalc.base.errors import PointError

    return PointError(message, **more)
