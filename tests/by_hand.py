"""A network written out, for tests of what is shown of it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

import ccdyn


def with_feedback(network: ccdyn.Network, x: Tensor, factors: Sequence[float]) -> Tensor:
    """The readout where cerebellar feedback is multiplied by a factor in each step, (network, trial, time, output).

    In classification the cortex hears softmax(p), elsewhere p.
    """
    w = {name: weight.detach() for name, weight in network.weights().items()}
    h, z = torch.zeros(*x.shape[:2], network.config.n_cortex, dtype=x.dtype), []
    for t, factor in enumerate(factors):
        p = (h.tanh() @ w["W_mf"].mT).relu() @ w["W_pf"].mT
        c = factor * (p.softmax(-1) if network.config.classification else p)
        h = network.alpha * h + x[:, :, t] @ w["W_ih"].mT + c @ w["W_ch"].mT + h.tanh() @ w["W_hh"].mT
        z.append(h.tanh() @ w["W_rdt"].mT + w["b_rdt"][:, None])
    return torch.stack(z, 2)
