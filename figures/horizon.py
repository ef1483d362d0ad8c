"""How far the teacher reaches: drawing while a digit is seen, and reading it, with and without predicted feedback.

Fig. 3 of Boven, Pemberton et al. (2023) and Fig. S3 of Pemberton et al.
(NeurIPS 2021): sequential MNIST, a row of 28 pixels a step, LSTM of 30 units,
synthesiser of 300, feedback at every 4th step, truncations of 1 to 10 of the
28 steps and full BPTT. Shorter than published, see ``TRAINING``.

    python figures/horizon.py
"""

from __future__ import annotations

import numpy as np
import torch
from common import go_on, main, progress, table

import ccdyn
from ccdyn.decoupling import EXPERIMENTS, MODELS, dysmetria, reported_error
from ccdyn.plots import standard_errors

SEEDS, N_SESSIONS, N_TEST, PIECE = range(3), 20, 10_000, 2500
# Published: lr 1e-4, 40 sessions of 960 batches of 50. Fewer and larger steps, 1e-3 * 2000 for 1e-4 * 38400 = 3.84;
# with still larger ones (3e-3) the cerebellum does no good, see figures/patience.py.
TRAINING = {"lr": 1e-3, "batches_per_session": 100}
TRUNCATIONS = (1, 2, 3, 4, 5, 7, 10)
DRAWING = {"lines": "line drawing by digits", "digits": "digit drawing by digits"}
READING = "reading digits"
FULL = "whole trial"
ERROR, DYSMETRIA, ACCURACY = "test error (squared distance)", "test dysmetria", "test accuracy"
VALIDATION, REPORTED = "validation error (squared distance)", "reported training error by session"

AXES = {**dict.fromkeys((ERROR, DYSMETRIA, VALIDATION), ("task", "model", "truncation", "seed")),
        REPORTED: ("task", "model", "truncation", "session", "seed"),
        ACCURACY: ("model", "seed"),
        "reading, validation accuracy by session": ("model", "session", "seed"),
        "reading, validation certainty by session": ("model", "session", "seed"),
        "reading, validation error by session": ("model", "session", "seed")}
READ = {"accuracy": "validation_accuracy", "certainty": "validation_certainty", "error": "validation_loss"}


def label(truncation: int | None) -> str:
    """What a truncation is called."""
    return FULL if truncation is None else f"truncation {truncation}"


def alike(model: str, truncation: int | None, sparse: int) -> int | None:
    """The shortest truncation with which this model learns the same: of a cRNN, if every taught step begins one.

    Nothing then goes back beyond the taught step itself, whatever the length. So it is trained once only.
    """
    return 1 if model == "cRNN" and truncation and sparse % truncation == 0 else truncation


def compute(quick: bool = False) -> dict:
    """Train both models at every truncation on both drawings, then to read."""
    seeds, n_sessions, n_test = (range(2), 1, 50) if quick else (SEEDS, N_SESSIONS, N_TEST)
    training = {**TRAINING, **({"batches_per_session": 2, "validation_size": 20} if quick else {})}
    runs = [(task, model, truncation) for truncation in (*TRUNCATIONS, None) for task in DRAWING for model in MODELS
            if truncation or model == "cRNN"]
    names = (ERROR, DYSMETRIA, VALIDATION, REPORTED)
    found = {name: {task: {model: {} for model in MODELS} for task in DRAWING} for name in names}
    read = {name: {} for name in (ACCURACY, *(f"reading, validation {name} by session" for name in READ))}
    with progress((len(runs) + len(MODELS)) * n_sessions * training["batches_per_session"]) as bar:
        for name, model, truncation in runs:
            bar.set_description(f"{name}, {model}, {label(truncation)}")
            experiment = EXPERIMENTS[DRAWING[name]]
            rule = ccdyn.Decoupling(alike(model, truncation, experiment.task.sparse))
            state = experiment.start(model, seeds, rule=rule, **training)
            state = go_on(bar, state, n_sessions, state.rules)
            error, ataxia = drawn(state, n_test)
            for measure, values in zip(names, (error, ataxia, 2 * state.history["validation_loss"][:, -1],
                                               reported_error(state.task, state.history).T)):
                found[measure][name][model][label(truncation)] = values
        for model in MODELS:
            bar.set_description(f"{READING}, {model}")
            state = EXPERIMENTS[READING].start(model, seeds, **training)
            state = go_on(bar, state, n_sessions, state.rules)
            read[ACCURACY][model] = sum(
                ccdyn.evaluate(state.network, batch)["accuracy"] * n / n_test for n, batch in pieces(state, n_test))
            for name, metric in READ.items():
                read[f"reading, validation {name} by session"][model] = state.history[metric].T
    del found[DYSMETRIA]["digits"]      # it is defined for straight lines
    for name in (ERROR, DYSMETRIA):
        for task, models in found[name].items():
            for model, rows in models.items():
                print(table(f"{name}, {task}, {model}", rows))
    print(table(ACCURACY, read[ACCURACY]))
    return {"settings": {"seeds": seeds, "n_sessions": n_sessions, "n_test": n_test, "tasks": {**DRAWING, "": READING},
                         "training": training, "truncations": [*TRUNCATIONS, None],
                         "does not see the digit": {name: 2 * EXPERIMENTS[task].task.error_without_cue
                                                    for name, task in DRAWING.items()}}, **found, **read}


def pieces(state: ccdyn.TrainState, n_test: int):
    """The first ``n_test`` test digits, a piece at a time to save memory, and how many are in each."""
    reader = getattr(state.task, "reader", state.task)
    generators = ccdyn.make_generators(state.network.config.seeds, "test")
    for first in range(0, n_test, PIECE):
        read = reader.split_batch("test", first, min(first + PIECE, n_test))
        yield len(read.x), state.task.trials(read.x.flatten(1), read.target[:, -1], generators)


def drawn(state: ccdyn.TrainState, n_test: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean squared distance to the target and dysmetria score on test digits, (seed,) both."""
    error = ataxia = torch.zeros(state.network.config.n_replicas)
    for n, batch in pieces(state, n_test):
        pen = ccdyn.run(state.network, batch.x).readout
        error = error + (pen - batch.target).square().sum(-1).mean((1, 2)) * n / n_test
        ataxia = ataxia + dysmetria(pen, batch.target[0]) * n / n_test
    return error, ataxia


def draw(result: dict):
    """Two rows a task: learning curves for every truncation, what is left at the end, and (last two places) others."""
    n_sessions, panels = result["settings"]["n_sessions"], {}
    sessions = {"x": range(1, n_sessions + 1), "xlabel": "session", "thin": False}
    read = {name: {**sessions, "ylabel": "", "values": result[f"reading, validation {name} by session"]}
            for name in READ}
    others = {"lines": {"lines, dysmetria": ends(result[DYSMETRIA]["lines"]),
                        "reading, accuracy": read["accuracy"]},
              "digits": {"reading, certainty": read["certainty"], "reading, error (NLL)": read["error"]}}
    for task, models in result[REPORTED].items():
        values = [value for rows in models.values() for curve in rows.values() for value in np.ravel(curve)]
        for truncation in TRUNCATIONS:
            name = label(truncation)
            panels[f"{task}, {truncation} ({round(100 * truncation / 28)} %)"] = {
                **sessions, "log": True, "ylim": (0.95 * min(values), 1.05 * max(values)),
                "ylabel": "reported error" if truncation in (1, 7) else "",
                "xlabel": "session" if truncation > 5 else "",
                "values": {**{model: rows[name] for model, rows in models.items()},
                           "cRNN, whole trial": models["cRNN"][FULL]}}
        panels |= {f"{task}, test error": ends(result[ERROR][task], log=True), **others[task]}
    return standard_errors(panels, columns=5, size=(2.6, 2.0))


def ends(models: dict, **options) -> dict:
    """What is left after the last session, against the truncation; the whole trial stands at its end."""
    values = {model: [rows[label(truncation)] for truncation in TRUNCATIONS] for model, rows in models.items()}
    return {"x": {**dict.fromkeys(models, TRUNCATIONS), "cRNN, whole trial": (1, 13)}, "ylabel": "",
            "xlabel": "truncation", "values": {**values, "cRNN, whole trial": [models["cRNN"][FULL]] * 2},
            "ticks": {1: "1", 3: "3", 5: "5", 7: "7", 10: "10", 13: "28"}, "markers": True, **options}


if __name__ == "__main__":
    main(__file__, compute, draw, AXES)
