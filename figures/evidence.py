"""Evidence accumulation: who can count puffs, and when is the cerebellum needed for it?

Fig. 5's task: 45 steps with puffs on two sides, a delay of 5, and a choice at
the last step; alpha .1, tau 3, 50 sessions of 80 batches. Networks are tested
with the weights of the lowest validation error, whole and with their
cerebellum silenced for the whole trial, a third of the cue period, or the
delay. The control "granule readout" has no feedback.

    python figures/evidence.py
"""

from __future__ import annotations

import numpy as np
import torch
from common import main, progress, table, train

import ccdyn
from ccdyn.plots import sweeps

SEEDS, N_SESSIONS, N_TEST = range(10), 50, 1000
KINDS = {**{name: (kind, "fixed") for name, kind in ccdyn.ARCHITECTURES.items()},
         **{f"{name}, plastic cortex": (ccdyn.ARCHITECTURES[name], "full")
            for name in ("no feedback", "cerebellar feedback")}}
SILENCES = {"heard throughout": None, "silent throughout": ccdyn.Silence(),
            "silent in the first third": ccdyn.Silence(start=0, stop=15),
            "silent in the second third": ccdyn.Silence(start=15, stop=30),
            "silent in the last third": ccdyn.Silence(start=30, stop=45),
            "silent in the delay": ccdyn.Silence(start=45)}
PERIODS = 9
AXES = {"test accuracy": ("architecture", "seed"),
        "test accuracy with the cerebellum silenced": ("architecture", "silence", "seed"),
        "validation accuracy by session": ("architecture", "session", "seed"),
        "weight of the evidence by cue period": ("architecture", "period", "seed")}


def weight_of_evidence(network: ccdyn.Network, batch: ccdyn.Batch) -> torch.Tensor:
    """What a puff more on the right in each of nine cue periods adds to the belief in "right", (period, seed).

    Least squares over trials of p(right) / (p(left) + p(right)) at the last step on the differences of puffs (with
    the noise they came with) in each period.
    """
    belief = (ccdyn.run(network, batch.x).readout[:, :, -1, 1:].double()).softmax(-1)[..., 1:]
    difference = batch.x[..., :45, :].double().diff(dim=-1).squeeze(-1).unflatten(-1, (PERIODS, -1)).sum(-1)
    regressors = torch.cat((difference, torch.ones_like(difference[..., :1])), -1)
    return torch.linalg.lstsq(regressors, belief).solution[:, :PERIODS, 0].mT


def compute(quick: bool = False) -> dict:
    """Train every kind, choose by validation, then test whole and silenced."""
    seeds, n_sessions, n_test = (range(2), 1, 50) if quick else (SEEDS, N_SESSIONS, N_TEST)
    settings = {"batches_per_session": 3 if quick else 80}
    task = ccdyn.EvidenceAccumulation()
    test = task.batch(n_test, ccdyn.make_generators(seeds, "test"), "test")
    accuracy, silenced, curves, weights = {}, {}, {}, {}
    with progress(len(KINDS) * n_sessions * settings["batches_per_session"]) as bar:
        for name, (kind, plasticity) in KINDS.items():
            bar.set_description(name)
            network = ccdyn.Network.for_task(task, seeds=seeds, **kind)
            state = train(bar, network, task, n_sessions, plasticity=plasticity, **settings)
            chosen = ccdyn.best_network(state)
            accuracy[name] = ccdyn.evaluate(chosen, test)["accuracy"]
            curves[name] = state.history["validation_accuracy"].T
            weights[name] = weight_of_evidence(chosen, test)
            if kind["feedback"] == "cerebellar":
                silenced[name] = {how: ccdyn.evaluate(chosen, test, silence)["accuracy"]
                                  for how, silence in SILENCES.items()}
    print(table("test accuracy, best validation", accuracy))
    for name, rows in silenced.items():
        print(table(f"test accuracy, {name}", rows))
    guess = max(np.mean(test.target[..., -1].numpy() == side) for side in range(3))
    return {"settings": {"seeds": seeds, "n_sessions": n_sessions, "n_test": n_test, "training": settings,
                         "task": "EvidenceAccumulation()", "always the same answer": float(guess)},
            "test accuracy": accuracy, "test accuracy with the cerebellum silenced": silenced,
            "validation accuracy by session": curves, "weight of the evidence by cue period": weights}


def draw(result: dict):
    """Learning curves, silencing, and how much each part of the evidence counts."""
    settings, curves = result["settings"], result["validation accuracy by session"]
    weights = result["weight of the evidence by cue period"]
    fixed = [name for name in curves if "plastic" not in name]
    silenced = result["test accuracy with the cerebellum silenced"]
    chance = {"chance": settings["always the same answer"]}
    learning = {"x": np.arange(1, settings["n_sessions"] + 1), "xlabel": "session of 80 batches",
                "ylabel": "validation accuracy", **chance}
    thirds = [how for how in SILENCES if how not in ("heard throughout", "silent throughout")]
    return sweeps({
        "cortex fixed": {**learning, "values": {name: curves[name] for name in fixed}},
        "cortex plastic": {**learning, "values": {name: rows for name, rows in curves.items() if name not in fixed}},
        "cerebellum silenced for a part": {
            "x": range(1, 1 + len(thirds)), "values": {name: [rows[how] for how in thirds]
                                                       for name, rows in silenced.items()},
            "xlabel": "silent third of the cue period (4: the delay)", "ylabel": "test accuracy", **chance},
        "how much evidence counts": {
            "x": range(1, PERIODS + 1), "values": {name: weights[name] for name in fixed},
            "xlabel": "cue period (5 steps each)", "ylabel": "weight on the belief"},
    })


if __name__ == "__main__":
    main(__file__, compute, draw, AXES)
