"""What a network draws, over what it should have drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from ccdyn.history import History
from ccdyn.plots.curves import draw_learning
from ccdyn.plots.style import GREY, PALE, Style, make_figure, styled, styles
from ccdyn.tasks.cued import CuedDrawing

MARKERS = "os^DvPX*<>hp"  # one per pattern


def draw_targets(axes: Axes, targets: np.ndarray) -> None:
    """Pale lines (pattern, time, 2) under what is drawn, with an open marker at each end."""
    axes.add_collection(LineCollection(targets, colors=PALE, linewidths=6, capstyle="round", zorder=1))
    for target, marker in zip(targets, MARKERS):
        axes.plot(*target[-1], marker, markersize=12, color="white", markeredgecolor=GREY, zorder=2)


def draw_networks(axes: Axes, drawn: np.ndarray, color: str, bold: int = 0, faint: float = 0.4) -> None:
    """Lines (network, pattern, time, 2): those of network ``bold`` with markers at their ends, the others thinly."""
    others = np.delete(drawn, bold, 0).reshape(-1, *drawn.shape[2:])
    axes.add_collection(LineCollection(others, colors=color, linewidths=1.2, alpha=faint, zorder=3))
    axes.add_collection(LineCollection(drawn[bold], colors=color, linewidths=2.4, zorder=4))
    draw_ends(axes, drawn[bold], color)


def draw_ends(axes: Axes, lines: np.ndarray, color: str) -> None:
    """A marker for each pattern where its line (pattern, time, 2) ends."""
    for line, marker in zip(lines, MARKERS):
        axes.plot(*line[-1], marker, markersize=8, color=color, markeredgecolor="white", zorder=5)


@styled
def drawn_lines(task: CuedDrawing, readouts: Mapping[str, np.ndarray],
                looks: Mapping[str, Style] | None = None) -> Figure:
    """A panel per architecture: pale target lines, and on top what was drawn for each cue.

    Colour is the architecture, marker shape is the pattern: filled where the
    network's line ends, open where it should end.

    Args:
        task: a line- or digit-drawing task, for its target lines.
        readouts: by label, z for every pattern once and in order (as from
            ``task.gallery``): (pattern, time, 2), or (replica, pattern, time, 2)
            to draw all networks, thinly.
        looks: by label, if their colours mean something already; None finds some.

    Raises:
        ValueError: readouts that do not hold every pattern once.
    """
    figure, panels = make_figure(2.7 * len(readouts), 3.1, 1, len(readouts), squeeze=False)
    draw_panels(panels[0], task, readouts, looks)
    return figure


@styled
def lines_and_curves(task: CuedDrawing, histories: Mapping[str, History],
                     readouts: Mapping[str, np.ndarray], chance: float | None = None,
                     metric: str = "validation_loss", log: bool = False) -> Figure:
    """Learning curves on the left, drawn lines on the right: how fast, and what it looks like.

    Args:
        task, readouts: as in ``drawn_lines``.
        histories, chance, metric, log: as in ``learning_curves``.
    """
    figure, panels = make_figure(5.4 + 2.4 * len(readouts), 3.7, 1, 1 + len(readouts),
                                 width_ratios=[2.1] + [1] * len(readouts))
    figure.get_layout_engine().set(wspace=0.04)
    draw_learning(panels[0], histories, metric, chance, log)
    draw_panels(panels[1:], task, readouts)
    return figure


def draw_panels(panels: Sequence[Axes], task: CuedDrawing, readouts: Mapping[str, np.ndarray],
                looks: Mapping[str, Style] | None = None) -> None:
    """The panels of ``drawn_lines`` into axes of your own."""
    targets = task.lines.numpy()
    for axes, (label, style) in zip(panels, (looks or styles(readouts)).items()):
        drawn = np.asarray(readouts[label], dtype=float)
        if drawn.shape[-3:] != targets.shape or drawn.ndim not in (3, 4):
            raise ValueError(f"the readout of {label!r} has shape {drawn.shape} but the task's lines are "
                             f"{targets.shape}; run the network on task.gallery(...), every pattern once")
        networks = drawn.reshape(-1, *targets.shape)
        for target, marker in zip(targets, MARKERS):
            axes.plot(*target.T, color=PALE, linewidth=6, solid_capstyle="round", zorder=1)
            axes.plot(*target[-1], marker=marker, markersize=10, color="white", markeredgecolor=GREY,
                      zorder=2)
        for lines, marker in zip(networks.swapaxes(0, 1), MARKERS):
            for line in lines:
                axes.plot(*line.T, color=style.color, linewidth=1.5, alpha=len(networks) ** -0.4, zorder=3)
            axes.plot(*lines[:, -1].T, linestyle="none", color=style.color, marker=marker, markersize=5.5,
                      markeredgecolor="white", markeredgewidth=0.6, zorder=4)
        low, high = targets.min((0, 1)), targets.max((0, 1))
        margin = 0.25 * (high - low).max()
        axes.set(xlim=(low[0] - margin, high[0] + margin), ylim=(low[1] - margin, high[1] + margin),
                 aspect="equal", xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
        axes.set_title(label, color=style.color, loc="center", weight="bold")
