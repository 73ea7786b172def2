"""Shaped forms: SymPy expressions that stand for whole arrays, and the operations on them.

A symbol stands for a whole vector or matrix. Elementwise algebra commutes, so SymPy carries it; an
operation on arrays is to SymPy a function it knows nothing of, and what is true of it is written
here: eye @ x is x, (u.T).T is u, a number goes before a product, x @ A is A.T @ x.

SymPy forgets shapes: to it x/x is 1, however long x is. So a form goes with the shape it stands
for. Where it becomes an operand, the axes it lost are counted (1 in the shape of 3 has the sum 3)
or, where nothing simpler is known, filled with ones.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache, reduce
from operator import add

import sympy

from diffcalc.base.errors import PointError
from diffcalc.base.numbers import Formula
from diffcalc.language.array_operations import ARRAYS, Size, places, shape_text
from diffcalc.symbolic.arrays.shaped import (
    Shaped,
    SymbolicShape,
    broadcast,
    ones,
    operation_of,
)

_ONE: Formula = sympy.Integer(1)


@cache
def _opaque(name: str) -> Callable[..., Formula]:
    function: Callable[..., Formula] = sympy.Function(name, real=True)
    return function


def numbers_of(forms: Sequence[Formula]) -> list[Size]:
    """The whole numbers behind an operation's operands; a size that is not known stays a symbol."""
    return [int(n) if n.is_Integer else n for n in forms]


OF_EQUALS: Mapping[str, Callable[[Formula, Size], Formula]] = {
    "sum": lambda one, count: count * one,
    "prod": lambda one, count: one**count,
    "amax": lambda one, count: one,
    "amin": lambda one, count: one,
    "norm": lambda one, count: sympy.sqrt(count) * one,
    "logsumexp": lambda one, count: one + sympy.log(count),
}
"""What a reduction over `count` equal numbers makes of one of them."""


class Forms:
    """The forms in these variables, and what the operations on arrays make of them.

    Operands are `Shaped`; that their shapes fit is taken for granted. Raises `PointError` for the
    diagonal of a matrix that is not square, which no formula of this language gives back.
    """

    def __init__(self) -> None:
        self._shapes: dict[Formula, SymbolicShape] = {}

    def symbol(self, name: str, shape: SymbolicShape) -> Shaped:
        """A variable."""
        symbol = sympy.Symbol(name, real=True)
        self._shapes[symbol] = shape
        return Shaped(symbol, shape)

    # -- shapes ------------------------------------------------------------------------------------

    def shape(self, form: Formula) -> SymbolicShape:
        """The shape of what SymPy left of a form."""
        found = self._shapes.get(form)
        if found is None:
            found = self._shapes[form] = self._worked_out(form)
        return found

    def _worked_out(self, form: Formula) -> SymbolicShape:
        operation = operation_of(form)
        if operation is None:
            return broadcast(*[self.shape(argument) for argument in form.args])
        row = ARRAYS[operation]
        count = len(form.args) if operation == "matmul" else row.operands
        shapes = [self.shape(argument) for argument in form.args[:count]]
        return row.shape(shapes, numbers_of(form.args[count:]))

    def whole(self, form: Formula) -> Shaped:
        """A form that stands for itself, as the operands of an operation on arrays do."""
        # Those within an operation belong to it: ones(2)*sum(pad(ones(2), 1, 0)).
        factors = sympy.Mul.make_args(form)
        rest = [factor for factor in factors if operation_of(factor) != "ones"]
        return Shaped(sympy.Mul(*rest) if len(rest) < len(factors) else form, self.shape(form))

    def operands(self, form: Formula) -> list[Shaped]:
        """The arrays that an operation on arrays takes."""
        count = len(form.args) if operation_of(form) == "matmul" else None
        return [self.whole(a) for a in form.args[: count or ARRAYS[form.func.__name__].operands]]

    def filled(self, a: Shaped) -> Formula:
        """The form, with the axes that it lost."""
        if self.shape(a.form) == a.shape:
            return a.form
        # Of 0 too, which SymPy would leave alone.
        filled: Formula = sympy.Mul(a.form, _opaque("ones")(*a.shape), evaluate=a.form != 0)
        return filled

    def spread(self, a: Shaped, axis: int | None, shape: SymbolicShape) -> Shaped:
        """A reduction along `axis` back in the shape of what was reduced."""
        if axis == 1 and len(shape) == 2:
            return self.outer(a, ones(shape[1]))
        return Shaped(self.expand_dims(a, axis).form if axis else a.form, shape)

    def narrow(self, a: Shaped, shape: SymbolicShape) -> Shaped:
        """Summed over the axes along which an array of this shape was broadcast to that of `a`."""
        if a.shape == shape:
            return a
        if all(size == 1 for size in shape):
            return Shaped(self.reduced("sum", a).form, shape)
        if len(a.shape) == 2 and len(shape) == 2 and shape[1] == 1 != a.shape[1]:
            return self.matmul(a, ones(a.shape[1], 1))
        while len(a.shape) > len(shape):
            a = self.reduced("sum", a, 0)
        for axis, size in enumerate(shape):
            if size == 1 != a.shape[axis]:
                a = self.expand_dims(self.reduced("sum", a, axis), axis)
        return a

    # -- operations --------------------------------------------------------------------------------

    def apply(self, operation: str, operands: Sequence[Shaped], numbers: Sequence[Size]) -> Shaped:
        """An operation of `ARRAYS`; `numbers` are its axis, or the sizes of a constant."""
        if operation in OWN:
            return OWN[operation](self, *operands, *numbers)
        axis = int(numbers[0]) if numbers else None
        return self.reduced(operation, operands[0], axis)

    def reduced(self, operation: str, a: Shaped, axis: int | None = None) -> Shaped:
        """A sum, product, extreme, norm or logsumexp over all elements or along an axis."""
        rank = len(a.shape)
        axis = None if axis is None or rank == 1 else axis % rank
        kept = self.shape(a.form)
        if operation == "sum" and a.form.is_Add:
            smaller = [term for term in a.form.args if self.shape(term) != kept]
            if smaller:
                return self._sum_of_terms(a, smaller, axis)
        lost = rank - len(kept)
        over = range(rank) if axis is None else [axis]
        count = math.prod(a.shape[k] for k in over if k < lost or kept[k - lost] != a.shape[k])
        one = a.form
        if kept and (axis is None or axis >= lost):
            along = None if axis is None or len(kept) == 1 else axis - lost
            one = self._reduced_as_kept(operation, a.form, along)
        elif operation == "norm":
            one = abs(one)
        shape = () if axis is None else a.shape[:axis] + a.shape[axis + 1 :]
        return Shaped(OF_EQUALS[operation](one, count), shape)

    def _sum_of_terms(self, a: Shaped, smaller: list[Formula], axis: int | None) -> Shaped:
        """The sum of x + s, which is sum(x) + n*s."""
        rest = Shaped(a.form - sympy.Add(*smaller), a.shape)
        terms = [rest, *(Shaped(term, a.shape) for term in smaller)]
        return reduce(add, [self.reduced("sum", term, axis) for term in terms])

    def mean(self, a: Shaped, axis: int | None = None) -> Shaped:
        """The sum over the number of elements."""
        total = self.reduced("sum", a, axis)
        count = math.prod(a.shape if axis is None else [a.shape[axis]])
        return Shaped(total.form / count, total.shape)

    def _reduced_as_kept(self, operation: str, form: Formula, axis: int | None) -> Formula:
        if operation == "sum":
            number, form = self.scalars(form)
            if axis and operation_of(form) == "pad":
                (rows,), counts = self.operands(form), numbers_of(form.args[1:])
                return number * self.pad(self.reduced("sum", rows, axis), *counts).form
            return number * self._summed(form, axis)
        return _opaque(operation)(form, *([] if axis is None else [axis]))

    def _summed(self, form: Formula, axis: int | None) -> Formula:
        """The sum of a form that no number can be taken out of."""
        match operation_of(form), axis:
            case "transpose", None | 0 | 1:
                return self._summed(form.args[0], None if axis is None else 1 - axis)
            case "eye", None:
                return form.args[0]
            case "eye", 0 | 1:
                return _ONE
            case "diag", None if len(self.shape(form)) == 2:
                return self._summed(form.args[0], None)
            case "diag", 0 | 1:
                return form.args[0]
            case "sum" | "expand_dims" | "pad", None:
                return self._summed(form.args[0], None)
            case "expand_dims", int() if axis == form.args[1]:
                return form.args[0]
            case "matmul", 0 | 1:
                return self._sum_of_product(form, axis)
            case "outer", _:
                u, v = self.operands(form)
                left = u if axis == 1 else self.reduced("sum", u)
                right = v if axis == 0 else self.reduced("sum", v)
                return left.form * right.form
        return _opaque("sum")(form, *([] if axis is None else [axis]))

    def _sum_of_product(self, form: Formula, axis: int) -> Formula:
        """The column sums of A @ B, which are those of A times B."""
        factors = self.operands(form)
        if axis == 0:
            factors[0] = self.reduced("sum", factors[0], 0)
            return reduce(self.matmul, factors).form
        factors[-1] = self.reduced("sum", factors[-1], 1)
        return reduce(lambda right, left: self.matmul(left, right), reversed(factors)).form

    def softmax(self, a: Shaped, axis: int | None = None) -> Shaped:
        """The softmax of a vector, or along an axis."""
        if not a.shape:
            return ones()
        axis = None if axis is None or len(a.shape) == 1 else axis % len(a.shape)
        if not self.shape(a.form):
            return Shaped(sympy.Integer(1) / a.shape[axis or 0], a.shape)
        along = [] if axis is None else [axis]
        return Shaped(_opaque("softmax")(self.filled(a), *along), a.shape)

    def cumsum(self, a: Shaped, axis: int | None = None) -> Shaped:
        """The cumulative sums of a vector, or along an axis."""
        if not a.shape:
            return a
        along = [] if len(a.shape) == 1 or axis is None else [axis % len(a.shape)]
        number, form = self.scalars(a.form)
        return Shaped(
            number * _opaque("cumsum")(self.filled(Shaped(form, a.shape)), *along), a.shape
        )

    def cumprod(self, a: Shaped, axis: int | None = None) -> Shaped:
        """The cumulative products of a vector, or along an axis."""
        if not a.shape:
            return a
        along = [] if len(a.shape) == 1 or axis is None else [axis % len(a.shape)]
        return Shaped(_opaque("cumprod")(self.filled(a), *along), a.shape)

    def det(self, a: Shaped) -> Shaped:
        """The determinant."""
        form = self.filled(a)
        return Shaped(
            _opaque("det")(form.args[0] if operation_of(form) == "transpose" else form), ()
        )

    def inv(self, a: Shaped) -> Shaped:
        """The inverse."""
        form = self.filled(a)
        if operation_of(form) == "inv":
            return Shaped(form.args[0], a.shape)
        return Shaped(_opaque("inv")(form), a.shape)

    def outer(self, a: Shaped, b: Shaped) -> Shaped:
        """The outer product of two vectors."""
        shape = (*a.shape, *b.shape)
        (c, left), (d, right) = self.scalars(a.form), self.scalars(b.form)
        if not self.shape(left):
            return Shaped(c * left * d * right, shape)
        u, v = (self.filled(Shaped(*z)) for z in ((left, a.shape), (right, b.shape)))
        return Shaped(c * d * _opaque("outer")(u, v), shape)

    def diag(self, a: Shaped) -> Shaped:
        """The diagonal of a square matrix, or the matrix with this diagonal."""
        number, form = self.scalars(a.form)
        if len(a.shape) == 1:
            square = (a.shape[0], a.shape[0])
            if not self.shape(form):
                return Shaped(number * form * _opaque("eye")(a.shape[0]), square)
            return Shaped(number * _opaque("diag")(self.filled(Shaped(form, a.shape))), square)
        self._check_square(a.shape)
        return Shaped(number * self._diagonal(form), a.shape[:1])

    def _diagonal(self, form: Formula) -> Formula:
        if len(self.shape(form)) < 2:
            return form
        match operation_of(form):
            case "eye":
                return _ONE
            case "diag" | "transpose":
                inner = self.whole(form.args[0])
                return inner.form if len(inner.shape) == 1 else self.diag(inner).form
            case "outer":
                u, v = self.operands(form)
                return u.form * v.form
        return _opaque("diag")(form)

    def element(self, a: Shaped, index: Size) -> Shaped:
        """The part at a place along the first axis."""
        number, form = self.scalars(a.form)
        shape, kept = a.shape[1:], self.shape(form)
        if len(kept) < len(a.shape):
            return Shaped(number * form, shape)
        if form.is_Add:
            terms = [self.element(Shaped(term, a.shape), index).form for term in form.args]
            return Shaped(number * sympy.Add(*terms), shape)
        at = index if kept[0] == a.shape[0] else 0
        if operation_of(form) == "stack":
            return Shaped(number * form.args[int(at)], shape)
        if operation_of(form) in ("part", "pad") and isinstance(kept[0], int):
            return self._element_within(form, int(at) % kept[0]) * Shaped(number, shape)
        return Shaped(number * _opaque("element")(form, at), shape)

    def _element_within(self, form: Formula, at: int) -> Shaped:
        """The row at a place from the front of a part, or of an array among zeros."""
        a, numbers = self.whole(form.args[0]), numbers_of(form.args[1:])
        if operation_of(form) == "part":
            return self.element(a, at + places(a.shape[0], numbers)[0])
        at -= int(numbers[0])
        zero = Shaped(sympy.Integer(0), a.shape[1:])
        return self.element(a, at) if 0 <= at < int(a.shape[0]) else zero

    def part(self, a: Shaped, *ends: Size) -> Shaped:
        """What stands from one place to another along the first axis."""
        number, form = self.scalars(a.form)
        shape, kept = ARRAYS["part"].shape([a.shape], ends), self.shape(form)
        if shape == a.shape:
            return a
        if len(kept) < len(a.shape) or kept[0] != a.shape[0]:
            return Shaped(number * form, shape)
        if form.is_Add:
            terms = [self.part(Shaped(term, a.shape), *ends).form for term in form.args]
            return Shaped(number * sympy.Add(*terms), shape)
        if operation_of(form) in ("part", "pad") and isinstance(kept[0], int):
            return self._part_within(form, *places(kept[0], ends)) * Shaped(number, shape)
        return Shaped(number * _opaque("part")(form, *ends), shape)

    def _part_within(self, form: Formula, first: Size, last: Size) -> Shaped:
        """A part of a part, or of an array among zeros, by places from the front."""
        a, numbers = self.whole(form.args[0]), numbers_of(form.args[1:])
        size, count = int(a.shape[0]), int(last - first)
        if operation_of(form) == "part":
            start = int(places(size, numbers)[0] + first)
            return self._between(a, start, start + count)
        start = int(first - numbers[0])
        begin, end = max(start, 0), min(start + count, size)
        if begin >= end:
            return Shaped(sympy.Integer(0), (count, *a.shape[1:]))
        rows = self._between(a, begin, end)
        return self.pad(rows, begin - start, start + count - end)

    def _between(self, a: Shaped, begin: int, end: int) -> Shaped:
        """The rows between two places, the last one counted from where it is nearer."""
        size = int(a.shape[0])
        if end == size:
            return self.part(a, begin) if begin else a
        return self.part(a, begin, end if 2 * end <= size else end - size)

    def pad(self, a: Shaped, before: Size, after: Size) -> Shaped:
        """The same with so many rows of zeros before and behind it."""
        shape = ARRAYS["pad"].shape([a.shape], [before, after])
        if before == after == 0 or a.form == 0:
            return Shaped(a.form, shape)
        number, form = self.scalars(a.form)
        if a.shape[0] == 1 and len(self.shape(form)) < len(a.shape):
            if len(a.shape) == 1:
                # Beside zeros a number is read where it stands: [2*c] rather than c*[2].
                number, form = _ONE, a.form
            form = self.stack(Shaped(form, a.shape[1:])).form
        form = self.filled(Shaped(form, a.shape))
        if operation_of(form) == "pad":
            form, first, last = form.args
            before, after = before + first, after + last
        return Shaped(number * _opaque("pad")(form, before, after), shape)

    def stack(self, *parts: Shaped) -> Shaped:
        """Arrays of one shape, one behind the other."""
        rows = [self.filled(part) for part in parts]
        return Shaped(_opaque("stack")(*rows), (len(parts), *parts[0].shape))

    def expand_dims(self, a: Shaped, axis: int) -> Shaped:
        """The same with a new axis of size 1."""
        shape = ARRAYS["expand_dims"].shape([a.shape], [axis])
        number, form = self.scalars(a.form)
        at = axis % len(shape) - (len(a.shape) - len(self.shape(form)))
        # One before all others is there without being written.
        return Shaped(number * _opaque("expand_dims")(form, at) if at > 0 else a.form, shape)

    def trace(self, a: Shaped) -> Shaped:
        """The sum of the diagonal of a square matrix."""
        self._check_square(a.shape)
        number, form = self.scalars(a.form)
        if len(self.shape(form)) < 2 or operation_of(form) in ("eye", "diag", "outer"):
            return self.reduced("sum", self.diag(a))
        if operation_of(form) == "transpose":
            form = form.args[0]
        return Shaped(number * _opaque("trace")(form), ())

    def _check_square(self, shape: SymbolicShape) -> None:
        if shape[0] != shape[1]:
            raise PointError(
                f"the diagonal of {shape_text(shape)}: of square ones only is there a formula"
            )

    def transpose(self, a: Shaped) -> Shaped:
        """The transpose; of a vector or a number, itself."""
        if len(a.shape) < 2:
            return a
        number, form = self.scalars(a.form)
        shape = a.shape[::-1]
        kept = self.shape(form)
        if not kept:
            return Shaped(number * form, shape)
        if form.is_Add:
            terms = [self.transpose(Shaped(term, a.shape)).form for term in form.args]
            return Shaped(number * sympy.Add(*terms), shape)
        if kept == a.shape[1:]:
            return Shaped(number * self.outer(Shaped(form, kept), ones(a.shape[0])).form, shape)
        return Shaped(number * self._transposed(self.filled(Shaped(form, a.shape))), shape)

    def _transposed(self, form: Formula) -> Formula:
        match operation_of(form):
            case "transpose":
                return form.args[0]
            case "matmul":
                return _opaque("matmul")(*[self._transposed(f) for f in reversed(form.args)])
            case "outer" | "ones":
                return form.func(*reversed(form.args))
            case "eye" | "diag":
                return form
            case "stack" if {operation_of(row) for row in form.args} == {"stack"}:
                columns = zip(*(row.args for row in form.args), strict=True)
                return form.func(*(form.func(*column) for column in columns))
        return _opaque("transpose")(form)

    # -- products ----------------------------------------------------------------------------------

    def scalars(self, form: Formula) -> tuple[Formula, Formula]:
        """The form as a number times the rest: 2*s, x - y for 2*s*(x - y), where s is one."""
        if not self.shape(form):
            return form, sympy.Integer(1)
        factors = sympy.Mul.make_args(form)
        numbers = [f for f in factors if not self.shape(f)]
        content, rest = sympy.Mul(*[f for f in factors if self.shape(f)]).primitive()
        return sympy.Mul(content, *numbers), rest

    def matmul(self, a: Shaped, b: Shaped) -> Shaped:
        """The matrix product, with numbers before it and one matrix after the other."""
        shape = a.shape[:-1] + b.shape[1:]
        (c, left), (d, right) = self.scalars(a.form), self.scalars(b.form)
        if c == 0 or d == 0:
            return Shaped(sympy.Integer(0), shape)
        u, v = Shaped(left, a.shape), Shaped(right, b.shape)
        found = self._of_equal_rows(u, v) or self._of_known(u, v) or self._chained(u, v)
        return Shaped(c * d * found.form, shape)

    def _of_equal_rows(self, a: Shaped, b: Shaped) -> Shaped | None:
        """A product with a matrix whose rows are all the same, or with a vector of ones."""
        left, right = self.shape(a.form), self.shape(b.form)
        if left != a.shape and len(a.shape) == 2 and left in ((), a.shape[1:]):
            return self.matmul(Shaped(a.form, a.shape[1:]), b)
        if not left:
            return self.reduced("sum", b, 0)
        if right != b.shape and len(b.shape) == 2 and right in ((), b.shape[1:]):
            totals, row = self.reduced("sum", a, -1), Shaped(b.form, b.shape[1:])
            return self.outer(totals, row) if totals.shape else totals * row
        if not right:
            return self.reduced("sum", a, -1)
        return None

    def _of_known(self, a: Shaped, b: Shaped) -> Shaped | None:
        """A product with an identity, a diagonal or an outer product."""
        first, second = operation_of(a.form), operation_of(b.form)
        if "eye" in (first, second):
            return b if first == "eye" else a
        if first == "outer":
            p, q = self.operands(a.form)
            inner = self.matmul(q, b)
            return self.outer(p, inner) if inner.shape else p * inner
        if second == "outer":
            p, q = self.operands(b.form)
            inner = self.matmul(a, p)
            return self.outer(inner, q) if inner.shape else inner * q
        if first == "diag" and len(a.shape) == 2 and len(b.shape) == 1:
            return self.operands(a.form)[0] * b
        return None

    def _chained(self, a: Shaped, b: Shaped) -> Shaped:
        """Any other product: a matrix stands before a vector, and brackets are dropped."""
        left, right = self._factors(a), self._factors(b)
        if len(a.shape) == 1:
            left = self._mirrored(left)
            if len(b.shape) == 2:
                return self.matmul(self.transpose(b), a)
            # A number is its own transpose: of the two ways to write it, one is taken for both.
            chain = [*left, *right]
            chain = min(chain, self._mirrored(chain), key=_transposes_first)
            return Shaped(_opaque("matmul")(*chain), ())
        return self.whole(_opaque("matmul")(*left, *right))

    def _factors(self, a: Shaped) -> list[Formula]:
        if operation_of(a.form) == "matmul" and a.shape:
            return list(a.form.args)
        return [self.filled(a)]

    def _mirrored(self, chain: list[Formula]) -> list[Formula]:
        """The factors of the transposed product."""
        return [self.transpose(self.whole(factor)).form for factor in reversed(chain)]


def _ones(forms: Forms, *sizes: int) -> Shaped:
    return ones(*sizes)


def _eye(forms: Forms, size: int) -> Shaped:
    return forms.whole(_opaque("eye")(size))


OWN: Mapping[str, Callable[..., Shaped]] = {
    "matmul": Forms.matmul, "dot": Forms.matmul, "outer": Forms.outer, "diag": Forms.diag,
    "transpose": Forms.transpose, "trace": Forms.trace, "softmax": Forms.softmax,
    "element": Forms.element, "part": Forms.part, "pad": Forms.pad, "stack": Forms.stack,
    "expand_dims": Forms.expand_dims,
    "cumsum": Forms.cumsum, "cumprod": Forms.cumprod, "det": Forms.det, "inv": Forms.inv,
    "mean": Forms.mean, "ones": _ones, "eye": _eye,
}  # fmt: skip
"""The operations that are more than a reduction of equal numbers."""


def _transposes_first(chain: list[Formula]) -> tuple[int, str]:
    return sum(operation_of(f) == "transpose" for f in chain), str(chain)
