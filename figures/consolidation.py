"""Consolidation: while a network sleeps, what its cerebellum does moves into the cortex.

Fig. 8: networks that have learned delayed association (best validation, as in
``figures/association.py``) sleep for 50 trials, by least squares and by the
local rule; after each, they are tested whole and with the cerebellum silenced.

    python figures/consolidation.py
"""

from __future__ import annotations

from itertools import chain

from common import main, progress, table, train

import ccdyn
from ccdyn.experiments import drive_cosine
from ccdyn.experiments.consolidation import RULES
from ccdyn.plots import sweeps

SEEDS, N_SESSIONS, N_TRIALS, N_TEST = range(10), 30, 50, 1000
TRAINING = {"plasticity": "input", "lr_cortex": 2.5e-3}
MEASURES = ("accuracy, whole", "accuracy, silenced", "cosine of the drives", "length of W_ch", "length of W_hh")
TOLD = (0, 5, 10, 20, 50)
AXES = {f"{measure}, by trial": ("rule", "trial", "seed") for measure in MEASURES}


def measure(network: ccdyn.Network, awake: ccdyn.Network, batch: ccdyn.Batch) -> tuple:
    """All of ``MEASURES`` of a network, each (seed,)."""
    return (ccdyn.evaluate(network, batch)["accuracy"], ccdyn.evaluate(network, batch, ccdyn.Silence())["accuracy"],
            drive_cosine(awake, network, batch.x[..., :100, :, :]), *(
                getattr(network, name).detach().flatten(-2).norm(dim=-1) for name in ("W_ch", "W_hh")))


def compute(quick: bool = False) -> dict:
    """Train, then let two copies sleep."""
    seeds, n_sessions, n_trials, n_test = (range(2), 1, 3, 50) if quick else (SEEDS, N_SESSIONS, N_TRIALS, N_TEST)
    settings = {"batches_per_session": 3} if quick else {}
    task = ccdyn.DelayedAssociation()
    test = task.batch(n_test, ccdyn.make_generators(seeds, "test"), "test")
    found = {name: {rule: [] for rule in RULES} for name in AXES}
    with progress(n_sessions * settings.get("batches_per_session", 100) + len(RULES) * n_trials) as bar:
        bar.set_description("awake")
        state = train(bar, ccdyn.Network.for_task(task, seeds=seeds), task, n_sessions, **TRAINING, **settings)
        awake = ccdyn.best_network(state)
        for rule in RULES:
            bar.set_description(f"asleep, {rule}")
            for trial, network in enumerate(chain([awake], ccdyn.consolidate(awake, task, n_trials, rule))):
                for name, values in zip(found, measure(network, awake, test)):
                    found[name][rule].append(values)
                bar.update(trial > 0)
    told = {f"test {name}": {rule: {f"trial {i}": found[f"{name}, by trial"][rule][i] for i in TOLD if i <= n_trials}
                             for rule in RULES} for name in MEASURES[:3]}
    for name, rules in told.items():
        for rule, rows in rules.items():
            print(table(f"{name}, {rule}", rows))
    return {"settings": {"seeds": seeds, "n_sessions": n_sessions, "n_trials": n_trials, "n_test": n_test,
                         "task": "DelayedAssociation()", "training": {**TRAINING, **settings}}, **told, **found}


def draw(result: dict):
    """Accuracy whole and silenced, how alike the drives are, and the lengths of both weights, over trials of sleep."""
    titles = ("whole", "cerebellum silenced", "alike to the drives before sleep", "the cerebellum's voice",
              "recurrent weights")
    labels = ("test accuracy", "test accuracy", "cosine", "length of W_ch", "length of W_hh")
    n_trials = result["settings"]["n_trials"]
    trials = {"x": range(n_trials + 1), "xlabel": "trial of sleep"}
    return sweeps({title: {**trials, "values": result[name], "ylabel": label,
                           "chance": 0.5 if "accuracy" in label else None}
                   for title, label, name in zip(titles, labels, AXES)}, columns=3)


if __name__ == "__main__":
    main(__file__, compute, draw, AXES)
