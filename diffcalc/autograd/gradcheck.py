"""`gradcheck`: the gradient found by walking back, against difference quotients from both sides.

PyTorch's compares with the central difference, which is blind to a corner: of |x| at 0 it is 0, and
so is autograd's gradient by convention. Here the quotients from the left and from the right are
followed separately as h shrinks, and the gradient must be the limit of both.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from diffcalc.autograd.tape import Tracked
from diffcalc.autograd.tensor import Tensor, as_tensor, tensor
from diffcalc.autograd.walk import grad
from diffcalc.base.types import BoolArray, FloatArray

Tensors = Tensor | Sequence[Tensor]
TensorFunction = Callable[..., Tensors]

# From a step of 0.01 down to 1e-9, where round-off is 1e-7 of f. One more is one more value of f
# for each side of each element.
_HALVINGS = 24
# How much an extrapolated quotient may still move, in parts of its size, and be called a limit.
_SETTLED = 0.01
# Where the error shrinks as h**(1/3), the extrapolation sees less than it misses.
_DOUBT = 10


class GradcheckError(RuntimeError):
    """A gradient is not what the difference quotients say; the message tells where."""


def gradcheck(
    f: TensorFunction,
    inputs: Tensors,
    *,
    eps: float = 1e-2,
    atol: float = 1e-6,
    rtol: float = 1e-5,
    raise_exception: bool = True,
) -> bool:
    """Whether all derivatives of f are right: of each output element in each input element.

    f takes `inputs`, a tensor or several, of which those that require grad are checked, and gives a
    tensor or several. The quotients start at a step of `eps`, times the size of the element where
    that is above 1, and are extrapolated to h = 0. Where the limits from the left and from the
    right differ there is no derivative: the check fails whatever the gradient is.
    Raises `GradcheckError`, or gives False without `raise_exception`; `ValueError` where no input
    requires grad.
    """
    given = [as_tensor(one) for one in _several(inputs)]
    if not any(one.requires_grad for one in given):
        raise ValueError("gradcheck: no input requires grad")
    complaint = next(_complaints(f, given, eps, (atol, rtol)), None)
    if complaint and raise_exception:
        raise GradcheckError(complaint)
    return complaint is None


def gradgradcheck(f: TensorFunction, inputs: Tensors, **settings: Any) -> bool:
    """`gradcheck` of the gradient of f, the sum of its outputs: of its second derivatives.

    `settings` are those of `gradcheck`, which says what is raised.
    """

    def gradient(*arguments: Tensor) -> list[Tensor]:
        total: Any = sum(one.sum() for one in _several(f(*arguments)))
        leaves = [one for one in arguments if one.requires_grad]
        found = grad(total, leaves, create_graph=True, allow_unused=True)
        return [one for one in found if one is not None]

    return gradcheck(gradient, inputs, **settings)


def _several(one_or_more: Tensors) -> Sequence[Tensor]:
    return (one_or_more,) if isinstance(one_or_more, Tracked) else tuple(one_or_more)


def _complaints(
    f: TensorFunction, given: Sequence[Tensor], eps: float, tolerances: tuple[float, float]
) -> Iterator[str]:
    """Every derivative that is wrong, and how."""
    names, jacobian = _by_walking_back(f, given)
    for position, leaf in enumerate(given):
        for index in np.ndindex(leaf.shape) if leaf.requires_grad else ():
            moved = partial(_outputs, f, given, position, index)
            x = float(leaf.data[index])
            start = eps * max(1.0, abs(x))
            left, right = _limits(moved, x, -start), _limits(moved, x, start)
            found = jacobian[position][(..., *index)]
            agree = _near(found, *left, *tolerances) & _near(found, *right, *tolerances)
            for k in np.flatnonzero(~agree):
                yield (
                    f"input {position}, element {index}: the derivative of {names[k]} is "
                    f"{found[k]} by walking back, {left[0][k]} by the difference quotients "
                    f"from the left, {right[0][k]} from the right"
                )


def _near(
    found: FloatArray, limits: FloatArray, errors: FloatArray, atol: float, rtol: float
) -> BoolArray:
    with np.errstate(invalid="ignore"):
        return abs(found - limits) <= atol + rtol * abs(limits) + _DOUBT * errors


def _by_walking_back(
    f: TensorFunction, given: Sequence[Tensor]
) -> tuple[list[str], list[FloatArray]]:
    """The names of all output elements, and for each input their derivatives in it."""
    leaves = [tensor(one, requires_grad=one.requires_grad) for one in given]
    names, rows = [], []
    for k, output in enumerate(_several(f(*leaves))):
        for index in np.ndindex(output.shape):
            names.append(f"output {k}, element {index}")
            seed = np.zeros(output.shape)
            seed[index] = 1
            rows.append(_row(output, leaves, seed))
    return names, [np.array(column) for column in zip(*rows, strict=True)]


def _row(output: Tensor, leaves: Sequence[Tensor], seed: FloatArray) -> list[FloatArray]:
    found: Sequence[Tensor | None] = [None] * len(leaves)
    if output.requires_grad:
        found = grad(output, leaves, seed, allow_unused=True)
    pairs = zip(found, leaves, strict=True)
    return [np.zeros(leaf.shape) if one is None else one.data for one, leaf in pairs]


def _outputs(
    f: TensorFunction, given: Sequence[Tensor], position: int, index: tuple[int, ...], x: float
) -> FloatArray:
    """All output elements in one row, with one input element moved to x."""
    arguments = [tensor(one, requires_grad=one.requires_grad) for one in given]
    arguments[position].data[index] = x
    return np.concatenate([output.data.ravel() for output in _several(f(*arguments))])


def _limits(
    moved: Callable[[float], FloatArray], x: float, start: float
) -> tuple[FloatArray, FloatArray]:
    """The limits of the one-sided quotients at x from a step of `start` down, and their errors.

    They are nan where there is none. Richardson's extrapolation, keeping the entry of the table
    that moved least (Ridders, *Accurate computation of F'(x) and F'(x)F''(x)*, 1982).
    """
    here = moved(x)
    limits, errors = np.full(here.shape, np.nan), np.full(here.shape, np.inf)
    before: list[FloatArray] = []
    with np.errstate(all="ignore"):
        for k in range(_HALVINGS):
            there = x + start / 2**k
            step = there - x
            row = [(moved(there) - here) / step]
            round_off = np.finfo(float).eps * abs(here / step)
            for order, above in enumerate(before, start=1):
                row.append(row[-1] + (row[-1] - above) / (2**order - 1))
                error = np.maximum(abs(row[-1] - row[-2]), abs(row[-1] - above)) + round_off
                better = error <= errors
                limits, errors = np.where(better, row[-1], limits), np.where(better, error, errors)
            before = row
    return np.where(errors <= _SETTLED * (1 + abs(limits)), limits, np.nan), errors
