"""Proofs from text, for tests: `prove("abs(x)", "x=0")`, and what they say as numbers."""

import mpmath

from diffcalc.language.library import read_known
from diffcalc.language.point import read_point
from diffcalc.truth.ball import Ball
from diffcalc.truth.findings import Proof, Side
from diffcalc.truth.proof import Prover


def prover(text: str, *at: str) -> Prover:
    point = read_point(at)
    expression = read_known(text, declared=list(point))
    return Prover(expression, {name: values.constants for name, values in point.items()})


def prove(text: str, *at: str, order: int = 1, wrt: str | None = None) -> Proof:
    """The proof in one variable, the first unless said."""
    proofs = prover(text, *at)
    leaf = proofs.leaves[0] if wrt is None else (wrt, ())
    return proofs.derivative(leaf, order)


def middle(found: Ball) -> mpmath.mpf:
    with mpmath.mp.workdps(60):
        ends = [mpmath.mp.make_mpf(end) for end in (found.lower, found.upper)]
        return (ends[0] + ends[1]) / 2


def said(side: Side) -> float | str:
    """One side as the command's JSON says it."""
    if side.behaviour == "finite":
        assert side.value is not None
        return float(middle(side.value))
    if side.behaviour == "infinite":
        return "+∞" if side.sign > 0 else "-∞"
    return {"outside": "outside the domain", "unsettled": "no limit", "unknown": "unknown"}[
        side.behaviour
    ]


def derivative(proof: Proof) -> float:
    assert proof.derivative is not None
    return float(middle(proof.derivative))


def encloses(found: Ball | None, text: str, *at: str) -> bool:
    """Whether an enclosure has a number in it that is worked out in another way: by mpmath."""
    from diffcalc.language.algebras import exact
    from diffcalc.language.grammar import read

    assert found is not None
    with mpmath.mp.workdps(1200):
        point = {name: values.exactly()[()] for name, values in read_point(at).items()}
        value = read(text, checked=False)(exact(), **point)
        slack = abs(value) * mpmath.mpf(10) ** -600
        low, high = (mpmath.mp.make_mpf(end) for end in (found.lower, found.upper))
        return bool(low - slack <= value <= high + slack)
