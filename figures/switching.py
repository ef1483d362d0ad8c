"""Switching between tasks: what a cerebellum of its own for each context is worth, and how much may be shared.

Published settings of Fig. 3: alpha .5, fixed cortex, tau 3, the last
predictions are taught the last target. 20 sessions of straight lines (task 1),
10 of arcs (task 2), then back to task 1 without training. Straight lines are
learned once; from there each condition goes its own way.

    python figures/switching.py
"""

from __future__ import annotations

from common import main, progress, table, train

import ccdyn
from ccdyn.plots import sweeps

SEEDS, SESSIONS, BATCHES, N_TEST = range(10), (20, 10), 100, 1000
TRAINING = {"final_learning": True}
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
CONDITIONS = {
    "one cerebellum": {"cerebella": "one"},
    "distinct cerebella": {},
    "distinct, readout frozen": {"plastic_readout": False},
    **{f"{share:.0%} of parallel fibres {sharing}": {"shared": share, "sharing": sharing}
       for sharing in ("copied", "true") for share in SHARES[1:]},
}
MOMENTS = ("task 1 before the switch", "task 2 before training", "task 2 after training", "task 1 on return")
AXES = {"test error by moment": ("condition", "moment", "seed"),
        "error by session of task 2": ("condition", "task", "session", "seed")}


def compute(quick: bool = False) -> dict:
    """Learn task 1 once, then task 2 under each condition; both are tested on the way."""
    seeds, (first, second), n_batches, n_test = ((range(2), (1, 1), 3, 50) if quick
                                                 else (SEEDS, SESSIONS, BATCHES, N_TEST))
    training = {**TRAINING, "batches_per_session": n_batches}
    tasks = {"task 1": ccdyn.LineDrawing(), "task 2": ccdyn.LineDrawing(arc=1.0)}
    moments, curves = {}, {}
    with progress(n_batches * (first + second * len(CONDITIONS))) as bar:
        bar.set_description("task 1")
        network = ccdyn.Network.for_task(tasks["task 1"], alpha=0.5, seeds=seeds)
        network = train(bar, network, tasks["task 1"], first, **training).network
        for name, options in CONDITIONS.items():
            bar.set_description(name)
            contexts = ccdyn.Contexts(network, tasks, **options, **training)
            before = contexts.score(n_test)
            contexts.switch("task 2")
            scores = [contexts.score(n_test)]
            for _ in range(second):
                contexts.advance(n_batches)
                bar.update(n_batches)
                scores.append(contexts.score(n_test))
            curves[name] = {task: [each[task] for each in scores] for task in tasks}
            moments[name] = dict(zip(MOMENTS, (before["task 1"], scores[0]["task 2"], scores[-1]["task 2"],
                                               scores[-1]["task 1"])))
    for name, rows in moments.items():
        print(table(f"test error, {name}", rows))
    return {"settings": {"seeds": seeds, "sessions": (first, second), "n_test": n_test, "alpha": 0.5,
                         "training": training, "conditions": CONDITIONS},
            "test error by moment": moments, "error by session of task 2": curves}


def draw(result: dict):
    """Both tasks while the second is learned, and the way back against what is shared."""
    curves, moments = result["error by session of task 2"], result["test error by moment"]
    three = [name for name in curves if "%" not in name]
    sessions = {"x": range(len(curves[three[0]]["task 1"])), "xlabel": "session of task 2", "log": True}
    shares = {sharing: [moments["distinct cerebella"]] + [
        rows for name, rows in moments.items() if name.endswith(sharing)] for sharing in ("copied", "true")}
    return sweeps({
        "task 2 is learned": {**sessions, "ylabel": "test error, task 2",
                              "values": {name: curves[name]["task 2"] for name in three}},
        "what is left of task 1": {**sessions, "ylabel": "test error, task 1",
                                   "values": {name: curves[name]["task 1"] for name in three}},
        **{title: {"x": SHARES, "xlabel": "share of parallel fibres in common", "ylabel": f"test error, {moment}",
                   "values": {f"shared fibres, {sharing}": [each[moment] for each in rows]
                              for sharing, rows in shares.items()}}
           for title, moment in (("back in task 1", MOMENTS[3]), ("task 2, learned", MOMENTS[2]))},
    })


if __name__ == "__main__":
    main(__file__, compute, draw, AXES)
