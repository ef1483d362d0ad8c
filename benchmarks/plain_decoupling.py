"""Predicted feedback written step by step, as research code has it: the comparison for ``ccdyn.decoupling``.

One network, a loop over truncations, autograd in each of them: torch's fused LSTM cell, one backward pass for what
the cortex learns, one for the synthesiser. `tests/test_plain.py` holds it to the engine's gradients.

It is meant to be read, and to be as fast as this way of writing allows.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ccdyn import DecoupledNetwork
from ccdyn.decoupling.synthesiser import layer_names


class PlainDecoupled(nn.Module):
    """An LSTM, a linear readout, and a synthesiser (ccRNN) or none (cRNN); drawing tasks.

    Args:
        network: a ccdyn network without replicas, whose weights are copied.
    """

    def __init__(self, network: DecoupledNetwork) -> None:
        super().__init__()
        for name, weight in network.weights().items():
            self.register_parameter(name, nn.Parameter(weight.detach().clone()))
        self.n_cortex, self.layers = network.config.n_cortex, layer_names(len(network.config.synthesiser))

    def guess(self, r: Tensor, c: Tensor) -> Tensor:
        """The gradient that the synthesiser predicts at a state, (batch, 2 n_cortex)."""
        activity = torch.cat((r, c), 1)
        for number, (weight, bias) in enumerate(self.layers):
            activity = F.linear(activity.relu() if number else activity, getattr(self, weight), getattr(self, bias))
        return activity

    def learn(self, x: Tensor, target: Tensor, sparse: int, truncation: int, factor: float = 0.1) -> float:
        """Add the gradients of one batch to every ``.grad``; x is (batch, time, n_in), target (batch, time, 2)."""
        n_trials, n_steps, _ = x.shape
        r = c = x.new_zeros(n_trials, self.n_cortex)
        total = 0.0
        for first in range(0, n_steps, truncation):
            start = r, c = r.detach().requires_grad_(), c.detach().requires_grad_()
            readouts, targets = [], []
            for t in range(first, min(first + truncation, n_steps)):
                r, c = torch.lstm_cell(x[:, t], (r, c), self.W_ih, self.W_hh, self.b_ih, self.b_hh)
                if t % sparse == 0:
                    readouts.append(F.linear(r, self.W_rdt, self.b_rdt))
                    targets.append(target[:, t])
            terms = []
            if readouts:
                terms.append(F.mse_loss(torch.stack(readouts, 1), torch.stack(targets, 1)))
                total += float(terms[0].detach()) * len(readouts)
            if self.layers:
                with torch.no_grad():
                    injected = factor * self.guess(r, c)
                terms.append((injected * torch.cat((r, c), 1)).sum())
            if not terms:
                continue
            sum(terms).backward()
            if self.layers:
                arrived = torch.cat((start[0].grad, start[1].grad), 1)
                F.mse_loss(self.guess(start[0].detach(), start[1].detach()), arrived, reduction="sum").backward()
        return total


def plain_optimiser(model: nn.Module, lr: float = 1e-3) -> torch.optim.Adam:
    """Adam with the published settings."""
    return torch.optim.Adam(model.parameters(), lr=lr, betas=(0.9, 0.98), eps=1e-9)
