"""Sequential MNIST: read a handwritten digit piece by piece, then say which it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import torch
from torch import Generator, Tensor

from ccdyn.checks import check_count, check_number
from ccdyn.data import N_CLASSES, N_PIXELS, SOURCES, load_digits
from ccdyn.rng import Generators, integers, normal
from ccdyn.tasks.batch import Batch, check_request

# Digits per split. Validation digits are the last ones of the training set.
SPLIT_SIZES = {"shipped": {"train": 10_000, "validation": 2_000, "test": 10_000},
               "full": {"train": 55_000, "validation": 5_000, "test": 10_000}}


@dataclass(frozen=True)
class SequentialMNIST:
    """Read a digit ``pixels_per_step`` pixels at a time and name it at the end.

    With 28 pixels a step the network sees one row after the other; with fewer,
    the memory has to reach further back. Blank steps after the digit ask for
    more: the answer has to be held while nothing comes in.

    Args:
        pixels_per_step: input channels; must divide 784.
        blank_steps: steps without a picture after the digit.
        teacher: steps that are taught, as (start, stop) in the manner of a
            Python slice: (10, 20), or (-18, None) for the last 18. None
            teaches the last step only. The score is always that of the last.
        noise: standard deviation of input noise on every channel and step,
            blank ones included. At 0 no noise is drawn.
        source: "shipped" (10,000 training, 2,000 validation, 10,000 test
            digits) or "full" (55,000, 5,000, 10,000); see ``load_digits``.
        n_train: use only the first that many training digits.

    Raises:
        ValueError: a setting out of its range.
        DataError: the digits cannot be read; raised by the first batch.

    >>> from ccdyn.rng import make_generator
    >>> SequentialMNIST(blank_steps=12).batch(5, make_generator(0, "train")).x.shape
    torch.Size([5, 40, 28])
    """

    n_out: ClassVar[int] = N_CLASSES
    classification: ClassVar[bool] = True

    pixels_per_step: int = 28
    blank_steps: int = 0
    teacher: tuple[int, int | None] | None = None
    noise: float = 0.0
    source: str = "shipped"
    n_train: int | None = None

    def __post_init__(self) -> None:
        check_count("pixels_per_step", self.pixels_per_step, 1, N_PIXELS)
        if N_PIXELS % self.pixels_per_step:
            near = [p for p in range(1, N_PIXELS + 1) if N_PIXELS % p == 0]
            near.sort(key=lambda p: abs(p - self.pixels_per_step))
            raise ValueError(f"pixels_per_step={self.pixels_per_step} does not divide the {N_PIXELS} pixels "
                             f"of a digit; use {near[0]} or {near[1]}")
        check_count("blank_steps", self.blank_steps, 0)
        check_number("noise", self.noise)
        if self.source not in SOURCES:
            raise ValueError(f"source is {self.source!r}; use one of {', '.join(SOURCES)}")
        if self.n_train is not None:
            check_count("n_train", self.n_train, 1, SPLIT_SIZES[self.source]["train"],
                        f"the training digits of source={self.source!r}")
        if self.teacher is not None:
            object.__setattr__(self, "teacher", tuple(self.teacher))  # a list, if it was read from JSON
            self._window()

    @property
    def n_in(self) -> int:
        """One input channel per pixel of a step."""
        return self.pixels_per_step

    @property
    def n_steps(self) -> int:
        """784 / pixels_per_step steps with a picture, then the blank ones."""
        return N_PIXELS // self.pixels_per_step + self.blank_steps

    def split_size(self, split: str) -> int:
        """How many digits ``split`` has."""
        check_request(1, split)
        size = SPLIT_SIZES[self.source][split]
        return self.n_train or size if split == "train" else size

    def batch(self, n: int, generator: Generators, split: str = "train",
              dtype: torch.dtype = torch.float32) -> Batch:
        """``n`` digits of ``split``, drawn with replacement; see ``Task.batch``.

        Returns:
            ``x`` (n, n_steps, n_in), pixels from 0 paper to 1 ink; ``target``
            (n, n_steps) int64; ``mask`` 1 on the teacher's window;
            ``score_mask`` 1 on the last step.
        """
        check_request(n, split)
        images, labels = self._split(split)
        chosen = integers(len(labels), (n,), generator)
        return self._trials(images[chosen], labels[chosen], generator, dtype)

    def split_batch(self, split: str, start: int = 0, stop: int | None = None,
                    generator: Generators | None = None, dtype: torch.dtype = torch.float32) -> Batch:
        """Digits ``start`` to ``stop`` of ``split`` in stored order, for an accuracy over all of them.

        A ``stop`` beyond the end means the end. ``generator`` is needed only if
        the task has noise; several give a replica axis.
        """
        size = self.split_size(split)
        check_count("start", start, 0, size - 1, f"{split} has {size} digits")
        if stop is not None:
            check_count("stop", stop, start + 1)
        images, labels = self._split(split)
        return self.trials(images[start:stop], labels[start:stop], generator, dtype)

    def trials(self, images: Tensor, labels: Tensor | Sequence[int], generator: Generators | None = None,
               dtype: torch.dtype = torch.float32) -> Batch:
        """Your own pictures as trials, one each, in order.

        Args:
            images: (n, 784) or (n, 28, 28); uint8 from 0 to 255, or floats from 0 to 1.
            labels: n integers 0 to 9.
            generator: needed only if the task has noise; several give a replica axis.
        """
        images, labels = torch.as_tensor(images), torch.as_tensor(labels)
        if images.shape[1:] not in ((N_PIXELS,), (28, 28)) or len(images) == 0:
            raise ValueError(f"images has the shape {tuple(images.shape)}; "
                             "use (n, 784) or (n, 28, 28) with n >= 1")
        if images.dtype.is_floating_point and not bool(((images >= 0) & (images <= 1)).all()):
            raise ValueError(f"images holds numbers from {images.min():g} to {images.max():g}; "
                             "scale them to the range 0 to 1, or give uint8")
        if not images.dtype.is_floating_point and images.dtype != torch.uint8:
            raise ValueError(f"images is {images.dtype}; use torch.uint8 (0 to 255) or floats (0 to 1)")
        if labels.shape != images.shape[:1] or labels.dtype.is_floating_point:
            raise ValueError(f"labels is {labels.dtype} of shape {tuple(labels.shape)} for {len(images)} "
                             "images; use one integer per image")
        if labels.min() < 0 or labels.max() >= N_CLASSES:
            raise ValueError(f"labels run from {labels.min()} to {labels.max()}; "
                             f"use integers 0 to {N_CLASSES - 1}")
        if generator is None and self.noise:
            raise ValueError(f"the task has noise={self.noise} but no generator was given; pass "
                             'generator=make_generator(seed, "test"), or use a task with noise=0')
        return self._trials(images.flatten(1), labels.long(), generator, dtype)

    def _trials(self, images: Tensor, labels: Tensor, generator: Generators | None,
                dtype: torch.dtype) -> Batch:
        pixels = images.to(dtype).unflatten(-1, (-1, self.n_in))
        x = torch.nn.functional.pad(pixels, (0, 0, 0, self.blank_steps))
        if images.dtype == torch.uint8:
            x = x.div_(255)
        if generator is not None and not isinstance(generator, Generator) and labels.ndim == 1:
            x = x.expand(len(generator), *x.shape)  # the same pictures for every replica
        if self.noise:
            x = normal(x.shape[-3:], generator, dtype).mul_(self.noise).add_(x)
        target = labels[..., None].expand(x.shape[:-1])
        mask, score_mask = (row.expand(x.shape[:-1]) for row in self._masks.to(dtype))
        return Batch(x, target, mask, score_mask)

    def _window(self) -> tuple[int, int]:
        """The taught steps as plain (start, stop), or an error if they are not steps of the trial."""
        steps = self.n_steps
        if self.teacher is None:
            return steps - 1, steps
        if len(self.teacher) != 2:
            raise ValueError(f"teacher={self.teacher} has {len(self.teacher)} entries; "
                             "use (start, stop) or None")
        start, stop = self.teacher
        stop = steps if stop is None else stop
        for name, value in (("start", start), ("stop", stop)):
            check_count(f"teacher {name}", value, -steps, steps, f"the trial has {steps} steps")
        start, stop = (value + steps if value < 0 else value for value in (start, stop))
        if start >= stop:
            raise ValueError(f"teacher={self.teacher} holds none of the trial's {steps} steps; "
                             f"use 0 <= start < stop <= {steps}")
        return start, stop

    @cached_property
    def _masks(self) -> Tensor:
        step, (start, stop) = torch.arange(self.n_steps), self._window()
        return torch.stack(((step >= start) & (step < stop), step == self.n_steps - 1)).double()

    def _split(self, split: str) -> tuple[Tensor, Tensor]:
        digits, size = load_digits(self.source), self.split_size(split)
        if split == "test":
            return digits.test_images, digits.test_labels
        if split == "validation":
            return digits.train_images[-size:], digits.train_labels[-size:]
        return digits.train_images[:size], digits.train_labels[:size]
