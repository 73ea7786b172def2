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
