"""Sequential MNIST with a pen: see a digit row by row, and draw what belongs to it meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from ccdyn.checks import check_count
from ccdyn.data import N_CLASSES
from ccdyn.rng import Generators
from ccdyn.tasks.batch import Batch, every_step, sparse_steps
from ccdyn.tasks.cued import Courses
from ccdyn.tasks.digitdraw import TEMPLATES, digit_lines
from ccdyn.tasks.graded import spread_points, straight
from ccdyn.tasks.seqmnist import SequentialMNIST

SHAPES = ("lines", "digits")
# The templates of this model's paper; all but 1, 4 and 9 are those of digit drawing.
PEN_TEMPLATES = (
    TEMPLATES[0], ((.25, .5, .5, .5), (.75, 1, .5, 0)), *TEMPLATES[2:4],
    ((0, 0, .5, 1, .5, .5, .5, .5), (1, .5, .5, .5, .5, 1, .5, 0)), *TEMPLATES[5:9],
    ((0, .5, 1, 1, .5, 0, .5, 1, 1, 1), (.5, .5, .5, 1, 1, 1, 1, 1, .5, 0)))


@dataclass(frozen=True)
class SequentialDrawing(Courses):
    """See a handwritten digit, 28 pixels a step, and draw its line, or the digit itself, while it is still coming.

    The pen starts before the digit can be known, so what is learned is to
    guess early and to correct late.

    Args:
        shape: "lines": a straight line for each digit, at an even pace; "digits": the digit's template on the unit
            square.
        fixed_magnitude: lines of length 10 at the angle 2 pi digit / 10 (clockwise from the top). False: to ten
            different points, always the same, of a 4 x 4 grid over the square of half-width 10, so that lengths differ
            (which points is this project's own choice).
        sparse: the teacher speaks at steps 0, sparse, 2 sparse, ...; the score counts all steps.
        noise: standard deviation of input noise on every pixel and step.
        source: "shipped" or "full"; see ``SequentialMNIST``.
        n_train: use only the first that many training digits.

    Raises:
        ValueError: a setting out of its range.
        DataError: the digits cannot be read; raised by the first batch.

    Source: Boven, Pemberton et al. (2023), Fig. 3; Pemberton et al. (NeurIPS 2021); released code.

    >>> SequentialDrawing().lines[0, [0, -1]].tolist()
    [[0.0, 0.0], [0.0, 10.0]]
    """

    n_in: ClassVar[int] = 28
    n_out: ClassVar[int] = 2
    n_steps: ClassVar[int] = 28
    classification: ClassVar[bool] = False

    shape: str = "lines"
    fixed_magnitude: bool = True
    sparse: int = 4
    noise: float = 0.0
    source: str = "shipped"
    n_train: int | None = None

    def __post_init__(self) -> None:
        if self.shape not in SHAPES:
            raise ValueError(f"shape is {self.shape!r}; use one of {', '.join(map(repr, SHAPES))}")
        check_count("sparse", self.sparse)
        self.reader     # refuse what cannot be read

    @cached_property
    def reader(self) -> SequentialMNIST:
        """The task that shows the same digits and asks for their names."""
        return SequentialMNIST(noise=self.noise, source=self.source, n_train=self.n_train)

    @cached_property
    def lines(self) -> Tensor:
        """What belongs to each digit, float64 (10, 28, 2)."""
        if self.shape == "digits":
            return digit_lines(PEN_TEMPLATES, self.n_steps)
        if self.fixed_magnitude:
            return straight(spread_points(N_CLASSES, 10.0), self.n_steps)
        side = np.linspace(-10, 10, 4)
        grid = np.stack(np.meshgrid(side, side, indexing="ij"), -1).reshape(-1, 2)
        chosen = np.random.default_rng(0).permutation(len(grid))[:N_CLASSES]
        return straight(torch.from_numpy(grid[chosen]), self.n_steps)

    def split_size(self, split: str) -> int:
        """How many digits ``split`` has."""
        return self.reader.split_size(split)

    def batch(self, n: int, generator: Generators, split: str = "train", dtype: torch.dtype = torch.float32) -> Batch:
        """``n`` random digits of ``split``; see ``Task.batch``."""
        return self._drawn(self.reader.batch(n, generator, split, dtype))

    def trials(self, images: Tensor, labels: Tensor, generator: Generators | None = None,
               dtype: torch.dtype = torch.float32) -> Batch:
        """A batch of these images; see ``SequentialMNIST.trials``."""
        return self._drawn(self.reader.trials(images, labels, generator, dtype))

    def _drawn(self, read: Batch) -> Batch:
        labels, n = read.target[..., -1], read.x.shape[-3]
        target = self.lines.to(read.x.dtype)[labels]
        return Batch(read.x, target, sparse_steps(n, self.n_steps, self.sparse, read.x),
                     every_step(n, self.n_steps, read.x))
