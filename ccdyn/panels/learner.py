"""Networks that learn to draw while someone watches, and a diary from which it can be repeated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from ccdyn.cortex import DT_MS
from ccdyn.feedback import Silence
from ccdyn.network import ARCHITECTURES, Network
from ccdyn.panels.tape import Tape, arguments
from ccdyn.plasticity.rule import observe
from ccdyn.plots.curves import Curve
from ccdyn.plots.live import Shown
from ccdyn.rng import make_generators
from ccdyn.tasks.cued import CuedDrawing
from ccdyn.training import start

TEST_REPEATS = 5  # test trials of each pattern


@dataclass(frozen=True)
class Settings:
    """What a student can move. The last two act on running networks, the others need new ones."""

    architecture: str                   # "no feedback", "readout feedback" or "cerebellar feedback"
    alpha: float                        # fraction of h kept per step
    expansion: float                    # granule cells per cortical unit
    tau: int                            # the cerebellum's time window, in steps
    silence: Silence | None

    def with_live(self, other: Settings) -> Settings:
        """These settings with the live ones (tau, silence) of ``other``."""
        return replace(self, tau=other.tau, silence=other.silence)

    @property
    def live(self) -> dict[str, int | Silence | None]:
        """Those that act on running networks, as ``change`` takes them."""
        return {"tau": self.tau, "silence": self.silence}

    @property
    def cerebellar(self) -> bool:
        """True if there is a cerebellum, to which tau and expansion belong."""
        return self.architecture == "cerebellar feedback"

    @property
    def label(self) -> str:
        """Those that need new networks, shortly."""
        other = f"expansion {self.expansion:g}" if self.cerebellar else self.architecture
        return f"alpha {self.alpha:g}, {other}"

    @property
    def words(self) -> str:
        """All that matter for this architecture, with units."""
        if not self.cerebellar:
            return f"alpha {self.alpha:g}"
        return f"{self.label}, tau {self.tau} steps ({self.tau * DT_MS:g} ms)"


class Learner:
    """Several networks in training, their test error so far, and the diary of what was done to them.

    Args:
        task: what to draw.
        settings: as at the start.
        seeds: one per network.
        sizes: further fields of ``NetworkConfig``, such as ``n_cortex``.
        training: further fields of ``TrainConfig``, such as ``lr_readout``.
    """

    def __init__(self, task: CuedDrawing, settings: Settings, seeds: Sequence[int], sizes: dict,
                 training: dict) -> None:
        self.task, self.settings = task, settings
        self._network = {**ARCHITECTURES[settings.architecture], "alpha": settings.alpha,
                         "expansion": settings.expansion, "seeds": tuple(seeds), **sizes}
        self._training = {**settings.live, **training}
        self.network = Network.for_task(task, **self._network)
        # Validation draws from a stream of its own: a small one changes nothing here but keeps chunks short.
        self.state = start(self.network, task, **{"validation_size": 10, **self._training})
        self.tape = Tape(self.state, settings.live)
        self.test = task.trials(list(range(task.n_patterns)) * TEST_REPEATS,
                                make_generators(tuple(seeds), "test"), self.network.dtype)

    @property
    def batches(self) -> int:
        """How many batches the networks have learned from."""
        return self.tape.batches

    def change(self, settings: Settings) -> None:
        """Go on with the live settings (tau, silence) of ``settings``; nothing is trained."""
        self.settings = self.settings.with_live(settings)
        self.tape.change(**self.settings.live)

    def look(self) -> None:
        """Run the test trials, if anything has happened since the last look."""
        if self.tape.seen:
            return
        needs = () if self.settings.architecture == "no feedback" else ("feedback",)
        self.record = observe(self.network, self.test, needs, self.settings.silence)
        self.tape.look(self.record.loss.double().numpy())

    @property
    def curve(self) -> Curve:
        """Test error so far, with the moments at which a live setting was moved."""
        return Curve(self.settings.label, np.array(self.tape.points), np.stack(self.tape.values), self.tape.marks())

    def shown(self, ghost: Curve | None = None) -> Shown:
        """What the picture shows of these networks, now."""
        n, settings = self.task.n_patterns, self.settings
        heard = self.record.feedback[:, :n].numpy() if "feedback" in self.record else None
        return Shown(settings.architecture, settings.words, settings.tau if settings.cerebellar else None,
                     self.record.readout[:, :n].numpy(), heard, self.curve, ghost)

    def code(self) -> str:
        """Python that repeats all of it and prints the test errors of the picture."""
        task = {field.name: getattr(self.task, field.name) for field in fields(self.task)
                if getattr(self.task, field.name) != field.default}
        training = {name: value for name, value in self._training.items() if value is not None}
        lines = ["import ccdyn", "",
                 f"task = ccdyn.{type(self.task).__name__}({arguments(task)})",
                 f"network = ccdyn.Network.for_task(task, {arguments(self._network)})",
                 f"state = ccdyn.start(network, task, {arguments(training)})"]
        lines += self.tape.code()
        lines += [f"patterns = list(range({self.task.n_patterns})) * {TEST_REPEATS}",
                  'test = task.trials(patterns, ccdyn.make_generators(network.config.seeds, "test"))',
                  'print(ccdyn.evaluate(network, test, state.config.silence)["loss"])', ""]
        return "\n".join(lines)
