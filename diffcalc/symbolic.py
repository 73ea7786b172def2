"""Method 2, symbolic rules: the named rules of differentiation, applied to the formula as typed.

Each rule is written down once, with its statement, and a derivation records which was used where.
The rules work on the typed program, so that a quotient typed with `/` is differentiated by the
quotient rule; SymPy carries the algebra (2*3*x is 6*x) and tidies the end, but its own `diff` is
never called. The rules for sums and products take any number of terms, and the program is walked
in its own order, so a long expression needs no recursion.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import SimpleNamespace
from typing import Any

import sympy

from diffcalc.expression import Expression, Node
from diffcalc.functions import FLOAT, Algebra, symbols
from diffcalc.notation import is_real, tidy, to_text
from diffcalc.reader import read

Formula = Any
"""A SymPy expression in real symbols."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of differentiation: its name, and its statement, D being d/dx."""

    name: str
    statement: str


NOT_REAL = "no real number"
# The entries of a matrix ask for the same derivatives again and again.
_REMEMBERED = 64

CONSTANT = Rule("constant", "D c = 0")
IDENTITY = Rule("identity", "D x = 1")
CONSTANT_MULTIPLE = Rule("constant multiple", "D (c*u) = c*Du")
SUM = Rule("sum", "D (u + v) = Du + Dv")
PRODUCT = Rule("product", "D (u*v) = u*Dv + v*Du")
QUOTIENT = Rule("quotient", "D (u/v) = (v*Du - u*Dv)/v**2")
RECIPROCAL = Rule("reciprocal", "D (1/v) = -Dv/v**2")
POWER = Rule("power", "D x**n = n*x**(n-1)")
EXPONENTIAL = Rule("exponential", "D a**x = a**x*log(a)")
GENERAL_POWER = Rule("general power", "D u**v = u**v*(Dv*log(u) + v*Du/u)")
CHAIN = Rule("chain", "dy/dx = dy/du*du/dx")
TWO_PATHS = Rule("chain in two variables", "dy/dx = dy/du*du/dx + dy/dv*dv/dx")
BRANCH = Rule("piecewise", "D where(c, u, v) = where(c, Du, Dv)")

Slope = Callable[..., Any]
"""The derivative of a function: takes the functions of the table by name, then the argument."""


@dataclass(frozen=True, slots=True)
class FunctionRule:
    """The rule of one elementary function: its name in words, its statement and its slope.

    `slopes` has one entry for each argument; None where there is no derivative in it.
    """

    rule: Rule
    slopes: tuple[Slope | None, ...]


def _rule(name: str, statement: str, *slopes: Slope | None) -> FunctionRule:
    return FunctionRule(Rule(name, f"D {statement}"), slopes)


# fmt: off
FUNCTION_RULES: Mapping[str, FunctionRule] = {
    "exp": _rule("exponential", "exp(x) = exp(x)", lambda f, x: f.exp(x)),
    "expm1": _rule("exponential", "expm1(x) = exp(x)", lambda f, x: f.exp(x)),
    "log": _rule("logarithm", "log(x) = 1/x", lambda f, x: 1 / x),
    "log2": _rule("logarithm", "log2(x) = 1/(x*log(2))", lambda f, x: 1 / (x * f.log(2))),
    "log10": _rule("logarithm", "log10(x) = 1/(x*log(10))", lambda f, x: 1 / (x * f.log(10))),
    "log1p": _rule("logarithm", "log1p(x) = 1/(1 + x)", lambda f, x: 1 / (1 + x)),
    "sqrt": _rule("square root", "sqrt(x) = 1/(2*sqrt(x))", lambda f, x: 1 / (2 * f.sqrt(x))),
    "cbrt": _rule("cube root", "cbrt(x) = 1/(3*cbrt(x)**2)", lambda f, x: 1 / (3 * f.cbrt(x)**2)),
    "abs": _rule("absolute value", "abs(x) = sign(x)", lambda f, x: f.sign(x)),
    "sign": _rule("step", "sign(x) = 0", lambda f, x: x * 0),
    "floor": _rule("step", "floor(x) = 0", lambda f, x: x * 0),
    "ceil": _rule("step", "ceil(x) = 0", lambda f, x: x * 0),
    "sin": _rule("sine", "sin(x) = cos(x)", lambda f, x: f.cos(x)),
    "cos": _rule("cosine", "cos(x) = -sin(x)", lambda f, x: -f.sin(x)),
    "tan": _rule("tangent", "tan(x) = sec(x)**2", lambda f, x: f.sec(x)**2),
    "sec": _rule("secant", "sec(x) = sec(x)*tan(x)", lambda f, x: f.sec(x) * f.tan(x)),
    "csc": _rule("cosecant", "csc(x) = -csc(x)*cot(x)", lambda f, x: -f.csc(x) * f.cot(x)),
    "cot": _rule("cotangent", "cot(x) = -csc(x)**2", lambda f, x: -f.csc(x)**2),
    "asin": _rule("arcsine", "asin(x) = 1/sqrt(1 - x**2)", lambda f, x: 1 / f.sqrt(1 - x**2)),
    "acos": _rule("arccosine", "acos(x) = -1/sqrt(1 - x**2)", lambda f, x: -1 / f.sqrt(1 - x**2)),
    "atan": _rule("arctangent", "atan(x) = 1/(1 + x**2)", lambda f, x: 1 / (1 + x**2)),
    "asec": _rule("arcsecant", "asec(x) = 1/(abs(x)*sqrt(x**2 - 1))",
                  lambda f, x: 1 / (f.abs(x) * f.sqrt(x**2 - 1))),
    "acsc": _rule("arccosecant", "acsc(x) = -1/(abs(x)*sqrt(x**2 - 1))",
                  lambda f, x: -1 / (f.abs(x) * f.sqrt(x**2 - 1))),
    "acot": _rule("arccotangent", "acot(x) = -1/(1 + x**2)", lambda f, x: -1 / (1 + x**2)),
    "sinh": _rule("hyperbolic sine", "sinh(x) = cosh(x)", lambda f, x: f.cosh(x)),
    "cosh": _rule("hyperbolic cosine", "cosh(x) = sinh(x)", lambda f, x: f.sinh(x)),
    "tanh": _rule("hyperbolic tangent", "tanh(x) = sech(x)**2", lambda f, x: f.sech(x)**2),
    "sech": _rule("hyperbolic secant", "sech(x) = -sech(x)*tanh(x)",
                  lambda f, x: -f.sech(x) * f.tanh(x)),
    "csch": _rule("hyperbolic cosecant", "csch(x) = -csch(x)*coth(x)",
                  lambda f, x: -f.csch(x) * f.coth(x)),
    "coth": _rule("hyperbolic cotangent", "coth(x) = -csch(x)**2", lambda f, x: -f.csch(x)**2),
    "asinh": _rule("inverse hyperbolic sine", "asinh(x) = 1/sqrt(x**2 + 1)",
                   lambda f, x: 1 / f.sqrt(x**2 + 1)),
    "acosh": _rule("inverse hyperbolic cosine", "acosh(x) = 1/sqrt(x**2 - 1)",
                   lambda f, x: 1 / f.sqrt(x**2 - 1)),
    "atanh": _rule("inverse hyperbolic tangent", "atanh(x) = 1/(1 - x**2)",
                   lambda f, x: 1 / (1 - x**2)),
    "asech": _rule("inverse hyperbolic secant", "asech(x) = -1/(x*sqrt(1 - x**2))",
                   lambda f, x: -1 / (x * f.sqrt(1 - x**2))),
    "acsch": _rule("inverse hyperbolic cosecant", "acsch(x) = -1/(abs(x)*sqrt(1 + x**2))",
                   lambda f, x: -1 / (f.abs(x) * f.sqrt(1 + x**2))),
    "acoth": _rule("inverse hyperbolic cotangent", "acoth(x) = 1/(1 - x**2)",
                   lambda f, x: 1 / (1 - x**2)),
    "atan2": _rule("two-argument arctangent", "atan2(y, x) = (x*Dy - y*Dx)/(x**2 + y**2)",
                   lambda f, y, x: x / (x**2 + y**2), lambda f, y, x: -y / (x**2 + y**2)),
    "hypot": _rule("hypotenuse", "hypot(x, y) = (x*Dx + y*Dy)/hypot(x, y)",
                   lambda f, x, y: x / f.hypot(x, y), lambda f, x, y: y / f.hypot(x, y)),
    "min": _rule("minimum", "min(u, v) = where(u < v, Du, Dv)",
                 lambda f, u, v: f.where(f.lt(u, v), 1, 0),
                 lambda f, u, v: f.where(f.lt(u, v), 0, 1)),
    "max": _rule("maximum", "max(u, v) = where(u > v, Du, Dv)",
                 lambda f, u, v: f.where(f.gt(u, v), 1, 0),
                 lambda f, u, v: f.where(f.gt(u, v), 0, 1)),
    "erf": _rule("error function", "erf(x) = 2*exp(-x**2)/sqrt(pi)",
                 lambda f, x: 2 * f.exp(-x**2) / f.sqrt(f.constant("pi"))),
    "erfc": _rule("complementary error function", "erfc(x) = -2*exp(-x**2)/sqrt(pi)",
                  lambda f, x: -2 * f.exp(-x**2) / f.sqrt(f.constant("pi"))),
    "gamma": _rule("gamma function", "gamma(x) = gamma(x)*polygamma(0, x)",
                   lambda f, x: f.gamma(x) * f.polygamma(0, x)),
    "lgamma": _rule("log-gamma function", "lgamma(x) = polygamma(0, x)",
                    lambda f, x: f.polygamma(0, x)),
    "polygamma": _rule("polygamma function", "polygamma(n, x) = polygamma(n + 1, x)",
                       None, lambda f, n, x: f.polygamma(n + 1, x)),
    "sigmoid": _rule("sigmoid", "sigmoid(x) = sigmoid(x)*(1 - sigmoid(x))",
                     lambda f, x: f.sigmoid(x) * (1 - f.sigmoid(x))),
    "softplus": _rule("softplus", "softplus(x) = sigmoid(x)", lambda f, x: f.sigmoid(x)),
    "relu": _rule("rectifier", "relu(x) = where(x > 0, 1, 0)",
                  lambda f, x: f.where(f.gt(x, 0), 1, 0)),
}
# fmt: on


@dataclass(frozen=True, slots=True)
class Step:
    """One application of a rule: D `before` = `after`, from the steps below it.

    `variable` is what the derivative is taken in; `where` names the inner functions of a chain.
    """

    rule: Rule
    variable: str
    before: str
    after: str
    derivative: Formula
    steps: tuple["Step", ...] = ()
    where: str = ""


@dataclass(frozen=True)
class Derivation:
    """A derivative found by rules: the formula, as a person would write it, and every step."""

    variable: str
    formula: Formula
    text: str
    step: Step
    seed: str | None = None
    matrix: str | None = None
    jacobian: str | None = None

    @cached_property
    def program(self) -> Expression | None:
        """The formula as an `Expression`; None where it has no real value anywhere."""
        if not is_real(self.formula):
            return None
        names = [str(s) for s in self.formula.free_symbols]
        return read(self.text, declared=names, checked=False)

    def __call__(self, values: Mapping[str, Any], algebra: Algebra = FLOAT) -> Any:
        """The derivative at these values, elementwise, in float64 or in mpmath's precision."""
        if self.program is None:
            return float("nan")
        return self.program(algebra, **{name: values[name] for name in self.program.variables})


@lru_cache(maxsize=_REMEMBERED)
def differentiate(expression: Expression, variable: str) -> Derivation:
    """The derivative of `expression` in `variable`, elementwise, by the rules of this module."""
    differentiator = _Differentiator(expression, variable)
    step = differentiator.run()
    formula = tidy(step.derivative)
    text = _real_text(formula, expression.variables)
    final = Step(step.rule, variable, step.before, text, formula, step.steps, step.where)
    return Derivation(variable, formula, text, final)


def differentiate_again(
    expression: Expression,
    variables: Sequence[str],
    shapes: Mapping[str, tuple[int, ...]] | None = None,
    seeded: bool = False,
) -> list[Derivation]:
    """The derivatives in one variable after the other, each of the formula before.

    The list ends early where a formula is no real number anywhere.
    """
    found: list[Derivation] = []
    current: Expression | None = expression
    for variable in variables:
        if current is None:
            break
        found.append(differentiate(current, variable))
        current = found[-1].program
    return found


def _real_text(formula: Formula, variables: Collection[str]) -> str:
    """The formula as it can be typed in again; a word where it is nowhere a real number."""
    return to_text(formula, variables) if is_real(formula) else NOT_REAL


class _Differentiator:
    """Works out the derivative of every node that the result needs, operands first."""

    def __init__(self, expression: Expression, variable: str) -> None:
        self._expression = expression
        self._variable = variable
        self._depends = expression.depending_on(variable)
        self._functions = SimpleNamespace(**symbols())
        self._forms = self._sympy_forms()
        self._steps: dict[int, Step] = {}

    def run(self) -> Step:
        root = len(self._expression.nodes) - 1
        for index in _needed(root, self._dependent_operands):
            self._steps[index] = self._differentiate(index)
        return self._steps[root]

    # -- the expression in SymPy -------------------------------------------------------------------

    def _sympy_forms(self) -> dict[int, Formula]:
        """Every node as SymPy writes it. Sums and products are built at once, not term by term."""
        algebra = symbols()
        forms: dict[int, Formula] = {}
        for index in _needed(len(self._expression.nodes) - 1, self._operands):
            node = self._expression.nodes[index]
            if node.operation == "variable":
                forms[index] = sympy.Symbol(str(node.content), real=True)
            elif node.content is not None:
                forms[index] = algebra[node.operation](node.content)
            elif node.operation in ("add", "sub"):
                terms = self._expression.terms(index)
                forms[index] = sympy.Add(*[sign * forms[i] for sign, i in terms])
            elif node.operation == "mul":
                forms[index] = sympy.Mul(*[forms[i] for i in self._expression.factors(index)])
            else:
                forms[index] = algebra[node.operation](*[forms[i] for i in node.operands])
        return forms

    def _operands(self, index: int) -> list[int]:
        node = self._expression.nodes[index]
        if node.operation in ("add", "sub"):
            return [i for _, i in self._expression.terms(index)]
        if node.operation == "mul":
            return self._expression.factors(index)
        return list(node.operands)

    def _dependent_operands(self, index: int) -> list[int]:
        if not self._depends[index]:
            return []
        operands = self._operands(index)
        match self._expression.nodes[index].operation:
            case "add" | "sub":
                return operands
            case "where":
                return operands[1:]
        return [i for i in operands if self._depends[i]]

    # -- the rules ---------------------------------------------------------------------------------

    def _differentiate(self, index: int) -> Step:
        node = self._expression.nodes[index]
        if not self._depends[index]:
            return self._step(index, CONSTANT, _number(0))
        if node.operation == "variable":
            return self._step(index, IDENTITY, _number(1))
        handlers: dict[str, Callable[[int, Node], Step]] = {
            "add": self._sum,
            "sub": self._sum,
            "neg": self._negative,
            "mul": self._product,
            "div": self._quotient,
            "pow": self._power,
            "where": self._branch,
            "min": self._extreme,
            "max": self._extreme,
        }
        return handlers.get(node.operation, self._function)(index, node)

    def _step(
        self, index: int, rule: Rule, derivative: Formula, *steps: Step, where: str = ""
    ) -> Step:
        before = self._expression.render(index)
        after = _real_text(derivative, self._expression.variables)
        return Step(rule, self._variable, before, after, derivative, steps, where)

    def _sum(self, index: int, node: Node) -> Step:
        terms = self._expression.terms(index)
        steps = [self._steps[i] for _, i in terms]
        parts = [sign * step.derivative for (sign, _), step in zip(terms, steps, strict=True)]
        return self._step(index, SUM, sympy.Add(*parts), *steps)

    def _negative(self, index: int, node: Node) -> Step:
        inner = self._steps[node.operands[0]]
        return self._step(index, CONSTANT_MULTIPLE, -inner.derivative, inner)

    def _product(self, index: int, node: Node) -> Step:
        factors = self._expression.factors(index)
        constants = [self._forms[i] for i in factors if not self._depends[i]]
        moving = [i for i in factors if self._depends[i]]
        steps = [self._steps[i] for i in moving]
        forms = [self._forms[i] for i in moving]
        # Each term is Du times the other factors: products from the left and from the right.
        left = [_number(1)]
        for form in forms[:-1]:
            left.append(left[-1] * form)
        right = [_number(1)]
        for form in forms[:0:-1]:
            right.append(right[-1] * form)
        terms = [
            a * step.derivative * b for a, step, b in zip(left, steps, reversed(right), strict=True)
        ]
        derivative = sympy.Add(*terms)
        if len(moving) == 1:
            return self._step(index, CONSTANT_MULTIPLE, sympy.Mul(*constants, derivative), *steps)
        if not constants:
            return self._step(index, PRODUCT, derivative, *steps)
        before = "*".join(_bracketed(self._expression, i) for i in moving)
        text = to_text(derivative, self._expression.variables)
        product = Step(PRODUCT, self._variable, before, text, derivative, tuple(steps))
        return self._step(index, CONSTANT_MULTIPLE, sympy.Mul(*constants, derivative), product)

    def _quotient(self, index: int, node: Node) -> Step:
        above, below = node.operands
        u, v = self._forms[above], self._forms[below]
        if not self._depends[below]:
            step = self._steps[above]
            return self._step(index, CONSTANT_MULTIPLE, step.derivative / v, step)
        dv = self._steps[below].derivative
        if not self._depends[above]:
            return self._step(index, RECIPROCAL, -u * dv / v**2, self._steps[below])
        du = self._steps[above].derivative
        derivative = (v * du - u * dv) / v**2
        return self._step(index, QUOTIENT, derivative, self._steps[above], self._steps[below])

    def _power(self, index: int, node: Node) -> Step:
        base, exponent = node.operands
        u, v = self._forms[base], self._forms[exponent]
        if not self._depends[exponent]:
            return self._outer_then_inner(index, POWER, v * u ** (v - 1), base)
        log = self._functions.log
        if not self._depends[base]:
            return self._outer_then_inner(index, EXPONENTIAL, u**v * log(u), exponent)
        du, dv = self._steps[base].derivative, self._steps[exponent].derivative
        derivative = u**v * (dv * log(u) + v * du / u)
        return self._step(
            index, GENERAL_POWER, derivative, self._steps[base], self._steps[exponent]
        )

    def _outer_then_inner(self, index: int, rule: Rule, slope: Formula, inner: int) -> Step:
        """The chain rule for a function of one inner function; the bare rule for f(x)."""
        if self._expression.nodes[inner].operation == "variable":
            return self._step(index, rule, slope)
        step = self._steps[inner]
        name = self._fresh("u")
        outer_before = self._expression.render(index, {inner: name})
        outer = Step(rule, name, outer_before, self._in_terms_of(index, inner, name), slope)
        return self._step(
            index,
            CHAIN,
            slope * step.derivative,
            outer,
            step,
            where=f"{name} = {self._expression.render(inner)}",
        )

    def _in_terms_of(self, index: int, inner: int, name: str) -> str:
        """The outer derivative written in u: the same rule, applied to the function of u itself."""
        node = self._expression.nodes[index]
        u = sympy.Symbol(name, real=True)
        arguments = [u if i == inner else self._forms[i] for i in node.operands]
        if node.operation == "pow":
            a, b = arguments
            slope = b * a ** (b - 1) if a is u else a**b * self._functions.log(a)
        else:
            position = node.operands.index(inner)
            slope = self._slope(node.operation, position, arguments)
        return to_text(slope, (*self._expression.variables, name))

    def _fresh(self, name: str) -> str:
        """`name`, or `name` with a number where the expression has a variable of that name."""
        taken = self._expression.variables
        candidates = [name, *(f"{name}{n}" for n in range(1, len(taken) + 2))]
        return next(c for c in candidates if c not in taken)

    def _slope(self, function: str, position: int, arguments: list[Formula]) -> Formula:
        slope = FUNCTION_RULES[function].slopes[position]
        assert slope is not None, f"{function} has no derivative in argument {position}"
        return slope(self._functions, *arguments)

    def _function(self, index: int, node: Node) -> Step:
        rule = FUNCTION_RULES[node.operation].rule
        arguments = [self._forms[i] for i in node.operands]
        moving = [k for k, i in enumerate(node.operands) if self._depends[i]]
        slopes = [self._slope(node.operation, k, arguments) for k in moving]
        if len(moving) == 1:
            return self._outer_then_inner(index, rule, slopes[0], node.operands[moving[0]])
        steps = [self._steps[node.operands[k]] for k in moving]
        derivative = sum(s * step.derivative for s, step in zip(slopes, steps, strict=True))
        operands = dict.fromkeys(node.operands)
        names = dict(zip(operands, map(self._fresh, "uv"), strict=False))
        outer = Step(rule, "", self._expression.render(index, names), rule.statement, derivative)
        where = ", ".join(f"{name} = {self._expression.render(i)}" for i, name in names.items())
        return self._step(index, TWO_PATHS, derivative, outer, *steps, where=where)

    def _branch(self, index: int, node: Node) -> Step:
        condition, *branches = node.operands
        steps = [self._steps[i] for i in branches]
        derivative = self._where(self._forms[condition], *[step.derivative for step in steps])
        return self._step(index, BRANCH, derivative, *steps)

    def _extreme(self, index: int, node: Node) -> Step:
        """The rule of max and min: the derivative of whichever is taken."""
        u, v = (self._forms[i] for i in node.operands)
        f = self._functions
        first = f.gt(u, v) if node.operation == "max" else f.lt(u, v)
        slopes = [
            self._steps[i].derivative if self._depends[i] else _number(0) for i in node.operands
        ]
        steps = [self._steps[i] for i in node.operands if self._depends[i]]
        rule = FUNCTION_RULES[node.operation].rule
        return self._step(index, rule, self._where(first, *slopes), *steps)

    def _where(self, condition: Formula, yes: Formula, no: Formula) -> Formula:
        return yes if yes == no else self._functions.where(condition, yes, no)


def _needed(root: int, operands: Callable[[int], list[int]]) -> list[int]:
    """The nodes that `root` is made of, by these operands, in the program's order."""
    wanted, stack = {root}, [root]
    while stack:
        for operand in operands(stack.pop()):
            if operand not in wanted:
                wanted.add(operand)
                stack.append(operand)
    return sorted(wanted)


def _number(value: int) -> Formula:
    return sympy.Integer(value)


def _bracketed(expression: Expression, index: int) -> str:
    text = expression.render(index)
    return f"({text})" if expression.nodes[index].operation in ("add", "sub") else text
