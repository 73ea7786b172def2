"""One function for each command.

Every function takes an expression as text or `Expression`, and values by name: plain numbers, which
mean what they are written as (0.1 is 1/10), lists, arrays, or text as `"pi/3"`. Where a variable
has the name of an option, its value goes into `at`, a dict.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from diffcalc.api.given import (
    as_expression,
    as_functions,
    as_names,
    as_point,
    as_values,
    lookup,
    point_error,
)
from diffcalc.api.results import Code, Gradients, Marks, Matrix, Named, Result, Steps

if TYPE_CHECKING:
    from diffcalc.comparison.implicit import Equation
    from diffcalc.language.expression import Expression
    from diffcalc.language.point import Values


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

    point = as_point(at, values)
    f = as_expression(expression, [*point, *as_names(wrt)])
    seed = None if gradient is None else as_values(gradient)
    settings: dict[str, Any] = {"wrt": as_names(wrt), "order": order}
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

    point = as_point(at, values)
    f = as_expression(expression, [*point, *as_names(wrt)])
    steps = StepSizes(kind=kind, start=start, factor=factor, count=count)
    found = quotients(f, point, wrt=as_names(wrt), steps=steps, digits=digits, order=order)
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

    point = as_point(at, values)
    f = as_expression(expression, [*point, *as_names(wrt)])
    names = as_names(wrt) or [n for n in f.variables if n not in point] or list(f.variables)
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
        raise point_error("one variable runs over an interval", hint="as in x=(-3, 3)")
    (name,) = ranges
    low, high = (as_values(end).constants.item() for end in given.pop(name))
    point = as_point(given, {})
    f = as_expression(expression, [*point, name])
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

    point = as_point(at, values)
    f = as_expression(expression, [*point, *as_names(wrt)])
    seed = None if gradient is None else as_values(gradient)
    found = matrices.hessian(
        f, point, wrt=as_names(wrt), gradient=seed, digits=digits or DIGITS, count=count
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

    point = as_point(at, values)
    functions = as_functions(expressions, [*point, *as_names(wrt)])
    found = matrices.jacobian(
        functions, point, wrt=as_names(wrt), digits=digits or DIGITS, count=count
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

    point = as_point(at, values)
    declared = [*point, *filter(None, (of, wrt))]
    if isinstance(equation, str):
        equation = read_equation(equation, lambda text: as_expression(text, declared))
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

    point, names = as_point(at, values), as_names(wrt)
    if point:
        from diffcalc.exercises.numbers import check_numbers

        functions = as_functions(expression, [*point, *names])
        numbers = check_numbers(functions, as_values(claim), point, names, order, tolerance)
        return _marks([numbers], f"check of {expression}")
    grid = read_questions(str(expression), str(claim), names, lookup(), order)
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

    f = as_expression(expression, as_names(wrt))
    wanted = derivatives or bool(wrt)
    return Code(emitted(f, target, name=name, wrt=as_names(wrt), gradient=wanted))


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

    point = as_point(at, values)
    moving = {name: np.asarray(value, dtype=np.float64) for name, value in start.items()}
    f = as_expression(expression, [*point, *moving])
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
