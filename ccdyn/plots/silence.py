"""The picture of feedback that is silenced for some steps: what is drawn, how the pen moves, and which steps matter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ccdyn.plots.curves import draw_band
from ccdyn.plots.frame import STEP, frame, put_title
from ccdyn.plots.lines import draw_networks, draw_targets
from ccdyn.plots.silenced import Silenced, draw_windows
from ccdyn.plots.style import GHOST, GREY, styles
from ccdyn.plots.words import spread


@dataclass(frozen=True, eq=False)
class SilenceView:
    """Everything that the picture and its description are made of.

    Attributes:
        label: which networks, such as "cerebellar feedback".
        silenced: the window.
        lines: the task's target lines, (pattern, time, 2).
        drawn: what is drawn with these steps silenced, (network, pattern, time, 2).
        progress, intact_progress: how far along its line the pen is, (time, network).
        windows: test error by first silenced step for windows of this length, (time, network).
        intact: test error with nothing silenced, (network,).
        chance: the error of not knowing the cue.
    """

    label: str
    silenced: Silenced
    lines: np.ndarray
    drawn: np.ndarray
    progress: np.ndarray
    intact_progress: np.ndarray
    windows: np.ndarray
    intact: np.ndarray
    chance: float

    @property
    def error(self) -> np.ndarray:
        """Test error with these steps silenced, (network,)."""
        return self.windows[self.silenced.first]


def silence_picture(view: SilenceView) -> Figure:
    """Three axes, 12 by 3.9 inches: the lines, the pen in time, and the error over where the window begins."""
    with frame((0.01, 0.04, 0.26, 0.84), (0.325, 0.16, 0.29, 0.73), (0.69, 0.16, 0.3, 0.73)) as (figure, axes):
        color = styles([view.label])[view.label].color
        draw_targets(axes[0], view.lines)
        draw_networks(axes[0], view.drawn, color)
        low, high = view.lines.min((0, 1)), view.lines.max((0, 1))
        middle, reach = (low + high) / 2, 0.6 * (high - low).max()
        axes[0].set(xlim=middle[0] + reach * np.array([-1, 1]), ylim=middle[1] + reach * np.array([-1, 1]),
                    aspect="equal")
        axes[0].set_axis_off()
        put_title(axes[0], f"{view.silenced.steps}: {view.silenced.how}")
        _draw_pen(axes[1], view)
        _draw_windows(axes[2], view)
    return figure


def _draw_pen(axes: Axes, view: SilenceView) -> None:
    steps, style = np.arange(len(view.progress)), styles([view.label])[view.label]
    view.silenced.shade(axes)
    draw_band(axes, steps, view.intact_progress, "intact", GHOST, markers=False)
    draw_band(axes, steps, view.progress, f"{view.silenced.how} (grey steps)", style, markers=False)
    axes.set(xlim=(-0.5, len(steps) - 0.5), ylim=(-0.25, 1.5), xticks=range(0, len(steps), 5), yticks=(0, 0.5, 1))
    axes.set_xlabel(STEP)
    axes.legend(loc="upper left", borderaxespad=0.2)
    put_title(axes, "way of the pen along its line (1: the end)")


def _draw_windows(axes: Axes, view: SilenceView) -> None:
    n_steps, intact = len(view.windows), view.intact.mean()
    draw_windows(axes, view.silenced, view.label, range(n_steps), view.windows, view.error.mean(),
                 (view.chance, intact), "test error")
    axes.text(n_steps - 0.6, view.chance, "not knowing the cue", ha="right", va="bottom", color=GREY)
    axes.text(-0.4, intact - 0.002, "intact", va="top", color=GREY)
    axes.set(ylim=(-0.03, 1.3 * max(view.chance, view.windows.max())), xticks=range(0, n_steps, 5))
    axes.locator_params(axis="y", nbins=5)


def silence_words(view: SilenceView) -> str:
    """The same in words, with the numbers: the picture's alternative text."""
    mean = view.windows.mean(1)
    worst, best = int(mean.argmax()), int(mean.argmin())
    return (f"{len(view.intact)} networks with {view.label}, {view.silenced.words}: test "
            f"error {spread(view.error)}; intact {spread(view.intact)}; not knowing the cue "
            f"{view.chance:.3f}. At the last step the pen has come {spread(view.progress[-1], 2)} of its way, intact "
            f"{spread(view.intact_progress[-1], 2)}. Of all windows of this length the one from step {worst} costs "
            f"most (error {mean[worst]:.3f}), the one from step {best} least ({mean[best]:.3f}).")
