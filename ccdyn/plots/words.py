"""Numbers as words: what a table prints and a picture's description says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf

import numpy as np


def spread(values: Sequence[float], digits: int = 3) -> str:
    """The mean over networks, then the lowest and the highest of them.

    >>> spread([0.010, 0.014])
    '0.012 (0.010 to 0.014)'
    """
    values = np.asarray(values, dtype=float)
    return f"{values.mean():.{digits}f} ({values.min():.{digits}f} to {values.max():.{digits}f})"


def in_ms(duration: float) -> str:
    """A duration in ms.

    >>> in_ms(72.1)
    '72 ms'
    """
    return "infinite" if duration == inf else f"{duration:.0f} ms"


def describe(what: str, values: Mapping[str, Sequence[float]], digits: int = 3) -> str:
    """One sentence for a reader who cannot see the picture.

    Args:
        what: what was measured.
        values: one number per network, by label.

    >>> describe("error", {"readout": [0.15, 0.17], "loop": [0.01, 0.02]})
    'error, mean (lowest to highest network): readout 0.160 (0.150 to 0.170), loop 0.015 (0.010 to 0.020).'
    """
    parts = ", ".join(f"{label} {spread(numbers, digits)}" for label, numbers in values.items())
    return f"{what}, mean (lowest to highest network): {parts}."
