"""What alpha, learning and the loop do to the angle between e-prop and the true gradient.

Line drawing, 20 steps, fully plastic cortex. Three angles are looked at:

e-prop, true        what e-prop would change, and the true gradient
e-prop, loop cut    what e-prop would change, and the gradient of a cortex that takes what it hears back as given
loop cut, true      that gradient, and the true one: what goes round the loop is the difference

    python figures/loop.py
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from common import main, progress, table

import ccdyn
from ccdyn.dynamics import rerun
from ccdyn.plasticity.synapses import onto_cortex, presynaptic_series
from ccdyn.plots import sweeps

SEEDS, N_TRIALS, TAU, N_BATCHES = range(10), 50, 5, 300
ALPHAS, TAUS, MOMENTS = (0.1, 0.3, 0.5, 0.7, 0.9), (0, 1, 3, 5, 8, 15), (0, 100, 200, 300, 500, 700, 1000)
ARCHITECTURES = tuple(ccdyn.ARCHITECTURES)[:3]
PAIRS = ("e-prop, true", "e-prop, loop cut", "loop cut, true")


@dataclass(frozen=True)
class LoopCut:
    """Backpropagation through the cortex alone: what it heard back comes as a current that nothing can change."""

    def claims(self, network):
        return onto_cortex(network)

    def needs(self, network, batch):
        return presynaptic_series(network)

    def init(self, network):
        return None

    def update(self, state, network, record, batch, generator):
        weights = {name: getattr(network, name) for name in self.claims(network)}
        alone = ccdyn.Network(replace(network.config, feedback="none"))
        for name in alone.weights():
            setattr(alone, name, getattr(network, name))
        start, stop = batch.taught
        with torch.enable_grad():
            heard = network.feedback.weight
            current = record.feedback @ weights[heard].mT.unsqueeze(-3) if heard else None
            again = rerun(alone, batch.x, record, 0, stop, current=current, readout_from=start)
            found = torch.autograd.grad(again.rows("readout", start, stop), list(weights.values()),
                                        record.rows("error", start, stop))
        return dict(zip(weights, found)), None


def look(network: ccdyn.Network, batch: ccdyn.Batch) -> dict[str, np.ndarray]:
    """The three cosines, all weights onto the cortex together, (seed,)."""
    true = ccdyn.gradient_angles(network, batch, {"e-prop": ccdyn.EProp(), "loop cut": LoopCut()})
    both = [ccdyn.gradients(network, batch, [rule]) for rule in (ccdyn.EProp(), LoopCut())]
    flat = [torch.cat([found[name].flatten(1) for name in both[0]], 1).double() for found in both]
    return {PAIRS[0]: true["e-prop", "all", "cosine"], PAIRS[1]: torch.cosine_similarity(*flat).numpy(),
            PAIRS[2]: true["loop cut", "all", "cosine"]}


def spectral_radius(network: ccdyn.Network) -> torch.Tensor:
    """Largest absolute eigenvalue of W_hh, (seed,)."""
    return torch.linalg.eigvals(network.W_hh.detach()).abs().amax(-1)

AXES = {"test cosine": ("alpha", "gradients", "seed"), "test error": ("alpha", "gradients", "seed"),
        "spectral radius of W_hh": ("alpha", "gradients", "seed"),
        "cosine by batches, alpha 0.5": ("gradients", "moment", "seed"),
        "cosine by tau, alpha 0.5": ("tau", "gradients", "seed")}


def compute(quick: bool = False) -> dict:
    """Train with e-prop at several alphas and taus, and look before, after and on the way."""
    seeds, n_trials, n_batches = (range(2), 5, 3) if quick else (SEEDS, N_TRIALS, N_BATCHES)
    alphas, taus, moments = ((0.1, 0.9), (1, 5), (0, 2, 4)) if quick else (ALPHAS, TAUS, MOMENTS)
    task = ccdyn.LineDrawing()
    batch = task.batch(n_trials, ccdyn.make_generators(seeds, "test"), "test")

    def fresh(name: str, alpha: float, tau: int = TAU) -> ccdyn.TrainState:
        network = ccdyn.Network.for_task(task, alpha=alpha, seeds=seeds, **ccdyn.ARCHITECTURES[name])
        return ccdyn.start(network, task, plasticity="full", tau=tau)

    before, after, error, radius, course, over_tau = {}, {}, {}, {}, {}, {}
    with progress(len(ARCHITECTURES) * (len(alphas) * n_batches + moments[-1]) + len(taus) * n_batches) as bar:
        def learn(state: ccdyn.TrainState, n: int) -> None:
            while n > 0:
                ccdyn.advance(state, min(50, n))
                bar.update(min(50, n))
                n -= 50

        for alpha in alphas:
            at = f"alpha {alpha:g}"
            before[at], after[at], error[at], radius[at] = {}, {}, {}, {}
            for name in ARCHITECTURES:
                state = fresh(name, alpha)
                before[at][name] = look(state.network, batch)
                radius[at]["untrained"] = spectral_radius(state.network)
                learn(state, n_batches)
                radius[at][name] = spectral_radius(state.network)
                after[at][name] = look(state.network, batch)
                error[at][f"error, {name}"] = ccdyn.evaluate(state.network, batch)["loss"]
        for name in ARCHITECTURES:
            state, course[name] = fresh(name, 0.5), []
            for moment in moments:
                learn(state, moment - state.batches_done)
                course[name].append(look(state.network, batch)[PAIRS[0]])
        for tau in taus:
            state = fresh("cerebellar feedback", 0.5, tau)
            learn(state, n_batches)
            over_tau[f"tau {tau}"] = look(state.network, batch)
    cosine = {at: {"untrained, no feedback": before[at]["no feedback"][PAIRS[0]],
                   **{name: angles[PAIRS[0]] for name, angles in after[at].items()},
                   **{f"cerebellar: {pair}": after[at]["cerebellar feedback"][pair] for pair in PAIRS[1:]}}
              for at in after}
    for at, rows in cosine.items():
        print(table(f"cosine after {n_batches} batches, {at}", rows))
        print(table("test error", error[at]))
    return {"settings": {"seeds": seeds, "n_trials": n_trials, "n_batches": n_batches, "alphas": alphas, "taus": taus,
                         "moments": moments, "tau": TAU, "task": "LineDrawing()",
                         "training": "plasticity='full', else published defaults"},
            "test cosine": cosine, "test error": error, "spectral radius of W_hh": radius,
            "cosine by batches, alpha 0.5": course,
            "cosine by tau, alpha 0.5": over_tau}


def draw(result: dict):
    """Four panels: over alpha and training for each architecture, over alpha and tau for each pair of gradients."""
    settings, cosine = result["settings"], "cosine"
    after, course, over_tau = (result[name] for name in ("test cosine", "cosine by batches, alpha 0.5",
                                                         "cosine by tau, alpha 0.5"))
    untrained = "untrained, no feedback"
    leak = {"x": settings["alphas"], "xlabel": "alpha", "ylabel": cosine}
    own = {PAIRS[0]: "cerebellar feedback", **{pair: f"cerebellar: {pair}" for pair in PAIRS[1:]}}
    figure = sweeps({
        f"after {settings['n_batches']} batches, over alpha": {
            **leak, "values": {name: [rows[name] for rows in after.values()] for name in (*ARCHITECTURES, untrained)}},
        "while they learn (alpha 0.5)": {
            "x": settings["moments"], "values": course, "xlabel": "batches", "ylabel": cosine},
        "cerebellar feedback, over alpha": {
            **leak, "values": {pair: [rows[name] for rows in after.values()] for pair, name in own.items()}},
        "cerebellar feedback, over tau (alpha 0.5)": {
            "x": settings["taus"], "xlabel": "time window tau (steps)", "ylabel": cosine,
            "values": {pair: [rows[pair] for rows in over_tau.values()] for pair in PAIRS}},
    })
    figure.axes[-1].set(ylim=(0, 1.5), yticks=np.linspace(0, 1, 6))     # room for the legend
    return figure


if __name__ == "__main__":
    main(__file__, compute, draw, AXES)
