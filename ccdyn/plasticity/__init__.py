"""Learning rules, one a file, all on the seam of ``rule.py``."""

from ccdyn.plasticity.delta import DeltaRule
from ccdyn.plasticity.eprop import EProp
from ccdyn.plasticity.rule import Rule
from ccdyn.plasticity.timed import TimedPlasticity, basis_pairs, pairs

__all__ = ["DeltaRule", "EProp", "Rule", "TimedPlasticity", "basis_pairs", "pairs"]
