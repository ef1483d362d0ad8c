"""ccdyn: build, train and take apart models of the loop between cortex and cerebellum.

A first look::

    import ccdyn

    task = ccdyn.LineDrawing()
    network = ccdyn.Network.for_task(task, feedback="cerebellar", alpha=0.5, seeds=range(5))
    state = ccdyn.start(network, task, tau=5, lr=3e-3)
    ccdyn.train(state, n_sessions=3)
    print(state.history["validation_loss"])     # (seed, session)
"""

from ccdyn.decoupling import DecoupledConfig, DecoupledNetwork, Decoupling
from ccdyn.dynamics import State, run
from ccdyn.experiments import Contexts, ablate, compare, consolidate, lesion, score, with_noise
from ccdyn.feedback import Silence
from ccdyn.history import History
from ccdyn.microscope import Angles, gradient_angles
from ccdyn.network import ARCHITECTURES, Network, NetworkConfig
from ccdyn.plasticity import (BPTT, FORCE, AdaptiveEProp, DeltaRule, EProp, NodePerturbation, RidgeRegression,
                              TimedPlasticity)
from ccdyn.plasticity.rule import gradients, observe
from ccdyn.presets import PRESETS, preset
from ccdyn.results import Results, load_results
from ccdyn.rng import make_generators
from ccdyn.storage import (load_checkpoint, load_drawing, load_network, load_trained, save_checkpoint,
                           save_drawing, save_network)
from ccdyn.tasks import (DelayedAssociation, DigitDrawing, EvidenceAccumulation, GradedLines, IntervalTiming,
                         LineDrawing, OwnDrawing, SequentialDrawing, SequentialMNIST)
from ccdyn.tasks.batch import Batch
from ccdyn.train_state import TrainConfig, TrainState, restore, snapshot
from ccdyn.training import advance, best_network, change, evaluate, sessions, start, train

__version__ = "0.1.0"

__all__ = [
    "ARCHITECTURES", "AdaptiveEProp", "Angles", "BPTT", "Batch", "Contexts", "DecoupledConfig", "DecoupledNetwork",
    "Decoupling", "DelayedAssociation", "DeltaRule", "DigitDrawing", "EProp", "EvidenceAccumulation", "FORCE",
    "GradedLines", "History", "IntervalTiming", "LineDrawing", "Network", "NetworkConfig", "NodePerturbation",
    "OwnDrawing", "PRESETS", "Results", "RidgeRegression", "SequentialDrawing", "SequentialMNIST", "Silence", "State",
    "TimedPlasticity", "TrainConfig", "TrainState", "ablate", "advance", "best_network", "change", "compare",
    "consolidate", "evaluate", "gradient_angles", "gradients", "lesion", "load_checkpoint", "load_drawing",
    "load_network", "load_results", "load_trained", "make_generators", "observe", "preset", "restore", "run",
    "save_checkpoint", "save_drawing", "save_network", "score", "sessions", "snapshot", "start", "train",
    "with_noise",
]
