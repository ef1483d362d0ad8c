"""Where e-prop loses the true gradient: over the length of a trial, the leak, and the step of the error.

Networks without feedback, as they were drawn: the cosine between what e-prop
would change (W_ih and W_hh together) and the true gradient of the same batch.

    python figures/microscope.py
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from common import main, progress, table

import ccdyn
from ccdyn.plots import sweeps

SEEDS, N_TRIALS, LENGTHS = range(10), 50, (5, 10, 20, 40, 80)
N_STEPS, STEPS = 40, (1, 2, 3, 5, 8, 12, 20, 30, 39)
LEAKS = {"alpha 0.1": (0.1, 0.1), "alpha 0.5": (0.5, 0.1), "alpha 0.9": (0.9, 0.1)}      # alpha, noise of the input
QUIET = {"alpha 0.1, no noise": (0.1, 0.0)}
ALPHAS, GAINS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9), (0.5, 1.0, 1.5)


def make(n_steps: int, leak: tuple[float, float], seeds, n_trials: int, gain: float = 1.0):
    """Fresh networks, W_hh multiplied by ``gain``, and a batch."""
    task = ccdyn.LineDrawing(n_steps=n_steps, noise=leak[1])
    network = ccdyn.Network.for_task(task, feedback="none", alpha=leak[0], seeds=seeds)
    network.W_hh.data.mul_(gain)
    return network, task.batch(n_trials, ccdyn.make_generators(seeds, "test"), "test")


def angles(network: ccdyn.Network, batch: ccdyn.Batch, steps=None) -> ccdyn.Angles:
    """e-prop beside the true gradient."""
    return ccdyn.gradient_angles(network, batch, {"e-prop": ccdyn.EProp()}, steps)


def true_size(network: ccdyn.Network, batch: ccdyn.Batch, step: int) -> np.ndarray:
    """Length of the true gradient of the error at one step, (seed,)."""
    mask = torch.zeros_like(batch.mask)
    mask[..., step] = 1
    found = ccdyn.gradients(network, replace(batch, mask=mask), [ccdyn.BPTT()])
    return torch.stack([gradient.flatten(1).norm(dim=1) for gradient in found.values()]).norm(dim=0).numpy()

AXES = {"test cosine": ("alpha", "length", "seed"), "ratio of lengths": ("alpha", "length", "seed"),
        "cosine by weight, alpha 0.5": ("weight", "length", "seed"),
        "cosine by step of the error": ("alpha", "step", "seed"),
        "true gradient by step of the error": ("alpha", "step", "seed"),
        "cosine by reach": ("weights", "alpha", "quantity", "seed")}


def compute(quick: bool = False) -> dict:
    """Angles over trial length and alpha, over the step of the error, and over the strength of W_hh."""
    seeds, n_trials, lengths = (range(2), 5, (5, 10)) if quick else (SEEDS, N_TRIALS, LENGTHS)
    steps = (1, 8) if quick else STEPS
    cosine, ratio, by_step, size = {}, {}, {}, {}
    by_weight = {weight: {} for weight in ("W_ih", "W_hh")}
    reach = {f"W_hh times {gain:g}": {} for gain in GAINS}
    with progress(len(LEAKS) * len(lengths) + len(LEAKS | QUIET) + len(GAINS) * len(ALPHAS)) as bar:
        for name, leak in LEAKS.items():
            cosine[name], ratio[name] = {}, {}
            for n_steps in lengths:
                found = angles(*make(n_steps, leak, seeds, n_trials))
                cosine[name][f"T {n_steps}"] = found["e-prop", "all", "cosine"]
                ratio[name][f"T {n_steps}"] = found["e-prop", "all", "ratio"]
                if name == "alpha 0.5":
                    for weight, row in by_weight.items():
                        row[f"T {n_steps}"] = found["e-prop", weight, "cosine"]
                bar.update()
        for name, leak in (LEAKS | QUIET).items():
            network, batch = make(N_STEPS, leak, seeds, n_trials)
            by_step[name] = angles(network, batch, steps)["e-prop", "all", "cosine"]
            size[name] = [true_size(network, batch, step) for step in steps]
            bar.update()
        for gain, rows in zip(GAINS, reach.values()):
            for alpha in ALPHAS:
                network, batch = make(lengths[-1], (alpha, 0.1), seeds, n_trials, gain)
                radius = torch.linalg.eigvals(network.W_hh.detach()).abs().amax(-1)
                rows[f"alpha {alpha:g}"] = {"alpha + radius": alpha + radius,
                                            "cosine": angles(network, batch)["e-prop", "all", "cosine"]}
                bar.update()
    for name, rows in cosine.items():
        print(table(f"cosine of e-prop and the true gradient, {name}", rows))
    return {"settings": {"seeds": seeds, "n_trials": n_trials, "lengths": lengths, "steps": steps,
                         "length by step": N_STEPS, "task": "LineDrawing()", "network": "no feedback, untrained"},
            "test cosine": cosine, "ratio of lengths": ratio, "cosine by weight, alpha 0.5": by_weight,
            "cosine by step of the error": by_step, "true gradient by step of the error": size,
            "cosine by reach": reach}


def columns(values: dict) -> dict:
    """By curve and setting, as ``sweeps`` wants it."""
    return {name: list(rows.values()) for name, rows in values.items()}


def draw(result: dict):
    """Six panels: over T the cosine, the length and each weight; over the step of the error; over alpha + radius."""
    settings, cosine, reach = result["settings"], "cosine to the true gradient", result["cosine by reach"]
    length = {"x": settings["lengths"], "xlabel": "trial length T (steps)", "log_x": True}
    step = {"x": settings["steps"], "xlabel": f"step of the error (T = {settings['length by step']})", "log_x": True}
    return sweeps({
        "longer trials": {**length, "values": columns(result["test cosine"]), "ylabel": cosine},
        "length beside that of the true gradient": {
            **length, "values": columns(result["ratio of lengths"]), "ylabel": "|e-prop| / |true gradient|"},
        "the error of one step at a time": {
            **step, "values": result["cosine by step of the error"], "ylabel": cosine},
        "how much that error teaches": {
            **step, "values": result["true gradient by step of the error"], "ylabel": "|true gradient|", "log": True},
        "each weight matrix (alpha 0.5)": {
            **length, "values": columns(result["cosine by weight, alpha 0.5"]), "ylabel": cosine},
        f"how far back it reaches (T = {settings['lengths'][-1]})": {
            "x": {name: [float(np.mean(each["alpha + radius"])) for each in rows.values()]
                  for name, rows in reach.items()},
            "values": {name: [each["cosine"] for each in rows.values()] for name, rows in reach.items()},
            "xlabel": "alpha + spectral radius of W_hh", "ylabel": cosine, "at": 1.0},
    })


if __name__ == "__main__":
    main(__file__, compute, draw, AXES)
