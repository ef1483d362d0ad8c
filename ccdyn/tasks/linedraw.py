"""Line drawing: from a brief cue, draw one of a few lines."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import pi

import torch
from torch import Tensor

from ccdyn.checks import check_number
from ccdyn.tasks.cued import CuedDrawing, check_cued


@dataclass(frozen=True)
class LineDrawing(CuedDrawing):
    """Draw a line from the origin to one of the points that a cue names.

    A network hears the cue for one step and must then move a point, step by
    step, with nothing but noise to listen to. Pattern 0 stays at the origin;
    patterns 1, 2, ... end at points spread evenly over the unit circle, the
    first at the top, then clockwise. The movement eases in and out. With phase
    ``p_k = pi k / (n_steps - 1)``, end point ``e`` and ``e'`` the direction to
    its right-hand side,

        y_k = (1 - cos p_k) / 2 * e  +  arc * sin(p_k) / 2 * e'

    Drawing nothing gives a mean squared error of .159 (arc 0) or .208 (arc 1)
    with six patterns; because the mean of the lines is the origin at every
    step, no network that ignores the cue does better.

    Args:
        n_steps: time steps of a trial.
        n_patterns: number of lines, "stay" included.
        n_in: binary input channels of the cue.
        arc: 0 straight, 1 a semicircle bulging to the right of its direction,
            between them a part of an ellipse.
        noise: standard deviation of the input noise, on every channel and step.

    Raises:
        ValueError: a setting out of its range.

    Source: Pemberton, Chadderton & Costa (2024), Fig. 2 (arc 0) and 3 (both).

    >>> LineDrawing().endpoints[1].tolist()
    [0.0, 1.0]
    """

    n_steps: int = 20
    n_patterns: int = 6
    n_in: int = 10
    arc: float = 0.0
    noise: float = 0.1

    def __post_init__(self) -> None:
        check_cued(self.n_patterns, self.n_in, self.n_steps, self.noise)
        check_number("arc", self.arc, 0.0, 1.0)

    @cached_property
    def endpoints(self) -> Tensor:
        """Where the lines end, float64 (n_patterns, 2)."""
        angle = 2 * pi * torch.arange(self.n_patterns - 1, dtype=torch.float64) / max(self.n_patterns - 1, 1)
        around = torch.stack((angle.sin(), angle.cos()), dim=-1)
        return torch.cat((torch.zeros(1, 2, dtype=torch.float64), around))

    @cached_property
    def lines(self) -> Tensor:
        """The lines, float64 (n_patterns, n_steps, 2)."""
        phase = torch.linspace(0, pi, self.n_steps, dtype=torch.float64)[:, None]
        ahead = self.endpoints[:, None, :]
        right = ahead.flip(-1) * torch.tensor((1.0, -1.0), dtype=torch.float64)
        return (1 - phase.cos()) / 2 * ahead + self.arc * phase.sin() / 2 * right
