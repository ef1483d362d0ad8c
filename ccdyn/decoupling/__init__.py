"""The other published model: a cerebellum that predicts the cortex's learning feedback (ccDNI)."""

from ccdyn.decoupling.network import MODELS, DecoupledConfig, DecoupledNetwork
from ccdyn.decoupling.rule import LESIONS, Decoupling

__all__ = ["LESIONS", "MODELS", "DecoupledConfig", "DecoupledNetwork", "Decoupling"]
