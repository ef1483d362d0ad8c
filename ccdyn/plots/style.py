"""How every picture of ccdyn looks: colours that everybody can tell apart, and a line and marker as well.

Figures are plain ``matplotlib.figure.Figure`` objects. Nothing here or in the
other plot files touches pyplot, so no figure stays behind in a notebook's
memory and no style leaks into the reader's own plots.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import wraps
from typing import NamedTuple, TypeVar

import matplotlib
from matplotlib.figure import Figure

# Okabe & Ito (2008), "Color universal design"; yellow is left out, it is too faint on white.
BLACK, ORANGE, SKY, GREEN, BLUE, VERMILION, PURPLE = (
    "#000000", "#E69F00", "#56B4E9", "#009E73", "#0072B2", "#D55E00", "#CC79A7")
GREY, PALE = "#6E6E6E", "#D9D9D9"  # for what is not data: targets, chance, axes

RC = {
    "figure.facecolor": "white", "savefig.facecolor": "white", "axes.facecolor": "white",
    "font.family": "DejaVu Sans", "font.size": 12, "axes.titlesize": 13, "axes.labelsize": 12,
    "xtick.labelsize": 11, "ytick.labelsize": 11, "legend.fontsize": 11, "legend.frameon": False,
    "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": GREY, "axes.linewidth": 1.0,
    "xtick.color": GREY, "ytick.color": GREY, "xtick.labelcolor": "black", "ytick.labelcolor": "black",
    "lines.linewidth": 2.2, "lines.markersize": 6, "mathtext.fontset": "dejavusans",
    "axes.titlelocation": "left",
}


class Style(NamedTuple):
    """Colour, line style and marker of one curve."""

    color: str
    linestyle: str | tuple
    marker: str


ARCHITECTURE = {
    "no feedback": Style(BLACK, (0, (1.2, 1.6)), "s"),
    "readout feedback": Style(BLUE, (0, (5, 2)), "^"),
    "cerebellar feedback": Style(VERMILION, "-", "o"),
    "granule readout": Style(GREEN, (0, (6, 2, 1.2, 2)), "D"),
}
# The two models of predicted feedback: without and with a cerebellum.
MODELS = {"cRNN": ARCHITECTURE["no feedback"], "ccRNN": ARCHITECTURE["cerebellar feedback"]}
GHOST = Style(GREY, (0, (4, 2)), "o")      # of networks before these
OTHERS = (Style(PURPLE, (0, (3, 1.5)), "v"), Style(SKY, (0, (8, 2)), "P"),
          Style(ORANGE, (0, (4, 1, 1, 1, 1, 1)), "X"))


def styles(labels: Collection[str]) -> dict[str, Style]:
    """A style for each label: an architecture or a model keeps its own, anything else gets one that is free.

    "cerebellar feedback, tau 5" is drawn as "cerebellar feedback" if that style is free.

    >>> styles(["my network", "cerebellar feedback, tau 5"])["cerebellar feedback, tau 5"].marker
    'o'
    """
    chosen: dict[str, Style] = {}
    for label in sorted(labels, key=len):
        style = (ARCHITECTURE | MODELS).get(label.split(",")[0])
        if style and style not in chosen.values():
            chosen[label] = style
    free = [style for style in (*OTHERS, *ARCHITECTURE.values()) if style not in chosen.values()]
    others = [label for label in labels if label not in chosen]
    if len(others) > len(free):
        raise ValueError(f"{len(labels)} curves are too many to tell apart; draw at most "
                         f"{len(OTHERS) + len(ARCHITECTURE)} in one picture")
    chosen |= dict(zip(others, free))
    return {label: chosen[label] for label in labels}


Plot = TypeVar("Plot", bound=Callable[..., Figure])


def styled(plot: Plot) -> Plot:
    """Draw with ccdyn's fonts and colours, and leave matplotlib's settings as they were."""
    @wraps(plot)
    def with_style(*args, **kwargs) -> Figure:
        with matplotlib.rc_context(RC):
            return plot(*args, **kwargs)
    return with_style


def make_figure(width: float, height: float, rows: int = 1, columns: int = 1, **options):
    """A figure and its axes, (rows, columns) squeezed; sizes in inches."""
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(rows, columns, **options)
