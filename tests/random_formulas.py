"""Random formulas in x, as text, from a seed: what a class might be given to differentiate."""

from random import Random

FUNCTIONS = ("sin", "cos", "tan", "exp", "log", "sqrt", "atan", "sinh", "cosh", "log10")


def formula(random: Random, depth: int) -> str:
    """A formula with `depth` operations on its longest path."""
    if depth == 0:
        return random.choice(["x", "x", "x", f"x^{random.randint(2, 4)}"])
    u = formula(random, depth - 1)
    v = formula(random, random.randrange(depth))
    k = random.randint(2, 6)
    return random.choice(
        [
            f"{random.choice(FUNCTIONS)}({u})",
            f"{random.choice(FUNCTIONS)}({k}*{v} + {k})",
            f"({u})*({v})",
            f"({u})/({v} + {k})",
            f"{k}/({u})",
            f"({u})/{k}",
            f"{k}*({u})",
            f"-({u})",
            f"{u} + {v}",
            f"{u} - ({v}) + {k}",
            f"({u} + {k})^{k}",
            f"{k}^({v})",
            f"(x^2 + {k})^({v})",
        ]
    )


BORDERED = (
    *FUNCTIONS, "cbrt", "abs", "sign", "floor", "ceil", "relu", "asin", "acos", "asinh", "acosh",
    "atanh", "log1p", "expm1", "tanh", "erf", "erfc", "sigmoid", "softplus", "sec", "csc", "cot", "acot",
    "asec", "acsc", "sech", "csch", "coth", "asech", "acsch", "acoth", "gamma", "lgamma", "log2",
)  # fmt: skip
CRITICAL_POINTS = (
    "0", "1", "-1", "2", "0.5", "pi", "pi/2", "sqrt(2)", "-0.5", "1/3", "log(2)", "0.3", "-2", "3",
)  # fmt: skip


def bordered(random: Random, depth: int) -> str:
    """A formula that is often at a corner, an edge, a pole or a jump at `CRITICAL_POINTS`."""
    if depth == 0:
        return random.choice(["x", "x", "x", "x^2", "x^3", "(x-1)", "(x+1)", "1", "2", "pi", "0.5"])
    u = bordered(random, depth - 1)
    v = bordered(random, random.randrange(depth))
    k = random.randint(1, 4)
    return random.choice(
        [
            f"{random.choice(BORDERED)}({u})",
            f"{random.choice(BORDERED)}({u})",
            f"{random.choice(BORDERED)}({v}/{k})",
            f"({u})*({v})",
            f"({u})/({v})",
            f"{u} + {v}",
            f"{u} - ({v})",
            f"({u})^{k}",
            f"({u})^({v})",
            f"abs({u})^({k}/3)",
            f"max({u}, {v})",
            f"min({u}, {v})",
            f"where({v} > 0, {u}, {v})",
            f"atan2({u}, {v})",
            f"hypot({u},{v})",
            f"1/({u})",
            f"{k}*({u})",
        ]
    )
