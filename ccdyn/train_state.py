"""What training changes: its settings, its state, and how to copy the state and put it back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from ccdyn.checks import check_count, check_number
from ccdyn.feedback import Silence
from ccdyn.history import History
from ccdyn.network import Network, Weights
from ccdyn.plasticity import DeltaRule, EProp, Rule, TimedPlasticity
from ccdyn.record import Workspace
from ccdyn.rng import Generators
from ccdyn.tasks.batch import Task


@dataclass(frozen=True)
class TrainConfig:
    """How a network is trained. The defaults are the published line-drawing settings.

    Raises:
        ValueError: a value that cannot be trained with; the sentence names it and the fix.
    """

    plasticity: str = "fixed"           # cortex: "fixed", "input" (W_ih and feedback weights) or "full" (W_hh too)
    tau: int | tuple[int, ...] = 3      # the cerebellum's time window, in steps; a tuple: one for each slice
    mossy: bool = True                  # mossy fibres learn too
    final_learning: bool = False        # teach the last tau - 1 predictions the held last target
    lr_cortex: float = 1e-3             # Adam step sizes, one per part of the network
    lr_readout: float = 1e-3
    lr_cerebellum: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.98)  # of Adam: share kept, per batch, of the mean gradient and of its square
    eps: float = 1e-9                   # of Adam: gradients well below it move a weight in proportion, by lr g / eps
    clip: float | None = None           # longest gradient of a network, over all weights that Adam moves; None: any
    batch_size: int = 10                # trials per weight change
    batches_per_session: int = 100      # a session is 100 batches of fresh trials
    validation_size: int = 200          # trials in the validation batch after each session
    silence: Silence | None = None      # feedback silenced while training and validating

    def __post_init__(self) -> None:
        if self.plasticity not in ("fixed", "input", "full"):
            raise ValueError(f"unknown plasticity {self.plasticity!r}; use 'fixed', 'input' or 'full'")
        for name in ("batch_size", "batches_per_session", "validation_size"):
            check_count(name, getattr(self, name))
        for name in ("lr_cortex", "lr_readout", "lr_cerebellum"):
            check_number(name, getattr(self, name))
        if not isinstance(self.betas, (tuple, list)) or len(self.betas) != 2:
            raise ValueError(f"betas is {self.betas!r}; use two numbers, such as (0.9, 0.98)")
        object.__setattr__(self, "betas", tuple(self.betas))
        for beta in self.betas:
            check_number("each of betas", beta, 0.0, 1.0 - 1e-6)
        check_number("eps", self.eps)
        if self.eps == 0:
            raise ValueError("eps is 0, with which a weight without a gradient becomes NaN; use a small number above "
                             "0, such as 1e-9")
        if self.clip is not None:
            check_number("clip", self.clip)
            if self.clip == 0:
                raise ValueError("clip is 0, with which nothing is learned; use a number above 0, or None")
        TimedPlasticity(self.tau)

    def rules(self, network: Weights) -> tuple[Rule, ...]:
        """The learning rules that these settings mean for ``network``.

        Raises:
            ValueError: a network of another model, for which they mean nothing.
        """
        if not isinstance(network, Network):
            raise ValueError(f"a {type(network).__name__} needs its rule said; use start(network, task, rules=[...]), "
                             "for example rules=[ccdyn.Decoupling(truncation=1)]")
        rules: tuple[Rule, ...] = (DeltaRule(),)
        if self.plasticity != "fixed":
            rules += (EProp(self.plasticity),)
        if network.config.feedback == "cerebellar":
            rules += (TimedPlasticity(self.tau, self.mossy, self.final_learning),)
        return rules


@dataclass(eq=False, repr=False)
class TrainState:
    """Everything that training changes, and all that is needed to go on from here.

    Made by ``start``, moved on by ``advance``. ``network`` is the live network
    (it can be run at any time between calls); ``best`` holds, per replica, the
    weights with the lowest validation loss so far.
    """

    network: Weights
    task: Task
    config: TrainConfig
    rules: tuple[Rule, ...]
    rule_states: list[Any]
    optimiser: torch.optim.Adam
    generators: dict[str, Generators]
    history: History
    best: dict[str, Tensor]             # weights by name, and "loss" per replica
    batches_done: int
    session_loss: Tensor                # per replica, summed over the session so far
    workspace: Workspace = field(default_factory=Workspace)  # memory of one training step, used again by the next

    def __repr__(self) -> str:
        return (f"TrainState({self.network.label}, seeds {self.network.config.seeds}, "
                f"{self.batches_done} batches, {len(self.history)} sessions)")

    @property
    def batches_left(self) -> int:
        """Batches until the running session ends."""
        return self.config.batches_per_session - self.batches_done % self.config.batches_per_session


def snapshot(state: TrainState) -> dict[str, Any]:
    """A copy of everything in ``state`` that ``advance`` changes; give it to ``restore``."""
    return {
        "weights": {name: weight.detach().clone() for name, weight in state.network.weights().items()},
        "optimiser": deepcopy(state.optimiser.state_dict()["state"]),
        "generators": {name: _generator_states(g) for name, g in state.generators.items()},
        "rule_states": deepcopy(state.rule_states),
        **{name: getattr(state, name) for name in ("history", "best", "batches_done", "session_loss")},
    }


def restore(state: TrainState, saved: dict[str, Any]) -> None:
    """Put ``state`` back to where ``snapshot`` was taken."""
    for name, weight in state.network.weights().items():
        weight.data.copy_(saved["weights"][name])
    state.optimiser.zero_grad()
    state.optimiser.load_state_dict({**state.optimiser.state_dict(), "state": deepcopy(saved["optimiser"])})
    for name, generators in state.generators.items():
        _set_generator_states(generators, saved["generators"][name])
    state.rule_states = deepcopy(saved["rule_states"])
    for name in ("history", "best", "batches_done", "session_loss"):
        setattr(state, name, saved[name])


@contextmanager
def all_or_nothing(state: TrainState) -> Iterator[None]:
    """Run a block that changes ``state``; if it does not finish, whatever the reason, undo it."""
    before = snapshot(state)
    try:
        yield
    except BaseException:
        while True:  # an impatient second Ctrl-C must not leave half of it undone
            try:
                restore(state, before)
                break
            except KeyboardInterrupt:
                continue
        raise


def _generator_states(generators: Generators) -> list[Tensor]:
    return [g.get_state() for g in ([generators] if isinstance(generators, torch.Generator) else generators)]


def _set_generator_states(generators: Generators, states: Sequence[Tensor]) -> None:
    for generator, saved in zip([generators] if isinstance(generators, torch.Generator) else generators, states):
        generator.set_state(saved)
