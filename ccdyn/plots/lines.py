"""What a network draws, over what it should have drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ccdyn.history import History
from ccdyn.plots.curves import draw_learning
from ccdyn.plots.style import BLACK, BLUE, GREEN, GREY, ORANGE, PALE, PURPLE, VERMILION, SKY, make_figure, styled, styles
from ccdyn.tasks.cued import CuedDrawing

PATTERNS = ((BLACK, "o"), (BLUE, "^"), (VERMILION, "s"), (GREEN, "D"), (PURPLE, "v"), (ORANGE, "P"), (SKY, "X"))


@styled
def drawn_lines(task: CuedDrawing, readouts: Mapping[str, np.ndarray]) -> Figure:
    """A panel per architecture: pale target lines, and on top what was drawn for each cue.

    Each pattern has its own colour and marker; the marker sits where the
    network's line ends, the number where it should end.

    Args:
        task: a line- or digit-drawing task, for its target lines.
        readouts: by label, z for every pattern once and in order (as from
            ``task.gallery``): (pattern, time, 2), or (replica, pattern, time, 2)
            to draw all networks, thinly.

    Raises:
        ValueError: readouts that do not hold every pattern once.
    """
    figure, panels = make_figure(2.9 * len(readouts) + 0.2, 3.3, 1, len(readouts), squeeze=False)
    for axes, (label, readout) in zip(panels[0], readouts.items()):
        draw_lines(axes, task, readout)
        axes.set_title(label, color=styles(readouts)[label].color)
    return figure


@styled
def lines_and_curves(task: CuedDrawing, histories: Mapping[str, History], readouts: Mapping[str, np.ndarray],
                     chance: float | None = None, metric: str = "validation_loss") -> Figure:
    """Learning curves on the left, drawn lines on the right: how fast, and what it looks like.

    Args:
        task, readouts: as in ``drawn_lines``.
        histories, chance, metric: as in ``learning_curves``.
    """
    figure, panels = make_figure(5.6 + 2.5 * len(readouts), 3.7, 1, 1 + len(readouts),
                                 width_ratios=[2.1] + [1] * len(readouts))
    draw_learning(panels[0], histories, metric, chance)
    for axes, (label, readout) in zip(panels[1:], readouts.items()):
        draw_lines(axes, task, readout)
        axes.set_title(label, color=styles(readouts)[label].color)
    return figure


def draw_lines(axes: Axes, task: CuedDrawing, readout: np.ndarray) -> None:
    """One panel of ``drawn_lines`` into axes of your own."""
    targets, drawn = task.lines.numpy(), np.asarray(readout, dtype=float)
    if drawn.shape[-3:] != targets.shape or drawn.ndim not in (3, 4):
        raise ValueError(f"readout has shape {drawn.shape} but the task's lines are {targets.shape}; "
                         "run the network on task.gallery(...), which has every pattern once")
    networks = drawn.reshape(-1, *targets.shape)
    alpha = max(0.3, 1 / len(networks) ** 0.5)
    for number, target in enumerate(targets):
        color, marker = PATTERNS[number % len(PATTERNS)]
        axes.plot(*target.T, color=PALE, linewidth=7, solid_capstyle="round", zorder=1)
        for line in networks[:, number]:
            axes.plot(*line.T, color=color, linewidth=1.4, alpha=alpha, zorder=2)
        axes.plot(*networks[:, number, -1].T, linestyle="none", marker=marker, color=color, markersize=5,
                  markeredgecolor="white", markeredgewidth=0.6, zorder=3)
        outwards = np.sign(target[-1] - targets[:, -1].mean(0)).round() if np.abs(target[-1]).max() > 0.01 else (0, 0)
        axes.annotate(str(number), target[-1], np.asarray(outwards) * 12, textcoords="offset points", color=color,
                      ha="center", va="center", fontsize=11) if np.any(outwards) else None
    axes.set_aspect("equal")
    low, high = targets.min((0, 1)), targets.max((0, 1))
    margin = 0.2 * (high - low).max()
    axes.set_xlim(low[0] - margin, high[0] + margin)
    axes.set_ylim(low[1] - margin, high[1] + margin)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
