"""Elementwise formulas: the named rules of differentiation, applied to the formula as typed.

A derivation records which rule was used where. The rules work on the typed program, so that a
quotient typed with `/` is differentiated by the quotient rule; SymPy carries the algebra (2*3*x is
6*x) and tidies the end, but its own `diff` is never called. The rules for sums and products take
any number of terms, and the program is walked in its own order, so a long expression needs no
recursion.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from types import SimpleNamespace

import sympy

from diffcalc.base.numbers import Formula
from diffcalc.language.algebras import symbols
from diffcalc.language.expression import Expression, Node
from diffcalc.language.operations import SUMS
from diffcalc.language.printing import SIGN
from diffcalc.symbolic.derivation import Derivation, Step, real_text
from diffcalc.symbolic.notation import tidied, tidy, to_text
from diffcalc.symbolic.rules import (
    BRANCH,
    CHAIN,
    CONSTANT,
    CONSTANT_MULTIPLE,
    DIVISOR,
    EXPONENTIAL,
    GENERAL_POWER,
    IDENTITY,
    IMPLICIT,
    MAXIMUM,
    MINIMUM,
    POWER,
    PRODUCT,
    QUOTIENT,
    RECIPROCAL,
    SUM,
    TWO_PATHS,
    Dual,
    Rule,
    rule_of,
)

# The entries of a matrix ask for the same derivatives again and again.
_REMEMBERED = 64

_LINEAR = {*SUMS, "neg"}


@lru_cache(maxsize=_REMEMBERED)
def elementwise(expression: Expression, variable: str) -> Derivation:
    """The derivative of `expression` in `variable`, elementwise, by the rules of this module."""
    collected = untidied(expression, variable)
    # Where there are any functions, the rules' own right side is what people look for.
    formula, tidying = (collected, "") if expression.of_any else tidied(collected)
    text = real_text(formula, expression.variables)

    def tell() -> Step:
        step = _Differentiator(expression, variable, telling=True).run()
        return Step(step.rule, variable, step.before, text, formula, step.steps, step.where)

    return Derivation(variable, formula, text, tell, collected=collected, tidying=tidying)


@lru_cache(maxsize=_REMEMBERED)
def untidied(expression: Expression, variable: str) -> Formula:
    """What the rules give, before it is written as a person would."""
    return _Differentiator(expression, variable, telling=False).run().derivative


def differentiate_implicitly(
    expression: Expression, variable: str, dependent: str, order: int = 1
) -> list[Derivation]:
    """The derivatives of `dependent` in `variable` where the elementwise `expression` stays 0.

    They hold where the derivative of `expression` in `dependent` is not 0. Each after the first is
    that of the formula before, in which `dependent` has the slope of the first.
    """
    found = [_slope(expression, variable, dependent)]
    while len(found) < order and (program := found[-1].program) is not None:
        found.append(_along(program, variable, dependent, found[0]))
    return found


def _along(program: Expression, variable: str, dependent: str, slope: Derivation) -> Derivation:
    """The derivative of a formula along the curve with this slope."""
    across, along = elementwise(program, variable), elementwise(program, dependent)
    formula = tidy(across.formula + along.formula * slope.formula)
    text = real_text(formula, (*program.variables, *map(str, formula.free_symbols)))

    def tell() -> Step:
        steps = (across.step, along.step)
        return Step(TWO_PATHS, variable, str(program), text, formula, steps)

    return Derivation(variable, formula, text, tell)


def _slope(expression: Expression, variable: str, dependent: str) -> Derivation:
    above, below = elementwise(expression, variable), elementwise(expression, dependent)
    # The minus may be above or below.
    forms = [tidy(-above.formula / below.formula), tidy(above.formula / -below.formula)]
    formula = min(forms, key=lambda form: len(real_text(form, expression.variables)))
    text = real_text(formula, expression.variables)

    def tell() -> Step:
        return Step(IMPLICIT, variable, dependent, text, formula, (above.step, below.step))

    return Derivation(variable, formula, text, tell)


def forms_of(expression: Expression, wanted: Iterable[int]) -> dict[int, Formula]:
    """These nodes, and all that they are made of, as SymPy writes them.

    Sums and products are built at once, not term by term.
    """
    algebra = symbols()
    forms: dict[int, Formula] = {}
    for index in _needed(wanted, lambda i: _operands(expression, i)):
        node = expression.nodes[index]
        if node.operation == "variable":
            forms[index] = sympy.Symbol(str(node.content), real=True)
        elif node.content is not None:
            forms[index] = algebra[node.operation](node.content)
        elif node.operation in SUMS:
            forms[index] = sympy.Add(*[sign * forms[i] for sign, i in expression.terms(index)])
        elif node.operation == "mul":
            forms[index] = sympy.Mul(*[forms[i] for i in expression.factors(index)])
        else:
            function = algebra.get(node.operation) or sympy.Function(node.operation, real=True)
            forms[index] = function(*[forms[i] for i in node.operands])
    return forms


def _operands(expression: Expression, index: int) -> list[int]:
    """The operands of a node, all of them where it is a flat sum or product."""
    node = expression.nodes[index]
    if node.operation in SUMS:
        return [i for _, i in expression.terms(index)]
    if node.operation == "mul":
        return expression.factors(index)
    return list(node.operands)


class _Differentiator:
    """Works out the derivative of every node that the result needs, operands first.

    Unless it is `telling`, the steps have their derivatives alone: their texts take as long.
    """

    def __init__(self, expression: Expression, variable: str, *, telling: bool) -> None:
        self._expression = expression
        self._variable = variable
        self._telling = telling
        self._depends = expression.depending_on(variable)
        self._functions = _Functions(**{**symbols(), "where": _where})
        self._root = len(expression.nodes) - 1
        self._order = _needed([self._root], self._dependent_operands)
        self._forms = forms_of(expression, self._read_by_rules())
        self._steps: dict[int, Step] = {}

    def run(self) -> Step:
        for index in self._order:
            self._steps[index] = self._differentiate(index)
        return self._steps[self._root]

    def _read_by_rules(self) -> Iterator[int]:
        """The nodes whose forms the rules read: not a sum's terms, of which derivatives are enough.

        Long sums take SymPy long, and the first one takes 20 ms to load what it adds with.
        """
        for index in self._order:
            if self._depends[index] and self._expression.nodes[index].operation not in _LINEAR:
                yield from _operands(self._expression, index)

    def _dependent_operands(self, index: int) -> list[int]:
        if not self._depends[index]:
            return []
        operands = _operands(self._expression, index)
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
            "where": lambda index, _: self._by_operands(index, BRANCH),
            "min": lambda index, _: self._by_operands(index, MINIMUM),
            "max": lambda index, _: self._by_operands(index, MAXIMUM),
        }
        return handlers.get(node.operation, self._function)(index, node)

    def _step(
        self, index: int, rule: Rule, derivative: Formula, *steps: Step, where: str = ""
    ) -> Step:
        if not self._telling:
            return Step(rule, self._variable, "", "", derivative)
        before = self._expression.render(index)
        after = real_text(derivative, self._expression.variables)
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
        if len(moving) == 1 or not self._telling:
            return self._step(index, CONSTANT_MULTIPLE, sympy.Mul(*constants, derivative), *steps)
        if not constants:
            return self._step(index, PRODUCT, derivative, *steps)
        before = "*".join(self._expression.render(i, least=SIGN) for i in moving)
        text = to_text(derivative, self._expression.variables)
        product = Step(PRODUCT, self._variable, before, text, derivative, tuple(steps))
        return self._step(index, CONSTANT_MULTIPLE, sympy.Mul(*constants, derivative), product)

    def _quotient(self, index: int, node: Node) -> Step:
        above, below = (self._depends[i] for i in node.operands)
        if not below:
            return self._by_operands(index, DIVISOR, CONSTANT_MULTIPLE)
        return self._by_operands(index, QUOTIENT if above else RECIPROCAL)

    def _power(self, index: int, node: Node) -> Step:
        base, exponent = node.operands
        if self._depends[base] and self._depends[exponent]:
            return self._by_operands(index, GENERAL_POWER)
        inner = base if self._depends[base] else exponent
        rule = POWER if inner == base else EXPONENTIAL
        slope = rule(self._functions, *[self._forms[i] for i in node.operands])
        return self._outer_then_inner(index, rule, slope, inner)

    def _by_operands(self, index: int, rule: Rule, told: Rule | None = None) -> Step:
        """A rule of the operands and their derivatives, `told` as another."""
        moving = self._dependent_operands(index)
        duals = [
            Dual(self._forms[i], self._steps[i].derivative if i in moving else _number(0))
            for i in self._expression.nodes[index].operands
        ]
        derivative = rule(self._functions, *duals)
        return self._step(index, told or rule, derivative, *[self._steps[i] for i in moving])

    def _outer_then_inner(self, index: int, rule: Rule, slope: Formula, inner: int) -> Step:
        """The chain rule for a function of one inner function; the bare rule for f(x)."""
        if self._expression.nodes[inner].operation == "variable":
            return self._step(index, rule, slope)
        step = self._steps[inner]
        derivative = slope * step.derivative
        if not self._telling:
            return self._step(index, CHAIN, derivative)
        name = self._fresh("u")
        outer_before = self._expression.render(index, {inner: name})
        outer = Step(rule, name, outer_before, self._in_terms_of(index, rule, inner, name), slope)
        where = f"{name} = {self._expression.render(inner)}"
        return self._step(index, CHAIN, derivative, outer, step, where=where)

    def _in_terms_of(self, index: int, rule: Rule, inner: int, name: str) -> str:
        """The outer derivative written in u: the same rule, applied to the function of u itself."""
        node = self._expression.nodes[index]
        u = sympy.Symbol(name, real=True)
        arguments = [u if i == inner else self._forms[i] for i in node.operands]
        if node.operation == "pow":
            slope = rule(self._functions, *arguments)
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
        slope = rule_of(function).slopes[position]
        assert slope is not None, f"{function} has no derivative in argument {position}"
        found: Formula = slope(self._functions, *arguments)
        return found

    def _function(self, index: int, node: Node) -> Step:
        rule = rule_of(node.operation).rule
        arguments = [self._forms[i] for i in node.operands]
        moving = [k for k, i in enumerate(node.operands) if self._depends[i]]
        slopes = [self._slope(node.operation, k, arguments) for k in moving]
        if len(moving) == 1:
            return self._outer_then_inner(index, rule, slopes[0], node.operands[moving[0]])
        slopes_of: dict[int, Formula] = {}
        for k, slope in zip(moving, slopes, strict=True):
            slopes_of[node.operands[k]] = slopes_of.get(node.operands[k], 0) + slope
        inner = [self._steps[i] for i in slopes_of]
        parts = (s * step.derivative for s, step in zip(slopes_of.values(), inner, strict=True))
        derivative = sum(parts, _number(0))
        if not self._telling:
            return self._step(index, TWO_PATHS, derivative)
        names = dict(zip(slopes_of, map(self._fresh, "uv"), strict=False))
        outer = self._partial_steps(index, rule, names)
        where = ", ".join(f"{name} = {self._expression.render(i)}" for i, name in names.items())
        several = TWO_PATHS if len(names) > 1 else CHAIN
        return self._step(index, several, derivative, *outer, *inner, where=where)

    def _partial_steps(self, index: int, rule: Rule, names: dict[int, str]) -> list[Step]:
        """The derivatives of a function of several inner functions, by these names, in each."""
        node = self._expression.nodes[index]
        before = self._expression.render(index, names)
        symbol = {i: sympy.Symbol(name, real=True) for i, name in names.items()}
        arguments = [symbol[i] for i in node.operands]
        steps = []
        for i, name in names.items():
            places = [k for k, operand in enumerate(node.operands) if operand == i]
            slope = sympy.Add(*[self._slope(node.operation, k, arguments) for k in places])
            text = to_text(slope, (*self._expression.variables, name))
            steps.append(Step(rule, name, before, text, slope))
        return steps


def _needed(roots: Iterable[int], operands: Callable[[int], list[int]]) -> list[int]:
    """The nodes that `roots` are made of, by these operands, in the program's order."""
    wanted = set(roots)
    stack = list(wanted)
    while stack:
        for operand in operands(stack.pop()):
            if operand not in wanted:
                wanted.add(operand)
                stack.append(operand)
    return sorted(wanted)


class _Functions(SimpleNamespace):
    """SymPy's functions by the table's names; any other is one that SymPy knows nothing of."""

    def __getattr__(self, name: str) -> Callable[..., Formula]:
        found: Callable[..., Formula] = sympy.Function(name, real=True)
        return found


def _where(condition: Formula, yes: Formula, no: Formula) -> Formula:
    return yes if yes == no else symbols()["where"](condition, yes, no)


def _number(value: int) -> Formula:
    number: Formula = sympy.Integer(value)
    return number
