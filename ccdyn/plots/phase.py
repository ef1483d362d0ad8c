"""The picture of a cortex alone: its modes, its paths after each cue, and until when the cue can be decoded."""

from __future__ import annotations

from dataclasses import dataclass

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from ccdyn.plots.curves import draw_band
from ccdyn.plots.frame import HEIGHT, STEP, frame, put_title
from ccdyn.plots.lines import MARKERS
from ccdyn.plots.style import ARCHITECTURE, BLACK, GREY, ORANGE, PALE
from ccdyn.plots.words import spread

ZOOMS = (1.3, 2.2, 3.3)  # half the width of the plane of eigenvalues: the first into which all fit
WIDE = 12 * 0.25 / (HEIGHT * 0.72)  # width by height of the axes on the left


@dataclass(frozen=True, eq=False)
class PhaseView:
    """Everything that the picture and its description are made of.

    Attributes:
        radius, alpha, gain: spectral radius of W_hh, fraction of h kept per step, factor of W_ih.
        modes: eigenvalues of alpha I + W_hh, complex (seed, unit).
        paths: rates of the first network after each cue, mean over its trials, in the plane of their two
            first principal components, (cue, time, 2).
        trials: some single trials in the same plane, (trial, cue, time, 2).
        share: of the variance of ``paths`` along each component, (2,).
        accuracy: of a decoder of the cue at each step, (seed, time).
        size: mean |r| at the last step, (seed,).
    """

    radius: float
    alpha: float
    gain: float
    modes: np.ndarray
    paths: np.ndarray
    trials: np.ndarray
    share: np.ndarray
    accuracy: np.ndarray
    size: np.ndarray

    @property
    def largest(self) -> np.ndarray:
        """The spectral radius of alpha I + W_hh, (seed,)."""
        return np.abs(self.modes).max(1)

    @property
    def chance(self) -> float:
        """Accuracy of guessing."""
        return 1 / len(self.paths)

    @property
    def half_way(self) -> float:
        """Accuracy in the middle between chance and 1."""
        return (1 + self.chance) / 2

    def last(self, accuracy: np.ndarray) -> int | None:
        """The last step with an accuracy (time,) above half way; None if there is none."""
        above = np.flatnonzero(accuracy > self.half_way)
        return int(above[-1]) if len(above) else None


def phase_picture(view: PhaseView) -> Figure:
    """Three axes, 12 by 3.9 inches: eigenvalues, paths of the rates, accuracy of the decoder at each step."""
    boxes = (0.055, 0.15, 0.25, 0.72), (0.37, 0.15, 0.25, 0.72), (0.755, 0.15, 0.235, 0.72)
    with frame(*boxes) as (figure, (left, middle, right)):
        _draw_modes(left, view)
        _draw_paths(middle, view)
        _draw_accuracy(right, view)
    return figure


def _draw_modes(axes: Axes, view: PhaseView) -> None:
    first = view.modes[0]
    half = next((zoom for zoom in ZOOMS if np.abs(first).max() < 0.95 * zoom), ZOOMS[-1])
    axes.add_patch(Circle((0, 0), 1, facecolor="none", edgecolor=GREY, linewidth=1.5))
    axes.add_patch(Circle((view.alpha, 0), view.radius, facecolor=PALE, alpha=0.5, zorder=0))
    axes.plot(first.real, first.imag, "o", color=BLACK, markersize=4.5)
    outside = np.abs(first) > 1
    axes.plot(first.real[outside], first.imag[outside], "D", color=ORANGE, markersize=7)
    # As wide as the axes are: the same scale both ways without a layout that has to be solved.
    axes.set(xlim=(-half * WIDE, half * WIDE), ylim=(-half, half), xticks=(-1, 0, 1), yticks=(-1, 0, 1))
    axes.set_xlabel("real part of each eigenvalue")
    axes.set_ylabel("imaginary part", labelpad=-2)
    put_title(axes, f"eigenvalues: {outside.sum()} outside the circle")


def _draw_paths(axes: Axes, view: PhaseView) -> None:
    colors = matplotlib.colormaps["cividis"](np.linspace(0, 0.85, len(view.paths)))
    for trial in view.trials:
        axes.add_collection(LineCollection(trial, colors=colors, linewidths=0.8, alpha=0.5))
    axes.add_collection(LineCollection(view.paths, colors=colors, linewidths=2.4))
    axes.plot(*view.paths[:, -1].T, "o", color="white", markeredgecolor=BLACK, zorder=3)
    for i, (path, color) in enumerate(zip(view.paths, colors)):
        axes.plot(*path[0], MARKERS[i % len(MARKERS)], color=color, markersize=10, markeredgecolor="white", zorder=4)
    points = view.trials.reshape(-1, 2)
    margin = 0.06 * np.ptp(points, axis=0) + 1e-6
    low, high = points.min(0) - margin, points.max(0) + margin
    axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
    axes.locator_params(nbins=4)
    axes.set_xlabel(f"first component ({100 * view.share[0]:.0f} % of variance)")
    axes.set_ylabel(f"second ({100 * view.share[1]:.0f} %)", labelpad=0)
    put_title(axes, f"rates after {len(view.paths)} cues (filled: first step)")


def _draw_accuracy(axes: Axes, view: PhaseView) -> None:
    steps, style = np.arange(view.accuracy.shape[1]), ARCHITECTURE["no feedback"]
    draw_band(axes, steps, view.accuracy.T, "", style, markers=False)
    axes.plot(steps, view.accuracy.mean(0), style.marker, color=style.color, markersize=5)
    last = view.last(view.accuracy.mean(0))
    for height in (view.chance, view.half_way):
        axes.axhline(height, color=GREY, linewidth=1.2, zorder=0)
    if last is not None:
        axes.plot((last, last), (0, 1.05), color=GREY, linewidth=1.2, linestyle=(0, (4, 2)), zorder=0)
        early = last < len(steps) / 2
        axes.text(last + (0.4 if early else -0.4), 1.08, f"up to step {last}", fontsize=11,
                  ha="left" if early else "right")
    axes.set(xlim=(-0.5, steps[-1] + 0.5), ylim=(0, 1.15), xticks=range(0, len(steps), 5))
    axes.set_yticks((0, view.chance, view.half_way, 1), ("0", "chance", "half way", "1"))
    axes.set_xlabel(STEP)
    axes.set_ylabel(f"accuracy (mean and range of {len(view.accuracy)})", labelpad=3)
    put_title(axes, "which step still knows the cue?")


def phase_words(view: PhaseView) -> str:
    """The same in words, with the numbers: the picture's alternative text."""
    mean, n_steps = view.accuracy.mean(0), view.accuracy.shape[1]
    outside = (np.abs(view.modes) > 1).sum(1)
    some = ", ".join(f"{mean[step]:.2f} at step {step}" for step in sorted({*range(0, n_steps, 4), n_steps - 1}))
    last, *single = ("none" if step is None else str(step) for step in map(view.last, (mean, *view.accuracy)))
    return (f"{len(outside)} networks with no feedback, W_hh of spectral radius {view.radius:g}, alpha {view.alpha:g}, "
            f"input gain {view.gain:g}, after {len(view.paths)} cues. Spectral radius of alpha I + W_hh "
            f"{spread(view.largest, 2)}; outside the unit circle are {outside.mean():.1f} ({outside.min()} to "
            f"{outside.max()}) of {view.modes.shape[1]} eigenvalues. Mean |r| at the last step {spread(view.size)}. "
            f"Two components hold {100 * view.share.sum():.0f} % of the variance of the first network's paths. "
            f"Accuracy of a linear decoder of the cue: {some}, the end; chance is {view.chance:.2f}. Last step above "
            f"{view.half_way:.2f}, half way between chance and 1: {last} (single networks: {', '.join(single)}).")
