"""What lab 07 quotes at its own settings: what comes back after a switch, who forgot, and cues of their own.

Five sessions of straight lines, two of arcs, back: alpha .5, fixed cortex, tau 5, 250 granule cells, step size .003,
the last predictions taught the last target; ten networks, tested on 300 trials. One cerebellum for both tasks, one for
each, one for each with a frozen readout, or with half or all parallel fibres truly in common; the cues of the arcs are
those of the straight lines, or six others on the same ten inputs.

    python figures/lab07.py
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property

import torch
from common import main, progress, table, train

import ccdyn
from ccdyn.plots import sweeps
from ccdyn.tasks.cued import binary_cues

SEEDS, N_TEST, SESSIONS, SHARES = range(10), 300, (5, 2), (0.0, 0.5, 1.0)
SIZES, TRAINING = {"alpha": 0.5, "expansion": 5}, {"tau": 5, "lr": 3e-3, "final_learning": True}
PARTS = {"old readout": ("W_rdt", "b_rdt"), "old cerebellum": ("W_mf", "W_pf")}
ONE, EACH = "one cerebellum", "a cerebellum each"
CONDITIONS = {      # whether arcs have cues of their own, and settings of the contexts
    ONE: (False, {"cerebella": "one"}), EACH: (False, {}), "each, readout frozen": (False, {"plastic_readout": False}),
    **{f"{share:.0%} in common": (False, {"shared": share, "sharing": "true"}) for share in SHARES[1:]},
    f"own cues, {ONE}": (True, {"cerebella": "one"}), f"own cues, {EACH}": (True, {})}

AXES = {"test error, straight lines": ("condition", "moment", "seed"),
        "error to the arcs of the same cues": ("condition", "moment", "seed"),
        "test error, arcs learned": ("condition", "seed"), "growth of the error": ("condition", "coordinate", "seed"),
        "how far weights moved": ("condition", "weight", "seed"), "error to the nearest arc": ("condition", "seed")}


@dataclass(frozen=True)
class OtherCues(ccdyn.LineDrawing):
    """Line drawing with the six cues that follow on the usual ones."""

    @cached_property
    def cues(self) -> torch.Tensor:
        """Binary, float64 (n_patterns, n_in)."""
        return binary_cues(2 * self.n_patterns, self.n_in)[self.n_patterns:]


def compute(quick: bool = False) -> dict:
    """Learn straight lines once, then arcs in each condition; go back, and look at what is drawn."""
    seeds, n_test, batches = (range(2), 20, 2) if quick else (SEEDS, N_TEST, 100)
    lines, arcs = ccdyn.LineDrawing(), ccdyn.LineDrawing(arc=1.0)
    test, same = (task.batch(n_test, ccdyn.make_generators(seeds, "test"), "test") for task in (lines, arcs))
    found = {name: {} for name in AXES}
    with progress((SESSIONS[0] + SESSIONS[1] * len(CONDITIONS)) * batches) as bar:
        bar.set_description("straight lines")
        left = train(bar, ccdyn.Network.for_task(lines, seeds=seeds, **SIZES), lines, SESSIONS[0], **TRAINING,
                     batches_per_session=batches).network
        for name, (own, options) in CONDITIONS.items():
            bar.set_description(name)
            tasks = {"straight": lines, "arcs": OtherCues(arc=1.0) if own else arcs}
            contexts = ccdyn.Contexts(left, tasks, **options, **TRAINING, batches_per_session=batches)
            contexts.switch("arcs")
            for _ in range(SESSIONS[1]):
                contexts.advance(batches)
                bar.update(batches)
            learned = contexts.score(n_test)["arcs"]
            contexts.switch("straight")
            now = contexts.network()
            moments = {"before": left, "on return": now}
            if name in (ONE, EACH):
                moments |= {f"{part} back": with_weights(now, left, PARTS[part]) for part in PARTS}
            drawn = {moment: ccdyn.run(network, test.x).readout for moment, network in moments.items()}
            errors = {moment: (z - test.target).square() for moment, z in drawn.items()}
            growth = (errors["on return"] - errors["before"]).mean((1, 2))
            found["test error, straight lines"][name] = {moment: error.mean((1, 2, 3))
                                                         for moment, error in errors.items()}
            found["error to the arcs of the same cues"][name] = {
                moment: (z - same.target).square().mean((1, 2, 3)) for moment, z in drawn.items()}
            found["test error, arcs learned"][name] = learned
            found["growth of the error"][name] = dict(zip("xy", growth.unbind(-1)))
            found["how far weights moved"][name] = moved(left, now)
            found["error to the nearest arc"][name] = nearest(drawn["on return"], arcs.lines)
    for name, rows in found["test error, straight lines"].items():
        print(table(f"test error, straight lines, {name}", rows))
    print(table("test error, arcs learned", found["test error, arcs learned"]),
          table("error to the nearest arc on return", found["error to the nearest arc"]), sep="\n")
    return {"settings": {"seeds": seeds, "n_test": n_test, "sessions": SESSIONS, "network": SIZES,
                         "training": {**TRAINING, "batches_per_session": batches}}, **found}


def with_weights(network: ccdyn.Network, source: ccdyn.Network, names: tuple[str, ...]) -> ccdyn.Network:
    """A copy of ``network`` with these weights of ``source``."""
    network = deepcopy(network)
    for name in names:
        getattr(network, name).data.copy_(getattr(source, name).data)
    return network


def moved(left: ccdyn.Network, now: ccdyn.Network) -> dict[str, torch.Tensor]:
    """Length of the change of each weight that learns, as a share of its length before, by name, (seed,)."""
    return {name: (getattr(now, name) - getattr(left, name)).detach().flatten(1).norm(dim=1)
            / getattr(left, name).detach().flatten(1).norm(dim=1) for names in PARTS.values() for name in names}


def nearest(drawn: torch.Tensor, arcs: torch.Tensor) -> torch.Tensor:
    """Mean over trials of the error of what is drawn to that of the six arcs which is nearest to it, (seed,)."""
    return (drawn.unsqueeze(2) - arcs.to(drawn.dtype)).square().mean((-2, -1)).amin(2).mean(1)


def draw(result: dict):
    """Errors of straight lines on return over the share of fibres in common, and the growth of each coordinate."""
    names = [EACH, *(f"{share:.0%} in common" for share in SHARES[1:])]
    error, growth = result["test error, straight lines"], result["growth of the error"]
    over = {"x": SHARES, "xlabel": "share of parallel fibres in common"}
    return sweeps({
        "back in the first task": {
            **over, "ylabel": "test error, straight lines",
            "values": {moment: [error[name][moment] for name in names] for moment in ("before", "on return")}},
        "by coordinate": {
            **over, "ylabel": "growth of the error",
            "values": {each: [growth[name][each] for name in names] for each in "xy"}}})


if __name__ == "__main__":
    main(__file__, compute, draw, AXES)
