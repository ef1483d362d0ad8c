"""The published experiments by name: task, network and training, as they were run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ccdyn.network import Network
from ccdyn.tasks import DelayedAssociation, DigitDrawing, EvidenceAccumulation, LineDrawing, Task
from ccdyn.train_state import TrainState
from ccdyn.training import start


@dataclass(frozen=True)
class Preset:
    """Settings of one published experiment; ``start`` makes a training state from them.

    Attributes:
        task: where the trials come from.
        n_sessions: how long the released script trains.
        network: settings of the network that differ from ``NetworkConfig``'s defaults.
        training: settings of the training that differ from ``TrainConfig``'s.
        note: where the settings come from, and what is not known.
    """

    task: Task
    n_sessions: int
    network: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""

    def start(self, feedback: str = "cerebellar", seeds: int | tuple[int, ...] = 0, **training) -> TrainState:
        """A fresh network with this ``feedback``, ready for ``train(state, preset.n_sessions)``.

        ``training`` overrides settings of ``TrainConfig``. A temporal basis is
        a matter of the cerebellum and left out for other feedback.
        """
        settings = {**self.network, "feedback": feedback, "seeds": seeds}
        if feedback != "cerebellar":
            settings.pop("n_slices", None)
        return start(Network.for_task(self.task, **settings), self.task, **{**self.training, **training})


PRESETS: dict[str, Preset] = {
    "line drawing": Preset(
        LineDrawing(), n_sessions=30,
        note="Fig. 2: fixed cortex, alpha .1, tau 3, 1000 granule cells, mossy fibres plastic. "
             "The released script is a demonstration of 2 sessions; 30 show the published effect."),
    "digit drawing": Preset(
        DigitDrawing(), n_sessions=30, network={"alpha": 0.9, "n_slices": 4},
        note="Fig. 4: temporal basis of windows 0 to 3; alpha .9 in the released script, .1 in its configuration."),
    "evidence accumulation": Preset(
        EvidenceAccumulation(), n_sessions=50, training={"batches_per_session": 80},
        note="Fig. 5: label at the last of 50 steps; 800 trials a session."),
    "delayed association": Preset(
        DelayedAssociation(), n_sessions=20, training={"plasticity": "input", "lr_cortex": 2.5e-3},
        note="Fig. 6: stimulus and feedback weights learn; taught on the last five steps, scored on the last. "
             "Unstable after convergence: use best_network, as the authors do."),
    "task switching": Preset(
        LineDrawing(), n_sessions=50, network={"alpha": 0.5}, training={"final_learning": True},
        note="Fig. 3: the first task; the second has LineDrawing(arc=1) and a cerebellum of its own."),
}


def preset(name: str) -> Preset:
    """The published settings of one experiment.

    Raises:
        ValueError: unknown name; the sentence lists those there are.

    Source: Pemberton, Chadderton & Costa (2024) and released configurations.

    >>> preset("delayed association").training["lr_cortex"]
    0.0025
    """
    if name not in PRESETS:
        raise ValueError(f"unknown preset {name!r}; use one of {', '.join(map(repr, PRESETS))}")
    return PRESETS[name]
