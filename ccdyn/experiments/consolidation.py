"""Consolidation: what the cerebellum says is moved, trial by trial, into the cortex's own recurrent weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy

import torch
from torch import Tensor

from ccdyn.checks import check_count, check_number
from ccdyn.dynamics import run
from ccdyn.network import Network
from ccdyn.rng import make_generators
from ccdyn.tasks.batch import Task

Change = Callable[[Tensor, Tensor], Tensor]     # (rate, drive) of all pairs -> dW, as ``least_squares`` below
STEPS_PER_TRIAL = 13 / 1.5      # what the released code divides the local rule by, for trials of 15 steps


def consolidate(network: Network, task: Task, n_trials: int = 50, rule: str | Change = "least squares", *,
                decay: float = 0.1, batch_size: int = 10) -> Iterator[Network]:
    """Let a trained network sleep; what its cerebellum does moves into W_hh.

    In each sleep trial the network lives through a batch of ordinary stimuli,
    without a teacher, and collects at steps s = 1 .. n_steps - 2 the pairs of
    what a cortical synapse hears, r_{s-1}, and what the cerebellum drives at
    the same moment, u_s = W_ch c_s. Then

        W_hh <- W_hh + decay dW,    W_ch <- (1 - decay) W_ch

    so that the cortex learns to say to itself what the cerebellum says less
    and less. Two rules give dW:

    least squares   dW = the smallest matrix with the least sum |dW r - u|^2 over all pairs
    local           dW_ji = k sum_s mean over trials of u_j sign(r_i) / sum_i |r_i|

    Every synapse of the local rule knows its own activity, the cerebellar
    drive to its cell, and one sum over the population. Its k = 1.5 / 13 is that of the released
    code, which was made for trials of 15 steps.

    Args:
        network: trained, with cerebellar feedback; stays as it is.
        task: where the stimuli come from; its targets are not used.
        n_trials: sleep trials, each a batch.
        rule: "least squares", "local", or a function of your own that is given what was heard and what was driven,
            both (..., step, trial, n_cortex), float64, and returns dW (..., n_cortex, n_cortex).
        decay: share of W_ch that is lost, and of dW that is gained, in each trial.
        batch_size: stimuli in a trial.

    Yields:
        After each trial the same copy of the network, changed; copy it to keep what it was.

    Raises:
        ValueError: no cerebellar feedback, an unknown rule, a trial too short, a number out of its range, or a
            rule of your own that gives no tensor of the shape of W_hh.

    Source: Pemberton, Chadderton & Costa (2024), Fig. 8, and released code.
    """
    if network.config.feedback != "cerebellar":
        raise ValueError(f"this network has feedback={network.config.feedback!r} and no cerebellum to consolidate; "
                         "use one with feedback='cerebellar'")
    if not callable(rule) and rule not in RULES:
        raise ValueError(f"unknown rule {rule!r}; use one of {', '.join(map(repr, RULES))}, or a function")
    if task.n_steps < 3:
        raise ValueError(f"the task has n_steps={task.n_steps}, which leaves nothing to pair; use at least 3")
    check_count("n_trials", n_trials)
    check_count("batch_size", batch_size)
    check_number("decay", decay, 0.0, 1.0)
    return _sleep(deepcopy(network), task, n_trials, rule if callable(rule) else RULES[rule], decay, batch_size)


def _sleep(network: Network, task: Task, n_trials: int, rule: Change, decay: float,
           batch_size: int) -> Iterator[Network]:
    seeds = network.config.seeds
    stimuli, noise = (make_generators(seeds, stream) for stream in ("train", "noise"))
    for _ in range(n_trials):
        batch = task.batch(batch_size, stimuli, dtype=network.dtype)
        rate, drive = pairs(network, batch.x.to(network.device), noise)
        change = rule(rate, drive)
        if not isinstance(change, Tensor) or change.shape != network.W_hh.shape:
            given = tuple(change.shape) if isinstance(change, Tensor) else type(change).__name__
            raise ValueError(f"the rule gave {given} but W_hh has {tuple(network.W_hh.shape)}; return a tensor of that "
                             "shape")
        with torch.no_grad():
            network.W_hh += decay * change.to(network.dtype)
            network.W_ch *= 1 - decay
        yield network


@torch.no_grad()
def pairs(network: Network, x: Tensor, generator=None) -> tuple[Tensor, Tensor]:
    """r_{s-1} and u_s = W_ch c_s for steps s = 1 .. n_steps - 2, float64 (..., step, trial, n_cortex)."""
    record = run(network, x, record=("feedback",), generator=generator)
    rate = record.rate.transpose(-3, -2)[..., :-2, :, :].double()
    c = record.feedback.transpose(-3, -2)[..., 1:-1, :, :].double()
    return rate, c @ network.W_ch.double().mT.unsqueeze(-3)


def least_squares(rate: Tensor, drive: Tensor) -> Tensor:
    """The smallest dW with the least sum of |dW r - u|^2, (..., n_cortex, n_cortex).

    Args:
        rate, drive: (..., step, trial, n_cortex), float64.

    >>> r = torch.tensor([[[1.0, 0.0]], [[2.0, 0.0]]], dtype=torch.float64)
    >>> least_squares(r, 3 * r).round(decimals=6).tolist()
    [[3.0, 0.0], [0.0, 0.0]]
    """
    rows = [part.flatten(-3, -2) for part in (rate, drive)]
    return torch.linalg.lstsq(*rows, driver="gelsd").solution.mT


def local(rate: Tensor, drive: Tensor) -> Tensor:
    """dW_ji = k sum over steps of the mean over trials of u_j sign(r_i) / sum_i |r_i|, (..., n_cortex, n_cortex)."""
    heard = rate.sign() / rate.abs().sum(-1, keepdim=True).clamp_min(torch.finfo(rate.dtype).tiny)
    per_step = drive.mT @ heard / rate.shape[-2]
    return per_step.sum(-3) / STEPS_PER_TRIAL


RULES: dict[str, Change] = {"least squares": least_squares, "local": local}


@torch.no_grad()
def drive_cosine(before: Network, after: Network, x: Tensor, generator=None) -> Tensor:
    """How alike are the cortex's drives before and after consolidation, where the first has been: (replica,) or ().

    The cosine between W_hh r + W_ch c of ``before`` and W_hh' r of ``after``
    alone, over the states that ``before`` goes through; the mean over steps
    1 .. n_steps - 2 and trials.

    Args:
        before, after: networks of the same sizes, such as a trained one and one that ``consolidate`` yields.
        x: stimulus, (..., batch, time, n_in).
        generator: for networks with ``cerebellar_noise``.
    """
    rate, drive = pairs(before, x, generator)
    old, new = (rate @ network.W_hh.double().mT.unsqueeze(-3) for network in (before, after))
    return torch.nn.functional.cosine_similarity(old + drive, new, dim=-1).mean((-2, -1))
