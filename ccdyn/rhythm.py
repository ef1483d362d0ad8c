"""What a network with readout feedback hears while it learns, and what it hears alone; a rhythm of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import pi

import torch
import torch.nn.functional as F
from torch import Tensor

from ccdyn.checks import check_count, check_number
from ccdyn.dynamics import State, run
from ccdyn.network import Network, NetworkConfig
from ccdyn.phase import rescaled
from ccdyn.plasticity import FORCE
from ccdyn.record import Record
from ccdyn.tasks.batch import Batch


@dataclass(frozen=True, eq=False)
class Rhythm:
    """What networks did while they were taught, and afterwards.

    Attributes:
        network: with the readout as it was when the teacher left.
        state: in which the teacher left it.
        target: the sine, (time,): the taught steps, then the free ones.
        taught: the readout in the taught steps, (network, time).
        free: the readout afterwards, with its own last answer as feedback, (network, time).
        fed: the same with the target as feedback, which tests something else.
    """

    network: Network
    state: State
    target: Tensor
    taught: Tensor
    free: Tensor
    fed: Tensor

    def error(self, answers: Tensor) -> Tensor:
        """Mean squared error of ``free`` or ``fed``, (network,); silence has .5."""
        return (answers - self.target[-answers.shape[-1]:]).square().mean(-1)


class DeltaNow:
    """The delta rule inside the sequence: every ``every`` steps, the mean of what these steps ask for::

        W_rdt <- W_rdt - lr mean (z_t - y_t) r_t^T,    b_rdt <- b_rdt - lr mean (z_t - y_t)
    """

    def __init__(self, target: Tensor, lr: float, every: int) -> None:
        self.target, self.step, self.every = target, lr / every, every
        self.waiting = (0.0, 0.0)
        self.moved: dict[str, Tensor] = {}

    def __call__(self, t: int, readout: Tensor, rate: Tensor, w: dict[str, Tensor]) -> dict[str, Tensor]:
        error = self.step * (readout - self.target[t])
        self.waiting = self.waiting[0] + error.mT @ rate, self.waiting[1] + error.sum(-2)
        if (t + 1) % self.every == 0:
            self.moved = {"W_rdt": w["W_rdt"] - self.waiting[0], "b_rdt": w["b_rdt"] - self.waiting[1]}
            self.waiting = (0.0, 0.0)
        return {**w, **self.moved}


@torch.no_grad()
def learn_rhythm(gain: float = 1.2, every: int | None = None, lr: float = 0.01, seeds: Sequence[int] = (0, 1, 2, 3, 4),
                 n_cortex: int = 200, n_steps: int = 2000, n_free: int = 400, period: int = 40) -> Rhythm:
    """Teach fixed cortices with readout feedback a sine, then let them run free.

    There is no stimulus. W_hh has the spectral radius ``gain``, the feedback weights W_zh are uniform(-1, 1), alpha
    is .1; only the readout learns, while the cortex hears what it just said.

    Args:
        gain: spectral radius of W_hh: below 1 the cortex is silent by itself, above 1 it is lively.
        every: None is FORCE, which changes the readout at every step; a number is the delta rule, which changes it
            once in so many steps.
        lr: step size of the delta rule.
        seeds: one network each.
        n_steps, n_free: taught steps, and steps alone.
        period: of the sine, in steps.

    Raises:
        ValueError: an argument out of its range.

    Source: Sussillo & Abbott (2009), Neuron 63:544.
    """
    check_number("gain", gain)
    check_number("lr", lr)
    for name, value in (("every", 1 if every is None else every), ("n_steps", n_steps), ("n_free", n_free),
                        ("period", period)):
        check_count(name, value)
    seeds = tuple(seeds)
    network = rescaled(Network(NetworkConfig(1, 1, feedback="readout", n_cortex=n_cortex, seeds=seeds)), gain)
    network.W_zh.mul_(n_cortex**0.5)
    target = torch.sin(2 * pi * torch.arange(n_steps + n_free) / period)
    silence, mask = torch.zeros(len(seeds), 1, n_steps, 1), torch.ones(len(seeds), 1, n_steps)
    batch = Batch(silence, target[:n_steps, None].expand_as(silence), mask, mask)
    force = FORCE()
    teacher = (force.online(force.init(network), network, batch) if every is None
               else DeltaNow(target[:n_steps], lr, every))
    taught = run(network, silence, online=teacher)
    for name, weight in teacher.moved.items():
        getattr(network, name).copy_(weight)
    free = run(network, silence.new_zeros(len(seeds), 1, n_free, 1), taught.state)
    before = target[n_steps - 1:-1, None].expand_as(free.readout)
    fed = hears(network, free.readout.new_zeros(free.readout.shape), before, taught.state)
    return Rhythm(network, taught.state, target, *(each.readout[:, 0, :, 0] for each in (taught, free, fed)))


@torch.no_grad()
def hears(network: Network, x: Tensor, heard: Tensor, state: State | None = None) -> Record:
    """Let a network with readout feedback hear something else than its own last answer.

    Args:
        x: stimulus, (..., batch, time, n_in).
        heard: f_t, (..., batch, time, n_out).
        state: where an earlier run stopped.

    Returns:
        The rates and readouts.
    """
    config = network.config
    # What is heard comes in as a stimulus does: to a network without feedback, with W_zh beside W_ih.
    other = Network(replace(config, n_in=config.n_in + config.n_out, feedback="none"))
    weights = {**network.weights(), "W_ih": torch.cat((network.W_ih, network.W_zh), -1)}
    for name, weight in other.weights().items():
        weight.copy_(weights[name])
    return run(other, torch.cat((x, heard), -1), state)


def last_target(batch: Batch) -> Tensor:
    """y_{t-1}, what a network that is always right would hear: 0 at the first step, (..., batch, time, n_out)."""
    return F.pad(batch.target, (0, 0, 1, 0))[..., :-1, :]


@torch.no_grad()
def fit_while_fed(network: Network, batch: Batch) -> None:
    """Set the linear readout to the least-squares solution of ``batch`` while the cortex hears the target's last value.

    This is teacher forcing: the answer of every step is right *if* the one before was.
    """
    rates = F.pad(hears(network, batch.x, last_target(batch)).rate, (0, 1), value=1.0).flatten(-3, -2)
    found = torch.linalg.lstsq(rates.double(), batch.target.flatten(-3, -2).double()).solution.mT.to(network.dtype)
    network.W_rdt.copy_(found[..., :-1])
    network.b_rdt.copy_(found[..., -1])
