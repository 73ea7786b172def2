"""How long reading takes: text to Expression, a token at a time, and beside it those of others.

`python -m tests.benchmarks.reading` prints microseconds a token at 1,000, 10,000 and 100,000 of
them. Reading is linear where that number stays. Python's own parser and SymPy's are asked where
they can: the first gives up on long sums, the second takes too long for more than a few terms.
"""

import ast
import time
from collections.abc import Callable

from sympy.parsing.sympy_parser import parse_expr

from diffcalc.base.errors import LimitError
from diffcalc.language.grammar import read
from diffcalc.language.tokens import tokenize

SIZES = (1_000, 10_000, 100_000)
_REPEATS = 3
_MOST_OF_SYMPY = 1_000


def product(count: int) -> str:
    """x0*x1*…, with so many tokens; no degree above 10,000 is read."""
    return "*".join(f"x{i}" for i in range(count // 2))


def rosenbrock(count: int) -> str:
    """Rosenbrock's function of so many tokens: 20 for each variable."""
    terms = (f"100*(x{i + 1} - x{i}**2)**2 + (1 - x{i})**2" for i in range(count // 20))
    return " + ".join(terms)


def terms(count: int) -> str:
    """A sum of terms in ten variables, with factors left implicit: 10 tokens each."""
    return " + ".join(f"{i}x{i % 10}^2*sin(x{i % 7})" for i in range(count // 10))


def seconds(work: Callable[[str], object], text: str) -> float | None:
    """The shortest of a few runs; None where it fails."""
    best = float("inf")
    for _ in range(_REPEATS):
        start = time.perf_counter()
        try:
            work(text)
        except (RecursionError, MemoryError, SyntaxError, LimitError):
            return None
        best = min(best, time.perf_counter() - start)
    return best


def _shown(found: float | None, tokens: int) -> str:
    return f"{'-':>9}" if found is None else f"{found / tokens * 1e6:9.2f}"


def main() -> None:
    """Prints the table."""
    print("microseconds a token        tokens        ms  diffcalc   ast.parse     SymPy")
    for make in (product, rosenbrock, terms):
        for size in SIZES:
            text = make(size)
            tokens = len(tokenize(text))
            ours = seconds(read, text)
            if ours is None:
                continue
            python = None if make is terms else seconds(ast.parse, text)
            readable = make is not terms and size <= _MOST_OF_SYMPY
            sympys = seconds(parse_expr, text) if readable else None
            others = f"{_shown(python, tokens)}   {_shown(sympys, tokens)}"
            print(
                f"{make.__name__:22}{tokens:12,}{ours * 1e3:10.1f}{_shown(ours, tokens)}   {others}"
            )


if __name__ == "__main__":
    main()
