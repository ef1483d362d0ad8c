"""Digit drawing: from a brief cue, write one of the digits 0 to 9."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from ccdyn.checks import check_count
from ccdyn.tasks.cued import CuedDrawing, check_cued

# Control points of the published templates on the unit square: all x, all y.
TEMPLATES = (
    ((0, 0, 0, .5, 1, 1, 1, .5, 0), (1, .5, 0, 0, 0, .5, 1, 1, 1)),
    ((.5, .5), (1, 0)),
    ((0, .5, 1, .5, 0, .5, 1), (1, 1, 1, .5, 0, 0, 0)),
    ((0, .5, 1, 1, .5, 1, 1, .5, 0), (1, 1, 1, .5, .5, .5, 0, 0, 0)),
    ((.5, .5, .5, .5, .5, 0, .5, 1), (1, .5, 0, .5, 1, .5, .5, .5)),
    ((0, .5, 1, .5, 0, 0, .5, 1, 1, .5, 0), (1, 1, 1, 1, 1, .5, .5, .5, 0, 0, 0)),
    ((0, 0, 0, .5, 1, 1, .5, 0), (1, .5, 0, 0, 0, .5, .5, .5)),
    ((0, .5, 1, .5, 0), (1, 1, 1, .5, 0)),
    ((0, .5, 1, .5, 0, .5, 1, .5, 0), (1, .5, 0, 0, 0, .5, 1, 1, 1)),
    ((0, 0, .5, .5, 0, .5, .5, .5), (1, .5, .5, 1, 1, 1, .5, 0)),
)


def pace(segments: int, n_steps: int) -> list[int]:
    """How many steps each segment of a digit takes; one of ``n_steps`` is left for the last corner.

    Each takes n_steps // segments steps; of the r left over, the first r - 1
    segments take one each. When none is left over, the last segment gives one up.

    >>> pace(6, 20), pace(5, 20)
    ([4, 3, 3, 3, 3, 3], [4, 4, 4, 4, 3])
    """
    each, left = divmod(n_steps, segments)
    steps = [each + (i < left - 1) for i in range(segments)]
    if left == 0:
        steps[-1] -= 1
    return steps


def walk(corners: Tensor, n_steps: int) -> Tensor:
    """A point that visits ``corners`` (m, 2) in ``n_steps`` steps, along straight segments: (n_steps, 2).

    How long it takes for each is said by ``pace``; the last step is the last corner itself.
    """
    path = [a + (b - a) * (torch.arange(n, dtype=corners.dtype) / max(n, 1))[:, None]
            for a, b, n in zip(corners[:-1], corners[1:], pace(len(corners) - 1, n_steps))]
    return torch.cat((*path, corners[-1:]))


def digit_lines(templates: Sequence, n_steps: int) -> Tensor:
    """Digits by their control points, ((all x), (all y)) each, float64 (len(templates), n_steps, 2)."""
    return torch.stack([walk(torch.tensor(xy, dtype=torch.float64).mT, n_steps) for xy in templates])


@dataclass(frozen=True)
class DigitDrawing(CuedDrawing):
    """Write the digit that a cue at the first step names, on the unit square.

    Digits start at different corners and turn sharply, so a network needs to
    keep time over the whole trial. For digits 0 to 5 in 20 steps, the mean
    squared error is .394 for a readout that stays at the origin, .120 for one
    that stays at the mean of all points, and .087 for one that follows the
    mean of all digits: the best that ignores the cue.

    Args:
        n_steps: time steps of a trial.
        n_patterns: digits 0 .. n_patterns - 1.
        n_in: binary input channels of the cue.
        noise: standard deviation of the input noise, on every channel and step.

    Raises:
        ValueError: a setting out of its range.

    Source: Pemberton, Chadderton & Costa (2024), Fig. 4.

    >>> DigitDrawing().lines[1, [0, -1]].tolist()
    [[0.5, 1.0], [0.5, 0.0]]
    """

    n_steps: int = 20
    n_patterns: int = 6
    n_in: int = 10
    noise: float = 0.1

    def __post_init__(self) -> None:
        check_cued(self.n_patterns, self.n_in, self.n_steps, self.noise)
        check_count("n_patterns", self.n_patterns, 1, len(TEMPLATES), "there are ten digits")

    @cached_property
    def lines(self) -> Tensor:
        """The digits, float64 (n_patterns, n_steps, 2)."""
        return digit_lines(TEMPLATES[:self.n_patterns], self.n_steps)
