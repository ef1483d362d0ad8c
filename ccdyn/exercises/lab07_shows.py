"""What lab 07 shows: networks that learn straight lines, then arcs, and come back to the straight lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cache, cached_property
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

import ccdyn
from ccdyn.exercises.calling import attempt
from ccdyn.exercises.lab07 import change, forgotten, visits
from ccdyn.exercises.progress import progress
from ccdyn.panels import PredictPanel, show
from ccdyn.plots import drawn_lines, overlay, spread
from ccdyn.plots.switch import LOOKS
from ccdyn.tasks.cued import binary_cues

SIZES = {"alpha": 0.5, "expansion": 5}      # 250 granule cells
TRAINING = {"tau": 5, "lr": 3e-3, "final_learning": True}
N_SESSIONS = (5, 2)         # of straight lines, then of arcs
N_TEST = 300
VISIT = 60                  # batches of one visit, where there are several
SHARES = (0.0, 0.5, 1.0)
READOUT, CEREBELLUM = ("W_rdt", "b_rdt"), ("W_mf", "W_pf")


@dataclass(frozen=True)
class OtherCues(ccdyn.LineDrawing):
    """Line drawing with other cues than those of ``LineDrawing``."""

    @cached_property
    def cues(self) -> Tensor:
        """The binary cues that follow on the usual ones, float64 (n_patterns, n_in)."""
        return binary_cues(2 * self.n_patterns, self.n_in)[self.n_patterns:]


@dataclass(frozen=True)
class CuesApart(ccdyn.LineDrawing):
    """Line drawing with twenty inputs: straight lines have cues on the first ten, arcs on the other ten."""

    n_in: int = 20

    @cached_property
    def cues(self) -> Tensor:
        """The same binary cues as in ``CUED``, on inputs that have nothing in common, float64 (n_patterns, n_in)."""
        cues = binary_cues(2 * self.n_patterns, self.n_in // 2)
        cues = cues[self.n_patterns:] if self.arc else cues[:self.n_patterns]
        parts = cues, torch.zeros_like(cues)
        return torch.cat(parts[::-1] if self.arc else parts, 1)


STRAIGHT, ARCS = ccdyn.LineDrawing(), ccdyn.LineDrawing(arc=1.0)
TASKS = {"straight": STRAIGHT, "arcs": ARCS}
CUED = {"straight": STRAIGHT, "arcs": OtherCues(arc=1.0)}
APART = {"straight": CuesApart(), "arcs": CuesApart(arc=1.0)}


class Returned(NamedTuple):
    """What became of networks that learned straight lines, then arcs, and came back.

    Attributes:
        before, on_return: error of straight lines when they were left, and on return before any learning, (seed,).
        arcs: error of arcs when they were learned, (seed,).
        left: the weights when the straight lines were left, by name.
        contexts: now.
    """

    before: np.ndarray
    on_return: np.ndarray
    arcs: np.ndarray
    left: dict[str, Tensor]
    contexts: ccdyn.Contexts


@cache
def _learned(seeds: tuple[int, ...], task: ccdyn.LineDrawing = STRAIGHT) -> ccdyn.Network:
    network = ccdyn.Network.for_task(task, seeds=seeds, **SIZES)
    return ccdyn.train(ccdyn.start(network, task, **TRAINING), N_SESSIONS[0], progress=False).network


def begun(cued: bool | str = False, **options) -> ccdyn.Contexts:
    """Networks of the student's seeds that have learned straight lines, and are there still.

    Args:
        cued: True gives the arcs cues of their own, "apart" such that share no input with the others.
        options: of ``Contexts``.
    """
    tasks = APART if cued == "apart" else CUED if cued else TASKS
    return ccdyn.Contexts(_learned(progress.seeds(), tasks["straight"]), tasks, **options, **TRAINING)


@cache
def _returned(seeds: tuple[int, ...], cued: bool | str, options: tuple) -> Returned:
    contexts = begun(cued, **dict(options))
    left = {name: weight.detach().clone() for name, weight in contexts.network().weights().items()}
    before = contexts.score(N_TEST)["straight"]
    contexts.switch("arcs")
    contexts.advance(100 * N_SESSIONS[1])
    arcs = contexts.score(N_TEST)["arcs"]
    contexts.switch("straight")
    return Returned(before, contexts.score(N_TEST)["straight"], arcs, left, contexts)


def returned(cued: bool | str = False, **options) -> Returned:
    """The same networks after some sessions of arcs, back in the straight lines; computed once for these options."""
    return _returned(progress.seeds(), cued, tuple(sorted(options.items())))


def show_tasks() -> None:
    """The lines of both tasks, as they should be drawn."""
    lines = {"straight": STRAIGHT.lines.numpy(), "arcs": ARCS.lines.numpy()}
    show(drawn_lines(STRAIGHT, lines, dict(zip(lines, LOOKS))),
         "The six lines of both tasks over pale straight lines: five go to the same five points on a circle, straight "
         "or in a half circle that bulges to the right; one stays at the origin.")


def _pieces(seeds: tuple[int, ...]) -> tuple[dict, dict, Callable, Callable]:
    """A readout and a cerebellum as they were drawn, and ``learn`` and ``test`` of real networks."""
    fresh = ccdyn.Network.for_task(STRAIGHT, seeds=seeds, **SIZES)
    tests = {context: task.batch(200, ccdyn.make_generators(seeds, "test")) for context, task in TASKS.items()}

    def learn(context: str, readout: Mapping[str, Tensor], cerebellum: Mapping[str, Tensor]) -> tuple[dict, dict]:
        state = ccdyn.start(_with(fresh, {**readout, **cerebellum}), TASKS[context], **TRAINING)
        ccdyn.advance(state, VISIT)
        return _part(state.network, READOUT), _part(state.network, CEREBELLUM)

    def test(context: str, readout: Mapping[str, Tensor], cerebellum: Mapping[str, Tensor]) -> Tensor:
        return ccdyn.evaluate(_with(fresh, {**readout, **cerebellum}), tests[context])["loss"]

    return _part(fresh, READOUT), _part(fresh, CEREBELLUM), learn, test


def _part(network: ccdyn.Network, names: Sequence[str]) -> dict[str, Tensor]:
    return {name: network.weights()[name].detach().clone() for name in names}


def _with(network: ccdyn.Network, weights: Mapping[str, Tensor]) -> ccdyn.Network:
    """A copy with some weights in the place of its own."""
    network = deepcopy(network)
    for name, weight in weights.items():
        getattr(network, name).data.copy_(weight)
    return network


def show_visits(yours: Callable, order: Sequence[str] = ("straight", "arcs", "straight", "arcs")) -> None:
    """The error on arrival and on leaving over visits of 60 batches each, by the student's function and by ours."""
    given = list(order), *_pieces(progress.seeds())
    ours, found = visits(*given), attempt(yours, *given)
    fits = isinstance(found, (tuple, list)) and len(found) == 2 and all(
        isinstance(each, Tensor) and each.shape == ours[0].shape for each in found)
    means, mine = (torch.stack([each.mean(1) for each in pair], 1) if pair else None
                   for pair in (ours, found if fits else None))
    show(overlay(range(1, len(order) + 1), means, mine, ["on arrival", "when left"],
                 f"visit ({', '.join(order)})", "test error (mean)"),
         f"Test error over visits, mean of {len(progress.seeds())} networks: " + "; ".join(
             f"{context} {arrived:.3f} on arrival, {left:.3f} when left"
             for context, (arrived, left) in zip(order, means.tolist())) + ".")


def predict_one() -> PredictPanel:
    """Predict, then reveal: what becomes of straight lines while the only cerebellum learns arcs."""
    batches = [0, 10, 30, 60, 100, 150, 200]

    def reveal():
        contexts = begun(cerebella="one")
        yield contexts.score(N_TEST)["straight"]
        contexts.switch("arcs")
        for gap in np.diff(batches).tolist():
            contexts.advance(gap)
            yield contexts.score(N_TEST)["straight"]

    x, right = np.array(batches), "it grows to about 0.05, and stays there"
    return PredictPanel(
        "One cerebellum learns arcs. Its error in straight lines?", batches,
        {"it stays small, about 0.01: what is learned is learned": np.full(len(x), 0.01),
         "it grows all the time, to about 0.12 at the end": 0.01 + 0.11 * x / 200,
         right: 0.05 - 0.04 * np.exp(-x / 30),
         "it goes back to chance, 0.16": 0.16 - 0.15 * np.exp(-x / 30)}, reveal, right=right,
        why="It does not go back to chance, for the pen does not stay at the origin. Asked for straight lines it now "
            "draws arcs, and a perfect arc differs from a perfect straight line by 0.0495.",
        xlabel="batches of arcs", ylabel="test error, straight lines", kept=progress.predicted)


def predict_shared() -> PredictPanel:
    """Predict, then reveal: the error of straight lines on return against the share of common parallel fibres."""
    right = "the more is shared, the more is lost"
    return PredictPanel(
        "Some parallel fibres are the same in both. Straight lines, on return?", SHARES,
        {"no cost until all are shared": [0.011, 0.011, 0.048], right: [0.011, 0.020, 0.048],
         "some shared fibres are enough to lose all": [0.011, 0.045, 0.048]},
        lambda: (returned(**_shared(share)).on_return for share in SHARES), right=right,
        why="What is not shared is safe, what is shared learns arcs. But look at the networks one by one: they differ "
            "much.",
        xlabel="share of parallel fibres in common", ylabel="test error, straight lines", kept=progress.predicted)


def _shared(share: float) -> dict:
    return {"shared": share, "sharing": "true"} if share else {}


CONDITIONS = {"one cerebellum for both": {"cerebella": "one"}, "a cerebellum each": {},
              "each, readout frozen": {"plastic_readout": False}}


def _drawn(found: Returned) -> np.ndarray:
    """What is drawn on return for each cue of the straight lines, (network, pattern, time, 2)."""
    gallery = STRAIGHT.gallery(ccdyn.make_generators(progress.seeds(), "test"))
    return ccdyn.run(found.contexts.network("straight"), gallery.x).readout.numpy()


def _compared(network: ccdyn.Network) -> tuple[np.ndarray, np.ndarray]:
    """On test trials of straight lines: the error, and how far what is drawn is from the arc of the same cue."""
    streams = ccdyn.make_generators(progress.seeds(), "test"), ccdyn.make_generators(progress.seeds(), "test")
    batch, arcs = (task.batch(N_TEST, each) for task, each in zip((STRAIGHT, ARCS), streams))
    z = ccdyn.run(network, batch.x).readout
    return tuple(((z - each.target) ** 2).mean((1, 2, 3)).numpy() for each in (batch, arcs))


def show_return() -> None:
    """What is drawn on return, where straight lines are wanted, with one cerebellum and with one for each context."""
    drawn = {name: _drawn(returned(**CONDITIONS[name])) for name in list(CONDITIONS)[:2]}
    print(f"{'on return':>24} {'error (straight lines)':>28} {'error to arcs':>28}")
    for name in drawn:
        straight, arcs = _compared(returned(**CONDITIONS[name]).contexts.network("straight"))
        print(f"{name:>24} {spread(straight, 4):>28} {spread(arcs, 4):>28}")
    errors = {name: spread(returned(**CONDITIONS[name]).on_return) for name in drawn}
    show(drawn_lines(STRAIGHT, drawn),
         "What is drawn on return, over pale straight lines that are wanted. " + " ".join(
             f"{name.capitalize()}: {what}, error {errors[name]}."
             for name, what in zip(drawn, ("arcs", "straight lines"))))


def cost_table(yours: Callable) -> None:
    """Print the error of straight lines when they were left and on return, and the share that is forgotten."""
    lines, same = (STRAIGHT.lines, ARCS.lines), True
    print(f"{'straight lines, test error':>26} {'when left':>25} {'on return':>25} {'forgotten':>24}")
    for name, options in CONDITIONS.items():
        found = returned(**options)
        given = torch.from_numpy(found.before), torch.from_numpy(found.on_return), *lines
        ours, mine = forgotten(*given), attempt(yours, *given)
        same = same and isinstance(mine, Tensor) and mine.shape == ours.shape and torch.allclose(mine.double(), ours)
        print(f"{name:>26} {spread(found.before, 4):>25} {spread(found.on_return, 4):>25} {spread(ours, 2):>24}")
    print("Your forgotten gives the same." if same else "These are our numbers; yours is missing or gives others.")


def by_coordinate() -> None:
    """Print by how much the error has grown on return, across (x) and up (y), and how well arcs were learned."""
    print(f"{'fibres in common':>18} {'growth of error, x':>28} {'growth of error, y':>28} {'arcs, learned':>25}")
    for share in SHARES:
        found = returned(**_shared(share))
        batch = STRAIGHT.batch(N_TEST, ccdyn.make_generators(progress.seeds(), "test"))
        now = found.contexts.network("straight")
        after, before = (((ccdyn.run(network, batch.x).readout - batch.target) ** 2).mean((1, 2))
                         for network in (now, _with(now, found.left)))
        grown = (spread((after - before)[:, i], 4) for i in range(2))
        print(f"{share:>18.0%} {next(grown):>28} {next(grown):>28} {spread(found.arcs, 4):>25}")


def what_moved(yours: Callable) -> None:
    """Print how far each weight has moved between leaving the straight lines and coming back to them."""
    founds = {condition: returned(**CONDITIONS[condition]) for condition in list(CONDITIONS)[:2]}
    pairs = {(name, condition): (found.left[name], found.contexts.network("straight").weights()[name].detach())
             for name in ("W_ih", "W_hh", "W_ch", "W_mf", "W_pf", "W_rdt", "b_rdt")
             for condition, found in founds.items()}
    ours = {each: change(*pair) for each, pair in pairs.items()}
    mine = attempt(yours, within=lambda function: {each: function(*pair) for each, pair in deepcopy(pairs).items()})
    same = mine is not None and all(
        isinstance(mine[each], Tensor) and mine[each].shape == right.shape and torch.allclose(mine[each], right)
        for each, right in ours.items())
    print(f"{'':>24}" + "".join(f"{condition:>28}" for condition in founds))
    for name in dict.fromkeys(name for name, _ in pairs):
        print(f"{name:>24}" + "".join(f"{spread(ours[name, condition]):>28}" for condition in founds))
    print("Your change gives the same." if same else "These are our numbers; yours is missing or gives others.")


def put_back() -> None:
    """Print the error of straight lines on return after some weights were put back to what they were when left.

    With one cerebellum also how far what is drawn is from the arcs.
    """
    one, each = list(CONDITIONS)[:2]
    print(f"{'':>24}{one:>28}{'its error to arcs':>26}{each:>28}")
    for words, names in {"as it is on return": (), "old readout put back": READOUT,
                         "old cerebellum put back": CEREBELLUM, "both put back": READOUT + CEREBELLUM}.items():
        (straight, arcs), (other, _) = (
            _compared(_with(found.contexts.network("straight"), {name: found.left[name] for name in names}))
            for found in (returned(**CONDITIONS[condition]) for condition in (one, each)))
        print(f"{words:>24}{spread(straight, 4):>28}{spread(arcs, 4):>26}{spread(other, 4):>28}")


def own_cues(apart: bool = False) -> None:
    """Print what is kept of straight lines if arcs have cues of their own, and draw what one cerebellum draws then.

    With ``apart`` cues of their own on inputs of their own, too; these are other networks, with twenty inputs.
    """
    rows = {"same cues, one cerebellum": (False, {"cerebella": "one"}),
            "cues of their own, one cerebellum": (True, {"cerebella": "one"}),
            "cues of their own, a cerebellum each": (True, {})}
    if apart:
        rows |= {"inputs of their own, one cerebellum": ("apart", {"cerebella": "one"}),
                 "inputs of their own, a cerebellum each": ("apart", {})}
    print(f"{'':>40} {'on return':>25} {'arcs, learned':>25}")
    for words, (cued, options) in rows.items():
        found = returned(cued, **options)
        print(f"{words:>40} {spread(found.on_return):>25} {spread(found.arcs):>25}")
    drawn = {name: _drawn(returned(cued, cerebella="one"))
             for name, cued in (("same cues", False), ("cues of their own", True))}
    show(drawn_lines(STRAIGHT, drawn), "What one cerebellum draws on return over the pale straight lines that are "
         "wanted: with the same cues arcs to the right points, with cues of their own curved strokes to other points; "
         "the errors are those printed above.")
