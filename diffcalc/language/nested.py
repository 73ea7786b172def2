"""Derivatives within a formula: `f'(x)`, `d/dx(x^2)`, `diff(x^2, x, 2)`, each the formula it is.

The reader has no rules: whoever reads gives `derive`, and without it there are no derivatives.
"""

from abc import abstractmethod
from collections.abc import Callable
from fractions import Fraction

from diffcalc.base.errors import ReadError
from diffcalc.language.cases import Cases
from diffcalc.language.expression import Expression
from diffcalc.language.operations import ANY, CONSTANTS, FUNCTIONS
from diffcalc.language.tokens import GREEK_NAMES, Token

Derive = Callable[[Expression, str, int], Expression]
"""The derivative of a formula in a variable, so many times."""

# What letters stand for functions, whatever they are called with; others where it is one name.
_FUNCTIONS = "fghuvwFGHUVW"
_CALLS = {"diff", "D", "Diff", "deriv", "derivative", "Derivative"}


class Nested(Cases):
    """The part of the reader that reads derivatives."""

    derive: Derive | None = None
    is_any: Callable[[str], bool] | None = None
    """Whether a letter that is called stands for any function; in text that diffcalc printed, all
    that are not defined do."""

    @abstractmethod
    def _arguments(self, token: Token) -> list[int]:
        """What stands in brackets, as nodes."""

    @abstractmethod
    def _one_argument(self, token: Token) -> int:
        """The same, which has to be one."""

    @abstractmethod
    def _leaf(self, operation: str, content: Fraction | str) -> int:
        """A new number or variable."""

    def _is_derivative(self, token: Token) -> bool:
        """Whether a derivative begins with this name."""
        if self._token.kind == "prime":
            return True
        if token.text in self._declared:
            return False
        if token.text == "d" and self._is("/"):
            below = self._tokens[self._at + 1]
            one = len(below.text) == 2 or below.text[1:] in GREEK_NAMES
            return below.kind == "name" and below.text[0] == "d" and one
        if token.text not in _CALLS or not self._is("("):
            return False
        return any(t.text == "," for t in self._tokens[self._at : self._factor_end(self._at)])

    def _derivative(self, token: Token) -> int:
        """The derivative that begins with this name, as a formula."""
        if self._token.kind == "prime":
            return self._primed(token)
        if self._is("/"):
            self._take()
            places = [self._leaf("variable", self._take().text[1:])]
            if not self._is("("):
                raise self._open_derivative(token)
            whole = self._one_argument(token)
        else:
            whole, *places = self._arguments(token)
        variable, order = self._places(token, places)
        found = self._derived(token, self._builder.finish(whole, ""), variable, order)
        return self._builder.splice(found, {n: self._leaf("variable", n) for n in found.variables})

    def _derived(self, at: Token, function: Expression, variable: str, order: int) -> Expression:
        if self.derive is None:
            raise self._error("a derivative is not part of the expression", at)
        with self._standing_at(at):
            return self.derive(function, variable, order)

    def _primed(self, token: Token) -> int:
        """f''(x) of a named function, and of those of the language."""
        primes = self._take().text
        if self._stands_for_any(token):
            name = token.text + "'" * (2 if primes == "″" else len(primes))
            return self._builder.add(name, self._one_argument(token))
        row, definition = FUNCTIONS.get(self._function_name(token)), self._lookup(token.text)
        if definition is not None and len(definition.parameters) == 1:
            (parameter,), function = definition.parameters, definition.expression
        elif row is not None and row.arity == 1:
            parameter = "u"
            applied = self._builder.add(row.name, self._leaf("variable", parameter))
            function = self._builder.finish(applied, "")
        else:
            problem = f"`{token.text}` is no named function of one variable"
            raise self._error(problem, token, f"define {token.text} first")
        argument = self._one_argument(token)
        order = 2 if primes == "″" else len(primes)
        found = self._derived(token, function, parameter, order)
        return self._builder.splice(found, {parameter: argument})

    def _stands_for_any(self, token: Token) -> bool:
        """Whether this is the f of f(x), any function, and not one that is known."""
        name = token.text
        if name in self._declared or name in CONSTANTS or not ANY.fullmatch(name):
            return False
        if not self._checked:
            # d(A @ x) is a differential.
            return name != "d" and self._lookup(name) is None
        # a(x + 1) is a product rather, but a(x) is none.
        inside = self._tokens[self._at + 1 : self._at + 3]
        alone = [token.kind for token in inside] == ["name", "symbol"] and inside[1].text == ")"
        letter = name[0] in _FUNCTIONS or alone or self._token.kind == "prime"
        return letter and self.is_any is not None and self.is_any(name)

    def _places(self, token: Token, places: list[int]) -> tuple[str, int]:
        """The variable and the order: of diff(f, x), diff(f, x, 2) and diff(f, x, x)."""
        contents = [self._builder.nodes[place].content for place in places]
        name, *further = contents or [None]
        if len(further) == 1 and isinstance(further[0], Fraction):
            order = further[0]
        else:
            order = Fraction(len(contents) if set(contents) == {name} else 0)
        is_name = bool(places) and self._builder.nodes[places[0]].operation == "variable"
        if not is_name or order.denominator > 1 or order < 1:
            problem = f"`{token.text}` takes a formula, its variable, and how often"
            raise self._error(problem, token)
        return str(name), int(order)

    def _open_derivative(self, token: Token) -> ReadError:
        """The error of d/dx x^2 + 1, at what stands behind d/dx."""
        start, end = self._at, self._factor_end(self._at)
        far = self._far_end(end)
        head, term = self._cut(self._tokens.index(token), start).strip(), self._cut(start, end)
        rest = self._cut(end, far)
        place = (token.column, self._column_behind(far))
        readings = [f"{head}({term}{rest})", f"{head}({term}){rest}"][: 1 + bool(rest)]
        return self._asked("it is not clear what the derivative is of", token, place, *readings)
