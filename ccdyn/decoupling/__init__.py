"""The other published model: a cerebellum that predicts the cortex's learning feedback (ccDNI)."""

from ccdyn.decoupling.network import MODELS, DecoupledConfig, DecoupledNetwork
from ccdyn.decoupling.probe import activities, correlations, dysmetria, gradient_similarity, true_feedback
from ccdyn.decoupling.published import EXPERIMENTS, Experiment, reported_error
from ccdyn.decoupling.rule import LESIONS, Decoupling, Explained

__all__ = ["EXPERIMENTS", "LESIONS", "MODELS", "DecoupledConfig", "DecoupledNetwork", "Decoupling", "Experiment",
           "Explained", "activities", "correlations", "dysmetria", "gradient_similarity", "reported_error",
           "true_feedback"]
