"""The promises of the design: who imports whom, and what never happens."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "diffcalc"
FILES = sorted(PACKAGE.rglob("*.py"))

# The three methods, each with the modules that are its own.
METHODS = {
    "numerical": {"numerical", "spectral", "reference", "higher"},
    "symbolic": {"symbolic", "notation"},
    "autograd": {"autograd"},
}
LAYERS = [
    {"errors", "chunks", "workers", "streams"}, {"decimals", "arrays", "files", "encoded"}, {"functions"}, {"cells", "rows"}, {"tables"}, {"expression"}, {"bounds"}, {"tokens"}, {"hints"}, {"reader"},
    {"shapes"}, {"point", "critical", "examples", "roots", "flat"}, {"lines", "losses", "notation", "spectral"}, {"sampling", "places", "long"},
    {"numerical", "reference", "symbolic", "autograd"}, {"higher"}, {"verdict"},
    {"joint", "partials", "scanning", "graph", "emitting"}, {"comparison", "chain", "curve", "gradient"}, {"matrices", "implicit"},
    {"objective", "optimizers", "data"}, {"points", "batch"}, {"corners", "not_finite"}, {"stationary"}, {"endings"}, {"descent"},
    {"marking"}, {"practice"},
    {"render"}, {"words"}, {"arguments", "inputs", "offers"}, {"cli"}, {"__main__"},
]  # fmt: skip


def module(path: Path) -> str:
    """The module of the package a file belongs to: autograd/tensor.py is in `autograd`."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """The modules of the package that a file imports, at any place in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            first, _, rest = name.partition(".")
            inner = rest.partition(".")[0]
            if (
                first == "diffcalc"
                and (PACKAGE / inner).with_suffix(".py").exists() | (PACKAGE / inner).is_dir()
            ):
                found.add(inner)
    return found - {""}


def test_the_walk_sees_imports() -> None:
    assert {"autograd", "numerical", "symbolic"} <= imports(PACKAGE / "partials.py")


@pytest.mark.parametrize("method", METHODS)
def test_the_methods_are_independent(method: str) -> None:
    own = METHODS[method]
    others = set().union(*METHODS.values()) - own
    for path in FILES:
        if module(path) in own:
            assert not imports(path) & others, f"{path} imports another method"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_one_way(path: Path) -> None:
    order = {name: level for level, layer in enumerate(LAYERS) for name in layer}
    here = order.get(module(path))
    if here is None:
        return
    for name in imports(path) - {module(path)}:
        assert order.get(name, -1) <= here, f"{path} imports {name}, which is above it"


def calls(path: Path) -> set[str]:
    """The names of everything a file calls or mentions as an attribute."""
    tree = ast.walk(ast.parse(path.read_text()))
    return {n.attr if isinstance(n, ast.Attribute) else n.id for n in tree
            if isinstance(n, (ast.Attribute, ast.Name))}  # fmt: skip


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_user_text_is_never_run(path: Path) -> None:
    assert not calls(path) & {"eval", "exec", "sympify", "parse_expr", "lambdify", "S"}


def test_the_rules_never_ask_sympy_for_a_derivative() -> None:
    for path in FILES:
        assert not calls(path) & {"diff", "Derivative", "fdiff"}, path


def test_only_render_imports_rich() -> None:
    for path in FILES:
        text = path.read_text()
        if module(path) != "render":
            assert "import rich" not in text
            assert "from rich" not in text


@pytest.mark.parametrize(
    ("statement", "forbidden"),
    [
        ("import diffcalc", {"click", "numpy", "sympy", "rich", "mpmath"}),
        ("import diffcalc.cli", {"numpy", "sympy", "rich", "mpmath", "dataclasses", "pathlib"}),
        ("import diffcalc.autograd", {"sympy", "rich", "mpmath"}),
        ("import diffcalc.scanning, diffcalc.render.table", {"sympy"}),
        ("import diffcalc.graph, diffcalc.render.graph", {"sympy"}),
        ("import diffcalc.comparison, diffcalc.render.table", {"sympy", "diffcalc.scanning"}),
    ],
)
def test_imports_are_lazy(statement: str, forbidden: set[str]) -> None:
    code = f"import sys; {statement}; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not forbidden & set(loaded)


# What a command has no use for, by command: a start is counted in milliseconds.
NEVER = {
    "pygments", "markdown_it", "scipy", "sympy.physics", "sympy.stats",
    "numpy.testing", "diffcalc.marking", "diffcalc.scanning", "diffcalc.emitting",
    "diffcalc.cli.points", "difflib",
}  # fmt: skip
PROOFS = {"definition", "lemmas", "working", "written", "right_sides"}
OF_ARRAYS = {
    "formulas", "gradients", "identification", "narration", "shaped", "simplify", "checking",
}  # fmt: skip

# What SymPy loads for its first sum takes as long as the whole run after the imports.
FIRST_SUM = {"sympy.tensor.tensor", "sympy.combinatorics"}


@pytest.mark.parametrize(
    ("arguments", "unused"),
    [
        (["limit", "f", "--x", "1"], {"sympy"}),
        (
            ["grad", "3*a**3 - b**2", "--at", "a=2,3", "b=6,4"],
            {f"diffcalc.symbolic.{name}" for name in PROOFS | OF_ARRAYS} | FIRST_SUM | {"json"},
        ),
        (["grad", "x @ x", "x=1,2"], {f"diffcalc.symbolic.{name}" for name in PROOFS}),
    ],
    ids=["limit", "grad", "grad of arrays"],
)
def test_a_run_loads_what_it_uses(arguments: list[str], unused: set[str]) -> None:
    code = f"import sys; from diffcalc.cli import run; run({arguments}); print(*sys.modules)"
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    loaded = set(output.splitlines()[-1].split())
    assert {"mpmath", "rich.table", "diffcalc.verdict"} <= loaded
    assert not (NEVER | unused) & loaded


def test_runtime_packages() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = {d.split(">")[0] for d in project["dependencies"]}
    assert names == {"click", "numpy", "rich", "sympy"}


def test_top_level_of_the_repository() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split()
    visible = {name.split("/")[0] for name in listed if not name.startswith(".")}
    assert visible <= {"pyproject.toml", "diffcalc", "tests", "README.md"}
