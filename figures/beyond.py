"""Sequential MNIST beyond the published settings: how far do the same local rules take a fixed cortex?

Two tasks as in ``digits.py``: at once (28 rows, taught at the last one) and held (12 blank rows follow,
taught on the last 18 steps). From settings like those, one change at a time, to others that were chosen
with the 2,000 validation digits, on which each change is measured here:

start             100 units, 600 granule cells, 500 batches of 50 out of 10,000 digits, step size .001
falling steps     step size .003, then .0006 for a quarter of the batches and .0001 for the last tenth
smaller batches   1,000 batches of 25
400 units         four times the cortex, with as many granule cells

Networks with the last of these meet the 10,000 test digits, once. Beside them, with the same cortex,
digits and batches: the linear readout and the granule readout without feedback; and a cortex that learns
by backpropagation through time (BPTT), which is no local rule, and has a linear readout. And what a linear
decoder that knows all trials at once finds in the last state of the fixed cortex without feedback.

    python figures/beyond.py
"""

from __future__ import annotations

from itertools import accumulate
from operator import or_

import torch
from common import main, progress, table, train

import ccdyn
from ccdyn.decode import decode_cue
from ccdyn.plots import sweeps

TASKS = {"at once": {}, "held": {"blank_steps": 12, "teacher": (-18, None)}}
CHANGES = {"start": {"n_cortex": 100, "n_granule": 600, "batch_size": 50, "batches_per_session": 25,
                     "steps": ((1e-3, 20),)},                               # steps: (step size, sessions)
           "falling steps": {"steps": ((3e-3, 13), (6e-4, 5), (1e-4, 2))},
           "smaller batches": {"batch_size": 25, "batches_per_session": 50}, "400 units": {"n_cortex": 400}}
SETTINGS = dict(zip(CHANGES, accumulate(CHANGES.values(), or_)))            # all of them after each change
FINAL, BPTT = list(CHANGES)[-1], "no feedback, BPTT"
LABELS = {"no feedback": [FINAL], "cerebellar feedback": list(CHANGES), "granule readout": list(CHANGES), BPTT: [FINAL]}
SILENCED = {"heard": None, "silent after the digit": ccdyn.Silence(start=28), "silent throughout": ccdyn.Silence()}
TAU, CORTEX_STEP = 3, 0.1       # a cortex that learns takes a tenth of the others' step size
SEEDS, FEW = range(5), range(3)         # few for BPTT, and before the last change
N_TEST, N_VALIDATION, PIECE = 10_000, 2000, 500

AXES = {"test accuracy by seed": ("task", "architecture", "seed"),
        "validation accuracy after each change": ("task", "architecture", "change", "seed"),
        "validation accuracy, held": ("cerebellum", "seed"),
        "validation accuracy of a least-squares decoder": ("task", "seed")}


def compute(quick: bool = False) -> dict:
    """Train the last networks and test them; then those on the way."""
    small = {"n_granule": 40, "batches_per_session": 1, "steps": ((1e-3, 1), (1e-4, 1))} if quick else {}
    n_test, n_validation = (100, 100) if quick else (N_TEST, N_VALIDATION)
    settings = {change: {**values, **small} for change, values in SETTINGS.items()}
    runs = [(version, change, label) for change in reversed(CHANGES) for version in TASKS
            for label, changes in LABELS.items() if change in changes]
    test, after = {version: {} for version in TASKS}, {version: {label: [] for label in LABELS} for version in TASKS}
    silenced = {}
    length = {change: values["batches_per_session"] * sum(n for _, n in values["steps"])
              for change, values in settings.items()}
    with progress(sum(length[change] for _, change, _ in runs)) as bar:
        for version, change, label in runs:
            bar.set_description(f"{version}, {change}, {label}")
            task = ccdyn.SequentialMNIST(**TASKS[version])
            seeds = range(2) if quick else SEEDS if change == FINAL and label != BPTT else FEW
            network = learn(bar, task, label, seeds, **settings[change])
            after[version][label].insert(0, accuracy(network, task, "validation", n_validation)[:len(FEW)])
            if change == FINAL:
                test[version][label] = accuracy(network, task, "test", n_test)
            if change == FINAL and version == "held" and label == "cerebellar feedback":
                silenced = {how: accuracy(network, task, "validation", n_validation, silence)
                            for how, silence in SILENCED.items()}
    for version, rows in test.items():
        print(table(f"accuracy on {n_test} test digits, {version} (with BPTT {len(rows[BPTT])})", rows))
    return {"settings": {"tasks": TASKS, "n_train": task.split_size("train"), "changes": CHANGES, "alpha": 0.5,
                         "tau": TAU, "cortex step": CORTEX_STEP, "n_test": n_test, "n_validation": n_validation},
            "test accuracy by seed": test, "validation accuracy after each change": after,
            "validation accuracy, held": silenced,
            "validation accuracy of a least-squares decoder": {
                version: decoded(ccdyn.SequentialMNIST(**options), range(2) if quick else SEEDS, n_validation)
                for version, options in TASKS.items()}}


def learn(bar, task, label: str, seeds, n_cortex: int, n_granule: int, steps, **training):
    """A network that has learned with these step sizes, one after the other."""
    network = ccdyn.Network.for_task(task, n_cortex=n_cortex, expansion=n_granule / n_cortex, alpha=0.5, seeds=seeds,
                                     **ccdyn.ARCHITECTURES[label.split(",")[0]])
    rules = [ccdyn.DeltaRule(), ccdyn.BPTT()] if label == BPTT else None
    (lr, n_sessions), *later = steps
    state = train(bar, network, task, n_sessions, rules, tau=TAU, lr=lr, lr_cortex=CORTEX_STEP * lr, **training)
    for lr, n_sessions in later:
        ccdyn.change(state, lr=lr, lr_cortex=CORTEX_STEP * lr)
        for _ in ccdyn.sessions(state, n_sessions, training["batches_per_session"]):
            bar.update(training["batches_per_session"])
    return state.network


def accuracy(network, task, split: str, n: int, silence: ccdyn.Silence | None = None) -> list[float]:
    """Share of the first ``n`` digits of ``split`` that each replica names, a piece at a time to save memory."""
    generators = ccdyn.make_generators(network.config.seeds, split)
    right = torch.zeros(network.config.n_replicas)
    for first in range(0, n, PIECE):
        batch = task.split_batch(split, first, min(first + PIECE, n), generators)
        right += ccdyn.evaluate(network, batch, silence)["accuracy"] * batch.x.shape[-3]
    return (right / n).tolist()


def decoded(task, seeds, n: int) -> list[float]:
    """How often a decoder of the last state, fitted to ``n`` training digits, names ``n`` validation digits."""
    n_cortex = SETTINGS[FINAL]["n_cortex"]
    network = ccdyn.Network.for_task(task, feedback="none", n_cortex=n_cortex, alpha=0.5, seeds=seeds)
    rates, labels = [], []
    for split in ("train", "validation"):
        batch = task.split_batch(split, 0, n, ccdyn.make_generators(seeds, split))
        rates.append(ccdyn.run(network, batch.x).rate[..., -1:, :])
        labels.append(batch.target[0, :, -1])
    return decode_cue(torch.cat(rates, 1), torch.cat(labels))[:, 0].tolist()


def draw(result: dict):
    """Accuracy after each change, for both tasks; at the end also that of the others."""
    names = list(result["settings"]["changes"])
    figure = sweeps({
        version: {"x": {label: range(len(names))[-len(rows):] for label, rows in curves.items()}, "values": curves,
                  "xlabel": "one change after the other", "ylabel": "validation accuracy", "chance": 0.1}
        for version, curves in result["validation accuracy after each change"].items()})
    figure.set_size_inches(10, 4.4)
    for axes in figure.axes:
        axes.set_xticks(range(len(names)), [name.replace(" ", "\n") for name in names])
    return figure


if __name__ == "__main__":
    main(__file__, compute, draw, AXES)
