"""Expressions with vectors and matrices: differentials, and the gradient that they identify.

The program is taken in parts. Forward, each has its form; backward, each has its cotangent w, in
df = <w, d part>, which its differential moves on to the parts it is made of: df = <G, dx> at the
end, and G is the gradient. Each part is visited once, however many use it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import sympy

from diffcalc.base.numbers import Formula
from diffcalc.language.expression import Expression
from diffcalc.symbolic.arrays.differentials import ARRAY_RULES, Applied
from diffcalc.symbolic.arrays.forms import Forms
from diffcalc.symbolic.arrays.parts import Part, parts_of
from diffcalc.symbolic.arrays.shaped import Shaped, SymbolicShape, broadcast, ones
from diffcalc.symbolic.arrays.simplify import Simplifier
from diffcalc.symbolic.arrays.transposition import Identification
from diffcalc.symbolic.elementwise import elementwise, forms_of
from diffcalc.symbolic.notation import is_real


class NotRealError(Exception):
    """A part of the formula is nowhere a real number."""


@dataclass(frozen=True, slots=True)
class GradientQuestion:
    """What is asked: the gradient in `variable` of sum(seed*expression).

    `shapes` has the name and shape of each variable; `seed` is the name of the seed, None for one
    of ones, and `seed_shape` its shape, None for that of the value. Where the value is smaller, it
    stands for as many. `careful`, the formula is one that holds everywhere, though longer.
    """

    expression: Expression
    variable: str
    shapes: tuple[tuple[str, SymbolicShape], ...]
    seed: str | None = None
    seed_shape: SymbolicShape | None = None
    careful: bool = False

    @property
    def all_shapes(self) -> dict[str, SymbolicShape]:
        """The shapes by name."""
        return dict(self.shapes)

    @property
    def sizes(self) -> dict[str, Formula]:
        """The SymPy symbols among the sizes, by name; a variable of that name is the size."""
        sizes = [size for _, shape in self.shapes for size in shape]
        return {str(size): size for size in sizes if not isinstance(size, int)}

    @property
    def shape(self) -> SymbolicShape:
        """The shape of the variable; a number's where it does not occur."""
        return self.all_shapes.get(self.variable, ())


@dataclass(frozen=True, slots=True)
class Identified:
    """What one part gives node `index` to weigh."""

    index: int
    by: Identification


class ArrayGradient:
    """The parts of an expression, their forms, and the gradient in one variable, `found`.

    `identified` has how it was found, from the result to the variable. For `careful` see
    `differentials.Applied`. Raises `NotRealError` where a part has no real value.
    """

    def __init__(self, question: GradientQuestion, *, careful: bool = False) -> None:
        self.question = question
        self.forms = Forms()
        self.simplified = Simplifier(self.forms)
        self.parts = parts_of(question.expression)
        self._careful = careful
        self._shapes = question.all_shapes
        self._depends = question.expression.depending_on(question.variable)
        self.identified: list[Identified] = []
        self.values: dict[int, Shaped] = {}
        for part in self.parts:
            self.values[part.index] = self._value(part)
        value_shape = self.values[self.parts[-1].index].shape
        self.seed_shape = value_shape if question.seed_shape is None else question.seed_shape
        self.found = self._found()

    def depends(self, index: int) -> bool:
        """Whether a node depends on the variable."""
        return self._depends[index]

    def moving(self, part: Part) -> list[int]:
        """The operands of a part that depend on the variable, each once."""
        return [i for i in dict.fromkeys(part.operands) if self._depends[i]]

    # -- forward -----------------------------------------------------------------------------------

    def _value(self, part: Part) -> Shaped:
        operands = [self.values[i] for i in part.operands]
        if part.operation == "variable":
            name = str(self.question.expression.nodes[part.index].content)
            if name in self.question.sizes:
                return Shaped(self.question.sizes[name], ())
            return self.forms.symbol(name, self._shapes[name])
        if part.formula is None:
            return self.forms.apply(part.operation, operands, part.numbers)
        root = len(part.formula.nodes) - 1
        form = forms_of(part.formula, [root])[root]
        return self._in_place(part, form)

    def _in_place(self, part: Part, form: Formula) -> Shaped:
        """A form in the names of an elementwise part, with its operands in their place."""
        operands = [self.values[i] for i in part.operands]
        names = [sympy.Symbol(name, real=True) for name in part.names]
        inside = {name: o.form for name, o in zip(names, operands, strict=True)}
        form = form.xreplace(inside)
        if not is_real(form):
            raise NotRealError
        return Shaped(form, broadcast(*[operand.shape for operand in operands]))

    def differential(self, part: Part, differentials: Mapping[int, Shaped]) -> Shaped:
        """The differential of a part, from those of its operands; the others do not move."""
        if part.formula is None:
            return self._of_arrays(part, differentials)
        shape = self.values[part.index].shape
        total = Shaped(sympy.Integer(0), shape)
        for name, index in zip(part.names, part.operands, strict=True):
            if index in differentials:
                slope = self._in_place(part, elementwise(part.formula, name).formula)
                total = total + slope * differentials[index]
        return total

    def _of_arrays(self, part: Part, differentials: Mapping[int, Shaped]) -> Shaped:
        operands = [self.values[i] for i in part.operands]
        axis = None
        if part.numbers and len(operands[0].shape) > 1:
            axis = part.numbers[0] % len(operands[0].shape)
        applied = Applied(
            operands,
            [differentials.get(i) for i in part.operands],
            self.values[part.index],
            axis,
            part.numbers,
            self._careful,
        )
        return ARRAY_RULES[part.operation].differential(self.forms, applied)

    # -- backward ----------------------------------------------------------------------------------

    def _found(self) -> Shaped:
        root, variable = self.parts[-1].index, None
        cotangents = {root: self._start(self.values[root].shape)}
        for part in reversed(self.parts):
            weight = cotangents.get(part.index)
            if weight is None or not self._depends[part.index]:
                continue
            if part.operation == "variable":
                variable = weight
            for index in self.moving(part):
                identified = self._identified(part, index, weight)
                self.identified.append(identified)
                before = cotangents.get(index)
                found = identified.by.cotangent
                cotangents[index] = found if before is None else before + found
        return variable or Shaped(sympy.Integer(0), self.question.shape)

    def _start(self, shape: SymbolicShape) -> Shaped:
        if self.question.seed is None:
            return ones(*shape)
        return self.forms.narrow(self.forms.symbol(self.question.seed, self.seed_shape), shape)

    def _identified(self, part: Part, index: int, weight: Shaped) -> Identified:
        du = self.forms.symbol(self.differential_name(index), self.values[index].shape)
        linear = self.differential(part, {index: du}).form
        return Identified(index, Identification(self.forms, du, weight, linear))

    def differential_name(self, index: int) -> str:
        """The differential of a node as it is written: dx, or d(A @ x)."""
        expression = self.question.expression
        text = expression.render(index)
        if (
            expression.nodes[index].operation == "variable"
            and f"d{text}" not in expression.variables
        ):
            return f"d{text}"
        return f"d({text})"
