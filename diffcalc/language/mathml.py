"""MathML, which browsers set: programs term by term as typed, as in `latex.py`."""

import html
from fractions import Fraction

from diffcalc.language.expression import Expression
from diffcalc.language.operations import COMPARISONS
from diffcalc.language.printing import POWER, PRECEDENCE, PRODUCT, Notation, Piece, written
from diffcalc.language.printing import number_text as _number_text
from diffcalc.language.tokens import GREEK_NAMES

# After the name of a function: it is not seen, and read aloud.
_APPLIED = "<mo>&#x2061;</mo>"
# A row of their own, for they grow with what else is in it.
BRACKETS = ("<mrow><mo>(</mo>", "<mo>)</mo></mrow>")
_SPELLED = {"pi": "π", "e": "e"}


def typeset(program: Expression) -> str:
    """A formula in MathML, to stand within a `math` element."""
    return row("".join(written(program.nodes, len(program.nodes) - 1, _MATHML, {})))


def row(inner: str) -> str:
    """Several elements as one."""
    return f"<mrow>{inner}</mrow>"


def operator(text: str) -> str:
    """A sign, as = or +."""
    return f"<mo>{html.escape(text)}</mo>"


def name(text: str) -> str:
    """A variable; a Greek one by its letter."""
    stem = text.rstrip("0123456789")
    index = text[len(stem) :]
    letter = html.unescape(f"&{stem};") if stem in GREEK_NAMES else stem.rstrip("_") or stem
    shown = f"<mi>{html.escape(letter)}</mi>"
    return f"<msub>{shown}<mn>{index}</mn></msub>" if index and stem else shown


def derivative(variable: str) -> str:
    """The sign of the derivative in a variable."""
    return f"<mfrac><mi>d</mi><mrow><mi>d</mi>{name(variable)}</mrow></mfrac>"


def _number(value: Fraction) -> Piece:
    text = _number_text(value)
    if "/" in text:
        fraction = f"<mfrac><mn>{value.numerator}</mn><mn>{value.denominator}</mn></mfrac>"
        return Piece(fraction, PRODUCT)
    if "e" in text:
        digits, _, power = text.partition("e")
        base = f"<mn>{digits}</mn><mo>·</mo><msup><mn>10</mn><mn>{int(power)}</mn></msup>"
        return Piece(row(base), PRODUCT)
    return Piece(f"<mn>{text}</mn>")


_MATHML = Notation(
    {operation: f"{{0:sum}}{operator(sign)}{{1:sum}}" for operation, sign in COMPARISONS.items()}
    | {
        "add": "{0:sum}<mo>+</mo>{1:matrix}",
        "sub": "{0:sum}<mo>−</mo>{1:matrix}",
        "neg": "<mo>−</mo>{0:matrix}",
        "mul": "{0:product}<mo>·</mo>{1:product}",
        "div": "<mfrac><mrow>{0}</mrow><mrow>{1}</mrow></mfrac>",
        "pow": "<msup><mrow>{0:atom}</mrow><mrow>{1}</mrow></msup>",
        "exp": "<msup><mi>e</mi><mrow>{0}</mrow></msup>",
        "sqrt": "<msqrt><mrow>{0}</mrow></msqrt>",
        "cbrt": "<mroot><mrow>{0}</mrow><mn>3</mn></mroot>",
        "element": "<msub><mrow>{0:atom}</mrow><mrow>{1}</mrow></msub>",
        "abs": "<mrow><mo>|</mo>{0}<mo>|</mo></mrow>",
    },
    lambda operation: f"<mi>{html.escape(operation)}</mi>{_APPLIED}",
    _number,
    {constant: f"<mi>{shown}</mi>" for constant, shown in _SPELLED.items()},
    name,
    {**PRECEDENCE, "exp": POWER},
    BRACKETS,
    "<mi>axis</mi><mo>=</mo>",
    sign_leads=True,
    comma="<mo>,</mo>",
    junctions=("<mtext> and </mtext>", "<mtext> or </mtext>"),
)
