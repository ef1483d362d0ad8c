"""The published claims. To add one, add a ``Claim`` here and run ``figures/claims.py``."""

from __future__ import annotations

import numpy as np

from claimed.measured import Claim, by, numbers, parts

NONE, READOUT, LOOP, CONTROL = "no feedback", "readout feedback", "cerebellar feedback", "granule readout"
BASIS, FOUR = "cerebellar, temporal basis", "cerebellar, window 3, four times"
BEST = "test error by seed, best validation"
TAUS = [f"tau {tau}" for tau in (0, 1, 3, 5, 8, 10, 15)]
SHARES = (25, 50, 75, 100)
CUES = (15, 30, 45, 60)     # steps with puffs
BENEFITS = (*(f"alpha {alpha}, cortex fixed" for alpha in (0.1, 0.5, 0.9)), "alpha 0.1, its inputs learn",
            *(f"alpha {alpha}, all of it learns" for alpha in (0.1, 0.5, 0.9)),
            *(f"{cue} steps with puffs" for cue in CUES))
TRIALS = (0, 5, 10, 15, 20, 50)     # of sleep
LEARNED = 0.99      # accuracy from which on a network counts as one that knows delayed association


def weight(rows, name: str, periods: str) -> float:
    """Mean weight of some cue periods, such as "periods 1 to 3"."""
    return rows[f"{name}, {periods}"].mean()


def evidence_weights() -> dict[str, np.ndarray]:
    """What a puff weighs in the first, second and last three of nine cue periods."""
    return {f"{name}, periods {first + 1} to {first + 3}":
            np.mean([numbers("evidence", "weight of the evidence by cue period", architecture=name, period=str(period))
                     for period in range(first, first + 3)], 0)
            for name in (LOOP, CONTROL, NONE) for first in (0, 3, 6)}


def drawn(*names: str):
    """Errors of digit drawing at both alphas."""
    return lambda: {f"alpha {alpha}, {name}": numbers("digitdraw", "test error, best validation",
                                                      alpha=f"alpha {alpha}", architecture=name)
                    for alpha in ("0.9", "0.1") for name in names}


def slept(rule: str):
    """Accuracy in the course of sleep, of the networks that had learned; mossy fibres had learned too, or not."""
    def accuracy(how: str, mossy: str, trial: int) -> np.ndarray:
        return numbers("consolidation", f"accuracy, {how}, by trial", mossy_fibres=mossy, rule=rule, trial=str(trial))

    return lambda: {f"mossy fibres {mossy}, {how}, trial {trial}":
                    accuracy(how, mossy, trial)[accuracy("whole", mossy, 0) >= LEARNED]
                    for mossy in ("fixed", "plastic") for how in ("whole", "silenced") for trial in TRIALS}


def moved(rows) -> list[bool]:
    """Silenced from chance to above .9 in 15 trials of sleep, then: whole at least .9 in each of ``TRIALS``.

    Each with fixed, then with plastic mossy fibres.
    """
    kinds = [f"mossy fibres {mossy}" for mossy in ("fixed", "plastic")]
    return [*(rows[f"{kind}, silenced, trial 0"].mean() < 0.6 and rows[f"{kind}, silenced, trial 15"].mean() > 0.9
              for kind in kinds), *(lowest(rows, kind) >= 0.9 for kind in kinds)]


def lowest(rows, kind: str) -> float:
    """The lowest mean accuracy with the cerebellum in any of ``TRIALS``."""
    return min(rows[f"{kind}, whole, trial {trial}"].mean() for trial in TRIALS)


CLAIMS = (
    Claim(
        "C1", "Line drawing needs the loop",
        "With a cortex that does not change and alpha .1, only cerebellar feedback learns line drawing (Fig. 2).",
        "After 30 sessions (1) every network with a cerebellum is below .03, (2) every one without feedback above "
        ".14, (3) the mean error without feedback is more than five times that with the cerebellum, and (4) so is "
        "that with readout feedback. Not knowing the cue gives .159.",
        "linedraw", by("linedraw", BEST, "architecture", (NONE, READOUT, LOOP)),
        lambda rows: parts(rows[LOOP].max() < 0.03, rows[NONE].min() > 0.14,
                            rows[NONE].mean() > 5 * rows[LOOP].mean(), rows[READOUT].mean() > 5 * rows[LOOP].mean()),
        "All settings as released; weights of the lowest validation error, as the authors choose them. The released "
        "script stops after 2 sessions, a demonstration; the number of sessions behind the figure is not published.",
        "Readout feedback learns a little in a few networks. With the last weights instead of the best, 1 of 10 "
        "networks with a cerebellum is above .03."),
    Claim(
        "C2", "A cortex that learns does not close the gap",
        "The benefit of cerebellar feedback is shown for several degrees of cortical plasticity (Fig. 5c and h, "
        "another task; values not published). That it stays when the cortex learns too is our reading of the caption.",
        "After 20 sessions the mean error with the cerebellum is below half of that without feedback, (1) if what "
        "comes into the cortex learns, (2) if all of it learns.",
        "plasticity",
        lambda: {f"{cortex}, {label}": numbers("plasticity", "test error by seed", architecture=label, cortex=cortex)
                 for cortex in ("cortex fixed", "its inputs learn", "all of it learns")
                 for label in (NONE, READOUT, LOOP)},
        lambda rows: parts(*(rows[f"{cortex}, {LOOP}"].mean() < 0.5 * rows[f"{cortex}, {NONE}"].mean()
                              for cortex in ("its inputs learn", "all of it learns"))),
        "Tested on line drawing at its released settings, with the released e-prop and its step size of .001; last "
        "weights. The paper's sweep is on evidence accumulation, for which see C7c.",
        "But with all of the cortex plastic the cerebellum does less well than with a fixed one: it teaches a cortex "
        "that moves."),
    Claim(
        "C3", "A window in time",
        "The cerebellum is taught some steps ahead: tau is 3 in all released configurations. Sweeps of tau were not "
        "published where we could read them.",
        "After 20 sessions the mean error of (1) tau 3, (2) tau 5 and (3) tau 10 is below a quarter of those of tau 0 "
        "and of tau 1, and (4) the best of tau 0, 1, 3, 5, 8, 10 and 15 is neither the smallest nor the largest.",
        "tau", by("tau", "test error by seed, 20 sessions", "tau", TAUS),
        lambda rows: parts(*(4 * rows[tau].mean() < min(rows[early].mean() for early in TAUS[:2])
                             for tau in ("tau 3", "tau 5", "tau 10")),
                           min(rows, key=lambda tau: rows[tau].mean()) in TAUS[1:-1]),
        "Line drawing at its released settings but for tau; 20 sessions, last weights.",
        "The published 3 misses the factor of four beside tau 1 by a little (3.95; beside tau 0 5.4), and it is not "
        "the best here: 5 to 8 is a flat valley. tau counts from the state that was seen; the paper's notation is off "
        "by one from its code."),
    Claim(
        "C4", "Mossy fibres that learn help",
        "In the released configurations mossy fibres learn, although the text speaks of parallel fibres only; in the "
        "stored run of delayed association they are fixed.",
        "After 10 sessions at tau 3 networks with fixed mossy fibres have the higher error, (1) in the mean, (2) "
        "seed by seed (the same cortex, the same first weights) in all ten.",
        "expansion",
        lambda: {"mossy fibres learn": numbers("tau", "test error by seed", tau="tau 3"),
                 "mossy fibres fixed": numbers("expansion", "test error by seed", expansion="expansion 20",
                                               learning_rate="same learning rate")},
        lambda rows: parts(rows["mossy fibres learn"].mean() < rows["mossy fibres fixed"].mean(),
                            (rows["mossy fibres learn"] < rows["mossy fibres fixed"]).all()),
        "Line drawing at its released settings; 10 sessions, last weights. The paper makes no such comparison.",
        "The first row comes from `python figures/tau.py`."),
    Claim(
        "C5", "Switching without relearning",
        "With a cerebellum for each task the first task is there again at once (Fig. 3).",
        "The error of task 1 on return is (1) below 1.5 times that before with distinct cerebella, (2) equal to it, "
        "network by network, if the readout is frozen too, (3) above five times with one cerebellum for both.",
        "switching",
        lambda: {f"{condition}, {moment}": numbers("switching", "test error by moment", condition=condition,
                                                   moment=f"task 1 {moment}")
                 for condition in ("one cerebellum", "distinct cerebella", "distinct, readout frozen")
                 for moment in ("before the switch", "on return")},
        lambda rows: parts(
            rows["distinct cerebella, on return"].mean() < 1.5 * rows["distinct cerebella, before the switch"].mean(),
            np.array_equal(rows["distinct, readout frozen, on return"],
                           rows["distinct, readout frozen, before the switch"]),
            rows["one cerebellum, on return"].mean() > 5 * rows["one cerebellum, before the switch"].mean()),
        "Released settings (alpha .5), 20 + 10 sessions (the script has 50 + 10, the tutorial 5 + 10). One cerebellum "
        "and a frozen readout are controls of ours."),
    Claim(
        "C5b", "Shared fibres cost",
        "The cost of switching grows with the share of parallel fibres in common (Fig. 3b; the curve is not "
        "published).",
        "The error of task 1 on return with all fibres in common is more than twice that with distinct cerebella, (1) "
        "if they are truly shared, (2) if they are copied once at the switch, as in the released code.",
        "switching",
        lambda: {label: numbers("switching", "test error by moment", condition=label, moment="task 1 on return")
                 for label in ("distinct cerebella", *(f"{share}% of parallel fibres {how}"
                                                       for how in ("copied", "true") for share in SHARES))},
        lambda rows: parts(*(rows[f"100% of parallel fibres {how}"].mean() > 2 * rows["distinct cerebella"].mean()
                              for how in ("true", "copied"))),
        "As C5. The released code copies; the paper may mean fibres that stay shared, so both were tried.",
        "Copied fibres learn apart from then on, so nothing of task 1 is touched when it is left."),
    Claim(
        "C6", "Digits are drawn best with a cerebellum",
        "Cerebellar feedback draws digits better than no feedback or readout feedback (Fig. 4).",
        "After 30 sessions the mean error with the cerebellum is below that (1) without feedback and (2) with readout "
        "feedback at alpha .9, and (3, 4) likewise at .1.",
        "digitdraw", drawn(NONE, READOUT, CONTROL, LOOP, BASIS),
        lambda rows: parts(*(rows[f"alpha {alpha}, {LOOP}"].mean() < rows[f"alpha {alpha}, {name}"].mean()
                              for alpha in ("0.9", "0.1") for name in (NONE, READOUT))),
        "Released settings; alpha is .9 in the script and .1 in its configuration, so both; 30 sessions, weights of "
        "the lowest validation error.",
        "The control, no feedback but as many granule cells in its readout, draws better than all of them at alpha .9 "
        "and no better than networks without feedback at .1: where the cortex remembers, no loop is needed."),
    Claim(
        "C6b", "A temporal basis helps",
        "All windows from 0 to tau at once draw digits better than one window (Fig. 4).",
        "As C6: at alpha .9 the mean error with the temporal basis is below that (1) with window 3 alone, (2) with "
        "window 3 four times (as many channels back to the cortex, but one window), and (3, 4) likewise at .1.",
        "digitdraw", drawn(LOOP, FOUR, BASIS),
        lambda rows: parts(*(rows[f"alpha {alpha}, {BASIS}"].mean() < rows[f"alpha {alpha}, {name}"].mean()
                              for alpha in ("0.9", "0.1") for name in (LOOP, FOUR))),
        "As C6. Window 3 four times is a control of ours: without it, more windows also means more channels.",
        "The basis is better than one window, and the control gains about as much: what helps is the number of "
        "channels from the cerebellum to the cortex. More windows add nothing that we could measure."),
    Claim(
        "C7", "Counting evidence needs the loop",
        "With a fixed cortex and alpha .1 only cerebellar feedback learns evidence accumulation (Fig. 5).",
        "After 50 sessions the mean accuracy is (1) above .70 with the cerebellum, (2) below .60 without feedback, "
        "(3) below .60 with readout feedback.",
        "evidence", by("evidence", "test accuracy", "architecture", (NONE, READOUT, CONTROL, LOOP)),
        lambda rows: parts(rows[LOOP].mean() > 0.7, rows[NONE].mean() < 0.6, rows[READOUT].mean() < 0.6),
        "Released settings and number of sessions; weights of the lowest validation error. The granule readout is a "
        "control of ours.",
        'Always answering one side is right on .445 of the trials, a perfect counter that never says "draw" on .89.'),
    Claim(
        "C7b", "Silence late costs most",
        "Silencing a part of the cue period hurts, and the later the more (Fig. 5f; windows and values not published).",
        "(1) Silent throughout, the mean accuracy is within .05 of always answering one side. (2) Silence in the "
        "first third of the cue costs less than in the second, (3) and that less than in the last.",
        "evidence",
        by("evidence", "test accuracy with the cerebellum silenced", "silence",
           ("heard throughout", "silent throughout", "silent in the first third", "silent in the second third",
            "silent in the last third", "silent in the delay"), architecture=LOOP),
        lambda rows: parts(abs(rows["silent throughout"].mean() - 0.445) < 0.05,
                            rows["silent in the first third"].mean() > rows["silent in the second third"].mean(),
                            rows["silent in the second third"].mean() > rows["silent in the last third"].mean()),
        "The networks of C7. Thirds are our choice. The comparison with mice (Deverett et al. 2019) is not made here."),
    Claim(
        "C7c", "The benefit for counting stays in a plastic cortex",
        "The benefit for evidence accumulation is shown over alpha and over the degree of cortical plasticity (Fig. "
        "5c and h). We could not read these curves; that it stays a benefit is our reading of the caption.",
        "With e-prop in all of the cortex, alpha .1: the mean accuracy with the cerebellum is above that without "
        "feedback.",
        "evidence",
        by("evidence", "test accuracy", "architecture",
           (NONE, LOOP, f"{NONE}, plastic cortex", f"{LOOP}, plastic cortex")),
        lambda rows: parts(rows[f"{LOOP}, plastic cortex"].mean() > rows[f"{NONE}, plastic cortex"].mean()),
        "As C7, with the released e-prop at .001, full plasticity only. Other step sizes were not tried; for other "
        "alphas and a cortex of which only the inputs learn see C7e.",
        "A plastic cortex without feedback counts well; with the cerebellum plasticity does harm, probably because "
        "what the cerebellum has learned no longer fits a cortex that moves."),
    Claim(
        "C7d", "All of the evidence counts",
        "Regression weights of the cue periods show how much early and late evidence counts (Fig. 5e; method and "
        "values not published).",
        "What a puff adds to the belief: (1) with the cerebellum it weighs in the first three of nine periods at "
        "least half of what it does in the last three; (2) without feedback, less than half.",
        "evidence", evidence_weights,
        lambda rows: parts(*(condition(weight(rows, name, "periods 1 to 3"), weight(rows, name, "periods 7 to 9"))
                              for name, condition in ((LOOP, lambda early, late: early >= 0.5 * late > 0),
                                                      (NONE, lambda early, late: early < 0.5 * late)))),
        "The networks of C7. Our regression: least squares of the belief in \"right\" on the difference of puffs in "
        "nine periods."),
    Claim(
        "C7e", "Where the loop helps to count",
        "The benefit of cerebellar feedback (accuracy with it minus without any) is shown over alpha, over the length "
        "of the cue period and over the degree of cortical plasticity (Fig. 5c, g and h). We could not read these "
        "curves; the directions below are our reading of their captions.",
        "The mean benefit is (1) above .05 with 15, 30, 45 and 60 steps of puffs, (2) above .05 where what comes into "
        "the cortex learns, (3) smaller at alpha .5 than at .1, and smaller again at .9.",
        "benefit", by("benefit", "benefit", "condition", BENEFITS),
        lambda rows: parts(all(rows[f"{cue} steps with puffs"].mean() > 0.05 for cue in CUES),
                            rows["alpha 0.1, its inputs learn"].mean() > 0.05,
                            rows["alpha 0.1, cortex fixed"].mean() > rows["alpha 0.5, cortex fixed"].mean()
                            > rows["alpha 0.9, cortex fixed"].mean()),
        "15 sessions instead of the 50 of C7, by which not all networks that will count do; weights of the lowest "
        "validation error. Alpha .1 and a fixed cortex if nothing else is said.",
        "The loop keeps what the cortex forgets: at alpha .5 networks without feedback count nearly as well, at .9 "
        "there is no benefit. In a cortex all of which learns there is none at any of the three (see also C7c)."),
    Claim(
        "C8", "Holding a cue needs the loop",
        "Only cerebellar feedback learns delayed association (Fig. 6).",
        "After 30 sessions the mean accuracy is (1) above .95 with the cerebellum, below .60 (2) without feedback, (3) "
        "with readout feedback and (4) in the control.",
        "association",
        by("association", "test accuracy, best validation", "architecture",
           (NONE, READOUT, CONTROL, LOOP, "cerebellar, mossy fibres fixed")),
        lambda rows: parts(rows[LOOP].mean() > 0.95, *(rows[name].mean() < 0.6 for name in (NONE, READOUT, CONTROL))),
        "Released settings; 30 sessions (the script has 20), weights of the lowest validation error as in the paper's "
        "code, since learning is not steady. The script's seed was chosen as a fast one; ours are 0 to 9.",
        "Readout feedback learns it in a few networks, which brings its mean above .60."),
    Claim(
        "C8b", "Silenced, it is forgotten",
        "Complete silence brings delayed association down to guessing (Fig. 6).",
        "Silent from step 0 on, the mean accuracy is within .05 of .5.",
        "association",
        by("association", "test accuracy by first silent step", "step", [f"step {t}" for t in (0, 4, 8, 10, 12, 14)],
           architecture=LOOP),
        lambda rows: parts(abs(rows["step 0"].mean() - 0.5) < 0.05),
        "The networks of C8, weights of the lowest validation error. The released script silences from step 0 and "
        "from step 10."),
    Claim(
        "C9", "Consolidation by least squares",
        "In sleep the cortex takes over: with the cerebellum silenced, accuracy rises from chance to 1 while it stays "
        "as it was with it (Fig. 8; the authors' stored network, which we ran, is there after 10 trials).",
        "Silenced, the mean accuracy rises from below .6 before sleep to above .9 within 15 trials with (1) fixed and "
        "(2) plastic mossy fibres, while whole it stays at .9 or more with (3) fixed and (4) plastic ones, and even at "
        "1.00 (as rounded) with (5) fixed and (6) plastic ones; each in all trials that the table has.",
        "consolidation", slept("least squares"),
        lambda rows: parts(*moved(rows), *(lowest(rows, f"mossy fibres {mossy}") >= 0.995
                                           for mossy in ("fixed", "plastic"))),
        "Released rule, decay .1, 50 trials of 10 stimuli. Of our ten networks of C8 with plastic mossy fibres, and of "
        "ten with fixed ones as in the authors' stored network (30 sessions, theirs 250), those that answered at least "
        ".99 before sleep.",
        "With fixed mossy fibres it is as published. With plastic ones it takes longer, .73 after 15 trials and above "
        ".9 after 20, since some networks first fall far below chance (one is at .21 after 10 trials): they take one "
        "cue for the other. Whole, one of these eight networks falls to .89, the others stay at 1.00."),
    Claim(
        "C9b", "Consolidation by the local rule",
        "A local rule moves nearly as much (Fig. 8; the authors' stored network ends at .94 whole and .946 silenced).",
        "As (1) to (4) of C9.",
        "consolidation", slept("local"),
        lambda rows: parts(*moved(rows)),
        "As C9, with the released local rule.",
        "As in their network, whole accuracy falls in sleep: there to .90, here with fixed fibres to .92, with plastic "
        "ones to .74. It depends on the mossy fibres. With fixed ones, as in the authors' stored network, five of six "
        "networks keep at least .97 silenced; with plastic ones, as in the released script, three of eight, and the "
        "others end lower, four of them near guessing or below it."),
    Claim(
        "C10", "Noise and loss",
        "Noise on what the cerebellum says (Fig. S6) and a cortex that lost half of its units (Fig. S15) are controls "
        "in the released code; values not published.",
        "Line drawing, 20 sessions. Half of the units lost before training: the mean error with the cerebellum is "
        "below (1) that without feedback and (2) that with readout feedback. (3) Noise of .1 that was there in "
        "training costs less than twice the error.",
        "damage",
        lambda: {**{f"half lost before training, {name}": numbers(
                        "damage", "test error, half of the units lost before training", architecture=name)
                    for name in (NONE, READOUT, LOOP)},
                 **{f"noise {sd}, learned with it": numbers("damage", "test error by noise", noise=f"noise {sd}",
                                                            learned_with="the noise of the test")
                    for sd in ("0.0", "0.1", "0.5")},
                 **{f"{share} lost after training, {LOOP}": numbers(
                        "damage", "test error by share of units lost in the test", share=share, architecture=LOOP)
                    for share in ("10%", "50%")}},
        lambda rows: parts(*(rows[f"half lost before training, {LOOP}"].mean()
                              < rows[f"half lost before training, {name}"].mean() for name in (NONE, READOUT)),
                            rows["noise 0.1, learned with it"].mean() < 2 * rows["noise 0.0, learned with it"].mean()),
        "Released settings of line drawing, 20 sessions, last weights. The released code loses the first half of the "
        "units; when, relative to training, is not published.",
        "The order stays with half of the units. But noise of .1 is small beside targets of length 1, and costs more "
        "than four times the error; and a tenth of the units lost *after* training is as bad as not knowing the cue."),
)
