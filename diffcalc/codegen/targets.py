"""The languages that code can be written in, a row for each; LaTeX is in `latex.py`.

A row says what the language calls an operation, and how it writes an assignment, a choice and a
function. Sums, products and comparisons are written alike in all of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from diffcalc.codegen.reserved import PYTHON, reserved
from diffcalc.language.operations import ELEMENTARY, FUNCTIONS

# Helpers are not to hide what a language calls by these names itself.
CALLED = {"max": "maximum", "min": "minimum", "pow": "power"}
# What every language writes by signs; a power is often a function.
ALIKE = ELEMENTARY.keys() - FUNCTIONS.keys() - {"pow"}


@dataclass(frozen=True, slots=True)
class If:
    """How a language writes a statement that is not always carried out, and its conditions."""

    open: str
    close: str
    no: str
    both: str
    either: str


@dataclass(frozen=True, slots=True)
class Target:
    """One language.

    `functions` has what the language calls its own functions; `recipes` those that take a line of
    source. `power`, `whole_power` and `choice` are templates, as in `language/printing.py`;
    `whole_power` is for exponents that are whole numbers, and empty where small ones become
    products. `guard` is None where a function outside its domain does no harm. `lifted` makes an
    array of a number. `checked` is the second text, or no number where the first is none; it is
    empty where functions raise outside their domain.
    """

    name: str
    comment: str
    imports: Mapping[str, str]
    """The line that is needed where a text occurs."""
    functions: Mapping[str, str]
    constants: Mapping[str, str]
    power: str
    whole_power: str
    choice: str
    assign: str
    parameter: str
    function: str
    helper: str
    result: str
    gradient: str
    gradient_result: str
    value: str
    partial: str
    close: str
    reserved: frozenset[str]
    """What neither a variable nor a function is called."""
    global_names: frozenset[str] = frozenset()
    """What no function is called either; a variable hides it for as long as it lasts."""
    guard: If | None = None
    recipes: Mapping[str, str] = field(default_factory=dict)
    upper_case: str = ""
    """The line before a function with a capital letter in a name, if that needs one."""
    lifted: str = ""
    checked: str = ""

    def has(self, operation: str) -> bool:
        """Whether the language has this operation, or a line of source for it."""
        return operation in ALIKE or operation in self.functions or operation in self.recipes


def _named(prefix: str, *groups: str, **others: str) -> dict[str, str]:
    """The functions that a language calls by our names, and those it calls otherwise."""
    return {name: prefix + name for group in groups for name in group.split()} | {
        name: prefix + other for name, other in others.items()
    }


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SAME = "exp expm1 log log2 log10 log1p sqrt floor ceil sin cos tan sinh cosh tanh hypot"
_ARCS = "asin acos atan asinh acosh atanh"
_RECIPROCALS = "sec csc cot asec acsc acot sech csch coth asech acsch acoth"
_NUMPY_ARCS = {
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "asinh": "arcsinh", "acosh": "arccosh",
    "atanh": "arctanh", "atan2": "arctan2",
}  # fmt: skip


def _bounded(function: str, limit: str = "math.inf", parameters: str = "x") -> str:
    """A function whose result is infinite, as everywhere else, where that of `math` would raise."""
    shown = parameters.replace(", ", ": float, ")
    name = CALLED.get(function, function)
    return f"""\
def {name}({shown}: float) -> float:
    try:
        return math.{function}({parameters})
    except OverflowError:
        return {limit}"""


_PYTHON_WORDS = PYTHON | _words("math np jnp torch special")

_PYTHON = Target(
    name="python",
    comment="#",
    imports={"math.": "import math"},
    functions=_named("math.", _SAME, _ARCS, "cbrt atan2 erf erfc")
    | {"abs": "abs", "max": "max", "min": "min"},
    recipes={name: _bounded(name) for name in ("exp", "expm1", "cosh", "gamma", "lgamma")}
    | {
        "sinh": _bounded("sinh", "math.copysign(math.inf, x)"),
        "pow": _bounded("pow", "-math.inf if x < 0 and y % 2 == 1 else math.inf", "x, y"),
    },
    constants={"pi": "math.pi", "e": "math.e"},
    power="power({0}, {1})",
    whole_power="",
    choice="{1:comparison} if {0:comparison} else {2:comparison}",
    assign="{name} = {text}",
    parameter="{}: float",
    function="def {name}({parameters}) -> float:",
    helper="def {name}({parameters}) -> float:",
    result="return {}",
    gradient="def {name}({parameters}) -> tuple[float, list[float]]:",
    gradient_result="return {value}, [{partials}]",
    value="{name} = {text}",
    partial="{name} = {text}",
    close="",
    reserved=_PYTHON_WORDS,
    guard=If("if {}:", "", "not {}", " and ", " or "),
)

_ARRAYS = replace(
    _PYTHON,
    functions={},
    recipes={},
    power="{0:atom}**{1:power}",
    whole_power="{0:atom}**{1:power}",
    parameter="{}",
    function="def {name}({parameters}):",
    helper="def {name}({parameters}):",
    gradient="def {name}({parameters}):",
    reserved=_PYTHON_WORDS,
    guard=None,
)


def _by_element(*names: str) -> dict[str, str]:
    return {name: f"{name} = np.vectorize(math.{name}, otypes=[float])" for name in names}


_NUMPY = replace(
    _ARRAYS,
    name="numpy",
    imports={"math.": "import math", "np.": "import numpy as np"},
    functions=_named("np.", _SAME, "cbrt sign abs", **_NUMPY_ARCS, max="maximum", min="minimum"),
    recipes=_by_element("erf", "erfc", "gamma", "lgamma"),
    choice="np.where({0}, {1}, {2})",
    checked="np.where(np.isnan({0}), {0}, {1})",
    gradient_result="return {value}, np.stack(np.broadcast_arrays({value}, {partials})[1:])",
)

_TORCH = replace(
    _ARRAYS,
    name="torch",
    imports={"math.": "import math", "torch.": "import torch"},
    functions=_named("torch.", _SAME, _ARCS, "abs sign atan2 sigmoid erf erfc lgamma polygamma"),
    choice="torch.where({0}, {1}, {2})",
    checked="torch.where(torch.isnan({0}), {0}, {1})",
    gradient_result="return {value}, torch.stack(torch.broadcast_tensors({value}, {partials})[1:])",
    lifted="torch.full_like({0}, {1})",
)

_JAX = replace(
    _ARRAYS,
    name="jax",
    imports={"jnp.": "import jax.numpy as jnp", "special.": "from jax.scipy import special"},
    functions=_named("jnp.", _SAME, "cbrt sign abs", **_NUMPY_ARCS, max="maximum", min="minimum")
    | _named("special.", "erf erfc gamma polygamma", lgamma="gammaln"),
    constants={"pi": "jnp.pi", "e": "jnp.e"},
    choice="jnp.where({0}, {1}, {2})",
    checked="jnp.where(jnp.isnan({0}), {0}, {1})",
    gradient_result="return {value}, jnp.stack(jnp.broadcast_arrays({value}, {partials})[1:])",
)

_C = Target(
    name="c",
    comment="//",
    imports={"": "#include <math.h>"},
    functions=_named(
        "", _SAME, _ARCS, "cbrt atan2 erf erfc", abs="fabs", gamma="tgamma", lgamma="lgamma"
    ),
    constants={"pi": "3.141592653589793", "e": "2.718281828459045"},
    power="pow({0}, {1})",
    whole_power="",
    choice="{0:comparison} ? {1:comparison} : {2:comparison}",
    assign="const double {name} = {text};",
    parameter="double {}",
    function="double {name}({parameters}) {{",
    helper="static double {name}({parameters}) {{",
    result="return {};",
    gradient="void {name}({parameters}, double *value, double grad[{count}]) {{",
    gradient_result="",
    value="*value = {text};",
    partial="grad[{index}] = {text};",
    close="}",
    reserved=reserved("c") | _words("value grad"),
    global_names=reserved("c functions"),
    checked="isnan(*value) ? *value : {1}",
)

_RUST = Target(
    name="rust",
    comment="//",
    imports={},
    functions=_named(
        "f64::", "sqrt floor ceil sin cos tan sinh cosh tanh hypot exp log2 log10 cbrt abs atan2",
        _ARCS, log="ln", log1p="ln_1p", expm1="exp_m1",
    ),
    constants={"pi": "std::f64::consts::PI", "e": "std::f64::consts::E"},
    power="f64::powf({0}, {1})",
    whole_power="f64::powi({0}, {1})",
    choice="if {0:comparison} {{ {1} }} else {{ {2} }}",
    assign="let {name} = {text};",
    parameter="{}: f64",
    function="pub fn {name}({parameters}) -> f64 {{",
    helper="fn {name}({parameters}) -> f64 {{",
    result="{}",
    gradient="pub fn {name}({parameters}) -> (f64, [f64; {count}]) {{",
    gradient_result="({value}, [{partials}])",
    value="let {name} = {text};",
    partial="let {name} = {text};",
    close="}",
    reserved=reserved("rust"),
    checked="if {0}.is_nan() {{ {0} }} else {{ {1} }}",
    upper_case="#[allow(non_snake_case)]",
)  # fmt: skip

_JULIA = Target(
    name="julia",
    comment="#",
    imports={},
    functions=_named("", _SAME, _ARCS, _RECIPROCALS, "cbrt abs sign max min", atan2="atan"),
    constants={"pi": "Float64(pi)", "e": "exp(1.0)"},
    power="{0:atom}^{1:power}",
    whole_power="{0:atom}^{1:power}",
    choice="{0:comparison} ? {1:comparison} : {2:comparison}",
    assign="{name} = {text}",
    parameter="{}",
    function="function {name}({parameters})",
    helper="function {name}({parameters})",
    result="return {}",
    gradient="function {name}({parameters})",
    gradient_result="return {value}, [{partials}]",
    value="{name} = {text}",
    partial="{name} = {text}",
    close="end",
    reserved=reserved("julia"),
    guard=If("if {}", "end", "!({})", " && ", " || "),
)

TARGETS: Mapping[str, Target] = {
    row.name: row for row in (_PYTHON, _NUMPY, _TORCH, _JAX, _C, _JULIA, _RUST)
}
