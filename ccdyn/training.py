"""Training: a step that advances an explicit state, and two thin wrappers around that step."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import fields, replace

import torch
from torch import Tensor
from tqdm import tqdm

from ccdyn.checks import check_count
from ccdyn.dynamics import run
from ccdyn.feedback import Silence
from ccdyn.history import History
from ccdyn.loss import accuracy, certainty, loss_and_error
from ccdyn.network import Network, Weights
from ccdyn.plasticity import Rule
from ccdyn.plasticity.rule import (apply_rules, check_batch, check_rules, decays, gradients, needed, observe, online_of,
                                   owner)
from ccdyn.rng import Generators, make_generators
from ccdyn.tasks.batch import Batch, Task
from ccdyn.train_state import TrainConfig, TrainState, all_or_nothing


def start(network: Weights, task: Task, rules: Sequence[Rule] | None = None, **settings) -> TrainState:
    """A fresh training state for ``network`` on ``task``.

    Args:
        network: is trained in place.
        task: where batches come from; must fit the network.
        rules: learning rules; None gives those of ``TrainConfig.rules``.
        settings: fields of ``TrainConfig``; ``lr`` sets all three step sizes at once.

    Raises:
        ValueError: unknown settings, a task that does not fit, rules that claim the same weight, or a rule that is
            broken: all of them learn from two trials first, which changes nothing.
    """
    if not isinstance(network, Weights) or not isinstance(task, Task):
        raise ValueError(f"start got a {type(network).__name__} and a {type(task).__name__}; "
                         "use start(network, task, ...)")
    if isinstance(rules, Rule):
        raise ValueError(f"rules is {rules}; give a list, rules=[...], since each weight that learns needs its rule")
    config = make_config(TrainConfig(), **settings)
    c = network.config
    for name, mine, wanted in (("n_in", c.n_in, task.n_in), ("n_out", c.n_out, task.n_out),
                               ("classification", c.classification, task.classification)):
        if mine != wanted:
            raise ValueError(f"the task has {name}={wanted} but the network has {name}={mine}; "
                             f"build it with {type(network).__name__}.for_task(task, ...)")
    rules = tuple(config.rules(network) if rules is None else rules)
    check_rules(rules, network)
    _rehearse(network, task, rules)
    seeds = (c.seeds,) if isinstance(c.seeds, int) else c.seeds
    metrics = ("train_loss", "validation_loss") + (
        ("validation_accuracy", "validation_certainty") if task.classification else ())
    best = {name: weight.detach().clone() for name, weight in network.weights().items()}
    best["loss"] = torch.full(() if c.n_replicas is None else (c.n_replicas,), math.inf,
                              dtype=network.dtype, device=network.device)
    return TrainState(network, task, config, rules, [rule.init(network) for rule in rules],
                      _make_optimiser(network, rules, config),
                      {stream: make_generators(c.seeds, stream) for stream in ("train", "validation", "noise")},
                      History.empty(seeds, metrics), best, 0, torch.zeros_like(best["loss"]))


def make_config(config: TrainConfig, **settings) -> TrainConfig:
    """``config`` with some settings changed; ``lr`` stands for all three step sizes."""
    if "lr" in settings:
        lr = settings.pop("lr")
        settings = {"lr_cortex": lr, "lr_readout": lr, "lr_cerebellum": lr, **settings}
    known = [f.name for f in fields(TrainConfig)]
    for name in settings:
        if name not in known:
            raise ValueError(f"unknown training setting {name!r}; use one of lr, {', '.join(known)}")
    return replace(config, **settings)


def change(state: TrainState, rules: Sequence[Rule] | None = None, **settings) -> None:
    """Change settings, or rules, between two calls of ``advance``: tau, silence, step sizes, ...

    Weights, optimiser moments, random streams and history stay as they are.
    Custom rules are kept unless ``rules`` are given; the rules made from ``TrainConfig`` follow it.

    Args:
        state: in training; changed in place.
        rules: take the place of the present ones. A weight that no rule claims any more stays as it is, and can be
            claimed again later.
        settings: fields of ``TrainConfig``.

    Raises:
        ValueError: as in ``start``; rules with a memory, or for weights that were not learned from the start.
            Nothing is changed then.
    """
    config = make_config(state.config, **settings)
    if rules is not None:
        rules = tuple(rules)
        check_rules(rules, state.network)
        known = [name for group in state.optimiser.param_groups for name in group["weights"]]
        for name, rule in owner(rules, state.network).items():
            if name not in known:
                raise ValueError(f"{rule} claims {name} but training was started for {', '.join(known)}; start a new "
                                 "training state instead")
        if any(rule.init(state.network) is not None for rule in (*state.rules, *rules)):
            raise ValueError(f"a rule with a memory cannot be exchanged ({', '.join(map(str, (*state.rules, *rules)))}"
                             "); start a new training state instead")
    elif isinstance(state.network, Network) and state.rules == state.config.rules(state.network):
        rules = config.rules(state.network)
        check_rules(rules, state.network)
        if owner(rules, state.network).keys() != owner(state.rules, state.network).keys():
            raise ValueError("these settings change which weights learn; start a new training state instead")
    state.config, state.rules = config, state.rules if rules is None else rules
    for group in state.optimiser.param_groups:
        group.update(lr=getattr(config, f"lr_{group['name']}"), betas=config.betas, eps=config.eps)


@torch.no_grad()
def advance(state: TrainState, n_batches: int = 1) -> Tensor:
    """Train on ``n_batches`` fresh batches: run, learn, one Adam step each.

    If anything goes wrong or is interrupted on the way, the state goes back to
    where it was before the call, so the network can always train on.

    Returns:
        Mean training loss of each replica, a tensor () or (replica,).

    Raises:
        ValueError: n_batches below 1; a batch that does not fit the network; weights that were moved or replaced.
        FloatingPointError: the loss or a weight is no longer finite; the state is as before the call.
    """
    _check_state(state)
    check_count("n_batches", n_batches)
    with all_or_nothing(state):
        total = torch.zeros_like(state.session_loss)
        for _ in range(n_batches):
            total += _train_batch(state)
            if state.batches_left == state.config.batches_per_session:
                _finish_session(state)
        for name, values in {"the training loss": total, **state.network.weights()}.items():
            if not bool(torch.isfinite(values.sum())):
                lr = max(group["lr"] for group in state.optimiser.param_groups)
                raise FloatingPointError(f"{name} is no longer finite after {state.batches_done} batches; start again "
                                         f"with a smaller lr than {lr:g}")
    return total / n_batches


def sessions(state: TrainState, n_sessions: int, chunk: int = 10) -> Iterator[TrainState]:
    """Train for ``n_sessions`` more sessions, yielding the state after every ``chunk`` batches.

    This is what progress bars, live pictures and sweeps are made of. A session
    that was interrupted is finished first and counts as one. After each
    session, ``state.history`` is one longer.
    """
    check_count("n_sessions", n_sessions, 0)
    goal = len(state.history) + n_sessions
    while len(state.history) < goal:
        advance(state, min(chunk, state.batches_left))
        yield state


def train(state: TrainState, n_sessions: int = 10, progress: bool = True) -> TrainState:
    """Train with a progress bar; Ctrl-C (or the kernel's stop button) stops it cleanly.

    When it is stopped, the state is that of the last finished chunk of ten
    batches, a line says so, and calling ``train`` again goes on from there.
    (``sessions`` and ``advance`` let the interrupt through.)

    Args:
        state: from ``start``; trained in place.
        n_sessions: how many sessions to train.
        progress: show the bar.

    Returns:
        The same state.

    Example:
        >>> from ccdyn import LineDrawing, Network, start, train
        >>> task = LineDrawing()
        >>> state = start(Network.for_task(task, alpha=0.5), task, tau=5, lr=3e-3)
        >>> history = train(state, n_sessions=2, progress=False).history
        >>> bool(history["validation_loss"][0, -1] < 0.05)
        True
    """
    _check_state(state)
    check_count("n_sessions", n_sessions, 0)
    done = state.batches_done
    bar = tqdm(total=n_sessions * state.config.batches_per_session, unit="batch", disable=not progress,
               file=sys.stdout, ncols=88, desc="training")
    with bar:
        try:
            for _ in sessions(state, n_sessions):
                bar.update(state.batches_done - done - bar.n)
        except KeyboardInterrupt:
            bar.close()
            print(f"Stopped after {state.batches_done} batches ({len(state.history)} whole sessions). "
                  "The network is ready to use; train again to go on.")
    return state


@torch.no_grad()
def evaluate(network: Weights, batch: Batch, silence: Silence | None = None,
             generator: Generators | None = None) -> dict[str, Tensor]:
    """Score a network on a batch, where the task is scored (``batch.score_mask``).

    Returns:
        "loss" per replica, () or (replica,); for classification also "accuracy" and "certainty", the mean
        probability (softmax of the readout) of the answer that was given.
    """
    check_batch(batch, network)
    start, stop = batch.scored
    record = run(network, batch.x, silence=silence, generator=generator, readout_from=start)
    scored = (record.rows("readout", start, stop), batch.rows("target", start, stop),
              batch.rows("score_mask", start, stop))
    scores = {"loss": loss_and_error(*scored)[0]}
    if batch.is_classification:
        scores |= {"accuracy": accuracy(*scored), "certainty": certainty(scored[0], scored[2])}
    return scores


def best_network(state: TrainState) -> Weights:
    """A copy of the network in which each replica has the weights of its lowest validation loss."""
    network = deepcopy(state.network)
    for name, weight in network.weights().items():
        weight.data.copy_(state.best[name])
    return network


@torch.no_grad()
def _rehearse(network: Weights, task: Task, rules: Sequence[Rule]) -> None:
    """Let the rules learn from two trials and change nothing, so that a broken one is found before training."""
    seeds, before = network.config.seeds, {name: weight.clone() for name, weight in network.weights().items()}
    batch = task.batch(2, make_generators(seeds, "train"), "train", network.dtype).to(network.device)
    try:
        gradients(network, batch, rules, generator=make_generators(seeds, "noise"))
        for name, weight in network.weights().items():
            if not torch.equal(weight, before[name]):
                raise ValueError(f"one of {', '.join(map(repr, rules))} changed {name} itself; return a gradient and "
                                 "leave the network as it is")
    finally:
        for name, weight in network.weights().items():
            if not torch.equal(weight, before[name]):
                weight.copy_(before[name])


@torch.no_grad()
def _train_batch(state: TrainState) -> Tensor:
    network, noise = state.network, state.generators["noise"]
    batch = state.task.batch(state.config.batch_size, state.generators["train"], "train", network.dtype)
    batch = batch.to(network.device)
    online = online_of(state.rules, state.rule_states, network, batch)
    record = observe(network, batch, needed(state.rules, network, batch), state.config.silence,
                     noise, dropout=True, online=online, workspace=state.workspace)
    found, state.rule_states = apply_rules(state.rules, state.rule_states, network, record, batch, noise)
    if state.config.clip is not None:
        found = _clipped(found, network, state.rules, state.config.clip)
    for group in state.optimiser.param_groups:
        for name, stored in zip(group["weights"], group["params"]):
            if name in found:   # else Adam leaves it as it is, its moments too
                stored.grad = _as_stored(getattr(network, name), found.pop(name))
    for name, share in decays(state.rules, network).items():
        getattr(network, name).mul_(1.0 - share)
    for name, change in found.items():  # of direct rules
        getattr(network, name).sub_(change)
    state.optimiser.step()
    state.optimiser.zero_grad()
    state.batches_done += 1
    state.session_loss = state.session_loss + record.loss
    return record.loss


@torch.no_grad()
def _finish_session(state: TrainState) -> None:
    network, config = state.network, state.config
    batch = state.task.batch(config.validation_size, state.generators["validation"], "validation", network.dtype)
    scores = evaluate(network, batch.to(network.device), config.silence, state.generators["noise"])
    row = torch.stack([state.session_loss / config.batches_per_session, *scores.values()], -1)
    better = scores["loss"] < state.best["loss"]
    best = {name: _where(better, weight.detach(), state.best[name]) for name, weight in network.weights().items()}
    state.best = {**best, "loss": torch.where(better, scores["loss"], state.best["loss"])}
    state.history = state.history.append(row.cpu().double().numpy())
    state.session_loss = torch.zeros_like(state.session_loss)


def _clipped(found: dict[str, Tensor], network: Weights, rules: Sequence[Rule], limit: float) -> dict[str, Tensor]:
    """The gradients that Adam gets, those of each network scaled so that together they are not longer than ``limit``.

    As ``torch.nn.utils.clip_grad_norm_`` does for one network: times limit / (norm + 1e-6) where that is below 1.
    """
    owners, replica_axes = owner(rules, network), 0 if network.config.n_replicas is None else 1
    adams = {name: g for name, g in found.items() if not getattr(owners[name], "direct", False)}
    norms = [torch.linalg.vector_norm(g.flatten(replica_axes), dim=-1) for g in adams.values()]
    norm = torch.linalg.vector_norm(torch.stack(norms, -1), dim=-1)
    factor = (limit / (norm + 1e-6)).clamp(max=1.0)
    return {**found, **{name: g * factor.reshape(factor.shape + (1,) * (g.ndim - replica_axes))
                        for name, g in adams.items()}}


def _where(better: Tensor, new: Tensor, old: Tensor) -> Tensor:
    return torch.where(better.reshape(better.shape + (1,) * (new.ndim - better.ndim)), new, old)


def _make_optimiser(network: Weights, rules: Sequence[Rule], config: TrainConfig) -> torch.optim.Adam:
    groups: dict[str, list[str]] = {}
    for name, rule in owner(rules, network).items():
        if not getattr(rule, "direct", False):
            groups.setdefault(network.group(name), []).append(name)
    groups = groups or {"readout": []}
    weights = network.weights()
    return torch.optim.Adam([{"name": group, "weights": names, "lr": getattr(config, f"lr_{group}"),
                              "params": [_as_stored(weights[name], weights[name].detach()) for name in names]}
                             for group, names in groups.items()], betas=config.betas, eps=config.eps, fused=True)


def _as_stored(weight: Tensor, values: Tensor) -> Tensor:
    """A weight's values, or its gradient, with the axes in the order in which the weight lies in memory.

    The fused optimiser walks through memory, so weight, gradient and moments must lie there alike.
    """
    return (values if weight.is_contiguous() else values.mT).contiguous()


def _check_state(state: TrainState) -> None:
    """Refuse what is no training state, and a network that was given other memory than the optimiser works on."""
    if not isinstance(state, TrainState):
        raise ValueError(f"this trains a TrainState but got a {type(state).__name__}; "
                         "use state = start(network, task, ...)")
    for group in state.optimiser.param_groups:
        for name, stored in zip(group["weights"], group["params"]):
            if getattr(state.network, name).data_ptr() != stored.data_ptr():
                raise ValueError(f"{name} was moved, converted or replaced after start, so training would not reach "
                                 "it; call start(network, task, ...) again")
