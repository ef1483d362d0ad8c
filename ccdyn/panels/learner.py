"""Networks that learn line drawing while someone watches, and a diary from which it can be repeated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from ccdyn.feedback import Silence
from ccdyn.network import Network
from ccdyn.plasticity.rule import observe
from ccdyn.plots.live import DT_MS, Curve, LiveView
from ccdyn.rng import make_generators
from ccdyn.tasks.linedraw import LineDrawing
from ccdyn.training import advance, change, start

ARCHITECTURES = {"no feedback": "none", "readout feedback": "readout", "cerebellar feedback": "cerebellar"}
TEST_REPEATS = 5  # test trials of each pattern


@dataclass(frozen=True)
class Settings:
    """What a student can move. The last two act on running networks, the others need new ones."""

    architecture: str = "cerebellar feedback"
    alpha: float = 0.5                  # fraction of h kept per step
    expansion: float = 20               # granule cells per cortical unit
    tau: int = 5                        # the cerebellum's time window, in steps
    silence: Silence | None = None

    def with_live(self, other: Settings) -> Settings:
        """These settings with the live ones (tau, silence) of ``other``."""
        return replace(self, tau=other.tau, silence=other.silence)

    @property
    def label(self) -> str:
        """Those that need new networks, shortly."""
        label = f"alpha {self.alpha:g}"
        if self.architecture == "cerebellar feedback":
            return f"{label}, expansion {self.expansion:g}"
        return f"{label}, {self.architecture}"

    @property
    def words(self) -> str:
        """All that matter for this architecture, with units."""
        if self.architecture != "cerebellar feedback":
            return f"alpha {self.alpha:g}"
        return f"alpha {self.alpha:g}, expansion {self.expansion:g}, tau {self.tau} steps ({self.tau * DT_MS:g} ms)"


class Learner:
    """Several networks in training, their test error so far, and the diary of what was done to them.

    Args:
        task: the line-drawing task.
        settings: as at the start.
        seeds: one per network.
        sizes: further fields of ``NetworkConfig``, such as ``n_cortex``.
        training: further fields of ``TrainConfig``, such as ``lr``.
    """

    def __init__(self, task: LineDrawing, settings: Settings, seeds: Sequence[int], sizes: dict,
                 training: dict) -> None:
        self.task, self.settings, self.seeds = task, settings, tuple(seeds)
        self.sizes, self.training = dict(sizes), dict(training)
        self.network = Network.for_task(task, feedback=ARCHITECTURES[settings.architecture], alpha=settings.alpha,
                                        expansion=settings.expansion, seeds=self.seeds, **sizes)
        # Validation draws from a stream of its own, so a small one changes nothing here but keeps every chunk short.
        self.state = start(self.network, task, tau=settings.tau, silence=settings.silence,
                           **{"validation_size": TEST_REPEATS * task.n_patterns, **training})
        self.diary: list[tuple[Settings, int]] = [(settings, 0)]  # and the batch from which on they held
        patterns = list(range(task.n_patterns)) * TEST_REPEATS
        self.test = task.trials(patterns, make_generators(self.seeds, "test"), self.network.dtype)
        self.points: list[int] = []
        self.errors: list[np.ndarray] = []
        self.look()

    @property
    def batches(self) -> int:
        """How many batches the networks have learned from."""
        return self.state.batches_done

    def train(self, n_batches: int) -> None:
        """Learn from ``n_batches`` more batches, then look."""
        advance(self.state, n_batches)
        self.look()

    def change(self, settings: Settings) -> None:
        """Go on with other live settings (tau, silence), and look: nothing is trained."""
        settings = self.settings.with_live(settings)
        change(self.state, tau=settings.tau, silence=settings.silence)
        self.settings = settings
        if self.diary[-1][1] == self.batches:
            self.diary.pop()
        self.diary.append((settings, self.batches))
        self.look()

    def look(self) -> None:
        """Run the test trials. The curve keeps the first and the last look after each training."""
        needs = () if self.settings.architecture == "no feedback" else ("feedback",)
        self.record = observe(self.network, self.test, needs, self.settings.silence)
        if self.points[-2:] == [self.batches] * 2:
            self.points.pop()
            self.errors.pop()
        self.points.append(self.batches)
        self.errors.append(self.record.loss.double().numpy())

    @property
    def curve(self) -> Curve:
        """Test error so far."""
        return Curve(self.settings.label, np.array(self.points), np.stack(self.errors))

    def view(self, ghost: Curve | None = None) -> LiveView:
        """What the picture is made of, now."""
        n = self.task.n_patterns
        heard = self.record.feedback[:, :n].numpy() if "feedback" in self.record else None
        tau = self.settings.tau if self.settings.architecture == "cerebellar feedback" else None
        return LiveView(self.task, self.settings.architecture, self.settings.words, tau, self.settings.silence,
                        self.record.readout[:, :n].numpy(), heard, self.curve, ghost)

    def code(self) -> str:
        """Python that repeats all of it and prints the test errors of the picture."""
        first = self.diary[0][0]
        network = {"feedback": ARCHITECTURES[first.architecture], "alpha": first.alpha, "expansion": first.expansion,
                   "seeds": self.seeds, **self.sizes}
        training = {"tau": first.tau, **({"silence": first.silence} if first.silence else {}), **self.training}
        own = {f.name: getattr(self.task, f.name) for f in fields(self.task) if getattr(self.task, f.name) != f.default}
        lines = ["import ccdyn", "", f"task = ccdyn.LineDrawing({_arguments(own)})",
                 f"network = ccdyn.Network.for_task(task, {_arguments(network)})",
                 f"state = ccdyn.start(network, task, {_arguments(training)})"]
        before, stops = first, [start for _, start in self.diary[1:]] + [self.batches]
        for (settings, begin), stop in zip(self.diary, stops):
            moved = {name: getattr(settings, name) for name in ("tau", "silence")
                     if getattr(settings, name) != getattr(before, name)}
            lines += [f"ccdyn.change(state, {_arguments(moved)})"] if moved else []
            lines += [f"ccdyn.advance(state, {stop - begin})"] if stop > begin else []
            before = settings
        n = self.task.n_patterns
        lines += [f'test = task.trials(list(range({n})) * {TEST_REPEATS}, ccdyn.make_generators({self.seeds}, "test"))',
                  'print(ccdyn.evaluate(network, test, state.config.silence)["loss"])']
        return "\n".join(lines) + "\n"


def _arguments(values: dict) -> str:
    values = {name: f"ccdyn.Silence(start={value.start})" if isinstance(value, Silence) else repr(value)
              for name, value in values.items()}
    return ", ".join(f"{name}={value}" for name, value in values.items())
