"""Delayed association: remember a cue until the answer is due."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import torch
from torch import Tensor

from ccdyn.checks import check_count
from ccdyn.rng import Generators, integers
from ccdyn.tasks.batch import Batch, check_request
from ccdyn.tasks.cued import binary_cues, check_cued, cued_input


@dataclass(frozen=True)
class DelayedAssociation:
    """Say at the end of a trial which cue was there at its first step.

    Between cue and answer there is only noise, so the answer must be held by
    the network itself. The last ``teacher_steps`` steps are taught; only the
    last one is scored. Guessing is right on one trial in ``n_patterns``. The
    opposite association, for switching between rules, has the classes in
    reversed order: cue i is taught class ``n_patterns - 1 - i``.

    Args:
        n_steps: time steps of a trial.
        n_patterns: number of cues, and of classes.
        n_in: binary input channels of the cue.
        teacher_steps: how many steps at the end are taught.
        noise: standard deviation of the input noise, on every channel and step.
        opposite: reverse which class belongs to which cue.

    Raises:
        ValueError: a setting out of its range.

    Source: Pemberton, Chadderton & Costa (2024), Fig. 6 and 8.

    >>> from ccdyn.rng import make_generator
    >>> DelayedAssociation().batch(4, make_generator(0, "train")).mask[0].nonzero().flatten().tolist()
    [10, 11, 12, 13, 14]
    """

    classification: ClassVar[bool] = True

    n_steps: int = 15
    n_patterns: int = 2
    n_in: int = 10
    teacher_steps: int = 5
    noise: float = 0.1
    opposite: bool = False

    def __post_init__(self) -> None:
        check_cued(self.n_patterns, self.n_in, self.n_steps, self.noise)
        check_count("teacher_steps", self.teacher_steps, 1, self.n_steps,
                    f"the trial has n_steps={self.n_steps}")

    @property
    def n_out(self) -> int:
        """One class per cue."""
        return self.n_patterns

    @cached_property
    def cues(self) -> Tensor:
        """The binary cues, float64 (n_patterns, n_in)."""
        return binary_cues(self.n_patterns, self.n_in)

    @cached_property
    def _masks(self) -> Tensor:
        left = torch.arange(self.n_steps, 0, -1)  # steps to go, this one included
        return torch.stack((left <= self.teacher_steps, left == 1)).double()

    def batch(self, n: int, generator: Generators, split: str = "train",
              dtype: torch.dtype = torch.float32) -> Batch:
        """``n`` new trials; see ``Task.batch``. ``x`` (n, n_steps, n_in), ``target`` (n, n_steps) int64."""
        check_request(n, split)
        cues = integers(self.n_patterns, (n,), generator)
        x = cued_input(self.cues, cues, self.n_steps, self.noise, generator, dtype)
        labels = self.n_patterns - 1 - cues if self.opposite else cues
        mask, score_mask = (row.expand(x.shape[:-1]) for row in self._masks.to(dtype))
        return Batch(x, labels[..., None].expand(x.shape[:-1]), mask, score_mask)
