r"""Programs as LaTeX, term by term as they were typed: 3*2*x is 3 \cdot 2 x.

SymPy's own printer, which `diffcalc emit` uses, would put the terms into an order of its own.
"""

import re
from collections.abc import Callable
from fractions import Fraction

from diffcalc.language.array_operations import OPERATIONS
from diffcalc.language.expression import Expression, Node, number_text
from diffcalc.language.operations import COMPARISONS
from diffcalc.language.tokens import GREEK_NAMES

_SUM, _MATRIX_PRODUCT, _SIGN, _PRODUCT, _POWER, _ATOM = range(6)
_Piece = tuple[str, int]
# A choice goes on to the right: it needs a bracket in a product.
_BINDS = {"exp": _POWER, "where": _SUM}

_NAME = re.compile(r"([A-Za-z]+?)_?(\d*)")
_NO_COMMAND = {"omicron"}


def typeset(program: Expression) -> str:
    """A formula in LaTeX's mathematics, with the macros of amsmath."""
    pieces: list[_Piece] = []
    for node in program.nodes:
        operands = [pieces[i] for i in node.operands]
        if node.operation == "mul" and not program.elementwise:
            pieces.append(_elementwise_mul(*operands))
        else:
            pieces.append(_piece(node, operands))
    return pieces[-1][0]


def name(text: str) -> str:
    r"""A variable: x, x_{1}, \alpha, and words upright, for in italics they would be products."""
    match = _NAME.fullmatch(text)
    stem, number = match.groups() if match else (text, "")
    if stem in GREEK_NAMES - _NO_COMMAND:
        shown = f"\\{stem}"
    else:
        shown = stem if len(stem) == 1 else rf"\mathrm{{{_escaped(stem)}}}"
    return f"{shown}_{{{number}}}" if number else shown


def verbatim(text: str) -> str:
    """Any text, in the letters of a typewriter."""
    parts = (rf"\texttt{{{_escaped(part)}}}" for part in text.split("∇"))
    return r"\nabla".join(parts)


def _escaped(text: str) -> str:
    special = {"\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}"}
    return "".join(special.get(c, f"\\{c}" if c in "_&%$#{}" else c) for c in text)


def _piece(node: Node, operands: list[_Piece]) -> _Piece:
    if node.operation == "number":
        assert isinstance(node.content, Fraction)
        return _number(node.content)
    if node.operation == "constant":
        return (r"\pi" if node.content == "pi" else r"\mathrm{e}"), _ATOM
    if node.operation == "variable":
        return name(str(node.content)), _ATOM
    if node.operation in COMPARISONS:
        sign = OPERATIONS[node.operation].latex
        return f" {sign} ".join(text for text, _ in operands), _SUM
    operator = _OPERATORS.get(node.operation)
    return operator(*operands) if operator else _call(node.operation, operands)


def _number(value: Fraction) -> _Piece:
    text = number_text(value)
    if "/" in text:
        return rf"\frac{{{value.numerator}}}{{{value.denominator}}}", _PRODUCT
    if "e" in text:
        digits, _, power = text.partition("e")
        return rf"{digits} \cdot 10^{{{int(power)}}}", _PRODUCT
    return text, _ATOM if value >= 0 else _SIGN


def _call(operation: str, operands: list[_Piece]) -> _Piece:
    arguments = [text for text, _ in operands]
    template = OPERATIONS[operation].latex
    if "{0}" in template:
        return template.format(*arguments), _BINDS.get(operation, _ATOM)
    function = template or rf"\operatorname{{{_escaped(operation)}}}"
    return rf"{function}\left({', '.join(arguments)}\right)", _ATOM


def _in_brackets(piece: _Piece, least: int) -> str:
    text, binds = piece
    return text if binds >= least else rf"\left({text}\right)"


def _term(piece: _Piece) -> str:
    """What may follow a plus or minus."""
    text, binds = piece
    return rf"\left({text}\right)" if binds in (_SUM, _SIGN) else text


def _add(left: _Piece, right: _Piece) -> _Piece:
    return f"{left[0]} + {_term(right)}", _SUM


def _sub(left: _Piece, right: _Piece) -> _Piece:
    return f"{left[0]} - {_term(right)}", _SUM


def _neg(operand: _Piece) -> _Piece:
    return f"-{_term(operand)}", _SIGN


def _mul(left: _Piece, right: _Piece) -> _Piece:
    first = _in_brackets(left, _SIGN)
    second = _in_brackets(right, _PRODUCT)
    dot = r" \cdot " if second[0].isdigit() or second.startswith(r"\frac") else " "
    return f"{first}{dot}{second}", _PRODUCT if left[1] != _SIGN else _SIGN


def _elementwise_mul(left: _Piece, right: _Piece) -> _Piece:
    """The product of arrays, which nobody may take for their matrix product."""
    if left[0].isdigit():
        return _mul(left, right)
    return rf"{_in_brackets(left, _SIGN)} \odot {_in_brackets(right, _PRODUCT)}", _PRODUCT


def _div(above: _Piece, below: _Piece) -> _Piece:
    return rf"\frac{{{above[0]}}}{{{below[0]}}}", _PRODUCT


def _pow(base: _Piece, exponent: _Piece) -> _Piece:
    return f"{_in_brackets(base, _ATOM)}^{{{exponent[0]}}}", _POWER


def _matmul(left: _Piece, right: _Piece) -> _Piece:
    first = left[0] if left[1] == _MATRIX_PRODUCT else _in_brackets(left, _PRODUCT)
    return f"{first} {_in_brackets(right, _PRODUCT)}", _MATRIX_PRODUCT


def _transpose(operand: _Piece) -> _Piece:
    return rf"{_in_brackets(operand, _ATOM)}^{{\mathsf{{T}}}}", _POWER


_OPERATORS: dict[str, Callable[..., _Piece]] = {
    "add": _add,
    "sub": _sub,
    "neg": _neg,
    "mul": _mul,
    "div": _div,
    "pow": _pow,
    "matmul": _matmul,
    "transpose": _transpose,
}
