"""The types of arrays that are used throughout."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Array", "Bytes", "Ints", "Words"]

Ints = NDArray[np.int64]
"""Numbers to compute with: int64 has room for every sum."""

Words = NDArray[np.integer]
"""Memory words, (words, numbers)."""

Bytes = NDArray[np.uint8]
"""What is packed."""

Array = NDArray[Any]
"""A user's tensor."""
