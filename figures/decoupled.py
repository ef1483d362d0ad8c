"""Line drawing with a cerebellum that predicts the cortex's learning feedback: cRNN and ccRNN.

Fig. 2 of Boven, Pemberton et al. (2023) at its released settings: seven lines
of 10 steps and length 10, an LSTM of 50 units, errors sent back within one
step only (truncation 1), a teacher at every second step, 100 sessions of 16
batches of 50; the ccRNN has a synthesiser of two layers of 400.

    python figures/decoupled.py
"""

from __future__ import annotations

import torch
from common import main, progress, table

import ccdyn
from ccdyn.decoupling import EXPERIMENTS, MODELS, dysmetria, reported_error
from ccdyn.plots import errors_and_lines

EXPERIMENT = EXPERIMENTS["line drawing"]
SEEDS, TOLD = range(10), (50, 100)
ERROR, DYSMETRIA = "test error (squared distance)", "test dysmetria"
REPORTED, PLAIN, ATAXIA = "reported training error", "mean squared error", "dysmetria score"
AXES = {ERROR: ("model", "session", "seed"), DYSMETRIA: ("model", "session", "seed"),
        f"{REPORTED} by session": ("model", "session", "seed"),
        **{f"{name} by session": ("model", "session", "seed") for name in (PLAIN, ATAXIA)}}


def compute(quick: bool = False) -> dict:
    """Train ten networks of each model; look at all seven lines before learning and after every session."""
    seeds, n_sessions, told = (range(2), 2, (1, 2)) if quick else (SEEDS, EXPERIMENT.n_sessions, TOLD)
    settings = {"batches_per_session": 2, "validation_size": 20} if quick else {}
    task = EXPERIMENT.task
    gallery = task.gallery(ccdyn.make_generators(seeds, "test"))
    found = {name: {model: [] for model in MODELS} for name in (PLAIN, ATAXIA)}
    reported, drawn = {}, {}
    with progress(len(MODELS) * n_sessions * (settings or {"batches_per_session": 16})["batches_per_session"]) as bar:
        for model in MODELS:
            bar.set_description(model)
            state = EXPERIMENT.start(model, seeds, **settings)
            while True:
                pen = ccdyn.run(state.network, gallery.x).readout
                found[PLAIN][model].append((pen - gallery.target).square().mean((1, 2, 3)))
                found[ATAXIA][model].append(dysmetria(pen, task.lines))
                if len(state.history) == n_sessions:
                    break
                ccdyn.advance(state, state.batches_left)
                bar.update(state.config.batches_per_session)
            reported[model] = reported_error(task, state.history).T
            drawn[model] = pen.numpy().round(2)
    plain, ataxia = ({model: torch.stack(rows).numpy() for model, rows in found[name].items()}
                     for name in (PLAIN, ATAXIA))
    tests = {ERROR: {model: {f"session {i}": 2 * rows[i] for i in told} for model, rows in plain.items()},
             DYSMETRIA: {model: {f"session {i}": rows[i] for i in told} for model, rows in ataxia.items()}}
    for name, models in tests.items():
        for model, rows in models.items():
            print(table(f"{name}, {model}", rows))
    for i in told:
        for name, rows in {REPORTED: reported, PLAIN: {model: each[1:] for model, each in plain.items()}}.items():
            lower = int((rows["ccRNN"][i - 1] < rows["cRNN"][i - 1]).sum())
            print(f"{name}, session {i}: ccRNN is lower for {lower} of {len(seeds)} seeds")
    return {"settings": {"seeds": seeds, "n_sessions": n_sessions, "experiment": "line drawing", "task": str(task),
                         "training": settings or "published", "drawing nothing": 2 * task.error_of_nothing},
            **tests, f"{REPORTED} by session": reported, f"{PLAIN} by session": plain, f"{ATAXIA} by session": ataxia,
            "drawn lines by seed, pattern and step": drawn}


def draw(result: dict):
    """Three curves over learning, and what every network draws."""
    n = result["settings"]["n_sessions"]
    panels = {
        "error as published": {"x": range(1, n + 1), "values": result[f"{REPORTED} by session"], "log": True,
                               "ylabel": "reported training error"},
        "plain error": {"x": range(n + 1), "values": result[f"{PLAIN} by session"], "log": True, "thin": False,
                        "ylabel": "mean squared error, all steps"},
        "dysmetria (own score), every 4th session": {
            "x": range(0, n + 1, 4), "ylabel": "overshoot + wandering", "ylim": (0, 0.6),
            "values": {model: rows[::4] for model, rows in result[f"{ATAXIA} by session"].items()}}}
    return errors_and_lines(EXPERIMENT.task, {title: {"xlabel": "session of 16 batches", **panel}
                                              for title, panel in panels.items()},
                            result["drawn lines by seed, pattern and step"])


if __name__ == "__main__":
    main(__file__, compute, draw, AXES)
