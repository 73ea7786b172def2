"""No file lacks an operation: each place where a new one has to stand is named here."""

from collections.abc import Collection, Iterable
from fractions import Fraction

import mpmath
import pytest
import sympy
from sympy.core.function import AppliedUndef

from diffcalc.autograd import algebra
from diffcalc.autograd.primitives import PRIMITIVES
from diffcalc.base.errors import DiffcalcError, EmitError
from diffcalc.codegen import emit
from diffcalc.codegen.targets import TARGETS
from diffcalc.language.algebras import exact, symbols
from diffcalc.language.array_operations import ARRAYS, OPERATIONS, SHOWN
from diffcalc.language.expression import Builder, Expression
from diffcalc.language.grammar import read
from diffcalc.language.latex import typeset
from diffcalc.language.operations import COMPARISONS, ELEMENTARY, FUNCTIONS, OPERATORS
from diffcalc.symbolic import FUNCTION_RULES, differentiate
from diffcalc.symbolic.arrays.differentials import ARRAY_RULES
from diffcalc.symbolic.arrays.forms import OF_EQUALS, OWN
from diffcalc.truth import germs, linear
from diffcalc.truth.elementary import ENCLOSURES
from diffcalc.truth.slopes import DEFINITIONS, SLOPES
from tests.array_values import VALUES
from tests.functions import OPAQUE
from tests.random_balls import ORACLES
from tests.smooth_cases import CASES

# What a language of code lacks, so that it refuses it, has no derivative there, or is a constant.
_REFUSED = {"erf", "erfc", "erfi", "gamma", "lgamma", "polygamma"}
_STEPS = {"sign", "floor", "ceil"}
_MOVING = ARRAYS.keys() - {"eye", "ones"}
_TRIED = {node.operation for text, _ in VALUES for node in read(text).nodes}
_UNKNOWN_TO_SYMPY = {
    name
    for name, row in FUNCTIONS.items()
    if isinstance(symbols()[name](*sympy.symbols("x y", real=True)[: row.arity]), AppliedUndef)
}
_SMOOTH = {node.operation for text, _ in CASES for node in read(text).nodes}
_IN_CODE = {name for name, row in FUNCTIONS.items() if row.inline or row.helper} | {
    name for name in FUNCTIONS if all(target.has(name) for target in TARGETS.values())
}


def _alone(name: str) -> Expression:
    """A program of this one operation, of a number, u and v; a comparison inside a choice."""
    builder = Builder()
    one, u, v = (
        builder.add("number", content=Fraction(1)),
        *(builder.add("variable", content=letter) for letter in "uv"),
    )
    count = 2 - (name == "neg") if name in OPERATORS else 0
    count = count or (ARRAYS[name].operands if name in ARRAYS else ELEMENTARY[name].arity)
    operands = [one, u] if name == "polygamma" else [u, v][:count] or [one]
    if name in ARRAYS and ARRAYS[name].operands:
        operands += [one] * ARRAYS[name].numbers[0]
    if name == "where":
        operands.insert(0, builder.add("lt", u, v))
    found = builder.add(name, *operands)
    if name in COMPARISONS:
        found = builder.add("where", found, u, v)
    return builder.finish(found, "")


def _reads_back(name: str) -> bool:
    program = _alone(name)
    try:
        same = read(str(program)).nodes == program.nodes
    except DiffcalcError:
        return False
    return same and OPERATIONS[name].sign in str(program)


def _is_typeset(name: str) -> bool:
    """Whether what no text calls by name is not called so in LaTeX either."""
    program = _alone(name)
    shown = typeset(program)
    called = f"{name}(" in str(program) or name in SHOWN
    return all(shown.count(v) for v in program.variables) and (called or f"{{{name}}}" not in shown)


def _is_emitted(name: str) -> bool:
    for target in TARGETS:
        try:
            emit(_alone(name), target)
        except EmitError:
            continue
        except KeyError:
            return False
    return True


PLACES: dict[str, tuple[Iterable[str], Collection[str]]] = {
    "language/operations.py, the inline or helper of its row,": (
        _IN_CODE, FUNCTIONS.keys() - _REFUSED
    ),
    "language/printing.py": (filter(_reads_back, OPERATIONS), OPERATIONS),
    "language/latex.py": (filter(_is_typeset, OPERATIONS), OPERATIONS),
    "codegen/body.py": (filter(_is_emitted, ELEMENTARY), ELEMENTARY),
    "autograd/primitives.py": (PRIMITIVES, ELEMENTARY),
    "autograd/names.py": (algebra(), OPERATIONS),
    "symbolic/rules.py": (FUNCTION_RULES, FUNCTIONS),
    "symbolic/arrays/differentials.py": (ARRAY_RULES, _MOVING),
    "symbolic/arrays/forms.py": ({*OWN, *OF_EQUALS}, ARRAYS),
    "truth/slopes.py": (SLOPES, ELEMENTARY),
    "truth/slopes.py, the definition, or truth/germs.py": (
        {*DEFINITIONS, *germs._OPERATIONS}, {*FUNCTIONS, *OPERATORS}
    ),
    "truth/elementary.py": (ENCLOSURES, ELEMENTARY),
    "truth/linear.py": (linear.algebra(53), ARRAYS),
    "tests/random_balls.py": (ORACLES, ELEMENTARY),
    "tests/functions.py": (OPAQUE, _UNKNOWN_TO_SYMPY),
    "tests/smooth_cases.py": (_SMOOTH, FUNCTIONS.keys() - _STEPS),
    "tests/array_values.py": (_TRIED, ARRAYS),
}  # fmt: skip
"""For each file, the operations it has, and those that it has to have."""


@pytest.mark.parametrize("file", PLACES)
def test_no_file_lacks_an_operation(file: str) -> None:
    has, needed = PLACES[file]
    missing = ", ".join(sorted(set(needed) - set(has)))
    assert not missing, f"{file} lacks {missing}"


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_row_says_where_it_is_not_smooth(name: str) -> None:
    file = "array_operations" if name in ARRAYS else "operations"
    assert OPERATIONS[name].border is not None, f"language/{file}.py lacks the border of {name}"


@pytest.mark.parametrize("x", [-60, 60])
@pytest.mark.parametrize("name", [name for name, row in FUNCTIONS.items() if row.arity == 1])
def test_every_row_has_the_tail_of_its_function(name: str, x: int) -> None:
    """What is left of 1 - tanh(60), or 60 - silu(60), is too small for a float64's digits."""
    with mpmath.mp.workdps(2000):
        value = exact()[name](mpmath.mpf(x))
        left = mpmath.inf if mpmath.isnan(value) else min(abs(value - n) for n in (-1, 1, 2, x))
        if not 0 < left < mpmath.exp(-abs(x) / 2):
            return
        assert FUNCTIONS[name].tail, f"language/operations.py lacks the tail of {name}"
        power, factor = FUNCTIONS[name].tail
        assert 1e-3 < left * mpmath.exp(factor * mpmath.mpf(abs(x)) ** power) < 1e3


@pytest.mark.parametrize("name", sorted(PRIMITIVES.keys() & FUNCTION_RULES.keys()))
def test_each_argument_has_its_vjp_and_its_slope(name: str) -> None:
    arity = FUNCTIONS[name].arity
    assert len(PRIMITIVES[name].vjps) == arity
    # The rule of min and max takes all operands at once.
    assert len(FUNCTION_RULES[name].slopes) == arity * (name not in ("min", "max"))


@pytest.mark.parametrize("name", sorted(ARRAY_RULES.keys() & {*OWN, *OF_EQUALS}))
def test_every_array_operation_has_a_formula_of_its_gradient(name: str) -> None:
    row, builder = ARRAYS[name], Builder()
    shapes = dict.fromkeys("AB"[: row.operands], (2, 2) if row.operands == 1 else (2,))
    operands = [builder.add("variable", content=variable) for variable in shapes]
    count = 1 if 1 in row.numbers else row.numbers[0]
    operands += [builder.add("number", content=Fraction(number)) for number in range(count)]
    expression = builder.finish(builder.add(name, *operands), "")
    try:
        found = differentiate(expression, "A", shapes, True)
    except NotImplementedError:
        pytest.fail(f"symbolic/arrays/transposition.py lacks {name}")
    assert found.program is not None, f"symbolic/arrays/transposition.py has a wrong {name}"
