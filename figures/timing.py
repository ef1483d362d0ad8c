"""Why should the cerebellum look ahead, and how far? Pace, direction, and what the loop still knows of the cue.

Line drawing at the published settings with a fixed cortex, 10 sessions. A
line eases in: for its first steps all lines are nearly alike, and a
prediction of so near a future says nothing about the cue. Slower and faster
lines move that moment; drawn backwards, from its end point to the origin, a
line differs from the others at once.

    python figures/timing.py
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from common import main, progress, table, train
from torch import Tensor

import ccdyn
from ccdyn.decode import leave_one_out
from ccdyn.plots import sweeps

SEEDS, N_SESSIONS, N_TEST, N_DECODED = range(5), 10, 1000, 40
SHOWN = (1, 3, 5)                        # the taus whose states are looked at


@dataclass(frozen=True)
class Backwards(ccdyn.LineDrawing):
    """The same lines from their end points to the origin."""

    @cached_property
    def lines(self) -> Tensor:
        """Where the readout should be, float64 (n_patterns, n_steps, 2)."""
        return super().lines.flip(1)


USUAL = "20 steps"
KINDS = {"10 steps": (ccdyn.LineDrawing(n_steps=10), (1, 2, 3, 5, 8), {}),
         USUAL: (ccdyn.LineDrawing(), (0, 1, 3, 4, 5, 8, 15), {}),
         "40 steps": (ccdyn.LineDrawing(n_steps=40), (3, 8, 15), {}),
         "20 steps, ends taught": (ccdyn.LineDrawing(), (15,), {"final_learning": True}),
         "20 steps, backwards": (Backwards(), (0, 1, 3, 8), {})}
AXES = {"test error": ("task", "tau", "seed"), "error over that of tau + 1": ("tau", "seed"),
        "lead of the feedback": ("tau", "seed"), "error by step, tau 1": ("task", "step", "seed"),
        "cue decoded from the cortex by step": ("tau", "step", "seed")}


def compute(quick: bool = False) -> dict:
    """Train five cerebellar networks for each task and tau; look at what those of the usual task hear and know."""
    seeds, n_sessions, n_test, n_decoded = (range(2), 1, 50, 3) if quick else (SEEDS, N_SESSIONS, N_TEST, N_DECODED)
    kinds = {name: (task, taus[:2], more) for name, (task, taus, more) in KINDS.items()} if quick else KINDS
    settings = {"batches_per_session": 3} if quick else {}
    usual = kinds[USUAL][0]
    patterns = torch.arange(1, usual.n_patterns).repeat(n_decoded)      # those that move: "stay" lies in their middle
    batch = usual.trials(patterns, ccdyn.make_generators(seeds, "test"))
    error, lead, course = {}, {}, {}
    known = {"no feedback": decoded(ccdyn.Network.for_task(usual, feedback="none", seeds=seeds), batch, patterns)}
    n_trainings = sum(len(taus) for _, taus, _ in kinds.values())
    with progress(n_trainings * n_sessions * settings.get("batches_per_session", 100)) as bar:
        for name, (task, taus, more) in kinds.items():
            test, error[name] = task.batch(n_test, ccdyn.make_generators(seeds, "test"), "test"), {}
            for tau in taus:
                bar.set_description(f"{name}, tau {tau}")
                network = ccdyn.Network.for_task(task, feedback="cerebellar", seeds=seeds)
                state = train(bar, network, task, n_sessions, tau=tau, **more, **settings)
                error[name][f"tau {tau}"] = ccdyn.evaluate(state.network, test)["loss"]
                if tau == 1:
                    wrong = ccdyn.run(state.network, test.x).readout - test.target
                    course[name] = wrong.square().mean((1, 3)).T
                if name == USUAL:
                    lead[f"tau {tau}"] = best_lead(state.network, batch)
                    if tau in SHOWN:
                        known[f"tau {tau}"] = decoded(state.network, batch, patterns)
    for name, rows in error.items():
        print(table(f"test error after {n_sessions} sessions, {name}", rows))
    print(table("lead of the feedback (steps)", lead))
    rows = error[USUAL]
    steps = {f"tau {tau}": rows[f"tau {tau}"] / rows[f"tau {tau + 1}"] for tau in kinds[USUAL][1]
             if f"tau {tau + 1}" in rows}
    return {"settings": {"seeds": seeds, "n_sessions": n_sessions, "n_test": n_test, "n_decoded": n_decoded,
                         "taus": {name: taus for name, (_, taus, _) in kinds.items()},
                         "network": "published defaults, cerebellar feedback", "training": settings},
            "test error": error, "error over that of tau + 1": steps, "lead of the feedback": lead,
            "error by step, tau 1": course, "cue decoded from the cortex by step": known}


@torch.no_grad()
def decoded(network: ccdyn.Network, batch: ccdyn.Batch, patterns: Tensor) -> Tensor:
    """Share of trials whose cue a linear decoder finds in the rates, (step, seed)."""
    rates = ccdyn.run(network, batch.x).rate.transpose(1, 2)
    scores = leave_one_out(rates, patterns - 1, int(patterns.max()))
    return (scores.argmax(-1) == patterns - 1).double().mean(-1).T


@torch.no_grad()
def best_lead(network: ccdyn.Network, batch: ccdyn.Batch, longest: int = 17) -> np.ndarray:
    """The lag at which what enters the cortex at step s is nearest to y_{s + lag}, (seed,)."""
    heard, target = ccdyn.run(network, batch.x, record=("feedback",)).feedback, batch.target
    n_steps, gaps = heard.shape[2], []
    for lag in range(-1, longest + 1):      # the first step is left out: its prediction is 0 whatever was learned
        s = np.arange(max(1, -lag), n_steps - max(0, lag))
        gaps.append((heard[:, :, s] - target[:, :, s + lag]).square().mean((1, 2, 3)))
    return torch.stack(gaps).argmin(0).numpy() - 1.0


def draw(result: dict):
    """Error against tau for three paces and both directions, the lead, and what the cortex still knows of the cue."""
    taus, error = result["settings"]["taus"], result["test error"]
    lead, known = result["lead of the feedback"], result["cue decoded from the cortex by step"]
    over_tau = {"xlabel": "time window tau (steps)", "ylabel": "test error (MSE)", "chance": 0.159, "log": True}

    def panel(*names: str) -> dict:
        return {**over_tau, "x": {name: taus[name] for name in names},
                "values": {name: list(error[name].values()) for name in names}}

    figure = sweeps({
        "slow and fast lines": panel(USUAL, "10 steps", "40 steps"),
        "which way, and how it ends": panel(USUAL, "20 steps, backwards", "20 steps, ends taught"),
        "what the cortex hears (20 steps)": {
            "x": taus[USUAL], "values": {"measured lead": list(lead.values()),
                                         "tau - 1": [[tau - 1.0] * 2 for tau in taus[USUAL]]},
            "xlabel": over_tau["xlabel"], "ylabel": "steps ahead of its use"},
        "what the cortex knows (20 steps)": {
            "x": range(1, 1 + len(next(iter(known.values())))), "values": known, "xlabel": "step",
            "ylabel": "trials whose cue is decoded", "chance": 0.2},
    })
    figure.axes[-1].set(ylim=(0, 1.5), yticks=np.linspace(0, 1, 6))     # room for the legend
    figure.axes[-1].legend(loc="upper right", ncols=2, frameon=False, fontsize=11)
    return figure


if __name__ == "__main__":
    main(__file__, compute, draw, AXES)
