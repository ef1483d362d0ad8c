"""What labs 04 to 06 quote, and what was planned for them."""

from __future__ import annotations

from claimed.measured import Number, Statement, numbers
from claimed.reading import (GRANULE, LOOP, NONE, READOUT, cosine, digits, drawing, line, of, reading, row, rule,
                             silent, times)

ONCE, HELD, HELD5 = "at once, alpha 0.5", "held, alpha 0.1", "held, alpha 0.5"

STATEMENTS = (
    Statement("04", "Cosine of e-prop to the true gradient of W_hh, untrained", "lab04", (
        *(cosine("alpha 0.5", T, planned, *text) for T, planned, *text in (
            (2, 1.00, "exactly 1", 1.), (5, .80), (10, .61), (20, .43, "about 0.35 at 20 steps", .35),
            (50, .35, "0.3 at 50"))),
        cosine("alpha 0.1", 10, .67), cosine("alpha 0.1", 50, .83, "about 0.7.", .7),
        cosine("0.1, 1.75 W_hh", 20, None, "falls to about 0.35", .35),
        cosine("alpha 0.9", 20, None, "0.56 at 20 steps"), cosine("alpha 0.9", 50, None, "0.31 only at 50", .31))),
    Statement("04", "What saturation explains at alpha .9, T 20", "lab04", (
        Number("a hundredth of the input", of("lab04", "test cosine, other",
                                              what="alpha 0.9, T 20, a hundredth of the input"),
               None, "0.44 (0.31 to 0.59)"),
        Number("all of the input", of("lab04", "test cosine", cortex="alpha 0.9", length="T 20"), None,
               "0.56 (0.41 to 0.70)"))),
    Statement("04", "Noise or bias: cosine of W_hh at alpha .5", "lab04", tuple(
        Number(what, of("lab04", "test cosine, other", what=what), None, text) for what, text in (
            ("node perturbation, mean of 100", "0.82 (0.74 to 0.88)"),
            ("e-prop, mean of 100 batches", "0.35 (0.24 to 0.43)"), ("e-prop, one batch", "0.30 (0.17 to 0.36)"))),
        "The lab's five networks are the first five of these ten."),
    Statement("04", "How well it learns: e-prop in 10 sessions, a frozen cortex in 20 (no feedback)", "course", (
        Number("e-prop (rules)", of("rules", "test error", architecture=NONE, rule="e-prop"), .046),
        line("frozen", "no feedback, alpha 0.5, 20 sessions", .119))),
    Statement("04", "Rules after ten sessions", "rules", (
        rule(NONE, "node perturbation", None, "0.034 (0.028 to 0.044)"), rule(NONE, "e-prop", None,
                                                                              "0.050 (0.022 to 0.079)"),
        rule(NONE, "BPTT", None, "0.002 (0.001 to 0.004)"), rule(LOOP, "e-prop", None, "0.004 (0.002 to 0.006)"),
        rule(LOOP, "BPTT", None, "0.001 (0.000 to 0.004)"),
        rule(NONE, "e-prop, random senders", None, "0.111 (0.056 to 0.163)"))),
    Statement("04", "Cosine of W_hh after ten sessions", "rules", tuple(
        Number(name, of("rules", "cosine of W_hh by session", architecture=NONE, rule=name, session="10"), None, text)
        for name, text in (("node perturbation", "0.06 (−0.04 to 0.13)"),
                           ("e-prop", "0.32 (0.16 to 0.52; ten networks, after ten sessions)")))),
    Statement("04", "Cosine of all weights, before and after 300 batches", "loop", (
        *(Number(f"alpha {alpha}, {name}", of("loop", "test cosine", alpha=f"alpha {alpha}", gradients=name), None,
                 text)
          for alpha, name, text in ((0.1, "untrained, no feedback", "0.80 (0.67 to 0.89)"),
                                    (0.1, NONE, "0.12 (−0.29 to 0.46)"), (0.5, LOOP, "0.26 (0.06 to 0.43)"),
                                    (0.5, NONE, "0.25 (0.07 to 0.45)"))),)),
    Statement("04", "Error after these 300 batches, alpha .5", "loop", tuple(
        Number(name, of("loop", "test error", alpha="alpha 0.5", gradients=f"error, {name}"), None, text)
        for name, text in ((LOOP, "0.013 (0.008 to 0.022)"), (NONE, "0.074 (0.047 to 0.116)")))),

    Statement("05", "A silence of three steps, alpha .1 (five sessions)", "lab05", (
        Number("intact", of("lab05", "test error, alpha 0.1 after 5 sessions", test="intact"), .020,
               "got to about 0.03", .03),
        silent("3 steps", 6, .153, "an error of about 0.15", .15), silent("3 steps", 14, .101, "14 to 16 about 0.10",
                                                                          .10),
        silent("3 steps", 0, None, "costs less (0.11)", .11), silent("3 steps", 3, None, "step 3 (0.16)", .16),
        silent("2 steps", 1, None, "two silent steps from step 1 cost 0.11", .11),
        silent("2 steps", 3, None, "from step 3 0.13", .13),
        silent("3 steps", 6, None, "about 0.05 instead of 0.15", .05, "0.5"),
        Number("half of the feedback throughout", of("lab05", "test error, alpha 0.1 after 5 sessions",
                                                     test="half of the feedback"), None, "about 0.16", .16))),
    Statement("05", "One silent step: how far the pen gets, as a share of how far it gets intact", "lab05", (
        Number("alpha .1, silent in step 6, at the last step", lambda: (
            numbers("lab05", "way of the pen", test="alpha 0.1, silent in step 6", step="19")
            / numbers("lab05", "way of the pen", test="alpha 0.1, intact", step="19")), None, "half of the line",
            .5),)),
    Statement("05", "More alpha without feedback, 20 sessions as published", "course", tuple(
        line(f"alpha {alpha}", f"no feedback, alpha {alpha}, 20 sessions", planned)
        for alpha, planned in (("0.1", .158), ("0.5", .119), ("0.9", .036), ("1.0", .024)))),
    Statement("05", "A readout through granule cells, no feedback", "lab05", (
        drawing("0.1", GRANULE, .156), drawing("0.5", f"{GRANULE}, 10 sessions", .041),
        drawing("0.9", f"{GRANULE}, 10 sessions", .002), drawing("0.9", f"{LOOP}, 10 sessions"))),
    Statement("05", "The fair table, three sessions", "lab05", (
        drawing("0.1", LOOP, None, "With a cerebellum 0.05", .05), drawing("0.1", NONE, None, "without 0.16", .16),
        drawing("0.5", GRANULE, None, "about 0.06 instead of", .06), drawing("0.5", NONE, None, "instead of 0.12", .12),
        drawing("0.5", LOOP, None, "the loop (about 0.01)", .01), drawing("0.9", GRANULE, None, "readout (about 0.01)",
                                                                          .01),
        drawing("0.9", LOOP, None, "(about 0.02)", .02))),
    Statement("05", "Silenced is not the same as never had, alpha .5", "lab05", (
        drawing("0.5", "cerebellum silent throughout"), drawing("0.5", NONE), drawing("0.5", LOOP))),
    Statement("05", "The factor (1 - alpha), alpha .9, no feedback", "lab05", (
        Number("delta rule, without the factor", of("lab05", "test error", alpha="alpha 0.9", architecture=NONE), .036),
        *(Number(name, of("lab05", "test error, alpha 0.9, no feedback", trained=name), planned, text, says)
          for name, planned, text, says in (
              ("delta rule, (1 - alpha)", .134, "is gone (0.14)", .14),
              ("least squares, (1 - alpha)", None, "quiet cortex (0.03)", .03),
              ("least squares", None, "loud one (0.02)", .02))))),
    Statement("05", "How much louder the cortex is without that factor", "lab05", (
        Number("mean rate, times", times("lab05", "mean rate", {"trained": "delta rule"},
                                         {"trained": "delta rule, (1 - alpha)"}), None, "some sixty times smaller",
                                         60.),
        Number("spread over cues at the last step, times",
               times("lab05", "spread over cues at the last step", {"trained": "delta rule"},
                     {"trained": "delta rule, (1 - alpha)"}), None, "150 times smaller"))),
    Statement("05", "30 sessions as published, best validation", "linedraw", tuple(
        Number(name, of("linedraw", "test error by seed, best validation", architecture=name), None, text)
        for name, text in ((NONE, "0.158 (0.156 to 0.159)"), (READOUT, "0.149 (0.116 to 0.160)"),
                           (LOOP, "0.012 (0.006 to 0.025)")))),

    Statement("06", "Digits, the answer at once, alpha .5", "digits", (
        digits(ONCE, NONE, .50, "0.57 (0.50 to 0.61)"), digits(ONCE, LOOP, .67, "0.73 (0.62 to 0.78)"),
        digits(ONCE, GRANULE, .76, "0.78 (0.73 to 0.80)"))),
    Statement("06", "Digits, held over 12 blank rows, alpha .1", "digits", (
        digits(HELD, NONE, .12, "0.11 (0.10 to 0.11)"), digits(HELD, GRANULE, (.15, .25), "0.12 (0.08 to 0.16)"),
        digits(HELD, LOOP, (.51, .56), "0.58 (0.55 to 0.63)"),
        digits(HELD, GRANULE, None, "from 0.07 to 0.16", (.07, .16)))),
    Statement("06", "Digits, the other two corners", "digits", tuple(
        digits(version, name, None, text) for version, name, text in (
            ("at once, alpha 0.1", NONE, "0.40 (0.37 to 0.42)"), ("at once, alpha 0.1", LOOP, "0.58 (0.55 to 0.59)"),
            ("at once, alpha 0.1", GRANULE, "0.57 (0.55 to 0.58)"), (HELD5, NONE, "0.17 (0.12 to 0.21)"),
            (HELD5, LOOP, "0.67 (0.56 to 0.74)"), (HELD5, GRANULE, "0.42 (0.30 to 0.50)")))),
    Statement("06", "At the lab's settings (100 batches)", "lab06", tuple(
        reading(version, what, None, text, says) for version, what, text, says in (
            (ONCE, GRANULE, "0.71 (0.67 to 0.74, lowest to highest of three networks)", .71),
            (ONCE, LOOP, "0.65 (0.62 to 0.67)", .65),
            (ONCE, NONE, "0.60 (0.58 to 0.63)", .60),
            (HELD, LOOP, "0.35 (0.30 to 0.42, three networks, seeds 0 to 2)", .35),
            (HELD, NONE, "0.11 on average", .11),
            (HELD, GRANULE, "0.11 on average", .11)))),
    Statement("06", "Silenced is not the same as never had", "lab06", (
        reading(ONCE, "silent in rows 0 to 27", (.37, .42)), reading(ONCE, NONE, .50)),
        "The plan had other settings (more cells, more batches)."),
    Statement("06", "Silence, held digits at alpha .1", "lab06", (
        reading(HELD, "silent in rows 0 to 19", .506, "0.33 (0.27 to 0.39, three networks, seeds 0 to 2)", .33),
        reading(HELD, "silent in rows 20 to 39", .068, "leaves 0.11", .11),
        reading(HELD, "silent in rows 0 to 24", None, "0.23 if they are silent up to row 24", .23),
        reading(HELD, "silent in rows 0 to 27", None, "0.15 up to", .15),
        reading(HELD, "silent in rows 0 to 28", None, "from end row 28 on nothing is left (0.11)", .11),
        reading(HELD, "silent in rows 0 to 24", None, "Five networks with 1,000 digits: 0.22", .22),
        reading(HELD, "silent in rows 0 to 27", None, "0.22, 0.11 and", .11),
        reading(HELD, "silent in rows 0 to 28", None, "0.10 of 0.38", .10),
        reading(HELD, LOOP, None, "of 0.38", .38),
        reading(HELD, "silent in rows 37 to 39", None, "about 0.19", .19),
        reading(HELD, "silent in rows 33 to 36", None, "about 0.18", .18)),
        "The plan had 2,000 cells and 600 batches; these networks read fewer digits right to begin with."),
    Statement("06", "What networks say, row by row", "lab06", (
        row(f"answer, {LOOP}", 17, .1, "near chance until about row 17", .1), row(f"answer, {LOOP}", 20, None,
                                                                                  "0.28 at row 20"),
        row(f"answer, {LOOP}", 24, None, "(about 0.5)", .5), row(f"answer, {LOOP}", 39, None, "0.33 in the end"),
        row(f"answer, {LOOP}", 21, None, "0.35 at row 21"),
        row("answer, silent in rows 0 to 21", 20, None, "the answer is 0.12 instead", .12),
        row("answer, silent in rows 0 to 21", 21, None, "0.15 instead of 0.35", .15)),
        "The plan: \"near chance until row 22\". It rises from row 18 on."),
    Statement("06", "What a decoder knows, row by row", "lab06", (
        row(f"decoder, {LOOP}", 10, None, "0.49 already at row 10"), row(f"decoder, {LOOP}", 39, None, "to 0.31", .31),
        row(f"decoder, {NONE}", 10, None, "0.41 at row 10"), row(f"decoder, {NONE}", 27, None, "0.22 at row 27"),
        row(f"decoder, {NONE}", 39, None, "0.10, chance, at row 39", .10))),
    Statement("06", "How alike the mean states of the digits are to those of row 22", "lab06", tuple(
        Number(f"row {at}", of("lab06", "correlation of the mean states with those of row 22", row=str(at)), None,
               text, says)
        for at, text, says in ((18, "0.2 at row 18", .2), (20, "0.6 at row 20", .6), (21, "0.9 at row 21", .9)))),
    Statement("06", "Three digits make up most of the answers of granule readouts (held, alpha .1)", "lab06", (
        Number("share of the three commonest", of("lab06", "share of the three commonest answers",
                                                  architecture=GRANULE), None,
               "74 to 96 %", (.74, .96)),
        Number("\"one\" among the answers of linear readouts", of("lab06", "share of ones among the answers",
                                                                  architecture=NONE),
               None, "they say \"one\" to practically every digit", 1.))),
    Statement("06", "Gone, or only too faint: row 39 beside row 12, no feedback", "lab06", (
        Number("rates differ by, times less", times("lab06", "rates differ by, no feedback", {"row": "12"},
                                                    {"row": "39"}),
               None, "600 times less", 600.),
        Number("length of the exact decoder, times", times("lab06", "length of the exact decoder, no feedback",
                                                           {"row": "39"}, {"row": "12"}), None,
               "thousands of times as large", (1000., 9999.)),
        Number("accuracy of the exact decoder at row 39", of("lab06", "accuracy of the exact decoder, no feedback",
                                                             row="39"), None,
               "nearly half of them", .48))),
)
