"""Evidence accumulation: count puffs on two sides, answer at the end."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import torch
from torch import Tensor

from ccdyn.checks import check_count, check_number
from ccdyn.rng import Generators, normal, uniform
from ccdyn.tasks.batch import Batch, check_request


@dataclass(frozen=True)
class EvidenceAccumulation:
    """Say on which side more puffs of air came: 0 draw, 1 left, 2 right.

    At each step of the cue period a puff comes with probability
    ``puff_probability``, left and right equally likely: input channel 0 (left)
    or 1 (right) is 1 for that step. A delay without puffs follows. Noise is on
    every channel at every step, the delay included. Only the answer at the
    last step is taught and scored.

    With the defaults a trial has 13.5 puffs and a difference of 2.9 on
    average, and 10.9 % of trials are draws: always answering one side is right
    on 44.5 % of them.

    Args:
        n_steps: time steps of a trial.
        delay_steps: how many of them, at the end, have no puffs.
        puff_probability: of a puff, per step, on either side.
        noise: standard deviation of the input noise, on every channel and step.

    Raises:
        ValueError: a setting out of its range.

    Source: Pemberton, Chadderton & Costa (2024), Fig. 5, after Deverett et al. (2019).

    >>> from ccdyn.rng import make_generator
    >>> EvidenceAccumulation().batch(4, make_generator(0, "train")).x.shape
    torch.Size([4, 50, 2])
    """

    n_in: ClassVar[int] = 2
    n_out: ClassVar[int] = 3
    classification: ClassVar[bool] = True

    n_steps: int = 50
    delay_steps: int = 5
    puff_probability: float = 0.3
    noise: float = 0.1

    def __post_init__(self) -> None:
        check_count("n_steps", self.n_steps)
        check_count("delay_steps", self.delay_steps, 0, self.n_steps - 1,
                    f"the trial has n_steps={self.n_steps}")
        check_number("puff_probability", self.puff_probability, 0.0, 1.0)
        check_number("noise", self.noise)

    @cached_property
    def _last(self) -> Tensor:
        return (torch.arange(self.n_steps) == self.n_steps - 1).double()

    def batch(self, n: int, generator: Generators, split: str = "train",
              dtype: torch.dtype = torch.float32) -> Batch:
        """``n`` new trials; see ``Task.batch``. ``x`` (n, n_steps, 2), ``target`` (n, n_steps) int64."""
        check_request(n, split)
        # u is uniform(-1, 1): its lowest and its highest part, each with
        # probability p/2, are a puff on the left and on the right.
        # Drawn in float64 whatever the dtype, so that the puffs do not depend on it.
        u = uniform(1.0, (n, self.n_steps - self.delay_steps), generator, torch.float64)
        puffs = torch.stack((u < self.puff_probability - 1, u > 1 - self.puff_probability), dim=-1)
        difference = puffs.sum(-2).diff(dim=-1)  # right minus left: (…, n, 1)
        label = (difference < 0) + 2 * (difference > 0)
        x = normal((n, self.n_steps, 2), generator, dtype).mul_(self.noise)
        x[..., :self.n_steps - self.delay_steps, :] += puffs
        last = self._last.to(dtype).expand(x.shape[:-1])
        return Batch(x, label.long().expand(x.shape[:-1]), last, last)
