"""Consolidation: while a network sleeps, what its cerebellum does moves into the cortex.

Fig. 8: networks that have learned delayed association (best validation, as in
``figures/association.py``; mossy fibres plastic as in the released script, or
fixed as in the authors' stored network) sleep for 50 trials, by least squares
and by the local rule; after each, they are tested whole and silenced.

    python figures/consolidation.py
"""

from __future__ import annotations

from itertools import chain

from common import main, progress, table, train

import ccdyn
from ccdyn.experiments import drive_cosine
from ccdyn.experiments.consolidation import RULES
from ccdyn.plots import sweeps

SEEDS, N_SESSIONS, N_TRIALS, N_TEST = range(10), 30, 50, 500
TRAINING = {"plasticity": "input", "lr_cortex": 2.5e-3}
KINDS = {"plastic": {}, "fixed": {"mossy": False}}      # mossy fibres
MEASURES = ("accuracy, whole", "accuracy, silenced", "cosine of the drives", "length of W_ch", "length of W_hh")
TOLD = (0, 5, 10, 20, 50)
AXES = {f"{measure}, by trial": ("mossy fibres", "rule", "trial", "seed") for measure in MEASURES}


def measure(network: ccdyn.Network, awake: ccdyn.Network, batch: ccdyn.Batch) -> tuple:
    """All of ``MEASURES`` of a network, each (seed,)."""
    return (ccdyn.evaluate(network, batch)["accuracy"], ccdyn.evaluate(network, batch, ccdyn.Silence())["accuracy"],
            drive_cosine(awake, network, batch.x[..., :100, :, :]), *(
                getattr(network, name).detach().flatten(-2).norm(dim=-1) for name in ("W_ch", "W_hh")))


def compute(quick: bool = False) -> dict:
    """Train both kinds, then let two copies of each sleep."""
    seeds, n_sessions, n_trials, n_test = (range(2), 1, 3, 50) if quick else (SEEDS, N_SESSIONS, N_TRIALS, N_TEST)
    settings = {"batches_per_session": 3} if quick else {}
    task = ccdyn.DelayedAssociation()
    test = task.batch(n_test, ccdyn.make_generators(seeds, "test"), "test")
    found = {name: {kind: {rule: [] for rule in RULES} for kind in KINDS} for name in AXES}
    with progress(len(KINDS) * (n_sessions * settings.get("batches_per_session", 100) + len(RULES) * n_trials)) as bar:
        for kind, training in KINDS.items():
            bar.set_description(f"mossy fibres {kind}, awake")
            state = train(bar, ccdyn.Network.for_task(task, seeds=seeds), task, n_sessions, **TRAINING, **training,
                          **settings)
            awake = ccdyn.best_network(state)
            for rule in RULES:
                bar.set_description(f"mossy fibres {kind}, asleep, {rule}")
                for trial, network in enumerate(chain([awake], ccdyn.consolidate(awake, task, n_trials, rule))):
                    for name, values in zip(found, measure(network, awake, test)):
                        found[name][kind][rule].append(values)
                    bar.update(trial > 0)
    told = {f"test {name}": {kind: {rule: {f"trial {i}": found[f"{name}, by trial"][kind][rule][i]
                                           for i in TOLD if i <= n_trials} for rule in RULES} for kind in KINDS}
            for name in MEASURES[:3]}
    for name, kinds in told.items():
        for kind, rules in kinds.items():
            for rule, rows in rules.items():
                print(table(f"{name}, mossy fibres {kind}, {rule}", rows))
    return {"settings": {"seeds": seeds, "n_sessions": n_sessions, "n_trials": n_trials, "n_test": n_test,
                         "task": "DelayedAssociation()", "training": {**TRAINING, **settings}}, **told, **found}


def draw(result: dict):
    """Both rules over trials of sleep: accuracies, how alike the drives are, lengths; last, with fixed mossy fibres."""
    titles = ("whole", "cerebellum silenced", "alike to the drives before sleep", "the cerebellum's voice",
              "recurrent weights")
    labels = ("test accuracy", "test accuracy", "cosine", "length of W_ch", "length of W_hh")
    panels = {title: (name, label, "plastic") for title, label, name in zip(titles, labels, AXES)}
    panels["cerebellum silenced, mossy fibres fixed"] = ("accuracy, silenced, by trial", "test accuracy", "fixed")
    return sweeps({title: {"x": range(result["settings"]["n_trials"] + 1), "values": result[name][kind],
                           "xlabel": "trial of sleep", "ylabel": label, "chance": 0.5 if "acc" in label else None}
                   for title, (name, label, kind) in panels.items()}, columns=3)


if __name__ == "__main__":
    main(__file__, compute, draw, AXES)
