"""The picture beside the canvas: what networks make of a student's strokes, and how well they learn them."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from ccdyn.plots.frame import frame, put_title
from ccdyn.plots.lines import draw_ends, draw_targets
from ccdyn.plots.live import LiveView, draw_error, live_words
from ccdyn.plots.style import ARCHITECTURE, GREY


def draw_picture(view: LiveView) -> Figure:
    """Two axes, 8.2 by 3.9 inches (the canvas stands where a third would): drawn strokes, learning curve."""
    with frame((0.005, 0.03, 0.42, 0.86), (0.525, 0.16, 0.45, 0.73), width=8.2) as (figure, (left, right)):
        _draw_strokes(left, view)
        draw_error(right, view)
        right.legend(loc="upper right", borderaxespad=0)
    return figure


def _draw_strokes(axes: Axes, view: LiveView) -> None:
    targets, color = view.task.lines.numpy(), ARCHITECTURE[view.shown[0].architecture].color
    draw_targets(axes, targets)
    draw_ends(axes, view.shown[0].drawn[0], color)
    # The last step that heard the cerebellum ends the solid part; what comes after it is dashed.
    heard = view.task.n_steps if view.silence is None else max(1, view.silence.start)
    for networks, width, alpha in ((view.shown[0].drawn[1:], 1.2, 0.4), (view.shown[0].drawn[:1], 2.4, 1)):
        lines = networks.reshape(-1, *targets.shape[1:])
        for part, dashes in ((lines[:, :heard], "-"), (lines[:, heard - 1:], (0, (2, 1)))):
            axes.add_collection(LineCollection(part, colors=color, linewidths=width, alpha=alpha, linestyles=dashes,
                                               zorder=3))
    for number, target in enumerate(targets, 1):
        axes.text(*target[0], str(number), fontsize=11, weight="bold", color="white", ha="center", va="center",
                  zorder=4.5, bbox={"boxstyle": "circle,pad=0.15", "facecolor": GREY, "linewidth": 0})
    if view.silence is not None:
        axes.text(-1.13, -1.2, "dashed: the cerebellum is silent", fontsize=11, va="center")
    axes.set(xlim=(-1.15, 1.15), ylim=(-1.3, 1.15), aspect="equal", anchor="N")
    axes.set_axis_off()
    put_title(axes, "what they draw (bold: the first network)")


def draw_words(view: LiveView) -> str:
    """The same in words, with the numbers: the picture's alternative text."""
    n = view.task.n_patterns
    strokes = "; ".join(f"{number} from ({a:.2f}, {b:.2f}) to ({c:.2f}, {d:.2f})" for number, ((a, b), (c, d))
                        in enumerate(view.task.lines[:, [0, -1]].tolist(), 1))
    cue = f"the best without the cue {view.task.error_without_cue:.3f}" if n > 1 else "a single stroke needs no cue"
    return (f"{live_words(view, 'drawing ' + ('1 stroke' if n == 1 else f'{n} strokes'))} "
            f"Beside it: {cue}. The strokes: {strokes}.")
