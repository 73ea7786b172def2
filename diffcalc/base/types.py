"""The array types that every room shares."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
