"""Damage: a noisy cerebellum (Fig. S6), and a cortex that has lost some of its units (Fig. S15).

Line drawing at the published settings, 20 sessions. Noise is added to what the
cerebellum says at every step: only in the test, or in training too. Units are
silenced for good in the test, the first ones in number; or half of them from
the start of training on.

    python figures/damage.py
"""

from __future__ import annotations

from common import main, progress, table, train

import ccdyn
from ccdyn.plots import sweeps

SEEDS, N_SESSIONS, N_TEST = range(10), 20, 1000
NOISES = (0.0, 0.1, 0.2, 0.5, 1.0)
SHARES = (0.0, 0.1, 0.2, 0.3, 0.5, 0.7)
LABELS = ("no feedback", "readout feedback", "cerebellar feedback")
AXES = {"test error by noise": ("learned with", "noise", "seed"),
        "test error by share of units lost in the test": ("architecture", "share", "seed"),
        "test error, half of the units lost before training": ("architecture", "seed")}


def compute(quick: bool = False) -> dict:
    """Train whole, noisy and halved networks, and test them under more or less damage."""
    seeds, n_sessions, n_test = (range(2), 1, 50) if quick else (SEEDS, N_SESSIONS, N_TEST)
    settings = {"batches_per_session": 3} if quick else {}
    task = ccdyn.LineDrawing()
    test = task.batch(n_test, ccdyn.make_generators(seeds, "test"), "test")

    def error(network: ccdyn.Network):
        return ccdyn.evaluate(network, test, generator=ccdyn.make_generators(seeds, "noise"))["loss"]

    noise = {"the noise of the test": {}, "no noise": {}}
    lost, halved = {}, {}
    with progress((2 * len(LABELS) + len(NOISES) - 1) * n_sessions * settings.get("batches_per_session", 100)) as bar:
        for label in LABELS:
            bar.set_description(label)
            whole = ccdyn.Network.for_task(task, seeds=seeds, **ccdyn.ARCHITECTURES[label])
            half = ccdyn.ablate(whole, range(whole.config.n_cortex // 2))
            whole = train(bar, whole, task, n_sessions, **settings).network
            lost[label] = {f"{share:.0%}": error(ccdyn.ablate(whole, range(round(share * whole.config.n_cortex))))
                           for share in SHARES}
            halved[label] = error(train(bar, half, task, n_sessions, **settings).network)
        for sd in NOISES:
            bar.set_description(f"noise {sd}")
            noise["no noise"][f"noise {sd}"] = error(ccdyn.with_noise(whole, sd))
            noisy = whole
            if sd:
                noisy = ccdyn.Network.for_task(task, seeds=seeds, cerebellar_noise=sd)
                noisy = train(bar, noisy, task, n_sessions, **settings).network
            noise["the noise of the test"][f"noise {sd}"] = error(noisy)
    for name, rows in noise.items():
        print(table(f"test error by noise, learned with {name}", rows))
    for name, rows in lost.items():
        print(table(f"test error by share of units lost in the test, {name}", rows))
    print(table("test error, half of the units lost before training", halved))
    return {"settings": {"seeds": seeds, "n_sessions": n_sessions, "n_test": n_test, "task": "LineDrawing()",
                         "training": settings or "published defaults"},
            "test error by noise": noise, "test error by share of units lost in the test": lost,
            "test error, half of the units lost before training": halved}


def draw(result: dict):
    """Error against noise, and against the units that are lost."""
    rows = {name: list(each.values()) for name, each in result["test error by noise"].items()}
    lost = {name: list(each.values()) for name, each in result["test error by share of units lost in the test"].items()}
    return sweeps({
        "a noisy cerebellum": {"x": NOISES, "values": {f"learned with {name}": each for name, each in rows.items()},
                               "xlabel": "standard deviation of the noise on c", "ylabel": "test error",
                               "chance": 0.159},
        "a cortex that lost some units": {"x": SHARES, "values": lost, "xlabel": "share of units lost in the test",
                                          "ylabel": "test error", "chance": 0.159}})


if __name__ == "__main__":
    main(__file__, compute, draw, AXES)
