"""Networks that learn to read digits while someone watches one of them, and a diary from which it can be repeated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ccdyn.decode import leave_one_out
from ccdyn.dynamics import run
from ccdyn.feedback import Silence
from ccdyn.network import ARCHITECTURES, Network
from ccdyn.panels.tape import Tape, arguments
from ccdyn.plots.curves import Curve
from ccdyn.record import Workspace
from ccdyn.rng import make_generators
from ccdyn.tasks.seqmnist import SequentialMNIST
from ccdyn.training import start


@dataclass(frozen=True)
class Reading:
    """What a student can move. Silence acts on running networks, the others need new ones."""

    architecture: str                   # one of ``ARCHITECTURES``
    alpha: float                        # fraction of h kept per row
    blank_rows: int                     # after the 28 rows of the digit
    silence: Silence | None

    @property
    def task(self) -> SequentialMNIST:
        """Taught is the last row; with blank rows, all of them and the six before."""
        teacher = (-6 - self.blank_rows, None) if self.blank_rows else None
        return SequentialMNIST(blank_steps=self.blank_rows, teacher=teacher)

    @property
    def has_feedback(self) -> bool:
        """True if there is something to silence."""
        return ARCHITECTURES[self.architecture]["feedback"] != "none"

    @property
    def cerebellar(self) -> bool:
        """True if the feedback comes from a cerebellum."""
        return self.architecture == "cerebellar feedback"

    @property
    def words(self) -> str:
        """The numbers that need new networks."""
        return f"alpha {self.alpha:g}, {self.blank_rows} blank rows"


class Reader:
    """Several networks in training, their accuracy so far, and the diary of what was done to them.

    Args:
        reading: the settings at the start.
        seeds: one per network.
        n_test: how many digits of the test set are looked at.
        sizes: further fields of ``NetworkConfig``, such as ``n_cortex``.
        training: further fields of ``TrainConfig``, such as ``tau`` and ``lr``.
    """

    def __init__(self, reading: Reading, seeds: Sequence[int], n_test: int, sizes: dict, training: dict) -> None:
        self.reading, self.task, self.n_test = reading, reading.task, n_test
        self._network = {**ARCHITECTURES[reading.architecture], "alpha": reading.alpha, "seeds": tuple(seeds), **sizes}
        self._training = {"silence": reading.silence, **training}
        self.network = Network.for_task(self.task, **self._network)
        # Validation draws from a stream of its own: a small one changes nothing here but keeps chunks short.
        self.state = start(self.network, self.task, **{"validation_size": 10, **self._training})
        self.tape = Tape(self.state, {"silence": reading.silence})
        self.test = self.task.split_batch("test", 0, n_test, make_generators(tuple(seeds), "test"), self.network.dtype)
        self.labels = self.test.target[0, :, 0]
        self._decoded: np.ndarray | None = None
        self._workspace = Workspace()

    @property
    def batches(self) -> int:
        """How many batches the networks have learned from."""
        return self.tape.batches

    def silence(self, silence: Silence | None) -> None:
        """Go on with the feedback silenced like this; nothing is trained."""
        self.reading = replace(self.reading, silence=silence)
        self.tape.change(silence=silence)

    def look(self) -> None:
        """Read the test digits, if anything has happened since the last look."""
        if self.tape.seen:
            return
        if self.reading.has_feedback:   # else the states are always the same: only the readout learns
            self._decoded = None
        self._record = run(self.network, self.test.x, silence=self.reading.silence, workspace=self._workspace)
        self.belief = self._record.readout.softmax(-1).numpy()
        self.tape.look((self.belief[:, :, -1].argmax(-1) == self.labels.numpy()).mean(1))

    @property
    def decoded(self) -> np.ndarray:
        """What decoders of the states say at the last look, (network, digit, row, class)."""
        if self._decoded is None:
            decoded = leave_one_out(self._record.rate.transpose(1, 2), self.labels)
            self._decoded = decoded.clamp_(0, 1).transpose(1, 2).numpy()
        return self._decoded

    def of_right(self, values: np.ndarray) -> np.ndarray:
        """What ``values`` (network, digit, row, class) give to the right class, mean over digits: (network, row)."""
        return np.take_along_axis(values, self.labels.numpy()[None, :, None, None], -1)[..., 0].mean(1)

    @property
    def curve(self) -> Curve:
        """Accuracy so far, with the moments at which the silence was moved."""
        label = f"{self.reading.architecture}, {self.reading.words}"
        return Curve(label, np.array(self.tape.points), np.stack(self.tape.values), self.tape.marks())

    def code(self, digit: int, row: int) -> str:
        """Python that repeats all of it and prints the numbers of the picture's description."""
        teacher = f", teacher={self.task.teacher}" if self.task.teacher else ""
        training = {name: value for name, value in self._training.items() if value is not None}
        lines = ["import ccdyn", "from ccdyn.decode import leave_one_out", "",
                 f"task = ccdyn.SequentialMNIST(blank_steps={self.task.blank_steps}{teacher})",
                 f"network = ccdyn.Network.for_task(task, {arguments(self._network)})",
                 f"state = ccdyn.start(network, task, {arguments(training)})"]
        return "\n".join([
            *lines, *self.tape.code(), "",
            f'test = task.split_batch("test", 0, {self.n_test}, ccdyn.make_generators(network.config.seeds, "test"))',
            "labels = test.target[0, :, 0]", f"digit, row = {digit}, {row}",
            "record = ccdyn.run(network, test.x, silence=state.config.silence)",
            "decoded = leave_one_out(record.rate[:, :, row], labels).clamp(0, 1)     # (network, digit, class)",
            'print("accuracy", (record.readout[:, :, -1].argmax(-1) == labels).double().mean(1))',
            'print("belief", record.readout[:, digit, row].softmax(-1)[:, labels[digit]])',
            'print("decoded", decoded[:, digit, labels[digit]])', ""])
