"""The formula of a gradient with vectors and matrices: simplified, written down, and checked."""

import math
from collections.abc import Iterator
from functools import lru_cache

import sympy

from diffcalc.base.numbers import Formula
from diffcalc.language.expression import Expression
from diffcalc.language.grammar import read
from diffcalc.symbolic.arrays.assumed_shapes import reach
from diffcalc.symbolic.arrays.checking import Claim, holds, same
from diffcalc.symbolic.arrays.gradient import ArrayGradient, GradientQuestion, NotRealError
from diffcalc.symbolic.arrays.jacobian import MatrixOf
from diffcalc.symbolic.arrays.shaped import Shaped, SymbolicShape
from diffcalc.symbolic.arrays.steps import GRADIENT, narrated
from diffcalc.symbolic.derivation import NOT_REAL, Derivation, Step
from diffcalc.symbolic.notation import to_text

NO_FORMULA = "no formula found"
# A comparison and its working may ask for the same formula again; more would only hold memory.
_REMEMBERED = 64
# A matrix is made to be checked: with so many entries that takes 8 MB and some 0.01 s.
_MOST_ENTRIES = 1_000_000
# Stands for a size that is not known, where a formula is checked, and its indices allow it.
_SMALL = 3


@lru_cache(maxsize=_REMEMBERED)
def formula_of(question: GradientQuestion) -> Derivation:
    """The gradient that is asked for, as a formula that was checked.

    It is `NO_FORMULA` where none that was found passes its check, and no formula either where a
    part of it is nowhere a real number. Raises what `Forms` does.
    """
    try:
        for gradient, found in _candidates(question):
            text = to_text(found.form, question.expression.variables)
            if holds(_claim(gradient), _concrete(gradient.question, found.form)):
                return _derivation(gradient, found, text)
    except NotRealError:
        return _without(question, NOT_REAL)
    return _without(question, NO_FORMULA)


def _candidates(question: GradientQuestion) -> Iterator[tuple[ArrayGradient, Shaped]]:
    """The formula in shorter and in plainer forms; then the same by the careful rules."""
    used = {node.operation for node in question.expression.nodes}
    if not used & {"amax", "amin", "prod", "cumprod"}:
        ways: tuple[bool, ...] = (False,)
    else:
        ways = (True,) if question.careful else (False, True)
    for careful in ways:
        gradient = ArrayGradient(question, careful=careful)
        yield gradient, gradient.simplified(gradient.found)
        yield gradient, gradient.found


# -- the check -------------------------------------------------------------------------------------


def _some(question: GradientQuestion) -> int:
    """Stands for a size that is not known."""
    return max(_SMALL, reach(question.expression))


def _concrete(question: GradientQuestion, form: Formula) -> Expression:
    """A form read back from its text, with a number for a size that is not known."""
    sizes = [s for s in form.free_symbols if s.is_integer]
    form = form.xreplace(dict.fromkeys(sizes, sympy.Integer(_some(question))))
    names = [str(s) for s in form.free_symbols]
    return read(to_text(form, names), declared=names, checked=False)


def _sizes(question: GradientQuestion, shape: SymbolicShape) -> tuple[int, ...]:
    # A part of an array of n has n - 1 elements, perhaps.
    sizes = sympy.Tuple(*shape)
    some = dict.fromkeys(sizes.free_symbols, sympy.Integer(_some(question)))
    return tuple(map(int, sizes.xreplace(some)))


def _claim(gradient: ArrayGradient) -> Claim:
    question = gradient.question
    shapes = {name: _sizes(question, shape) for name, shape in question.all_shapes.items()}
    shapes.setdefault(question.variable, ())
    if question.seed is not None:
        shapes[question.seed] = _sizes(question, gradient.seed_shape)
    work = 0
    for part in gradient.parts:
        size = math.prod(_sizes(question, gradient.values[part.index].shape))
        if part.operation == "matmul":
            size *= _sizes(question, gradient.values[part.operands[0]].shape)[-1]
        work += size
    sizes = dict.fromkeys(question.sizes, _some(question))
    return Claim(question.expression, question.variable, shapes, question.seed, work, sizes)


# -- the derivation --------------------------------------------------------------------------------


def _derivation(gradient: ArrayGradient, found: Shaped, text: str) -> Derivation:
    matrices = _matrices(gradient, found)
    matrix, jacobian = matrices or (None, None)
    return Derivation(
        gradient.question.variable,
        found.form,
        text,
        lambda: narrated(gradient, found, matrices),
        seed=gradient.question.seed,
        seed_shape=gradient.seed_shape,
        matrix=matrix,
        jacobian=jacobian,
        shapes=_claim(gradient).shapes,
    )


def _without(question: GradientQuestion, why: str) -> Derivation:
    step = Step(GRADIENT, question.variable, str(question.expression), why, sympy.nan)
    return Derivation(question.variable, sympy.nan, why, lambda: step, seed=question.seed)


def _matrices(gradient: ArrayGradient, found: Shaped) -> tuple[str, str] | tuple[()]:
    """The matrix P where the formula is P @ seed, and its transpose; none where none is known."""
    f, question = gradient.forms, gradient.question
    if question.seed is None or len(gradient.seed_shape) != 1 or len(found.shape) != 1:
        return ()
    if math.prod(_sizes(question, found.shape + gradient.seed_shape)) > _MOST_ENTRIES:
        return ()
    seed = f.symbol(question.seed, gradient.seed_shape)
    try:
        matrix = MatrixOf(f, seed)(found.form)
    except NotImplementedError:
        return ()
    matrix = Shaped(matrix.form, found.shape + gradient.seed_shape)
    layouts = [gradient.simplified(layout) for layout in (matrix, f.transpose(matrix))]
    rows, columns = [Shaped(f.filled(layout), layout.shape) for layout in layouts]
    if not _is_matrix(gradient, rows, columns, found):
        return ()
    names = question.expression.variables
    return to_text(rows.form, names), to_text(columns.form, names)


def _is_matrix(gradient: ArrayGradient, rows: Shaped, columns: Shaped, found: Shaped) -> bool:
    assert gradient.question.seed is not None
    seed = read(gradient.question.seed, declared=[gradient.question.seed])
    claim, formula = _claim(gradient), _concrete(gradient.question, found.form)

    def matrix(layout: Shaped) -> Expression:
        # Of 0, SymPy drops the ones that give it its shape.
        zeros = f"0*ones{_sizes(gradient.question, layout.shape)}"
        return read(zeros) if found.form == 0 else _concrete(gradient.question, layout.form)

    return same(claim, [matrix(rows), seed], formula) and same(
        claim, [seed, matrix(columns)], formula
    )
