"""Damage, and silence moved over the trial: granule cells, cortical units and feedback that are missing, or noisy.

Each works on a copy; the network it is given stays whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from numbers import Integral

import torch
from torch import Tensor

from ccdyn.checks import check_count, check_number
from ccdyn.feedback import Silence
from ccdyn.network import Network
from ccdyn.rng import make_generators, uniform
from ccdyn.tasks.batch import Batch
from ccdyn.training import evaluate

ORDERS = ("most active first", "least active first", "at random")


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
    lost = _named("cells", cells, network, network.config.n_granule, "granule cells")
    return _without(network, lost, {"W_mf": -1, "W_pf": -2})


def ablate(network: Network, units: Sequence[int] | Sequence[Sequence[int]] | Tensor) -> Network:
    """A copy of ``network`` in which some cortical units are silent for good: their rate is always 0.

    All that reaches them (rows of W_ih, W_hh and the feedback weights) is 0,
    and stays 0 however the copy is trained; so nobody hears anything from them.

    Args:
        network: any.
        units: numbers of the cortical units, the same in each network; or one list for each network.

    Raises:
        ValueError: a unit that is not there, or not one list for each network.

    Source: Pemberton, Chadderton & Costa (2024), Fig. S15 (the first half of the units).

    Example:
        >>> import torch
        >>> from ccdyn import LineDrawing, Network, run
        >>> network = ablate(Network.for_task(LineDrawing(), n_cortex=4), [0, 3])
        >>> run(network, torch.ones(1, 5, 10)).rate[0, -1].bool().tolist()
        [False, True, True, False]
    """
    lost = _named("units", units, network, network.config.n_cortex, "cortical units")
    incoming = [name for name in ("W_ih", "W_hh", network.feedback.weight) if name]
    return _without(network, lost, dict.fromkeys(incoming, -1))


def with_noise(network: Network, noise: float) -> Network:
    """A copy of ``network`` whose cerebellar output is noisy: N(0, noise^2) is added to c_t at every step.

    Args:
        network: with cerebellar feedback.
        noise: standard deviation, in the units of the output (class probabilities, or coordinates).

    Raises:
        ValueError: a network without a cerebellum, or noise below 0.

    Source: Pemberton, Chadderton & Costa (2024), Fig. S6.
    """
    if network.config.feedback != "cerebellar":
        raise ValueError(f"this network has feedback={network.config.feedback!r} and no cerebellum to be noisy; "
                         "use one with feedback='cerebellar'")
    copy = deepcopy(network)
    copy.config = replace(network.config, cerebellar_noise=noise)
    return copy


def _without(network: Network, lost: Tensor, weights: Mapping[str, int]) -> Network:
    """A copy without the synapses of what is ``lost`` (..., n), which is broadcast along an axis of each weight."""
    network = deepcopy(network)
    for name, axis in weights.items():
        weight = getattr(network, name)
        gone = lost.unsqueeze(axis).expand_as(weight)
        weight.data.masked_fill_(gone, 0.0)
        if name in network.masks:
            network.masks[name].masked_fill_(gone, 0.0)
        else:
            network.register_buffer(f"mask_{name}", (~gone).to(weight.dtype), persistent=False)
    return network


def _named(name: str, numbers: Sequence, network: Network, n: int, what: str) -> Tensor:
    """Which of ``n`` are meant, (..., n) of bool."""
    replicas = network.config.n_replicas
    numbers = numbers.tolist() if hasattr(numbers, "tolist") else list(numbers)
    nested = any(isinstance(one, (Sequence, Tensor)) or hasattr(one, "tolist") and one.ndim for one in numbers)
    if nested and len(numbers) != replicas:
        raise ValueError(f"{name} has {len(numbers)} lists but this network was built with "
                         f"seeds={network.config.seeds}; give one list for all, or one for each seed")
    lists = [list(some) for some in numbers] if nested else [numbers]
    for one in (one for some in lists for one in some):
        if isinstance(one, bool) or not isinstance(one, Integral) or not 0 <= one < n:
            raise ValueError(f"{name} names {one!r} but the {what} are 0 to {n - 1}; give their numbers")
    lost = torch.zeros(len(lists), n, dtype=torch.bool)
    for row, some in zip(lost, lists):
        row[[int(one) for one in some]] = True
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

    The window begins at each step of the trial in turn; see ``window_scores``.
    """
    return window_scores(network, batch, length, factor)["loss"]


def window_scores(network: Network, batch: Batch, length: int, factor: float = 0.0,
                  starts: Sequence[int] | None = None) -> dict[str, Tensor]:
    """What ``evaluate`` gives with the feedback silenced for ``length`` steps, each (first step, ...).

    Towards the end of the trial fewer steps are left to silence.

    Args:
        network: with feedback; stays as it is.
        batch: test trials.
        length: silenced steps, 1 or more.
        factor: what the feedback is multiplied with in these steps.
        starts: first steps of the windows; None is every step of the trial.
    """
    check_count("length", length)
    seeds, starts = network.config.seeds, range(batch.x.shape[-2]) if starts is None else starts
    scores = [evaluate(network, batch, Silence(factor, first, first + length), make_generators(seeds, "noise"))
              for first in starts]
    return {name: torch.stack([each[name] for each in scores]) for name in scores[0]}
