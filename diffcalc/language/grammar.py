"""Text to `Expression`: a small checked reader. No user text ever reaches an evaluator.

It reads SymPy's and Python's notation, and what people type: `^`, `3x`, `2sin(x)`, `(x+1)(x-1)`,
`x²`, `√x`, `|x|`, Greek letters. It never guesses: where two readings are in use (`1/2x`, `sin x`,
`xy`) it says so and how to write either. Recursion is bounded by `MAX_NESTING`.
"""

import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from fractions import Fraction
from functools import cache, partial
from itertools import count

from diffcalc.base.errors import DiffcalcError, ReadError
from diffcalc.language import spellings
from diffcalc.language.array_calls import ARRAY_CALLS, ArrayCalls
from diffcalc.language.array_operations import (
    ARRAYS,
    OPERATIONS,
)
from diffcalc.language.bars import WORDS
from diffcalc.language.bounds import (
    MAX_NESTING,
    MAX_NESTING_PRINTED,
    MAX_TERMS,
    check_literal,
)
from diffcalc.language.cases import CALLS
from diffcalc.language.expression import Expression
from diffcalc.language.hints import settle
from diffcalc.language.nested import Derive
from diffcalc.language.operations import CONSTANTS, FUNCTIONS
from diffcalc.language.refusals import Lookup
from diffcalc.language.spellings import NAMES as SPELLED
from diffcalc.language.tokens import BRACKETS, GREEK_NAMES, ROOTS, Token

_OPERATORS = {row.sign: name for name, row in OPERATIONS.items() if row.sign}
# polygamma(n, x) has the factor n!, and 171! is beyond a float64; each derivative adds 1 to n.
_HIGHEST_ORDER = 100
# As many mistakes are in one formula.
_MOST_HINTS = 6
# Of the reader within one another for each level: 11 for a function, 14 for cases in cases. Python
# allows 1,000 in all, which is enough for a text with so few brackets.
_CALLS = 16
_SHALLOW = 40


def read(
    text: str,
    *,
    declared: Collection[str] = (),
    lookup: Lookup = lambda name: None,
    checked: bool = True,
    hints: int = _MOST_HINTS,
    derive: Derive | None = None,
    is_any: Callable[[str], bool] | None = None,
) -> Expression:
    """The expression that `text` says.

    `declared` are the names the user has given as variables: they may be any word, and `e` among
    them is a variable. `lookup` finds named functions. `checked=False` drops the bounds on size,
    for text that diffcalc printed itself. `hints` is how many refusals of what a hint offers are
    followed in turn. `derive` makes a formula of a derivative within a formula. `is_any` says of a
    letter that is called whether it stands for any function.

    Raises `ReadError` with a column and, where there is one, a hint; `LimitError` where the text
    is larger than can be worked out.
    """
    try:
        with _room(text):
            reader = _Reader(text, frozenset(declared), lookup, checked)
            reader.derive = derive
            reader.is_any = is_any
            return reader.expression()
    except DiffcalcError as error:
        if error.text is None:
            error.text = text
        if hints and isinstance(error, ReadError):
            again = partial(
                read,
                declared=declared,
                lookup=lookup,
                hints=hints - 1,
                derive=derive,
                is_any=is_any,
            )
            settle(error, again)
        raise


@contextmanager
def _room(text: str) -> Iterator[None]:
    """Lets calls go as deep into one another as a deep text needs, whoever has it read."""
    before = sys.getrecursionlimit()
    deep = sum(map(text.count, "([{|⌊⌈")) > _SHALLOW
    try:
        sys.setrecursionlimit(before + deep * _CALLS * MAX_NESTING_PRINTED)
        yield
    finally:
        sys.setrecursionlimit(before)


@cache
def _formula(name: str, count: int) -> Expression:
    return read(spellings.formula(name, count))


class _Reader(ArrayCalls):
    def __init__(self, text: str, declared: frozenset[str], lookup: Lookup, checked: bool) -> None:
        super().__init__(text, declared, lookup, checked)
        # What stands in no brackets is not deep.
        self._depth = -1
        self._deepest = MAX_NESTING if checked else MAX_NESTING_PRINTED

    def _add(self, at: Token, operation: str, *operands: int) -> int:
        if operation == "matmul" and self._checked:
            self._refuse_inverse(at, operands)
        with self._standing_at(at):
            return self._builder.add(operation, *operands)

    # -- the grammar -----------------------------------------------------------------------------

    def expression(self) -> Expression:
        """The whole text."""
        if self._token.kind == "end":
            raise ReadError("the expression is empty")
        self._refuse_other_notations()
        result = self._whole_name()
        if result is None:
            result = self._whole()
            self._refuse_counting_from_one()
        if self._token.kind != "end":
            raise self._leftover()
        found = self._builder.finish(result, self._text)
        self._refuse_indices(found)
        return found

    def _sum(self) -> int:
        self._depth += 1
        if self._depth > self._deepest:
            raise self._error_of_size(f"nested more than {self._deepest} deep", self._token)
        result = self._term()
        for terms in count(2):
            if not self._is("+", "-"):
                break
            operator = self._take()
            if self._checked and terms > MAX_TERMS:
                raise self._error_of_size(f"a sum of more than {MAX_TERMS:,} terms", operator)
            result = self._add(operator, _OPERATORS[operator.text], result, self._term())
        self._depth -= 1
        return result

    def _term(self) -> int:
        first = self._at
        result = self._signed()
        divided: Token | None = None
        while True:
            if self._is("*", "/", "@"):
                operator = self._take()
                if operator.text != "*":
                    divided = operator
                result = self._add(operator, _OPERATORS[operator.text], result, self._signed())
            elif self._starts_a_factor():
                self._refuse_ambiguous_product(first, divided)
                times, product = self._token, self._product()
                result = self._add(times, product, result, self._power())
                if product == "matmul":
                    self._matrix_ends = self._at
            else:
                return result

    def _product(self) -> str:
        """The product of two factors without a sign: of matrices behind x^T, and of A x in a norm.

        Elsewhere it is by elements.
        """
        before = self._tokens[self._at - 1]
        matrix = before.kind == "name" and len(before.text) == 1 and before.text.isupper()
        in_norm = self._norms and matrix and self._token.kind == "name"
        of_array = matrix and self._is("[")
        return "matmul" if in_norm or of_array or self._matrix_ends == self._at else "mul"

    def _signed(self) -> int:
        signs: list[Token] = []
        while self._is("+", "-"):
            signs.append(self._take())
            if len(signs) > self._deepest:
                raise self._error_of_size(f"more than {self._deepest} signs in a row", signs[-1])
        result = self._power()
        for sign in reversed(signs):
            if sign.text == "-":
                result = self._add(sign, "neg", result)
        return result

    def _power(self) -> int:
        first = self._at
        base = self._postfixed()
        if self._token.kind == "superscript":
            sign = self._take()
            if self._is("**") or self._token.kind == "superscript":
                raise self._power_of_power(first)
            self._refuse_unclear_root(first, sign)
            return self._raise(base, sign, self._number(sign))
        if not self._is("**"):
            return base
        operator = self._take()
        if self._token.text == "T" and "T" not in self._declared:
            sign = self._take()
            if not self._starts_a_factor():
                problem = "a transpose or a power"
                raise self._error(problem, sign, hint="write A.T, or give T a value")
            self._matrix_ends = self._at
            return self._add(operator, "transpose", base)
        self._refuse_unclear_root(first)
        self._depth += 1
        if self._depth > self._deepest:
            raise self._error(f"powers nested more than {self._deepest} deep", operator)
        exponent = self._signed()
        self._depth -= 1
        return self._raise(base, operator, exponent)

    def _postfixed(self) -> int:
        """A primary with what stands directly behind it: A.T, n!, 30°."""
        base = self._primary()
        while self._is(".T", "!", "°", ".") or self._opens_index():
            sign = self._take()
            if sign.text == ".":
                base = self._method(base)
            elif sign.text == ".T":
                base = self._add(sign, "transpose", base)
                self._matrix_ends = self._at
            elif sign.text == "[":
                base = self._element(base, sign)
            elif sign.text == "!":
                if self._is("!"):
                    raise self._error("a factorial of a factorial, or a double one", sign)
                base = self._spelled(sign, "factorial", [base])
            else:
                half_turn = self._leaf("number", Fraction(180))
                turned = self._add(sign, "mul", self._leaf("constant", "pi"), base)
                base = self._add(sign, "div", turned, half_turn)
        return base

    def _method(self, base: int) -> int:
        """x.sum(), A.dot(x): a function of what stands before, and of the arguments."""
        token = self._take()
        name = self._function_name(token)
        self._take()
        arguments = [base]
        if not self._is(")"):
            self._at -= 1
            arguments += self._arguments(token)
        else:
            self._axis, self._keeps_axis = None, False
            self._take()
        if name in ARRAY_CALLS:
            return self._of_arrays(token, name, arguments)
        function = FUNCTIONS.get(name)
        if function is None or self._axis is not None or name == "polygamma":
            raise self._error(f"the method `{token.text}` is not read", token)
        self._check_arity(token, function.arity, len(arguments))
        return self._add(token, name, *arguments)

    def _raise(self, base: int, operator: Token, exponent: int) -> int:
        node = self._builder.nodes[base]
        if node.operation == "constant" and node.content == "e":
            return self._add(operator, "exp", exponent)
        return self._add(operator, "pow", base, exponent)

    def _primary(self) -> int:
        token = self._token
        if token.kind == "number":
            return self._number(self._take())
        if token.kind == "name":
            return self._name(self._take())
        if self._is(*BRACKETS):
            opens = self._take()
            return self._bracketed(opens) if opens.text in "([" else self._rounded(opens)
        if token.kind == "opening":
            return self._modulus(self._take())
        if self._is(*ROOTS):
            return self._root(self._take())
        if token.kind == "superscript" and self._tokens[self._at + 1].text == "√":
            self._take()
            return self._root(self._take(), token)
        if self._is("<") and self._checked:
            return self._inner_product()
        raise self._no_operand()

    def _inner_product(self) -> int:
        """<x, y>."""
        start, opening = self._at, self._take()
        if self._token.kind != "end":
            left = self._sum()
            if self._is(","):
                self._take()
                right = self._sum()
                if not self._is(">"):
                    raise self._unclosed(opening)
                self._take()
                return self._add(opening, "matmul", left, right)
        self._at = start
        raise self._no_operand()

    def _number(self, token: Token) -> int:
        if self._checked:
            with self._standing_at(token):
                check_literal(token.text)
        value = Fraction(token.text)
        if "/" in token.text:
            above, below = (self._leaf("number", Fraction(n)) for n in token.text.split("/"))
            return self._add(token, "div", above, below)
        if self._suffixed(token):
            return self._suffixed_number(token)
        following = self._token
        behind = self._tokens[min(self._at + 1, len(self._tokens) - 1)]
        raised = behind.text == "**" or behind.kind == "superscript"
        half = following.text in {"e", "E"} - self._declared and not following.spaced
        if half and not raised:
            raise self._error(
                f"`{token.text}{following.text}` is half a number",
                token,
                hint=f"write {token.text}*e, or 1e5 for a power of ten",
            )
        self._refuse_other_numbers(token)
        if value < 0:
            # Only a superscript is negative: x⁻¹ is x**(-1), a sign and a number.
            return self._add(token, "neg", self._leaf("number", -value))
        return self._leaf("number", value)

    def _suffixed_number(self, token: Token) -> int:
        """2.0f of C, and 2.5D-3 of Fortran."""
        suffix = self._take()
        if suffix.text == "f":
            return self._leaf("number", Fraction(token.text))
        sign, digits = self._take(), self._take()
        return self._number(token._replace(text=f"{token.text}e{sign.text}{digits.text}"))

    def _leaf(self, operation: str, content: Fraction | str) -> int:
        return self._builder.add(operation, content=content)

    def _bracketed(self, opening: Token) -> int:
        closing = BRACKETS[opening.text]
        if self._is(closing):
            raise self._error("empty brackets", opening)
        result = self._listed(opening) if closing == "]" else self._value()
        if not self._is(closing):
            raise self._unclosed(opening)
        self._take()
        inside = self._builder.nodes[result]
        if inside.operation == "stack" == self._builder.nodes[inside.operands[0]].operation:
            self._matrix_ends = self._at
        return result

    def _rounded(self, opening: Token) -> int:
        """⌊x⌋, ⌈x⌉, and ⌊x⌉ for the nearest integer."""
        argument = self._sum()
        if not self._is("⌋", "⌉"):
            raise self._unclosed(opening)
        closing = self._take()
        if (opening.text, closing.text) == ("⌈", "⌋"):
            raise self._error("these brackets are no pair", opening)
        if BRACKETS[opening.text] != closing.text:
            return self._spelled(opening, "round", [argument])
        return self._add(opening, "floor" if opening.text == "⌊" else "ceil", argument)

    def _modulus(self, opening: Token) -> int:
        self._norms += opening.text == "‖"
        result = self._sum()
        self._norms -= opening.text == "‖"
        if self._token.kind != "closing":
            raise self._unclosed(opening, "bar")
        self._take()
        return self._add(opening, WORDS[opening.text], result)

    def _root(self, sign: Token, index: Token | None = None) -> int:
        """√x, ∛x, ⁴√x; its radicand is what stands in brackets, or one number or name."""
        bracket = self._is(*BRACKETS)
        start = self._at
        if self._is("-"):
            raise self._root_of_negative(sign)
        argument = self._postfixed()
        if not bracket and self._starts_a_factor() and not self._is(*ROOTS):
            factor = self._cut(self._at, self._factor_end(self._at))
            inner = self._cut(start, self._at)
            raise self._asked(
                "where does the root end",
                sign,
                (sign.column, self._column_behind(self._factor_end(self._at))),
                f"{sign.text}({inner}*{factor})",
                f"{sign.text}({inner})*{factor}",
            )
        degree = int(index.text) if index else ROOTS[sign.text]
        return self._nth_root(sign, argument, degree)

    def _nth_root(self, at: Token, argument: int, degree: int) -> int:
        """The real root as at school: of odd degree, that of a negative number is negative."""
        if degree < 1:
            raise self._error("the degree of a root must be 1, 2, 3, …", at)
        if degree in (2, 3):
            return self._add(at, "sqrt" if degree == 2 else "cbrt", argument)
        one, index = (self._leaf("number", Fraction(n)) for n in (1, degree))
        exponent = self._add(at, "div", one, index)
        if degree % 2 == 0:
            return self._add(at, "pow", argument, exponent)
        size = self._add(at, "pow", self._add(at, "abs", argument), exponent)
        return self._add(at, "mul", self._add(at, "sign", argument), size)

    # -- names -----------------------------------------------------------------------------------

    def _whole_name(self) -> int | None:
        """A text that is nothing but a named function's name: the function of its parameters."""
        token = self._token
        if token.kind != "name" or self._tokens[self._at + 1].kind != "end":
            return None
        if token.text in self._declared or token.text in self._parts:
            return None
        definition = self._lookup(token.text)
        if definition is None:
            return None
        self._take()
        return self._spliced(definition.expression)

    def _spliced(self, formula: Expression) -> int:
        """A formula of its own variables."""
        leaves = {name: self._leaf("variable", name) for name in formula.variables}
        return self._builder.splice(formula, leaves)

    def _part(self, token: Token) -> int:
        """A part of the formula by its name: it stands where a variable does."""
        if self._is("("):
            raise self._not_called(f"`{token.text}` is a variable", token)
        return self._spliced(self._parts[token.text])

    def _name(self, token: Token) -> int:
        name = token.text
        if self._is_derivative(token):
            return self._derivative(token)
        known = name in FUNCTIONS or name in ARRAYS or name in CALLS
        if name in self._parts:
            return self._part(token)
        factor = not known and self._is_factor(token)
        if self._opens_call(token) and not factor and (known or name not in self._declared):
            return self._call(token)
        if name in self._declared:
            if self._is("(") and not factor:
                raise self._not_called(f"`{name}` is a variable", token)
            return self._leaf("variable", name)
        if name in CONSTANTS or name in ("E", "PI"):
            return self._leaf("constant", name.lower())
        if name in SPELLED and 0 in spellings.counts(name):
            return self._spelled(token, name, [])
        if name not in GREEK_NAMES:
            if self._takes_bare_argument(token):
                return self._applied(token)
            self._refuse_bare_function(token)
        self._refuse_unclear_name(token)
        return self._leaf("variable", name)

    def _call(self, token: Token) -> int:
        name = self._function_name(token)
        if self._stands_for_any(token):
            return self._add(token, token.text, self._one_argument(token))
        if name in CALLS:
            return self._case_call(token, name)
        if name in {"log", *spellings.ROOTS}:
            return self._with_parameter(token, name)
        if name.startswith("log_"):
            return self._logarithm(token, self._one_argument(token), self._base(token))
        if name in ARRAY_CALLS:
            return self._array_call(token, name)
        return self._call_of_numbers(token, name)

    def _call_of_numbers(self, token: Token, name: str) -> int:
        function = FUNCTIONS.get(name)
        definition = None if function else self._lookup(name)
        if function is None and definition is None and name not in SPELLED:
            raise self._unknown_function(token)
        arguments = self._arguments(token)
        if self._axis is not None and name in spellings.ALONG and len(arguments) == 1:
            return self._spelled_along(token, name, arguments[0])
        if self._axis is not None:
            raise self._error(f"`{token.text}` takes no axis", token)
        if function is not None:
            self._check_arity(token, function.arity, len(arguments))
            self._check_order(token, name, arguments)
            return self._add(token, name, *arguments)
        if definition is None:
            return self._spelled(token, name, arguments)
        self._check_arity(token, len(definition.parameters), len(arguments))
        with self._standing_at(token):
            values = dict(zip(definition.parameters, arguments, strict=True))
            return self._builder.splice(definition.expression, values)

    def _spelled(self, token: Token, name: str, arguments: list[int]) -> int:
        """A function that is short for a formula."""
        counts = spellings.counts(name)
        if len(arguments) not in counts:
            self._check_arity(token, counts[0], len(arguments))
        with self._standing_at(token):
            formula = _formula(name, len(arguments))
            return self._builder.splice(formula, dict(zip("uvw", arguments, strict=False)))

    def _spelled_along(self, token: Token, name: str, argument: int) -> int:
        kept = ", keepdims=True" * self._keeps_axis
        with self._standing_at(token):
            text = spellings.ALONG[name].format(axis=f", axis={self._axis}", kept=kept)
            return self._builder.splice(read(text), {"u": argument})

    def _one_argument(self, token: Token) -> int:
        arguments = self._arguments(token)
        if self._axis is not None:
            raise self._error(f"`{token.text}` takes no axis", token)
        self._check_arity(token, 1, len(arguments))
        return arguments[0]

    def _with_parameter(self, token: Token, name: str) -> int:
        """`log(x, 10)` and `root(x, 4)`: what stands behind the comma is no operand as others."""
        opening = self._token
        arguments = self._arguments(token)
        if self._axis is not None:
            raise self._error(f"`{token.text}` takes no axis", token)
        if name == "log":
            if len(arguments) == 1:
                return self._add(token, name, *arguments)
            self._check_arity(token, 2, len(arguments))
            if opening.text == "[":
                raise self._error(
                    "the base stands first or last", token, hint="write log(x, b), b the base"
                )
            return self._logarithm(token, *arguments)
        self._check_arity(token, 2, len(arguments))
        index = self._builder.nodes[arguments[1]].content
        if not isinstance(index, Fraction) or index.denominator > 1 or index < 1:
            raise self._error(
                f"`{token.text}` takes the degree last, a whole number",
                token,
                hint=f"write {token.text}(x, 4), or x^(1/n)",
            )
        return self._nth_root(token, arguments[0], int(index))

    def _base(self, token: Token) -> int:
        """The base in the name of log_2 or log_b."""
        text = token.text.partition("_")[2]
        if text.isdecimal():
            return self._number(token._replace(kind="number", text=text))
        if text in CONSTANTS and text not in self._declared:
            return self._leaf("constant", text)
        if len(text) > 1 and text not in GREEK_NAMES | self._declared:
            raise self._error(f"`{text}` is no base of a logarithm", token)
        return self._leaf("variable", text)

    def _logarithm(self, token: Token, argument: int, base: int) -> int:
        number = self._builder.nodes[base].content
        if number in (2, 10):
            return self._add(token, f"log{number}", argument)
        below = self._add(token, "log", base)
        return self._add(token, "div", self._add(token, "log", argument), below)

    # -- functions without brackets ----------------------------------------------------------------

    def _applied(self, token: Token) -> int:
        """The function of what stands behind: sin x, sin 2x; sin^2 x is the power of the whole."""
        sign = self._token
        power = self._power_of_function(token)
        if self._opens_call(token):
            result = self._call(token)
            if power is not None and (self._is("**") or self._token.kind == "superscript"):
                raise self._error("a power of a power", hint="use brackets")
        else:
            result = self._of_bare_argument(token)
        return result if power is None else self._raise(result, sign, power)

    def _power_of_function(self, token: Token) -> int | None:
        """The 2 of sin^2 x; None where there is none. sin^-1 is refused: it may be either."""
        sign = self._token
        if sign.kind == "superscript":
            self._take()
            if sign.text.startswith("-"):
                raise self._inverse_or_power(token, sign.text, self._at)
            return self._number(sign)
        if not self._is("**"):
            return None
        self._take()
        if self._is("-"):
            behind = self._at + 2
            raise self._inverse_or_power(token, self._cut(self._at, behind), behind)
        exponent = self._token
        if exponent.kind == "number":
            return self._number(self._take())
        if exponent.kind == "name" and len(exponent.text) == 1:
            return self._leaf("variable", self._take().text)
        if self._is("("):
            if self._tokens[self._at + 1].text == "-":
                end = self._factor_end(self._at)
                power = "".join(t.text for t in self._tokens[self._at + 1 : end - 1])
                raise self._inverse_or_power(token, power, end)
            return self._bracketed(self._take())
        raise self._error(f"a power of the function `{token.text}` itself", token)

    def _of_bare_argument(self, token: Token) -> int:
        """The function of numbers and one name, a root or bars: 2x, πx, ln x, |x|, √x."""
        start, result = self._at, None
        while True:
            factor = self._token
            inner = factor.kind == "name" and self._is_function(factor)
            if inner and result is not None:
                break
            if not (factor.kind in ("name", "number", "opening") or self._is(*ROOTS, "⌊", "⌈")):
                break
            value = self._postfixed()
            result = value if result is None else self._add(factor, "mul", result, value)
            if not (factor.kind == "number" or factor.text == "pi") or inner:
                break
        if result is None:
            raise self._needs_argument(token)
        self._refuse_unclear_argument(token, start)
        if token.text.startswith("log_"):
            return self._logarithm(token, result, self._base(token))
        return self._add(token, self._function_name(token), result)

    def _check_order(self, token: Token, name: str, arguments: list[int]) -> None:
        # Its derivatives, which diffcalc prints, have higher ones.
        if name != "polygamma" or not self._checked:
            return
        order = self._builder.nodes[arguments[0]]
        if order.operation != "number" or order.content not in range(_HIGHEST_ORDER + 1):
            raise self._error(f"the order of polygamma must be 0, 1, … {_HIGHEST_ORDER}", token)
