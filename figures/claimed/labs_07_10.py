"""What labs 07 to 10 quote of ten networks. They were not planned with numbers."""

from __future__ import annotations

import numpy as np

from claimed.measured import Number, Statement, numbers
from claimed.published import LEARNED
from claimed.reading import GRANULE, LOOP, NONE, READOUT, of

ONE, EACH, FROZEN = "one cerebellum", "a cerebellum each", "each, readout frozen"
DISTINCT = "distinct cerebella"
LOST = 0.0495       # a perfect arc beside a perfect straight line
BASIS, FOUR = "windows 0 to 3", "window 3, 4 times"
TWENTY, SINGLE, SLOWER = "twenty networks", "8 sessions, alpha 0.5", "lr .001, 15 sessions, alpha 0.5"
BEST = "test error, best validation"


def at(condition: str, moment: str, text: str, says=None) -> Number:
    """Errors of line drawing around a switch, published settings."""
    return Number(f"{condition}, {moment}", of("switching", "test error by moment", condition=condition,
                                               moment=moment), None, text, says)


def lines(condition: str, moment: str, text: str = "", says=None) -> Number:
    """Errors of straight lines at the settings of lab 07."""
    return Number(f"{condition}, {moment}", of("lab07", "test error, straight lines", condition=condition,
                                               moment=moment), None, text, says)


def arcs(moment: str, text: str, says=None) -> Number:
    """How far one cerebellum for both draws from the arcs of the same cues."""
    return Number(f"its error to arcs, {moment}", of("lab07", "error to the arcs of the same cues", condition=ONE,
                                                     moment=moment), None, text, says)


def forgotten(condition: str):
    """The share of straight lines that is forgotten, as lab 07 defines it."""
    def find() -> np.ndarray:
        before, back = (numbers("lab07", "test error, straight lines", condition=condition, moment=moment)
                        for moment in ("before", "on return"))
        return (back - before) / (LOST - before)
    return find


def grown(condition: str, coordinate: str, text: str, says=None) -> Number:
    return Number(f"{condition}, {coordinate}", of("lab07", "growth of the error", condition=condition,
                                                   coordinate=coordinate), None, text, says)


def windows(condition: str, name: str, text: str, says=None) -> Number:
    """Errors of digit drawing at the settings of lab 08."""
    return Number(f"{condition}: {name}", of("lab08", "test error", condition=condition, windows=name), None, text,
                  says)


def better(name: str):
    """Which of the twenty networks are better than those with window 3: 1, else 0."""
    return lambda: (numbers("lab08", "test error", condition=TWENTY, windows=name)
                    < numbers("lab08", "test error", condition=TWENTY, windows="window 3")).astype(float)


def drawn(alpha: str, name: str, text: str) -> Number:
    """Errors of digit drawing, published settings."""
    return Number(f"alpha {alpha}, {name}", of("digitdraw", BEST, alpha=f"alpha {alpha}", architecture=name), None,
                  text)


def counted(name: str, text: str, says=None) -> Number:
    return Number(name, of("evidence", "test accuracy", architecture=name), None, text, says)


def held(name: str, text: str, says=None) -> Number:
    return Number(name, of("association", "test accuracy, best validation", architecture=name), None, text, says)


def silenced(where: str, text: str) -> Number:
    return Number(where, of("evidence", "test accuracy with the cerebellum silenced", architecture=LOOP,
                            silence=where), None, text)


def slept(measure: str, mossy: str, rule: str, trial: int = 50):
    """After so many trials of sleep, of the networks that had learned before."""
    def find() -> np.ndarray:
        knew, found = (numbers("consolidation", f"{what}, by trial", mossy_fibres=mossy, rule=rule, trial=str(when))
                       for what, when in (("accuracy, whole", 0), (measure, trial)))
        return found[knew >= LEARNED]
    return find


def night(measure: str, mossy: str, rule: str, text: str, says=None, trial: int = 50) -> Number:
    return Number(f"{rule}, {mossy}, trial {trial}", slept(measure, mossy, rule, trial), None, text, says)


def keep(mossy: str):
    """Which networks answer at least .97 silenced after the local rule: 1, else 0."""
    return lambda: (slept("accuracy, silenced", mossy, "local")() >= 0.97).astype(float)


def fallen() -> np.ndarray:
    """Accuracy of the others, mossy fibres plastic."""
    accuracy = slept("accuracy, silenced", "plastic", "local")()
    return accuracy[accuracy < 0.97]


SILENT = "accuracy, silenced"
STATEMENTS = (
    Statement("07", "Straight lines on return, published settings", "switching", (
        at(DISTINCT, "task 1 before the switch", "0.0036 (0.0020 to 0.0054)"),
        at(DISTINCT, "task 1 on return", "0.0046 (0.0027 to 0.0077)"),
        at("distinct, readout frozen", "task 1 on return", "0.0036 (0.0020 to 0.0054), in each"),
        at(ONE, "task 1 on return", "0.0527 (0.0505 to 0.0564)"),
        *(at(f"{share}% of parallel fibres true", "task 1 on return", text) for share, text in (
            (25, "0.0076 (0.0043 to 0.0145)"), (50, "0.0128 (0.0052 to 0.0211)"), (75, "0.0192 (0.0088 to 0.0296)"),
            (100, "0.0297 (0.0106 to 0.0891)"))),
        *(at(f"{share}% of parallel fibres copied", "task 1 on return", text) for share, text in (
            (25, "0.0046, 0.0046, 0.0045 and 0.0046"), (50, "0.0046, 0.0045 and 0.0046"), (75, "0.0045 and 0.0046"),
            (100, "0.0046 at 25, 50, 75 and 100 %"))),
        Number("what the plastic readout costs", lambda: (
            numbers("switching", "test error by moment", condition=DISTINCT, moment="task 1 on return")
            - numbers("switching", "test error by moment", condition=DISTINCT, moment="task 1 before the switch")),
            None, "a cost of about 0.001", .001))),
    Statement("07", "Arcs, published settings", "switching", (
        at(ONE, "task 2 before training", "0.052 (0.049 to 0.057)"),
        at(DISTINCT, "task 2 before training", "0.211 (0.201 to 0.221)"),
        at(ONE, "task 2 after training", "0.0040 (0.0029 to 0.0054)"),
        at(DISTINCT, "task 2 after training", "0.0076 (0.0054 to 0.0119)"),
        at("distinct, readout frozen", "task 2 after training", "0.0091 instead of"),
        at(DISTINCT, "task 2 after training", "0.0076, with overlapping ranges"))),
    Statement("07", "Back in the straight lines, at the lab's settings", "lab07", (
        lines(ONE, "on return", "It goes to 0.05 or 0.06", (.05, .06)), arcs("on return", "0.012 (0.007 to 0.016)"),
        lines(EACH, "before", "from 0.0096 to 0.0124"), lines(EACH, "on return", "0.0124)"),
        lines(FROZEN, "on return")),
        "The lab's five networks are the first five of these ten."),
    Statement("07", "The share that is forgotten", "lab07", (
        Number(ONE, forgotten(ONE), None, "1.06 (0.88 to 1.25)"),
        Number(EACH, forgotten(EACH), None, "0.07 is forgotten (0.04 to 0.18)"),
        Number(FROZEN, forgotten(FROZEN), None, "0 to the last digit"))),
    Statement("07", "Old weights put back, one cerebellum for both", "lab07", (
        lines(ONE, "old cerebellum back", "(0.011, five networks"), lines(ONE, "before", "0.010 when they were left"),
        lines(ONE, "on return", "0.052 on return"),
        lines(ONE, "old readout back", "the error to straight lines is 0.043"),
        arcs("old readout back", "that to arcs 0.014"), arcs("on return", "(0.012 on return)"),
        Number("how far W_rdt moved", of("lab07", "how far weights moved", condition=ONE, weight="W_rdt"), None,
               "by a quarter of its length", .25))),
    Statement("07", "Parallel fibres truly in common", "lab07", (
        lines(EACH, "on return", "0.012, 0.018 and 0.046"), lines("50% in common", "on return", "0.018 and 0.046"),
        lines("100% in common", "on return", "0.046 (means of five networks"),
        lines(EACH, "on return", "of ten 0.012, 0.029 and 0.055", .012),
        lines("50% in common", "on return", "0.029 and 0.055"), lines("100% in common", "on return", "0.055)"),
        lines("100% in common", "on return", "one is at 0.03, another at 0.09", (.03, .09)),
        *(Number(f"{name}, arcs learned", of("lab07", "test error, arcs learned", condition=name), None, text)
          for name, text in ((EACH, "0.027, 0.023 and 0.022"), ("50% in common", "0.023 and 0.022"),
                             ("100% in common", "0.022 (means)"))))),
    Statement("07", "Growth of the error by coordinate", "lab07", (
        grown("50% in common", "x", "0.0145 (0.0068 to 0.0209)"), grown(EACH, "x", "0.0033 (0.0015 to 0.0070)"),
        grown("50% in common", "y", "0.002 in both"), grown(EACH, "y", "0.002 in both"))),
    Statement("07", "Arcs with cues of their own", "lab07", (
        lines(f"own cues, {ONE}", "on return", "0.29 (0.23 to 0.37, five networks)"),
        lines(f"own cues, {EACH}", "on return", "nearly as good as before (0.013)", .013),
        Number("what is drawn beside the nearest arc", of("lab07", "error to the nearest arc",
                                                          condition=f"own cues, {ONE}"), None,
               "is 0.04, in the five networks 0.035 to 0.054"),
        *(Number(f"{name}, arcs learned", of("lab07", "test error, arcs learned", condition=f"own cues, {name}"), None,
                 text) for name, text in ((ONE, "0.030 and 0.031"), (EACH, "0.031 in the table"))))),

    Statement("08", "Four sessions, and eight, over alpha", "lab08", (
        windows("4 sessions, alpha 0.5", "window 3", "0.025 (0.021 to 0.032)"),
        windows("4 sessions, alpha 0.5", BASIS, "0.038 (0.030 to 0.055)"),
        windows("4 sessions, alpha 0.9", "window 3", "(0.038 and 0.041)"),
        windows("4 sessions, alpha 0.9", BASIS, "0.041)"),
        windows("4 sessions, alpha 0.1", BASIS, "(0.062 against 0.068)"),
        windows("4 sessions, alpha 0.1", "window 3", "0.068)"),
        windows("8 sessions, alpha 0.1", BASIS, "(0.055 against 0.051)"),
        windows("8 sessions, alpha 0.1", "window 3", "0.051)"),
        windows("8 sessions, alpha 0.1", "window 3", "about 0.05 and 0.03", .05),
        windows("8 sessions, alpha 0.9", "window 3", "0.05 and 0.03", .03)),
        "The lab's five networks are the first five of these ten."),
    Statement("08", "Windows or channels, alpha .5", "lab08", (
        windows(TWENTY, "window 3", "0.020 (0.016 to 0.025)"), windows(TWENTY, FOUR, "0.020 (0.013 to 0.032)"),
        windows(TWENTY, BASIS, "0.032 (0.021 to 0.048)"), windows(TWENTY, "windows 1 to 4", "0.029 (0.018 to 0.054"),
        windows(TWENTY, "window 3, W_ch times 2", "0.019 (0.013 to 0.030, twenty networks)"),
        windows(TWENTY, "window 3", "where window 3 alone gives 0.020", .020),
        windows("5 sessions, alpha 0.5", FOUR, "(0.030 and 0.034 in the first)"),
        windows("5 sessions, alpha 0.5", BASIS, "0.034 in the first"),
        windows(SLOWER, "window 3", "window 3 gives 0.017", .017),
        windows(SLOWER, BASIS, "windows 0 to 3 0.022", .022))),
    Statement("08", "Better than window 3, of twenty", "lab08", (
        Number(FOUR, better(FOUR), None, "in 11 of the 20", 11 / 20),
        Number(BASIS, better(BASIS), None, "basis in none", 0.))),
    Statement("08", "Single windows, alpha .5", "lab08", tuple(
        windows(SINGLE, f"window {window}", text, says) for window, text, says in (
            (0, "0.033 | 0.024 | 0.020 | 0.020 | 0.022 | 0.023", .033), (1, "0.024 | 0.020", .024),
            (2, "0.020 | 0.020", .020), (3, "0.020 | 0.022", .020), (4, "0.022 | 0.023", .022), (5, "0.023 |", .023),
            (0, "0.024 to 0.044", (.024, .044)), (1, "0.014 to 0.031", (.014, .031)),
            (2, "0.015 to 0.026", (.015, .026)), (3, "0.016 to 0.024", (.016, .024)),
            (4, "0.018 to 0.027", (.018, .027)), (5, "0.019 to 0.028", (.019, .028))))),
    Statement("08", "Without the cue: the mean digit, alpha .1, no feedback", "lab08", (
        Number("distance of the best readout", of("lab08", "distance to the mean digit, no feedback, alpha 0.1"), None,
               "0.007 (0.006 to 0.008, ten networks)"),)),
    Statement("08", "Digit drawing, published settings, best validation", "digitdraw", tuple(
        drawn(alpha, name, text) for alpha, rows in (
            ("0.9", ((NONE, "0.041 (0.033 to 0.048)"), (READOUT, "0.041 (0.032 to 0.046)"),
                     (LOOP, "0.024 (0.020 to 0.028)"), ("cerebellar, temporal basis", "0.019 (0.012 to 0.025)"),
                     ("cerebellar, window 3, four times", "0.019 (0.012 to 0.028)"),
                     (GRANULE, "**0.008** (0.006 to 0.009)"))),
            ("0.1", ((NONE, "0.094 (0.090 to 0.097)"), (READOUT, "0.088 (0.086 to 0.090)"),
                     (LOOP, "0.031 (0.025 to 0.041)"), ("cerebellar, temporal basis", "0.029 (0.025 to 0.035)"),
                     ("cerebellar, window 3, four times", "0.026 (0.020 to 0.040)"),
                     (GRANULE, "0.084 (0.079 to 0.091)"))))
        for name, text in rows)),

    Statement("09", "Counting", "evidence", (
        counted(NONE, "0.51 (0.45 to 0.54)"), counted(READOUT, "0.49 (0.46 to 0.55)"),
        counted(LOOP, "0.79 (0.74 to 0.83)"), counted(GRANULE, "0.54 (0.47 to 0.57)"),
        counted(f"{NONE}, plastic cortex", "0.71 (0.60 to 0.82)"),
        counted(f"{LOOP}, plastic cortex", "0.55 (0.44 to 0.69)"))),
    Statement("09", "Counting, silenced", "evidence", (
        silenced("silent in the first third", "0.73 (0.65 to 0.77)"),
        silenced("silent in the second third", "0.65 (0.53 to 0.70)"),
        silenced("silent in the last third", "0.52 (0.43 to 0.56)"),
        silenced("silent in the delay", "0.47 (0.39 to 0.74)"))),
    Statement("09", "Holding", "association", (
        held(NONE, "0.51 (0.48 to 0.54)"), held(READOUT, "0.66 (0.50 to 1.00)"), held(LOOP, "0.96 (0.65 to 1.00)"),
        held(GRANULE, "0.51 (0.47 to 0.55)"))),

    Statement("10", "Silenced after sleep, of the networks that had learned", "consolidation", (
        night(SILENT, "plastic", "least squares", "0.987 (0.898 to 1.000)"),
        night(SILENT, "plastic", "local", "0.731 (0.246 to 1.000)"),
        night(SILENT, "fixed", "least squares", "1.000 (1.000 to 1.000)"),
        night(SILENT, "fixed", "local", "0.914 (0.532 to 1.000)"),
        night(SILENT, "plastic", "least squares", "after 10 trials 0.60", .60, 10),
        night(SILENT, "plastic", "least squares", "after 20 0.91", .91, 20),
        night(SILENT, "fixed", "least squares", "0.88 and 1.00", .88, 10),
        night(SILENT, "fixed", "least squares", "with fixed ones 0.88 and 1.00", 1., 20),
        Number("local, plastic, those below .97", fallen, None, ".87, .66, .54, .54 and .25", (.25, .87)))),
    Statement("10", "Who keeps .97 by the local rule", "consolidation", (
        Number("fixed", keep("fixed"), None, "five of six networks keep .97", 5 / 6),
        Number("plastic", keep("plastic"), None, "three of eight do", 3 / 8))),
    Statement("10", "Cosine of the drives after sleep", "consolidation", tuple(
        night("cosine of the drives", mossy, rule, text) for mossy, rule, text in (
            ("plastic", "least squares", "0.996 (0.985 to 0.999)"), ("plastic", "local", "0.960 (0.905 to 0.975)"),
            ("fixed", "least squares", "0.998 (0.997 to 0.999)"), ("fixed", "local", "0.970 (0.960 to 0.978)")))),
    Statement("10", "Length of W_hh after sleep", "consolidation", (
        night("length of W_hh", "plastic", "least squares", "(4.1 before)", 4.1, 0),
        *(night("length of W_hh", mossy, rule, text) for mossy, rule, text in (
            ("plastic", "least squares", "26.9 (17.0 to 41.4)"), ("plastic", "local", "4.3 (4.2 to 4.4)"),
            ("fixed", "least squares", "24.7 (20.6 to 35.1)"), ("fixed", "local", "4.3 (4.2 to 4.4)"))))),
)
