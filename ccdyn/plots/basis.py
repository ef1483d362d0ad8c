"""The picture of the basis panel: digits, learning curve, and what each window of a cerebellum says in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ccdyn.plots.frame import STEP, frame, put_title
from ccdyn.plots.lines import draw_networks, draw_targets
from ccdyn.plots.live import LiveView, Shown, draw_error
from ccdyn.plots.style import ARCHITECTURE, BLACK, GREY, ORANGE, PALE, make_figure, styled
from ccdyn.plots.words import spread

COORDINATES = ("across", "upwards")
COLUMNS, APART = 3, 1.55        # digits stand in so many columns, so far from one to the next
ROW = 1.5                       # from one window to the next; a digit is 1 high


@styled
def digit_steps(ours: np.ndarray, yours: np.ndarray | None) -> Figure:
    """Digits with a dot for each time step: the student's on top, ours pale.

    Args:
        ours: (digit, time, 2).
        yours: the same, or None as long as there is nothing to draw.
    """
    figure, grid = make_figure(12, 2.4, 1, len(ours))
    for i, (axes, path) in enumerate(zip(grid, ours)):
        axes.plot(*path.T, "o-", color=PALE, linewidth=6, markersize=11, solid_capstyle="round")
        mine = path if yours is None else yours[i]
        axes.plot(*mine.T, "o-" if yours is not None else "o", color=GREY if yours is None else ORANGE, linewidth=1.2,
                  markersize=4)
        axes.plot(*mine[0], "o", color=BLACK, markersize=8)
        axes.set(xlim=(-0.2, 1.2), ylim=(-0.2, 1.2), aspect="equal", title=f"digit {i}")
        axes.set_axis_off()
    return figure


@dataclass(frozen=True, eq=False)
class BasisView:
    """Everything that the picture and its description are made of.

    Attributes:
        live: the task, and the networks that are shown (one architecture, with cerebellar feedback).
        windows: of the slices.
        digit: which one is watched in time, and whose coordinate, 0 (across) or 1 (upwards).
        errors: of each slice to what it is taught, (network, slice).
    """

    live: LiveView
    windows: tuple[int, ...]
    digit: int
    coordinate: int
    errors: np.ndarray

    @property
    def shown(self) -> tuple[Shown, ...]:
        """What is shown of the networks."""
        return self.live.shown

    @property
    def said(self) -> np.ndarray:
        """What each slice says of this digit and coordinate, (network, time, slice)."""
        heard = self.shown[0].heard[:, self.digit]
        return heard.reshape(*heard.shape[:-1], len(self.windows), -1)[..., self.coordinate]


def name_windows(windows: Sequence[int]) -> str:
    """Windows in words.

    >>> name_windows((3,)), name_windows((0, 1, 2, 3)), name_windows((3, 3)), name_windows((2, 3))
    ('window 3', 'windows 0 to 3', 'window 3, 2 times', 'windows 2, 3')
    """
    first, last, n = windows[0], windows[-1], len(windows)
    if n == 1:
        return f"window {first}"
    if len(set(windows)) == 1:
        return f"window {first}, {n} times"
    if n > 2 and tuple(windows) == tuple(range(first, last + 1)):
        return f"windows {first} to {last}"
    return f"windows {', '.join(map(str, windows))}"


def basis_picture(view: BasisView) -> Figure:
    """Three axes, 12 by 3.9 inches: drawn digits, test error, and a row for each window."""
    with frame((0.005, 0.03, 0.3, 0.86), (0.365, 0.16, 0.26, 0.73), (0.7, 0.16, 0.29, 0.73)) as (figure, axes):
        _draw_digits(axes[0], view)
        draw_error(axes[1], view.live, 2.4 * view.live.task.error_without_cue)
        _draw_windows(axes[2], view)
    return figure


def _draw_digits(axes: Axes, view: BasisView) -> None:
    task, shown = view.live.task, view.shown[0]
    places = np.array([(APART * (i % COLUMNS), -APART * (i // COLUMNS)) for i in range(task.n_patterns)])
    shift = places[:, None]     # the same for every step
    draw_targets(axes, task.lines.numpy() + shift)
    draw_networks(axes, shown.drawn + shift, ARCHITECTURE[shown.architecture].color)
    axes.plot(*(places[view.digit] + (0.5, -0.27)), marker="^", color=BLACK, markersize=8)
    low, high = places.min(0), places.max(0) + 1
    axes.set(xlim=(low[0] - 0.3, high[0] + 0.3), ylim=(low[1] - 0.4, high[1] + 0.3), aspect="equal", anchor="N")
    axes.set_axis_off()
    put_title(axes, "what they draw (bold: the first)")


def _draw_windows(axes: Axes, view: BasisView) -> None:
    target = view.live.task.lines[view.digit, :, view.coordinate].numpy()
    said, n = view.said, len(view.windows)
    steps, ticks = np.arange(len(target)), []
    colors = colormaps["cividis"](np.linspace(0, 0.8, max(n, 2)))
    for i, (window, color) in enumerate(zip(view.windows, colors)):
        base = ROW * (n - 1 - i)
        when = steps - window + 1       # what is said at step s is taught the target of step s - 1 + window
        axes.plot(when[when >= 0], base + target[when >= 0], color=PALE, linewidth=5, solid_capstyle="round", zorder=1)
        here = base + np.clip(said[1:, :, i] if len(said) > 1 else said[:, :, i], -0.25, 1.25)
        axes.plot(steps, here.T, color=color, linewidth=0.8, alpha=0.5, zorder=2)
        axes.plot(steps, base + np.clip(said[0, :, i], -0.25, 1.25), color=color, zorder=3)
        ticks.append((base + 0.5, f"{window}{(' (past)', ' (now)')[window] if window < 2 else ''}"))
    axes.set(xlim=(-0.5, len(target) - 0.5), ylim=(-0.3, ROW * n - 0.2), xticks=range(0, len(target), 5),
             yticks=[place for place, _ in ticks], yticklabels=[words for _, words in ticks])
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(STEP)
    put_title(axes, f"digit {view.digit}, {COORDINATES[view.coordinate]}: said, by window")


def basis_words(view: BasisView) -> str:
    """The same in words, with the numbers: the picture's alternative text."""
    shown, task = view.shown[0], view.live.task
    done, ghost = shown.curve.batches[-1], shown.ghost
    slices = "; ".join(f"window {window} {spread(errors)}" for window, errors in zip(view.windows, view.errors.T))
    before = "" if ghost is None else (f" Before, {ghost.label}: {spread(ghost.values[-1])} after "
                                       f"{ghost.batches[-1]} batches.")
    return (f"{len(shown.drawn)} networks with {shown.architecture} ({shown.settings}) after {done} batches of digit "
            f"drawing. Test error {spread(shown.curve.values[-1])}; the best without the cue "
            f"{task.error_without_cue:.3f}.{before} Error of what each window says to what it is taught: {slices}. "
            f"In time, digit {view.digit}, {COORDINATES[view.coordinate]}: at the middle of the trial the first "
            f"network says " + ", ".join(f"{value:.2f}" for value in view.said[0, task.n_steps // 2]) + ".")
