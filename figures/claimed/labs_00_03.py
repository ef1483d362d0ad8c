"""What labs 00 to 03 quote, and what was planned for them."""

from __future__ import annotations

from claimed.measured import Number, Statement
from claimed.reading import LOOP, NONE, READOUT, alone, decoded, last_above, line, of, panel, states

TAU = {0: (.123, ".134"), 1: (.109, ".107"), 3: (.047, ".042"), 5: (.014, ".010 (.007 to .014)"),
       8: (.016, ".013 (.010 to .018)"), 15: (.049, ".041")}

STATEMENTS = (
    Statement("00", "Three sessions of the panel's networks (alpha .5, tau 5)", "course", tuple(
        Number(f"validation error after session {i + 1}",
               of("course", "validation error of the panel", session=str(i)), planned)
        for i, planned in enumerate((.034, .015, .011)))),
    Statement("00", "What the panel's sliders do, after three sessions", "lab00", (
        panel("as in the panel", "as in the panel", .009, "0.014"),
        panel("silenced from step 10", "silenced from step 10", .087, "0.084"),
        panel("silenced from step 0", "silenced from step 0", None, "0.167"),
        panel("no feedback", "as in the panel", .122, "0.120", NONE),
        panel("tau 0", "tau 0", .032),
        panel("tau 1", "tau 1", None, "0.034 with tau 1"), panel("tau 8", "tau 8", None, "0.012 with 8"),
        panel("tau 15", "tau 15", None, "0.024 with 15"),
        panel("alpha .1", "alpha 0.1", None, "0.061"), panel("alpha .1, no feedback", "alpha 0.1", None, "0.158", NONE),
        panel("alpha .9", "alpha 0.9", None, "0.015 against"),
        panel("alpha .9, no feedback", "alpha 0.9", None, "0.032 at 0.9", NONE),
        panel("expansion 1", "expansion 1", None, "0.018 with expansion 1"),
        panel("expansion 40", "expansion 40", None, "0.015 with 40"))),
    Statement("00", "The published settings take too long for two minutes", "tau", (
        Number("alpha .1, tau 3, 10 sessions", of("tau", "test error by seed", tau="tau 3"), .047),)),

    Statement("01", "Until when a cue can be decoded (chance .167)", "course", (
        decoded("alpha 0.1", 5, .98), decoded("alpha 0.1", 8, .48, "half of it is gone at step 8", .5),
        decoded("alpha 0.1", 14, .167), decoded("alpha 0.5", 19, .87),
        decoded("radius 1.6", 19, None, "0.94"))),
    Statement("01", "Step at which the cue is last decoded with more than .58", "course", (
        Number("alpha .1, W_hh as drawn", last_above(0.58, "alpha 0.1")),
        Number("alpha .1, radius .65, input gain 5", last_above(0.58, "input gain 5"))),
        "The text: with gain 5 \"the cue is lost one or two steps earlier\"."),
    Statement("01", "Spectral radius of alpha I + W_hh", "course", (
        *(Number(f"alpha {alpha}", of("course", "spectral radius of alpha I + W_hh", cortex=f"alpha {alpha}"), planned,
                 *text)
          for alpha, planned, *text in ((0.1, .69, "0.7 is left"), (0.5, 1.08), (0.9, 1.48))),
        Number("radius of W_hh set to 1, alpha 0.1", of("course", "spectral radius of alpha I + W_hh",
                                                        cortex="radius 1.0"),
               None, "0.95 to 1.10", (0.95, 1.10)))),
    Statement("01", "Mean rate at the end of the trial", "course", tuple(
        Number(f"alpha {alpha}", of("course", "mean rate at the end", cortex=f"alpha {alpha}"), planned)
        for alpha, planned in ((0.1, .03), (0.5, .21), (0.9, .84)))),
    Statement("01", "A readout alone, as published", "linedraw", (
        Number("alpha .1, 30 sessions", of("linedraw", "test error by seed, last weights", architecture=NONE), None,
               "0.158 (0.156 to 0.159)"),)),

    Statement("02", "A rhythm alone: error in 400 steps (silence has .5)", "course", (
        alone("gain 1.2, FORCE", "gain 1.2, FORCE", (.000, .066), "errors from .00 to .09", (.00, .09)),
        alone("gain 0.6, FORCE", "gain .6, FORCE", .500),
        alone("gain 1.2, delta rule every 40", "gain 1.2, delta rule once a period", .5),
        alone("gain 1.2, delta rule every 2", "every 2 steps"),
        *(alone(f"gain 1.2, delta rule every {k}", f"every {k} steps", None, ".50 to .53", (.50, .53))
          for k in (5, 10))),
        "Without feedback and without input this cortex stays at rest, so its readout is a constant and has .5 at "
        "best."),
    Statement("02", "Share of the networks that go on", "course", (
        alone("gain 1.2, FORCE", "FORCE, error below .1", None, "in eight with FORCE", .8, .1),
        alone("gain 1.2, delta rule every 1", "delta rule at every step, below .1", None, "below .1 in six of them",
              .6, .1),
        alone("gain 1.2, delta rule every 1", "the same, below .25", None,
              "four of five networks have an error below .25",
              .8, .25),
        alone("gain 1.2, delta rule every 2", "every 2 steps, below .25", None, "at $k = 2$ one of the five still does",
              .2, .25),
        alone("gain 1.5, FORCE", "gain 1.5, FORCE, below .1", None, "with ten networks three at 1.5", .3, .1),
        alone("gain 1.8, FORCE", "gain 1.8, FORCE, below .1", None, "one at 1.8", .1, .1),
        alone("gain 0.6, FORCE", "gain .6, FORCE, below .25", None, "nobody goes on", 0., .25),
        alone("gain 1.2, delta rule every 5", "every 5 steps, below .25", None, "one at 5, none", .1, .25))),
    Statement("02", "The same networks, fed with the target", "course", (
        Number("gain .6, FORCE", of("course", "rhythm, error fed with the target", what="gain 0.6, FORCE"), None,
               "0.1 to 0.2", (.1, .2)),)),
    Statement("02", "Hearing oneself draw, 20 sessions", "damage", tuple(
        Number(name, of("damage", "test error by share of units lost in the test", share="0%", architecture=name),
               planned)
        for name, planned in ((READOUT, .150), (NONE, .158)))),
    Statement("02", "Hearing oneself draw, taught by FORCE", "course", (
        line("hears nothing, 100 batches", "FORCE, hears nothing, 100 batches", None, "FORCE and nothing to hear: .16",
             .16),
        line("hears itself, 100 batches", "FORCE, hears itself, 100 batches", None, "about .13", .13),
        line("hears itself, 300 batches", "FORCE, hears itself, 300 batches", None, "about .09 (.06 to .12)", .09))),
    Statement("02", "30 sessions as published", "linedraw", (
        *(Number(f"{name}, last weights", of("linedraw", "test error by seed, last weights", architecture=name), None,
                 text)
          for name, text in ((READOUT, "0.149 (0.116 to 0.159, ten networks)"), (NONE, "0.158 (0.156 to 0.159)"),
                             (LOOP, "0.017 (0.008 to 0.041)"))),
        Number(f"{LOOP}, best validation", of("linedraw", "test error by seed, best validation", architecture=LOOP),
               None,
               "0.012 with the best by validation"))),

    Statement("03", "The ladder, alpha .1", "course", (
        Number("readout feedback, 20 sessions (damage)",
               of("damage", "test error by share of units lost in the test", share="0%", architecture=READOUT), .150),
        Number("tau 1, 10 sessions (tau)", of("tau", "test error by seed", tau="tau 1"), .109),
        line("without relu, tau 5, 10 sessions", "cerebellum without relu, tau 5", (.074, .090)),
        Number("tau 5, 10 sessions (tau)", of("tau", "test error by seed", tau="tau 5"), .014)),
        "The lab's own ladder (five sessions, 250 cells) is printed by its cell."),
    Statement("03", "The time window, 10 sessions", "tau", tuple(
        Number(f"tau {tau}", of("tau", "test error by seed", tau=f"tau {tau}"), planned, text)
        for tau, (planned, text) in TAU.items())),
    Statement("03", "30 sessions as published", "linedraw", (
        *(Number(f"{name}, last weights", of("linedraw", "test error by seed, last weights", architecture=name), None,
                 text)
          for name, text in ((NONE, ".158 (.156 to .159)"), (READOUT, ".149 (.116 to .159)"),
                             (LOOP, ".017 (.008 to .041)"))),
        Number(f"{LOOP}, best validation", of("linedraw", "test error by seed, best validation", architecture=LOOP),
               None, ".012 (.006 to .025)"))),
    Statement("03", "Expansion with mossy fibres that learn, tau 3, 10 sessions", "course", (
        line("expansion 2", "mossy fibres learn, expansion 2", (.037, .052)),
        Number("expansion 20 (tau)", of("tau", "test error by seed", tau="tau 3"), (.037, .052)),
        line("expansion 40", "mossy fibres learn, expansion 40", (.037, .052)))),
    Statement("03", "Expansion with fixed mossy fibres, tau 3, 10 sessions", "expansion", tuple(
        Number(f"expansion {e}", of("expansion", "test error by seed", learning_rate="same learning rate",
                                    expansion=f"expansion {e}"), planned)
        for e, planned in ((5, .151), (10, .120), (20, .092), (40, .080)))),
    Statement("03", "The same with a matched step size, tau 5", "course", tuple(
        line(f"expansion {e}", f"fixed, matched, tau 5, expansion {e}", planned)
        for e, planned in ((1, .113), (5, .056), (20, .038), (40, .036)))),
    Statement("03", "Participation ratio of states, loop open", "course", (
        states("alpha .1, cortex", "participation ratio", "0.1", "cortex", 6.2),
        states("alpha .1, 2,000 cells", "participation ratio", "0.1", "expansion 40", 5.1))),
    Statement("03", "Components for 99 % of the variance", "course", (
        states("alpha .1, cortex", "components for 99 %", "0.1", "cortex", 23),
        states("alpha .1, 2,000 cells", "components for 99 %", "0.1", "expansion 40", 215),
        states("alpha .5, cortex", "components for 99 %", "0.5", "cortex", None, "20 in the cortex"),
        states("alpha .5, 2,000 cells", "components for 99 %", "0.5", "expansion 40", None,
               "about 80 in 2,000 cells", 80)),
        "Of 360 states each; with more states there are more directions, and the plan does not say how many it had."),
    Statement("03", "Best linear prediction, as a share of predicting 0", "course", (
        states("alpha .5, cortex", "best prediction, share of predicting 0", "0.5", "cortex", None,
               "60 % of predicting 0", .6),
        states("alpha .5, 50 cells", "best prediction, share of predicting 0", "0.5", "expansion 1", None,
               "60 % of predicting 0", .6),
        states("alpha .5, 500 cells", "best prediction, share of predicting 0", "0.5", "expansion 10", None,
               "43 to 41 %",
               (.41, .43)),
        states("alpha .5, 2,000 cells", "best prediction, share of predicting 0", "0.5", "expansion 40", None,
               "43 to 41 %", (.41, .43)),
        states("alpha .1, 2,000 cells", "best prediction, share of predicting 0", "0.1", "expansion 40", None,
               "no better than predicting 0", 1.))),
    Statement("03", "A pairing that is off by one cannot be seen (alpha .5, three sessions)", "course", (
        line("tau 4", "panel, tau 4", .0119), line("tau 5", "panel, tau 5", .0110))),
)
