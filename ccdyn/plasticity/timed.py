"""Timed plasticity: the cerebellum learns to predict what the teacher will say tau steps later."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from ccdyn.cerebellum import add_mossy_gradient, granule_signal, granule_step, mossy_input, purkinje_step
from ccdyn.checks import check_count
from ccdyn.network import Network
from ccdyn.record import Record
from ccdyn.rng import Generators
from ccdyn.tasks.batch import Batch

KEEP_BYTES = 128 * 2**20   # largest granule series that is kept rather than computed again
PART_BYTES = 8 * 2**20     # granule activity that is worked on at a time


def pairs(n_steps: int, tau: int, final_learning: bool = False) -> list[tuple[int, int]]:
    """Which prediction meets which target: (s, t) means p_s is taught y_t.

    p_s = C(r_{s-1}) is the prediction that enters the cortex at step s. The
    window counts from the state the cerebellum saw::

        tau >= 1:  p_s is taught y_{s+tau-1},  s = 0 .. n_steps - tau
        tau = 0:   p_s is taught y_{s-1},      s = 1 .. n_steps

    So tau = 1 is "now", tau = 3 looks two steps ahead of the step at which it
    is used. With ``final_learning`` the last tau - 1 predictions are taught
    the held last target y_{n_steps-1}.

    >>> pairs(5, 3)
    [(0, 2), (1, 3), (2, 4)]
    >>> pairs(5, 3, final_learning=True)
    [(0, 2), (1, 3), (2, 4), (3, 4), (4, 4)]
    >>> pairs(3, 0)
    [(1, 0), (2, 1), (3, 2)]
    """
    if tau == 0:
        return [(s, s - 1) for s in range(1, n_steps + 1)]
    last = n_steps if final_learning else n_steps - tau + 1
    return [(s, min(s + tau - 1, n_steps - 1)) for s in range(max(last, 0))]


def basis_pairs(n_steps: int, tau: int | Sequence[int],
                final_learning: bool = False) -> list[tuple[int, list[int | None]]]:
    """Pairing of a temporal basis: slice j of p_s is taught y_{s-1+j}, j = 0 .. tau, that is windows 0 to tau.

    Given several windows instead of tau, slice j is taught y_{s-1+tau[j]}. s
    runs from 1 (p_0 saw nothing) to n_steps - tau, the longest window; with
    ``final_learning`` to n_steps - 1, where the slices beyond the trial are
    left untaught (None).

    >>> basis_pairs(4, 2)
    [(1, [0, 1, 2]), (2, [1, 2, 3])]
    >>> basis_pairs(4, (2, 2))
    [(1, [2, 2]), (2, [3, 3])]
    """
    windows = range(tau + 1) if isinstance(tau, int) else tau
    last = n_steps if final_learning and max(windows) else n_steps - max(windows) + 1
    return [(s, [t if t < n_steps else None for t in (s - 1 + window for window in windows)]) for s in range(1, last)]


@dataclass(frozen=True)
class TimedPlasticity:
    """Supervised learning at the parallel fibres (and mossy fibres), with a time window::

        E = sum over pairs (s, t) of mean |p_s - y_t|^2        (numbers)
        E = sum over pairs (s, t) of mean -log softmax(p_s)[y_t]   (labels)
        dE/dW_pf = sum over pairs (dE/dp_s) g_s^T
        dE/dW_mf = sum over pairs (W_pf^T dE/dp_s) [g_s > 0] r_{s-1}^T

    where r is what the mossy fibres carry (W_pons r with a pons),
    the means run over the batch (its supervised trials) and the outputs,
    and ``pairs`` says which prediction meets which target. The climbing fibre
    brings the error y_t - p_s; granule activity must wait tau steps for it,
    hence the name. Nothing else is delayed, and no gradient enters the cortex.

    Args:
        tau: the cerebellum's time window in steps, >= 0. Longer than the
            trial is legal and teaches nothing. A network with tau + 1 slices is
            taught a temporal basis, windows 0 to tau; a tuple gives each slice a
            window of its own.
        mossy: True if the mossy fibres W_mf learn too (as in all released
            configurations); False leaves them as they were drawn.
        final_learning: teach the last tau - 1 predictions the held last target.

    Raises:
        ValueError: a window below 0 or not whole, or a network whose number of
            slices does not fit tau.

    Source: Pemberton, Chadderton & Costa (2024), Methods, and released code.
    """

    tau: int | tuple[int, ...] = 3
    mossy: bool = True
    final_learning: bool = False

    def __post_init__(self) -> None:
        if self.tau == ():
            raise ValueError("tau is (), which has no window; give each slice one, such as (3, 3), or use one number")
        for window in self.tau if isinstance(self.tau, tuple) else (self.tau,):
            check_count("tau", window, 0, why="steps")

    def claims(self, network: Network) -> tuple[str, ...]:
        slices, several = network.config.n_slices, isinstance(self.tau, tuple)
        fitting = len(self.tau) if several else self.tau + 1
        if slices != fitting and (several or slices != 1):
            raise ValueError(f"the network predicts {slices} slices but tau is {self.tau}; "
                             f"build it with n_slices={fitting}" + ("" if several else ", or 1 for a single window"))
        return ("W_pf", "W_mf") if self.mossy else ("W_pf",)

    def needs(self, network: Network, batch: Batch) -> tuple[str, ...]:
        """Granule activity, if most of it is used and it is not too large; otherwise it is computed again."""
        steps, _ = self._schedule(network, batch)
        n_steps = batch.x.shape[-2]
        n_values = batch.x[..., 0].numel() * network.config.n_granule
        worth = 2 * len(steps) >= n_steps and n_values * batch.x.element_size() <= KEEP_BYTES
        return ("granule", "prediction") if worth and self._longest > 0 else ()

    @property
    def _longest(self) -> int:
        return max(self.tau) if isinstance(self.tau, tuple) else self.tau

    def init(self, network: Network) -> None:
        return None

    def update(self, state: None, network: Network, record: Record, batch: Batch,
               generator: Generators | None = None) -> tuple[dict[str, Tensor], None]:
        """Gradients of W_pf and, if they learn, W_mf; shapes as in ``Network``."""
        steps, targets = self._schedule(network, batch)
        single = network.config.n_replicas is None

        def lift(values: Tensor) -> Tensor:  # in here there always is a replica axis, as in ``run``
            return values.unsqueeze(0) if single else values

        w = {name: lift(weight) for name, weight in network.weights().items()
             if name in ("W_pf", "W_mf", "W_pons")}
        target, mask = lift(batch.target), lift(batch.mask)
        gradients = {name: torch.zeros_like(w[name]) for name in self.claims(network)}
        for some, part in self._parts(batch, network.config.n_granule, len(mask), len(steps)):
            span = steps[part][0], steps[part][-1] + 1
            here = {name: weight[some] for name, weight in w.items()}
            heard = mossy_input(lift(record.rows("rate_before", *span))[some], here)
            if "granule" in record:
                granule, prediction = (lift(record.rows(name, *span))[some] for name in ("granule", "prediction"))
            else:
                granule = granule_step(heard, here["W_mf"])
                prediction = purkinje_step(granule, here["W_pf"])
            error = cerebellar_error(prediction, target[some], mask[some], targets[part])
            gradients["W_pf"][some] += error.mT @ granule
            if self.mossy:
                signal = granule_signal(error, granule, here["W_pf"])
                add_mossy_gradient(gradients["W_mf"][some], signal, heard)
        return {name: value.squeeze(0) if single else value for name, value in gradients.items()}, None

    def _schedule(self, network: Network, batch: Batch) -> tuple[list[int], list[list[int | None]]]:
        """Consecutive steps s, and for each its targets: one, or one per slice; None where nobody teaches."""
        n_steps = batch.x.shape[-2]
        steps, targets, paired = _schedule(self, network.config.n_slices, n_steps, *batch.taught)
        if not paired:
            warnings.warn(f"tau is {self.tau} but a trial has {n_steps} steps, so the cerebellum is taught nothing; "
                          f"use tau < {n_steps}", stacklevel=3)
        return steps, targets

    def _parts(self, batch: Batch, n_granule: int, replicas: int, n: int) -> Iterator[tuple[slice, slice]]:
        """Which replicas and which of n paired steps are worked on together: PART_BYTES of granule activity."""
        per_step = batch.mask.shape[-2] * n_granule * batch.x.element_size()
        together, length = max(1, PART_BYTES // (per_step * max(n, 1))), max(1, PART_BYTES // per_step)
        for first in range(0, replicas, together):
            for start in range(0, n, length):
                yield slice(first, first + together), slice(start, start + length)


@lru_cache
def _schedule(rule: TimedPlasticity, n_slices: int, n_steps: int, first: int,
              last: int) -> tuple[list[int], list[list[int | None]], bool]:
    """Steps and targets of a rule where the teacher speaks from ``first`` to ``last - 1``, and if tau pairs any."""
    if n_slices > 1 or isinstance(rule.tau, tuple):
        table = basis_pairs(n_steps, rule.tau, rule.final_learning)
    else:
        table = [(s, [t]) for s, t in pairs(n_steps, rule.tau, rule.final_learning)]
    heard = [(s, [t if t is not None and first <= t < last else None for t in row]) for s, row in table]
    taught = [i for i, (_, row) in enumerate(heard) if row != [None] * len(row)]
    heard = heard[taught[0]:taught[-1] + 1] if taught else []
    return [s for s, _ in heard], [row for _, row in heard], bool(table)


def cerebellar_error(prediction: Tensor, target: Tensor, mask: Tensor, targets: list[list[int | None]]) -> Tensor:
    """dE/dp_s for consecutive steps, (..., steps * batch, n_out * n_slices).

    Args:
        prediction: p_s, (..., steps * batch, n_out * n_slices).
        target: of the batch, (..., batch, time, n_out), or labels (..., batch, time).
        mask: who is taught when, (..., batch, time).
        targets: for each step, the target step of each slice, or None.
    """
    n_slices, n_trials = len(targets[0]), mask.shape[-2]
    index = torch.tensor([[-1 if t is None else t for t in row] for row in targets], device=prediction.device)
    flat = index.clamp_min(0).flatten()
    split = (len(targets), n_slices)
    taught = mask.mT.index_select(-2, flat).unflatten(-2, split) * (index >= 0).unsqueeze(-1)
    if not target.dtype.is_floating_point:
        count = taught.sum(-1, keepdim=True).clamp_min(1.0)
        label = target.mT.index_select(-2, flat).flatten(-2).unsqueeze(-1)
        error = prediction.softmax(-1)
        error.scatter_add_(-1, label, torch.full_like(label, -1, dtype=error.dtype))
        return error * (taught / count).flatten(-3).unsqueeze(-1)
    n_out = target.shape[-1]
    count = n_out * taught.sum((-2, -1), keepdim=True).clamp_min(1.0)
    wanted = target.transpose(-3, -2).index_select(-3, flat).unflatten(-3, split)
    prediction = prediction.unflatten(-1, (n_slices, n_out)).unflatten(-3, (len(targets), n_trials))
    difference = prediction - wanted.transpose(-3, -2)
    weight = (2.0 * taught / count).transpose(-2, -1).unsqueeze(-1)
    return (difference * weight).flatten(-2).flatten(-3, -2)
