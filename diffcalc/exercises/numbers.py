"""A claim that is numbers: compared with the enclosures of the derivatives at a point.

A number that is typed as a decimal is right where the derivative, rounded to its digits, is that
number; a whole number, or a constant as pi/2, where it is the derivative itself.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import mpmath
import numpy as np

from diffcalc.base.errors import PointError
from diffcalc.base.numbers import MpNumber, Real
from diffcalc.base.types import ObjectArray
from diffcalc.comparison.compare import quotients
from diffcalc.comparison.coordinates import Coordinate, coordinates_of
from diffcalc.comparison.truths import Proofs
from diffcalc.exercises.broken_rules import Walk
from diffcalc.exercises.components import Component, Judged, Told
from diffcalc.exercises.likely import Sample, mistake_in, mistakes_in
from diffcalc.exercises.mistakes import MISTAKES
from diffcalc.language.algebras import FLOAT
from diffcalc.language.expression import Expression, function_name
from diffcalc.language.point import Point, Values, check_names, check_point, values_of
from diffcalc.language.shapes import Shape
from diffcalc.numerical.definition import DIGITS, Truth

_DECIMAL = re.compile(r"\s*[+-]?[0-9]*\.?([0-9]*)(?:[eE]([+-]?[0-9]+))?\s*")
# Whoever writes so many digits has them from a float64, whose last ones are round-off.
_DIGITS_OF_A_FLOAT = 15
_ROUND_OFF = mpmath.mpf(2) ** -48
# Of 30 digits that the truth is worked out in.
_SAME = mpmath.mpf(10) ** -25
_UNDECIDED = "it is not decided whether there is a derivative"


@dataclass(frozen=True)
class _Asked:
    """What numbers are claimed of: a derivative of one output in one place after the other."""

    name: str
    truth: Truth | None


def check_numbers(
    functions: Sequence[Expression],
    claim: Values,
    point: Point,
    wrt: Sequence[str] = (),
    order: int = 1,
    tolerance: float | None = None,
) -> Judged:
    """Whether these numbers are the derivatives of the functions at the point.

    The claim is a number for each element of the variables `wrt`, in that order, or an array in the
    shape of the only one; of several functions, or of order 2, a matrix. With a `tolerance`, it is
    right where it is no further off, relative to 1 or to the derivative if that is larger. Raises
    `PointError` where names, values or shapes do not fit.
    """
    grid, shapes = _derivatives(functions, point, wrt, order, claim.shape)
    given, turned = _arranged(claim, shapes)
    asked = [each for row in grid for each in row]
    limits = [_Limit.of(constant, tolerance) for constant in given.flat]
    components = [_judged(a, one) for a, one in zip(asked, limits, strict=True)]
    mistake, each = (_TURNED, {}) if turned else _mistakes(components, len(grid))
    single = len(functions) == 1 and order == 1
    slips = _slips(functions[0], point, wrt) if single else {}
    told = tuple(
        _explained(c, each.get(i, ""), slips.get(i, ()), bool(mistake), turned)
        for i, c in enumerate(components)
    )
    proved = all(a.truth is not None and a.truth.known == "proved" for a in asked)
    names = dict.fromkeys(n for f in functions for n in f.variables)
    shown = ", ".join(map(str, functions))
    return Judged(
        f"{function_name(list(names))}({', '.join(names)}) = "
        + (f"[{shown}]" if len(functions) > 1 else shown),
        str(claim),
        "at " + ", ".join(f"{name} = {point[name]}" for name in names),
        told,
        "by the enclosures of the derivatives" if proved else "by difference quotients",
        "proved" if proved else "observed",
        mistake,
    )


_TURNED = "it is the transpose, the other layout"


def _mistakes(components: Sequence[Component], rows: int) -> tuple[str, dict[int, str]]:
    """The mistake that leads to all of the claim, or those that lead to its components."""
    right = np.array([c.value for c in components])
    if not (any(c.told is Told.WRONG for c in components) and np.isfinite(right).all()):
        return "", {}
    shape = (rows, -1) if rows > 1 else (-1,)
    sizes = {"n": len(components)} if len(components) > 2 else {}
    claim = np.array([c.claim for c in components])
    sample = Sample(claim.reshape(shape), right.reshape(shape), sizes)
    mistake = mistake_in([sample])
    return mistake, {} if mistake else mistakes_in([sample], [c.name for c in components])


# -- what is true ----------------------------------------------------------------------------------


def _derivatives(
    functions: Sequence[Expression],
    point: Point,
    wrt: Sequence[str],
    order: int,
    claimed: Shape,
) -> tuple[list[list[_Asked]], list[Shape]]:
    """The derivatives in rows, and the shapes that a claim of them may have."""
    names = list(dict.fromkeys(n for f in functions for n in f.variables))
    check_names([*wrt, *point], names, ", ".join(map(str, functions)))
    chosen = list(dict.fromkeys(wrt)) or names
    if not chosen:
        raise PointError(f"{functions[0]} has no variable to differentiate in")
    several = len(functions) > 1
    rows, outputs = [], 0
    for number, f in enumerate(functions, start=1):
        value = check_point(f, point, extra=True)
        places = [p for n in chosen for p in coordinates_of(f, point, n, directions=False)
                  if n in f.variables] if not several else _all_places(point, chosen)  # fmt: skip
        head = function_name(names) + (str(number) if several else "")
        for output in np.ndindex(value):
            label = head + "".join(f"[{i}]" for i in output)
            outputs += 1
            proofs = _proofs(f, point, value, output)
            hessian = order == 2 and len(claimed) == 2 and len(places) > 1
            if hessian:
                rows += [[_ask(f, point, label, (q, p), proofs) for q in places] for p in places]
            else:
                rows.append([_ask(f, point, label, (p,) * order, proofs) for p in places])
    count = len(rows[0])
    shapes: list[Shape] = [(len(rows), count)] if len(rows) > 1 else [(count,), (1, count)]
    if len(chosen) == 1 and len(rows) == 1:
        shapes.append(point[chosen[0]].shape)
    if count == 1:
        shapes += [(), (len(rows),)] if len(rows) == 1 else [(len(rows),)]
    return rows, shapes


def _all_places(point: Point, names: Sequence[str]) -> list[Coordinate]:
    return [
        Coordinate(n, index, str(point[n].constants[index]))
        for n in names
        for index in np.ndindex(point[n].shape)
    ]


def _proofs(f: Expression, point: Point, value: Shape, output: tuple[int, ...]) -> Proofs:
    seed = np.zeros(value)
    seed[output] = 1
    return Proofs(f, point, values_of(seed) if value else None, value)


def _ask(
    f: Expression, point: Point, label: str, places: tuple[Coordinate, ...], proofs: Proofs
) -> _Asked:
    below = "".join(f"∂{p.name}" for p in reversed(places))
    power = {1: "", 2: "²", 3: "³"}.get(len(places), f"^{len(places)}")
    if len(places) > 1 and len({*places}) == 1:
        below = f"∂{places[0].name}{power}"
    name = f"∂{power}{label}/{below}"
    if not {p.variable for p in places} <= {*f.variables}:
        return _Asked(name, _zero())
    found = proofs.truth(places)
    if found is None and len({*places}) == 1 and "[" not in label:
        told = quotients(f, point, wrt=[places[0].variable], order=len(places))
        found = next((q.truth for q in told if q.places[0].index == places[0].index), None)
    return _Asked(name, found)


def _zero() -> Truth:
    from diffcalc.comparison.truths import truth_of
    from diffcalc.truth.ball import ZERO
    from diffcalc.truth.findings import analytic

    found = truth_of(analytic(ZERO))
    assert found is not None
    return found


def _arranged(claim: Values, shapes: Sequence[Shape]) -> tuple[ObjectArray, bool]:
    """The claimed constants in the order of the derivatives; and whether they are transposed."""
    if claim.shape in shapes:
        return claim.constants, False
    first = shapes[0]
    if len(first) == 2 and claim.shape == first[::-1]:
        return claim.constants.T, True
    wanted = " or ".join(dict.fromkeys("×".join(map(str, s)) or "1" for s in shapes[:1]))
    given = "×".join(map(str, claim.shape)) or "1"
    raise PointError(
        f"the claim has {given} numbers, the derivatives are {wanted}",
        hint="give one for each, or name the variables with --wrt",
    )


# -- what is claimed -------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Limit:
    """A claimed number, and how far off it may be by the way it is typed; or by a tolerance."""

    number: MpNumber
    absolute: MpNumber
    relative: Real
    tolerance: float | None

    @staticmethod
    def of(constant: Expression, tolerance: float | None) -> "_Limit":
        with mpmath.mp.workdps(2 * DIGITS):
            number = values_at(constant)
            half, digits = _half_a_unit(constant.text)
            relative = _ROUND_OFF if digits >= _DIGITS_OF_A_FLOAT else _SAME
            return _Limit(number, half, relative, tolerance)

    def allows(self, truth: MpNumber) -> bool:
        gap, size = abs(self.number - truth), max(abs(self.number), abs(truth))
        if self.tolerance is not None:
            return bool(gap <= mpmath.mpf(self.tolerance) * max(size, 1))
        return bool(gap <= max(self.absolute, self.relative * size))


def values_at(constant: Expression) -> MpNumber:
    """A constant as an mpmath number."""
    array = np.empty((), dtype=object)
    array[()] = constant
    number: MpNumber = Values(array).exactly().item()
    return number


def _half_a_unit(text: str) -> tuple[MpNumber, int]:
    """Half a unit in the last place of a decimal, 0 of others; and how many digits it has."""
    match = _DECIMAL.fullmatch(text)
    if match is None or not ("." in text or match[2]):
        return mpmath.mpf(0), 0
    power = int(match[2] or 0) - len(match[1])
    digits = len(re.sub(r"[eE].*|[^0-9]", "", text).lstrip("0"))
    # The 5 of a half may be rounded either way.
    return mpmath.mpf(10) ** power * mpmath.mpf("0.5000000001"), digits


# -- how they compare ------------------------------------------------------------------------------


def _judged(asked: _Asked, one: _Limit) -> Component:
    number, truth = float(one.number), asked.truth
    if truth is None or truth.kind == "undecided":
        return Component(asked.name, number, np.nan, Told.UNKNOWN, why=_UNDECIDED)
    if not truth.exists:
        return Component(asked.name, number, np.nan, Told.WRONG, why=_missing(truth))
    with mpmath.mp.workdps(2 * DIGITS):
        low, high = map(mpmath.mpf, truth.enclosure or (truth.derivative, truth.derivative))
        inside = low <= one.number <= high and (low < 0 < high or one.number == truth.derivative)
        right = inside or one.allows(truth.derivative)
        return Component(
            asked.name,
            number,
            float(truth.derivative),
            Told.RIGHT if right else Told.WRONG,
            float(high - low),
        )


def _missing(truth: Truth) -> str:
    sides = [s.value for s in (truth.left, truth.right) if s.behaviour == "finite"]
    if truth.kind == "corner" and len(sides) == 2:
        left, right = (mpmath.nstr(s, 6).removesuffix(".0") for s in sides)
        return f"no derivative: the slopes are {left} from the left, {right} from the right"
    return f"no derivative: {truth.kind}"


def _explained(
    c: Component, own: str, slips: Sequence[tuple[str, float]], whole: bool, turned: bool
) -> Component:
    """The component with what is likely to have gone wrong."""
    if turned:
        return Component(c.name, c.claim, c.value, Told.WRONG, c.error, c.why)
    if c.told is not Told.WRONG or c.why or whole:
        return c
    close = 1e-9 * max(abs(c.claim), abs(c.value))
    fitting = (said for said, value in slips if abs(value - c.claim) <= close)
    return Component(c.name, c.claim, c.value, c.told, c.error, own or next(fitting, ""))


def _slips(
    f: Expression, point: Point, wrt: Sequence[str]
) -> Mapping[int, Sequence[tuple[str, float]]]:
    """What a broken rule gives for each derivative, of a formula of numbers."""
    if not f.elementwise or any(point[name].shape for name in f.variables):
        return {}
    values = {name: point[name].floats for name in f.variables}
    chosen = list(dict.fromkeys(wrt)) or f.variables
    with np.errstate(all="ignore"):
        return {i: list(_broken(Walk(f, [name], FLOAT, values))) for i, name in enumerate(chosen)}


def _broken(walk: Walk) -> Iterator[tuple[str, float]]:
    for mistake, (place, use) in product(MISTAKES, walk.uses.items()):
        if mistake.breaks.keys() & {*use.rules}:
            yield mistake.words, float(walk({place: mistake.breaks}))
