"""Panels: sliders beside one picture, for notebooks."""

from ccdyn.panels.digits import DigitPanel
from ccdyn.panels.lab import begin, show
from ccdyn.panels.live import LinePanel
from ccdyn.panels.microscope import MicroscopePanel
from ccdyn.panels.panel import Panel
