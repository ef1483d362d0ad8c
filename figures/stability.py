"""Why is training not steady once the task is learned?

Networks that have learned a task (weights of the lowest validation error) are
trained on, with one thing changed at a time: the optimiser, which part of the
network goes on learning, or which batches teach.

    python figures/stability.py
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from common import main, progress, table, train

import ccdyn
from ccdyn.cerebellum import granule_step, purkinje_step
from ccdyn.plasticity import Rule
from ccdyn.plots.style import BLUE, VERMILION, make_figure, styled

SEEDS, N_TEST, N_LOOKS, LOUD = range(10), 1000, 300, 0.15   # LOUD: a cross entropy that takes a mistake
USUAL, LARGE = "published settings", "eps .01"
CHANGES = {USUAL: {}, LARGE: {"eps": 1e-2}, "a tenth of the steps": {"lr": 1e-4, "lr_cortex": 2.5e-4},
           "readout frozen": {"lr_readout": 0.0}, "cerebellum frozen": {"lr_cerebellum": 0.0},
           "cortex frozen": {"lr_cortex": 0.0}, "beta2 .999": {"betas": (0.9, 0.999)},
           "only mistakes teach": {}, "mistakes do not teach": {}}
ASSOCIATION = {"plasticity": "input", "lr_cortex": 2.5e-3}
PLANS = {"association": (ccdyn.DelayedAssociation(), ASSOCIATION, 30, 8, tuple(CHANGES)),
         "lines": (ccdyn.LineDrawing(), {}, 20, 5, tuple(CHANGES)[:5])}     # sessions before and after, changes
SHARE, LAST = "tested, association: share of sessions below .9", "tested, association: last accuracy"
HIGHEST, ERROR = "tested, lines: highest error of a session", "tested, lines: last error"
LENGTHS, COURSES = "length of gradient and step in the cortex, association", "association from scratch, accuracy"
AXES = {**dict.fromkeys((SHARE, LAST, HIGHEST, ERROR), ("change", "seed")), "loop gain, lines": ("seed",),
        LENGTHS: ("settings", "batches", "which", "seed"), COURSES: ("settings", "session", "seed")}


@dataclass(frozen=True)
class Only:
    """Another rule that is taught by batches with a loss above LOUD alone, or by those below."""

    rule: Rule
    loud: bool

    def claims(self, network):
        return self.rule.claims(network)

    def needs(self, network, batch):
        return self.rule.needs(network, batch)

    def init(self, network):
        return self.rule.init(network)

    def update(self, state, network, record, batch, generator):
        found, state = self.rule.update(state, network, record, batch, generator)
        teaches = ((record.loss > LOUD) == self.loud).to(network.dtype)
        return {name: values * teaches.reshape(-1, *[1] * (values.ndim - 1)) for name, values in found.items()}, state


def compute(quick: bool = False) -> dict:
    """Train on each task, then on with each change; look at single batches on the way."""
    seeds, n_looks, n_test = (range(2), 3, 50) if quick else (SEEDS, N_LOOKS, N_TEST)
    plans = {name: (*plan[:2], 1, 1, plan[4]) for name, plan in PLANS.items()} if quick else PLANS
    settings = {"batches_per_session": 3} if quick else {}
    tested: dict[str, dict] = {SHARE: {}, LAST: {}, HIGHEST: {}, ERROR: {}}
    courses, lengths = {}, {}
    n_sessions = plans["association"][2] + sum(first + more * len(changes) for _, _, first, more, changes
                                               in plans.values())
    with progress(n_sessions * settings.get("batches_per_session", 100)) as bar:
        for name, (task, usual, first, more, changes) in plans.items():
            sorts, kinds = task.classification, (LARGE, USUAL) if task.classification else (USUAL,)
            measure, (worst, last) = ("accuracy", (SHARE, LAST)) if sorts else ("loss", (HIGHEST, ERROR))
            test = task.batch(n_test, ccdyn.make_generators(seeds, "test"), "test")

            def learn(network, n, rules=None, change="", task=task, usual=usual) -> ccdyn.TrainState:
                return train(bar, network, task, n, rules, **{**usual, **CHANGES.get(change, {}), **settings})

            for kind in kinds:
                bar.set_description(f"{name} from scratch, {kind}")
                state = learn(ccdyn.Network.for_task(task, seeds=seeds), first, None, kind)
                if sorts:
                    courses[kind] = state.history["validation_accuracy"].T
            start = ccdyn.evaluate(ccdyn.best_network(state), test)[measure].numpy()
            able = start >= 0.95 if sorts and not quick else start >= 0.0
            tested[last]["where they start"] = start[able]
            for change in changes:
                bar.set_description(f"{name}, {change}")
                rules = ([Only(rule, change.startswith("only")) for rule in state.rules] if "teach" in change else None)
                after = learn(ccdyn.best_network(state), more, rules, change)
                curves = after.history[f"validation_{measure}"][able]
                tested[worst][change] = (curves < 0.9).mean(1) if sorts else curves.max(1)
                tested[last][change] = ccdyn.evaluate(after.network, test)[measure][able]
            for kind in kinds:
                found = steps(ccdyn.start(ccdyn.best_network(state), task, **{**usual, **CHANGES[kind]}), test,
                              n_looks if sorts else n_looks // 3)
                if sorts:
                    lengths[kind] = by_loss(*found[:3])
                else:
                    gain = np.median(found[3], 0)
    for title, rows in tested.items():
        print(table(title, rows))
    return {"settings": {"seeds": seeds, "n_test": n_test, "loud": LOUD, "changes": CHANGES, "training": settings,
                         "tasks": {name: [repr(plan[0]), *plan[1:4]] for name, plan in plans.items()}},
            **tested, "loop gain, lines": gain, LENGTHS: lengths, COURSES: courses}


def steps(state: ccdyn.TrainState, batch: ccdyn.Batch, n: int) -> np.ndarray:
    """Of n single batches, (4, n, seed): loss, length of the gradient onto the cortex, of its step, and loop gain.

    The gain is how far a step moves what the cerebellum says with the loop closed, over how far it moves what it
    says to the states of before. A fixed cortex has lengths of 0.
    """
    def length(parts) -> torch.Tensor:
        return sum((part.square().flatten(1).sum(1) for part in parts), torch.zeros(len(state.session_loss))).sqrt()

    weights = [part for group in state.optimiser.param_groups if group["name"] == "cortex" for part in group["params"]]
    seen, rows, span = [], [], (0, batch.x.shape[-2])
    state.optimiser.register_step_pre_hook(lambda *_: seen.append(length([weight.grad for weight in weights])))
    x = batch.x[:, :20]
    for _ in range(n):
        before, kept = ccdyn.run(state.network, x, record=("prediction",)), [weight.clone() for weight in weights]
        loss, w = ccdyn.advance(state, 1), state.network.weights()
        after = ccdyn.run(state.network, x, record=("prediction",))
        same = purkinje_step(granule_step(before.rows("rate_before", *span), w["W_mf"]), w["W_pf"])
        closed, opened = (length([now - before.rows("prediction", *span)])
                          for now in (after.rows("prediction", *span), same))
        rows.append(torch.stack((loss, seen[-1], length([now - old for now, old in zip(weights, kept)]),
                                 closed / opened)))
    return torch.stack(rows, 1).detach().numpy()


def by_loss(loss: np.ndarray, gradient: np.ndarray, step: np.ndarray) -> dict:
    """Median lengths of batches without and with a mistake, each (seed,); nan where there is none."""
    groups = {"without a mistake": loss <= LOUD, "with a mistake": loss > LOUD}
    return {name: {which: [float(np.median(row[some])) if some.any() else float("nan")
                           for row, some in zip(values.T, mask.T)]
                   for which, values in (("gradient", gradient), ("step", step))} for name, mask in groups.items()}


@styled
def draw(result: dict):
    """What each change does to both tasks, how long gradients and steps are, and learning from scratch."""
    figure, panels = make_figure(11.6, 8.0, 2, 2)
    for axes, measure, title, words in (
            (panels[0, 0], SHARE, "delayed association, trained on", "share of sessions with an accuracy below .9"),
            (panels[0, 1], HIGHEST, "line drawing, trained on", "highest validation error (MSE) of a session")):
        for y, values in enumerate(result[measure].values()):
            axes.plot(values, y + np.linspace(-0.25, 0.25, len(values)), "o", color=BLUE, markersize=5, alpha=0.6)
            axes.plot([np.mean(values)] * 2, [y - 0.38, y + 0.38], color=VERMILION, linewidth=3)
        axes.set_yticks(range(len(result[measure])), list(result[measure]))
        axes.invert_yaxis()
        axes.set(title=title, xlabel=f"{words}\n(a dot for each network, a bar at their mean)")
        axes.set_xlim(left=min(0.0, axes.get_xlim()[0]))
    for settings, face in ((USUAL, None), (LARGE, "none")):
        for which, color, marker in (("without a mistake", BLUE, "o"), ("with a mistake", VERMILION, "^")):
            rows = result[LENGTHS][settings][which]
            panels[1, 0].loglog(rows["gradient"], rows["step"], marker, color=color, markerfacecolor=face,
                                label=f"{settings}, {which}")
    panels[1, 0].legend(fontsize=9, loc="lower right")
    panels[1, 0].set(title="association: weights onto the cortex", xlabel="length of the gradient (median of batches)",
                     ylabel="length of the step\n(median of batches; a mark for each network)", ylim=(3e-9, 0.1))
    for (settings, curves), line, color in zip(result[COURSES].items(), ("--", "-"), (BLUE, VERMILION)):
        reached = (np.maximum.accumulate(curves) >= 0.95).sum(1)
        panels[1, 1].step(np.arange(1, 1 + len(reached)), reached, line, color=color, where="post", label=settings)
    panels[1, 1].legend()
    panels[1, 1].set(title="association, from scratch", xlabel="session",
                     ylabel="networks that have been right on .95", ylim=(0, len(result["settings"]["seeds"])))
    return figure


if __name__ == "__main__":
    main(__file__, compute, draw, AXES)
