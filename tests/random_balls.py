"""Random balls, and what python-flint's Arb says of the numbers in them."""

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import flint
from mpmath.libmp import (
    from_int,
    from_man_exp,
    from_str,
    mpf_abs,
    mpf_add,
    mpf_cmp,
    mpf_mul,
    mpf_neg,
    mpf_pi,
    mpf_shift,
    mpf_sub,
)

from diffcalc.truth.ball import Ball, Mpf

Number = Callable[[Random, int], Mpf]
arb, acb = flint.arb, flint.acb


def as_arb(x: Mpf) -> Any:
    """The very number, in Arb."""
    sign, mantissa, exponent, _ = x
    return arb((-int(mantissa) if sign else int(mantissa), int(exponent)))


def anything(random: Random, bits: int, spread: int = 0) -> Mpf:
    """A number near 1 mostly, an integer or a simple fraction often, at times an extreme one."""
    kind = random.random()
    if kind < 0.15:
        return from_int(random.randint(-6, 6))
    if kind < 0.25:
        return from_man_exp(random.randint(-40, 40), -random.randint(1, 4))
    if kind < 0.4:
        return _near(random, bits)
    spread = spread or (6 if kind < 0.8 else (60 if kind < 0.95 else 1000))
    mantissa = random.getrandbits(bits) | 1 << (bits - 1) | 1
    x = from_man_exp(mantissa, random.randint(-spread, spread) - bits)
    return mpf_neg(x) if random.random() < 0.4 else x


def _near(random: Random, bits: int) -> Mpf:
    """A number close to where functions turn, end or have a pole: integers, pi/2, gamma's least."""
    places = (
        from_int(random.randint(-4, 4)),
        from_str("1.461632144968362341262659542325721", bits, "n"),
    )
    if random.random() < 0.4:
        places = (mpf_mul(mpf_pi(2 * bits), from_int(random.randint(-5, 5))),)
    place = mpf_shift(random.choice(places), -random.randint(0, 1))
    away = from_man_exp(random.randint(-9, 9), -random.randint(3, 2 * bits))
    return mpf_add(place, away, 3 * bits)


def moderate(random: Random, bits: int) -> Mpf:
    """Of those the ones between 1/1000 and 1000."""
    return anything(random, bits, 10)


def of_its_series(random: Random, bits: int) -> Mpf:
    """Those of erfi: beyond 64 its value is told to a factor of 2."""
    return anything(random, bits, 5)


def positive(random: Random, bits: int) -> Mpf:
    """Their sizes."""
    return mpf_abs(anything(random, bits))


def random_ball(random: Random, bits: int, number: Number = anything) -> Ball:
    """A point, a narrow ball as round-off leaves it, or a wide one."""
    x, kind = number(random, bits), random.random()
    if kind < 0.35:
        return Ball(x, x)
    if kind < 0.85:
        fine = random.randint(bits // 2, bits) if kind < 0.65 else random.randint(8, 14)
        y = mpf_add(x, from_man_exp(random.randint(-9, 9), x[2] + x[3] - fine))
    else:
        y = number(random, bits)
    return Ball(x, y) if mpf_cmp(x, y) <= 0 else Ball(y, x)


def numbers_in(random: Random, a: Ball, count: int = 2) -> Iterator[Mpf]:
    """Both ends of a ball, and some numbers between."""
    yield a.lower
    if a.lower != a.upper:
        yield a.upper
        across = mpf_sub(a.upper, a.lower)
        for _ in range(count):
            yield mpf_add(a.lower, mpf_mul(across, from_man_exp(random.getrandbits(30), -30)))


def _choice(order: int) -> Callable[..., Any]:
    return lambda a, b: a if (a < b) == (order < 0) else b


def _lgamma(x: Any) -> Any:
    return x.lgamma() if x > 0 else abs(x.gamma()).log()


def _compared(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], Any]:
    return lambda a, b: arb(int(compare(a, b)))


def _sign(x: Any) -> Any:
    return arb((x > 0) - (x < 0))


def _softplus(x: Any) -> Any:
    return x.exp().log1p() if x < 0 else x + (-x).exp().log1p()


def _by_name(name: str) -> Callable[[Any], Any]:
    return lambda a: getattr(a, name)()


# Each by Arb's own function, or by the definition. The numbers are exact, so comparisons are too.
ORACLES: dict[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "neg": lambda a: -a,
    "pow": lambda a, b: a**b,
    **{name: _by_name(name) for name in (
        "exp", "expm1", "log", "log1p", "sqrt", "floor", "ceil", "sin", "cos", "tan", "sec", "csc",
        "cot", "asin", "acos", "atan", "sinh", "cosh", "tanh", "sech", "csch", "coth", "asinh",
        "acosh", "atanh", "erf", "erfc", "erfi", "gamma",
    )},
    "log2": lambda a: a.log() / arb(2).log(),
    "log10": lambda a: a.log() / arb(10).log(),
    "cbrt": lambda a: _sign(a) * abs(a).root(3),
    "abs": abs,
    "sign": _sign,
    "asec": lambda a: (1 / a).acos(),
    "acsc": lambda a: (1 / a).asin(),
    "acot": lambda a: (1 / a).atan() if a != 0 else arb.pi() / 2,
    "asech": lambda a: (1 / a).acosh(),
    "acsch": lambda a: (1 / a).asinh(),
    "acoth": lambda a: (1 / a).atanh(),
    "atan2": lambda y, x: arb.atan2(y, x),
    "hypot": lambda a, b: (a * a + b * b).sqrt(),
    "min": _choice(-1),
    "max": _choice(1),
    "lgamma": _lgamma,
    "polygamma": lambda n, a: acb(a).polygamma(acb(n)).real,
    "sigmoid": lambda a: 1 / (1 + (-a).exp()),
    "silu": lambda a: a / (1 + (-a).exp()),
    "softplus": _softplus,
    "relu": lambda a: a if a > 0 else arb(0),
    "where": lambda c, a, b: b if c == 0 else a,
    "lt": _compared(lambda a, b: a < b),
    "le": _compared(lambda a, b: a <= b),
    "gt": _compared(lambda a, b: a > b),
    "ge": _compared(lambda a, b: a >= b),
    "eq": _compared(lambda a, b: a == b),
    "ne": _compared(lambda a, b: a != b),
}  # fmt: skip


def _order(random: Random, bits: int) -> Mpf:
    return from_int(random.choice((0, 0, 1, 2, 3, 4, 7)))


def _truth(random: Random, bits: int) -> Mpf:
    return from_int(random.randint(0, 1))


def _within_one(random: Random, bits: int) -> Mpf:
    x = anything(random, bits, 3)
    return x if x[2] + x[3] <= 0 else from_man_exp(-x[1] if x[0] else x[1], -x[3])


def _beyond_one(random: Random, bits: int) -> Mpf:
    x = anything(random, bits)
    if x[2] + x[3] > 0:
        return x
    return from_man_exp(-x[1] if x[0] else x[1], random.choice((1, 1, 2, 9, 200)) - x[3])


OPERANDS = {"where": 3} | dict.fromkeys(
    ("add", "sub", "mul", "div", "pow", "atan2", "hypot", "min", "max", "polygamma", "lt", "le", "gt",
     "ge", "eq", "ne"), 2,
)  # fmt: skip

# Where most numbers have a value, and where it is worth looking closely.
NUMBERS: dict[str, tuple[Number, ...]] = {
    **dict.fromkeys(("log", "log2", "log10", "sqrt"), (positive,)),
    **dict.fromkeys(("asin", "acos", "atanh"), (_within_one,)),
    "asech": (lambda random, bits: mpf_abs(_within_one(random, bits)),),
    **dict.fromkeys(("asec", "acsc", "acoth"), (_beyond_one,)),
    "acosh": (lambda random, bits: mpf_abs(_beyond_one(random, bits)),),
    **dict.fromkeys(("gamma", "lgamma", "erf", "erfc"), (moderate,)),
    "erfi": (of_its_series,),
    "polygamma": (_order, moderate),
    "pow": (positive, moderate),
    "where": (_truth, anything, anything),
}


def operands(random: Random, name: str, prec: int) -> list[Ball]:
    """Random balls for an operation, of as many bits as the precision, more or fewer."""
    numbers = NUMBERS.get(name, (anything,) * OPERANDS.get(name, 1))
    found = []
    for number in numbers:
        bits = random.choice((prec, prec, 2 * prec, 30))
        x = number(random, bits)
        found.append(Ball(x, x) if number is _order else random_ball(random, bits, number))
    return found


def truth(name: str, numbers: tuple[Mpf, ...], bits: int) -> Any:
    """Arb's ball of the operation's value, many bits finer than `bits`; nan where it has none."""
    operands = [as_arb(x) for x in numbers]
    found = arb.nan()
    for more in (100, 400, 1600, 6400):
        with flint.ctx.workprec(max(bits, *(x[3] for x in numbers)) + more):
            found = ORACLES[name](*operands)
            if found.is_exact() or found.rel_accuracy_bits() > bits + 30:
                break
    return found
