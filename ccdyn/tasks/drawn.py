"""A drawing of one's own: from a brief cue, draw one of the strokes that a student drew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import pi

import numpy as np
import torch
from torch import Tensor

from ccdyn.tasks.cued import CuedDrawing, check_cued

MAX_STROKES, MAX_POINTS = 6, 5000
SHORTEST = 0.01     # width or height below which a stroke is a point: about one pixel of a canvas
FINE = 201          # points along a stroke while it is smoothed
REACH = 8           # how many of them on either side are averaged: 4 % of the stroke's length

# What there is to learn before anybody has drawn: the letter A.
EXAMPLE = (((-0.6, -0.8), (0.0, 0.8)), ((0.0, 0.8), (0.6, -0.8)), ((-0.36, -0.16), (0.36, -0.16)))


def check_strokes(strokes: Sequence) -> tuple[tuple[tuple[float, float], ...], ...]:
    """``strokes`` as tuples of floats.

    Raises:
        ValueError: no stroke or more than six, a stroke that is a single point or has more than 5000
            of them, anything that is not a finite number.
    """
    try:
        strokes = tuple(tuple((float(x), float(y)) for x, y in stroke) for stroke in strokes)
    except (TypeError, ValueError) as error:
        raise ValueError(f"the drawing is not a list of strokes, each a list of points (x, y) ({error}); "
                         "use for example [[(0, 0), (0.5, 0.8)]]") from error
    if not strokes:
        raise ValueError("the drawing is empty; draw at least one stroke")
    if len(strokes) > MAX_STROKES:
        raise ValueError(f"the drawing has {len(strokes)} strokes; use at most {MAX_STROKES}")
    for number, points in enumerate(map(np.array, strokes), 1):
        if len(points) > MAX_POINTS:
            raise ValueError(f"stroke {number} has {len(points)} points; use at most {MAX_POINTS}")
        if not np.isfinite(points).all():
            raise ValueError(f"stroke {number} has a point that is not a finite number; remove it")
        if len(points) < 2 or np.ptp(points, axis=0).max() < SHORTEST:
            raise ValueError(f"stroke {number} is a single point; make it at least {SHORTEST:g} long")
    return strokes


def stroke_lines(strokes: Sequence, n_steps: int) -> Tensor:
    """Strokes, however fast and shakily they were drawn, as smooth movements that ease in and out.

    A drawing that reaches further than 1 from the origin, to a side or upwards, is shrunk as a
    whole until it fits; otherwise everything stays where it was drawn. Each stroke is then

    1. put through ``FINE`` points at equal distances along it,
    2. smoothed: each becomes the mean of itself and of up to ``REACH`` on either side, as many on
       both. Towards the ends these get fewer, so ends and straight strokes stay as they are,
    3. walked along as in ``LineDrawing``: at step k the share s_k of its length lies behind,

        s_k = (1 - cos p_k) / 2,   p_k = pi k / (n_steps - 1),

       so the speed is proportional to sin p_k: zero at both ends, pi / 2 of the mean halfway.

    Args:
        strokes: points (x, y), y upwards; see ``check_strokes``.
        n_steps: time steps of each line.

    Returns:
        float64 (stroke, n_steps, 2), every number from -1 to 1.

    >>> stroke_lines([[(0, 0), (0, 2), (0, 4)]], 4)[0, :, 1].round(decimals=9).tolist()  # shrunk to a length of 1
    [0.0, 0.25, 0.75, 1.0]
    """
    strokes = [np.array(points) for points in check_strokes(strokes)]
    size = max(1.0, *(np.abs(points).max() for points in strokes))
    share = (1 - np.cos(np.linspace(0, pi, n_steps))) / 2
    lines = [_along(_smooth(_along(points / size, np.linspace(0, 1, FINE))), share) for points in strokes]
    return torch.from_numpy(np.stack(lines).clip(-1, 1))


def _along(points: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Where one is after these shares of the length of a line through ``points``: (share, 2)."""
    points = points[np.append(True, np.diff(points, axis=0).any(1))]  # a hand that rests repeats itself
    behind = np.append(0, np.hypot(*np.diff(points, axis=0).T).cumsum())
    return np.stack([np.interp(share * behind[-1], behind, values) for values in points.T], axis=1)


def _smooth(points: np.ndarray) -> np.ndarray:
    """The mean over a window that is the same on both sides, and narrower near the ends."""
    place = np.arange(len(points))
    reach = np.minimum(REACH, np.minimum(place, place[::-1]))
    total = np.concatenate((np.zeros((1, 2)), points.cumsum(0)))
    return (total[place + reach + 1] - total[place - reach]) / (2 * reach + 1)[:, None]


@dataclass(frozen=True)
class OwnDrawing(CuedDrawing):
    """Draw the stroke that a cue at the first step names: one to six lines, or the strokes of a letter.

    The targets are the student's strokes, smoothed and eased (``stroke_lines``). They stay where
    they were drawn and are not moved to the origin, so that the strokes of a letter still make that
    letter. The origin is the middle of the canvas, where a network that draws nothing stays.

    Unlike in ``LineDrawing`` a network can gain without the cue, by following the mean of all
    strokes: compare with ``error_without_cue``, which is zero for a single stroke.

    Args:
        strokes: one to six lists of points (x, y), y upwards.
        n_steps: time steps of a trial.
        n_in: binary input channels of the cue.
        noise: standard deviation of the input noise, on every channel and step.

    Raises:
        ValueError: a setting out of its range, or a drawing that ``check_strokes`` refuses.

    >>> task = OwnDrawing([[(0, 0), (0.5, 0.5), (0, 1)], [(0, 0), (1, 0)]])
    >>> task.n_patterns, task.lines[1, -1].tolist()
    (2, [1.0, 0.0])
    """

    strokes: tuple[tuple[tuple[float, float], ...], ...]
    n_steps: int = 20
    n_in: int = 10
    noise: float = 0.1

    def __post_init__(self) -> None:
        object.__setattr__(self, "strokes", check_strokes(self.strokes))  # a list would not stay as it is
        check_cued(self.n_patterns, self.n_in, self.n_steps, self.noise)

    @property
    def n_patterns(self) -> int:
        """One per stroke."""
        return len(self.strokes)

    @cached_property
    def lines(self) -> Tensor:
        """The strokes as movements, float64 (n_patterns, n_steps, 2)."""
        return stroke_lines(self.strokes, self.n_steps)
