"""The verdict from series: what the leading terms on both sides of a point say of a derivative."""

from collections.abc import Callable, Mapping

from diffcalc.truth.ball import Ball, Undecided
from diffcalc.truth.findings import NOT_TOLD, Kind, Proof, Side
from diffcalc.truth.germs import Germs
from diffcalc.truth.monomials import INVERSE
from diffcalc.truth.numbers import Number
from diffcalc.truth.series import Limit, Series, TooShort

Sides = Mapping[int, Series | None]
"""A function's series to the left, -1, and to the right, 1; None where it has no value."""
Limits = Mapping[int, Limit | None]


class Judge:
    """Turns series into proofs; `enclosed` gives the digits of a constant.

    There are no longer series than those of the `last` judge.
    """

    def __init__(self, germs: Germs, enclosed: Callable[[Number], Ball], *, last: bool) -> None:
        self._last = last
        self._germs = germs
        self._constants = germs.constants
        self._enclosed = enclosed

    def defined(self, value: Number, series: Sides, order: int, first: int = 1) -> Proof:
        """The proof for a function with this value that is these series beside the point."""
        for of in range(first, order + 1):
            limits = {side: self._quotient(value, series[side], side) for side in (-1, 1)}
            kind = self._kind(limits, value, series)
            if kind != "differentiable" or of == order:
                return self._told(kind, limits, of)._replace(value=self._enclosed(value))
            assert limits[1] is not None
            value = limits[1].value
            series = {side: self._derived(each, side) for side, each in series.items()}
        raise AssertionError

    def slope(self, value: Number, series: Sides) -> Number:
        """The derivative itself; raises `Undecided` where there is none."""
        limits = {side: self._quotient(value, series[side], side) for side in (-1, 1)}
        right = limits[1]
        if right is None or self._kind(limits, value, series) != "differentiable":
            raise Undecided("slope")
        found: Number = right.value
        return found

    def _derived(self, series: Series | None, side: int) -> Series | None:
        if series is None:
            return None
        return self._germs.scale(self._germs.derivative(series), Number(rational=side))

    def _quotient(self, value: Number, series: Series | None, side: int) -> Limit | None:
        if series is None:
            return None
        germs = self._germs
        change = germs.sub(series, germs.of(value))
        return germs.limit(germs.scale(change, Number(rational=side), INVERSE))

    def _kind(self, limits: Limits, value: Number, series: Sides) -> Kind:
        sides = [limits[-1], limits[1]]
        behaviours = {"outside" if each is None else each.behaviour for each in sides}
        if "unsettled" in behaviours:
            return "oscillation"
        for side in (-1, 1):
            limit, each = limits[side], series[side]
            if limit is not None and limit.behaviour == "infinite" and each is not None:
                change = self._germs.sub(each, self._germs.of(value))
                near = self._germs.limit(change)
                if near.behaviour != "finite" or self._constants.sign(near.value):
                    return "jump"
        if None in sides:
            return "edge"
        left, right = limits[-1], limits[1]
        assert left is not None
        assert right is not None
        if behaviours == {"finite"}:
            return "differentiable" if self._same(left, right) else "corner"
        if behaviours == {"infinite"} and left.side != right.side:
            return "cusp"
        return "vertical tangent"

    def _same(self, left: Limit, right: Limit) -> bool:
        return self._constants.sign(self._constants.sub(left.value, right.value)) == 0

    def beside(self, series: Series | None, still: Number) -> Side:
        """What the function itself does on one side; `still` is to be added to its series."""
        if series is None:
            return self._side(None)
        return self._side(self._germs.limit(self._germs.add(series, self._germs.of(still))))

    def undefined(self, series: Sides, still: Number) -> Proof:
        """The proof for a function without a value there; `still` is to be added to its series."""
        rest = self._germs.of(still)
        series = {
            side: None if each is None else self._germs.add(each, rest)
            for side, each in series.items()
        }
        limits = {
            side: None if each is None else self._germs.limit(each) for side, each in series.items()
        }
        left, right = limits[-1], limits[1]
        behaviours = {"outside" if each is None else each.behaviour for each in (left, right)}
        if behaviours == {"outside"}:
            return self._told("outside", limits, 1)
        if "infinite" in behaviours:
            return self._told("pole", limits, 1)
        if "unsettled" in behaviours:
            return self._told("oscillation", limits, 1)
        if left is None or right is None:
            return self._told("edge", limits, 1)
        if not self._same(left, right):
            return self._told("jump", limits, 1)
        found = self._told("removable", limits, 1)
        extension = None
        try:
            extension = self.defined(left.value, series, 1)
        except Undecided as problem:
            if isinstance(problem, TooShort) and not self._last:
                raise
            extension = NOT_TOLD
        return found._replace(limit=self._enclosed(left.value), extension=extension)

    # -- as enclosures -----------------------------------------------------------------------------

    def _told(self, kind: Kind, limits: Limits, of: int) -> Proof:
        left, right = (self._side(limits[side]) for side in (-1, 1))
        derivative = right.value if kind == "differentiable" else None
        return Proof(kind, "proved", left, right, derivative, of=of)

    def _side(self, limit: Limit | None) -> Side:
        if limit is None:
            return Side("outside")
        leading = None if limit.leading is None else limit.leading.monomial
        if limit.behaviour == "finite":
            return Side("finite", self._enclosed(limit.value), 0, leading)
        if limit.behaviour == "infinite":
            return Side("infinite", None, limit.side, leading)
        return Side("unsettled")
