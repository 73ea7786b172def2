"""The proof and its witness, the definition followed in many digits, on formulas with borders.

They share no derivative formula. Over 10,000 others were compared; what differed is named here and
in `test_borders.py`.
"""

from collections.abc import Iterator
from random import Random

import mpmath
import pytest

from diffcalc.base.errors import DiffcalcError
from diffcalc.language.algebras import exact
from diffcalc.language.expression import Expression
from diffcalc.language.grammar import read
from diffcalc.language.point import read_point
from diffcalc.numerical.definition import Truth
from diffcalc.truth.findings import Proof
from tests.higher_orders import examine_order
from tests.proofs import derivative, middle, prove, said
from tests.random_formulas import CRITICAL_POINTS, bordered


def witness(expression: Expression, at: str, order: int) -> Truth:
    constant = read_point([f"x={at}"])["x"].constants.item()
    return examine_order(order, lambda t: expression(exact(), x=t), lambda: constant(exact()))


def formulas(seed: int, count: int, depth: int) -> Iterator[tuple[str, str]]:
    random = Random(seed)
    for _ in range(count):
        yield bordered(random, random.randint(1, depth)), random.choice(CRITICAL_POINTS)


def check(proof: Proof, truth: Truth) -> None:
    assert proof.kind == truth.kind
    if proof.exists:
        found = middle(proof.derivative) if proof.derivative else mpmath.nan
        assert abs(found - truth.derivative) <= 1e-15 * max(abs(found), 1e-10)
    for mine, theirs in ((proof.left, truth.left), (proof.right, truth.right)):
        if theirs.behaviour == "finite":
            assert mine.value is not None
            near = 1e-12 * max(abs(theirs.value), 1e-10)
            assert abs(middle(mine.value) - theirs.value) <= near
        elif theirs.behaviour == "infinite":
            assert said(mine) == ("+∞" if theirs.value > 0 else "-∞")
        else:
            assert mine.behaviour == theirs.behaviour


@pytest.mark.parametrize(("seed", "count", "depth", "order"), [(101, 150, 3, 1), (102, 40, 2, 2)])
def test_proof_and_witness_agree(seed: int, count: int, depth: int, order: int) -> None:
    compared = 0
    for text, at in formulas(seed, count, depth):
        try:
            expression = read(text)
        except DiffcalcError:
            continue
        if expression.variables != ("x",):
            continue
        proof = prove(text, f"x={at}", order=order)
        if proof.kind != "undecided":
            check(proof, witness(expression, at, order))
            compared += 1
    assert compared > count // 2


@pytest.mark.parametrize(
    ("text", "at", "kind", "left", "right"),
    [
        # The witness does not see how slowly log and its root grow, nor what overflows.
        ("abs(asech(x + 1))^(1/3)", "-1", "pole", "outside the domain", "+∞"),
        ("sigmoid(hypot(x^4, 1)/3)/acoth(x^2)^2", "-1", "edge", 0, "outside the domain"),
        ("cot((x^3)^3)", "0", "pole", "-∞", "+∞"),
        ("atan2(acoth(x), x/x)", "-1", "edge", -1.5707963267948966, "outside the domain"),
        ("ceil(atan2(x^3, x^2)^expm1(x^2))", "3", "differentiable", 0, 0),
        # 1/3 is not what many digits make of it: the exponent is 9, and moves.
        ("((x - 1)/2)^(1/x^2)", "1/3", "edge", "outside the domain", "outside the domain"),
    ],
)
def test_where_the_proof_knows_more_than_its_witness(
    text: str, at: str, kind: str, left: float | str, right: float | str
) -> None:
    proof = prove(text, f"x={at}")
    assert proof.known == "proved"
    assert proof.kind == kind
    assert said(proof.left) == left
    assert said(proof.right) == right
    if proof.exists:
        assert derivative(proof) == left
