"""One function for each command.

Every function takes an expression as text or `Expression`, and values by name: plain numbers, which
mean what they are written as (0.1 is 1/10), lists, arrays, or text as `"pi/3"`. Where a variable
has the name of an option, its value goes into `at`, a dict.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TextIO

from diffcalc.api.results import Code, Gradients, Marks, Matrix, Named, Result, Steps

if TYPE_CHECKING:
    from diffcalc.comparison.implicit import Equation
    from diffcalc.language.expression import Expression
    from diffcalc.language.point import Values
    from diffcalc.tables.parse import Table


def grad(
    expression: "str | Expression",
    at: Mapping[str, Any] | None = None,
    /,
    *,
    wrt: str | Sequence[str] = (),
    order: int = 1,
    digits: int | None = None,
    gradient: Any = None,
    **values: Any,
) -> Gradients:
    """The derivatives of an expression three ways, and whether to believe them.

    Without values they are formulas; with values, numbers in the shapes of the variables, nan where
    there is no derivative. `gradient` is the external gradient of an array. Raises `DiffcalcError`.

    >>> import diffcalc
    >>> result = diffcalc.grad("3*a**3 - b**2", a=[2, 3], b=[6, 4])
    >>> result
    <grad of 3*a**3 - b**2: agree: a = [36, 81], b = [-12, -8]>
    >>> result["a"].tolist()
    [36.0, 81.0]
    >>> diffcalc.grad("x^2*y")["x"]
    '2*x*y'
    >>> diffcalc.grad("abs(x)", x=0).verdict
    'not differentiable'
    """
    from diffcalc.comparison.compare import compare
    from diffcalc.comparison.gradient import formulas
    from diffcalc.numerical.definition import DIGITS

    point = _point(at, values)
    f = _expression(expression, [*point, *_names(wrt)])
    seed = None if gradient is None else _values(gradient)
    settings: dict[str, Any] = {"wrt": _names(wrt), "order": order}
    what = f"grad of {f}"
    if not point:
        plain = formulas(f, seed=seed, **settings)
        texts = {p.variables[0]: p.formula for p in plain.partials}
        return Gradients(plain, what, _writer("gradient", plain), "", texts)
    found = compare(f, point, gradient=seed, digits=digits or DIGITS, **settings)
    numbers = _by_variable(found, point)
    write = _writer("comparison", found, digits=digits)
    return Gradients(found, what, write, found.verdict.value, numbers)


def limit(
    expression: "str | Expression",
    at: Mapping[str, Any] | None = None,
    /,
    *,
    wrt: str | Sequence[str] = (),
    order: int = 1,
    kind: Any = "forward",
    start: float = 0.1,
    factor: float = 0.1,
    count: int = 5,
    digits: int | None = None,
    **values: Any,
) -> Named:
    """The difference quotient as h shrinks, and the limit it approaches.

    h is `start`, then each time multiplied by `factor`; `kind` is forward, backward or central.

    >>> import diffcalc
    >>> diffcalc.limit("x^2", x=3)
    <limit of x**2: agree: x = 6>
    """
    from diffcalc.comparison.compare import quotients
    from diffcalc.comparison.partial_derivatives import StepSizes
    from diffcalc.comparison.verdict import worst

    point = _point(at, values)
    f = _expression(expression, [*point, *_names(wrt)])
    steps = StepSizes(kind=kind, start=start, factor=factor, count=count)
    found = quotients(f, point, wrt=_names(wrt), steps=steps, digits=digits, order=order)
    verdict = worst([q.judgement.verdict for q in found]).value
    numbers = {q.name: float(q.truth.derivative) for q in found}
    write = _writer("quotients", f, point, found, digits=digits)
    return Named(found, f"limit of {f}", write, verdict, numbers)


def steps(
    expression: "str | Expression",
    at: Mapping[str, Any] | None = None,
    /,
    *,
    wrt: str | Sequence[str] = (),
    order: int = 1,
    detail: Any = "full",
    **values: Any,
) -> Steps:
    """How an expression is differentiated, rule by rule.

    >>> import diffcalc
    >>> diffcalc.steps("sin(x^2)")
    <steps of sin(x**2): 2*x*cos(x**2)>
    """
    from diffcalc.render.formats import writer
    from diffcalc.render.renderer import Options
    from diffcalc.symbolic.arrays.assumed_shapes import sizes_of
    from diffcalc.symbolic.differentiate import differentiate_again
    from diffcalc.symbolic.steps.working import working

    point = _point(at, values)
    f = _expression(expression, [*point, *_names(wrt)])
    names = _names(wrt) or [n for n in f.variables if n not in point] or list(f.variables)
    shapes, note, seeded = {}, "", False
    if not f.elementwise:
        sizes = sizes_of(f, {name: value.shape for name, value in point.items()})
        shapes, note, seeded = dict(sizes.shapes), sizes.note, sizes.rank > 0
    found = [
        working(f, derivation)
        for name in names
        for derivation in differentiate_again(f, [name] * order, shapes, seeded)
    ]

    def write(style: str, stream: TextIO) -> None:
        writer("derivations", style)(stream, Options(level=detail)).derivations(f, found, note)

    return Steps(found, f"steps of {f}", write)


def scan(
    expression: "str | Expression",
    at: Mapping[str, Any] | None = None,
    /,
    **values: Any,
) -> Result:
    """The points of an interval where an expression is not differentiable.

    The variable that runs has a pair of ends, the others a number.

    >>> import diffcalc
    >>> diffcalc.scan("abs(x^2 - 1)", x=(-3, 3))
    <scan of abs(x**2 - 1): 2 points: -1, 1>
    """
    from diffcalc.comparison.scan import scan as scanned

    given = {**(at or {}), **values}
    ranges = [name for name, value in given.items() if isinstance(value, tuple)]
    if len(ranges) != 1:
        raise _error("one variable runs over an interval", hint="as in x=(-3, 3)")
    (name,) = ranges
    low, high = (_values(end).constants.item() for end in given.pop(name))
    point = _point(given, {})
    f = _expression(expression, [*point, name])
    found = scanned(f, point, name, low, high)
    return _Scan(found, f"scan of {f}", _writer("scan", found), _scanned(found))


def _scanned(found: Any) -> str:
    count = len(found.features)
    open_ends = f", {len(found.undecided)} cells undecided" if found.undecided else ""
    return f"{count} point{'s' * (count != 1)}{open_ends}"


class _Scan(Result):
    columns = ("at", "kind", "left", "right", "because_of", "reason")

    def _numbers(self) -> str:
        return ", ".join(self.text("value").split("\n")).strip(", ")


def hessian(
    expression: "str | Expression",
    at: Mapping[str, Any] | None = None,
    /,
    *,
    wrt: str | Sequence[str] = (),
    gradient: Any = None,
    digits: int | None = None,
    count: int = 0,
    **values: Any,
) -> Matrix:
    """The matrix of second derivatives, each three ways; with `count` difference quotients too.

    >>> import diffcalc
    >>> diffcalc.hessian("x^2*y", x=1, y=2)
    <hessian of x**2*y: agree: [[4, 2], [2, 0]]>
    """
    from diffcalc.comparison import matrices
    from diffcalc.numerical.definition import DIGITS

    point = _point(at, values)
    f = _expression(expression, [*point, *_names(wrt)])
    seed = None if gradient is None else _values(gradient)
    found = matrices.hessian(
        f, point, wrt=_names(wrt), gradient=seed, digits=digits or DIGITS, count=count
    )
    return _matrix(found, f"hessian of {f}", digits)


def jacobian(
    expressions: "str | Expression | Sequence[str | Expression]",
    at: Mapping[str, Any] | None = None,
    /,
    *,
    wrt: str | Sequence[str] = (),
    layout: str = "jacobian",
    digits: int | None = None,
    count: int = 0,
    **values: Any,
) -> Matrix:
    """The matrix of the derivatives of several functions: a row for each, a column for a variable.

    They are a list, or text as `"[r*cos(t), r*sin(t)]"`; `layout="gradient"` is the transpose.

    >>> import diffcalc
    >>> diffcalc.jacobian(["x*y", "x - y"], x=2, y=3)
    <jacobian of [x*y, x - y]: agree: [[3, 2], [1, -1]]>
    """
    from diffcalc.comparison import matrices
    from diffcalc.numerical.definition import DIGITS

    point = _point(at, values)
    functions = _functions(expressions, [*point, *_names(wrt)])
    found = matrices.jacobian(
        functions, point, wrt=_names(wrt), digits=digits or DIGITS, count=count
    )
    found = found.transposed if layout == "gradient" else found
    shown = ", ".join(map(str, functions))
    return _matrix(found, f"jacobian of [{shown}]", digits)


def _matrix(found: Any, what: str, digits: int | None) -> Matrix:
    import numpy as np

    values = np.array([[_derivative(element) for element in row] for row in found.entries])
    return Matrix(found, what, _writer("matrix", found, digits=digits), found.verdict.value, values)


def implicit(
    equation: "str | Equation",
    at: Mapping[str, Any] | None = None,
    /,
    *,
    of: str = "",
    wrt: str = "",
    order: int = 1,
    digits: int | None = None,
    **values: Any,
) -> Named:
    """The slope of a curve at one of its points.

    >>> import diffcalc
    >>> diffcalc.implicit("x^2 + y^2 = 25", x=3, y=4)
    <implicit x**2 + y**2 = 25: agree: dy/dx = -0.75>
    """
    from diffcalc.comparison.implicit import read_equation, slope
    from diffcalc.comparison.partial_derivatives import StepSizes
    from diffcalc.numerical.definition import DIGITS

    point = _point(at, values)
    declared = [*point, *filter(None, (of, wrt))]
    if isinstance(equation, str):
        equation = read_equation(equation, lambda text: _expression(text, declared))
    settings: dict[str, Any] = {"steps": StepSizes(), "digits": digits or DIGITS}
    found = slope(equation, point, of=of, wrt=wrt, order=order, **settings)
    name = f"d{found.dependent}/d{found.independent}"
    if order > 1:
        name = f"d^{order}{found.dependent}/d{found.independent}^{order}"
    number = float("nan") if found.element is None else _derivative(found.element)
    write = _writer("slope", found, digits=digits)
    verdict = found.judgement.verdict.value
    return Named(found, f"implicit {found.equation}", write, verdict, {name: number})


def check(
    expression: str,
    claim: Any,
    at: Mapping[str, Any] | None = None,
    /,
    *,
    wrt: str | Sequence[str] = (),
    order: int = 1,
    tolerance: float | None = None,
    **values: Any,
) -> Marks:
    """Whether a claim is the derivative, and if not, the likely mistake; true where it is right.

    With values, the claim is numbers.

    >>> import diffcalc
    >>> diffcalc.check("sin(x^2)", "cos(x^2)").worst.diagnosis.mistake
    'inner derivative forgotten'
    >>> bool(diffcalc.check("x.T@A@x", "(A + A.T)@x", wrt="x"))
    True
    >>> diffcalc.check("x^2*y", [12, 4], x=2, y=3)
    <check of x^2*y: right>
    """
    from diffcalc.exercises.question import read_questions
    from diffcalc.exercises.several import answers_to

    point, names = _point(at, values), _names(wrt)
    if point:
        from diffcalc.exercises.numbers import check_numbers

        functions = _functions(expression, [*point, *names])
        numbers = check_numbers(functions, _values(claim), point, names, order, tolerance)
        return _marks([numbers], f"check of {expression}")
    grid = read_questions(str(expression), str(claim), names, _lookup(), order)
    return _marks(answers_to(grid), f"check of {expression}")


def _marks(found: Sequence[Any], what: str) -> Marks:
    from diffcalc.exercises.components import Judged
    from diffcalc.render.formats import writer

    def write(style: str, stream: TextIO) -> None:
        marks = [one for one in found if not isinstance(one, Judged)]
        if marks:
            writer("marks", style)(marks, stream)
        for one in found:
            if isinstance(one, Judged):
                writer("judged", style)(one, stream)

    words = [getattr(one, "told", None) or one.grade for one in found]
    return Marks(found, what, write, ", ".join(dict.fromkeys(word.value for word in words)))


def check_gradient(f: Any, gradient: Any, at: Any, **settings: Any) -> Marks:
    """Whether a coded gradient is right, held against the numerical limit; true where it is.

    `f` and `gradient` are any functions of an array, a list, a tensor, or of several; `at` is
    where: one of them, a tuple, or a dict of arguments by name. `report.worst` is the component
    that is most wrong. See `diffcalc.exercises.gradients.check_gradient` for the settings. Raises
    `DiffcalcError` where one of the functions fails, or gives what is no gradient.

    >>> import diffcalc
    >>> report = diffcalc.check_gradient(lambda x: x @ x, lambda x: x, [1.0, 2.0])
    >>> bool(report), report.worst.claim, report.mistake
    (False, 1.0, 'a factor 2 is missing')
    """
    from diffcalc.exercises.gradients import check_gradient as checked

    found = checked(f, gradient, at, **settings)
    return _Report([found], f"check of {found.claim}", _marks([found], "")._write, found.told.value)


class _Report(Marks):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "found":
            raise AttributeError(name)
        return getattr(self.found[0], name)


def emit(
    expression: "str | Expression",
    target: str,
    /,
    *,
    derivatives: bool = False,
    wrt: str | Sequence[str] = (),
    name: str | None = None,
) -> Code:
    """The expression, and its gradient, as code in another language.

    >>> import diffcalc
    >>> diffcalc.emit("x^2", "python").splitlines()[-1]
    '    return x*x'
    """
    from diffcalc.codegen import emit as emitted

    f = _expression(expression, _names(wrt))
    wanted = derivatives or bool(wrt)
    return Code(emitted(f, target, name=name, wrt=_names(wrt), gradient=wanted))


def descend(
    expression: "str | Expression",
    start: Mapping[str, Any],
    at: Mapping[str, Any] | None = None,
    /,
    *,
    rate: float = 0.1,
    count: int = 1000,
    tolerance: float = 1e-6,
    momentum: float | None = None,
    adam: bool = False,
    **values: Any,
) -> Named:
    """Gradient descent from `start`, and what kind of point it reached.

    >>> import diffcalc
    >>> diffcalc.descend("(x - 1)^2", {"x": 5}, rate=0.5)
    <descend (x - 1)**2: minimum: x = 1>
    """
    import numpy as np

    from diffcalc.descent.descent import Descent
    from diffcalc.descent.endings import Ending
    from diffcalc.descent.objective import Objective
    from diffcalc.descent.optimizers import Adam, Momentum, Plain
    from diffcalc.render.formats import writer

    point = _point(at, values)
    moving = {name: np.asarray(value, dtype=np.float64) for name, value in start.items()}
    f = _expression(expression, [*point, *moving])
    fixed = {name: value.floats for name, value in point.items()}
    plain = Plain(rate) if momentum is None else Momentum(rate, momentum)
    optimizer = Adam(rate) if adam else plain
    descent = Descent(Objective(f, moving, fixed, point), optimizer, count, tolerance)
    items = list(descent)
    ending = items[-1]
    assert isinstance(ending, Ending)

    def write(style: str, stream: TextIO) -> None:
        written = writer("descents", style)(descent, stream)
        for item in items:
            (written.ending if isinstance(item, Ending) else written.iterate)(item)

    numbers = {n: v if v.ndim else float(v) for n, v in ending.iterate.at.items()}
    return Named(ending, f"descend {f}", write, ending.kind.value, numbers)


def batch(
    expression: "str | Expression",
    columns: Mapping[str, Any],
    at: Mapping[str, Any] | None = None,
    /,
    *,
    wrt: str | Sequence[str] = (),
    timeout: float = 10.0,
    **values: Any,
) -> Named:
    """The value and the derivatives at many points: `columns` has arrays of one length.

    They may be a table or a record batch of pyarrow's. The result has arrays of that length: f, and
    each derivative by its variable, nan where there is none; `faults` says why, by the row, and
    `to_arrow()` is a record batch of f, df/dx and so on. As Spark, Ray and Dask need it, what is
    given may be sent to other processes: `functools.partial(diffcalc.batch, "x^2*y")`.

    >>> import diffcalc
    >>> result = diffcalc.batch("x^2*y", {"x": [1, 2], "y": [3, 4]})
    >>> result["x"].tolist(), result["f"].tolist()
    ([6.0, 16.0], [3.0, 16.0])
    """
    from diffcalc.comparison.many_points import Batch, check_columns
    from diffcalc.language.expression import function_name

    named = _by_column(columns)
    point = _point(at, values)
    f = _expression(expression, [*named, *point, *_names(wrt)])
    names = _names(wrt) or list(f.variables)
    check_columns(f, "the table", list(named), point, names)
    used = {name: column for name, column in named.items() if name in f.variables}
    table = _table(used, named)
    found = Batch(f, list(used), point, names, timeout).gradients(table)
    result = {function_name(f.variables): found.numbers[:, 0]}
    result |= {f"{n}": found.numbers[:, k] for k, n in enumerate(names, start=1)}
    bad = len(found.marks)
    verdict = f"{len(found.numbers):,} points" + (f", {bad:,} without derivatives" if bad else "")

    return _Batch(found, f"batch of {f}", _in_columns(result), verdict, result)


def _in_columns(result: Mapping[str, Any]) -> Any:
    from diffcalc.render.lines import csv_line, json_line

    def write(style: str, stream: TextIO) -> None:
        rows = [dict(zip(result, row, strict=True)) for row in zip(*result.values(), strict=True)]
        if style == "json":
            told = [{n: float(v) if v == v else None for n, v in row.items()} for row in rows]  # noqa: PLR0124
            stream.write(json_line({"rows": told}) + "\n")
            return
        stream.write(csv_line(result) + "\n")
        stream.writelines(csv_line(repr(float(v)) for v in row.values()) + "\n" for row in rows)

    return write


def _by_column(columns: Any) -> dict[str, Any]:
    """The columns by name, of a mapping, or of a table of pyarrow's."""
    from diffcalc.language.tokens import spelled

    if hasattr(columns, "items"):
        return {spelled(str(name)): column for name, column in columns.items()}
    if not hasattr(columns, "schema"):
        raise _error("the columns must be a dict of arrays, or a table of pyarrow's")
    names = list(map(spelled, columns.schema.names))
    for name in names:
        if names.count(name) > 1:
            raise _error(f"the table has two columns {name}")
    return dict(zip(names, columns.columns, strict=True))


def _table(used: Mapping[str, Any], named: Mapping[str, Any]) -> "Table":
    """The numbers of the columns that are used; all that are named must be of one length."""
    import numpy as np

    from diffcalc.tables.columns import check_kind, numbers_of
    from diffcalc.tables.parse import Table

    if named and all(hasattr(column, "null_count") for column in named.values()):
        for name, column in used.items():
            check_kind(name, column.type)
        whole = [getattr(c, "combine_chunks", lambda c=c: c)() for c in used.values()]
        return numbers_of(list(used), whole, len(next(iter(named.values()))))
    shapes: set[tuple[int, ...]] = set()
    with suppress(ValueError):
        # Lists within a list may have any lengths.
        shapes = {np.shape(column) for column in named.values()}
    if len(shapes) != 1 or any(len(shape) != 1 for shape in shapes):
        raise _error("the columns must be arrays of one length")
    numbers = np.empty((*shapes.pop(), len(used)))
    for place, (name, column) in enumerate(used.items()):
        try:
            numbers[:, place] = column
        except (TypeError, ValueError, OverflowError):
            raise _error(f"{name} holds what is no number") from None
    return Table(numbers, np.arange(1, len(numbers) + 1), {})


class _Batch(Named):
    def to_arrow(self) -> Any:
        """A record batch of pyarrow's: f, and the derivatives as df/dx."""
        from diffcalc.base.encoded import pyarrow_for

        pyarrow = pyarrow_for("a record batch")
        value, *wrt = self
        names = [value, *(f"d{value}/d{name}" for name in wrt)]
        return pyarrow.record_batch(list(self._by_name.values()), names=names)

    @property
    def faults(self) -> dict[int, str]:
        """Why rows have no derivatives."""
        from diffcalc.render.reasons import fault_sentence

        return {row: fault_sentence(mark) for row, mark in self.found.marks.items()}


# -- what is given ---------------------------------------------------------------------------------


def _expression(expression: "str | Expression", declared: Sequence[str]) -> "Expression":
    from diffcalc.language.library import read_known

    if isinstance(expression, str):
        return read_known(expression, declared={*declared})
    return expression


def _functions(expressions: Any, declared: Sequence[str]) -> "list[Expression]":
    from diffcalc.comparison.matrices import read_functions

    if isinstance(expressions, str):
        return read_functions(expressions, lambda text: _expression(text, declared))
    several = expressions if isinstance(expressions, list | tuple) else [expressions]
    return [_expression(one, declared) for one in several]


def _lookup() -> Any:
    from diffcalc.language.library import BUILT_IN, parse

    def find(name: str) -> Any:
        return parse(BUILT_IN[name], find) if name in BUILT_IN else None

    return find


def _names(wrt: str | Sequence[str]) -> list[str]:
    if isinstance(wrt, str):
        return [name.strip() for name in wrt.split(",") if name.strip()]
    return list(wrt)


def _point(at: Mapping[str, Any] | None, values: Mapping[str, Any]) -> "dict[str, Values]":
    from diffcalc.language.tokens import spelled

    return {spelled(n): _values(value) for n, value in {**(at or {}), **values}.items()}


def _values(value: Any) -> "Values":
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
        raise _error(f"{value!r} is no number, and no array of numbers") from None


def _error(message: str, **more: Any) -> Exception:
    from diffcalc.base.errors import PointError

    return PointError(message, **more)


# -- what was found --------------------------------------------------------------------------------


def _writer(method: str, *found: Any, digits: int | None = None) -> Any:
    def write(style: str, stream: TextIO) -> None:
        from diffcalc.render.formats import renderer
        from diffcalc.render.renderer import Options

        getattr(renderer(style, stream, Options(digits=digits)), method)(*found)

    return write


def _derivative(element: Any) -> float:
    from diffcalc.render.wording import derivative

    return float(derivative(element))


def _by_variable(found: Any, point: "Mapping[str, Values]") -> dict[str, Any]:
    """The derivatives in the shape of each variable; along directions, by their names."""
    import numpy as np

    numbers: dict[str, Any] = {}
    for partial in found.partials:
        if partial.many is not None:
            numbers |= dict(partial.many.derivatives)
            continue
        for element in partial.elements:
            place = element.places[0]
            name, number = place.variable, _derivative(element)
            if place.direction or not point[name].shape:
                numbers[place.name] = number
                continue
            if name not in numbers:
                numbers[name] = np.full(point[name].shape, np.nan)
            numbers[name][place.index] = number
    return numbers
