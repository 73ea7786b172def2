"""The array types that every room shares."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from diffcalc.base.numbers import MpNumber

FloatArray = NDArray[np.float64]
Floats = FloatArray | np.float64
"""One float64, or an array of them."""
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]
ObjectArray = NDArray[Any]
"""An array of what numpy does not know: mpmath's numbers, balls, constants as typed."""
MpNumbers = MpNumber | ObjectArray
"""A number of mpmath, or an array of them."""
NumberArray = NDArray[Any]
"""An array of any kind of numbers: float64, mpmath's, or true and false."""
Reals = Floats | MpNumbers | float
"""Real numbers of either kind: one, or an array of them."""
