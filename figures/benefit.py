"""When does a cerebellum help to count? Alpha, a cortex that learns too, and longer trials.

Panels c, g and h of Fig. 5, whose values are not published: the benefit of
cerebellar feedback is the accuracy of a network with it minus that of the
same network without any feedback. Evidence accumulation as in
``figures/evidence.py``, but 15 sessions instead of 50; weights of the lowest
validation error.

    python figures/benefit.py
"""

from __future__ import annotations

from common import main, progress, table, train

import ccdyn
from ccdyn.plots import sweeps

SEEDS, N_SESSIONS, N_TEST = range(10), 15, 1000
DELAY, CUE, ALPHA = 5, 45, 0.1                      # steps without puffs, steps with them; of the released script
ALPHAS, CUES, LEARNS = (0.1, 0.5, 0.9), (15, 30, 45, 60), {"cortex fixed": "fixed", "its inputs learn": "input",
                                                           "all of it learns": "full"}
CONDITIONS = {**{f"alpha {alpha}, {cortex}": (CUE, alpha, plasticity) for alpha in ALPHAS
                 for cortex, plasticity in LEARNS.items() if alpha == ALPHA or plasticity != "input"},
              **{f"{cue} steps with puffs": (cue, ALPHA, "fixed") for cue in CUES}}
KINDS = ("no feedback", "cerebellar feedback")
SILENCED = "cerebellar feedback, silenced in the test"
AXES = {"test accuracy": ("condition", "architecture", "seed"), "benefit": ("condition", "seed")}


def compute(quick: bool = False) -> dict:
    """Train both kinds in every condition; conditions that are the same are trained once."""
    seeds, n_sessions, n_test = (range(2), 1, 50) if quick else (SEEDS, N_SESSIONS, N_TEST)
    settings = {"batches_per_session": 3 if quick else 80}
    accuracy = {}
    with progress(len(set(CONDITIONS.values())) * len(KINDS) * n_sessions * settings["batches_per_session"]) as bar:
        for condition, (cue, alpha, plasticity) in CONDITIONS.items():
            same = next((name for name in accuracy if CONDITIONS[name] == CONDITIONS[condition]), None)
            if same:
                accuracy[condition] = accuracy[same]
                continue
            accuracy[condition] = {}
            task = ccdyn.EvidenceAccumulation(n_steps=cue + DELAY, delay_steps=DELAY)
            test = task.batch(n_test, ccdyn.make_generators(seeds, "test"), "test")
            for kind in KINDS:
                bar.set_description(f"{condition}, {kind}")
                network = ccdyn.Network.for_task(task, seeds=seeds, alpha=alpha, **ccdyn.ARCHITECTURES[kind])
                state = train(bar, network, task, n_sessions, plasticity=plasticity, **settings)
                chosen = ccdyn.best_network(state)
                accuracy[condition][kind] = ccdyn.evaluate(chosen, test)["accuracy"]
            accuracy[condition][SILENCED] = ccdyn.evaluate(chosen, test, ccdyn.Silence())["accuracy"]
    benefit = {name: rows[KINDS[1]] - rows[KINDS[0]] for name, rows in accuracy.items()}
    for condition, rows in accuracy.items():
        print(table(f"test accuracy, {condition}", rows))
    return {"settings": {"seeds": seeds, "n_sessions": n_sessions, "n_test": n_test, "training": settings},
            "test accuracy": accuracy, "benefit": benefit}


def draw(result: dict):
    """The benefit against alpha and against the length of the cue; and what is left when it is silenced."""
    benefit, accuracy = result["benefit"], result["test accuracy"]
    gain = {"ylabel": "accuracy with minus without"}
    return sweeps({
        "alpha": {"x": ALPHAS, "xlabel": "alpha (fraction of h kept per step)", **gain,
                  "values": {cortex: [benefit[f"alpha {alpha}, {cortex}"] for alpha in ALPHAS]
                             for cortex in ("cortex fixed", "all of it learns")}},
        "length of the cue period": {"x": CUES, "xlabel": "steps with puffs", **gain,
                                     "values": {"cortex fixed": [benefit[f"{cue} steps with puffs"] for cue in CUES]}},
        "there in training, in the test": {
            "x": range(1, 1 + len(LEARNS)), "xlabel": "cortex: 1 fixed, 2 inputs learn, 3 all learns",
            "ylabel": "test accuracy",
            "values": {kind: [accuracy[f"alpha {ALPHA}, {cortex}"][kind] for cortex in LEARNS]
                       for kind in (*KINDS, SILENCED)}}}, columns=3)


if __name__ == "__main__":
    main(__file__, compute, draw, AXES)
