"""The learning rule: backpropagation within truncations, and predicted feedback for what lies beyond them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor

from ccdyn.checks import check_count, check_number
from ccdyn.decoupling.cells import CELLS, CellState
from ccdyn.decoupling.network import DecoupledNetwork, drive, lift
from ccdyn.decoupling.synthesiser import fit, layer_names, synthesise
from ccdyn.loss import loss_and_error
from ccdyn.network import one_of
from ccdyn.record import Record
from ccdyn.rng import Generators
from ccdyn.tasks.batch import Batch

LESIONS = ("none", "cerebellum", "olive")
CORTEX = ("W_ih", "W_hh", "b_ih", "b_hh")


@dataclass(frozen=True)
class Decoupling:
    """Feedback decoupling: what a truncation cannot see of the future, a cerebellum predicts.

    Learning by backpropagation is *locked*: a change at step t has to wait for
    the error of all later steps. Here the trial is cut into truncations of a
    few steps; only within them is anything sent back. At the end s of each,
    the synthesiser SG puts in its guess of the gradient that would have come
    from later steps. Truncation k learns as if its loss were ::

        E_k + factor * SG(s_k) . s_k        (SG(s_k) held constant)

    where E_k is the mean loss over the trials and taught steps of truncation k (0 without any). What reaches its
    *start* s_{k-1} in this way, g*, is what the synthesiser should have said there; it learns by ::

        E_SG = sum over k, trials and units of (SG(s_{k-1}) - g*_k)^2

    g* holds the synthesiser's own next guess (a bootstrap), so feedback from far away arrives over many
    trials, weakened by ``factor`` at every truncation that it crosses. The guess at the very last state is put in like
    all others, but nothing teaches it that there is no future.

    All truncations go backwards at once: they share nothing but their states, which the run has left behind. So the
    cost in sequential steps is that of one truncation, whatever the length of the trial. Trials that are equal in all
    (``Batch.kind``, where a task has no noise) go backwards once and count as often as there are of them.

    Args:
        truncation: steps within which errors are sent back; None is the whole trial (full BPTT).
        factor: how much of the guess is put in. 0 makes the cortex learn as if it had no synthesiser.
        lesion: "none"; "cerebellum": no guess is put in and none is learned, from now on; "olive": the guess is
            still put in, but the synthesiser learns no more. Exchange rules between two calls of ``advance`` with
            ``ccdyn.change(state, rules=[...])`` to lesion from a session on.

    Raises:
        ValueError: a setting out of its range; when training starts, a network of another model.

    Source: Boven, Pemberton et al. (2023), Nat Commun 14:51; Jaderberg et al. (2017) for synthetic gradients;
    released code (Adam, one step a batch, gradients of all truncations added up).

    Example:
        >>> import ccdyn
        >>> task = ccdyn.GradedLines(radius=1)
        >>> network = ccdyn.DecoupledNetwork.for_task(task, synthesiser=(100,), n_cortex=20)
        >>> state = ccdyn.start(network, task, rules=[ccdyn.Decoupling(truncation=1)], batch_size=50, lr=3e-3)
        >>> begun = ccdyn.advance(state, 20)
        >>> bool(ccdyn.advance(state, 400) < 0.8 * begun)
        True
    """

    learns_in: ClassVar[type] = DecoupledNetwork

    truncation: int | None = 1
    factor: float = 0.1
    lesion: str = "none"

    def __post_init__(self) -> None:
        if self.truncation is not None:
            check_count("truncation", self.truncation, 1, why="steps; None is the whole trial")
        check_number("factor", self.factor)
        one_of("lesion", self.lesion, LESIONS)

    def claims(self, network: DecoupledNetwork) -> tuple[str, ...]:
        silent = ("cerebellum",) if self.lesion != "none" else ()
        return tuple(name for name in network.weights() if network.group(name) not in silent)

    def needs(self, network: DecoupledNetwork, batch: Batch) -> tuple[str, ...]:
        return ("cell",)

    def init(self, network: DecoupledNetwork) -> None:
        return None

    @torch.no_grad()
    def update(self, state: None, network: DecoupledNetwork, record: Record, batch: Batch,
               generator: Generators | None = None) -> tuple[dict[str, Tensor], None]:
        """Gradients of the claimed weights, those of all truncations added up; shapes as in ``DecoupledNetwork``."""
        gradients = self.explain(network, record, batch).gradients
        if network.config.n_replicas is None:
            gradients = {name: gradient.squeeze(0) for name, gradient in gradients.items()}
        return {name: gradients[name] for name in self.claims(network)}, None

    @torch.no_grad()
    def explain(self, network: DecoupledNetwork, record: Record, batch: Batch) -> Explained:
        """The same with what led to it: losses by truncation, boundaries, guesses and their targets."""
        w, (x, rate, cell, target, mask, context, kind) = lift(
            network, batch.x.transpose(-3, -2), record.series["rate"], record.series["cell"],
            batch.target.transpose(batch.x.ndim - 3, batch.x.ndim - 2), batch.mask.mT,
            network.context_of(batch), batch.kind)
        count = torch.ones_like(mask[:, 0])                                     # (replica, trial)
        if kind is not None:                                                    # equal trials once
            first, count = _kinds(kind, count)
            x, rate, cell, target, mask, context = (
                None if each is None else each.take_along_dim(
                    first.reshape(len(first), 1, -1, *(1,) * (each.ndim - 3)), 2)
                for each in (x, rate, cell, target, mask, context))
        n_steps, rates = mask.shape[1], rate[:, 1:]
        length = min(self.truncation or n_steps, n_steps)
        ends = [min(end, n_steps) for end in range(length, n_steps + length, length)]

        rows = rates.flatten(1, 2)
        losses, error = _errors(network.readout.forward(rows, w)[0], target, mask * count.unsqueeze(1), length)
        gradients = network.readout.gradient(error.flatten(1, 2), rows, rows, w)
        signal = error @ w["W_rdt"].unsqueeze(1)                                # dE/dr, (replica, time, trial, unit)

        last = [end - 1 for end in ends]
        boundary = torch.cat((rates[:, last], cell[:, last]), -1)               # (replica, truncation, trial, n_state)
        guesses, injected = None, torch.zeros_like(boundary)
        if network.config.synthesiser and self.lesion != "cerebellum":
            told = None if context is None else context[:, [0, *(min(end, n_steps - 1) for end in ends)]]
            guesses = _Guesses.of(boundary, told, count, w, len(network.config.synthesiser))
            injected = self.factor * count[:, None, :, None] * guesses.at_ends
        start = torch.cat((torch.zeros_like(boundary[:, :1]), boundary[:, :-1]), 1)
        found, arrived = _backwards(CELLS[network.config.cortex].step, start, x, w, signal, injected, length,
                                    network.config.n_cortex)
        gradients |= found
        if guesses is not None and self.lesion == "none":
            gradients |= guesses.learn(arrived, w)
        return Explained(gradients, losses, signal, boundary, None if guesses is None else guesses.at_ends, arrived,
                         count)


class Explained(NamedTuple):
    """What ``Decoupling.explain`` says of one batch; always with a replica axis in front.

    If the batch says which of its trials are equal (``Batch.kind``), each kind stands for its ``count`` of them.
    """

    gradients: dict[str, Tensor]    # by weight name
    losses: Tensor                  # E_k, (replica, truncation)
    signal: Tensor                  # dE/dr, (replica, time, trial, n_cortex)
    boundary: Tensor                # [rate, cell] at the end of each truncation, (replica, truncation, trial, n_state)
    guesses: Tensor | None          # SG there, same shape
    arrived: Tensor                 # g*, what reached the start of each truncation, summed over equal trials, same shape
    count: Tensor                   # how many equal trials each one stands for, (replica, trial)


class _Guesses(NamedTuple):
    """Every boundary once: its guess is put in at the end of a truncation and taught at the start of the next."""

    rows: Tensor                    # the state at rest, then all boundaries, (replica, row, n_state)
    told: Tensor | None             # their context
    count: Tensor                   # how many trials each row stands for, (replica, row, 1)
    done: list[Tensor]              # activity of every layer
    at_ends: Tensor                 # guesses at the boundaries, (replica, truncation, trial, n_state)

    @classmethod
    def of(cls, boundary: Tensor, told: Tensor | None, count: Tensor, w: dict[str, Tensor], n_layers: int) -> _Guesses:
        replicas, n, n_trials, size = boundary.shape
        at_rest = count.sum(1, keepdim=True) if told is None else count   # all begin at rest: one row stands for all
        rows = torch.cat((boundary.new_zeros(replicas, at_rest.shape[1], size), boundary.flatten(1, 2)), 1)
        told = None if told is None else told.flatten(1, 2)
        done = synthesise(rows, told, w, n_layers)
        return cls(rows, told, torch.cat((at_rest, count.repeat(1, n)), 1).unsqueeze(-1), done,
                   done[-1][:, at_rest.shape[1]:].unflatten(1, (n, n_trials)))

    def learn(self, arrived: Tensor, w: dict[str, Tensor]) -> dict[str, Tensor]:
        """Gradients of E_SG: 2 (SG - g*) at rest and at every boundary but the last, which starts no truncation."""
        n = self.rows.shape[1] - arrived.shape[2]
        at_rest = arrived[:, 0] if self.told is not None else arrived[:, 0].sum(1, keepdim=True)
        target = torch.cat((at_rest, arrived[:, 1:].flatten(1, 2)), 1)
        error = torch.addcmul(target, self.done[-1][:, :n], self.count[:, :n], value=-1).mul_(-2.0)
        told = None if self.told is None else self.told[:, :n]
        return fit(self.rows[:, :n], told, [each[:, :n] for each in self.done], error, w)


def _kinds(kind: Tensor, one: Tensor) -> tuple[Tensor, Tensor]:
    """For each kind of trial the place of one of them, and how many there are, (replica, kind) both."""
    n_kinds, place = int(kind.max()) + 1, torch.arange(kind.shape[1]).expand(kind.shape)
    shape = (len(kind), n_kinds)
    return (torch.zeros(shape, dtype=torch.int64).scatter_(1, kind, place),
            one.new_zeros(shape).scatter_add_(1, kind, one))


def _errors(readout: Tensor, target: Tensor, mask: Tensor, length: int) -> tuple[Tensor, Tensor]:
    """Loss of each truncation, (replica, truncation), and dE/dz at each step, (replica, time, trial, n_out).

    The readout is (replica, time * trial, n_out), target and mask (replica, time, trial, ...); the mask says how much
    each counts.
    """
    n_steps, n_trials = mask.shape[1:3]
    missing = -n_steps % length                        # the last truncation may be shorter

    def cut(series: Tensor) -> Tensor:
        """(replica, time, trial, ...) as (replica, truncation, rows, ...)."""
        if missing:
            series = torch.cat((series, series.new_zeros(len(series), missing, *series.shape[2:])), 1)
        return series.unflatten(1, (-1, length)).flatten(2, 3)

    losses, error = loss_and_error(cut(readout.unflatten(1, (n_steps, n_trials))), cut(target), cut(mask))
    return losses, error.unflatten(2, (length, n_trials)).flatten(1, 2)[:, :n_steps]


def _backwards(step, start: Tensor, x: Tensor, w: dict[str, Tensor], signal: Tensor, injected: Tensor, length: int,
               n_cortex: int) -> tuple[dict[str, Tensor], Tensor]:
    """All truncations side by side: gradients of the cortex's weights, and what arrives at each start.

    Args:
        step: of the cortex.
        start: state before each truncation, (replica, truncation, trial, n_state).
        x: stimulus, (replica, time, trial, n_in).
        signal: dE/dr at each step, (replica, time, trial, n_cortex).
        injected: gradient put in at the end of each truncation, like ``start``.
        length: steps of a truncation; the last may have fewer.
    """
    with torch.enable_grad():
        start = start.clone().requires_grad_()
        learned = {name: w[name].clone().requires_grad_() for name in CORTEX}
        state = CellState(*start.flatten(1, 2).split((n_cortex, start.shape[-1] - n_cortex), -1))
        n_trials, reached, sent = x.shape[2], [], []

        def stop(state: CellState, first: int, last: int) -> None:
            """Truncations first to last - 1 end here."""
            reached.append(torch.cat(state, -1))
            sent.append(injected[:, first:last].flatten(1, 2))

        for at in range(length):
            now = x[:, at::length]
            active = now.shape[1]
            if active < state.rate.shape[1] // n_trials:        # the last truncation has no such step
                stop(CellState(*(part[:, active * n_trials:] for part in state)), active, active + 1)
                state = CellState(*(part[:, :active * n_trials] for part in state))
            state = step(state, drive(now, learned).flatten(1, 2), learned["W_hh"])
            reached.append(state.rate)
            sent.append(signal[:, at::length].flatten(1, 2))
        stop(state, 0, active)
    found = torch.autograd.grad(reached, [*learned.values(), start], sent)
    return dict(zip(CORTEX, found)), found[-1]
