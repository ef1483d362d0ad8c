"""How much of the guess is put in, and how large the steps are: what line drawing by predicted feedback depends on.

Line drawing at its released settings (see ``figures/decoupled.py``) but for
the factor, by which a guess is weakened before it is put in (published .1),
and Adam's step size (published .001).

    python figures/factor.py
"""

from __future__ import annotations

from common import go_on, main, progress, table

import ccdyn
from ccdyn.decoupling import EXPERIMENTS, reported_error
from ccdyn.plots import standard_errors

EXPERIMENT = EXPERIMENTS["line drawing"]
SEEDS, FACTORS, STEPS = range(10), (0.0, 0.05, 0.1, 0.3, 1.0), (5e-4, 2e-3)
ERROR, BEST, CURVE = ("test error (squared distance)", "test error, best validation (squared distance)",
                      "reported training error by session")
KINDS = {"cRNN": ("cRNN", 0.0, EXPERIMENT.lr), **{f"factor {factor:g}": ("ccRNN", factor, EXPERIMENT.lr)
                                                 for factor in FACTORS},
         **{f"{model}, step {lr:g}": (model, 0.1, lr) for lr in STEPS for model in ("cRNN", "ccRNN")}}
AXES = {ERROR: ("kind", "seed"), BEST: ("kind", "seed"), CURVE: ("kind", "session", "seed")}


def compute(quick: bool = False) -> dict:
    """Train ten networks of each kind."""
    seeds, n_sessions = (range(2), 2) if quick else (SEEDS, EXPERIMENT.n_sessions)
    settings = {"batches_per_session": 2, "validation_size": 20} if quick else {"batches_per_session": 16}
    gallery = EXPERIMENT.task.gallery(ccdyn.make_generators(seeds, "test"))
    last, best, curves = {}, {}, {}
    with progress(len(KINDS) * n_sessions * settings["batches_per_session"]) as bar:
        for kind, (model, factor, lr) in KINDS.items():
            bar.set_description(kind)
            rule = ccdyn.Decoupling(EXPERIMENT.truncation, factor)
            state = EXPERIMENT.start(model, seeds, rule=rule, lr=lr, **settings)
            state = go_on(bar, state, n_sessions, state.rules)
            last[kind] = 2 * ccdyn.evaluate(state.network, gallery)["loss"]
            best[kind] = 2 * ccdyn.evaluate(ccdyn.best_network(state), gallery)["loss"]
            curves[kind] = reported_error(state.task, state.history).T
    for name, rows in {ERROR: last, BEST: best}.items():
        print(table(name, rows))
    return {"settings": {"seeds": seeds, "n_sessions": n_sessions, "experiment": "line drawing", "training": settings,
                         "kinds": KINDS}, ERROR: last, BEST: best, CURVE: curves}


def draw(result: dict):
    """Learning curves by factor and by step size."""
    curves = result[CURVE]
    common = {"x": range(1, result["settings"]["n_sessions"] + 1), "xlabel": "session", "log": True, "thin": False,
              "ylabel": "reported training error"}
    published = {"cRNN, step 0.001": curves["cRNN"], "ccRNN, step 0.001": curves["factor 0.1"]}
    return standard_errors({
        "factor": {**common, "values": {kind: rows for kind, rows in curves.items() if "step" not in kind}},
        "cRNN, step size": {**common, "values": {kind: rows for kind, rows in {**published, **curves}.items()
                                                 if kind.startswith("cRNN, step")}},
        "ccRNN, step size": {**common, "values": {kind: rows for kind, rows in {**published, **curves}.items()
                                                  if kind.startswith("ccRNN, step")}}}, columns=3, size=(4.8, 4.0))


if __name__ == "__main__":
    main(__file__, compute, draw, AXES)
