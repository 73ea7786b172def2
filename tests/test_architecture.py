"""The promises of the design: which room imports which, and what never happens."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "diffcalc"
FILES = sorted(PACKAGE.rglob("*.py"))

# The house, a line for each room: what it may import besides itself. Rooms of one storey (tables,
# the three methods and the truth; descent, exercises and codegen) never import one another.
MATHEMATICS = {"base", "language"}
METHODS = {"tables", "numerical", "symbolic", "autograd", "truth"}
USES = {"descent", "exercises", "codegen"}
MAY_IMPORT = {
    "base": set(),
    "language": {"base"},
    "tables": MATHEMATICS,
    "numerical": MATHEMATICS,
    "symbolic": MATHEMATICS,
    "autograd": MATHEMATICS,
    "truth": MATHEMATICS,
    "comparison": MATHEMATICS | METHODS,
    "descent": MATHEMATICS | METHODS | {"comparison"},
    "exercises": MATHEMATICS | METHODS | {"comparison"},
    "codegen": MATHEMATICS | METHODS | {"comparison"},
    "render": MATHEMATICS | METHODS | USES | {"comparison"},
    "api": MATHEMATICS | METHODS | USES | {"comparison", "render"},
    "cli": MATHEMATICS | METHODS | USES | {"comparison", "render", "api"},
}
# Who alone may import a package of others.
ONLY = {"click": {"cli"}, "rich": {"render"}, "matplotlib": {"render"}, "plotext": {"render"}}


def room(path: Path) -> str:
    """The room a file lies in: autograd/tensor.py is in `autograd`."""
    return path.relative_to(PACKAGE).parts[0]


def imports(path: Path) -> Iterator[str]:
    """The dotted name of everything that a file imports, at any place in it.

    What is imported by name, as `import_module` does, is seen by the name: any text that begins
    like a module of the package counts.
    """
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.Constant) and str(node.value).startswith("diffcalc."):
            yield str(node.value).partition(" ")[0]


def rooms(path: Path) -> set[str]:
    """The rooms that a file imports from, but its own."""
    parts = [name.split(".") for name in imports(path)]
    return {name[1] for name in parts if name[0] == "diffcalc" and name[1:]} & {
        *MAY_IMPORT
    } - {room(path)}  # fmt: skip


def test_the_house_has_these_rooms() -> None:
    at_the_top = {path.name for path in PACKAGE.iterdir() if path.name != "__pycache__"}
    data = {"about", "guide", "py.typed"}
    assert at_the_top == {*MAY_IMPORT, "__init__.py", "__main__.py", *data}


@pytest.mark.parametrize("name", MAY_IMPORT)
def test_a_room_imports_only_rooms_before_it(name: str) -> None:
    files = sorted((PACKAGE / name).rglob("*.py"))
    assert files
    for path in files:
        beyond = rooms(path) - MAY_IMPORT[name]
        assert not beyond, f"{path.relative_to(PACKAGE)} imports {', '.join(beyond)}"


@pytest.mark.parametrize("package", ONLY)
def test_a_package_of_others_has_one_door(package: str) -> None:
    for path in FILES:
        if room(path) not in ONLY[package]:
            found = {name for name in imports(path) if name.partition(".")[0] == package}
            assert not found, f"{path.relative_to(PACKAGE)} imports {package}"


def test_lazy_imports_are_seen() -> None:
    assert {"comparison", "symbolic"} <= rooms(PACKAGE / "__init__.py")
    assert "comparison" in rooms(PACKAGE / "cli" / "grad.py")
    assert "diffcalc.cli." in set(imports(PACKAGE / "cli" / "main.py"))
    assert "diffcalc.render.table:TableRenderer" in set(imports(PACKAGE / "render" / "formats.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_module_imported_by_name_is_named_in_full(path: Path) -> None:
    """So that the tests above see it: its room is not put together from other texts."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
            assert node.values[0].value != "diffcalc.", path


@pytest.mark.parametrize("name", MAY_IMPORT)
def test_a_room_says_its_sentence_and_its_import_rule(name: str) -> None:
    text = ast.get_docstring(ast.parse((PACKAGE / name / "__init__.py").read_text()))
    assert text is not None
    assert "Imports " in text, f"{name}/__init__.py does not say what it imports"


def test_no_test_file_imports_from_another_test_file() -> None:
    """What two of them need stands in a module of its own beside tests/strategies.py."""
    for path in sorted((ROOT / "tests").rglob("*.py")):
        found = {name for name in imports(path) if re.match(r"tests\.(\w+\.)*test_", name)}
        assert not found, f"{path.relative_to(ROOT)} imports {', '.join(sorted(found))}"


DEFINITIONS = ast.FunctionDef | ast.ClassDef


@pytest.mark.parametrize(
    "path",
    [f for f in FILES if f.name == "__init__.py"],
    ids=lambda p: str(p.relative_to(PACKAGE)),
)
def test_a_package_exports_and_holds_no_logic(path: Path) -> None:
    defined = [n for n in ast.parse(path.read_text()).body if isinstance(n, DEFINITIONS)]
    assert {node.name for node in defined} <= {"__getattr__", "__dir__"}


def calls(path: Path) -> set[str]:
    """The names of everything a file calls or mentions as an attribute."""
    tree = ast.walk(ast.parse(path.read_text()))
    return {n.attr if isinstance(n, ast.Attribute) else n.id for n in tree
            if isinstance(n, (ast.Attribute, ast.Name))}  # fmt: skip


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_only_the_command_line_names_exit_statuses(path: Path) -> None:
    assert room(path) == "cli" or not re.search(r"(?i)exit_?status", path.read_text())


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_user_text_is_never_run(path: Path) -> None:
    assert not calls(path) & {"eval", "exec", "sympify", "parse_expr", "lambdify", "S"}


def test_the_rules_never_ask_sympy_for_a_derivative() -> None:
    for path in FILES:
        # numpy's diff is the difference of neighbours; the room knows no SymPy.
        known = set() if room(path) != "autograd" else {"diff"}
        assert not calls(path) & {"diff", "Derivative", "fdiff"} - known, path


@pytest.mark.parametrize(
    ("statement", "forbidden"),
    [
        ("import diffcalc", {"click", "numpy", "sympy", "rich", "mpmath"}),
        ("import diffcalc.cli", {"numpy", "sympy", "rich", "mpmath", "dataclasses", "pathlib"}),
        # The help on all commands asks each for its first sentence.
        (
            "import diffcalc.cli; sys.stdout = sys.stderr; diffcalc.cli.run(['--help']); "
            "sys.stdout = sys.__stdout__",
            {"numpy", "sympy", "rich", "mpmath"},
        ),
        ("import diffcalc.autograd", {"sympy", "rich", "mpmath"}),
        ("import diffcalc.comparison.scan, diffcalc.render.table", {"sympy"}),
        ("import diffcalc.comparison.graph, diffcalc.render.graph", {"sympy"}),
        (
            "import diffcalc.comparison.compare, diffcalc.render.table",
            {"sympy", "diffcalc.comparison.scan"},
        ),
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
    "numpy.testing", "diffcalc.exercises", "diffcalc.comparison.scan",
    "diffcalc.codegen", "diffcalc.cli.grad_points", "difflib",
}  # fmt: skip
PROOFS = {"diffcalc.symbolic.steps"}
ARRAYS = {"diffcalc.symbolic.arrays.gradient", "diffcalc.symbolic.arrays.formulas"}

# What SymPy loads for its first sum takes as long as the whole run after the imports.
FIRST_SUM = {"sympy.tensor.tensor", "sympy.combinatorics"}


@pytest.mark.parametrize(
    ("arguments", "unused"),
    [
        (["limit", "f", "--x", "1"], {"sympy"}),
        (
            ["grad", "3*a**3 - b**2", "--at", "a=2,3", "b=6,4"],
            PROOFS | ARRAYS | FIRST_SUM | {"json"},
        ),
        (["grad", "x @ x", "x=1,2"], PROOFS),
    ],
    ids=["limit", "grad", "grad of arrays"],
)
def test_a_run_loads_what_it_uses(arguments: list[str], unused: set[str]) -> None:
    code = f"import sys; from diffcalc.cli import run; run({arguments}); print(*sys.modules)"
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    loaded = set(output.splitlines()[-1].split())
    assert {"mpmath", "rich.table", "diffcalc.comparison.verdict"} <= loaded
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
