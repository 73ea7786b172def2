"""The right sides of the rules as they are written: u*Dv + v*Du, and nothing evaluated.

Each takes the formula a step is about, and the derivatives that the steps below it found.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import reduce
from operator import add, mul

from diffcalc.base.errors import DiffcalcError
from diffcalc.language.expression import Builder, Expression
from diffcalc.language.grammar import read
from diffcalc.symbolic.derivation import Step
from diffcalc.symbolic.rules import (
    BRANCH,
    CHAIN,
    CONSTANT_MULTIPLE,
    GENERAL_POWER,
    LOGARITHMIC,
    MAXIMUM,
    MINIMUM,
    PRODUCT,
    QUOTIENT,
    RECIPROCAL,
    SUM,
    TWO_PATHS,
    Dual,
    Rule,
)
from diffcalc.symbolic.unevaluated import Written, functions, number


class RightSides:
    """Writes the right sides of rules for formulas in these variables, all into one `Builder`."""

    def __init__(self, names: Collection[str]) -> None:
        self.names = set(names)
        self.builder = Builder()
        self.functions = functions(self.builder)

    def of(self, step: Step, below: Sequence[Written | None]) -> Written | None:
        """The right side of a step's rule; None where it is what the step says anyway.

        `below` are the derivatives that the steps below it found, None where one has no formula.
        """
        parts = [one for one in below if one is not None]
        rule = _RIGHT_SIDES.get(step.rule)
        if rule is None or not step.variable or len(parts) < len(below):
            return None
        before = self.formula(step.before)
        return None if before is None else rule(self, step, before.program, parts)

    def formula(self, text: str, inner: Mapping[str, Written] | None = None) -> Written | None:
        """A text as it is written, with formulas for some of its variables; None if it is none."""
        try:
            program = read(text, declared=self.names | (inner or {}).keys(), checked=False)
        except DiffcalcError:
            return None
        values = {v: self.variable(v).index for v in program.variables}
        values |= {name: written.index for name, written in (inner or {}).items()}
        return Written(self.builder, self.builder.splice(program, values))

    def known(self, text: str, inner: Mapping[str, Written] | None = None) -> Written:
        """A text that diffcalc printed itself, as it is written."""
        found = self.formula(text, inner)
        assert found is not None, text
        return found

    def part(self, program: Expression, index: int) -> Written:
        """A node of a program as it is written."""
        values = {v: self.variable(v).index for v in program.variables}
        whole = Expression(program.nodes[: index + 1])
        return Written(self.builder, self.builder.splice(whole, values))

    def parts(self, program: Expression, indices: Sequence[int]) -> list[Written]:
        """Several nodes of a program."""
        return [self.part(program, index) for index in indices]

    def variable(self, name: str) -> Written:
        """A variable."""
        return Written(self.builder, self.builder.add("variable", content=name))

    def number(self, value: int) -> Written:
        """A whole number."""
        return number(self.builder, value)

    def powers(self, program: Expression, variable: str) -> list[tuple[Written, Written]]:
        """A product or quotient as its moving bases, each with its constant exponent."""
        depends = program.depending_on(variable)
        found: list[tuple[Written, Written]] = []
        stack = [(len(program.nodes) - 1, 1)]
        while stack:
            index, sign = stack.pop()
            operation, operands = program.nodes[index].operation, program.nodes[index].operands
            if operation in ("mul", "div", "neg"):
                signs = (sign, -sign if operation == "div" else sign)
                stack.extend(reversed(list(zip(operands, signs, strict=False))))
            elif operation == "pow" and depends[operands[0]] and not depends[operands[1]]:
                base, power = self.parts(program, operands)
                found.append((base, power if sign > 0 else -power))
            elif depends[index]:
                found.append((self.part(program, index), self.number(sign)))
        return found


def _sum(sides: RightSides, step: Step, program: Expression, below: list[Written]) -> Written:
    terms = program.terms(len(program.nodes) - 1)
    total = below[0]
    for (sign, _), derivative in zip(terms[1:], below[1:], strict=True):
        total = total + derivative if sign > 0 else total - derivative
    return total


def _multiple(sides: RightSides, step: Step, program: Expression, below: list[Written]) -> Written:
    root = len(program.nodes) - 1
    node = program.nodes[root]
    if node.operation == "neg":
        return -below[0]
    if node.operation == "div":
        return below[0] / sides.part(program, node.operands[1])
    depends = program.depending_on(step.variable)
    constants = [i for i in program.factors(root) if not depends[i]]
    return reduce(mul, [*sides.parts(program, constants), below[0]])


def _product(sides: RightSides, step: Step, program: Expression, below: list[Written]) -> Written:
    factors = sides.parts(program, program.factors(len(program.nodes) - 1))
    terms = [
        reduce(mul, [*factors[:k], *factors[k + 1 :], derivative])
        for k, derivative in enumerate(below)
    ]
    return reduce(add, terms[::-1])


def _reciprocal(
    sides: RightSides, step: Step, program: Expression, below: list[Written]
) -> Written:
    c, v = sides.parts(program, program.nodes[-1].operands)
    return -below[0] / v**2 if str(c) == "1" else _by_operands(sides, step, program, below)


def _by_operands(
    sides: RightSides, step: Step, program: Expression, below: list[Written]
) -> Written:
    """The rule's own formula, of the operands and their derivatives."""
    operation, operands, _ = program.nodes[-1]
    moves = program.depending_on(step.variable)
    taken = [bool(k) if operation == "where" else moves[i] for k, i in enumerate(operands)]
    derivatives = iter(below)
    duals = [
        Dual(part, next(derivatives) if has else sides.number(0))
        for part, has in zip(sides.parts(program, operands), taken, strict=True)
    ]
    written: Written = step.rule(sides.functions, *duals)
    return written


def _chain(sides: RightSides, step: Step, program: Expression, below: list[Written]) -> Written:
    half = len(below) // 2
    outer, inner = step.steps[:half], step.steps[half:]
    values = {o.variable: sides.known(i.before) for o, i in zip(outer, inner, strict=True)}
    slopes = [sides.known(o.after, values) for o in outer]
    return reduce(add, [slope * du for slope, du in zip(slopes, below[half:], strict=True)])


def _logarithmic(
    sides: RightSides, step: Step, program: Expression, below: list[Written]
) -> Written:
    terms = []
    for (base, power), slope in zip(sides.powers(program, step.variable), below, strict=True):
        if str(power) in ("1", "-1"):
            terms.append(slope / base if str(power) == "1" else -(slope / base))
        else:
            terms.append(power * slope / base)
    return sides.part(program, len(program.nodes) - 1) * reduce(add, terms)


_RightSide = Callable[[RightSides, Step, Expression, list[Written]], Written]

_RIGHT_SIDES: Mapping[Rule, _RightSide] = {
    SUM: _sum,
    CONSTANT_MULTIPLE: _multiple,
    PRODUCT: _product,
    RECIPROCAL: _reciprocal,
    LOGARITHMIC: _logarithmic,
    CHAIN: _chain,
    TWO_PATHS: _chain,
} | dict.fromkeys((QUOTIENT, GENERAL_POWER, BRANCH, MINIMUM, MAXIMUM), _by_operands)
