"""Exercises that answer back: ``from ccdyn import exercises as ex``.

``ex.leaky_step.check(my_function)``, ``.hint()`` and ``.solution()``; calling
``ex.leaky_step(...)`` calls our own solution, with which every lab goes on.
"""

from ccdyn.exercises.lab01 import decode, delta_rule, leaky_step, run_cortex, what_alpha_is
from ccdyn.exercises.lab02 import (feedback_step, free_run, readout_gradient, what_comes_back, what_was_tested,
                                   without_loop)
from ccdyn.exercises.lab03 import cerebellum, mossy_update, pair, pf_update, what_tau_is
from ccdyn.exercises.lab04 import cosine, eprop, learning_signal, trace, what_a_cosine_says
from ccdyn.exercises.lab05 import (fair_comparison, silence_factors, silenced_or_never, summarise, sweep, train_loop,
                                   what_learns)
from ccdyn.exercises.lab06 import (count_learned, decoder_by_row, is_it_chance, mask, rows, what_follows,
                                   what_silence_shows)
from ccdyn.exercises.lab07 import change, forgotten, share_fibres, visits, what_cues_show, who_forgot, zero_shot
from ccdyn.exercises.lab08 import basis, slice_targets, two_at_once, walk, what_a_basis_knows, without_slice
from ccdyn.exercises.lab09 import (accuracy_if_silent, belief, does_it_count, label_of, what_was_lost,
                                   weight_of_evidence, when_is_memory_needed)
from ccdyn.exercises.lab10 import (drive, least_squares_change, local_change, sleep_step, what_a_drive_cosine_hides,
                                   what_silence_proves, what_the_table_shows)
from ccdyn.exercises.lab11 import (bootstrap, similarity, synthesiser_update, target_at_start, what_is_locked,
                                   what_tells_them_apart, which_lesion_harms)
from ccdyn.exercises.own_rule import own_rule
from ccdyn.exercises.progress import progress

begin, seeds, answer, keep, page = (progress.begin, progress.seeds, progress.answer, progress.keep, progress.page)
