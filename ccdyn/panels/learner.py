"""Networks that learn to draw while someone watches, and a diary from which it can be repeated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from itertools import pairwise

import numpy as np

from ccdyn.feedback import Silence
from ccdyn.network import ARCHITECTURES, Network
from ccdyn.panels.tape import Tape
from ccdyn.plasticity.rule import observe
from ccdyn.plots.live import DT_MS, Curve, Shown
from ccdyn.rng import make_generators
from ccdyn.tasks.cued import CuedDrawing
from ccdyn.training import change, start

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

    def moved_from(self, before: Settings) -> str:
        """What is different in the live settings, in a word or two."""
        words = [f"tau {self.tau}"] if self.tau != before.tau else []
        if self.silence != before.silence:
            words.append("heard again" if self.silence is None else f"silent from {self.silence.start}")
        return ", ".join(words)

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
        self._training = {"tau": settings.tau, "silence": settings.silence, **training}
        self.network = Network.for_task(task, **self._network)
        # Validation draws from a stream of its own: a small one changes nothing here but keeps chunks short.
        self.state = start(self.network, task, **{"validation_size": 10, **self._training})
        self._tape = Tape(self.state)
        self.diary = [(settings, 0)]    # settings, and the batch from which on they held
        self.test = task.trials(list(range(task.n_patterns)) * TEST_REPEATS,
                                make_generators(tuple(seeds), "test"), self.network.dtype)
        self.points: list[int] = []
        self.errors: list[np.ndarray] = []
        self._looked_at: tuple[Settings, int] | None = None

    @property
    def batches(self) -> int:
        """How many batches the networks have learned from."""
        return self.state.batches_done

    def learn(self, n_batches: int) -> None:
        """Learn from ``n_batches`` more batches."""
        self._tape.advance(n_batches)

    def rewind(self) -> None:
        """Back to the end of the session before, with the settings of now."""
        if not self._tape.rewind():
            return
        while self.points and self.points[-1] >= self.batches:
            self.points.pop()
            self.errors.pop()
        self.diary = [entry for entry in self.diary if entry[1] <= self.batches]
        self._write(self.settings)
        self._looked_at = None

    def change(self, settings: Settings) -> None:
        """Go on with the live settings (tau, silence) of ``settings``; nothing is trained."""
        settings = self.settings.with_live(settings)
        change(self.state, tau=settings.tau, silence=settings.silence)
        self.settings = settings
        self._write(settings)

    def _write(self, settings: Settings) -> None:
        """Into the diary: from now on these hold."""
        if len(self.diary) > 1 and self.diary[-1][1] == self.batches:
            self.diary.pop()
        if self.diary[-1][0] != settings:
            self.diary.append((settings, self.batches))

    def look(self) -> None:
        """Run the test trials, if anything has changed. The curve keeps the first and last look after each training."""
        if self._looked_at == (self.settings, self.batches):
            return
        needs = () if self.settings.architecture == "no feedback" else ("feedback",)
        self.record = observe(self.network, self.test, needs, self.settings.silence)
        if self.points[-2:] == [self.batches] * 2:
            self.points.pop()
            self.errors.pop()
        self.points.append(self.batches)
        self.errors.append(self.record.loss.double().numpy())
        self._looked_at = self.settings, self.batches

    @property
    def curve(self) -> Curve:
        """Test error so far, with the moments at which a live setting was moved."""
        marks = tuple((batches, now.moved_from(before)) for (before, _), (now, batches) in pairwise(self.diary))
        return Curve(self.settings.label, np.array(self.points), np.stack(self.errors), marks)

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
                 f"task = ccdyn.{type(self.task).__name__}({_arguments(task)})",
                 f"network = ccdyn.Network.for_task(task, {_arguments(self._network)})",
                 f"state = ccdyn.start(network, task, {_arguments(training)})"]
        before, ends = self._training, [begin for _, begin in self.diary[1:]] + [self.batches]
        for (settings, begin), end in zip(self.diary, ends):
            now = {"tau": settings.tau, "silence": settings.silence}
            moved = {name: value for name, value in now.items() if value != before[name]}
            lines += [f"ccdyn.change(state, {_arguments(moved)})"] if moved else []
            lines += [f"ccdyn.advance(state, {end - begin})"] if end > begin else []
            before = now
        lines += [f"patterns = list(range({self.task.n_patterns})) * {TEST_REPEATS}",
                  'test = task.trials(patterns, ccdyn.make_generators(network.config.seeds, "test"))',
                  'print(ccdyn.evaluate(network, test, state.config.silence)["loss"])', ""]
        return "\n".join(lines)


def _arguments(values: dict) -> str:
    """``values`` as they stand in a call."""
    words = {name: f"ccdyn.Silence(start={value.start})" if isinstance(value, Silence) else repr(value)
             for name, value in values.items()}
    return ", ".join(f"{name}={word}" for name, word in words.items())
