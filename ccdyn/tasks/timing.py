"""Interval timing: press when the time that a cue has named is over."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import torch
from torch import Tensor

from ccdyn.checks import check_number
from ccdyn.tasks.cued import CuedCourse, check_cued

PRESSED = 0.5


@dataclass(frozen=True)
class IntervalTiming(CuedCourse):
    """Press once, ``intervals[i]`` steps after cue i was there; between them there is only noise.

    The paper suggests timing as an exercise and publishes no definition; this
    one is the project's own. One readout, the press, is taught a bump of
    height 1 around the right moment d,

        y_t = exp(-(t - d)^2 / (2 width^2))

    at every step. The network has pressed where its readout is highest, if it
    reaches 0.5 there (``press_steps``). With the defaults never pressing gives a
    mean squared error of .089, and the mean of all courses .066, the best that
    ignores the cue.

    Args:
        intervals: steps of 50 ms from the cue to the press, one for each cue.
        n_steps: time steps of a trial.
        width: of the bump, in steps (its standard deviation).
        n_in: binary input channels of the cue.
        noise: standard deviation of the input noise, on every channel and step.

    Raises:
        ValueError: a setting out of its range, or an interval that does not end within the trial.

    >>> IntervalTiming().lines[1, [6, 12]].flatten().round(decimals=3).tolist()
    [0.0, 1.0]
    """

    n_out: ClassVar[int] = 1

    intervals: tuple[int, ...] = (6, 12, 18, 24)
    n_steps: int = 30
    width: float = 1.5
    n_in: int = 10
    noise: float = 0.1

    def __post_init__(self) -> None:
        object.__setattr__(self, "intervals", tuple(self.intervals))
        check_cued(self.n_patterns, self.n_in, self.n_steps, self.noise)
        check_number("width", self.width, 0.1)
        for interval in self.intervals:
            if not 0 < interval < self.n_steps:
                raise ValueError(f"an interval is {interval} steps but the trial has n_steps={self.n_steps}; "
                                 f"use 1 to {self.n_steps - 1}")

    @property
    def n_patterns(self) -> int:
        """One cue for each interval."""
        return len(self.intervals)

    @cached_property
    def lines(self) -> Tensor:
        """The courses of the press, float64 (n_patterns, n_steps, 1)."""
        late = torch.arange(self.n_steps) - torch.tensor(self.intervals, dtype=torch.float64)[:, None]
        return (-(late / self.width).square() / 2).exp()[..., None]


def press_steps(readout: Tensor) -> Tensor:
    """The step of the press, where the readout is highest, int64 (..., trial); n_steps if it stays below 0.5.

    Args:
        readout: z, (..., trial, time, 1).

    >>> press_steps(torch.tensor([[[0.1], [0.6], [0.9]], [[0.1], [0.2], [0.1]]])).tolist()
    [2, 3]
    """
    highest, step = readout[..., 0].max(-1)
    return torch.where(highest >= PRESSED, step, readout.shape[-2])
