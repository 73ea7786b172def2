"""How a gradient was found, step by step: differentials first, then what they identify."""

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import add

from diffcalc.base.numbers import Formula
from diffcalc.language.printing import ATOM, CHOICE
from diffcalc.symbolic.arrays.differentials import ARRAY_RULES
from diffcalc.symbolic.arrays.gradient import ArrayGradient
from diffcalc.symbolic.arrays.parts import Part
from diffcalc.symbolic.arrays.shaped import Shaped, broadcast
from diffcalc.symbolic.derivation import Step, real_text
from diffcalc.symbolic.elementwise import elementwise
from diffcalc.symbolic.rules import Rule

GRADIENT = Rule("gradient", "df = sum(G*dx) => ∇f = G")
DIFFERENTIAL_CHAIN = Rule("chain", "d f(u) = f'(u)*du")
SEVERAL = Rule("chain in several variables", "d f(u, v) = D_u f*du + D_v f*dv")
COLLECTED = Rule("sum", "<v, du> + <w, du> = <v + w, du>")


def narrated(gradient: ArrayGradient, found: Shaped, matrices: Sequence[str]) -> Step:
    """The gradient as a step: below it the differentials, then each move of the identification.

    `matrices` has the matrix before the seed and the Jacobian, where they are known.
    """
    question = gradient.question
    where = [f"{question.seed} is the external gradient"] if question.seed else []
    where += map("{} {}".format, ("gradient layout", "Jacobian"), matrices)
    variable, before = question.variable, _of_what(gradient)
    if question.shape:
        variable, before = "", f"∇{variable} {before}"
    below: list[Step] = []
    if gradient.depends(gradient.parts[-1].index):
        below = [*_Differentials(gradient).steps(), *_identification(gradient)]
    text = _text(gradient, found.form)
    return Step(GRADIENT, variable, before, text, found.form, tuple(below), ", ".join(where))


def _of_what(gradient: ArrayGradient) -> str:
    """What is differentiated: f, or sum(v*f)."""
    seed, expression = gradient.question.seed, gradient.question.expression
    least = ATOM if seed or gradient.question.shape else CHOICE
    text = expression.render(len(expression.nodes) - 1, least=least)
    if seed is not None:
        text = f"{seed}*{text}"
    return f"sum({text})" if gradient.values[gradient.parts[-1].index].shape else text


def _text(gradient: ArrayGradient, form: Formula) -> str:
    return real_text(form, gradient.question.expression.variables)


class _Differentials:
    """The differential of each part, in dx."""

    def __init__(self, gradient: ArrayGradient) -> None:
        self._gradient = gradient
        self._parts = {part.index: part for part in gradient.parts}
        self._forms: dict[int, Shaped] = {}
        for part in gradient.parts:
            if gradient.depends(part.index):
                self._forms[part.index] = self._differential(part)
        self._told: set[int] = set()

    def _differential(self, part: Part) -> Shaped:
        gradient = self._gradient
        if part.operation == "variable":
            name = gradient.differential_name(part.index)
            return gradient.forms.symbol(name, gradient.question.shape)
        inside = {i: self._forms[i] for i in gradient.moving(part)}
        return gradient.simplified(gradient.differential(part, inside))

    def steps(self) -> list[Step]:
        """The step of the whole expression, those of its parts below it, each once."""
        return self._steps(self._gradient.parts[-1].index)

    def _steps(self, index: int) -> list[Step]:
        part, gradient = self._parts[index], self._gradient
        if part.operation == "variable" or index in self._told:
            return []
        self._told.add(index)
        rule, slopes, where = _of_part(gradient, part)
        below = [step for i in gradient.moving(part) for step in self._steps(i)]
        before = f"d({gradient.question.expression.render(index)})"
        form = self._forms[index].form
        return [Step(rule, "", before, _text(gradient, form), form, (*slopes, *below), where)]


def _of_part(gradient: ArrayGradient, part: Part) -> tuple[Rule, list[Step], str]:
    """The rule of a part; of an elementwise one also its slopes, and what its names stand for."""
    if part.formula is None:
        return ARRAY_RULES[part.operation].rule, [], ""
    moving = set(gradient.moving(part))
    operands = dict(zip(part.names, part.operands, strict=True))
    slopes = [elementwise(part.formula, n).step for n, i in operands.items() if i in moving]
    texts = {name: gradient.question.expression.render(i) for name, i in operands.items()}
    where = ", ".join(f"{name} = {text}" for name, text in texts.items() if name != text)
    return SEVERAL if len(slopes) > 1 else DIFFERENTIAL_CHAIN, slopes, where


def _identification(gradient: ArrayGradient) -> Iterator[Step]:
    """The moves from <v, df> to <G, dx>, and where several paths lead to one part, their sum."""
    paths: dict[int, list[Shaped]] = {}
    for one in gradient.identified:
        paths.setdefault(one.index, []).append(one.by.cotangent)
    missing = {index: len(found) for index, found in paths.items()}
    for one in gradient.identified:
        for move in one.by.moves:
            before, after = (_product(gradient, *side) for side in (move.before, move.after))
            yield Step(move.rule, "", before, after, move.after[0].form)
        missing[one.index] -= 1
        if not missing[one.index] and len(paths[one.index]) > 1:
            yield _collected(gradient, one.index, paths[one.index])


def _collected(gradient: ArrayGradient, index: int, paths: list[Shaped]) -> Step:
    f = gradient.forms
    du = f.symbol(gradient.differential_name(index), gradient.values[index].shape).form
    before = " + ".join(_product(gradient, path, du) for path in paths)
    total = reduce(add, paths)
    return Step(COLLECTED, "", before, _product(gradient, total, du), total.form)


def _product(gradient: ArrayGradient, weight: Shaped, linear: Formula) -> str:
    """<w, form>; w with the axes it lost, where the form has not got them."""
    f = gradient.forms
    shorter = gradient.simplified(weight)
    if broadcast(f.shape(shorter.form), f.shape(linear)) != broadcast(
        weight.shape, f.shape(linear)
    ):
        shorter = Shaped(f.filled(shorter), weight.shape)
    return f"<{_text(gradient, shorter.form)}, {_text(gradient, linear)}>"
