"""The frame of a panel's picture: axes, titles and labels in fixed places.

So nothing jumps between two pictures, and matplotlib, which spends a third of
a picture's time on looking for free places, need not look for any.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import ScaledTranslation

from ccdyn.cortex import DT_MS
from ccdyn.plots.style import RC

HEIGHT = 3.9    # inches
STEP = f"time step ({DT_MS:g} ms each)"
BELOW = 23      # points from an x axis down to its label

Box = tuple[float, float, float, float]     # left, bottom, width, height, as shares of the figure


@contextmanager
def frame(*boxes: Box, width: float = 12.0) -> Iterator[tuple[Figure, list[Axes]]]:
    """A figure in ccdyn's style with axes in these boxes; what is drawn into them comes inside the ``with``."""
    with matplotlib.rc_context({**RC, "legend.handlelength": 1.8, "legend.labelspacing": 0.25}):
        figure = Figure(figsize=(width, HEIGHT))
        yield figure, [figure.add_axes(box) for box in boxes]
        for axes in figure.axes:
            below = axes.transAxes + ScaledTranslation(0, -BELOW / 72, figure.dpi_scale_trans)
            axes.xaxis.set_label_coords(0.5, 0, below)
            if not axes.get_ylabel():
                axes.yaxis.set_label_coords(0, 0.5)


def put_title(axes: Axes, text: str, place: str = "left") -> None:
    """Above ``axes``, always at the same height."""
    axes.set_title(text, y=1.0, pad=7, loc=place)
