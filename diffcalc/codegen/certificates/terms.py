"""A program of single numbers as a term of Coq, in the names of its libraries and of `prelude.v`.

What Coq has no word for is refused by name, and so is a term too long to be checked in a while.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from diffcalc.base.errors import EmitError
from diffcalc.language.expression import Builder, Expression, Node
from diffcalc.language.printing import (
    ATOM,
    CHOICE,
    POWER,
    PRODUCT,
    SIGN,
    SUM,
    TEXT,
    Notation,
    Piece,
    written,
)
from diffcalc.truth.program import Program

# Coq writes the exponent of a product of equal factors in unary: beyond this that takes long.
_LARGEST_POWER = 1_000
# What is shared is written out at each place. So many operations take Coq about a minute.
_LONGEST = 1_000

_UNARY = (
    "exp expm1 log2 log10 log1p sqrt cbrt sin cos tan sec csc cot asin acos atan asec acsc acot "
    "sinh cosh tanh sech csch coth asinh acosh atanh asech acsch acoth sigmoid silu softplus relu "
    "sign"
)
_NAMES: Mapping[str, str] = {
    **{name: name for name in _UNARY.split()},
    "log": "ln", "abs": "Rabs", "max": "Rmax", "min": "Rmin", "pow": "power", "atan2": "atan2",
    "hypot": "hypot",
    **{name: name for name in ("add", "sub", "mul", "div", "neg")},
}  # fmt: skip
# What decides a comparison, and whether its operands, or the branches behind it, change places.
_DECISIONS = {
    "lt": ("Rlt_dec", False, False),
    "gt": ("Rlt_dec", True, False),
    "le": ("Rle_dec", False, False),
    "ge": ("Rle_dec", True, False),
    "eq": ("Req_EM_T", False, False),
    "ne": ("Req_EM_T", False, True),
}
KNOWN = frozenset(_NAMES) | frozenset(_DECISIONS) | {"where"}
"""The operations of the language that a term may have."""

_BINARY = ("atan2", "hypot", "Rmax", "Rmin", "power")
_DECIDED = ("Rlt_dec", "Rle_dec", "Req_EM_T")
_TEMPLATES: Mapping[str, str] = {
    **{name: f"{name} {{0:atom}}" for name in _NAMES.values()},
    **{name: f"{name} {{0:atom}} {{1:atom}}" for name in _BINARY},
    **{name: f"if {name} {{0:atom}} {{1:atom}} then {{2:sum}} else {{3:sum}}" for name in _DECIDED},
    "add": "{0:sum} + {1:product}",
    "sub": "{0:sum} - {1:product}",
    "mul": "{0:product} * {1:power}",
    "div": "{0:product} / {1:power}",
    "neg": "- {0:power}",
}
_LEVELS: Mapping[str, int] = {
    **dict.fromkeys(_TEMPLATES, POWER),
    **dict.fromkeys(_DECIDED, CHOICE),
    **dict.fromkeys(("add", "sub"), SUM),
    **dict.fromkeys(("mul", "div"), PRODUCT),
    "neg": SIGN,
}


def single(program: Program, weights: Sequence[Expression] | None) -> Program:
    """The program of the weighted sum of the outputs."""
    if weights is None and len(program.outputs) == 1:
        return program
    builder = Builder()
    builder.nodes = list(program.nodes)
    outputs = list(program.outputs)
    if weights is not None:
        factors = [builder.splice(weight, {}) for weight in weights]
        outputs = [builder.add("mul", *pair) for pair in zip(factors, outputs, strict=True)]
    return Program(builder.nodes, program.leaves, [builder.add("total", *outputs)])


def text(program: Program, names: Mapping[str, str], least: int = CHOICE) -> str:
    """The program's only output as a term, with these names of its variables.

    Raises `EmitError` for what cannot be said.
    """
    lowering = _Lowering(program)
    result = lowering.place[program.outputs[0]]
    nodes = lowering.builder.nodes
    _check_length(nodes, result)
    powers = {node.operation for node in nodes if node.operation.startswith("^")}
    notation = Notation(
        {**_TEMPLATES, **{name: _power(int(name[1:])) for name in powers}},
        str,
        _number,
        {"pi": "PI", "e": "(exp 1)"},
        names.__getitem__,
        {**_LEVELS, **{name: SIGN if "-" in name else POWER for name in powers}},
    )
    return "".join(written(nodes, result, notation, {}, least))


def constant(value: Expression) -> str:
    """A constant as a term that is an argument."""
    return text(Program(value.nodes, {}, [len(value.nodes) - 1]), {}, ATOM)


def whole_power(program: Program, node: Node) -> int | None:
    """The exponent of a power that is a product of equal factors."""
    power = program.rational[node.operands[1]]
    if power is None or power.denominator != 1 or abs(power) > _LARGEST_POWER:
        return None
    return int(power)


class _Lowering:
    """A program in Coq's operations: `place` has where each of its nodes is."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self.builder = Builder()
        self.place: list[int] = []
        for node in program.nodes:
            self.place.append(self._added(node))

    def _added(self, node: Node) -> int:
        if node.content is not None:
            return self.builder.add(node.operation, content=node.content)
        operands = [self.place[i] for i in node.operands]
        if node.operation == "total":
            return self._sum(operands)
        if node.operation == "where":
            return self._choice(self._program.nodes[node.operands[0]], operands[1:])
        if node.operation == "pow":
            power = whole_power(self._program, node)
            if power is not None:
                return self.builder.add(f"^{power}", operands[0])
        if node.operation in _DECISIONS:
            numbers = [self.builder.add("number", content=Fraction(n)) for n in (1, 0)]
            return self._choice(node, numbers)
        if node.operation not in _NAMES:
            raise EmitError(f"Coq's libraries have no {node.operation}")
        return self.builder.add(_NAMES[node.operation], *operands)

    def _sum(self, terms: Sequence[int]) -> int:
        found = terms[0]
        for term in terms[1:]:
            found = self.builder.add("add", found, term)
        return found

    def _choice(self, condition: Node, branches: Sequence[int]) -> int:
        """What is chosen by a comparison."""
        name, swapped, crossed = _DECISIONS[condition.operation]
        compared = [self.place[i] for i in condition.operands]
        compared = compared[::-1] if swapped else compared
        return self.builder.add(name, *compared, *(branches[::-1] if crossed else branches))


def _check_length(nodes: Sequence[Node], result: int) -> None:
    sizes: list[int] = []
    for node in nodes:
        sizes.append(1 + sum(sizes[i] for i in node.operands))
    if sizes[result] > _LONGEST:
        raise EmitError(f"with {sizes[result]:,} operations it is too long for Coq")


def _power(power: int) -> str:
    return f"{{0:atom}} ^ {power}" if power >= 0 else f"/ {{0:atom}} ^ {-power}"


def _number(value: Fraction) -> Piece:
    found = TEXT.number(value)
    return found._replace(text=found.text.replace("e+", "e"))
