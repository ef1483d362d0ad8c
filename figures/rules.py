"""Learning rules side by side: how near to the true gradient, and how well they learn.

Line drawing, alpha .5, tau 5, 10 sessions, step size .001. Every rule trains ten networks of
its own, and is compared with the true gradient of these networks as they
learn. Then rules that only train the readout, for a fixed cortex.

    python figures/rules.py
"""

from __future__ import annotations

from common import main, progress, table

import ccdyn
from ccdyn import (BPTT, FORCE, AdaptiveEProp, DeltaRule, EProp, NodePerturbation, RidgeRegression, TimedPlasticity)
from ccdyn.plots import sweeps

SEEDS, N_SESSIONS, N_TEST, ALPHA, TAU = range(10), 10, 1000, 0.5, 5
RULES = {
    "BPTT": BPTT(), "truncated BPTT, 5 steps": BPTT(5), "e-prop": EProp(), "e-prop, filtered error": EProp(kappa=0.5),
    "e-prop, adaptive senders": AdaptiveEProp(), "e-prop, random senders": EProp(feedback="random"),
    "node perturbation": NodePerturbation(),
}
READOUTS = {"delta rule": DeltaRule(), "ridge regression": RidgeRegression(), "FORCE": FORCE()}
ARCHITECTURES = ("no feedback", "cerebellar feedback")


def begin(task, name: str, seeds, alpha: float, rule, **settings) -> ccdyn.TrainState:
    """Fresh networks that learn by ``rule``, and by the usual rules where it claims nothing."""
    network = ccdyn.Network.for_task(task, alpha=alpha, seeds=seeds, **ccdyn.ARCHITECTURES[name])
    usual = (DeltaRule(),) + ((TimedPlasticity(TAU),) if name.startswith("cerebellar") else ())
    claimed = set(rule.claims(network))
    return ccdyn.start(network, task, [rule, *(each for each in usual if not claimed & set(each.claims(network)))],
                       **settings)

AXES = {"test error": ("architecture", "rule", "seed"),
        "test error, cortex fixed, alpha 0.9": ("architecture", "rule", "seed"),
        "cosine of W_hh by session": ("architecture", "rule", "session", "seed"),
        "validation error by seed and session": ("architecture", "rule", "seed", "session")}


def compute(quick: bool = False) -> dict:
    """Train with each rule and look after every session; then test, with readout rules too."""
    seeds, n_sessions, n_test = (range(2), 1, 50) if quick else (SEEDS, N_SESSIONS, N_TEST)
    settings = {"batches_per_session": 3} if quick else {}
    task = ccdyn.LineDrawing()
    test = task.batch(n_test, ccdyn.make_generators(seeds, "test"), "test")
    some = task.batch(50, ccdyn.make_generators(seeds, "validation"), "validation")
    cosine, error, curves = {}, {}, {}

    def learn(state: ccdyn.TrainState) -> None:
        done = state.batches_done
        for _ in ccdyn.sessions(state, 1):
            bar.update(state.batches_done - done)
            done = state.batches_done

    n_runs = len(ARCHITECTURES) * len(RULES) + 2 * len(READOUTS)
    with progress(n_runs * n_sessions * settings.get("batches_per_session", 100)) as bar:
        for name in ARCHITECTURES:
            cosine[name], error[name], curves[name] = {}, {}, {}
            for label, rule in RULES.items():
                bar.set_description(label)
                state, looks = begin(task, name, seeds, ALPHA, rule, **settings), []
                for session in range(n_sessions + 1):
                    angles = ccdyn.gradient_angles(
                        state.network, some, {label: rule}, memory={label: state.rule_states[0]},
                        generator=ccdyn.make_generators(seeds, "noise"))
                    looks.append(angles[label, "W_hh", "cosine"])
                    if session < n_sessions:
                        learn(state)
                cosine[name][label], curves[name][label] = looks, state.history["validation_loss"]
                error[name][label] = ccdyn.evaluate(state.network, test)["loss"]
        fixed = {}
        for name in ("no feedback", "readout feedback"):
            fixed[name] = {}
            for label, rule in READOUTS.items():
                bar.set_description(label)
                state = begin(task, name, seeds, 0.9, rule, **settings)
                for _ in range(n_sessions):
                    learn(state)
                fixed[name][f"{label}, cortex fixed"] = ccdyn.evaluate(state.network, test)["loss"]
    for name, rows in (*error.items(), *fixed.items()):
        print(table(f"test error after {n_sessions} sessions, {name}", rows))
    return {"settings": {"seeds": seeds, "n_sessions": n_sessions, "n_test": n_test, "alpha": ALPHA, "tau": TAU,
                         "alpha of the readout rules": 0.9, "task": "LineDrawing()"},
            "test error": error, "test error, cortex fixed, alpha 0.9": fixed, "cosine of W_hh by session": cosine,
            "validation error by seed and session": curves}


def draw(result: dict):
    """Cosine of W_hh and validation error over sessions, for two architectures."""
    n_sessions = result["settings"]["n_sessions"]
    panels = {}
    for name, curves in result["validation error by seed and session"].items():
        panels[f"{name}: angle of W_hh"] = {
            "x": range(n_sessions + 1), "values": result["cosine of W_hh by session"][name], "xlabel": "session",
            "ylabel": "cosine to the true gradient"}
        panels[f"{name}: error"] = {
            "x": range(1, n_sessions + 1), "xlabel": "session", "ylabel": "validation error (MSE)", "chance": 0.159,
            "log": True, "values": {label: list(zip(*curve)) for label, curve in curves.items()}}
    return sweeps(panels)


if __name__ == "__main__":
    main(__file__, compute, draw, AXES)
