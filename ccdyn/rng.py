"""Explicit random streams: one generator per replica, never the global one.

Wherever ccdyn draws a number it takes ``generator``, which is either one
``torch.Generator`` (no replica axis) or a sequence of them (one per replica,
which puts a replica axis in front). Because every replica draws from its own
generator, and always arrays of the same shape, ten networks trained together
see exactly the numbers that they would have seen one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Generator, Tensor

from ccdyn.checks import check_count

Generators = Generator | Sequence[Generator]

STREAMS = ("weights", "train", "validation", "test", "noise", "feedback")


def make_generator(seed: int, stream: str) -> Generator:
    """An independent stream of random numbers for one replica.

    The same ``(seed, stream)`` always gives the same numbers, and two
    different pairs give unrelated ones (NumPy's ``SeedSequence`` mixes them).

    Args:
        seed: the replica's seed, an integer >= 0.
        stream: one of ``STREAMS``.

    Raises:
        ValueError: unknown stream or negative seed.

    >>> bool(torch.randn(1, generator=make_generator(0, "train"))
    ...      == torch.randn(1, generator=make_generator(0, "train")))
    True
    """
    if stream not in STREAMS:
        raise ValueError(f"unknown random stream {stream!r}; use one of {', '.join(STREAMS)}")
    check_count("seed", seed, 0)
    words = np.random.SeedSequence([int(seed), STREAMS.index(stream)]).generate_state(2)
    return torch.Generator().manual_seed((int(words[0]) << 31) ^ int(words[1]))


def make_generators(seeds: int | Sequence[int], stream: str) -> Generators:
    """``make_generator`` for one seed, or a list of them for several."""
    if isinstance(seeds, int):
        return make_generator(seeds, stream)
    return [make_generator(seed, stream) for seed in seeds]


def draw(shape: Sequence[int], generator: Generators, dtype: torch.dtype,
         fill: Callable[[Tensor, Generator], object]) -> Tensor:
    """An array of ``shape`` filled by ``fill(array, generator)``, with a replica axis if there are several."""
    if isinstance(generator, Generator):
        out = torch.empty(*shape, dtype=dtype)
        fill(out, generator)
        return out
    if not isinstance(generator, (list, tuple)):
        raise ValueError(f"generator is {generator!r}; pass make_generators(seeds, 'train')")
    out = torch.empty(len(generator), *shape, dtype=dtype)
    for replica, one in zip(out, generator):
        fill(replica, one)
    return out


def normal(shape: Sequence[int], generator: Generators, dtype: torch.dtype = torch.float32) -> Tensor:
    """Independent N(0, 1) numbers of ``shape``, or (replica, *shape)."""
    return draw(shape, generator, dtype, lambda out, g: out.normal_(generator=g))


def uniform(bound: float, shape: Sequence[int], generator: Generators, dtype: torch.dtype = torch.float32) -> Tensor:
    """Independent uniform(-bound, bound) numbers of ``shape``, or (replica, *shape)."""
    return draw(shape, generator, dtype, lambda out, g: out.uniform_(-bound, bound, generator=g))


def integers(high: int, shape: Sequence[int], generator: Generators) -> Tensor:
    """Independent integers 0 .. high-1 of ``shape``, or (replica, *shape)."""
    return draw(shape, generator, torch.int64, lambda out, g: out.random_(0, high, generator=g))
