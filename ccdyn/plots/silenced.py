"""Steps of a trial in which feedback is silenced: in words, as a grey strip, and what a window costs wherever it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from ccdyn.cortex import DT_MS
from ccdyn.plots.curves import draw_band
from ccdyn.plots.frame import put_title
from ccdyn.plots.style import BLACK, GREY, PALE, styles


@dataclass(frozen=True)
class Silenced:
    """A window of a trial.

    Attributes:
        first, length: first silenced step, and how many are silenced.
        factor: what the feedback is multiplied with there.
        n_steps: of the trial.

    >>> window = Silenced(3, 2, 0.5, 20)
    >>> window.steps, window.how, window.milliseconds
    ('steps 3 to 4', 'feedback × 0.5', '150 to 250 ms')
    """

    first: int
    length: int
    factor: float
    n_steps: int

    @property
    def last(self) -> int:
        """The last silenced step."""
        return min(self.first + self.length, self.n_steps) - 1

    @property
    def steps(self) -> str:
        """Which steps are silenced."""
        return f"step {self.first}" if self.first == self.last else f"steps {self.first} to {self.last}"

    @property
    def milliseconds(self) -> str:
        """When that is."""
        return f"{self.first * DT_MS:g} to {(self.last + 1) * DT_MS:g} ms"

    @property
    def how(self) -> str:
        """What happens in these steps."""
        return "silenced" if self.factor == 0 else f"feedback × {self.factor:g}"

    @property
    def words(self) -> str:
        """Steps and factor."""
        return f"feedback times {self.factor:g} in {self.steps}"

    @property
    def meaning(self) -> str:
        """The same for those who move the sliders."""
        what = "is set to zero" if self.factor == 0 else f"is multiplied by {self.factor:g}"
        return f"what the cortex hears back {what}. Before and after it hears everything, and no synapse changes."

    def shade(self, axes: Axes) -> None:
        """Grey behind these steps."""
        axes.axvspan(self.first - 0.5, self.last + 0.5, color=PALE, alpha=0.7, linewidth=0, zorder=0)


def draw_windows(axes: Axes, silenced: Silenced, label: str, starts: Sequence[int], scores: np.ndarray, now: float,
                 levels: Sequence[float], what: str) -> None:
    """Scores (start, network) over where a window of this length begins, and a ring around the one there is ``now``.

    Args:
        axes: to draw into.
        silenced: the window.
        label: which networks.
        starts: first steps of the windows.
        scores: with each of them silenced.
        now: the mean score with ``silenced``.
        levels: heights to compare with.
        what: is scored, such as "test error".
    """
    for height in levels:
        axes.axhline(height, color=GREY, linewidth=1.2, linestyle=(0, (4, 2)), zorder=0)
    draw_band(axes, starts, scores, label, styles([label])[label], markers=True)
    axes.plot(silenced.first, now, "o", markersize=16, color="none", markeredgecolor=BLACK, markeredgewidth=2.0)
    axes.set_xlim(-0.5, silenced.n_steps - 0.5)
    axes.set_xlabel("first silenced step")
    put_title(axes, f"{what}, {silenced.length} step{'s' if silenced.length > 1 else ''}: {silenced.how}")
