"""Taking a trained network apart: what its units answer to, and how many dimensions they use.

Plain functions of recorded series, (..., trial, time, unit) with or without a replica axis in front.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from ccdyn.plasticity.timed import basis_pairs


class Components(NamedTuple):
    """Principal components, the largest first.

    ``directions`` (..., component, unit) have length 1, ``shares``
    (..., component) of the variance sum to 1, and ``scores``
    (..., trial, time, component) are where the population is along them.
    """

    directions: Tensor
    shares: Tensor
    scores: Tensor


def pattern_means(series: Tensor, patterns: Sequence[int]) -> Tensor:
    """The mean over the trials of each pattern, float64 (..., pattern, time, unit).

    Args:
        series: such as ``record.rate``, (..., trial, time, unit).
        patterns: which pattern each trial was, as for ``task.trials``; every number from 0 on at least once.

    Raises:
        ValueError: not one pattern for each trial, or a pattern without a trial.

    >>> pattern_means(torch.tensor([[[1.]], [[5.]], [[3.]]]), [0, 1, 0]).flatten().tolist()
    [2.0, 5.0]
    """
    if len(patterns) != series.shape[-3]:
        raise ValueError(f"patterns has {len(patterns)} entries but there are {series.shape[-3]} trials; name the "
                         "pattern of each trial")
    labels = torch.as_tensor(patterns, device=series.device)
    if sorted(set(labels.tolist())) != list(range(int(labels.max()) + 1)):
        raise ValueError(f"patterns names {sorted(set(labels.tolist()))}; number them from 0 on and leave none out")
    return torch.stack([series[..., labels == i, :, :].double().mean(-3) for i in range(int(labels.max()) + 1)], -3)


def selectivity(series: Tensor, patterns: Sequence[int]) -> Tensor:
    """Share of a unit's variance that tells which pattern it is, from 0 to 1, (..., unit)::

        sum over trials and steps of (m_pt - m_t)^2 / sum over trials and steps of (r - m)^2

    with m_pt the mean of the trial's pattern at that step, m_t the mean of all
    trials at that step, and m the mean of everything. What is left is a time
    course that all patterns share, and noise. A unit that never changes has 0.

    Args:
        series, patterns: as in ``pattern_means``; with one trial of each pattern, noise counts as pattern.
    """
    means = pattern_means(series, patterns)[..., torch.as_tensor(patterns, device=series.device), :, :]
    series = series.double()
    between = (means - series.mean(-3, keepdim=True)).square().sum((-3, -2))
    total = (series - series.mean((-3, -2), keepdim=True)).square().sum((-3, -2))
    return torch.where(total > 0, between / total, 0.0)


def principal_components(series: Tensor) -> Components:
    """Principal components of the units over all trials and steps, float64.

    Each unit's mean is taken away first. A direction's sign is free; it is
    chosen so that its largest entry is positive.

    Args:
        series: such as ``record.rate``, or its ``pattern_means``, (..., trial, time, unit).
    """
    rows = series.double().flatten(-3, -2)
    rows = rows - rows.mean(-2, keepdim=True)
    _, sizes, directions = torch.linalg.svd(rows, full_matrices=False)
    largest = directions.gather(-1, directions.abs().argmax(-1, keepdim=True))
    directions = directions * torch.where(largest < 0, -1.0, 1.0)
    power = sizes.square()
    scores = (rows @ directions.mT).unflatten(-2, series.shape[-3:-1])
    return Components(directions, power / power.sum(-1, keepdim=True).clamp_min(torch.finfo(power.dtype).tiny), scores)


def firing_share(granule: Tensor) -> Tensor:
    """Share of all trials and steps in which a cell fires, g > 0: (..., unit). The lower, the sparser."""
    return (granule > 0).double().mean((-3, -2))


def peaks(granule: Tensor, patterns: Sequence[int]) -> tuple[Tensor, Tensor]:
    """For which pattern and at which step each cell fires most on average: two of (..., unit), -1 if it never fires."""
    means = pattern_means(granule, patterns)
    highest, place = means.flatten(-3, -2).max(-2)
    n_steps = means.shape[-2]
    return tuple(torch.where(highest > 0, part, -1) for part in (place // n_steps, place % n_steps))


def progress_along(readout: Tensor, ends: Tensor) -> Tensor:
    """How far along its line the pen is at each step, the mean over trials: 0 at the origin, 1 level with the end.

    Args:
        readout: z, (..., trial, time, 2).
        ends: where the line of each trial ends, (trial, 2); trials whose line stays at the origin do not count.

    Returns:
        float64 (..., time).

    >>> progress_along(torch.tensor([[[0., 1.], [0., 3.]], [[5., 5.], [5., 5.]]]), torch.tensor([[0., 2.], [0., 0.]]))
    tensor([0.5000, 1.5000], dtype=torch.float64)
    """
    ends = ends.double()
    moves = ends.square().sum(-1) > 0
    ends = ends[moves]
    share = (readout.double()[..., moves, :, :] * ends.unsqueeze(-2)).sum(-1) / ends.square().sum(-1, keepdim=True)
    return share.mean(-2)


def slice_errors(said: Tensor, target: Tensor, windows: Sequence[int]) -> Tensor:
    """How far each slice of a temporal basis is from what it is taught: mean squared error, float64 (..., slice).

    Args:
        said: the cerebellum's prediction p or c, (..., trial, time, n_slices * n_out), slice after slice.
        target: y, (..., trial, time, n_out).
        windows: of the slices; what is said at step s is compared with y_{s-1+window} wherever all slices are taught.

    >>> y = torch.tensor([[[1.0], [2.0], [4.0]]])
    >>> slice_errors(torch.tensor([[[9.0, 9.0], [1.0, 5.0], [9.0, 9.0]]]), y, (0, 2))     # y_0 = 1 and y_2 = 4
    tensor([0., 1.], dtype=torch.float64)
    """
    table = [(s, row) for s, row in basis_pairs(target.shape[-2], tuple(windows)) if s < target.shape[-2]]
    steps, wanted = [s for s, _ in table], torch.tensor([row for _, row in table], device=target.device)
    said = said.double()[..., steps, :].unflatten(-1, (len(windows), -1))
    return (said - target.double()[..., wanted, :]).square().mean((-4, -3, -1))
