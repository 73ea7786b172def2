"""Whether a claim is the derivative but for its decimals, which are rounded: 0.3333 for 1/3."""

import re
from collections.abc import Callable, Mapping
from fractions import Fraction

import numpy as np

from diffcalc.base.types import FloatArray
from diffcalc.exercises.sample_points import Screen
from diffcalc.language.expression import Builder, Expression

_DECIMAL = re.compile(r"(?<![\w.])\d*\.(\d+)(?:[eE]([+-]?\d+))?")
# Points to fit the decimals at: many more than a claim has of them.
_POINTS = 40
# Newton's steps from numbers that have a digit or more right: each doubles the digits.
_STEPS = 6
# The step of the slopes, as a share of the last digit's unit, and how many of a float64's 16 digits
# are left then.
_BESIDE = 1e-3
_SAME = 1e-9
# Half a unit is rounded, and a bit more is float64's noise; so is this little.
_HALF, _EXACT = 0.5 + 1e-6, 1e-6


def rounded_decimals(screen: Screen) -> tuple[str, ...]:
    """The decimals of the claim, if it is the derivative with exact numbers for them, else none.

    These have to be the same at all points, and to give the decimals when they are rounded.
    """
    claim = screen.sides[1]
    units = _units(claim)
    indices = np.flatnonzero(screen.comparable)
    sizes = [np.abs(np.log(np.abs(c[indices]))) for c in screen.columns.values()]
    near = indices[np.argsort(np.max(sizes, axis=0, initial=0), kind="stable")][:_POINTS]
    if not units or len(near) < 2 * len(units) + 1:
        return ()
    freed, numbers = _freed(claim, units)
    columns = {name: column[near] for name, column in screen.columns.items()}
    wanted = screen.derivative[near]
    scale = np.abs(wanted) + np.abs(screen.claim[near])

    def gap(shifts: FloatArray) -> FloatArray:
        """How far off the claim is, with the decimals this many units of their last digits off."""
        moved = {
            name: float(number) + shift * float(units[number])
            for (name, number), shift in zip(numbers.items(), shifts, strict=True)
        }
        off: FloatArray = (freed(**columns, **moved) - wanted) / scale
        return off

    with np.errstate(all="ignore"):
        shifts = _fitted(gap, len(numbers))
        fits = np.all(np.abs(gap(shifts)) < _SAME) and np.all(np.abs(shifts) < _HALF)
    off = np.abs(shifts) > _EXACT
    return tuple(str(float(n)) for n in np.array([*numbers.values()])[off]) if fits else ()


def _fitted(gap: Callable[[FloatArray], FloatArray], count: int) -> FloatArray:
    """The shifts that make the gap smallest, by Newton's steps."""
    shifts = np.zeros(count)
    for _ in range(_STEPS):
        beside = _BESIDE * np.eye(count)
        columns = [(gap(shifts + one) - gap(shifts - one)) / (2 * _BESIDE) for one in beside]
        slopes, off = np.stack(columns, axis=1), gap(shifts)
        usable = np.isfinite(off) & np.isfinite(slopes).all(axis=1)
        if not usable.any():
            break
        shifts = shifts - np.linalg.lstsq(slopes[usable], off[usable], rcond=None)[0]
    return shifts


def _units(claim: Expression) -> Mapping[Fraction, Fraction]:
    """A unit of the last digit of each decimal, as it is written."""
    used = {node.content for node in claim.nodes if node.operation == "number"}
    found: dict[Fraction, Fraction] = {}
    for match in _DECIMAL.finditer(claim.text):
        number, places = Fraction(match.group()), len(match[1]) - int(match[2] or 0)
        if number in used and number.denominator > 1:
            found[number] = Fraction(1, 10) ** places
    return found


def _freed(
    claim: Expression, units: Mapping[Fraction, Fraction]
) -> tuple[Expression, Mapping[str, Fraction]]:
    """The claim with a variable in the place of each decimal, and what that stands for."""
    builder, place = Builder(), list[int]()
    names: dict[str, Fraction] = {}
    for node in claim.nodes:
        if isinstance(node.content, Fraction) and node.content in units:
            name = f"_{len(names)}"
            names[name] = node.content
            place.append(builder.add("variable", content=name))
        else:
            operands = [place[i] for i in node.operands]
            place.append(builder.add(node.operation, *operands, content=node.content))
    return builder.finish(place[-1], ""), names
