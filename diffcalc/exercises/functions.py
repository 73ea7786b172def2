"""A user's own functions, called with arrays of one kind or another, seen as of one flat array."""

import importlib
import inspect
import math
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from traceback import walk_tb
from typing import Any

import numpy as np

from diffcalc.base.errors import DeadlineError, DiffcalcError
from diffcalc.base.types import FloatArray

# What mathematics raises outside a domain: beside the point that is no error.
_OUTSIDE = (ArithmeticError, ValueError)


class Arguments:
    """The arguments of a function: a number, an array, a list, a tensor; several; or by name.

    `vector` has all their numbers, in one row. What is given by name is passed by name, unless
    `in_order`.
    """

    def __init__(self, at: Any, *, in_order: bool = False) -> None:
        named = isinstance(at, Mapping)
        self._by_name = named and not in_order
        several = named or isinstance(at, tuple)
        given = list(at.values()) if named else list(at) if several else [at]
        self.names = list(at) if named else [f"x{i}" if several else "x" for i in range(len(given))]
        self._parts = [numbers_of(one, "the point") for one in given]
        self._kinds = [_kind(one) for one in given]
        self.vector = np.concatenate([part.ravel() for part in self._parts] or [np.zeros(0)])
        if not self.vector.size or not np.isfinite(self.vector).all():
            raise DiffcalcError("the point must be numbers that are finite, at least one")

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """The shape of each argument."""
        return [part.shape for part in self._parts]

    @property
    def labels(self) -> list[str]:
        """What each number is called: w[0], or w for one alone."""
        return [
            name + "".join(f"[{i}]" for i in index)
            for name, shape in zip(self.names, self.shapes, strict=True)
            for index in np.ndindex(shape)
        ]

    def __str__(self) -> str:
        return ", ".join(
            f"{name} = {_short(part)}" for name, part in zip(self.names, self._parts, strict=True)
        )

    def pieces(self, vector: FloatArray) -> Iterator[FloatArray]:
        """These numbers in the shapes of the arguments, copied."""
        start = 0
        for shape in self.shapes:
            size = math.prod(shape)
            yield vector[start : start + size].reshape(shape).copy()
            start += size

    def call(self, f: Callable[..., Any], vector: FloatArray, kind: str = "") -> Any:
        """The value of f for these numbers, as arguments of the kinds that were given."""
        kinds = [kind or own for own in self._kinds]
        made = [_made(p, k) for p, k in zip(self.pieces(vector), kinds, strict=True)]
        return f(**dict(zip(self.names, made, strict=True))) if self._by_name else f(*made)


class Caller:
    """One function of the user's at any point: its values as arrays, and its errors in a line."""

    def __init__(self, f: Callable[..., Any], arguments: Arguments, what: str) -> None:
        if not callable(f):
            raise DiffcalcError(f"{what} is not a function")
        self.name = getattr(f, "__name__", None) or what
        self._f = f
        self._arguments = arguments
        self._kind = ""
        self.count = 0
        """How often it was called."""

    def raw(self, vector: FloatArray) -> Any:
        """What the function gives. Raises `DiffcalcError` for any error inside it."""
        try:
            return self._called(vector)
        except DiffcalcError:
            raise
        except Exception as error:
            raise DiffcalcError(f"{self.name} {_told(error)}") from error

    def find_kind(self, vector: FloatArray) -> None:
        """Chooses tensors where the function cannot do with arrays. Raises as `raw` does."""
        first: Exception | None = None
        for kind in ("", "list", "torch", "jax"):
            if kind in ("torch", "jax") and kind not in sys.modules:
                continue
            self._kind = kind
            try:
                self._called(vector)
            except DeadlineError:
                raise
            except Exception as error:
                first = first or error
                if not isinstance(error, (TypeError, AttributeError)):
                    break
            else:
                return
        self._kind = ""
        assert first is not None
        raise DiffcalcError(f"{self.name} {_told(first)}") from first

    def beside(self, vector: FloatArray) -> FloatArray:
        """The value at a point that is not the user's: nan outside of the domain."""
        try:
            return numbers_of(self._called(vector), self.name)
        except DeadlineError:
            raise
        except (*_OUTSIDE, DiffcalcError):
            return np.full(1, math.nan)
        except Exception as error:
            raise DiffcalcError(f"{self.name} {_told(error)}") from error

    def _called(self, vector: FloatArray) -> Any:
        self.count += 1
        with _quiet():
            return self._arguments.call(self._f, vector, self._kind)


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the warnings of mathematics outside a domain; what it prints goes beside results."""
    with (
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
        redirect_stdout(sys.stderr),
    ):
        warnings.simplefilter("ignore", RuntimeWarning)
        yield


def _told(error: BaseException) -> str:
    """What happened in a function: `raised ValueError: message (line 3 of losses.py)`."""
    text = " ".join(str(error).split())
    files = [(f.f_code.co_filename, line) for f, line in walk_tb(error.__traceback__)]
    own = [(file, line) for file, line in files if not any(part in file for part in _NOT_OWN)]
    place = f" (line {own[-1][1]} of {os.path.basename(own[-1][0])})" if own else ""
    return f"raised {type(error).__name__}{': ' + text if text else ''}{place}"


_NOT_OWN = ("site-packages", "importlib", "<frozen", os.path.dirname(os.path.dirname(__file__)))
"""Parts of the names of files that are no user's."""


def _short(array: FloatArray) -> str:
    settings: dict[str, Any] = {"separator": ", ", "threshold": 12, "max_line_width": 10_000}
    text = np.array2string(array, formatter={"float_kind": "{:.6g}".format}, **settings)
    return " ".join(text.split())


def _kind(value: Any) -> str:
    """numpy, list, torch or jax, by the module of its type."""
    module = type(value).__module__.partition(".")[0]
    if module in ("torch", "jaxlib", "jax"):
        return module.removesuffix("lib")
    return "number" if isinstance(value, int | float) else "numpy"


def _made(array: FloatArray, kind: str) -> Any:
    if kind == "list":
        return array.tolist()
    if kind == "torch":
        return sys.modules["torch"].tensor(array)
    if kind == "jax":
        return sys.modules["jax"].numpy.asarray(array)
    return float(array) if array.ndim == 0 else array


def numbers_of(value: Any, what: str) -> FloatArray:
    """Numbers of any kind as an array. Raises `DiffcalcError` where they are none."""
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    try:
        found = np.asarray(value)
        if found.dtype.kind not in "fiub":
            raise TypeError
    except (TypeError, ValueError):
        kind = type(value).__name__
        raise DiffcalcError(f"{what} gives no array of numbers, but {kind}") from None
    return found if found.dtype == np.float32 else found.astype(np.float64)


def flat_gradient(
    value: Any, arguments: Arguments, outputs: tuple[int, ...], what: str
) -> FloatArray:
    """A gradient, or for a function of several outputs its Jacobian, in a row for each output.

    Raises `DiffcalcError` where it has another shape.
    """
    parts = _parts(value, arguments, what)
    rows = []
    for name, shape, part in zip(arguments.names, arguments.shapes, parts, strict=True):
        array = numbers_of(part, what)
        wanted = outputs + shape
        if array.shape != wanted and np.squeeze(array).shape != tuple(n for n in wanted if n != 1):
            turned = len(wanted) == 2 and array.shape == wanted[::-1]
            of = f"the gradient in {name}" if not outputs else f"the Jacobian in {name}"
            raise DiffcalcError(
                f"{what} gives shape {array.shape} for {of}, which has {wanted}"
                + ": it is the transpose" * turned
            )
        rows.append(array.reshape(math.prod(outputs), -1))
    return np.concatenate(rows, axis=1)


def _parts(value: Any, arguments: Arguments, what: str) -> Sequence[Any]:
    names = arguments.names
    if isinstance(value, Mapping):
        missing = [name for name in names if name not in value]
        if missing:
            raise DiffcalcError(f"{what} gives no gradient for {', '.join(missing)}")
        return [value[name] for name in names]
    if len(names) == 1:
        alone = isinstance(value, tuple) and len(value) == 1
        return [value[0] if alone and arguments.shapes[0] != (1,) else value]
    if not isinstance(value, list | tuple) and np.size(value) != len(names):
        raise DiffcalcError(f"{what} gives one array, but there are {len(names)} arguments")
    if len(value) != len(names):
        raise DiffcalcError(f"{what} gives {len(value)} gradients, not {len(names)}")
    return list(value)


# -- functions by name -----------------------------------------------------------------------------


def imported(text: str) -> Callable[..., Any]:
    """The function `module:function`, or `module.py:function`, as from the current directory.

    Raises `DiffcalcError` where there is none.
    """
    module, colon, name = text.partition(":")
    if not (module and colon and name):
        raise DiffcalcError(f"`{text}` is no function", hint="write module:function")
    module = module.removesuffix(".py")
    here = os.getcwd()
    sys.path.insert(0, here)
    try:
        found: Any = importlib.import_module(module)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise DiffcalcError(f"cannot import {module}: it {_told(error)}") from error
    finally:
        sys.path.remove(here)
    for part in name.split("."):
        found = getattr(found, part, None)
    if not callable(found):
        own = [n for n, value in vars(sys.modules[module]).items() if inspect.isfunction(value)]
        hint = f"its functions: {', '.join(own[:20])}" if own else None
        raise DiffcalcError(f"{module} has no function {name}", hint=hint)
    function: Callable[..., Any] = found
    return function


def point_of(functions: Sequence[Callable[..., Any]], values: Mapping[str, Any]) -> Arguments:
    """The arguments by name, where that is how both functions call theirs; else in order."""
    for function in functions:
        try:
            parameters = inspect.signature(function).parameters
        except (TypeError, ValueError):
            return Arguments(values, in_order=True)
        if not values.keys() <= parameters.keys():
            return Arguments(values, in_order=True)
    return Arguments(values)
