"""What an experimenter does with networks: compare, silence, lesion, switch between contexts, consolidate."""

from ccdyn.experiments.compare import compare, score
from ccdyn.experiments.consolidation import consolidate, drive_cosine
from ccdyn.experiments.lesions import (ORDERS, ablate, lesion, lesion_errors, lesion_order, window_errors,
                                       window_scores, with_noise)
from ccdyn.experiments.switching import Contexts

__all__ = ["ORDERS", "Contexts", "ablate", "compare", "consolidate", "drive_cosine", "lesion", "lesion_errors",
           "lesion_order", "score", "window_errors", "window_scores", "with_noise"]
