"""Exercises that answer back: ``from ccdyn import exercises as ex``.

``ex.leaky_step.check(my_function)``, ``.hint()`` and ``.solution()``; calling
``ex.leaky_step(...)`` calls our own solution, with which every lab goes on.
"""

from ccdyn.exercises.lab01 import decode, delta_rule, leaky_step, run_cortex, what_alpha_is
from ccdyn.exercises.progress import progress

begin, seeds, answer, keep, page = (progress.begin, progress.seeds, progress.answer, progress.keep, progress.page)
