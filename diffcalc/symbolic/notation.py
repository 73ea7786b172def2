"""SymPy's expressions as text: the way a person writes them, in the notation diffcalc reads.

And the way back, `form_of`.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable
from fractions import Fraction
from functools import lru_cache
from itertools import islice

import sympy
from sympy.core.function import AppliedUndef
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

from diffcalc.base.errors import LimitError
from diffcalc.base.numbers import Formula
from diffcalc.language.algebras import symbols
from diffcalc.language.array_operations import ARRAYS, SHOWN
from diffcalc.language.expression import Expression
from diffcalc.language.operations import COMPARISONS, FUNCTIONS
from diffcalc.language.printing import joined, number_text

# SymPy's names of functions, and others that are not written as they are called.
_NAMES = SHOWN | {row.sympy: name for name, row in FUNCTIONS.items() if isinstance(row.sympy, str)}
_IN_SUM = PRECEDENCE["Mul"] - 1
# A shorter formula is as short as it gets, and SymPy's rewriting takes time to load and to run.
_WORTH_TIDYING = 8
# Factoring takes much longer as formulas grow, and nobody reads one so long for its form.
_TOO_LONG_TO_TIDY = 400
# `factor` multiplies out first, in time and memory: (a + b)**1000*(c + d)**1000 + 1 has a million
# terms.
_TOO_MANY_TERMS = 2000
# To SymPy the largest number in an exponent is the degree of a polynomial, each with its own
# coefficient in a list.
_LARGEST_IN_EXPONENT = 40
# Factors are found modulo primes larger than any coefficient: to find one of 300 digits takes
# seconds, and nobody sees the factors of such a sum.
_MOST_DIGITS_TO_FACTOR = 100
# Of 1,000 random formulas no factored form with more generators was ever the shortest. A sum of
# x*sin(k*x) has two for each k: with 33 factoring takes 2 s, with 60 it takes 20 s.
_MOST_GENERATORS = 7
# All fractions are brought over one denominator first: 8 take 0.1 s, 12 take 0.4 s.
_MOST_DENOMINATORS = 4
# A longer number is written as it is typed, 1e+50; the reader takes 40 digits.
_READABLE = 10**20
_DIGITS_PER_BIT = 0.30103
# To find the shortest form the same few formulas are printed over and over; they are no more than
# these at a time.
_REMEMBERED = 64


def _choice(expr: Formula) -> tuple[Formula, ...] | None:
    return expr.args if expr.func.__name__ == "where" else None


class _Printer(StrPrinter):  # type: ignore[misc]  # SymPy has no types
    """SymPy's own printer of Python text, with our names and a person's order of terms."""

    def __init__(self, *, exp_is_call: bool) -> None:
        super().__init__()
        self._euler = "exp(1)" if exp_is_call else "e"

    def _print_Function(self, expr: Formula) -> str:
        name = expr.func.__name__
        if name in COMPARISONS:
            return f"{self._print(expr.args[0])} {COMPARISONS[name]} {self._print(expr.args[1])}"
        if name == "matmul":
            return " @ ".join(map(self._factor, expr.args))
        if name == "transpose":
            return f"{self.parenthesize(expr.args[0], PRECEDENCE['Func'], strict=True)}.T"
        if name == "where":
            way, conditions, (_, *branches) = joined(expr.args, _choice)
            joint = (" and ", " or ")[way].join(map(self._print, conditions))
            return f"where({', '.join([joint, *map(self._print, branches)])})"
        shown = [self._print(argument) for argument in expr.args]
        if name == "stack" and len(shown) > 1:
            return f"[{', '.join(shown)}]"
        if name == "pad" and expr.args[0].func.__name__ == "stack":
            # Of a single row, and elsewhere, the brackets would be as round ones.
            shown[0] = f"[{', '.join(map(self._print, expr.args[0].args))}]"
        if name in ("element", "part"):
            ends = shown[1] if name == "element" else f"{shown[1]}:{''.join(shown[2:])}"
            return f"{self.parenthesize(expr.args[0], PRECEDENCE['Func'], strict=True)}[{ends}]"
        row = ARRAYS.get(name)
        if row is not None and row.counts is None and row.operands < len(shown):
            shown[-1] = f"axis={shown[-1]}"
        return f"{_NAMES.get(name, name)}({', '.join(shown)})"

    _print_Abs = _print_Function

    def _factor(self, item: Formula) -> str:
        if item.is_Pow and item.exp.is_Rational and item.exp < 0:
            return f"({self._print(item)})"
        return self.parenthesize(item, PRECEDENCE["Mul"])

    def parenthesize(self, item: Formula, level: int, strict: bool = False) -> str:
        """`item` in brackets where it binds less than `level`; a matrix product but for sums."""
        if _is_product(item):
            return str(self._print(item)) if level == _IN_SUM else f"({self._print(item)})"
        return str(super().parenthesize(item, level, strict=strict))

    def _print_Mul(self, expr: Formula) -> str:
        # 2*A @ x, where a matrix product with anything but numbers needs a bracket.
        products = [factor for factor in expr.args if _is_product(factor)]
        if len(products) != 1:
            return str(super()._print_Mul(expr))
        number = sympy.Mul(*[factor for factor in expr.args if not _is_product(factor)])
        if not _is_count(number):
            return str(super()._print_Mul(expr))
        sign = "-" if number.could_extract_minus_sign() else ""
        above, below = (-number if sign else number).as_numer_denom()
        factor = (
            "" if above == 1 else self.parenthesize(above, PRECEDENCE["Mul"], strict=True) + "*"
        )
        divisor = "" if below == 1 else "/" + self.parenthesize(below, PRECEDENCE["Mul"])
        return f"{sign}{factor}{self._print(products[0])}{divisor}"

    def _print_Add(self, expr: Formula, order: str | None = None) -> str:
        # A person writes y**2 - x**4 rather than -x**4 + y**2.
        terms = self._as_ordered_terms(expr, order=order)
        first = next((t for t in terms if not t.could_extract_minus_sign()), terms[0])
        text = str(self._print(first))
        for term in (t for t in terms if t is not first):
            negative = term.could_extract_minus_sign()
            shown = self.parenthesize(-term if negative else term, _IN_SUM)
            text += f" {'-' if negative else '+'} {shown}"
        return text

    def _print_Pow(self, expr: Formula, rational: bool = False) -> str:
        if expr.exp.is_Rational and expr.exp < 0:
            return f"1/{self.parenthesize(1 / expr, PRECEDENCE['Mul'])}"
        return str(super()._print_Pow(expr, rational))

    def _print_Integer(self, expr: Formula) -> str:
        return number_text(Fraction(expr.p)) if abs(expr.p) > _READABLE else str(expr.p)

    def _print_Rational(self, expr: Formula) -> str:
        # 1/2 stays a fraction; 1e-130 is not read as one.
        if expr.q > _READABLE:
            return number_text(Fraction(expr.p, expr.q))
        return str(super()._print_Rational(expr))

    def _print_Exp1(self, expr: Formula) -> str:
        return self._euler


def real_symbols(names: Iterable[str]) -> dict[str, Formula]:
    """SymPy's symbols for these variables, which are real numbers."""
    return {name: sympy.Symbol(name, real=True) for name in names}


# The same claim is held against one formula after the other.
@lru_cache(maxsize=_REMEMBERED)
def form_of(expression: Expression) -> Formula:
    """An expression as SymPy writes it."""
    return expression(symbols(), **real_symbols(expression.variables))


def to_text(formula: Formula, variables: Collection[str] = ()) -> str:
    """`formula` as text that the reader reads back to the same thing.

    `variables` are the names in use: where `e` is one, Euler's number is written exp(1).
    Raises `LimitError` where it has numbers with more digits than Python prints.
    """
    try:
        return _printed(formula, "e" in variables or "E" in variables)
    except ValueError:
        raise LimitError(
            "the formula of the derivative has numbers of thousands of digits"
        ) from None


# The shortest of several forms is printed once more, and so is a formula that is its own steps'.
@lru_cache(maxsize=_REMEMBERED)
def _printed(formula: Formula, exp_is_call: bool) -> str:
    return str(_Printer(exp_is_call=exp_is_call).doprint(formula))


def _is_product(formula: Formula) -> bool:
    return bool(formula.func.__name__ == "matmul")


def _is_count(formula: Formula) -> bool:
    """Whether it is made of numbers, and of sizes that are not known."""
    atoms = formula.atoms(sympy.Symbol, AppliedUndef)
    return all(atom.is_Symbol and atom.is_integer for atom in atoms)


def is_real(formula: Formula) -> bool:
    """Whether SymPy's expression has no infinity and no imaginary unit in it."""
    return not formula.has(sympy.I, sympy.zoo, sympy.nan, sympy.oo, -sympy.oo)


def tidy(formula: Formula, *, least: int = _WORTH_TIDYING) -> Formula:
    """The shortest of a few equal forms of `formula`; unchanged below `least` operations.

    `simplify` would find shorter ones at times, but takes longer than everything else together, and
    changes forms that people recognise.
    """
    return tidied(formula, least=least)[0]


# A mark asks for the derivative, and to explain a mistake for that of the node it is made at.
@lru_cache(maxsize=_REMEMBERED)
def tidied(formula: Formula, *, least: int = _WORTH_TIDYING) -> tuple[Formula, str]:
    """What `tidy` gives, and in a word how it got there; no word where nothing changed."""
    if has_fewer_parts(formula, least):
        return formula, ""
    operations = formula.count_ops()
    if not least <= operations <= _TOO_LONG_TO_TIDY or not _is_of_low_degree(formula):
        return formula, ""
    candidates = {formula: "", sympy.factor_terms(formula): "take out common factors"}
    shortest = min(len(to_text(form)) for form in candidates)
    degrees, denominators = _degrees(formula), _denominators(formula)
    expanded = _expanded_terms(formula)
    most_terms = min(expanded, math.prod(degree + 1 for degree in degrees.values()))
    factored = (
        len(degrees) <= _MOST_GENERATORS
        and denominators <= _MOST_DENOMINATORS
        and most_terms <= _TOO_MANY_TERMS
        and _digits(formula) <= _MOST_DIGITS_TO_FACTOR
    )
    rewrites = [(sympy.factor, "factor")] if factored else []
    # Fractions stay apart in the sum that `expand` makes, so a degree bounds nothing.
    if _length_of_terms(expanded if denominators else most_terms) <= shortest:
        rewrites.append((sympy.expand, "multiply out"))
    for rewrite, name in rewrites:
        try:
            # Where several ways lead to a form, the last one says it best.
            candidates[rewrite(formula)] = name
        except (sympy.PolynomialError, NotImplementedError, ValueError):
            # A ValueError is of numbers too long to be printed, by which SymPy sorts.
            continue
    least = min(len(to_text(form)) for form in candidates)
    short = [form for form in candidates if len(to_text(form)) == least]
    found = min(short, key=lambda form: form.count_ops()) if len(short) > 1 else short[0]
    return found, "" if found == formula else candidates[found]


def has_fewer_parts(formula: Formula, count: int) -> bool:
    """Whether it has fewer parts than that, symbols and numbers too.

    Then it has fewer operations as well, but for a fraction or two. To count those SymPy adds up
    symbols, and to add it loads 20 ms of modules.
    """
    return len(list(islice(sympy.preorder_traversal(formula), count))) < count


def _length_of_terms(count: int) -> int:
    """How long a sum of so many terms is at least: `a + b`."""
    return 4 * count - 3


def _is_of_low_degree(formula: Formula) -> bool:
    """Whether exponents have small numbers only, also once they are multiplied out.

    To SymPy 1 + exp(x/1000) is a polynomial of degree 1000, exp((x + 4)^4) one of degree 256, and
    3**(10**9*x) a number to be raised.
    """
    powers = formula.atoms(sympy.Pow, sympy.exp)
    nested = any(power.exp.has(sympy.Pow) and not power.exp.free_symbols for power in powers)
    return not nested and all(_size(power.exp) <= _LARGEST_IN_EXPONENT for power in powers)


def _size(exponent: Formula) -> int:
    """A bound on the numbers in an exponent that is multiplied out."""
    if exponent.is_Rational:
        return max(abs(exponent.p), exponent.q)
    if exponent.is_Add:
        return sum(map(_size, exponent.args))
    if exponent.is_Mul:
        return math.prod(map(_size, exponent.args))
    if exponent.is_Pow and exponent.exp.is_Integer:
        power: int = _size(exponent.base) ** min(abs(int(exponent.exp)), _LARGEST_IN_EXPONENT)
        return power
    return 1


def _degrees(formula: Formula) -> Counter[Formula]:
    """A bound on the degree of the expanded formula in each thing that is no sum or product."""
    if formula.is_Number:
        return Counter()
    if formula.is_Add or formula.is_Mul:
        found: Counter[Formula] = Counter()
        for part in map(_degrees, formula.args):
            found = found | part if formula.is_Add else found + part
        return found
    if formula.is_Pow and formula.exp.is_Integer:
        power = abs(int(formula.exp))
        return Counter({base: power * n for base, n in _degrees(formula.base).items()})
    return Counter({formula: 1})


def _denominators(formula: Formula) -> int:
    """How many different sums are divided by."""
    powers = formula.atoms(sympy.Pow)
    return len({p.base for p in powers if p.base.is_Add and p.exp.could_extract_minus_sign()})


def _digits(formula: Formula) -> float:
    """About how many digits the longest coefficient of the expanded formula has."""
    numbers = [abs(number) for number in formula.atoms(sympy.Rational)]
    longest = max((max(number.p, number.q).bit_length() for number in numbers), default=0)
    return longest * _DIGITS_PER_BIT * max(_degrees(formula).values(), default=1)


def _expanded_terms(formula: Formula) -> int:
    """A bound on the number of terms once all products are multiplied out."""
    if formula.is_Add:
        return sum(map(_expanded_terms, formula.args))
    if formula.is_Mul:
        return math.prod(map(_expanded_terms, formula.args))
    if formula.is_Pow and formula.exp.is_Integer:
        terms, power = _expanded_terms(formula.base), abs(int(formula.exp))
        return math.comb(power + terms - 1, power) if terms > 1 else power
    return max(map(_expanded_terms, formula.args), default=1)
