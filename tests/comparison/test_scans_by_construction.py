"""Scans of sums whose nonsmooth points are known because the sums are made of them.

Each term has points of its own and is analytic elsewhere, so the sum has them all, of the same
kinds. Decoys come near a border or touch it and are differentiable all the same. 15 sums are made
in CI, and with DIFFCALC_LONG=1 the 300 that the counts in the notes are of.
"""

import os
import random
from collections.abc import Callable
from fractions import Fraction

import pytest

from diffcalc.comparison.scan import scan
from diffcalc.language.grammar import read

COUNT = 300 if "DIFFCALC_LONG" in os.environ else 15
LOW, HIGH = -3, 3
Points = dict[float, str]


def _at(places: list[Fraction], kind: str) -> Points:
    return {float(place): kind for place in places if LOW <= place <= HIGH}


def _fresh(rng: random.Random) -> Fraction:
    """A place that no other term is likely to have: a fraction of a large prime."""
    return Fraction(rng.randrange(-2_900_000, 2_900_000) | 1, 1_000_003)


def _corner(rng: random.Random) -> tuple[str, Points]:
    a, factor = _fresh(rng), rng.choice([-2, 1, 3])
    text = rng.choice(
        ["{c}*abs(x - {a})", "{c}*max(x, {a})", "{c}*relu({a} - x)", "{c}*sqrt((x - {a})^2)"]
    )
    return text.format(c=factor, a=f"({a})"), _at([a], "corner")


def _pair(rng: random.Random) -> tuple[str, Points]:
    a, gap = _fresh(rng), Fraction(1, 10 ** rng.randint(3, 12))
    return f"abs((x - ({a}))*(x - ({a + gap})))", _at([a, a + gap], "corner")


def _three(rng: random.Random) -> tuple[str, Points]:
    a, gap = _fresh(rng), Fraction(1, 10 ** rng.randint(2, 9))
    return f"abs(abs(x - ({a})) - {gap})", _at([a - gap, a, a + gap], "corner")


def _jump(rng: random.Random) -> tuple[str, Points]:
    a = _fresh(rng)
    return rng.choice([f"sign(x - ({a}))", f"where(x > {a}, x^2, x^2 + 1)"]), _at([a], "jump")


def _stairs(rng: random.Random) -> tuple[str, Points]:
    step, shift = rng.randint(2, 9), Fraction(rng.randint(1, 99), 101)
    places = [(k - shift) / step for k in range(LOW * step - 1, HIGH * step + 2)]
    return f"floor({step}*x + {shift})", _at([Fraction(p) for p in places], "jump")


def _pole(rng: random.Random) -> tuple[str, Points]:
    a = _fresh(rng)
    return f"1/(x - ({a}))^{rng.randint(1, 3)}", _at([a], "pole")


def _steep(rng: random.Random) -> tuple[str, Points]:
    a = _fresh(rng)
    return rng.choice(
        [
            (f"cbrt(x - ({a}))", _at([a], "vertical tangent")),
            (f"sqrt(abs(x - ({a})))", _at([a], "cusp")),
            (f"sin(x - ({a}))/(x - ({a}))", _at([a], "removable")),
        ]
    )


def _decoy(rng: random.Random) -> tuple[str, Points]:
    a, small = _fresh(rng), f"1e-{rng.randint(2, 30)}"
    texts = [
        f"abs((x - ({a}))^2)",
        f"abs(x - ({a}))*(x - ({a}))",
        f"abs((x - ({a}))^2 + {small})",
        f"sqrt((x - ({a}))^2 + {small})",
        f"sqrt((x - ({a}))^4)",
        f"relu(x - ({a}))^2",
        f"cbrt((x - ({a}))^3)",
        f"max(x, x - {small})",
        f"log(cosh(x - ({a})) + {small})",
    ]
    return rng.choice(texts), {}


def _smooth(rng: random.Random) -> tuple[str, Points]:
    return rng.choice(["sin(3*x)", "exp(-x^2)", "x^3 - x", "1/(1 + x^2)", "atan(x)"]), {}


TERMS: list[Callable[[random.Random], tuple[str, Points]]] = [
    _corner, _pair, _three, _jump, _stairs, _pole, _steep, _decoy, _decoy, _smooth,
]  # fmt: skip


def _sum(seed: int) -> tuple[str, list[tuple[float, str]]]:
    rng = random.Random(seed)
    terms = [make(rng) for make in rng.sample(TERMS, rng.randint(1, 4))]
    points: Points = {}
    for _, some in terms:
        points |= some
    return " + ".join(text for text, _ in terms), sorted(points.items())


@pytest.mark.parametrize("seed", range(COUNT))
def test_a_scan_finds_exactly_what_the_sum_was_made_of(seed: int) -> None:
    text, points = _sum(seed)
    found = scan(read(text), {}, "x", read(str(LOW)), read(str(HIGH)))
    assert found.complete, text
    assert [f.truth.kind for f in found.features] == [kind for _, kind in points], text
    assert [float(f.x()) for f in found.features] == pytest.approx([x for x, _ in points])
    assert {f.truth.known for f in found.features} <= {"proved"}, text
