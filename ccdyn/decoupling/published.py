"""The published experiments with predicted feedback: task, sizes, learning, and what is reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ccdyn.decoupling.network import MODELS, DecoupledNetwork
from ccdyn.decoupling.rule import Decoupling
from ccdyn.history import History
from ccdyn.network import one_of
from ccdyn.tasks import GradedLines, SequentialDrawing, SequentialMNIST, Task
from ccdyn.train_state import TrainState
from ccdyn.training import start


@dataclass(frozen=True)
class Experiment:
    """Settings of one published experiment; ``start`` makes a training state from them.

    Attributes:
        task: where the trials come from.
        n_sessions: how long it was trained.
        n_cortex: cortical units.
        synthesiser: granule layers of the ccRNN; the cRNN has none.
        truncation: steps within which errors are sent back.
        lr: Adam's step size for all weights.
        batches_per_session: a session is about as many trials as the training part has.
        validation_size: trials after each session.
        note: where the settings come from.
    """

    task: Task
    n_sessions: int
    n_cortex: int
    synthesiser: tuple[int, ...]
    truncation: int
    lr: float
    batches_per_session: int
    validation_size: int
    note: str = ""
    training: Mapping[str, Any] = field(default_factory=lambda: {"batch_size": 50, "clip": 1.0})

    def start(self, model: str = "ccRNN", seeds: int | Sequence[int] = 0, task: Task | None = None,
              rule: Decoupling | None = None, network: Mapping[str, Any] | None = None, **training) -> TrainState:
        """Fresh networks, ready for ``train(state, experiment.n_sessions)``.

        Args:
            model: "cRNN" or "ccRNN".
            seeds: one seed, or several for as many networks.
            task: in the place of the published one, for example with another ``sparse``.
            rule: in the place of ``Decoupling(truncation)``.
            network: fields of ``DecoupledConfig`` that differ.
            training: fields of ``TrainConfig`` that differ.

        Raises:
            ValueError: an unknown model or setting.
        """
        one_of("model", model, MODELS)
        task = self.task if task is None else task
        layers = self.synthesiser if model == "ccRNN" else ()
        made = DecoupledNetwork.for_task(task, **{"n_cortex": self.n_cortex, "synthesiser": layers, "seeds": seeds,
                                                  **(network or {})})
        settings = {"lr": self.lr, "batches_per_session": self.batches_per_session,
                    "validation_size": self.validation_size, **self.training, **training}
        return start(made, task, [rule or Decoupling(self.truncation)], **settings)


EXPERIMENTS: dict[str, Experiment] = {
    "line drawing": Experiment(
        GradedLines(), 100, n_cortex=50, synthesiser=(400, 400), truncation=1, lr=1e-3, batches_per_session=16,
        validation_size=200, note="Fig. 2: 800 training and 200 validation trials a session, all fresh."),
    "reading digits": Experiment(
        SequentialMNIST(), 40, n_cortex=30, synthesiser=(300,), truncation=3, lr=1e-4, batches_per_session=200,
        validation_size=2000, note="Fig. 3: a session of the shipped 10,000 digits; the published one has 48,000."),
    "line drawing by digits": Experiment(
        SequentialDrawing(), 40, n_cortex=30, synthesiser=(300,), truncation=3, lr=1e-4, batches_per_session=200,
        validation_size=2000, note="Fig. 3: taught at every 4th step; sessions as in reading digits."),
    "digit drawing by digits": Experiment(
        SequentialDrawing(shape="digits"), 40, n_cortex=30, synthesiser=(300,), truncation=3, lr=1e-4,
        batches_per_session=200, validation_size=2000, note="Fig. 3: as the lines, with the templates of digits."),
}


def reported_error(task: Task, history: History) -> np.ndarray:
    """Training error as the released code reports it, (seed, session)::

        2 * sum over truncations (n_taught * E_k) / T

    The plain mean squared error per coordinate, ``history["train_loss"]``, times 2 (a squared distance in the plane)
    and times the share of taught steps: divided by all steps, so a curve with sparse feedback is lower by that share
    alone. It compares models with the same task, not tasks.

    Raises:
        ValueError: a task whose targets are classes.
    """
    if task.classification:
        raise ValueError(f"{task} is scored by cross-entropy and accuracy; the reported error is one of drawing")
    return 2.0 * len(range(0, task.n_steps, task.sparse)) / task.n_steps * history["train_loss"]
