"""Networks that learn with a short horizon while someone watches: one model beside the other, and a diary of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ccdyn.decoupling import MODELS, DecoupledNetwork, Decoupling, gradient_similarity
from ccdyn.dynamics import run
from ccdyn.panels.tape import Tape, arguments
from ccdyn.plots.curves import Curve
from ccdyn.rng import make_generators
from ccdyn.tasks import GradedLines
from ccdyn.training import change, evaluate, start

WORDS = {"none": "healed", "cerebellum": "no cerebellum", "olive": "no olive"}    # of a lesion, on the curve


@dataclass(frozen=True)
class Horizon:
    """What a student can move. Factor and lesion act on running networks, the others need new ones."""

    truncation: int | None              # steps within which errors are sent back; None is the whole trial
    sparse: int                         # the teacher speaks at every so many steps
    factor: float = field(compare=False)
    lesion: str = field(compare=False)

    @property
    def live(self) -> dict[str, float | str]:
        """Those that act on running networks, as ``Decoupling`` takes them."""
        return {"factor": self.factor, "lesion": self.lesion}

    @property
    def words(self) -> str:
        """Those that need new networks, shortly."""
        length = "whole trial" if self.truncation is None else f"truncation {self.truncation}"
        return f"{length}, taught every {self.sparse}" if self.sparse > 1 else f"{length}, taught at each step"


class RuleTape(Tape):
    """A tape whose live settings are fields of ``Decoupling``."""

    def __init__(self, state, truncation: int | None, live: dict[str, Any]) -> None:
        super().__init__(state, live)
        self.truncation = truncation

    def act(self, live: dict[str, Any]) -> None:
        """Exchange the rule."""
        change(self.state, rules=[Decoupling(self.truncation, **live)])

    def act_code(self, moved: dict[str, Any], live: dict[str, Any]) -> str:
        """The same as a line of Python."""
        return f"ccdyn.change(state, rules=[{rule_code(self.truncation, live)}])"

    def marks(self) -> tuple[tuple[int, str], ...]:
        """When something was moved, in words."""
        return tuple((batches, ", ".join(WORDS[value] if name == "lesion" else f"{name} {value:g}"
                                         for name, value in moved.items()))
                     for batches, moved in self.moved() if batches)


def rule_code(truncation: int | None, live: dict[str, Any]) -> str:
    """The rule as Python.

    >>> rule_code(1, {"factor": 0.1, "lesion": "none"})
    "ccdyn.Decoupling(truncation=1, factor=0.1, lesion='none')"
    """
    return f"ccdyn.{Decoupling(truncation, **live)!r}"


class Decoupler:
    """Networks of one model in training, what was seen of them, and the diary of what was done to them.

    Args:
        model: "cRNN" or "ccRNN".
        task: what to draw.
        horizon: as at the start.
        seeds: one per network.
        layers: granule layers of the ccRNN's synthesiser.
        sizes: further fields of ``DecoupledConfig``.
        training: fields of ``TrainConfig``.
    """

    def __init__(self, model: str, task: GradedLines, horizon: Horizon, seeds: Sequence[int], layers: tuple[int, ...],
                 sizes: dict, training: dict) -> None:
        self.model, self.task, self.horizon = model, task, horizon
        self._network = {"synthesiser": layers if MODELS[model]["synthesiser"] else (), "seeds": tuple(seeds), **sizes}
        # Validation draws from a stream of its own: a small one changes nothing here but keeps chunks short.
        self._training = {"validation_size": 10, **training}
        self.network = DecoupledNetwork.for_task(task, **self._network)
        # A cRNN has no cerebellum to which a factor or a lesion could belong: its story stays as it began.
        self._first = horizon.live if self.network.config.synthesiser else {"factor": 0.1, "lesion": "none"}
        state = start(self.network, task, [Decoupling(horizon.truncation, **self._first)], **self._training)
        self.tape = RuleTape(state, horizon.truncation, self._first)
        self.test = task.trials(range(task.n_patterns), make_generators(tuple(seeds), "test"), self.network.dtype)

    @property
    def batches(self) -> int:
        """How many batches the networks have learned from."""
        return self.tape.batches

    def change(self, horizon: Horizon) -> None:
        """Go on with the factor and the lesion of ``horizon``; nothing is trained."""
        self.horizon = horizon
        if self.network.config.synthesiser:
            self.tape.change(**horizon.live)

    def look(self) -> None:
        """Draw the lines, and ask the synthesiser, if anything has happened since the last look."""
        if self.tape.seen:
            return
        self.drawn = run(self.network, self.test.x).readout.numpy()      # (network, pattern, time, 2)
        error = evaluate(self.network, self.test)["loss"].double().numpy()
        self.tape.look((error, self._agreement()))

    def _agreement(self) -> np.ndarray:
        """Cosine of guess and true feedback, mean over boundaries and lines, (network,); NaN if there is no guess."""
        n = self.boundaries
        if not self.network.config.synthesiser or self.horizon.lesion == "cerebellum" or not n:
            return np.full(len(self.network.config.seeds), np.nan)
        found = gradient_similarity(self.network, self.test, Decoupling(self.horizon.truncation))
        return found[:, :n].mean(1).double().numpy()

    @property
    def boundaries(self) -> int:
        """How many boundaries inside the trial have a taught step behind them, so that there is a true feedback."""
        last = max(range(0, self.task.n_steps, self.task.sparse))
        return last // (self.horizon.truncation or self.task.n_steps)

    def curves(self) -> tuple[Curve, Curve]:
        """Test error and agreement so far, with the moments at which something was moved."""
        points, marks = np.array(self.tape.points), self.tape.marks()
        return tuple(Curve(self.horizon.words, points, np.stack(values), marks) for values in zip(*self.tape.values))

    def code(self) -> list[str]:
        """Lines of Python that repeat all of it and print the numbers of the picture."""
        return [f"network = ccdyn.DecoupledNetwork.for_task(task, {arguments(self._network)})",
                f"state = ccdyn.start(network, task, [{rule_code(self.horizon.truncation, self._first)}], "
                f"{arguments(self._training)})", *self.tape.code(),
                'print(ccdyn.evaluate(network, test)["loss"])']
