"""How a descent steps: plain gradient descent, with momentum, and Adam.

An optimizer keeps what it remembers of the gradients so far, so each descent needs its own.
"""

from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from diffcalc.base.types import FloatArray


class Optimizer(Protocol):
    """One way to step. `str()` names it."""

    rate: float

    def update(self, gradient: FloatArray) -> FloatArray:
        """What is to be subtracted from the variables, in the gradient's shape."""

    def largest_rate(self, curvature: float) -> float | None:
        """Where f curves by `curvature` at most, only a rate below this settles; None: unknown."""


@dataclass
class Plain:
    """x - rate*gradient (Cauchy 1847)."""

    rate: float = 0.1

    def update(self, gradient: FloatArray) -> FloatArray:
        """As `Optimizer.update`."""
        return self.rate * gradient

    def largest_rate(self, curvature: float) -> float | None:
        """The error is multiplied by 1 - rate*curvature in each step, which must not leave ±1."""
        return 2 / curvature

    def __str__(self) -> str:
        return "plain descent"


@dataclass
class Momentum:
    """x - rate*v, with v = momentum*v + gradient (Polyak 1964, as PyTorch's SGD writes it)."""

    rate: float = 0.1
    momentum: float = 0.9
    _velocity: Any = field(default=0.0, init=False, repr=False)

    def update(self, gradient: FloatArray) -> FloatArray:
        """As `Optimizer.update`."""
        self._velocity = self.momentum * self._velocity + gradient
        return np.asarray(self.rate * self._velocity)

    def largest_rate(self, curvature: float) -> float | None:
        """The heavy ball settles below this rate (Polyak 1964), more slowly the nearer it is."""
        return 2 * (1 + self.momentum) / curvature

    def __str__(self) -> str:
        return f"momentum {self.momentum:g}"


@dataclass
class Adam:
    """The mean gradient over the root of the mean square, both running means without bias
    (Kingma and Ba 2015, algorithm 1).
    """

    rate: float = 0.1
    keep_mean: float = 0.9
    keep_square: float = 0.999
    tiny: float = 1e-8
    _mean: Any = field(default=0.0, init=False, repr=False)
    _square: Any = field(default=0.0, init=False, repr=False)
    _steps: int = field(default=0, init=False, repr=False)

    def update(self, gradient: FloatArray) -> FloatArray:
        """As `Optimizer.update`."""
        self._steps += 1
        self._mean = self.keep_mean * self._mean + (1 - self.keep_mean) * gradient
        self._square = self.keep_square * self._square + (1 - self.keep_square) * gradient**2
        mean = self._mean / (1 - self.keep_mean**self._steps)
        square = self._square / (1 - self.keep_square**self._steps)
        return np.asarray(self.rate * mean / (np.sqrt(square) + self.tiny))

    def largest_rate(self, curvature: float) -> float | None:
        """Adam's steps do not grow with the gradient, so no rate makes it diverge."""
        return None

    def __str__(self) -> str:
        return "Adam"
