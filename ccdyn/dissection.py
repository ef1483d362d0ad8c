"""Taking a trained network apart: what its units answer to, how many dimensions they use, what is lost with a cell.

Plain functions of recorded series, (..., trial, time, unit) with or without a
replica axis in front, and one that removes granule cells from a copy of a
network.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from numbers import Integral
from typing import NamedTuple

import torch
from torch import Tensor

from ccdyn.checks import check_count, check_number
from ccdyn.feedback import Silence
from ccdyn.network import Network
from ccdyn.rng import make_generators, uniform
from ccdyn.tasks.batch import Batch
from ccdyn.training import evaluate

ORDERS = ("most active first", "least active first", "at random")


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


def lesion(network: Network, cells: Sequence[int] | Sequence[Sequence[int]] | Tensor) -> Network:
    """A copy of ``network`` without some of its granule cells; the given network stays whole.

    The rows of W_mf and the columns of W_pf that belong to these cells are 0,
    and stay 0 however the copy is trained (as the synapses that ``fan_in``
    leaves out do). That is not silencing: ``Silence`` scales all that the
    cerebellum says for some steps and leaves its cells as they are. A file
    keeps the zeros, but not the mask that protects them.

    Args:
        network: with cerebellar feedback.
        cells: numbers of the cells, the same in each network; or one list for each network.

    Raises:
        ValueError: a network without granule cells in its feedback, a cell that is not there, or not one list
            for each network.

    Example:
        >>> from ccdyn import LineDrawing, Network
        >>> network = Network.for_task(LineDrawing(), n_cortex=5, expansion=2, seeds=(0, 1))
        >>> without = lesion(network, [3, 4])
        >>> without.W_mf[0].any(1).tolist()
        [True, True, True, False, False, True, True, True, True, True]
    """
    if network.config.feedback != "cerebellar":
        raise ValueError(f"this network has feedback={network.config.feedback!r} and no granule cells to remove; "
                         "use one with feedback='cerebellar'")
    lost = _lost(network, cells)
    network = deepcopy(network)
    for name, axis in (("W_mf", -1), ("W_pf", -2)):
        weight = getattr(network, name)
        gone = lost.unsqueeze(axis).expand_as(weight)
        weight.data.masked_fill_(gone, 0.0)
        if name in network.masks:
            network.masks[name].masked_fill_(gone, 0.0)
        else:
            network.register_buffer(f"mask_{name}", (~gone).to(weight.dtype), persistent=False)
    return network


def _lost(network: Network, cells: Sequence) -> Tensor:
    """Which cells are named, (..., n_granule) of bool."""
    n_granule, replicas = network.config.n_granule, network.config.n_replicas
    cells = cells.tolist() if hasattr(cells, "tolist") else list(cells)
    nested = any(isinstance(cell, (Sequence, Tensor)) or hasattr(cell, "tolist") and cell.ndim for cell in cells)
    if nested and len(cells) != replicas:
        raise ValueError(f"cells has {len(cells)} lists but this network was built with seeds={network.config.seeds}; "
                         "give one list for all, or one for each seed")
    lists = [list(some) for some in cells] if nested else [cells]
    for cell in (cell for some in lists for cell in some):
        if isinstance(cell, bool) or not isinstance(cell, Integral) or not 0 <= cell < n_granule:
            raise ValueError(f"cells names {cell!r} but the granule cells are 0 to {n_granule - 1}; give their numbers")
    lost = torch.zeros(len(lists), n_granule, dtype=torch.bool)
    for row, some in zip(lost, lists):
        row[[int(cell) for cell in some]] = True
    return (lost[0] if replicas is None else lost.expand(replicas, -1)).to(network.device)


def lesion_order(granule: Tensor, which: str, seeds: int | Sequence[int]) -> Tensor:
    """The cells in the order in which they are removed, (..., n_granule).

    Args:
        granule: recorded series; the activity of a cell is its mean.
        which: "most active first", "least active first" or "at random".
        seeds: of the networks, for the random order.

    Raises:
        ValueError: an unknown order.
    """
    if which not in ORDERS:
        raise ValueError(f"unknown order {which!r}; use one of {', '.join(map(repr, ORDERS))}")
    if which == "at random":
        return uniform(1.0, granule.shape[-1:], make_generators(seeds, "noise"), torch.float64).argsort(-1)
    return granule.double().mean((-3, -2)).argsort(dim=-1, descending=which == ORDERS[0], stable=True).cpu()


def lesion_errors(network: Network, batch: Batch, order: Tensor, shares: Sequence[float]) -> Tensor:
    """The error on ``batch`` with the first cells of ``order`` removed, (share,) or (share, replica).

    Args:
        network: with cerebellar feedback; stays whole.
        batch: test trials.
        order: as from ``lesion_order``.
        shares: of all granule cells, from 0 to 1; rounded to whole cells.
    """
    for share in shares:
        check_number("share", share, 0.0, 1.0)
    seeds = network.config.seeds
    return torch.stack([evaluate(lesion(network, order[..., :round(share * network.config.n_granule)]), batch,
                                 generator=make_generators(seeds, "noise"))["loss"] for share in shares])


def window_errors(network: Network, batch: Batch, length: int, factor: float = 0.0) -> Tensor:
    """The error on ``batch`` with the feedback silenced for ``length`` steps, (first step,) or (first step, replica).

    The window begins at each step of the trial in turn; towards the end fewer steps are left to silence.

    Args:
        network: with feedback; stays as it is.
        batch: test trials.
        length: silenced steps, 1 or more.
        factor: what the feedback is multiplied with in these steps.
    """
    check_count("length", length)
    seeds = network.config.seeds
    return torch.stack([evaluate(network, batch, Silence(factor, first, first + length),
                                 make_generators(seeds, "noise"))["loss"] for first in range(batch.x.shape[-2])])


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
