"""Names that a language keeps for itself: code with each as a variable and as a function, run.

The names are those of the language's own headers and tables on this machine, whatever the shipped
lists have. In one file stand all of them: a compiler is called once.
"""

import builtins
import json
import keyword
import math
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from diffcalc.base.errors import DiffcalcError, EmitError
from diffcalc.codegen import emit
from diffcalc.codegen.targets import TARGETS
from diffcalc.language.grammar import read
from tests.codegen import reserved
from tests.codegen.compilers import ran

LONG = "DIFFCALC_LONG" in os.environ
AT_LENGTH = pytest.mark.skipif(not LONG, reason="in .ci/nightly")
KNOWN = (
    "pow M_PI M_E NAN INFINITY HUGE_VAL linux unix expf fabs y0 I EOF stdin errno class new and "
    "template main printf exit sincos t0 value grad f f_grad dx Some None Ok Err Vec self Self f64 "
    "tuple list float len print lambda match id math np torch jnp special maximum sigmoid x_ x__ "
    "end function pi_ Inf NaN nothing E1 _x α Δ λ_1 double restrict nullptr yield async gen type"
)
# In each chunk a function has all the names: a few hundred are read at once.
_CHUNK = 200


def corpus(own: Sequence[str]) -> list[str]:
    """The names to try: those known to be difficult, and every one, or every 25th, of its own."""
    return list(dict.fromkeys([*KNOWN.split(), *(own if LONG else own[::25])]))


def variables(names: Sequence[str]) -> Iterator[tuple[list[str], str]]:
    """Expressions with all of the names, and what calls each language's own functions."""
    taken = {"x"}
    fit = [name for name in names if name not in taken and readable(name)]
    for chunk in (fit[start : start + _CHUNK] for start in range(0, len(fit), _CHUNK)):
        terms = " + ".join(f"{k}*{name}" for k, name in enumerate(chunk, 1))
        yield chunk, f"{terms} + 0*(x^2.5 + exp(x) + max(x, 2)*abs(x) + sigmoid(x)*cbrt(x))"


def readable(name: str) -> bool:
    """Whether a variable can be called that at all."""
    try:
        return read(f"{name}*x", declared=[name]).variables == (name, "x")
    except DiffcalcError:
        return False


def of_variables(target: str, names: Sequence[str]) -> list[tuple[str, str, int, float]]:
    """For each chunk of names: a function's name, its code, its number of values, its value."""
    found = []
    for number, (chunk, text) in enumerate(variables(names)):
        expression = read(text, declared=chunk)
        code = emit(expression, target, name=f"v{number}", wrt=chunk[:3], gradient=True)
        count = len(chunk) + 1
        found.append((f"v{number}", code, count, float(sum(range(1, count)))))
    return found


def of_functions(target: str, names: Sequence[str]) -> list[tuple[str, str]]:
    """The names that functions may have, with their code."""
    found = []
    for name in names:
        try:
            found.append((name, emit(read("x^2.5"), target, name=name)))
        except EmitError as error:
            assert "already means something" in str(error) or "is not a name" in str(error)  # noqa: PT017
    return found


def without(code: str, *starts: str) -> str:
    return "\n".join(line for line in code.splitlines() if not line.startswith(starts))


def test_names_in_python(tmp_path: Path) -> None:
    names = corpus([*keyword.kwlist, *dir(builtins), *dir(math)])
    for target in ("python", "numpy", "torch", "jax"):
        for name, code, count, value in of_variables(target, names):
            # Without its library there is still whether it compiles.
            compile(code, target, "exec")
            if target == "python":
                scope: dict[str, object] = {}
                exec(code, scope)
                assert scope[name](*[1.0] * count) == value  # type: ignore[operator]
                assert scope[f"{name}_grad"](*[1.0] * count)[1] == [1, 2, 3]  # type: ignore[operator]
    code = "\n".join(code for _, code in of_functions("python", names))
    called = [name for name, _ in of_functions("python", names)]
    checks = f"\nprint([f(4.0) for f in ({', '.join(called)},)])"
    (tmp_path / "main.py").write_text(code + checks)
    assert json.loads(ran(tmp_path, sys.executable, "-W", "error", "main.py")) == [32] * len(called)


# After headers: what one of them defines is not to be in the way.
HEADERS = "".join(
    f"#include <{name}.h>\n"
    for name in ("errno", "limits", "math", "stdio", "stdlib", "string", "time")
)


@pytest.mark.parametrize(
    ("compiler", "flags"),
    [
        ("gcc", ("-std=gnu17", "-xc", "-Wshadow", "-pedantic")),
        pytest.param("gcc", ("-std=c99", "-xc", "-pedantic"), marks=AT_LENGTH),
        pytest.param("g++", ("-std=c++20", "-xc++"), marks=AT_LENGTH),
    ],
)
def test_names_in_c(compiler: str, flags: tuple[str, ...], tmp_path: Path) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed here")
    names = corpus(sorted(set[str]().union(*reserved.c_words())))
    bodies, checks = [], []
    for name, code, count, value in of_variables("c", names):
        body = without(code, "#", "//")
        # The functions that all of them need stand before the first.
        bodies.append(body[body.index("\n}\n\ndouble v") + 4 :] if bodies else body)
        ones = ", ".join(["1.0"] * count)
        checks.append(f"if ({name}({ones}) != {value}) return 1;")
        checks.append(f"{name}_grad({ones}, &value, grad);")
        checks.append("if (grad[0] != 1 || grad[1] != 2 || grad[2] != 3) return 2;")
    main = ["int functions(void);", *bodies, "int main(void) {", "double value, grad[3];"]
    main += [*checks, "return functions();", "}"]
    (tmp_path / "main.c").write_text(HEADERS + "\n".join(main))
    functions = of_functions("c", names)
    bodies = [without(code, "#", "//") for _, code in functions]
    calls = [f"if ({name}(4.0) != 32) return 3;" for name, _ in functions]
    lines = ["int functions(void);", *bodies, "int functions(void) {", *calls, "return 0;", "}"]
    (tmp_path / "functions.c").write_text(HEADERS + "\n".join(lines))
    files = ("main.c", "functions.c", "-o", "main", "-lm")
    ran(tmp_path, compiler, *flags, "-Wall", "-Wextra", "-Werror", *files)
    ran(tmp_path, tmp_path / "main")


def test_names_in_rust(tmp_path: Path) -> None:
    if shutil.which("rustc") is None:
        pytest.skip("rustc is not installed here")
    names = corpus(sorted(reserved.rust_words()) if LONG else [])
    modules, checks = [], []
    for name, code, count, value in of_variables("rust", names):
        modules.append(f"mod {name} {{\n{code}}}")
        ones = ", ".join(["1.0"] * count)
        checks.append(f"assert_eq!({name}::{name}({ones}), {value});")
        checks.append(f"assert_eq!({name}::{name}_grad({ones}).1, [1.0, 2.0, 3.0]);")
    for name, code in of_functions("rust", names):
        modules.append(code)
        checks.append(f"assert_eq!({name}(4.0), 32.0);")
    body = "\n".join(checks)
    (tmp_path / "main.rs").write_text("\n".join([*modules, f"fn main() {{\n{body}\n}}\n"]))
    ran(tmp_path, "rustc", "-D", "warnings", "--edition", "2021", "main.rs")
    ran(tmp_path, tmp_path / "main")


@AT_LENGTH
def test_the_shipped_lists_have_what_the_headers_here_have() -> None:
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed here")
    both, functions = reserved.c_words()
    kept = TARGETS["c"].reserved | TARGETS["c"].global_names
    assert not {name for name in both | functions if name not in kept}
