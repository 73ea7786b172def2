"""A script of theorems about the derivatives of a comparison, each with its proof, for Coq.

Every theorem stands beside what was typed. What is not proved there is listed with the reason.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from fractions import Fraction
from functools import cached_property
from importlib.resources import files

import numpy as np

from diffcalc.base.errors import EmitError, printable
from diffcalc.codegen.body import fresh
from diffcalc.codegen.certificates import sides, terms
from diffcalc.codegen.certificates.sides import sign
from diffcalc.comparison.compare import Comparison
from diffcalc.comparison.partial_derivatives import Quotients
from diffcalc.language.expression import Expression
from diffcalc.language.operations import ELEMENTARY
from diffcalc.language.point import Values
from diffcalc.numerical.definition import Truth
from diffcalc.truth.program import Leaf, Program, program_of

# A float64 holds 17 digits; the last may be rounded.
_DIGITS = 17
# Where the exact number is not a rational one, its own decimals cannot be both ends.
_SLACK = Decimal("1e-20")
# Interval's numbers reach further, but not where 1 is beside them.
_LARGEST_EXPONENT = 250
_PLAIN = re.compile(r"[a-z]")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

_HEADER = """\
(* Derivatives, proved. Written by diffcalc; to be checked without it:

     coqc {file}

   with Coq 8.16 or later, Coquelicot 3.2 and Interval 4.6 (Debian and Ubuntu: apt install coq
   libcoq-coquelicot libcoq-interval). No message but warnings: every theorem is proved. To see
   what one rests on, add  Print Assumptions NAME.  at the end: the axioms of the libraries' real
   numbers, and the machine's integers with which Interval computes; there is no other.

   What is left for a reader to see: that each Definition says what is typed above it. Coq's
   functions have a value everywhere (sqrt (-1) is 0, 1 / 0 is some number), but the rules that the
   proofs are made of hold only inside the domain. *)
"""


@dataclass(frozen=True)
class Certificate:
    """A script, what its theorems are about, and why others are missing."""

    script: str
    proved: Sequence[str]
    missing: Sequence[tuple[str, str]]


def certificate(
    result: Comparison, gradient: Values | None = None, digits: int | None = None, file: str = ""
) -> Certificate:
    """The script about every derivative of a comparison. `gradient` is the external one.

    Raises `EmitError` where not one theorem can be written.
    """
    found = _Script(result, gradient, digits or _DIGITS)
    missing = list(found.missing)
    if not found.theorems:
        name, reason = missing[0]
        raise EmitError(f"no certificate: {name}: {reason}")
    header = _HEADER.format(file=_commented(file) or "proof.v")
    prelude = files(__package__).joinpath("prelude.v").read_text(encoding="utf-8")
    listed = "".join(f"(* Not proved here: {_commented(f'{n}: {why}')}. *)\n" for n, why in missing)
    parts = [header, prelude, found.opening, listed, *found.theorems.values()]
    text = "\n".join(filter(None, parts))
    return Certificate(text, list(found.theorems), missing)


class _Script:
    def __init__(self, result: Comparison, gradient: Values | None, digits: int) -> None:
        self._result = result
        self._digits = digits
        self.theorems: dict[str, str] = {}
        self.missing: list[tuple[str, str]] = []
        shapes = {name: result.point[name].shape for name in result.expression.variables}
        weights = None
        if gradient is not None:
            weights = list(np.broadcast_to(gradient.constants, result.value.shape).flat)
        self._program = terms.single(program_of(result.expression, shapes), weights)
        self._at: dict[Leaf, Expression] = {
            leaf: result.point[leaf[0]].constants[leaf[1]] for leaf in self._leaves
        }
        self._names = _names(self._leaves)
        self.opening = ""
        try:
            self._write_function()
        except EmitError as error:
            self.missing = [(element.name, error.message) for element in result.elements]
            return
        for element in result.elements:
            self._write(element)

    @property
    def _leaves(self) -> list[Leaf]:
        return list(self._program.leaves.values())

    def _write_function(self) -> None:
        text = terms.text(self._program, {_typed(leaf): n for leaf, n in self._names.items()})
        typed = self._result.expression.text or str(self._result.expression)
        point = ", ".join(f"{n} = {v}" for n, v in self._result.point.items())
        self._values = {leaf: terms.constant(value) for leaf, value in self._at.items()}
        parameters = " ".join(f"({name} : R)" for name in self._names.values())
        read = str(self._result.expression)
        self.opening = (
            f"(* typed:   {_commented(typed)}\n   read as: {_commented(read)}\n"
            f"   at:      {_commented(point)} *)\n"
            f"Definition f {parameters} : R :=\n  {text}.\n"
        )

    def _write(self, element: Quotients) -> None:
        try:
            theorem = self._theorem(element)
        except EmitError as error:
            self.missing.append((element.name, error.message))
        else:
            self.theorems[element.name] = theorem

    def _theorem(self, element: Quotients) -> str:
        (place,) = element.places
        leaf = (place.variable, place.index)
        truth = element.truth
        if place.direction or leaf not in self._at:
            raise EmitError("it is not a derivative in a variable of the formula")
        if truth.known != "proved":
            raise EmitError(f"it is {truth.known} only")
        name = self._names[leaf]
        arguments = " ".join(name if own == leaf else self._values[own] for own in self._leaves)
        at = self._values[leaf]
        label = f"derivative_in_{name}"
        if truth.exists:
            low, high = self._ends(truth)
            claim = (
                f"exists d, is_derive (fun {name} => f {arguments}) {at} d /\\ {low} <= d <= {high}"
            )
            ends = f"{low.strip('()')} and {high.strip('()')}"
            said = f"the derivative in {element.name} exists, and is between {ends}"
        else:
            label = label.replace("derivative", "no_derivative")
            claim = f"~ ex_derive (fun {name} => f {arguments}) {at}"
            said = f"there is no derivative in {element.name}: {truth.kind}"
        tactic = self._tactic(truth, leaf)
        return (
            f"(* {_commented(said)} *)\nTheorem {label} :\n  {claim}.\n"
            f"Proof. unfold f. {tactic}. Qed.\n"
        )

    def _tactic(self, truth: Truth, leaf: Leaf) -> str:
        """The tactic that proves this. Raises `EmitError` where there is none."""
        if truth.exists and self._is_extreme:
            raise EmitError("its numbers are too far apart for Coq's intervals")
        if truth.smooth:
            # What does not move may be on a border all the same: abs(0)*y.
            if len(self._at) > 1 and self._has_border:
                sides.tangent(self._program, self._at, leaf, 1)
            return "differentiable"
        return self._tactic_by_sides(truth, leaf)

    def _tactic_by_sides(self, truth: Truth, leaf: Leaf) -> str:
        left, here, right = (sides.tangent(self._program, self._at, leaf, s) for s in (-1, 0, 1))
        if truth.kind in ("vertical tangent", "cusp") and None in (left.slope, right.slope):
            return "steep_on_the_right" if right.slope is None else "steep_on_the_left"
        if None not in (left.slope, right.slope):
            apart = bool(sign(left.slope - right.slope))
            jumps = bool(sign(left.value - here.value) or sign(right.value - here.value))
            if truth.kind == "corner" and apart:
                return "corner"
            if truth.kind == "jump" and jumps:
                return "jump"
            if truth.exists and not (apart or jumps):
                return "differentiable_by_sides"
        raise EmitError(f"there is no tactic for this {truth.kind}")

    def _ends(self, truth: Truth) -> tuple[str, str]:
        """The enclosure in as many digits as were asked for, rounded outward."""
        assert truth.enclosure is not None
        low, high = map(Decimal, truth.enclosure)
        if low == high and not self._is_rational:
            slack = _SLACK * max(abs(low), Decimal(1))
            low, high = low - slack, high + slack
        down = Context(prec=self._digits, rounding=ROUND_FLOOR).create_decimal(low)
        up = Context(prec=self._digits, rounding=ROUND_CEILING).create_decimal(high)
        return _decimal(down), _decimal(up)

    @cached_property
    def _has_border(self) -> bool:
        rows = [ELEMENTARY.get(node.operation) for node in self._program.nodes]
        return any(row is not None and row.border for row in rows)

    @cached_property
    def _is_extreme(self) -> bool:
        """Whether a number is so large or small that intervals take minutes, if they do it."""
        powers = []
        for program in (self._program, *map(_of_constant, self._at.values())):
            for index, node in enumerate(program.nodes):
                number: Fraction | None = program.rational[index]
                times: Fraction | None = Fraction(1)
                if node.operation == "pow":
                    number, times = (program.rational[i] for i in node.operands)
                if number and times:
                    powers.append(abs(float(times) * _exponent(number)))
        return max(powers, default=0) > _LARGEST_EXPONENT

    @cached_property
    def _is_rational(self) -> bool:
        """Whether there is nothing but arithmetic of rational numbers."""
        arithmetic = {"number", "variable", "add", "sub", "mul", "div", "neg", "pow", "total"}
        nodes = [*self._program.nodes, *(node for c in self._at.values() for node in c.nodes)]
        programs = [self._program, *(_of_constant(value) for value in self._at.values())]
        whole = all(
            terms.whole_power(program, node) is not None
            for program in programs
            for node in program.nodes
            if node.operation == "pow"
        )
        return whole and {node.operation for node in nodes} <= arithmetic


def _exponent(number: Fraction) -> float:
    """About the power of ten that a number is."""
    return math.log10(abs(number.numerator)) - math.log10(number.denominator)


def _of_constant(value: Expression) -> Program:
    return Program(value.nodes, {}, [len(value.nodes) - 1])


def _typed(leaf: Leaf) -> str:
    """What the program calls an element."""
    name, index = leaf
    return name + "".join(f"[{i}]" for i in index)


def _names(leaves: Sequence[Leaf]) -> dict[Leaf, str]:
    """What Coq calls the elements: names that are none of Coq's own or of the prelude's."""
    found: dict[Leaf, str] = {}
    for leaf in leaves:
        stem = "_".join([leaf[0], *map(str, leaf[1])])
        if not _PLAIN.fullmatch(stem) or stem == "f":
            stem = f"v_{stem}" if _NAME.fullmatch(stem) else "v"
        found[leaf] = fresh(stem, found.values())
    return found


def _decimal(value: Decimal) -> str:
    """A decimal as Coq reads it, a negative one in brackets."""
    text = f"{value.normalize():f}" if -12 < value.adjusted() < 21 else str(value.normalize())
    text = text.replace("E+", "e").replace("E", "e")
    return f"({text})" if text.startswith("-") else text


def _commented(text: str) -> str:
    """Text within a comment, that it neither ends nor is a string in it."""
    return re.sub(r"(?<=\()(?=\*)|(?<=\*)(?=\))", " ", printable(text)).replace('"', "''")
