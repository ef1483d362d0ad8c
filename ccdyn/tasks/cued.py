"""Tasks in which a binary cue at the first step says what to do: cues, noisy input, courses to follow."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from ccdyn.checks import check_count, check_number
from ccdyn.rng import Generators, integers, normal
from ccdyn.tasks.batch import Batch, check_request, every_step

MAX_CHANNELS = 20


def binary_cues(n_patterns: int, n_in: int) -> Tensor:
    """``n_patterns`` different random binary words, float64 (n_patterns, n_in): always the same ones.

    The numbers are those of the published code: drawn once, with seed 123, and
    written in binary with the most significant digit first.

    >>> binary_cues(2, 10).int().tolist()
    [[1, 1, 0, 1, 0, 0, 0, 0, 0, 1], [1, 1, 1, 1, 0, 1, 1, 1, 1, 0]]
    """
    numbers = np.random.RandomState(123).choice(2**n_in, n_patterns, replace=False)
    return torch.from_numpy(numbers[:, None] >> np.arange(n_in)[::-1] & 1).double()


def cued_input(cues: Tensor, labels: Tensor, n_steps: int, noise: float, generator: Generators,
               dtype: torch.dtype) -> Tensor:
    """The cue of each label (…, n) at the first step, and noise everywhere: (…, n, time, n_in).

    x_t = [t = 0] cue + noise * N(0, 1), independent for every channel and step.
    """
    x = normal((labels.shape[-1], n_steps, cues.shape[1]), generator, dtype).mul_(noise)
    x[..., 0, :] += cues.to(dtype)[labels]
    return x


def check_cued(n_patterns: int, n_in: int, n_steps: int, noise: float) -> None:
    """Refuse impossible sizes, and more patterns than there are different cues."""
    check_count("n_in", n_in, 1, MAX_CHANNELS)
    check_count("n_patterns", n_patterns)
    if n_patterns > 2**n_in:
        raise ValueError(f"{n_patterns} patterns need {n_patterns} different cues, but n_in={n_in} binary "
                         f"channels have {2**n_in}; use n_in={(int(n_patterns) - 1).bit_length()} or more")
    check_count("n_steps", n_steps)
    check_number("noise", noise)


class Courses:
    """What ``lines``, float64 (n_patterns, n_steps, n_out), say of a task: where its readout should be, by pattern."""

    lines: Tensor

    @property
    def error_of_nothing(self) -> float:
        """Mean squared error of a readout that stays at the origin."""
        return float((self.lines**2).mean())

    @property
    def error_without_cue(self) -> float:
        """Mean squared error of following the mean of all lines: the best that ignores which one is asked for."""
        return float(self.lines.var(0, correction=0).mean())


class CuedCourse(Courses):
    """A cue at the first step says which course the readout should follow.

    What follows from this class says what ``lines`` are: float64 (n_patterns,
    n_steps, n_out), where the readout should be for every pattern at every step.
    """

    n_out: ClassVar[int]
    classification: ClassVar[bool] = False
    n_in: int
    n_steps: int
    n_patterns: int
    noise: float

    @cached_property
    def cues(self) -> Tensor:
        """The binary cues, float64 (n_patterns, n_in)."""
        return binary_cues(self.n_patterns, self.n_in)

    def batch(self, n: int, generator: Generators, split: str = "train",
              dtype: torch.dtype = torch.float32) -> Batch:
        """``n`` trials of random patterns; see ``Task.batch``.

        Returns:
            ``x`` (n, n_steps, n_in), ``target`` (n, n_steps, n_out), and masks of
            ones: the teacher speaks, and the score counts, at every step.
        """
        check_request(n, split)
        return self._trials(integers(self.n_patterns, (n,), generator), generator, dtype)

    def trials(self, patterns: Sequence[int] | Tensor, generator: Generators,
               dtype: torch.dtype = torch.float32) -> Batch:
        """One trial of each pattern named in ``patterns``, in that order."""
        patterns = torch.as_tensor(patterns)
        if patterns.ndim != 1 or len(patterns) == 0 or patterns.dtype.is_floating_point:
            raise ValueError(f"patterns is {patterns.tolist()}; use a list of one or more integers")
        wrong = patterns[(patterns < 0) | (patterns >= self.n_patterns)]
        if len(wrong):
            raise ValueError(f"pattern {wrong[0].item()} was asked for, but the task has the patterns 0 to "
                             f"{self.n_patterns - 1}; name one of these, or use a larger n_patterns")
        return self._trials(patterns.long(), generator, dtype)

    def gallery(self, generator: Generators, dtype: torch.dtype = torch.float32) -> Batch:
        """Every pattern once, in order: what a figure of drawn lines beside their targets needs."""
        return self._trials(torch.arange(self.n_patterns), generator, dtype)

    def _trials(self, labels: Tensor, generator: Generators, dtype: torch.dtype) -> Batch:
        x = cued_input(self.cues, labels, self.n_steps, self.noise, generator, dtype)
        target = self.lines.to(dtype)[labels].expand(*x.shape[:-1], self.n_out)
        ones = every_step(labels.shape[-1], self.n_steps, x)
        return Batch(x, target, ones, ones)


class CuedDrawing(CuedCourse):
    """The course is a line, drawn with a point (x, y) in the plane; base of the drawing tasks."""

    n_out: ClassVar[int] = 2
