"""Emitted code: run or compiled where the tool is there, and its values compared with ours."""

import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import mpmath
import pytest

from diffcalc.base.errors import EmitError
from diffcalc.codegen import emit
from diffcalc.codegen.targets import TARGETS
from diffcalc.language.algebras import exact
from diffcalc.language.expression import Expression
from diffcalc.language.grammar import read
from diffcalc.language.operations import FUNCTIONS
from diffcalc.render.formats import choices
from diffcalc.symbolic import differentiate
from tests.conftest import Run

DECLARED = ("lambda", "in", "fn", "while", "t0", "value", "exp", "dx", "np", "self", "y0", "grad")
POINTS = ((0.31, 0.87), (0.72, 0.4), (0.5, 0.95))
BEYOND = ((1.3, 2.1), (-4.2, 1.5), (-1.7, -2.5))
EVERYWHERE = ((-1.75, 0.375), (30.5, -4.5), (0.25, 2.5), (-40.0, 8.0))

CASES: list[tuple[str, Sequence[tuple[float, float]]]] = [
    ("3*x**2 - 4*x + y/3", EVERYWHERE),
    ("100*(y - x**2)**2 + (1 - x)**2", EVERYWHERE),
    ("x^2*y/(x^4 + y^2)", EVERYWHERE),
    ("x - (y - 2) - -x/(y/3)*-2 - -(-y)^2", EVERYWHERE),
    ("(-x)**3 - x**-2 + 2**-y + x**7 + y**(-4)", EVERYWHERE),
    ("(1 + x^2)^y - 2^(x/100)^2 + pi^2*e^(y/10)", EVERYWHERE),
    ("(x^2 + 1)^(1/3) + (y^2)^1.5 + 1e-8*x + 2^70", EVERYWHERE),
    ("sigmoid(x)*softplus(y) - relu(x*y) + cbrt(x) + sigmoid(1)", EVERYWHERE),
    ("max(x, y, 0.1) + min(x, 2*y)*abs(x) + sign(y)*x", EVERYWHERE),
    ("floor(x)*y + ceil(y)*x + hypot(x, 3)*atan2(y, 2)", EVERYWHERE),
    ("erf(x)*erfc(y/3) + atan(x) + asinh(y) + tanh(x) + acot(x)", EVERYWHERE),
    ("where(x > 0, log(x)^2 + log(x), sqrt(1 - x)) + where(y <= 1, 0.1, 0.2)*y", EVERYWHERE),
    ("where(x > 0, log(x), 0) + where(x*y > 20, log(x*y - 20), y)", EVERYWHERE),
    ("where(x < 0, where(x < -2, 1/x, x), 1)*where(y != 0.375, y, 1)", EVERYWHERE),
    ("where(x == 30.5, x, 2*x) + where(y >= 2.5, y^2, y)", EVERYWHERE),
    ("lambda*in + fn^2*while - t0*value + exp*exp(dx) + np/self + sqrt(y0^2 + grad^2)", EVERYWHERE),
    ("exp(x/10)*expm1(y/10) + log1p(x**2) + sinh(x/10)*cosh(y)", EVERYWHERE),
    ("sin(x)*cos(y) + tan(x) + sech(x/10) + csch(y) + coth(y)", EVERYWHERE),
    ("sec(x)*csc(y) + cot(x*y)", POINTS),
    ("log(x) + log2(y)*log10(x) + sqrt(x*y)", POINTS),
    ("asin(x)*acos(y) + atanh(x*y) + asech(x) + acsch(y)", POINTS),
    ("asec(x)*acsc(y) + acoth(x) + acosh(y^2)", BEYOND),
    ("gamma(x)", POINTS),
    ("gamma(x) + 0*y", POINTS),
    ("lgamma(x)*y", POINTS),
    ("polygamma(1, x) + polygamma(0, y)", POINTS),
    ("+".join(f"sin({k}*x)*y^{k % 5}" for k in range(1, 300)), POINTS),
    ("log(1/2)*x + where(1 < 2, x, y) + pi^2*y - x*sin(-1)^2/e", EVERYWHERE),
    ("-2.5", EVERYWHERE),
]  # fmt: skip
LACKING = {
    "python": {"polygamma", "erfi"}, "numpy": {"polygamma", "erfi"}, "torch": {"gamma", "erfi"},
    "jax": {"erfi"}, "c": {"polygamma", "erfi"},
    "rust": {"gamma", "lgamma", "polygamma", "erf", "erfc", "erfi"},
    "julia": {"gamma", "lgamma", "polygamma", "erf", "erfc", "erfi"},
}  # fmt: skip
DERIVED = {text: "polygamma(" for text, _ in CASES if "gamma(" in text}
"""What only the derivatives need."""
Values = list[list[list[float]]]
"""For each case and point, the value and the gradient."""


def expression(text: str) -> Expression:
    return read(text, declared=DECLARED)


def written(target: str) -> dict[int, str]:
    """The code of every case that the language can have; that it lacks the others is checked."""
    found = {}
    for number, (text, _) in enumerate(CASES):
        if not any(f"{name}(" in f"{text} {DERIVED.get(text, '')}" for name in LACKING[target]):
            found[number] = emit(expression(text), target, name=f"f{number}", gradient="x" in text)
    assert len(found) >= len(CASES) - 5
    return found


def arguments(number: int) -> list[list[float]]:
    """Values for all variables of a case at each of its points: x and y as they are."""
    text, points = CASES[number]
    return [
        [{"x": x, "y": y}.get(name, 0.5 + 0.25 * k) for k, name in enumerate(names)]
        for x, y in points
        for names in [expression(text).variables]
    ]


@cache
def expected(number: int) -> list[list[float]]:
    """The value and the gradient by our own evaluation, without round-off."""
    program = expression(CASES[number][0])
    rows = []
    for at in arguments(number):
        with mpmath.mp.workdps(60):
            values = dict(zip(program.variables, map(mpmath.mpf, at), strict=True))
            partials = [differentiate(program, name) for name in program.variables]
            numbers = [program(exact(), **values), *(p(values, exact()) for p in partials)]
            rows.append([float(number) for number in numbers])
    return rows


def compare(printed: Values, numbers: Sequence[int], polygamma: float = 1e-12) -> None:
    for number, found in zip(numbers, printed, strict=True):
        for at, row, correct in zip(arguments(number), found, expected(number), strict=True):
            text = CASES[number][0]
            relative = polygamma if "polygamma" in text else 1e-12
            assert row == pytest.approx(correct, rel=relative, abs=1e-12), (text, at)


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)
    assert done.returncode == 0, done.stderr[-2000:]
    assert not done.stderr
    return done.stdout


RUN_PYTHON = """
import importlib, json, pathlib
convert = {convert}
plain = lambda v: [float(x) for x in v]
results = []
for number, points in json.loads(pathlib.Path("points.json").read_text()):
    module = importlib.import_module(f"m{{number}}")
    f, grad = getattr(module, f"f{{number}}"), getattr(module, f"f{{number}}_grad", None)
    rows = []
    for at in points:
        value, gradient = grad(*map(convert, at)) if grad else (f(), [])
        assert value == f(*map(convert, at))
        rows.append(plain([value, *gradient]))
    results.append(rows)
print(json.dumps(results))
"""


def run_python(target: str, convert: str, folder: Path) -> tuple[Values, list[int]]:
    code = written(target)
    for number, text in code.items():
        (folder / f"m{number}.py").write_text(text)
    points = [(number, arguments(number)) for number in code]
    (folder / "points.json").write_text(json.dumps(points))
    (folder / "main.py").write_text(RUN_PYTHON.format(convert=convert))
    found: Values = json.loads(run(sys.executable, "-W", "error", "main.py", cwd=folder))
    return found, list(code)


def test_python(tmp_path: Path) -> None:
    compare(*run_python("python", "float", tmp_path))


@pytest.mark.parametrize(
    ("target", "convert"),
    [
        ("numpy", "__import__('numpy').float64"),
        ("torch", "lambda v: __import__('torch').tensor(v, dtype=__import__('torch').float64)"),
        ("jax", "(__import__('jax').config.update('jax_enable_x64', True), float)[1]"),
    ],
)
def test_python_with_arrays(target: str, convert: str, tmp_path: Path) -> None:
    if importlib.util.find_spec(target) is None:
        pytest.skip(f"{target} is not installed here")
    quiet = "__import__('warnings').simplefilter('ignore', RuntimeWarning) or "
    # PyTorch's own trigamma function has nine digits.
    relative = 1e-8 if target == "torch" else 1e-12
    compare(*run_python(target, f"({quiet}({convert}))", tmp_path), polygamma=relative)


def test_numpy_is_vectorised() -> None:
    text = emit(read("x*y + 2*x + erf(0*x)"), "numpy", gradient=True)
    names: dict[str, Callable[..., object]] = {}
    exec(text, names)
    value, gradient = names["f_grad"]([1.0, 2.0] @ __import__("numpy").eye(2), 3.0)
    assert value.tolist() == [5, 10]
    assert gradient.shape == (2, 2)
    assert gradient.tolist()[1] == [1, 2]


def test_c(tmp_path: Path) -> None:
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed here")
    code = written("c")
    main = ["#include <stdio.h>"]
    calls = []
    for number, text in code.items():
        (tmp_path / f"m{number}.c").write_text(text)
        count = len(expression(CASES[number][0]).variables)
        parameters = ", ".join(["double"] * count)
        main.append(f"double f{number}({parameters or 'void'});")
        if count:
            main.append(f"void f{number}_grad({parameters}, double *, double *);")
        for at in arguments(number):
            values = ", ".join(map(repr, at))
            calls.append(
                f"f{number}_grad({values}, &value, grad);" if count else f"value = f{number}();"
            )
            calls.append(f"if (value != f{number}({values})) return 1;")
            calls.append('printf("%.17g", value);')
            calls.append(f'for (int i = 0; i < {count}; i++) printf(" %.17g", grad[i]);')
            calls.append('printf("\\n");')
    body = "\n".join(calls)
    (tmp_path / "main.c").write_text(
        "\n".join(main) + f"\nint main(void) {{\ndouble value, grad[20];\n{body}\nreturn 0;\n}}\n"
    )
    sources = [f"m{number}.c" for number in code] + ["main.c"]
    flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-O0"]
    run("gcc", *flags, *sources, "-o", "main", "-lm", cwd=tmp_path)
    compare(in_rows(run(tmp_path / "main", cwd=tmp_path), list(code)), list(code))


def test_rust(tmp_path: Path) -> None:
    if shutil.which("rustc") is None:
        pytest.skip("rustc is not installed here")
    code = written("rust")
    modules = [f"mod m{number} {{\n{text}}}" for number, text in code.items()]
    calls = []
    for number in code:
        for at in arguments(number):
            values = ", ".join(map(repr, at))
            name = f"m{number}::f{number}"
            if at:
                calls.append(f"let (value, grad) = {name}_grad({values});")
                calls.append(f"assert_eq!(value, {name}({values}));")
                calls.append('print!("{:e}", value); for d in grad { print!(" {:e}", d); }')
            else:
                calls.append(f'print!("{{:e}}", {name}());')
            calls.append("println!();")
    body = "\n".join(calls)
    (tmp_path / "main.rs").write_text("\n".join([*modules, f"fn main() {{\n{body}\n}}\n"]))
    run("rustc", "-D", "warnings", "--edition", "2021", "main.rs", cwd=tmp_path)
    compare(in_rows(run(tmp_path / "main", cwd=tmp_path), list(code)), list(code))


def in_rows(printed: str, numbers: Sequence[int]) -> Values:
    lines = iter(printed.splitlines())
    return [[[float(v) for v in next(lines).split()] for _ in CASES[n][1]] for n in numbers]


def test_latex(tmp_path: Path) -> None:
    if shutil.which("pdflatex") is None:
        pytest.skip("pdflatex is not installed here")
    shown = [
        emit(expression(text), "latex", gradient="x" in text)
        for text, _ in CASES
        if len(text) < 500
    ]
    body = "\n".join(shown)
    (tmp_path / "main.tex").write_text(
        f"\\documentclass{{article}}\\usepackage{{amsmath}}\\begin{{document}}{body}\\end{{document}}"
    )
    run("pdflatex", "-interaction=nonstopmode", "-halt-on-error", "main.tex", cwd=tmp_path)
    assert (tmp_path / "main.pdf").read_bytes().startswith(b"%PDF")


def python_function(text: str, name: str = "f") -> Callable[..., object]:
    names: dict[str, Callable[..., object]] = {}
    exec(emit(expression(text), "python", gradient=True), names)
    return names[name]


@pytest.mark.parametrize(
    ("text", "at", "value"),
    [
        ("where(x > 0, log(x)^2 + log(x), y)", (-1.0, 3.0), [3, 0, 1]),
        ("where(x > 0, log(x), 0) + where(y > 0, log(x), 0)", (-1.0, -1.0), [0, 0, 0]),
        ("where(x > 0, where(y > 0, log(x*y), 1), where(y > 0, 2, log(-x)))", (-1.0, 1.0), [2, 0, 0]),
        ("where(x > 1, 1/(x - 1), 0)*where(x > 1, sqrt(x - 1), 1) + y", (1.0, 1.0), [1, 0, 1]),
    ],
)  # fmt: skip
def test_the_branch_not_taken_is_not_worked_out(
    text: str, at: tuple[float, ...], value: list[float]
) -> None:
    found, gradient = python_function(text, "f_grad")(*at)
    assert [found, *gradient] == value


def test_what_value_and_derivatives_share_is_worked_out_once() -> None:
    text = emit(read("exp(-x^2)*sin(y)/(1 + x^2)"), "c", gradient=True)
    gradient = text[text.index("void") :]
    assert [gradient.count(f"{name}(") for name in ("exp", "sin", "cos")] == [1, 1, 1]
    assert gradient.count("x*x") == 1


def test_every_language_is_in_the_table_of_formats() -> None:
    assert choices("programs") == (*TARGETS, "latex")


@pytest.mark.parametrize("target", [*TARGETS, "latex"])
def test_every_function_is_written_or_refused(target: str) -> None:
    for name, row in FUNCTIONS.items():
        arguments = "2, x" if name == "polygamma" else ", ".join("xy"[: row.arity])
        code = read(f"{name}({arguments})")
        if name in LACKING.get(target, set()):
            with pytest.raises(EmitError, match=rf"no function {name} of its own: .* ha(ve|s) it"):
                emit(code, target)
        else:
            assert "wrote this" in emit(code, target)


@pytest.mark.parametrize(
    ("target", "name", "called"),
    [
        ("python", "lambda", "lambda_"), ("c", "while", "while_"), ("rust", "fn", "fn_"),
        ("julia", "end", "end_"), ("c", "exp", "exp_"), ("numpy", "np", "np_"), ("c", "f", "f_"),
        ("rust", "self", "self_"), ("c", "alpha", "alpha"), ("rust", "X", "X"),
    ],
)  # fmt: skip
def test_names_that_a_language_keeps_for_itself(target: str, name: str, called: str) -> None:
    text = emit(read(f"{name}*y + exp(y)", declared=[name]), target, name="f")
    assert (f"The variable {name} is called {called} here." in text) == (name != called)
    assert f"{called}*y + " in text


def test_renamed_variables_do_not_collide() -> None:
    text = emit(read("lambda + 10*lambda_", declared=["lambda", "lambda_"]), "python")
    names: dict[str, Callable[..., float]] = {}
    exec(text, names)
    assert names["f"](1, 2) == 21


@pytest.mark.parametrize(
    ("target", "name"),
    [("c", "double"), ("python", "print"), ("rust", "fn"), ("c", "sin"), ("julia", "end"),
     ("numpy", "np"), ("python", "f()"), ("latex", "f}"), ("c", "1f"), ("c", "é")],
)  # fmt: skip
def test_names_that_a_function_cannot_have(target: str, name: str) -> None:
    with pytest.raises(EmitError, match=r"is not a name|already means something"):
        emit(read("x"), target, name=name)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["erf(x)", "--to", "rust"], "rust has no function erf of its own"),
        (["sum(x)", "--to", "c"], "code is written for numbers only, and `sum` is of arrays"),
        (["x", "--to", "c", "--wrt", "y"], "y is not a variable of x: its variables: x"),
        (["2", "--to", "c", "--derivatives"], "2 has no variable to differentiate in"),
        (["(-8 - x^2)^(1/3)*y", "--to", "cobol"], "'cobol' is not one of"),
        (["x"], "Missing option '--to'"),
    ],
)
def test_refusals(run: Run, args: list[str], message: str) -> None:
    outcome = run("emit", *args)
    assert (outcome.status, outcome.out) == (2, "")
    assert message in outcome.err


def test_the_command(run: Run) -> None:
    outcome = run("emit", "rate*x^2", "rate=1", "--to", "julia", "--wrt", "x", "--name", "g")
    assert (outcome.status, outcome.err) == (0, "")
    assert "function g_grad(rate, x)" in outcome.out
    assert "dx = 2.0*rate*x" in outcome.out
    assert "return value, [dx]" in outcome.out


def test_long_sums_and_products_have_lines_that_end() -> None:
    many = read(" + ".join(f"sin({k}*x)" for k in range(1, 2000)))
    text = emit(many, "python")
    assert max(map(len, text.splitlines())) < 120
    names: dict[str, Callable[..., float]] = {}
    exec(text, names)
    assert names["f"](0.5) == pytest.approx(float(many(x=0.5)), rel=1e-12)


def test_a_branch_may_share_what_its_condition_is_made_of() -> None:
    """Whether log(n) is needed, a condition tells that has it inside: this never came to an end."""
    code = emit(read("where(where(1 < x, 1, log(n)) < b, log(n), n)"), "python")
    names: dict[str, Any] = {}
    exec(code, names)
    assert names["f"](2.0, -1.0, 0.5) == -1.0
    assert names["f"](0.5, 2.0, 1.0) == pytest.approx(float(mpmath.log(2)))


def test_a_condition_that_gets_a_name_later_is_not_asked_by_it_before() -> None:
    text = (
        "where(where(0.5 < a, 0.5, n) + b*10 < min(p, b) + y*x and (0*n)**(100 + w) > "
        "(t**y)**(w + b), 0.5/b/10**n, r/(p/25000000000))"
    )
    names: dict[str, Any] = {}
    exec(emit(read(text), "python"), names)
    point = {name: 0.3 + 0.37 * place for place, name in enumerate(read(text).variables)}
    assert names["f"](*point.values()) == pytest.approx(float(read(text)(**point)))
