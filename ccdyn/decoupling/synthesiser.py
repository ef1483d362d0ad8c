"""The cerebellum of this model: a network that predicts the gradient at a state from that state alone."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def layer_names(n_layers: int) -> list[tuple[str, str]]:
    """Weight and bias of each layer: mossy fibres in, then from granule layer to granule layer, parallel fibres out.

    >>> layer_names(1), layer_names(2)
    ([('W_mf', 'b_mf'), ('W_pf', 'b_pf')], [('W_mf', 'b_mf'), ('W_gr2', 'b_gr2'), ('W_pf', 'b_pf')])
    """
    if not n_layers:
        return []
    between = [(f"W_gr{i}", f"b_gr{i}") for i in range(2, n_layers + 1)]
    return [("W_mf", "b_mf"), *between, ("W_pf", "b_pf")]


def synthesise(state: Tensor, context: Tensor | None, w: dict[str, Tensor], n_layers: int) -> list[Tensor]:
    """The gradient that a state predicts, and what the granule layers did for it::

        g_1 = relu(W_mf s + b_mf [+ W_ctx k]),   g_l = relu(W_grl g_{l-1} + b_grl),   SG(s) = W_pf g_n + b_pf

    Args:
        state: s = [rate, cell], (replica, rows, n_state).
        context: k, (replica, rows, n_context), or None.
        w: weights by name, with a replica axis.
        n_layers: granule layers.

    Returns:
        [g_1, ..., g_n, SG(s)], (replica, rows, units) each.
    """
    activity, done = state, []
    for number, (weight, bias) in enumerate(layer_names(n_layers)):
        drive = torch.baddbmm(w[bias].unsqueeze(-2), activity, w[weight].mT)
        if number == 0 and context is not None:
            drive = torch.baddbmm(drive, context, w["W_ctx"].mT)
        activity = drive.relu_() if number < n_layers else drive
        done.append(activity)
    return done


def fit(state: Tensor, context: Tensor | None, done: Sequence[Tensor], error: Tensor,
        w: dict[str, Tensor]) -> dict[str, Tensor]:
    """Gradients of the synthesiser's weights for ``error`` = dE/dSG, backwards through ``synthesise``.

    Args:
        state, context: as in ``synthesise``.
        done: what it returned, for the same rows.
        error: (replica, rows, n_state).
    """
    names, gradients = layer_names(len(done) - 1), {}
    for number in reversed(range(len(done))):
        weight, bias = names[number]
        heard = done[number - 1] if number else state
        gradients[weight], gradients[bias] = error.mT @ heard, error.sum(-2)
        if number:
            error = (error @ w[weight]).mul_(heard > 0)
        elif context is not None:
            gradients["W_ctx"] = error.mT @ context
    return gradients
