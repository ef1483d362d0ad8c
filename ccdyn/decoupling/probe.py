"""Looking inside: are the guesses right, what do the granule cells share with the cortex, how ataxic is the hand?"""

from __future__ import annotations

import torch
from torch import Tensor

from ccdyn.decoupling.cells import CELLS, CellState
from ccdyn.decoupling.network import DecoupledNetwork, drive, lift
from ccdyn.decoupling.rule import Decoupling
from ccdyn.decoupling.synthesiser import synthesise
from ccdyn.dynamics import run
from ccdyn.plasticity.rule import observe
from ccdyn.tasks.batch import Batch


@torch.no_grad()
def true_feedback(network: DecoupledNetwork, batch: Batch, rule: Decoupling) -> tuple[Tensor, Tensor | None]:
    """What the later truncations would really send back to each boundary, and what the synthesiser says they do::

        g_k = d(E_{k+1} + E_{k+2} + ...) / ds_k

    by backpropagation through the whole trial; nothing is learned.

    Args:
        network: one or several networks.
        batch: trials; equal ones are told apart.
        rule: says where the boundaries are.

    Returns:
        g and SG(s), (replica, truncation, trial, n_state), at the ends of all truncations but the last, after which
        nothing comes. SG is None without a synthesiser (or if the rule's cerebellum is lesioned).

    Raises:
        ValueError: the trial is a single truncation, so that there is no such boundary.
    """
    batch = Batch(batch.x, batch.target, batch.mask, batch.score_mask)      # equal trials told apart
    n_steps, length = batch.x.shape[-2], rule.truncation or batch.x.shape[-2]
    if length >= n_steps:
        raise ValueError(f"truncation is {rule.truncation} and the trial has {n_steps} steps, so there is no boundary "
                         f"inside it; use a truncation of 1 to {n_steps - 1}")
    record = observe(network, batch, ("cell",))
    explained = rule.explain(network, record, batch)
    w, (x,) = lift(network, batch.x.transpose(-3, -2))
    signal, n_cortex = explained.signal, network.config.n_cortex
    step, ends = CELLS[network.config.cortex].step, range(length, n_steps, length)
    with torch.enable_grad():
        state = explained.boundary[:, 0]
        cuts, rates = [state.clone().requires_grad_()], []
        state = CellState(*cuts[0].split((n_cortex, cuts[0].shape[-1] - n_cortex), -1))
        for t in range(length, n_steps):
            if t in ends[1:]:
                cuts.append(torch.cat(state, -1))       # the graph goes on through it
                state = CellState(*cuts[-1].split((n_cortex, cuts[-1].shape[-1] - n_cortex), -1))
            state = step(state, drive(x[:, t:t + 1], w).squeeze(1), w["W_hh"])
            rates.append(state.rate)
    # What was drawn at a boundary was read before the cut, so its own loss is not in the gradient there.
    true = torch.autograd.grad(rates, cuts, list(signal[:, length:].unbind(1)))
    return torch.stack(true, 1), None if explained.guesses is None else explained.guesses[:, :-1]


def gradient_similarity(network: DecoupledNetwork, batch: Batch, rule: Decoupling) -> Tensor:
    """Cosine between predicted and true feedback at each boundary, mean over trials, (replica, truncation - 1).

    1 is a perfect direction, 0 none; 0 too where the guess is zero, as it is before anything was learned.

    Raises:
        ValueError: no synthesiser to compare, or no boundary inside the trial.
    """
    true, guessed = true_feedback(network, batch, rule)
    if guessed is None:
        raise ValueError(f"{rule} in a {network.label} has no guesses to compare; use a ccRNN with its cerebellum")
    return torch.nn.functional.cosine_similarity(true, guessed, dim=-1, eps=1e-12).mean(-1)


@torch.no_grad()
def activities(network: DecoupledNetwork, batch: Batch) -> dict[str, Tensor]:
    """Rates of the cortex and of every granule layer at every step, (replica, time * trial, unit).

    Returns:
        "cortex", then "granule 1", "granule 2", ...
    """
    record = run(network, batch.x, record=("cell",))
    w, (rate, cell, told) = lift(network, record.series["rate"], record.series["cell"], network.context_of(batch))
    rows = torch.cat((rate[:, 1:], cell), -1).flatten(1, 2)
    if told is not None:    # of a state, about the step after it
        told = torch.cat((told[:, 1:], told[:, -1:]), 1).flatten(1, 2)
    n_layers = len(network.config.synthesiser)
    granule = synthesise(rows, told, w, n_layers)[:-1] if n_layers else []
    return {"cortex": rate[:, 1:].flatten(1, 2), **{f"granule {i}": layer for i, layer in enumerate(granule, 1)}}


def correlations(network: DecoupledNetwork, batch: Batch) -> dict[str, Tensor]:
    """How much the activity of one population tells about that of another, over trials and steps, (replica,) each.

    Returns:
        By "A, B" for each pair of populations of ``activities`` and each with itself: the mean of |Pearson's r| over
        all pairs of different units, those that never change left out; NaN if there are none.
    """
    standard = {}
    for name, rows in activities(network, batch).items():
        centred = rows.double() - rows.double().mean(1, keepdim=True)
        length = torch.linalg.vector_norm(centred, dim=1, keepdim=True)
        standard[name] = torch.where(length > 1e-9, centred / length.clamp_min(1e-9), torch.nan)
    found = {}
    for number, (one, a) in enumerate(standard.items()):
        for other, b in list(standard.items())[number:]:
            r = (a.mT @ b).abs()
            if one == other:
                r.diagonal(dim1=-2, dim2=-1).fill_(torch.nan)
            found[f"{one}, {other}"] = r.flatten(1).nanmean(-1)
    return found


def dysmetria(drawn: Tensor, lines: Tensor) -> Tensor:
    """How badly a hand that draws straight lines misses its aim and wanders, mean over lines::

        overshoot = max(0, z_T . e / |e|^2 - 1),    wandering = path length / straight length - 1

    summed; e is the target's end point, the straight length the distance from the drawn start to the drawn end, but
    at least a tenth of |e|. 0 is a straight movement that does not go too far; it need not arrive.

    Args:
        drawn: z, (..., line, time, 2).
        lines: targets from the origin, (line, time, 2); lines of no length are left out.

    Returns:
        One number for each network, (...).

    Source: this project's own definition; the published score could not be read.

    >>> line = torch.linspace(0, 1, 5)[:, None] * torch.tensor([3.0, 4.0])
    >>> float(dysmetria(line[None], line[None])), round(float(dysmetria(1.2 * line[None], line[None])), 3)
    (0.0, 0.2)
    """
    end = lines[:, -1].to(drawn)
    length = torch.linalg.vector_norm(end, dim=-1)
    drawn, end, length = drawn[..., length > 0, :, :], end[length > 0], length[length > 0]
    overshoot = ((drawn[..., -1, :] * end).sum(-1) / length**2 - 1).clamp_min(0)
    path = torch.linalg.vector_norm(drawn.diff(dim=-2), dim=-1).sum(-1)
    direct = torch.linalg.vector_norm(drawn[..., -1, :] - drawn[..., 0, :], dim=-1).maximum(length / 10)
    return (overshoot + (path / direct - 1).clamp_min(0)).mean(-1)
