"""Tasks: what a network is asked to do. Each makes a ``Batch`` of trials."""

from ccdyn.tasks.association import DelayedAssociation
from ccdyn.tasks.batch import SPLITS, Batch, Task
from ccdyn.tasks.digitdraw import DigitDrawing
from ccdyn.tasks.drawn import OwnDrawing
from ccdyn.tasks.evidence import EvidenceAccumulation
from ccdyn.tasks.graded import GradedLines
from ccdyn.tasks.linedraw import LineDrawing
from ccdyn.tasks.seqdraw import SequentialDrawing
from ccdyn.tasks.seqmnist import SequentialMNIST
from ccdyn.tasks.timing import IntervalTiming

# By name, so that a saved configuration can be turned into its task again.
TASKS = {task.__name__: task for task in
         (LineDrawing, DigitDrawing, OwnDrawing, EvidenceAccumulation, DelayedAssociation,
          IntervalTiming, SequentialMNIST, GradedLines, SequentialDrawing)}

__all__ = ["SPLITS", "TASKS", "Batch", "DelayedAssociation", "DigitDrawing", "EvidenceAccumulation",
           "GradedLines", "IntervalTiming", "LineDrawing", "OwnDrawing", "SequentialDrawing", "SequentialMNIST", "Task"]
