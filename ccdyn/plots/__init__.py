"""Pictures: functions that take records, histories and tasks, and return a matplotlib ``Figure``."""

from ccdyn.plots.curves import bars, learning_curves, sweep, sweeps
from ccdyn.plots.digits import digits
from ccdyn.plots.errors import errors_and_lines, standard_errors
from ccdyn.plots.lines import drawn_lines, lines_and_curves
from ccdyn.plots.loop import loop
from ccdyn.plots.overlay import overlay
from ccdyn.plots.words import describe, spread
