"""The statements of one function: what is shared or long gets a name, the rest stays in place."""

import math
from collections import Counter
from collections.abc import Collection, Mapping
from fractions import Fraction
from itertools import count, groupby
from typing import Any, NamedTuple

import numpy as np

from diffcalc.base.errors import LimitError
from diffcalc.codegen.guards import ALWAYS, Guard, guards, ordered
from diffcalc.codegen.lowering import Program, whole
from diffcalc.codegen.targets import Target
from diffcalc.language.algebras import FLOAT, fraction_to_float
from diffcalc.language.expression import INFIX, Node
from diffcalc.language.operations import COMPARISONS

_CHOICE, _COMPARE, _SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(7)
# Operands of operators: the least precedence that needs no brackets, on the left and on the right.
# `x*-2` and `x - -2` are right but hard to read, and `--x` is another operator in C.
_INFIX = {
    "add": (_SUM, _PRODUCT), "sub": (_SUM, _PRODUCT),
    "mul": (_PRODUCT, _POWER), "div": (_PRODUCT, _POWER),
} | dict.fromkeys(COMPARISONS, (_SUM, _SUM))  # fmt: skip
_OWN = {"add": _SUM, "sub": _SUM, "mul": _PRODUCT, "div": _PRODUCT} | dict.fromkeys(
    COMPARISONS, _COMPARE
)
# With the indent, the name and the equals sign before it, a line stays within about 96 columns.
_LONGEST = 80
# A name in place of so short a text saves next to nothing, and sends the reader elsewhere.
_SHORT = 12


class _Text(NamedTuple):
    """A piece of source and its precedence."""

    text: str
    precedence: int = _ATOM


class Body:
    """The statements that work out a program's outputs: `lines`, and the outputs' own texts.

    `names` are those of the variables, `calls` those of functions that are defined elsewhere.
    """

    def __init__(
        self,
        program: Program,
        target: Target,
        names: Mapping[str, str],
        calls: Mapping[str, str],
        taken: Collection[str],
    ) -> None:
        self._nodes = program.nodes
        self._target = target
        self._names = names
        self._calls = calls
        self._taken = {*taken, *names.values()}
        self._numbers = count()
        self._uses = _uses(program)
        self._guards = guards(program) if target.guard else {}
        self._statements: list[tuple[Guard, str]] = []
        self._texts: dict[int, _Text] = {}
        self._constants: dict[int, Any] = {}
        for index in ordered(program, self._guards):
            node = self._nodes[index]
            self._evaluate(index, node)
            self._texts[index] = self._written(index, node)
        self.lines = self._grouped()
        self.outputs = [self._texts[index].text for index in program.outputs]
        self.lifted_outputs = [self._lifted(index) for index in program.outputs[1:]]

    def name(self, wanted: str) -> str:
        """A name for a variable of this function that is not in use."""
        found = wanted if wanted not in self._taken else fresh(f"{wanted}_", self._taken)
        self._taken.add(found)
        return found

    def _evaluate(self, index: int, node: Node) -> None:
        """The value of a constant: functions of tensors take no numbers."""
        if not self._target.lifted or node.operation == "variable":
            return
        if all(i in self._constants for i in node.operands):
            values = [self._constants[i] for i in node.operands]
            with np.errstate(all="ignore"):
                self._constants[index] = FLOAT[node.operation](*values or [node.content])

    def _written(self, index: int, node: Node) -> _Text:
        """The text of a node: its name where it is used more than once."""
        found = self._form(index, node)
        # A name for a number, its negative or a comparison would say less than it does.
        leaf = not any(self._nodes[i].operands for i in node.operands)
        plain = not node.operands or (node.operation == "neg" and leaf)
        if self._uses[index] == 1 or plain or node.operation in COMPARISONS:
            return found
        return self._named(index, found)

    def _form(self, index: int, node: Node) -> _Text:
        """The text of a node; its longest operands get names until it fits into a line."""
        found = self._composed(index, node)
        while len(found.text) > _LONGEST:
            texts = {i: self._texts[i].text for i in node.operands}
            longest = max(texts, key=lambda i: (not texts[i].isidentifier(), len(texts[i])))
            if texts[longest].isidentifier() or len(texts[longest]) <= _SHORT:
                break
            self._texts[longest] = self._named(longest, self._texts[longest])
            found = self._composed(index, node)
        return found

    def _named(self, index: int, found: _Text) -> _Text:
        """The text under a name of its own, from here on."""
        if found.text.isidentifier():
            return found
        name = next(n for n in map("t{}".format, self._numbers) if n not in self._taken)
        self._taken.add(name)
        line = self._target.assign.format(name=name, text=found.text)
        self._statements.append((self._guards.get(index, ALWAYS), line))
        return _Text(name)

    def _grouped(self) -> list[str]:
        """The statements, those that are not always needed below an `if`."""
        lines: list[str] = []
        for guard, statements in groupby(self._statements, key=lambda s: s[0]):
            inside = [line for _, line in statements]
            how = self._target.guard
            if how is None or guard == ALWAYS:
                lines.extend(inside)
            else:
                lines.append(how.open.format(self._condition(guard)))
                lines.extend(f"    {line}" for line in inside)
                lines.extend([how.close] if how.close else [])
        return lines

    def _condition(self, guard: Guard) -> str:
        how = self._target.guard
        assert how is not None
        paths = []
        for path in sorted(guard, key=sorted):
            tests = [
                self._texts[i].text if branch == 1 else how.no.format(self._texts[i].text)
                for i, branch in sorted(path)
            ]
            paths.append(how.both.join(tests))
        return how.either.join(paths)

    # -- one operation -----------------------------------------------------------------------------

    def _composed(self, index: int, node: Node) -> _Text:
        match node.operation:
            case "variable":
                return _Text(self._names[str(node.content)])
            case "number":
                assert isinstance(node.content, Fraction)
                return _Text(_literal(fraction_to_float(node.content)))
            case "constant":
                return _Text(self._target.constants[str(node.content)])
            case "neg":
                return _Text(f"-{self._at_least(node.operands[0], _POWER)}", _SIGN)
            case operation if operation not in _OWN and index in self._constants:
                value = float(self._constants[index])
                return _Text(_literal(value), _SIGN if value < 0 else _ATOM)
            case "where":
                return self._choice(node)
            case "pow":
                return self._power(node)
            case operation if operation in INFIX:
                left, right = _INFIX[operation]
                texts = (
                    self._at_least(node.operands[0], left),
                    self._at_least(node.operands[1], right),
                )
                return _Text(INFIX[operation].join(texts), _OWN[operation])
            case _:
                return self._call(node)

    def _at_least(self, index: int, precedence: int) -> str:
        return _bracketed(self._texts[index], precedence)

    def _power(self, node: Node) -> _Text:
        base, exponent = node.operands
        sign, shown = self._target.power, self._texts[exponent]
        power = whole(self._nodes, exponent)
        if power is not None and self._target.whole_power:
            sign, shown = self._target.whole_power, _Text(str(power))
        if sign[0].isalpha():
            return _Text(f"{sign}({self._texts[base].text}, {shown.text})")
        texts = self._at_least(base, _ATOM), _bracketed(shown, _POWER)
        return _Text(sign.join(texts), _POWER)

    def _call(self, node: Node) -> _Text:
        operation = node.operation
        name = self._calls.get(operation) or self._target.functions[operation]
        arguments = [self._lifted(i) for i in node.operands]
        if operation == "polygamma":
            arguments[0] = str(whole(self._nodes, node.operands[0]))
        return _Text(f"{name}({', '.join(arguments)})")

    def _lifted(self, index: int) -> str:
        """The text; a constant as an array, where the language asks for one."""
        text = self._texts[index].text
        if index not in self._constants:
            return text
        return self._target.lifted.format(next(iter(self._names.values())), text)

    def _choice(self, node: Node) -> _Text:
        condition, *branches = node.operands
        if condition in self._constants:
            return self._texts[branches[0 if self._constants[condition] else 1]]
        if self._target.choice.endswith(")"):
            texts = [self._texts[condition].text, *map(self._lifted, branches)]
            return _Text(self._target.choice.format(*texts))
        # In the braces of Rust nothing needs brackets.
        least = _CHOICE if "{{" in self._target.choice else _COMPARE
        texts = [self._at_least(condition, _COMPARE), *(self._at_least(i, least) for i in branches)]
        return _Text(self._target.choice.format(*texts), _CHOICE)


def _bracketed(found: _Text, precedence: int) -> str:
    return found.text if found.precedence >= precedence else f"({found.text})"


def fresh(stem: str, taken: Collection[str]) -> str:
    """`stem`, or `stem` with a number, that is not taken."""
    candidates = (stem if not n else f"{stem}{n}" for n in count())
    return next(name for name in candidates if name not in taken)


def _literal(value: float) -> str:
    """The shortest literal of a float64: always with a point or an exponent."""
    if not math.isfinite(value):
        raise LimitError("a number in the derivative is beyond what a float64 can hold")
    return repr(value)


def _uses(program: Program) -> Counter[int]:
    """How often the text of each node is used; 0 for what no output needs."""
    uses = Counter(program.outputs)
    for index in range(len(program.nodes) - 1, -1, -1):
        node = program.nodes[index]
        # A comparison is written where it is used, each time.
        times = uses[index] if node.operation in COMPARISONS else min(uses[index], 1)
        for operand in node.operands:
            uses[operand] += times
    return uses
