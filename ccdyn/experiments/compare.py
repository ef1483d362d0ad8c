"""What an experimenter does with several networks: train them side by side, and score them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from tqdm import tqdm

from ccdyn.feedback import Silence
from ccdyn.network import ARCHITECTURES, Network
from ccdyn.rng import make_generators
from ccdyn.tasks.batch import Task
from ccdyn.train_state import TrainState
from ccdyn.training import evaluate, sessions, start


def compare(task: Task, n_sessions: int, architectures: Iterable[str] = tuple(ARCHITECTURES)[:3],
            network: Mapping[str, Any] | None = None, progress: bool = True, **training) -> dict[str, TrainState]:
    """Train several architectures on one task, all with the same seeds, sizes and settings.

    The same seed gives each of them the same cortex and the same trials, so
    whatever differs comes from the feedback or the readout.

    Args:
        task: where the trials come from.
        n_sessions: how long each is trained.
        architectures: names from ``ARCHITECTURES``: "no feedback", "readout feedback",
            "cerebellar feedback" and "granule readout" (the control without feedback).
        network: fields of ``NetworkConfig`` for all of them, such as seeds and alpha.
        progress: show one bar for all.
        training: fields of ``TrainConfig``, such as tau and lr.

    Returns:
        The training states by name. If it was stopped (Ctrl-C, stop button), a line
        says so and the networks are as they were at that moment, ready to use.

    Raises:
        ValueError: an unknown architecture or setting, before anything is trained.
    """
    names = list(architectures)
    for name in names:
        if name not in ARCHITECTURES:
            raise ValueError(f"unknown architecture {name!r}; use one of {', '.join(map(repr, ARCHITECTURES))}")
    states = {name: start(Network.for_task(task, **{**(network or {}), **ARCHITECTURES[name]}), task, **training)
              for name in names}
    total = n_sessions * sum(state.config.batches_per_session for state in states.values())
    with tqdm(total=total, unit="batch", file=sys.stdout, ncols=88, disable=not progress) as bar:
        try:
            for name, state in states.items():
                bar.set_description(name)
                done = 0
                for _ in sessions(state, n_sessions):
                    bar.update(state.batches_done - done)
                    done = state.batches_done
        except KeyboardInterrupt:
            bar.close()
            print("Stopped. The networks are as they were at that moment: "
                  + ", ".join(f"{name} {state.batches_done} batches" for name, state in states.items()) + ".")
    return states


def score(states: Mapping[str, TrainState], n: int = 1000, silence: Silence | None = None) -> dict[str, np.ndarray]:
    """Score trained networks on ``n`` fresh test trials per seed.

    Args:
        states: by name, as ``compare`` gives them.
        n: test trials for each network.
        silence: scales the feedback during the test.

    Returns:
        By name, one number per network, (seed,): accuracy for classification, else mean squared error.
    """
    scores = {}
    for name, state in states.items():
        seeds = state.network.config.seeds
        batch = state.task.batch(n, make_generators(seeds, "test"), "test", state.network.dtype)
        result = evaluate(state.network, batch.to(state.network.device), silence, make_generators(seeds, "noise"))
        scores[name] = result.get("accuracy", result["loss"]).reshape(-1).cpu().double().numpy()
    return scores
