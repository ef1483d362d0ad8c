"""Cosines of e-prop to the true gradient that lab 04 quotes: over trial length, with a faint input, after averaging.

Line drawing without feedback, networks as they were drawn, W_hh alone (``microscope`` has both weights together).

node perturbation, mean of 100   its changes of one batch of 50 trials, a hundred times shaken
e-prop, mean of 100 batches      batches of 10 fresh trials, beside the mean of their true gradients

    python figures/lab04.py
"""

from __future__ import annotations

import torch
from common import main, progress, table

import ccdyn
from ccdyn.plots import sweeps

SEEDS, LENGTHS, N_GRADIENTS = range(10), (2, 5, 10, 20, 50), 100
CORTICES = {"alpha 0.1": (0.1, 1.0), "alpha 0.5": (0.5, 1.0), "alpha 0.9": (0.9, 1.0), "0.1, 1.75 W_hh": (0.1, 1.75)}

AXES = {"test cosine": ("cortex", "length", "seed"), "test cosine, other": ("what", "seed")}


def near(alpha: float, n_steps: int, seeds, gain_hh: float = 1.0, gain_ih: float = 1.0):
    """The cosine of e-prop to the true gradient on 50 test trials, (seed,)."""
    task = ccdyn.LineDrawing(n_steps=n_steps)
    network = ccdyn.Network.for_task(task, feedback="none", alpha=alpha, seeds=seeds)
    network.W_hh.data.mul_(gain_hh)
    network.W_ih.data.mul_(gain_ih)
    batch = task.batch(50, ccdyn.make_generators(seeds, "test"), "test")
    return ccdyn.gradient_angles(network, batch, {"e-prop": ccdyn.EProp()})["e-prop", "W_hh", "cosine"]


def averaged(seeds, n: int) -> dict:
    """Is a rule's error noise, which averages out, or bias, which does not? Cosines at alpha .5, (seed,)."""
    task = ccdyn.LineDrawing()
    network = ccdyn.Network.for_task(task, feedback="none", alpha=0.5, seeds=seeds)
    fixed = task.batch(50, ccdyn.make_generators(seeds, "test"), "test")
    fresh, noise = (ccdyn.make_generators(seeds, stream) for stream in ("train", "noise"))
    batches = [task.batch(10, fresh) for _ in range(n)]

    def gradient(rule, batch) -> torch.Tensor:
        return ccdyn.gradients(network, batch, [rule], generator=noise)["W_hh"].flatten(1).double()

    def cosine(rule, truth) -> torch.Tensor:
        return torch.cosine_similarity(rule, truth, -1)

    shaken = torch.stack([gradient(ccdyn.NodePerturbation(), fixed) for _ in range(n)])
    eprop, true = (torch.stack([gradient(rule, batch) for batch in batches]) for rule in (ccdyn.EProp(), ccdyn.BPTT()))
    return {"node perturbation, mean of 100": cosine(shaken.mean(0), gradient(ccdyn.BPTT(), fixed)),
            "e-prop, mean of 100 batches": cosine(eprop.mean(0), true.mean(0)),
            "e-prop, one batch": cosine(eprop[0], true[0])}


def compute(quick: bool = False) -> dict:
    """All cosines."""
    seeds, lengths, n = (range(2), (2, 5), 3) if quick else (SEEDS, LENGTHS, N_GRADIENTS)
    found = {}
    with progress(len(CORTICES) * len(lengths) + 2) as bar:
        for name, (alpha, gain) in CORTICES.items():
            found[name] = {}
            for n_steps in lengths:
                found[name][f"T {n_steps}"] = near(alpha, n_steps, seeds, gain)
                bar.update()
        other = {"alpha 0.9, T 20, a hundredth of the input": near(0.9, 20, seeds, gain_ih=0.01)}
        bar.update()
        other |= averaged(seeds, n)
        bar.update()
    for name, rows in found.items():
        print(table(f"cosine of W_hh, {name}", rows))
    print(table("others", other))
    return {"settings": {"seeds": seeds, "n_trials": 50, "lengths": lengths, "gradients": n, "task": "LineDrawing()",
                         "network": "no feedback, untrained"},
            "test cosine": found, "test cosine, other": other}


def draw(result: dict):
    """The cosine over trial length."""
    return sweeps({"e-prop and the true gradient of W_hh": {
        "x": result["settings"]["lengths"], "xlabel": "trial length T (steps)", "ylabel": "cosine", "log_x": True,
        "values": {name: list(rows.values()) for name, rows in result["test cosine"].items()}}}, columns=1)


if __name__ == "__main__":
    main(__file__, compute, draw, AXES)
