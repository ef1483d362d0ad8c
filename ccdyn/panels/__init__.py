"""Panels: sliders beside one picture, for notebooks."""

from ccdyn.panels.basis import BasisPanel
from ccdyn.panels.decoupling import DecouplingPanel
from ccdyn.panels.digits import DigitPanel
from ccdyn.panels.dissect import DissectPanel
from ccdyn.panels.draw import DrawPanel
from ccdyn.panels.expansion import ExpansionPanel
from ccdyn.panels.lab import begin, show
from ccdyn.panels.live import LinePanel
from ccdyn.panels.memory import MemoryPanel
from ccdyn.panels.microscope import MicroscopePanel
from ccdyn.panels.panel import Panel
from ccdyn.panels.phase import PhasePanel
from ccdyn.panels.predict import PredictPanel
from ccdyn.panels.rhythm import RhythmPanel
from ccdyn.panels.silence import SilencePanel
from ccdyn.panels.switch import SwitchPanel
from ccdyn.panels.sleep import SleepPanel
from ccdyn.panels.unit import UnitPanel
from ccdyn.panels.window import WindowPanel
