"""A claim about the gradient of a formula of vectors and matrices, for arrays of any sizes.

Which of its variables are matrices, vectors or numbers is what the two formulas leave room for: a
capital letter is a matrix and any other a vector where both fit. Both sides are enclosed at random
values of several sizes; where the rules' normal forms are the same as well, that is a proof.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from itertools import product
from typing import Any

import mpmath
import numpy as np
import sympy

from diffcalc import autograd
from diffcalc.base.deadline import deadline
from diffcalc.base.errors import DeadlineError, DiffcalcError, PointError
from diffcalc.base.types import FloatArray, Floats, NumberArray, ObjectArray
from diffcalc.exercises.components import Component, Judged, Told
from diffcalc.exercises.likely import Sample, mistake_in, mistakes_in
from diffcalc.exercises.mutations import KEPT, changed, flattened, mutations
from diffcalc.exercises.question import SIZES
from diffcalc.language.algebras import FLOAT
from diffcalc.language.array_operations import ARRAYS, MANY
from diffcalc.language.expression import Expression, Node, function_name
from diffcalc.language.point import Values, check_names, values_of
from diffcalc.language.shapes import Shape, moves
from diffcalc.symbolic import Derivation, differentiate
from diffcalc.symbolic.arrays.assumed_shapes import reach
from diffcalc.symbolic.arrays.gradient import ArrayGradient, GradientQuestion, NotRealError
from diffcalc.symbolic.arrays.shaped import SymbolicShape
from diffcalc.symbolic.notation import is_real
from diffcalc.truth import ball
from diffcalc.truth.ball import Ball, NoValue, Undecided
from diffcalc.truth.findings import Proof
from diffcalc.truth.linear import algebra
from diffcalc.truth.proof import Prover

# Two sizes tell n from m, from this one on.
_SMALLEST = 2
# With others for the same ones, a number in a formula that happens to be a size is seen.
_LARGER = 2
# So much larger may arrays be than the indices need: pad([2*x[0]], 0, 2) is of three elements.
_MOST_FIXED = 12
_NAMES = ("m", "n", "k")
# Ways to give shapes to the variables that are tried: beyond, a person gives values.
_MOST_TRIED = 20_000
# For patterns as n×n and n×m; each takes a few enclosures.
_MOST_PATTERNS = 2
# Values drawn for each size of a pattern.
_SEEDS = 2
# As for the check of our own formulas: both signs, probabilities, and above 1.
_RANGES = ((-0.9, 0.9), (0.1, 0.9), (1.1, 2.9))
# The 120 digits that are compared take 400; the rest is lost in sums and products.
_BITS = 600
_DIGITS = 120
# Agreement at fewer values is not called right.
_FEWEST = 3
# Multiplied by the size of the numbers: both sides have 120 digits, of which a few may be lost.
_AGREE = mpmath.mpf(10) ** -100
# A derivation by the rules may take so long; without it, values decide.
_SECONDS = 4.0


@dataclass(frozen=True)
class Pattern:
    """What the variables are: their shapes in two sizes, and what named sizes are.

    It is `turned` where the claim has the shape of the other layout, and `fixed` where it fits no
    other sizes.
    """

    shapes: Mapping[str, Shape]
    named: Mapping[str, int]
    turned: bool = False
    fixed: bool = False

    def larger(self) -> "Pattern":
        """The same with other sizes."""
        shapes = {name: tuple(n + _LARGER for n in s) for name, s in self.shapes.items()}
        named = {name: n + _LARGER for name, n in self.named.items()}
        return replace(self, shapes=shapes, named=named)

    @property
    def sizes(self) -> dict[str, int]:
        """The sizes by name: as in the claim, else by a letter that is free."""
        found = dict(self.named)
        free = [name for name in _NAMES if name not in {*self.named, *self.shapes}]
        for size in sorted({n for shape in self.shapes.values() for n in shape}):
            if size not in found.values():
                found[free.pop(0)] = size
        return found

    @property
    def words(self) -> str:
        """X of m×n, w of n."""
        names = {size: str(size) if self.fixed else name for name, size in self.sizes.items()}
        found = []
        for name, shape in self.shapes.items():
            size = "×".join(names[n] for n in shape)
            found.append(f"{name} of {size}" if shape else f"{name} a number")
        return ", ".join(found)


@dataclass(frozen=True)
class _Asked:
    f: Expression
    claim: Expression
    variable: str


@dataclass(frozen=True)
class _Seen:
    """Both sides at one set of values: arrays of balls, and the values in float64."""

    pattern: Pattern
    floats: Mapping[str, FloatArray]
    right: ObjectArray
    claim: ObjectArray

    sizes: Mapping[str, int]

    @property
    def components(self) -> list[Told]:
        """What is known of each component, in the order of the derivatives."""
        sides = (self.right.T, self.claim.T) if self.pattern.turned else (self.right, self.claim)
        known = {"same": Told.RIGHT, "different": Told.WRONG, "unknown": Told.UNKNOWN}
        return [known[_told(a, b)] for a, b in zip(*(s.flat for s in sides), strict=True)]

    def compare(self) -> str:
        """`same`, `different`, or `unknown`."""
        told = {_told(a, b) for a, b in zip(self.right.flat, self.claim.flat, strict=True)}
        if "different" in told:
            return "different"
        return "unknown" if "unknown" in told else "same"


def check_arrays(f: Expression, claim: Expression, variable: str) -> Judged:
    """Whether the claim is the gradient of f in the variable; of a vector f, its Jacobian.

    Raises `PointError` where the shapes of the two leave no room for that.
    """
    check_names([variable], f.variables, f)
    asked = _Asked(f, claim, variable)
    levels = _patterns(asked)
    first: list[list[_Seen]] = []
    for patterns in levels:
        seen = [list(_seen(asked, pattern)) for pattern in patterns]
        told = [each.compare() for of_pattern in seen for each in of_pattern]
        if "different" not in told and told.count("same") >= _FEWEST:
            return _right(asked, patterns, told.count("same"))
        first = first or seen
    return _wrong(asked, levels[0], first)


# -- what the variables are ------------------------------------------------------------------------


def _patterns(asked: _Asked) -> list[list[Pattern]]:
    """The ways to read the variables, those that are as their names say first."""
    f, names = asked.f, dict.fromkeys((*asked.f.variables, *asked.claim.variables))
    named = [n for n in names if n not in f.variables]
    unknown = [n for n in named if n not in SIZES]
    check_names(unknown, f.variables, f)
    count = math.prod(3 + name[0].isupper() for name in f.variables)
    if count > _MOST_TRIED:
        raise PointError("too many variables to guess their sizes", hint="give them with --at")
    enough = max(_SMALLEST, reach(f))
    sizes = [*range(enough, enough + _MOST_FIXED), *reversed(range(_SMALLEST, enough))]
    for size in sizes[: _MOST_TRIED // count]:
        found = _of_sizes(asked, named, (size, size + 1))
        if found:
            return [_chosen(asked, found[level]) for level in sorted(found)]
    raise _misfit(asked)


def _of_sizes(
    asked: _Asked, named: Sequence[str], sizes: tuple[int, int]
) -> dict[tuple[bool, int], list[Pattern]]:
    """The ways that fit these sizes, by whether f is a number, and by how many variables are."""
    f = asked.f
    found: dict[tuple[bool, int], list[Pattern]] = {}
    for shapes in product(*[_options(name, sizes) for name in f.variables]):
        known = dict(zip(f.variables, shapes, strict=True))
        fits = _fits(f, known)
        if fits is None:
            continue
        demoted = sum(not shape for shape in shapes)
        for meant in product(sizes, repeat=len(named)):
            pattern = Pattern(known, dict(zip(named, meant, strict=True)))
            turned = _turned(asked, pattern)
            if turned is not None:
                fixed = _turned(asked, pattern.larger()) is None
                pattern = replace(pattern, turned=turned, fixed=fixed)
                found.setdefault((bool(fits), demoted), []).append(pattern)
    return found


def _chosen(asked: _Asked, patterns: list[Pattern]) -> list[Pattern]:
    """Few of them, with as different sizes as there are; with named sizes those that work."""
    # Both layouts of a square matrix have one shape: another matrix tells which is meant.
    if any(pattern.turned for pattern in patterns):
        patterns = [pattern for pattern in patterns if pattern.turned]
    mixed = sorted(patterns, key=lambda p: -len({n for s in p.shapes.values() for n in s}))
    if mixed and mixed[0].named:
        mixed = _named(asked, mixed)
    return mixed[:_MOST_PATTERNS]


def _named(asked: _Asked, patterns: list[Pattern]) -> list[Pattern]:
    """Where a size has a name, the meaning of it that makes the claim right, if one does.

    It has one meaning for all shapes: the size along the same axis of the same variable.
    """
    meanings = list(product(*[_axes(asked.f.variables, patterns) for _ in patterns[0].named]))
    for meaning in meanings:
        chosen = [p for p in patterns if all(
            p.shapes[name][axis] == size
            for (name, axis), size in zip(meaning, p.named.values(), strict=True)
        )]  # fmt: skip
        seen = [s for p in chosen[:2] for s in _seen(asked, p)]
        if seen and all(s.compare() == "same" for s in seen):
            return chosen
    return [p for p in patterns if p.named == patterns[0].named]


def _axes(names: Sequence[str], patterns: list[Pattern]) -> list[tuple[str, int]]:
    shapes = patterns[0].shapes
    return [(name, axis) for name in names for axis in range(len(shapes[name]))]


def _options(name: str, sizes: tuple[int, int]) -> list[Shape]:
    if name[0].isupper():
        return list(product(sizes, repeat=2))
    return [*product(sizes, repeat=1), ()]


def _fits(expression: Expression, shapes: Mapping[str, Shape]) -> Shape | None:
    """The shape of the value; None where shapes do not fit, or an array is asked for."""
    try:
        found = moves(expression, shapes)
    except PointError:
        return None
    for node in expression.nodes:
        row = ARRAYS.get(node.operation)
        if (
            row
            and 0 < row.operands < MANY
            and not any(found[i].ndim for i in node.operands[: row.operands])
        ):
            return None
    shape: Shape = found[-1].shape
    return shape


def _turned(asked: _Asked, pattern: Pattern) -> bool | None:
    """Whether the claim has the shape of the other layout; None where it fits neither."""
    value = _fits(asked.f, pattern.shapes)
    claim = _fits(asked.claim, {**pattern.shapes, **dict.fromkeys(pattern.named, ())})
    if claim is None or value is None:
        return None
    shape = value + pattern.shapes[asked.variable]
    if _broadcasts(claim, shape):
        return False
    return True if len(shape) == 2 and claim == shape[::-1] else None


def _broadcasts(given: Shape, shape: Shape) -> bool:
    try:
        return bool(np.broadcast_shapes(given, shape) == shape)
    except ValueError:
        return False


def _misfit(asked: _Asked) -> PointError:
    return PointError(
        f"{asked.claim} cannot be the derivative of {asked.f} in {asked.variable}: "
        "no shapes of the variables fit both",
        hint="a capital letter is a matrix, any other a vector or a number",
    )


# -- both sides ------------------------------------------------------------------------------------


def _seen(asked: _Asked, pattern: Pattern) -> Iterator[_Seen]:
    """Both sides at random values of the pattern's sizes, and of others."""
    ways = [pattern] if pattern.fixed else [pattern, pattern.larger()]
    for sized in ways:
        count = 0
        for number, (low, high) in enumerate(_RANGES * 2):
            random = np.random.default_rng(number)
            floats = {
                name: np.round(random.uniform(low, high, shape) * 64) / 64
                for name, shape in sized.shapes.items()
            }
            with suppress(NoValue, Undecided, ZeroDivisionError):
                right, claim = _right_side(asked, floats), _claim(asked, sized, floats)
                right = right.T if pattern.turned else right
                yield _Seen(sized, floats, right, claim, sized.sizes)
                count += 1
            if count == _SEEDS * (3 - len(ways)):
                break


def _right_side(asked: _Asked, floats: Mapping[str, FloatArray]) -> ObjectArray:
    values: dict[str, Values] = {name: values_of(array) for name, array in floats.items()}
    shapes = {name: array.shape for name, array in floats.items()}
    value: Shape = moves(asked.f, shapes)[-1].shape
    point = {name: values[name].constants for name in asked.f.variables}
    leaves = [(asked.variable, index) for index in np.ndindex(shapes[asked.variable])]
    rows = []
    for output in np.ndindex(value):
        seed = np.zeros(value)
        seed[output] = 1
        weights = list(values_of(seed).constants.flat) if value else None
        proofs = Prover(asked.f, point, weights, _DIGITS).gradient(leaves)
        rows += [_proved(proofs[leaf]) for leaf in leaves]
    found = np.empty(len(rows), dtype=object)
    found[:] = rows
    return found.reshape(value + shapes[asked.variable])


def _proved(proof: Proof) -> Ball:
    if not proof.exists or not isinstance(proof.derivative, Ball):
        raise NoValue("derivative")
    return proof.derivative


def _claim(asked: _Asked, pattern: Pattern, floats: Mapping[str, FloatArray]) -> ObjectArray:
    enclosed = np.frompyfunc(lambda x: ball.from_fraction(_fraction(x), _BITS), 1, 1)
    values = {name: enclosed(array) for name, array in floats.items()}
    values |= {name: ball.exact(size) for name, size in pattern.named.items()}
    found = asked.claim(algebra(_BITS), **{n: values[n] for n in asked.claim.variables})
    value = moves(asked.f, pattern.shapes)[-1].shape
    shape = value + pattern.shapes[asked.variable]
    found = np.asarray(found, dtype=object)
    return np.broadcast_to(found, shape[::-1] if pattern.turned else shape)


def _fraction(x: float) -> Fraction:
    return Fraction(float(x))


def _told(a: Ball, b: Ball) -> str:
    gap = ball.sub(b, a, _BITS)
    if not ball.contains_zero(gap):
        return "different"
    with mpmath.mp.workprec(_BITS):
        size = abs(ball.about(a)) + abs(ball.about(b))
        width = mpmath.mp.make_mpf(ball.width(gap))
        return "same" if width <= _AGREE * max(size, mpmath.mpf(1)) else "unknown"


def _floats(balls: ObjectArray) -> FloatArray:
    return np.array([float(ball.about(b)) for b in balls.flat]).reshape(balls.shape)


# -- what is said ----------------------------------------------------------------------------------


def _judged(asked: _Asked, patterns: Sequence[Pattern], **more: Any) -> Judged:
    formula = _derivation(asked, patterns[0])
    name = function_name(asked.f.variables)
    settings = {
        "function": f"{name}({', '.join(asked.f.variables)}) = {asked.f}",
        "claim": f"∂{name}/∂{asked.variable} = {asked.claim}",
        "place": f"for {_pattern_words(patterns)}",
        "formula": formula.text if formula and is_real(formula.formula) else "",
    }
    return Judged(**{**settings, **more})


def _pattern_words(patterns: Sequence[Pattern]) -> str:
    return patterns[0].words


def _right(asked: _Asked, patterns: Sequence[Pattern], count: int) -> Judged:
    # The others are as the first, but that two sizes are the same.
    exactly = _same_form(asked, patterns[0])
    turned = any(p.turned for p in patterns)
    way = f"the enclosures of both agree at {count} sets of random values"
    way += "" if patterns[0].fixed else " of several sizes"
    if exactly:
        way = "the normal forms are the same"
    more: dict[str, Any] = {}
    component = Component(f"∂/∂{asked.variable}", 0.0, 0.0, Told.RIGHT)
    if turned:
        # The rules' formula is of the sum of f, and the claim tells what is right: its transpose.
        more = {"mistake": "it is the transpose, the other layout", "formula": ""}
        component = replace(
            component, claim=math.nan, value=math.nan, told=Told.WRONG, why=more["mistake"]
        )
    return _judged(
        asked,
        patterns,
        components=(component,),
        decided=way,
        known="proved" if exactly else "observed",
        **more,
    )


def _undecided(asked: _Asked, patterns: Sequence[Pattern]) -> Judged:
    component = Component(
        f"∂/∂{asked.variable}", math.nan, math.nan, Told.UNKNOWN, why="no value was found"
    )
    return _judged(asked, patterns, components=(component,), decided="not at all", known="")


def _wrong(asked: _Asked, patterns: Sequence[Pattern], seen: Sequence[Sequence[_Seen]]) -> Judged:
    differing = [[s for s in each if s.compare() == "different"] for each in seen]
    place = next((i for i, each in enumerate(differing) if each), None)
    if place is None:
        return _undecided(asked, patterns)
    shown = differing[place][0]
    right, claim = _floats(shown.right), _floats(shown.claim)
    if shown.pattern.turned:
        right, claim = right.T, claim.T
    names = _names(asked, shown)
    at = "; ".join(f"{n} = {values_of(v)}" for n, v in shown.floats.items())
    samples = [_sample(asked, s) for s in seen[place] if not s.pattern.turned]
    mistake = mistake_in(samples) if samples else ""
    own: dict[int, str] = {}
    if not mistake and samples:
        same = [s for s in samples if s.claim.shape == right.shape]
        own = mistakes_in(same, names)
    components = [
        Component(name, float(c), float(r), known, why=own.get(i, "") or _hidden(known, c, r))
        for i, (name, c, r, known) in enumerate(
            zip(names, claim.flat, right.flat, shown.components, strict=True)
        )
    ]
    way = "the enclosures of both have no number in common"
    return _judged(
        asked,
        patterns,
        place=f"at {at}",
        components=tuple(components),
        decided=way,
        known="proved",
        mistake=mistake,
    )


def _hidden(known: Told, claim: float, right: float) -> str:
    if known is Told.WRONG and claim == right:
        return "they differ beyond the digits of a float64"
    return ""


def _names(asked: _Asked, seen: _Seen) -> list[str]:
    name = function_name(asked.f.variables)
    whole = seen.right.T.shape if seen.pattern.turned else seen.right.shape
    outputs = list(np.ndindex(whole[: len(whole) - len(_shape(asked, seen))]))
    return [
        f"∂{name}{_index(output)}/∂{asked.variable}{_index(index)}"
        for output in outputs
        for index in np.ndindex(_shape(asked, seen))
    ]


def _shape(asked: _Asked, seen: _Seen) -> Shape:
    return seen.pattern.shapes[asked.variable]


def _index(index: Sequence[int]) -> str:
    return "".join(f"[{i}]" for i in index)


# -- the rules' formula, and slips in it -----------------------------------------------------------


def _symbolic(pattern: Pattern) -> dict[str, SymbolicShape]:
    """The shapes with a symbol for each size, as it is named in the claim or usually."""
    if pattern.fixed:
        return dict(pattern.shapes)
    names = {size: name for name, size in pattern.sizes.items()}
    sizes = {n: sympy.Symbol(name, integer=True, positive=True) for n, name in names.items()}
    return {name: tuple(sizes[n] for n in shape) for name, shape in pattern.shapes.items()}


def _derivation(asked: _Asked, pattern: Pattern) -> Derivation | None:
    with suppress(DiffcalcError, DeadlineError, NotRealError), deadline(_SECONDS):
        return differentiate(asked.f, asked.variable, _symbolic(pattern), whole=True)
    return None


def _same_form(asked: _Asked, pattern: Pattern) -> bool:
    """Whether the claim has the normal form of the gradient that the rules find."""
    shapes = tuple(_symbolic(pattern).items())
    if pattern.fixed and pattern.named:
        return False
    if moves(asked.f, pattern.shapes)[-1].shape or asked.variable not in asked.f.variables:
        return False
    with suppress(DiffcalcError, DeadlineError, NotRealError), deadline(_SECONDS):
        gradient, claim = (
            ArrayGradient(GradientQuestion(expression, asked.variable, shapes))
            for expression in (asked.f, asked.claim)
        )
        # Both in the forms of the first, which knows the shapes of all variables.
        value = claim.values[claim.parts[-1].index]
        forms = [gradient.simplified(gradient.found).form, claim.simplified(value).form]
        return bool(sympy.expand(forms[0] - forms[1]) == 0)
    return False


def _sample(asked: _Asked, seen: _Seen) -> Sample:
    others: dict[str, FloatArray] = {}
    shape = seen.right.shape
    if not moves(asked.f, seen.pattern.shapes)[-1].shape:
        others = dict(_others(asked, seen, shape))
    return Sample(_floats(seen.claim), _floats(seen.right), seen.sizes, others)


def _others(asked: _Asked, seen: _Seen, shape: Shape) -> Iterator[tuple[str, FloatArray]]:
    """What mistakes give at these values: slips in the formula, and in f."""
    values: dict[str, Floats | int] = {**seen.floats, **seen.pattern.named}
    for name in asked.f.variables:
        if name != asked.variable and seen.pattern.shapes[name] == shape:
            found = _gradient(asked.f, values, name)
            yield from _shaped(f"this is the derivative in {name}", found, shape)
    concrete = differentiate(asked.f, asked.variable, seen.pattern.shapes, whole=True)
    slips = mutations(concrete.program) if concrete.program else iter(())
    for said, formula in slips:
        with np.errstate(all="ignore"), suppress(ValueError, IndexError, TypeError):
            known = {n: values[n] for n in formula.variables}
            yield from _shaped(said, partial(formula, **known), shape)
    for said, part, factor in _terms(asked.f):
        total = _gradient(asked.f, values, asked.variable)() - (1 - factor) * np.asarray(
            _gradient(part, values, asked.variable)()
        )
        yield said, total
    for said, place, change in flattened(asked.f):
        with np.errstate(all="ignore"), suppress(ValueError, IndexError, TypeError):
            met = asked.f.replay(values, FLOAT)
            kept = met[place] - met[asked.f.nodes[place].operands[0]]
            changed_f = changed(asked.f, place, change)
            found = _gradient(changed_f, {**values, KEPT: kept}, asked.variable)
            yield from _shaped(said, found, shape)


_TERM_SLIPS = {
    "is missing": 0.0, "lacks a factor 2": 0.5, "is there twice": 2.0, "has the other sign": -1.0,
}  # fmt: skip
"""What is left of a term's derivative, by what is to be said of that."""


def _terms(f: Expression) -> Iterator[tuple[str, Expression, float]]:
    """Each term of f as somebody has it who left it out, or took it for another number of it."""
    terms = f.terms(len(f.nodes) - 1)
    for sign, index in terms if len(terms) > 1 else ():
        part = Expression(f.nodes[: index + 1])
        shown = f"the derivative of {'-' * (sign < 0)}{f.render(index)}"
        yield from (
            (f"{shown} {said}", _signed(part, sign), by) for said, by in _TERM_SLIPS.items()
        )


def _signed(part: Expression, sign: int) -> Expression:
    """The term with its sign."""
    if sign > 0:
        return part
    return Expression((*part.nodes, Node("neg", (len(part.nodes) - 1,))))


def _gradient(
    f: Expression, values: Mapping[str, Floats | int], name: str
) -> Callable[[], NumberArray | float]:
    known = {n: values[n] for n in f.variables}
    moving = name in f.variables
    return lambda: autograd.record(f, known, [name]).gradients()[name] if moving else 0.0


def _shaped(
    said: str, value: Callable[[], NumberArray | float], shape: Shape
) -> Iterator[tuple[str, FloatArray]]:
    found = np.asarray(value())
    if _broadcasts(found.shape, shape):
        yield said, np.broadcast_to(found, shape)
