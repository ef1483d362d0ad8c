"""Delayed association: a cue has to be held for 14 steps; who can, how steadily, and what does silence undo?

Fig. 6's task: two cues, alpha .1, tau 3, the cortex's input weights (stimulus
and feedback) learn by e-prop at 2.5e-3, the last five steps are taught and the
last is scored.

    python figures/association.py
"""

from __future__ import annotations

import numpy as np
from common import main, progress, table, train

import ccdyn
from ccdyn.plots import sweeps

SEEDS, N_SESSIONS, N_TEST = range(10), 30, 1000
TRAINING = {"plasticity": "input", "lr_cortex": 2.5e-3}
KINDS = {**{name: (kind, {}) for name, kind in ccdyn.ARCHITECTURES.items()},
         "cerebellar, mossy fibres fixed": (ccdyn.ARCHITECTURES["cerebellar feedback"], {"mossy": False}),
         "cerebellar, slow cortex": (ccdyn.ARCHITECTURES["cerebellar feedback"], {"lr_cortex": 2.5e-4})}
SILENT_FROM = (0, 2, 4, 6, 8, 10, 12, 14)
AXES = {"test accuracy, last weights": ("architecture", "seed"),
        "test accuracy, best validation": ("architecture", "seed"),
        "test accuracy by first silent step": ("architecture", "step", "seed"),
        "validation accuracy by session": ("architecture", "session", "seed"),
        "sessions below .9 after the first above .95": ("architecture", "seed")}


def compute(quick: bool = False) -> dict:
    """Train every kind; test the last and the best weights, whole and silenced from a step on."""
    seeds, n_sessions, n_test = (range(2), 1, 50) if quick else (SEEDS, N_SESSIONS, N_TEST)
    settings = {"batches_per_session": 3} if quick else {}
    task = ccdyn.DelayedAssociation()
    test = task.batch(n_test, ccdyn.make_generators(seeds, "test"), "test")
    last, best, curves, silenced, relapses = {}, {}, {}, {}, {}
    with progress(len(KINDS) * n_sessions * settings.get("batches_per_session", 100)) as bar:
        for name, (kind, training) in KINDS.items():
            bar.set_description(name)
            network = ccdyn.Network.for_task(task, seeds=seeds, **kind)
            state = train(bar, network, task, n_sessions, **{**TRAINING, **training}, **settings)
            chosen = ccdyn.best_network(state)
            last[name] = ccdyn.evaluate(state.network, test)["accuracy"]
            best[name] = ccdyn.evaluate(chosen, test)["accuracy"]
            curves[name] = state.history["validation_accuracy"].T
            relapses[name] = [below(each) for each in curves[name].T]
            if kind["feedback"] == "cerebellar":
                silenced[name] = {f"step {t}": ccdyn.evaluate(chosen, test, ccdyn.Silence(start=t))["accuracy"]
                                  for t in SILENT_FROM}
    print(table("test accuracy, last weights", last), table("test accuracy, best validation", best), sep="\n")
    for name, rows in silenced.items():
        print(table(f"test accuracy, {name}, silent from", rows))
    return {"settings": {"seeds": seeds, "n_sessions": n_sessions, "n_test": n_test, "task": "DelayedAssociation()",
                         "training": {**TRAINING, **settings}},
            "test accuracy, last weights": last, "test accuracy, best validation": best,
            "test accuracy by first silent step": silenced, "validation accuracy by session": curves,
            "sessions below .9 after the first above .95": relapses}


def below(curve: np.ndarray) -> float:
    """Share of the sessions after the first with an accuracy of .95 that are below .9; nan if there is none."""
    reached = np.flatnonzero(np.asarray(curve) >= 0.95)
    after = np.asarray(curve)[reached[0] + 1:] if len(reached) else np.array([])
    return float(np.mean(after < 0.9)) if len(after) else float("nan")


def draw(result: dict):
    """Learning curves, each cerebellar network's own, and silence from a step on."""
    curves, silenced = result["validation accuracy by session"], result["test accuracy by first silent step"]
    learning = {"x": np.arange(1, result["settings"]["n_sessions"] + 1), "xlabel": "session",
                "ylabel": "validation accuracy", "chance": 0.5}
    return sweeps({
        "architectures": {**learning, "values": {name: curves[name] for name in ccdyn.ARCHITECTURES}},
        "cerebellar feedback": {**learning, "values": {name: rows for name, rows in curves.items()
                                                       if "cerebell" in name}},
        "silent from a step on": {
            "x": SILENT_FROM, "values": {name: list(rows.values()) for name, rows in silenced.items()},
            "xlabel": "first silent step (scored: 14)", "ylabel": "test accuracy", "chance": 0.5},
    }, columns=3)


if __name__ == "__main__":
    main(__file__, compute, draw, AXES)
