"""What granule cells do with the cortical state: how many dimensions, how much overlap, what can be predicted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ccdyn.cerebellum import granule_step, mossy_input
from ccdyn.dynamics import run
from ccdyn.feedback import Silence
from ccdyn.network import Network
from ccdyn.plasticity.timed import pairs
from ccdyn.rng import make_generators
from ccdyn.tasks.batch import Batch
from ccdyn.tasks.cued import CuedDrawing

PENALTY = 0.1   # of the weights' size, as a share of the mean squared length of a population vector


def fit(gram: Tensor, gram_new: Tensor, target: Tensor, penalty: float = PENALTY) -> Tensor:
    """The best linear prediction W g of y from activity g, ridge regression in closed form::

        W = argmin sum over rows of |W g - y|^2 + lambda |W|^2,    lambda = penalty * mean |g|^2
        prediction of new rows = G_new (G + lambda)^-1 Y

    Nothing but the inner products of the rows is needed, however many cells there are; and with a penalty that
    grows with the activity, adding cells is not the same as punishing weights less.

    Args:
        gram: G = g g^T between the rows that are learned from, (..., rows, rows).
        gram_new: between new rows and these, (..., new, rows).
        target: y, (..., rows, n_out).
        penalty: as above, without unit.

    Returns:
        Predictions of the new rows, (..., new, n_out).

    >>> g = torch.tensor([[1.0], [2.0]])
    >>> fit(g @ g.mT, g @ g.mT, 3 * g, penalty=0.0001).round(decimals=2).flatten().tolist()
    [3.0, 6.0]
    """
    ridge = penalty * gram.diagonal(dim1=-2, dim2=-1).mean(-1)[..., None, None]
    factor = torch.linalg.cholesky(gram + ridge * torch.eye(gram.shape[-1], dtype=gram.dtype))
    return gram_new @ torch.cholesky_solve(target, factor)


@torch.no_grad()
def granule_states(network: Network, batch: Batch) -> Tensor:
    """Granule activity g_s behind each prediction p_s, s = 0 .. time, the one after the last step included.

    Returns:
        (replica, time + 1, trial, n_granule), for a network with several seeds.
    """
    record, n_states = run(network, batch.x), batch.x.shape[-2] + 1
    heard = mossy_input(record.rows("rate_before", 0, n_states), network.weights())
    granule = granule_step(heard, network.W_mf)
    return granule.unflatten(-2, (n_states, -1))


def fit_timed(granule: Tensor, target: Tensor, granule_new: Tensor, tau: int, final_learning: bool = False) -> Tensor:
    """Where timed plasticity leads if the granule cells go on as they do: ``fit`` with the pairs of a window.

    Args:
        granule: g_s for s = 0 .. time, before the first step to after the last: (..., time + 1, trial, n_granule).
        target: y_t, (..., trial, time, n_out).
        granule_new: g_s of other trials, (..., step, trial, n_granule).
        tau, final_learning: see ``ccdyn.plasticity.timed.pairs``.

    Returns:
        Predictions p_s of the other trials, (..., step, trial, n_out).
    """
    s, t = (list(side) for side in zip(*pairs(target.shape[-2], tau, final_learning)))
    known, new = granule[..., s, :, :].flatten(-3, -2), granule_new.flatten(-3, -2)
    wanted = target.transpose(-3, -2)[..., t, :, :].flatten(-3, -2)
    return fit(known @ known.mT, new @ known.mT, wanted).unflatten(-2, granule_new.shape[-3:-1])


def dimensions(gram: Tensor) -> tuple[Tensor, Tensor]:
    """In how many directions population vectors spread: two answers that need not agree::

        participation ratio = (sum l)^2 / sum l^2
        components = the fewest of the largest l that make up 99 % of sum l

    where l are the eigenvalues of the covariance, which ``gram`` = g g^T (..., rows, rows) has as well. The
    first counts directions by their variance and hardly sees weak ones; a linear readout can use those too.

    Returns:
        Both of shape (...).

    >>> dimensions(torch.diag(torch.tensor([4.0, 4.0, 4.0])))    # three vectors, so two directions
    (tensor(2.), tensor(2))
    """
    centred = gram - gram.mean(-1, keepdim=True) - gram.mean(-2, keepdim=True) + gram.mean((-2, -1), keepdim=True)
    values = torch.linalg.eigvalsh(centred).flip(-1).clamp_min(0)
    total = values.sum(-1, keepdim=True)
    return total.squeeze(-1)**2 / (values**2).sum(-1), 1 + (values.cumsum(-1) < 0.99 * total).sum(-1)


def overlap(first: Tensor, second: Tensor) -> Tensor:
    """Mean correlation, over cells, between the population vectors of trials of two cues.

    Every trial of the one is paired with every other of the other; give the same tensor twice for two trials
    of one cue, and no trial is paired with itself.

    Args:
        first, second: activity, (..., trial, time, unit).

    Returns:
        (..., time), from -1 to 1; 0 where a vector is the same in all cells.

    >>> g = torch.tensor([[[1.0, 2.0, 4.0]], [[2.0, 4.0, 8.0]]])
    >>> overlap(g, g).tolist(), overlap(g, -g).tolist()
    ([1.0], [-1.0])
    """
    a, b = (x - x.mean(-1, keepdim=True) for x in (first, second))
    a, b = (x / x.norm(dim=-1, keepdim=True).clamp_min(1e-12) for x in (a, b))
    each = a.transpose(-3, -2) @ b.transpose(-3, -2).mT
    if first is not second:
        return each.mean((-2, -1))
    n = first.shape[-3]
    return (each.sum((-2, -1)) - each.diagonal(dim1=-2, dim2=-1).sum(-1)) / (n * (n - 1))


def open_loop(network: Network, task: CuedDrawing, n_trials: int, stream: str) -> tuple[Tensor, Tensor]:
    """What the cerebellum hears while the cortex does not hear it: ``n_trials`` of each pattern, in turn.

    Returns:
        The rates r_t after each step (..., trial, time, n_cortex), and the targets (..., trial, time, n_out).
    """
    patterns = list(range(task.n_patterns)) * n_trials
    batch = task.trials(patterns, make_generators(network.config.seeds, stream), network.dtype)
    return run(network, batch.x, silence=Silence()).rate, batch.target


@dataclass(frozen=True, eq=False)
class ExpansionCurves:
    """What changes with the number of granule cells per cortical unit; first the cortex itself (expansion 0).

    Attributes:
        expansions: 0, then as asked for, (setting,).
        participation: participation ratio of the states, (setting, network).
        components: how many hold 99 % of their variance, (setting, network).
        error: mean squared error of the best linear prediction on fresh trials, (setting, network).
        nothing: of predicting 0.
        n_states: how many states were looked at.
    """

    expansions: tuple[int, ...]
    participation: np.ndarray
    components: np.ndarray
    error: np.ndarray
    nothing: float
    n_states: int


@torch.no_grad()
def expansion_curves(network: Network, task: CuedDrawing, expansions: Sequence[int], tau: int = 5,
                     n_trials: int = 3) -> ExpansionCurves:
    """Dimensions of the granule cells' states, and the error of a linear prediction from them, by their number.

    An expansion e takes the first e * n_cortex cells of ``network``, whose loop is open. C(r_s) is fitted to
    y_{s+tau} (see ``fit``) on ``n_trials`` trials of each pattern, and judged on as many others.

    Raises:
        ValueError: expansions that do not rise, or beyond the network's; a network with one seed; tau beyond the trial.
    """
    config = network.config
    expansions = tuple(expansions)
    if config.n_replicas is None:
        raise ValueError(f"the network has seeds={config.seeds} but curves with a spread need several; "
                         "use seeds=(0, 1, 2, 3, 4)")
    if expansions != tuple(sorted(set(expansions))) or not 1 <= expansions[0] <= expansions[-1] <= config.expansion:
        raise ValueError(f"expansions are {expansions} but must rise from 1 or more to at most {config.expansion:g}, "
                         "that of the network; sort them, or build it with a larger expansion")
    if not 0 <= tau < task.n_steps:
        raise ValueError(f"tau is {tau} but a trial has {task.n_steps} steps; use 0 to {task.n_steps - 1}")
    (rate, target), (rate_new, target_new) = (open_loop(network, task, n_trials, name) for name in ("train", "test"))
    # Time first: the states that have a target tau steps ahead are then the first of all.
    rows, rows_new = (x.transpose(1, 2).flatten(1, 2) for x in (rate, rate_new))
    wanted, wanted_new = (y.transpose(1, 2)[:, tau:].flatten(1, 2) for y in (target, target_new))
    found, n = [], wanted.shape[1]

    def look(gram: Tensor, gram_new: Tensor) -> None:
        prediction = fit(gram[:, :n, :n], gram_new[:, :n, :n], wanted)
        found.append([*dimensions(gram), (prediction - wanted_new).square().mean((1, 2))])

    look(rows @ rows.mT, rows_new @ rows.mT)
    gram = gram_new = 0.0
    for fewer, more in zip((0, *expansions), expansions):  # cells are added, and so are their inner products
        some = network.W_mf[:, fewer * config.n_cortex:more * config.n_cortex]
        granule, granule_new = granule_step(rows, some), granule_step(rows_new, some)
        gram, gram_new = gram + granule @ granule.mT, gram_new + granule_new @ granule.mT
        look(gram, gram_new)
    participation, components, error = (np.stack([x.double().numpy() for x in column]) for column in zip(*found))
    return ExpansionCurves((0, *expansions), participation, components, error, float(wanted_new.square().mean()),
                           rows.shape[1])
