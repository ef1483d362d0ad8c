"""The comparison: the same networks and the same learning, written step by step as research code usually is.

One network at a time. Every synapse of the cortex has its own eligibility
trace for every trial, autograd gives the learning signal and the gradients of
the readout, and each prediction of the cerebellum keeps its graph until its
target arrives. `tests/test_plain.py` holds it to the engine's gradients at
1e-10, so both sides of a benchmark do the same sums.

It is meant to be read, and to be as fast as this way of writing allows: of
the orderings tried (a backward pass in each step, a learning signal by hand,
einsum or product-and-sum for the traces), this is the fastest. The learning
signals of all steps come from one backward pass at the end, and the traces
are moved on afterwards, so that one per synapse and trial is in memory at a
time. ``keep_traces`` instead moves them on with the network and keeps those
of every step until the backward pass, as code with autograd hooks does.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ccdyn import Network


class PlainNetwork(nn.Module):
    """Weights with the papers' names, and a loop. Regression, linear readout, one prediction per output.

    Args:
        network: a ccdyn network without replicas; its architecture and weights are copied.
    """

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.feedback = network.config.feedback
        self.alpha = network.alpha
        for name, weight in network.weights().items():
            copy = weight.detach().clone(memory_format=torch.contiguous_format)
            self.register_parameter(name, nn.Parameter(copy))
        self.W_fh = {"none": None, "readout": getattr(self, "W_zh", None),
                     "cerebellar": getattr(self, "W_ch", None)}[self.feedback]

    def cortex(self, h: Tensor, rate: Tensor, x: Tensor, f: Tensor | None) -> Tensor:
        """h_t = alpha h_{t-1} + W_hh r_{t-1} + W_ih x_t + W_fh f_t, (batch, n_cortex)."""
        h = self.alpha * h + F.linear(rate, self.W_hh) + F.linear(x, self.W_ih)
        return h if f is None else h + F.linear(f, self.W_fh)

    def cerebellum(self, rate: Tensor) -> Tensor:
        """p_t = W_pf relu(W_mf r_{t-1}), (batch, n_out)."""
        return F.linear(F.linear(rate, self.W_mf).relu(), self.W_pf)

    def learn(self, x: Tensor, target: Tensor, plasticity: str = "fixed", tau: int = 3,
              keep_traces: bool = False) -> Tensor:
        """Add the gradients of one batch to every ``.grad`` and return the task loss.

        Args:
            x: stimulus, (batch, time, n_in).
            target: (batch, time, n_out).
            plasticity: of the cortex, "fixed", "input" or "full".
            tau: the cerebellum's time window in steps.
            keep_traces: keep the eligibility traces of every step until the learning signals are there.
        """
        n_trials, n_steps, _ = x.shape
        h = x.new_zeros(n_trials, len(self.W_hh))
        rate, readout, f = h, x.new_zeros(target[:, 0].shape), None
        rates, readouts, feedbacks = [], [], []
        waiting: deque[Tensor | None] = deque(maxlen=tau + 1)  # predictions whose target is still to come
        for t in range(n_steps):
            if self.feedback == "readout":
                f = readout.detach()
            elif self.feedback == "cerebellar":
                waiting.append(self.cerebellum(rate))
                f = waiting[-1].detach()
                if t > 0 and len(waiting) == tau + 1:
                    F.mse_loss(waiting[0], target[:, t - 1]).backward()
            with torch.no_grad():
                h = self.cortex(h, rate, x[:, t], f)
                rate = h.tanh()
            rates.append(rate.detach().requires_grad_(plasticity != "fixed"))
            readout = F.linear(rates[-1], self.W_rdt, self.b_rdt)
            readouts.append(readout)
            feedbacks.append(f)
        if self.feedback == "cerebellar":
            waiting.append(self.cerebellum(rate) if tau == 0 else None)
            if len(waiting) == tau + 1:
                F.mse_loss(waiting[0], target[:, -1]).backward()

        plastic = {"fixed": 0, "input": 2, "full": 3}[plasticity]
        weights = [weight for weight in (self.W_ih, self.W_fh, self.W_hh)[:plastic] if weight is not None]
        traces = self.traces(x, rates, feedbacks, weights)
        if keep_traces:
            traces = [[trace.clone() for trace in step] for step in traces]
        loss = F.mse_loss(torch.stack(readouts, 1), target)
        loss.backward()  # the readout's gradients, and the learning signal L_t = dE/dr_t as rates[t].grad
        if plasticity != "fixed":
            self.eprop(rates, traces, weights)
        return loss.detach()

    @torch.no_grad()
    def traces(self, x: Tensor, rates: list[Tensor], feedbacks: list[Tensor | None],
               weights: list[Tensor]) -> Iterator[list[Tensor]]:
        """Traces eps_ji(t) = alpha_j eps_ji(t-1) + pre_i(t) of each step, (batch, post, pre) per weight."""
        traces = [x.new_zeros(len(x), *weight.shape) for weight in weights]
        alpha = self.alpha if self.alpha.ndim == 0 else self.alpha.unsqueeze(-1)
        before = torch.zeros_like(rates[0])
        for t, rate in enumerate(rates):
            presynaptic = [x[:, t], before] if self.W_fh is None else [x[:, t], feedbacks[t], before]
            for trace, pre in zip(traces, presynaptic):
                trace.mul_(alpha).add_(pre.unsqueeze(1))
            yield traces
            before = rate

    @torch.no_grad()
    def eprop(self, rates: list[Tensor], traces: Iterable[list[Tensor]], weights: list[Tensor]) -> None:
        """dE/dW_ji = sum over batch and t of L_j(t) e_ji(t), with eligibility e_ji = (1 - r_j^2) eps_ji."""
        for weight in weights:
            weight.grad = torch.zeros_like(weight) if weight.grad is None else weight.grad
        for rate, step in zip(rates, traces):
            signal = (rate.grad * (1 - rate**2)).unsqueeze(2)  # (batch, post, 1)
            for weight, trace in zip(weights, step):
                weight.grad += (signal * trace).sum(0)


def plain_optimiser(network: PlainNetwork, plasticity: str, lr: float = 1e-3) -> torch.optim.Adam:
    """Adam with one group for each part of the network that learns, and the published settings."""
    plastic = {"fixed": 0, "input": 3, "full": 4}[plasticity]
    cortex = ("W_ih", "W_zh", "W_ch", "W_hh")[:plastic]
    parts = (cortex, ("W_rdt", "b_rdt"), ("W_mf", "W_pf"))
    groups = [[weight for name, weight in network.named_parameters() if name in part] for part in parts]
    groups = [{"params": group, "lr": lr} for group in groups if group]
    return torch.optim.Adam(groups, betas=(0.9, 0.98), eps=1e-9)


def plain_step(network: PlainNetwork, optimiser: torch.optim.Adam, x: Tensor, target: Tensor, plasticity: str,
               tau: int = 3, keep_traces: bool = False) -> Tensor:
    """One training step: gradients of one batch, one change of the weights."""
    optimiser.zero_grad()
    loss = network.learn(x, target, plasticity, tau, keep_traces)
    optimiser.step()
    return loss


class BpttRNN(nn.Module):
    """``torch.nn.RNN`` with a linear readout, trained by backpropagation through time: torch's own fast loop.

    No leak, no feedback and exact gradients: a different model, shown for scale.
    """

    def __init__(self, n_in: int, n_cortex: int, n_out: int) -> None:
        super().__init__()
        self.rnn = nn.RNN(n_in, n_cortex, bias=False, batch_first=True)
        self.readout = nn.Linear(n_cortex, n_out)

    def step(self, optimiser: torch.optim.Adam, x: Tensor, target: Tensor) -> Tensor:
        """One training step."""
        optimiser.zero_grad()
        loss = F.mse_loss(self.readout(self.rnn(x)[0]), target)
        loss.backward()
        optimiser.step()
        return loss.detach()
