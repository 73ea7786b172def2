"""Intermediate variables: y = f(u), u = g(x), and the chain rule that runs through them.

`b = a + 1`, `c = b*b` and the expression `sum(c)` are put together into one program, which the
three methods differentiate as any other. Beside that stand every product dy/du_j * du_j/dx_i of the
chain rule's sum, and the tensors of the tape with the gradient each one keeps: a leaf its own, a
result none, unless it is asked to retain it.
"""

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np

from diffcalc import autograd
from diffcalc.base.errors import DiffcalcError, PointError
from diffcalc.base.types import FloatArray
from diffcalc.comparison.coordinates import Coordinate
from diffcalc.language.array_operations import ARRAYS
from diffcalc.language.bounds import CheckedBuilder
from diffcalc.language.expression import Expression
from diffcalc.language.operations import ALIASES, CONSTANTS, FUNCTIONS
from diffcalc.language.point import ONE, Point, Values, is_assignment
from diffcalc.language.shapes import moves
from diffcalc.language.tokens import spelled
from diffcalc.symbolic import differentiate, too_long

# Each is a number to work out and to show. Where there would be more none is, as the table shows
# the first dozen sums only.
_MOST_PRODUCTS = 10_000


class Chain(NamedTuple):
    """An expression in intermediate variables, and all of it as a program of the leaves alone.

    `lets` are the intermediate variables in order, each made of leaves and of those before it.
    """

    outer: Expression
    lets: Mapping[str, Expression]
    whole: Expression

    def __str__(self) -> str:
        return str(self.whole)

    @property
    def variables(self) -> tuple[str, ...]:
        """The leaves."""
        return self.whole.variables

    def of(self, names: Iterable[str]) -> "Chain":
        """The same as a function of these variables, where it has none."""
        return self._replace(outer=self.outer.of(names), whole=self.whole.of(names))

    @property
    def last(self) -> Expression:
        """The expression that gives the result: where that is named by a `let`, what is behind."""
        found = self.outer
        while len(found.nodes) == 1 and str(found) in self.lets:
            found = self.lets[str(found)]
        return found


class Product(NamedTuple):
    """One term of the chain rule's sum: dy/du * du/dx, of an element u on the way from x to y.

    A variable that y depends on directly is its own u, with du/dx = 1.
    """

    of: Coordinate
    through: Coordinate
    outer: float
    inner: float

    @property
    def value(self) -> float:
        """The product."""
        return self.outer * self.inner


class Kept(NamedTuple):
    """A tensor of the tape after the walk back: its value, and the gradient it keeps or why not.

    `grad_fn` is None for a leaf.
    """

    name: str
    text: str
    value: FloatArray
    grad_fn: str | None
    grad: FloatArray | None
    why: str = ""


class LinkFormula(NamedTuple):
    """The formula of one factor of the products, by the rules: d`above`/d`below`.

    `above` is empty for the result itself.
    """

    above: str
    below: str
    text: str


class Links(NamedTuple):
    """A chain at a point: the products of the chain rule, and the tensors of the tape."""

    chain: Chain
    formulas: tuple[LinkFormula, ...]
    products: tuple[Product, ...]
    tape: tuple[Kept, ...]

    @property
    def sums(self) -> list[tuple[Coordinate, list[Product]]]:
        """Each leaf's element with the products whose sum is the derivative in it."""
        return [(place, list(found)) for place, found in groupby(self.products, lambda p: p.of)]


def read_chain(text: str, read: Callable[[str], Expression], *, lets: Sequence[str] = ()) -> Chain:
    """`text` and the assignments `name=expression` of its intermediate variables, put together.

    Raises `PointError` for what is no assignment or uses a variable before it is there, and what
    `read` raises.
    """
    found: dict[str, Expression] = {}
    names = [let_name(let) for let in lets]
    for name in names:
        if names.count(name) > 1:
            raise PointError(f"{name} is defined twice")
    for position, let in enumerate(lets):
        name, equals, body = let.partition("=")
        try:
            expression = read(body)
        except DiffcalcError as error:
            raise error.inside(let, len(name + equals)) from None
        late = [n for n in names[position:] if n in expression.variables]
        if late:
            problem = (
                "by itself" if late[0] == names[position] else f"by {late[0]}, which comes later"
            )
            raise PointError(f"{names[position]} is defined {problem}")
        found[names[position]] = expression
    outer = read(text)
    whole = _composed(outer, found, text) if lets else outer
    return Chain(outer, found, whole)


def let_name(text: str) -> str:
    """The name in `name=expression`. Raises `PointError` where it is none, or means something."""
    if not is_assignment(text):
        raise PointError(f"`{text}` defines nothing", hint="write --let b=a+1")
    name = spelled(text.partition("=")[0].strip())
    if name in FUNCTIONS or name in ALIASES or name in ARRAYS or name in CONSTANTS:
        raise PointError(f"`{name}` already means something")
    return name


def _composed(outer: Expression, lets: Mapping[str, Expression], text: str) -> Expression:
    builder = CheckedBuilder()
    places: dict[str, int] = {}
    for name, expression in [*lets.items(), ("", outer)]:
        for variable in expression.variables:
            if variable not in places:
                places[variable] = builder.add("variable", content=variable)
        places[name] = builder.splice(expression, places)
    return builder.finish(places[""], text)


def links(
    chain: Chain,
    point: Point,
    *,
    wrt: Collection[str] = (),
    gradient: Values | None = None,
    retain: Collection[str] = (),
) -> Links:
    """The chain rule's products and the tape of `chain` at `point`, by autograd in float64.

    The products are those of the leaves `wrt`, of all where none is given.
    `gradient` is the external gradient of a result that is not a single number, ones by default.
    Raises `PointError` for a name in `retain` that is no intermediate variable.
    """
    for name in retain:
        if name not in chain.lets:
            known = ", ".join(chain.lets) or f"--let {name}=… makes one"
            raise PointError(f"{name} is no intermediate variable", hint=known)
    tensors = _replayed(chain, point)
    result = tensors[""]
    seed = np.broadcast_to((gradient or ONE).floats, result.shape)
    shapes = {name: tensor.shape for name, tensor in tensors.items()}
    return Links(
        chain,
        tuple(_formulas(chain, shapes)),
        tuple(_products(chain, point, tensors, seed, wrt or chain.variables)),
        tuple(_walked_back(chain, tensors, seed, retain)),
    )


def _formulas(chain: Chain, shapes: Mapping[str, tuple[int, ...]]) -> Iterator[LinkFormula]:
    """The formulas of dy/du and du/dx; of a vector by a vector, its Jacobian if it has a name.

    None where the rules are skipped.
    """
    if too_long(chain.whole, chain.variables):
        return
    for name in chain.last.variables:
        yield LinkFormula("", name, differentiate(chain.last, name, shapes).text)
    for above in chain.last.variables:
        program = _program(chain, above)
        for below in program.variables if program is not None else ():
            assert program is not None
            found = differentiate(program, below, shapes, seeded=not program.elementwise)
            text = found.text if program.elementwise else found.jacobian
            if text is not None:
                yield LinkFormula(above, below, text)


def _program(chain: Chain, name: str) -> Expression | None:
    """An intermediate variable as a program of the leaves alone; None for a leaf."""
    if name not in chain.lets:
        return None
    names = list(chain.lets)
    before = {n: chain.lets[n] for n in names[: names.index(name)]}
    return _composed(chain.lets[name], before, name)


def _replayed(chain: Chain, point: Point) -> dict[str, autograd.Tensor]:
    """Every variable as a tensor, leaves first; the result is called ``""``."""
    tensors = {
        name: autograd.tensor(point[name].floats, requires_grad=True)
        for name in chain.whole.variables
    }
    for name, expression in [*chain.lets.items(), ("", chain.outer)]:
        # What the result does not depend on is not evaluated: it may have no values.
        if all(variable in tensors for variable in expression.variables):
            tensors[name] = autograd.record(expression, tensors).result
    return tensors


def _walked_back(
    chain: Chain, tensors: Mapping[str, autograd.Tensor], seed: FloatArray, retain: Collection[str]
) -> list[Kept]:
    for name in retain:
        tensors[name].retain_grad()
    if tensors[""].requires_grad:
        tensors[""].backward(gradient=seed)
    texts = {name: str(expression) for name, expression in chain.lets.items()}
    names = [*chain.whole.variables, *(name for name in chain.lets if name in tensors)]
    kept = [_kept(name, texts.get(name, ""), tensors[name]) for name in names]
    if str(chain.outer) not in tensors:
        kept.append(_kept("", str(chain.outer), tensors[""]))
    return kept


def _kept(name: str, text: str, tensor: autograd.Tensor) -> Kept:
    grad = None if tensor.grad is None else np.asarray(tensor.grad.data)
    node = tensor.grad_fn
    why = ""
    if grad is None:
        why = "not a leaf" if node is not None else "nothing flows to it"
    grad_fn = None if node is None else node.name()
    return Kept(name, text, np.asarray(tensor.data), grad_fn, grad, why)


def _products(
    chain: Chain,
    point: Point,
    tensors: Mapping[str, autograd.Tensor],
    seed: FloatArray,
    wrt: Collection[str],
) -> list[Product]:
    """Every product, by the leaf's element, then by what stands in the expression itself.

    None where they are more than anyone reads.
    """
    names = chain.last.variables
    sizes = [sum(tensors[name].data.size for name in n) for n in (chain.whole.variables, names)]
    if not names or math.prod(sizes) > _MOST_PRODUCTS:
        return []
    made = autograd.record(chain.last, {name: tensors[name].data for name in names})
    slopes = zip(names, made.cotangents(list(made.leaves.values()), seed), strict=True)
    outer = {name: slope for name, slope in slopes if slope is not None}
    inner = {name: _Inner(chain, point, tensors, name) for name in outer}
    found: list[Product] = []
    for variable in [name for name in chain.variables if name in wrt]:
        for place in _elements(variable, point[variable].shape):
            for name, slope in outer.items():
                for through, value in inner[name].slopes(place):
                    found.append(Product(place, through, float(slope.data[through.index]), value))
    return found


def _elements(name: str, shape: tuple[int, ...]) -> list[Coordinate]:
    return [Coordinate(name, index, "") for index in np.ndindex(shape)]


class _Inner:
    """An intermediate variable's derivatives in the leaves, of each of its elements."""

    def __init__(
        self, chain: Chain, point: Point, tensors: Mapping[str, autograd.Tensor], name: str
    ) -> None:
        self._name = name
        self._tensor = tensors[name]
        self._shapes = {n: point[n].shape for n in chain.whole.variables}
        self._program = _program(chain, name)
        self._tensors = tensors
        self._places = _elements(name, self._tensor.shape)
        self._rows: dict[tuple[int, ...], dict[str, FloatArray]] = {}

    def slopes(self, place: Coordinate) -> list[tuple[Coordinate, float]]:
        """(element of this variable, its derivative) for those that move with a leaf's element."""
        if self._program is None:
            return [(place, 1.0)] if place.variable == self._name else []
        if place.variable not in self._program.variables:
            return []
        moved = moves(self._program, self._shapes, place.variable, place.index)[-1]
        return [
            (through, float(self._row(through)[place.variable][place.index]))
            for through in self._places
            if moved[through.index]
        ]

    def _row(self, through: Coordinate) -> dict[str, FloatArray]:
        found = self._rows.get(through.index)
        if found is None:
            assert self._program is not None
            unit = np.zeros(self._tensor.shape)
            unit[through.index] = 1
            leaves = {name: self._tensors[name] for name in self._program.variables}
            found = autograd.Record([self._tensor], leaves).gradients(unit)
            self._rows[through.index] = found
        return found
