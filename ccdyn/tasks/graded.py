"""Line drawing from a graded cue: the task on which predicted feedback was published."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import pi
from typing import ClassVar

import torch
from torch import Tensor

from ccdyn.checks import check_count, check_number
from ccdyn.rng import Generators, normal
from ccdyn.tasks.batch import Batch, every_step, sparse_steps
from ccdyn.tasks.cued import CuedDrawing


def spread_points(n: int, radius: float) -> Tensor:
    """``n`` points evenly around the origin, the first at the top, then clockwise, float64 (n, 2)."""
    angle = 2 * pi * torch.arange(n, dtype=torch.float64) / n
    return radius * torch.stack((angle.sin(), angle.cos()), -1)


def straight(endpoints: Tensor, n_steps: int) -> Tensor:
    """Lines from the origin to ``endpoints`` (n, 2) at an even pace, y_k = k / (n_steps - 1) e, (n, n_steps, 2)."""
    return torch.linspace(0, 1, n_steps, dtype=torch.float64)[:, None] * endpoints[:, None]


@dataclass(frozen=True)
class GradedLines(CuedDrawing):
    """Draw one of seven lines; a single number at the first step says which.

    Cue c is -3, -2, ..., 3, and the network hears 0.1 c, then nothing. To cue 0
    it stays at the origin; to the others it draws, at an even pace, a line to
    one of six points on a circle of radius 10, y_k = k / (n_steps - 1) e. With
    the defaults a readout that stays at the origin has a mean squared error of
    15.1, and no network that ignores the cue does better.

    Args:
        n_steps: time steps of a trial.
        sparse: the teacher speaks at steps 0, sparse, 2 sparse, ...; the score counts all steps.
        radius: length of the lines.
        noise: standard deviation of the input noise from the second step on.

    Raises:
        ValueError: a setting out of its range.

    Source: Boven, Pemberton et al. (2023), line drawing, and released code. Which point belongs to which cue is not
    published where we could read it; here they go clockwise from the top, cues -3, -2, -1, 1, 2, 3.

    >>> task = GradedLines()
    >>> task.cues.squeeze(1).tolist()[:3], round(task.error_of_nothing, 1)
    ([-0.3, -0.2, -0.1], 15.1)
    """

    n_in: ClassVar[int] = 1
    n_patterns: ClassVar[int] = 7

    n_steps: int = 10
    sparse: int = 2
    radius: float = 10.0
    noise: float = 0.0

    def __post_init__(self) -> None:
        check_count("n_steps", self.n_steps, 2)
        check_count("sparse", self.sparse)
        check_number("radius", self.radius)
        check_number("noise", self.noise)

    @cached_property
    def cues(self) -> Tensor:
        """What is heard at the first step, float64 (7, 1)."""
        return torch.arange(-3, 4, dtype=torch.float64)[:, None] / 10

    @cached_property
    def endpoints(self) -> Tensor:
        """Where the lines end, float64 (7, 2)."""
        around = spread_points(6, self.radius)
        return torch.cat((around[:3], torch.zeros(1, 2, dtype=torch.float64), around[3:]))

    @cached_property
    def lines(self) -> Tensor:
        """The lines, float64 (7, n_steps, 2)."""
        return straight(self.endpoints, self.n_steps)

    def _trials(self, labels: Tensor, generator: Generators, dtype: torch.dtype) -> Batch:
        shape = (labels.shape[-1], self.n_steps, self.n_in)
        x = normal(shape, generator, dtype).mul_(self.noise)    # drawn at 0 too: the same trials with and without
        x[..., 0, :] = self.cues.to(dtype)[labels]
        target = self.lines.to(dtype)[labels].expand(*x.shape[:-1], self.n_out)
        kind = None if self.noise else labels.expand(x.shape[:-2])
        return Batch(x, target, sparse_steps(shape[0], self.n_steps, self.sparse, x),
                     every_step(shape[0], self.n_steps, x), kind)
