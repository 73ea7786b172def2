"""The statements of one function: what is shared or long gets a name, the rest stays in place."""

import math
from collections import Counter
from collections.abc import Collection, Mapping
from itertools import count, groupby
from typing import Any

import numpy as np

from diffcalc.base.errors import LimitError
from diffcalc.codegen.domains import to_check
from diffcalc.codegen.guards import ALWAYS, Guard, guards, ordered
from diffcalc.codegen.lowering import Program, whole
from diffcalc.codegen.targets import Target
from diffcalc.language.algebras import FLOAT, fraction_to_float
from diffcalc.language.expression import Node
from diffcalc.language.operations import COMPARISONS
from diffcalc.language.printing import ATOM, INFIX, POWER, PRECEDENCE, SIGN, Notation, Piece

# `x*-2` is right but hard to read, and `--x` is another operator in C.
_OPERATORS: Mapping[str, str] = {
    **INFIX, "mul": "{0:product}*{1:power}", "div": "{0:product}/{1:power}", "neg": "-{0:power}",
}  # fmt: skip
# With the indent, the name and the equals sign before it, a line stays within about 96 columns.
_LONGEST = 80
# A name in place of so short a text saves next to nothing, and sends the reader elsewhere.
_SHORT = 12


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
        templates = {"pow": target.power, "whole power": target.whole_power, "where": target.choice}
        self._notation = Notation(
            {**_OPERATORS, **templates},
            lambda operation: calls.get(operation) or target.functions[operation],
            lambda value: Piece(_literal(fraction_to_float(value))),
            target.constants,
            names.__getitem__,
            {**PRECEDENCE, "whole power": POWER},
        )
        self._taken = {*taken, *names.values()}
        self._numbers = count()
        self._uses = _uses(program)
        self._guards, self._late = guards(program) if target.guard else ({}, set[int]())
        self._statements: list[tuple[str, str]] = []
        self._texts: dict[int, Piece] = {}
        self._constants: dict[int, Any] = {}
        for index in ordered(program, self._guards):
            node = self._nodes[index]
            self._evaluate(index, node)
            self._texts[index] = self._written(index, node)
        self.lines = self._grouped()
        self.outputs = [self._texts[index].text for index in program.outputs]
        self.lifted_outputs = [self._lifted(index) for index in program.outputs[1:]]
        self.to_check = to_check(program) if target.checked else [False] * len(self.lifted_outputs)

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

    def _written(self, index: int, node: Node) -> Piece:
        """The text of a node: its name where it is used more than once."""
        found = self._form(index, node)
        # A name for a number, its negative or a comparison would say less than it does.
        leaf = not any(self._nodes[i].operands for i in node.operands)
        plain = not node.operands or (node.operation == "neg" and leaf)
        once = self._uses[index] == 1 or index in self._late
        if once or plain or node.operation in COMPARISONS:
            return found
        return self._named(index, found)

    def _form(self, index: int, node: Node) -> Piece:
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

    def _named(self, index: int, found: Piece) -> Piece:
        """The text under a name of its own, from here on."""
        if found.text.isidentifier():
            return found
        name = next(n for n in map("t{}".format, self._numbers) if n not in self._taken)
        self._taken.add(name)
        line = self._target.assign.format(name=name, text=found.text)
        # A condition may have a name later, which says nothing yet.
        self._statements.append((self._condition(self._guards.get(index, ALWAYS)), line))
        return Piece(name)

    def _grouped(self) -> list[str]:
        """The statements, those that are not always needed below an `if`."""
        lines: list[str] = []
        for condition, statements in groupby(self._statements, key=lambda s: s[0]):
            inside = [line for _, line in statements]
            how = self._target.guard
            if how is None or not condition:
                lines.extend(inside)
            else:
                lines.append(how.open.format(condition))
                lines.extend(f"    {line}" for line in inside)
                lines.extend([how.close] if how.close else [])
        return lines

    def _condition(self, guard: Guard) -> str:
        """Where a node is needed, "" where always."""
        how = self._target.guard
        if how is None or guard == ALWAYS:
            return ""
        paths = []
        for path in sorted(guard, key=sorted):
            tests = [
                self._texts[i].text if branch == 1 else how.no.format(self._texts[i].text)
                for i, branch in sorted(path)
            ]
            paths.append(how.both.join(tests))
        return how.either.join(paths)

    # -- one operation -----------------------------------------------------------------------------

    def _composed(self, index: int, node: Node) -> Piece:
        operation = node.operation
        if not node.operands:
            return self._notation.leaf(node)
        if index in self._constants and (operation not in _OPERATORS or operation == "pow"):
            value = float(self._constants[index])
            return Piece(_literal(value), SIGN if value < 0 else ATOM)
        if operation == "where" and node.operands[0] in self._constants:
            return self._texts[node.operands[1 if self._constants[node.operands[0]] else 2]]
        pieces = [self._texts[i] for i in node.operands]
        if operation not in _OPERATORS:
            pieces = [Piece(self._lifted(i), self._texts[i].level) for i in node.operands]
        if operation == "polygamma":
            pieces[0] = Piece(str(whole(self._nodes, node.operands[0])))
        if operation == "pow" and self._target.whole_power:
            power = whole(self._nodes, node.operands[1])
            if power is not None:
                operation, pieces[1] = "whole power", Piece(str(power))
        return self._notation.form(operation, len(pieces)).filled(pieces)

    def _lifted(self, index: int) -> str:
        """The text; a constant as an array, where the language asks for one."""
        text = self._texts[index].text
        if index not in self._constants:
            return text
        return self._target.lifted.format(next(iter(self._names.values())), text)


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
