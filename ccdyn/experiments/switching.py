"""Switching between tasks: one cortex, one readout, and a cerebellum for each context."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np
from torch import Tensor

from ccdyn.checks import check_number
from ccdyn.network import Network
from ccdyn.rng import make_generators
from ccdyn.tasks.batch import Task
from ccdyn.train_state import TrainConfig, TrainState, restore, snapshot
from ccdyn.training import advance, evaluate, make_config, start

CEREBELLA = ("distinct", "one")
SHARING = ("copied", "true")


class Contexts:
    """Tasks that one cortex and one readout learn in turn, each with a cerebellum of its own.

    ``switch`` puts the cerebellum of a context in the place of the one that was there;
    W_mf and W_pf are exchanged, everything else stays and, if it is plastic, goes on learning. A context
    that is new begins with the cerebellum as it was drawn, so all begin with the same.

    A share of the parallel fibres (the first ones of W_pf, row by row, as in
    the released code) can be common to all contexts in two ways: *copied*
    once, when a context is new, from the one before, and separate from then
    on, as in the released code; or *true*, the same synapses in every context,
    which learn in all of them.

    Args:
        network: with cerebellar feedback; a copy of it is trained.
        tasks: by the name of their context; the first is the one to begin with.
        cerebella: "distinct", one for each context, or "one" for all (the control).
        shared: share of the parallel fibres that are common, from 0 to 1.
        sharing: "copied" or "true".
        plastic_readout: False keeps the readout as it is after the first context.
        settings: of ``TrainConfig``, such as tau and lr.

    Attributes:
        tasks: by context.
        now: the context that is learned.
        state: its training state.

    Raises:
        ValueError: no cerebellum, no task, tasks that do not fit the network, or unknown settings.

    Source: Pemberton, Chadderton & Costa (2024), Fig. 3, and released code.

    Example:
        >>> from ccdyn import LineDrawing, Network
        >>> lines = {"straight": LineDrawing(), "arcs": LineDrawing(arc=1)}
        >>> network = Network.for_task(lines["straight"], alpha=0.5)
        >>> contexts = Contexts(network, lines, tau=5, lr=3e-3)
        >>> _ = contexts.advance(300)
        >>> before = contexts.score()["straight"]
        >>> contexts.switch("arcs")
        >>> _ = contexts.advance(100)
        >>> bool(contexts.score()["straight"] < 2 * before)
        True
    """

    def __init__(self, network: Network, tasks: Mapping[str, Task], cerebella: str = "distinct", shared: float = 0.0,
                 sharing: str = "copied", plastic_readout: bool = True, **settings) -> None:
        if network.config.feedback != "cerebellar":
            raise ValueError(f"this network has feedback={network.config.feedback!r} and no cerebellum to exchange; "
                             "use one with feedback='cerebellar'")
        for name, value, known in (("cerebella", cerebella, CEREBELLA), ("sharing", sharing, SHARING)):
            if value not in known:
                raise ValueError(f"unknown {name} {value!r}; use one of {', '.join(map(repr, known))}")
        if not tasks:
            raise ValueError("tasks is empty; name at least one, such as {'lines': LineDrawing()}")
        check_number("shared", shared, 0.0, 1.0)
        self.tasks = dict(tasks)
        self.cerebella, self.shared, self.sharing = cerebella, shared, sharing
        self.plastic_readout = plastic_readout
        self._network, self._config = deepcopy(network), make_config(TrainConfig(), **settings)
        self._drawn = {name: weight.to(network.dtype) * network.masks.get(name, 1)   # what it lost, no context has
                       for name, weight in _cerebellum(Network(network.config, network.device)).items()}
        for task in self.tasks.values():    # refuse what does not fit before anything is learned
            start(self._network, task, **vars(self._config))
        self.now = next(iter(self.tasks))
        self._away: dict[str, dict[str, Tensor]] = {}
        self.state = start(self._network, self.tasks[self.now], **vars(self._config))

    def switch(self, context: str) -> None:
        """Go on in another context; nothing is learned by that.

        Raises:
            ValueError: an unknown context.
        """
        self._check(context)
        if context == self.now:
            return
        arriving = self._cerebellum_of(context)
        self._away[self.now] = _cerebellum(self._network)
        _put(self._network, arriving)
        self._away.pop(context, None)
        self.now = context
        self.state = self._resume(self.tasks[context])

    def advance(self, n_batches: int = 1) -> Tensor:
        """Learn from ``n_batches`` in the present context; see ``ccdyn.advance``."""
        return advance(self.state, n_batches)

    def network(self, context: str | None = None) -> Network:
        """A copy of the network as it would be in ``context``; None is the present one."""
        context = self.now if context is None else context
        self._check(context)
        network = deepcopy(self._network)
        if context != self.now:
            _put(network, self._cerebellum_of(context))
        return network

    def snapshot(self) -> dict[str, Any]:
        """A copy of everything that learning and switching change; give it to ``restore``."""
        return {"now": self.now, "away": dict(self._away), "state": self.state, "inside": snapshot(self.state)}

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Go back to where ``snapshot`` was taken, also into another context."""
        self.now, self._away, self.state = saved["now"], dict(saved["away"]), saved["state"]
        restore(self.state, saved["inside"])

    def score(self, n: int = 1000) -> dict[str, np.ndarray]:
        """By context, on ``n`` fresh test trials of its task with its cerebellum, one number per network, (seed,).

        Accuracy for classification, else mean squared error. For a context
        that is new, that is the score with the cerebellum with which it would begin.
        """
        seeds, scores = self._network.config.seeds, {}
        for context, task in self.tasks.items():
            batch = task.batch(n, make_generators(seeds, "test"), "test", self._network.dtype)
            result = evaluate(self.network(context), batch.to(self._network.device),
                              generator=make_generators(seeds, "noise"))
            scores[context] = result.get("accuracy", result["loss"]).reshape(-1).cpu().double().numpy()
        return scores

    def _check(self, context: str) -> None:
        if context not in self.tasks:
            raise ValueError(f"unknown context {context!r}; use one of {', '.join(map(repr, self.tasks))}")

    def _cerebellum_of(self, context: str) -> dict[str, Tensor]:
        """What ``context``, which is not the present one, finds when it is entered."""
        present = _cerebellum(self._network)
        if self.cerebella == "one":
            return present
        found = self._away.get(context)
        if found is not None and self.sharing == "copied":
            return found
        found = {name: weight.clone() for name, weight in (found or self._drawn).items()}
        common, own = present["W_pf"].flatten(-2), found["W_pf"].flatten(-2)
        n = int(self.shared * own.shape[-1])
        own[..., :n] = common[..., :n]
        found["W_pf"] = own.view_as(found["W_pf"])
        return found

    def _resume(self, task: Task) -> TrainState:
        """A training state that goes on with the readout's moments and the random streams, but for the cerebellum's."""
        rules = None if self.plastic_readout else self._config.rules(self._network)[1:]
        state = start(self._network, task, rules, **vars(self._config))
        left = {group["name"]: group["params"] for group in self.state.optimiser.param_groups}
        for group in state.optimiser.param_groups:
            if group["name"] in left.keys() - {"cerebellum"}:
                for old, new in zip(left[group["name"]], group["params"]):
                    state.optimiser.state[new] = self.state.optimiser.state[old]
        return replace(state, generators=self.state.generators)


def _cerebellum(network: Network) -> dict[str, Tensor]:
    """Copies of the weights that make a cerebellum."""
    return {name: getattr(network, name).detach().clone() for name in ("W_mf", "W_pf")}


def _put(network: Network, cerebellum: Mapping[str, Tensor]) -> None:
    for name, weight in cerebellum.items():
        getattr(network, name).data.copy_(weight)
