"""Does what the horizon shows hang on the size of the steps? Lines drawn by digits, truncation 3.

The networks of ``figures/horizon.py``, once with steps that are three times
larger and half as many, once with equal steps and twice as many batches.

    python figures/patience.py
"""

from __future__ import annotations

from common import go_on, main, progress, table
from horizon import DRAWING, ERROR, N_TEST, SEEDS, drawn

import ccdyn
from ccdyn.decoupling import EXPERIMENTS, MODELS, reported_error
from ccdyn.plots import standard_errors

EXPERIMENT, TRUNCATION, N_SESSIONS = EXPERIMENTS[DRAWING["lines"]], 3, 20
STEPS = {"steps of .003": (3e-3, 50), "steps of .001": (1e-3, 200)}     # batches a session
CURVE = "reported training error by session"
AXES = {ERROR: ("steps", "model", "seed"), "test dysmetria": ("steps", "model", "seed"),
        CURVE: ("steps", "model", "session", "seed")}


def compute(quick: bool = False) -> dict:
    """Train both models with all steps."""
    seeds, n_sessions, n_test = (range(2), 2, 50) if quick else (SEEDS, N_SESSIONS, N_TEST)
    training = {name: {"lr": lr, "batches_per_session": 2 if quick else n, **({"validation_size": 20} if quick else {})}
                for name, (lr, n) in STEPS.items()}
    found = {name: {steps: {} for steps in STEPS} for name in AXES}
    total = len(MODELS) * n_sessions * sum(settings["batches_per_session"] for settings in training.values())
    with progress(total) as bar:
        for steps, settings in training.items():
            for model in MODELS:
                bar.set_description(f"{steps}, {model}")
                state = EXPERIMENT.start(model, seeds, rule=ccdyn.Decoupling(TRUNCATION), **settings)
                state = go_on(bar, state, n_sessions, state.rules)
                for measure, values in zip(AXES, (*drawn(state, n_test), reported_error(state.task, state.history).T)):
                    found[measure][steps][model] = values
    for name in list(AXES)[:2]:
        for steps, rows in found[name].items():
            print(table(f"{name}, {steps}", rows))
    return {"settings": {"seeds": seeds, "n_sessions": n_sessions, "n_test": n_test, "task": DRAWING["lines"],
                         "truncation": TRUNCATION, "training": training}, **found}


def draw(result: dict):
    """A panel for each size of the steps."""
    training = result["settings"]["training"]
    return standard_errors({f"{steps}, {training[steps]['batches_per_session']} batches a session": {
        "x": range(1, result["settings"]["n_sessions"] + 1), "values": models, "log": True, "xlabel": "session",
        "ylabel": "reported training error"} for steps, models in result[CURVE].items()}, size=(4.9, 3.4))


if __name__ == "__main__":
    main(__file__, compute, draw, AXES)
