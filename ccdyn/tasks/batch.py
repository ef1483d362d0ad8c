"""What a task is, and what it hands to a network: a batch."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from ccdyn.rng import Generators


@dataclass(frozen=True)
class Batch:
    """One batch of trials. All arrays may have a replica axis in front.

    Attributes:
        x: stimulus, (batch, time, n_in).
        target: what the readout should do. Regression: floats
            (batch, time, n_out). Classification: integer labels (batch, time).
        mask: (batch, time), 1 where a teacher speaks, else 0.
        score_mask: (batch, time), 1 where the task is scored, else 0. It may
            differ from ``mask``: a task can teach five steps and score one.
        kind: (batch,), whole numbers from 0: trials of one kind are equal in all of the above, so that a rule may
            do its work once for each kind. None if the task does not know, or has noise.
    """

    x: Tensor
    target: Tensor
    mask: Tensor
    score_mask: Tensor
    kind: Tensor | None = None

    @property
    def is_classification(self) -> bool:
        """True if ``target`` holds labels rather than numbers."""
        return not self.target.dtype.is_floating_point

    @cached_property
    def taught(self) -> tuple[int, int]:
        """First taught step, and the one after the last: (start, stop); (0, 0) if the teacher is silent."""
        return _span(self.mask)

    @cached_property
    def scored(self) -> tuple[int, int]:
        """First scored step, and the one after the last; (0, 0) if nothing is scored."""
        return _span(self.score_mask)

    def rows(self, name: str, start: int, stop: int) -> Tensor:
        """Steps start to stop-1 of a field as (..., rows) or (..., rows, features), rows = (stop - start) * batch.

        Time-major, like ``Record.rows``, so that the two can be multiplied.
        """
        values = getattr(self, name)
        if values.ndim == self.mask.ndim:
            return values.mT[..., start:stop, :].flatten(-2)
        return values.transpose(-3, -2)[..., start:stop, :, :].flatten(-3, -2)

    def to(self, device: torch.device | str) -> Batch:
        """The same batch on another device."""
        if self.x.device == torch.device(device):
            return self  # with the spans that it has worked out
        parts = (getattr(self, field.name) for field in fields(self))
        return Batch(*(None if part is None else part.to(device) for part in parts))


@runtime_checkable
class Task(Protocol):
    """Anything with these attributes is a task; see ``LineDrawing`` for a worked example.

    Attributes:
        n_in: number of input channels.
        n_out: number of readout units (coordinates, or classes).
        n_steps: time steps in a trial.
        classification: True if targets are labels (cross-entropy), False if
            they are numbers (mean squared error).
    """

    n_in: int
    n_out: int
    n_steps: int
    classification: bool

    def batch(self, n: int, generator: Generators, split: str = "train",
              dtype: torch.dtype = torch.float32) -> Batch:
        """``n`` fresh trials per generator; a sequence of generators gives a replica axis.

        ``split`` is "train", "validation" or "test": a task with stored
        examples draws from that part of them; a task that makes its trials up
        ignores it, because every trial is new.
        """
        ...


def _span(mask: Tensor) -> tuple[int, int]:
    marked = [t for t, trials in enumerate(mask.flatten(0, -2).sum(0).tolist()) if trials]
    return (marked[0], marked[-1] + 1) if marked else (0, 0)


SPLITS = ("train", "validation", "test")


def check_request(n: int, split: str) -> None:
    """Refuse an empty batch or an unknown split."""
    if n < 1:
        raise ValueError(f"a batch of {n} trials was asked for; ask for at least 1")
    if split not in SPLITS:
        raise ValueError(f"unknown split {split!r}; use one of {', '.join(SPLITS)}")


def every_step(n: int, n_steps: int, like: Tensor) -> Tensor:
    """A mask (..., n, n_steps) of ones with the replica axis and dtype of ``like`` (..., n, time, features)."""
    return torch.ones((), dtype=like.dtype).expand(*like.shape[:-3], n, n_steps)


def sparse_steps(n: int, n_steps: int, sparse: int, like: Tensor) -> Tensor:
    """As ``every_step``, but ones only at steps 0, sparse, 2 sparse, ..."""
    mask = (torch.arange(n_steps) % sparse == 0).to(like.dtype)
    return mask.expand(*like.shape[:-3], n, n_steps)
