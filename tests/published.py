"""Published test functions with gradients coded by hand, and mistakes to plant in them.

Moré, Garbow, Hillstrom, *Testing Unconstrained Optimization Software* (1981), and Hock, Schittkowski,
*Test Examples for Nonlinear Programming Codes* (1981), by their numbers there; and losses.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

Function = Callable[[Any], Any]


class Published(NamedTuple):
    """A function, its gradient as somebody coded it, and where it is usually started."""

    name: str
    f: Function
    gradient: Function
    at: Any


def squares(residuals: Function, jacobian: Function) -> tuple[Function, Function]:
    """The sum of squares, and its gradient 2 J^T r."""

    def f(x: Any) -> Any:
        r = np.asarray(residuals(x))
        return r @ r

    def gradient(x: Any) -> Any:
        return 2 * np.asarray(jacobian(x), dtype=float).T @ np.asarray(residuals(x))

    return f, gradient


T10 = np.arange(1, 11) / 10
T5 = np.arange(1, 6) * 0.2
BEALE = np.array([1.5, 2.25, 2.625])
POWERS = np.arange(1, 4)


def _mgh() -> Iterator[Published]:
    def add(name: str, r: Function, j: Function, at: Any) -> Published:
        return Published(f"MGH {name}", *squares(r, j), np.array(at, dtype=float))

    yield add(
        "1 Rosenbrock",
        lambda x: [10 * (x[1] - x[0] ** 2), 1 - x[0]],
        lambda x: [[-20 * x[0], 10], [-1, 0]],
        [-1.2, 1],
    )
    yield add(
        "2 Freudenstein-Roth",
        lambda x: [
            -13 + x[0] + ((5 - x[1]) * x[1] - 2) * x[1],
            -29 + x[0] + ((x[1] + 1) * x[1] - 14) * x[1],
        ],
        lambda x: [[1, 10 * x[1] - 3 * x[1] ** 2 - 2], [1, 3 * x[1] ** 2 + 2 * x[1] - 14]],
        [0.5, -2],
    )
    yield add(
        "4 Brown badly scaled, scaled",
        lambda x: [x[0] - 10, x[1] - 0.2, x[0] * x[1] - 2],
        lambda x: [[1, 0], [0, 1], [x[1], x[0]]],
        [1, 1],
    )
    yield add(
        "5 Beale",
        lambda x: BEALE - x[0] * (1 - x[1] ** POWERS),
        lambda x: np.column_stack([-(1 - x[1] ** POWERS), x[0] * POWERS * x[1] ** (POWERS - 1)]),
        [1.1, 0.7],
    )
    yield add(
        "6 Jennrich-Sampson",
        lambda x: (
            2
            + 2 * np.arange(1, 6)
            - (np.exp(np.arange(1, 6) * x[0]) + np.exp(np.arange(1, 6) * x[1]))
        ),
        lambda x: np.column_stack(
            [
                -np.arange(1, 6) * np.exp(np.arange(1, 6) * x[0]),
                -np.arange(1, 6) * np.exp(np.arange(1, 6) * x[1]),
            ]
        ),
        [0.3, 0.4],
    )
    yield add(
        "8 Bard",
        lambda x: [
            0.14 * u - (x[0] + u / ((16 - u) * x[1] + min(u, 16 - u) * x[2])) for u in range(1, 16)
        ],
        lambda x: [
            [
                -1,
                u * (16 - u) / ((16 - u) * x[1] + min(u, 16 - u) * x[2]) ** 2,
                u * min(u, 16 - u) / ((16 - u) * x[1] + min(u, 16 - u) * x[2]) ** 2,
            ]
            for u in range(1, 16)
        ],
        [1, 1, 1.2],
    )
    yield add(
        "9 Gaussian",
        lambda x: x[0] * np.exp(-x[1] * (T10 * 3 - x[2]) ** 2 / 2) - 0.1,
        lambda x: np.column_stack(
            [
                np.exp(-x[1] * (T10 * 3 - x[2]) ** 2 / 2),
                -x[0] * (T10 * 3 - x[2]) ** 2 / 2 * np.exp(-x[1] * (T10 * 3 - x[2]) ** 2 / 2),
                x[0] * x[1] * (T10 * 3 - x[2]) * np.exp(-x[1] * (T10 * 3 - x[2]) ** 2 / 2),
            ]
        ),
        [0.4, 1, 0.3],
    )
    yield add(
        "12 Box",
        lambda x: (
            np.exp(-T10 * x[0]) - np.exp(-T10 * x[1]) - x[2] * (np.exp(-T10) - np.exp(-10 * T10))
        ),
        lambda x: np.column_stack(
            [
                -T10 * np.exp(-T10 * x[0]),
                T10 * np.exp(-T10 * x[1]),
                -(np.exp(-T10) - np.exp(-10 * T10)),
            ]
        ),
        [0.3, 10, 20],
    )
    yield add(
        "13 Powell singular",
        lambda x: [
            x[0] + 10 * x[1],
            5**0.5 * (x[2] - x[3]),
            (x[1] - 2 * x[2]) ** 2,
            10**0.5 * (x[0] - x[3]) ** 2,
        ],
        lambda x: [
            [1, 10, 0, 0],
            [0, 0, 5**0.5, -(5**0.5)],
            [0, 2 * (x[1] - 2 * x[2]), -4 * (x[1] - 2 * x[2]), 0],
            [2 * 10**0.5 * (x[0] - x[3]), 0, 0, -2 * 10**0.5 * (x[0] - x[3])],
        ],
        [3, -1, 0.4, 1],
    )
    yield add(
        "14 Wood",
        lambda x: [
            10 * (x[1] - x[0] ** 2),
            1 - x[0],
            90**0.5 * (x[3] - x[2] ** 2),
            1 - x[2],
            10**0.5 * (x[1] + x[3] - 2),
            10**-0.5 * (x[1] - x[3]),
        ],
        lambda x: [
            [-20 * x[0], 10, 0, 0],
            [-1, 0, 0, 0],
            [0, 0, -2 * 90**0.5 * x[2], 90**0.5],
            [0, 0, -1, 0],
            [0, 10**0.5, 0, 10**0.5],
            [0, 10**-0.5, 0, -(10**-0.5)],
        ],
        [-3, -1, -3, -1],
    )
    yield add(
        "16 Brown-Dennis",
        lambda x: (
            (x[0] + T5 * x[1] - np.exp(T5)) ** 2 + (x[2] + x[3] * np.sin(T5) - np.cos(T5)) ** 2
        ),
        lambda x: np.column_stack(
            [
                2 * (x[0] + T5 * x[1] - np.exp(T5)),
                2 * T5 * (x[0] + T5 * x[1] - np.exp(T5)),
                2 * (x[2] + x[3] * np.sin(T5) - np.cos(T5)),
                2 * np.sin(T5) * (x[2] + x[3] * np.sin(T5) - np.cos(T5)),
            ]
        ),
        [25, 5, -5, -1],
    )
    yield add(
        "17 Osborne, of three",
        lambda x: x[0] + x[1] * np.exp(-T10 * x[2]) - 0.8,
        lambda x: np.column_stack(
            [np.ones(10), np.exp(-T10 * x[2]), -x[1] * T10 * np.exp(-T10 * x[2])]
        ),
        [0.5, 1.5, 1],
    )
    yield add(
        "21 extended Rosenbrock",
        lambda x: np.concatenate([10 * (x[1::2] - x[::2] ** 2), 1 - x[::2]]),
        lambda x: np.vstack(
            [
                np.kron(np.diag(-20 * x[::2]), [1, 0]) + np.kron(np.eye(3) * 10, [0, 1]),
                np.kron(-np.eye(3), [1, 0]),
            ]
        ),
        [-1.2, 1, -1.2, 1, -1.1, 0.9],
    )
    yield add(
        "25 variably dimensioned",
        lambda x: np.concatenate(
            [x - 1, [np.arange(1, 5) @ (x - 1)], [(np.arange(1, 5) @ (x - 1)) ** 2]]
        ),
        lambda x: np.vstack(
            [np.eye(4), np.arange(1, 5), 2 * (np.arange(1, 5) @ (x - 1)) * np.arange(1, 5)]
        ),
        [0.75, 0.5, 0.25, 0.1],
    )
    yield add(
        "26 trigonometric",
        lambda x: 4 - np.cos(x).sum() + np.arange(1, 5) * (1 - np.cos(x)) - np.sin(x),
        lambda x: np.tile(np.sin(x), (4, 1)) + np.diag(np.arange(1, 5) * np.sin(x) - np.cos(x)),
        [0.25, 0.2, 0.3, 0.15],
    )
    yield add(
        "30 Broyden tridiagonal",
        lambda x: (
            (3 - 2 * x) * x - np.concatenate([[0], x[:-1]]) - 2 * np.concatenate([x[1:], [0]]) + 1
        ),
        lambda x: np.diag(3 - 4 * x) - np.eye(5, k=-1) - 2 * np.eye(5, k=1),
        [-1, -0.9, -1.1, -0.8, -1],
    )
    yield add(
        "32 linear",
        lambda x: np.concatenate([x - 0.5 * x.sum() - 1, [-0.5 * x.sum() - 1]]),
        lambda x: np.vstack([np.eye(3) - 0.5, -0.5 * np.ones(3)]),
        [1, 1, 1.3],
    )


def _hs() -> Iterator[Published]:
    def add(number: int, f: Function, gradient: Function, at: Any) -> Published:
        return Published(
            f"HS {number}",
            f,
            lambda x: np.array(gradient(x), dtype=float),
            np.array(at, dtype=float),
        )

    yield add(
        3,
        lambda x: x[1] + 1e-2 * (x[1] - x[0]) ** 2,
        lambda x: [-2e-2 * (x[1] - x[0]), 1 + 2e-2 * (x[1] - x[0])],
        [10, 1],
    )
    yield add(
        4, lambda x: (x[0] + 1) ** 3 / 3 + x[1], lambda x: [(x[0] + 1) ** 2, 1], [1.125, 0.125]
    )
    yield add(
        5,
        lambda x: np.sin(x[0] + x[1]) + (x[0] - x[1]) ** 2 - 1.5 * x[0] + 2.5 * x[1] + 1,
        lambda x: [
            np.cos(x[0] + x[1]) + 2 * (x[0] - x[1]) - 1.5,
            np.cos(x[0] + x[1]) - 2 * (x[0] - x[1]) + 2.5,
        ],
        [0.3, 0.1],
    )
    yield add(
        7,
        lambda x: np.log(1 + x[0] ** 2) - x[1],
        lambda x: [2 * x[0] / (1 + x[0] ** 2), -1],
        [2, 2],
    )
    yield add(
        9,
        lambda x: np.sin(np.pi * x[0] / 12) * np.cos(np.pi * x[1] / 16),
        lambda x: [
            np.pi / 12 * np.cos(np.pi * x[0] / 12) * np.cos(np.pi * x[1] / 16),
            -np.pi / 16 * np.sin(np.pi * x[0] / 12) * np.sin(np.pi * x[1] / 16),
        ],
        [1, 2],
    )
    yield add(
        12,
        lambda x: x[0] ** 2 / 2 + x[1] ** 2 - x[0] * x[1] - 7 * x[0] - 7 * x[1],
        lambda x: [x[0] - x[1] - 7, 2 * x[1] - x[0] - 7],
        [0.5, 0.2],
    )
    yield add(
        26,
        lambda x: (x[0] - x[1]) ** 2 + (x[1] - x[2]) ** 4,
        lambda x: [
            2 * (x[0] - x[1]),
            -2 * (x[0] - x[1]) + 4 * (x[1] - x[2]) ** 3,
            -4 * (x[1] - x[2]) ** 3,
        ],
        [-2.6, 2, 1.5],
    )
    yield add(
        29,
        lambda x: -x[0] * x[1] * x[2],
        lambda x: [-x[1] * x[2], -x[0] * x[2], -x[0] * x[1]],
        [1, 2, 3],
    )
    yield add(
        34,
        lambda x: -x[0] + np.exp(x[1]) * x[2],
        lambda x: [-1, np.exp(x[1]) * x[2], np.exp(x[1])],
        [0.2, 1.05, 2.9],
    )
    yield add(40, lambda x: -np.prod(x), lambda x: -np.prod(x) / x, [0.8, 0.7, 0.9, 0.6])
    yield add(
        46,
        lambda x: (x[0] - x[1]) ** 2 + (x[2] - 1) ** 2 + (x[3] - 1) ** 4 + (x[4] - 1) ** 6,
        lambda x: [
            2 * (x[0] - x[1]),
            -2 * (x[0] - x[1]),
            2 * (x[2] - 1),
            4 * (x[3] - 1) ** 3,
            6 * (x[4] - 1) ** 5,
        ],
        [0.7, 1.75, 0.5, 2, 2.2],
    )
    yield add(
        71,
        lambda x: x[0] * x[3] * (x[0] + x[1] + x[2]) + x[2],
        lambda x: [
            x[3] * (2 * x[0] + x[1] + x[2]),
            x[0] * x[3],
            x[0] * x[3] + 1,
            x[0] * (x[0] + x[1] + x[2]),
        ],
        [1.1, 5, 4, 1.3],
    )
    yield add(
        77,
        lambda x: (x[0] - 1) ** 2 + (x[0] - x[1]) ** 2 + (x[2] - 1) ** 2 + (x[3] - 1) ** 4,
        lambda x: [
            2 * (x[0] - 1) + 2 * (x[0] - x[1]),
            -2 * (x[0] - x[1]),
            2 * (x[2] - 1),
            4 * (x[3] - 1) ** 3,
        ],
        [2, 1.5, 2.2, 1.7],
    )
    yield add(
        100,
        lambda x: (x[0] - 10) ** 2 + 5 * (x[1] - 12) ** 2 + x[2] ** 4 + 3 * (x[3] - 11) ** 2,
        lambda x: [2 * (x[0] - 10), 10 * (x[1] - 12), 4 * x[2] ** 3, 6 * (x[3] - 11)],
        [1, 2, 0.5, 4],
    )


RANDOM = np.random.default_rng(7)
X, Y = RANDOM.normal(size=(12, 3)), RANDOM.normal(size=12)
SIGNS = np.where(Y > 0, 1.0, -1.0)


def _losses() -> Iterator[Published]:
    at = np.array([0.3, -0.2, 0.5])
    yield Published(
        "mse", lambda w: np.mean((X @ w - Y) ** 2), lambda w: 2 / 12 * X.T @ (X @ w - Y), at
    )
    yield Published(
        "ridge",
        lambda w: np.sum((X @ w - Y) ** 2) + 0.7 * w @ w,
        lambda w: 2 * X.T @ (X @ w - Y) + 1.4 * w,
        at,
    )
    yield Published(
        "logistic",
        lambda w: np.mean(np.log1p(np.exp(-SIGNS * (X @ w)))),
        lambda w: -X.T @ (SIGNS / (1 + np.exp(SIGNS * (X @ w)))) / 12,
        at,
    )
    yield Published(
        "Poisson",
        lambda w: np.sum(np.exp(X @ w) - Y * (X @ w)),
        lambda w: X.T @ (np.exp(X @ w) - Y),
        at,
    )
    yield Published(
        "softmax",
        lambda w: np.log(np.exp(X @ w).sum()),
        lambda w: X.T @ (np.exp(X @ w) / np.exp(X @ w).sum()),
        at,
    )
    hidden = RANDOM.normal(size=(2, 3)) * 0.5

    def network(w: Any) -> Any:
        return np.mean((np.tanh(X @ w.T) @ [1.0, -2.0] - Y) ** 2)

    def network_gradient(w: Any) -> Any:
        z = np.tanh(X @ w.T)
        off = z @ [1.0, -2.0] - Y
        return 2 / 12 * (off[:, None] * [1.0, -2.0] * (1 - z**2)).T @ X

    yield Published("a network", network, network_gradient, hidden)
    square = RANDOM.normal(size=(3, 3))
    yield Published(
        "log det", lambda a: np.log(abs(np.linalg.det(a))), lambda a: np.linalg.inv(a).T, square
    )
    yield Published(
        "quadratic form",
        lambda a: np.array([1.0, 2, 3]) @ a @ [0.5, -1, 2],
        lambda a: np.outer([1.0, 2, 3], [0.5, -1, 2]),
        square,
    )


PUBLISHED = [*_mgh(), *_hs(), *_losses()]

Plant = Callable[[Any, Any, int], Any]
"""Spoils a gradient at x in its component i."""


def _one(change: Callable[[Any, Any, int], float]) -> Plant:
    def plant(g: Any, x: Any, i: int) -> Any:
        found = np.array(g, dtype=float)
        found.ravel()[i] = change(np.ravel(found)[i], np.ravel(x), i)
        return found

    return plant


def _swapped(g: Any, x: Any, i: int) -> Any:
    found = np.array(g, dtype=float)
    j = (i + 1) % found.size
    flat = found.reshape(-1)
    flat[[i, j]] = flat[[j, i]]
    return found


MISTAKES: dict[str, tuple[Plant, str]] = {
    "sign": (_one(lambda g, x, i: -g), "sign is wrong"),
    "sign of all": (lambda g, x, i: -g, "sign is wrong"),
    "factor 2": (_one(lambda g, x, i: 2 * g), "factor 2 too many"),
    "half": (lambda g, x, i: g / 2, "factor 2 is missing"),
    "sum for mean": (lambda g, x, i: 12 * g, "12"),
    "transpose": (lambda g, x, i: g.T if g.ndim == 2 and len(set(g.shape)) == 1 else -g, ""),
    "missing term": (_one(lambda g, x, i: g - 2 * x[i]), "is missing"),
    "doubled term": (_one(lambda g, x, i: g + 3.0), "too much"),
    "chain factor": (_one(lambda g, x, i: g / (2 * x[i])), "is missing"),
    "wrong variable": (_one(lambda g, x, i: g + x[i] - x[(i + 1) % len(x)]), "the term"),
    "swapped": (_swapped, "swapped"),
}  # fmt: skip
"""What is planted, and what is to be said of it."""


def planted(case: Published, name: str, i: int) -> Function:
    """The gradient with this mistake in component i."""
    plant = MISTAKES[name][0]
    return lambda x: plant(np.asarray(case.gradient(x)), x, i)
