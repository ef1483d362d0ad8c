"""Learning rules, one a file, all on the seam of ``rule.py``."""

from ccdyn.plasticity.adaptive import AdaptiveEProp
from ccdyn.plasticity.bptt import BPTT
from ccdyn.plasticity.delta import DeltaRule
from ccdyn.plasticity.eprop import EProp
from ccdyn.plasticity.force import FORCE
from ccdyn.plasticity.perturbation import NodePerturbation
from ccdyn.plasticity.ridge import RidgeRegression
from ccdyn.plasticity.rule import Rule
from ccdyn.plasticity.timed import TimedPlasticity, basis_pairs, pairs

__all__ = ["AdaptiveEProp", "BPTT", "DeltaRule", "EProp", "FORCE", "NodePerturbation", "RidgeRegression", "Rule",
           "TimedPlasticity", "basis_pairs", "pairs"]
