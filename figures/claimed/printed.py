"""Numbers in the labs' texts that a cell prints, or a panel says when it is moved: by lab and cell, as quoted."""

PRINTED = {
    "00": {
        "ccdyn.score(drawing)": "not knowing the cue .159 (0.159)",
    },
    "01": {
        "PhasePanel()": "0.7 kept at alpha 0.1, 0.03 after ten steps; radius 1.0: 0.95 to 1.10; radius 1.6: 0.94; "
                        "the cue half gone at step 8",
        "lab01.memory_table()": "decoding, spectral radius and rates of five networks",
        "lab01.readout_alone()": ".159 at alpha 0.1 (0.158); alpha 0.5 and 0.9 (0.116, 0.029)",
    },
    "02": {
        "RhythmPanel(seeds=ex.seeds(3))": "0.018, 0.004, 0.088 at gain 1.2; 0.500 and more at 0.6; 1.5 and 1.8",
        "lab02.rhythm_table()": "gain 0.6 fed with the target 0.1 to 0.2; gain 1.2 from .00 to .09",
        "lab02.predict_waiting()": ".25 and .1 at $k = 1$; .50 to .53 from $k = 5$ on",
        "lab02.hearing_lines()": ".000 hears the target; .10 hears itself; .16 delta rule; .16, .13 FORCE; .159 no cue",
    },
    "03": {
        "lab03.show_update(pf_update)": "near .16 with the mistake that the text names; .159 no cue",
        "lab03.ladder()": ".158 readout feedback; .12 tau 1; .10 without relu; .03 both; .06 pairs early; .015 late",
        "ExpansionPanel()": "60 %, 43 to 41 %; 99 % of the variance in 20 and about 80 components; alpha 0.5 and 0.1",
        "lab03.expansion_table()": ".06 mossy fibres learn; .158, .08 fixed; .11 matched",
    },
    "04": {
        "lab04.two_ways(eprop)": "differences of about 1e-16",
        "lab04.nearness_table()": "0.35 at 20 steps, 0.3 at 50; 0.7 at alpha 0.1, radius 0.71; 0.35; 0.56, 0.31 at 0.9",
        "lab04.microscope(eprop)":
            "between 0.2 and 0.3 at alpha 0.5; moved to 0.9: 0.55 against 0.03; to 0.1: 0.70 and 0.75",
        "lab04.line_up(alpha)":
            "0.35 at alpha 0.5 (where 1 - 0.5 = 0.5); 0.7 to 0.4 and 0.7 to 0.5 at 0.1; 0.56 to 0.44 at 0.9",
        "lab04.race()": "three sessions of four rules",
        "lab04.predict_learning()": "five sessions of e-prop",
    },
    "05": {
        "SilencePanel(loop.network, loop.task, factor=1.0)": "0.15, 0.10, 0.11, 0.16, 0.11, 0.13 and 0.16 at alpha 0.1",
        "SilencePanel(lab05.trained(alpha=0.5).network)": "0.05 at alpha 0.5",
        "lab05.silenced_and_never()": "0.014 whole, 0.121 never, 0.168 silenced",
        "lab05.fair_table(summarise)": "0.05, 0.16, 0.06, 0.12, 0.01 at alpha 0.5 and 0.9, 0.02",
        "lab05.memory_or_gain()": "0.14; 0.03 and 0.02; sixty times (mean rate)",
    },
    "06": {
        "lab06.show_accuracy({\"at once, alpha 0.5\": once})":
            "0.71 (0.67 to 0.74), 0.65 (0.62 to 0.67), 0.60 (0.58 to 0.63)",
        "lab06.silence_table(once, (0, 27))": "silenced 0.52, never had 0.60",
        "lab06.show_accuracy(corners)":
            "0.60, 0.65, 0.71; 0.41, 0.51, 0.52; 0.18, 0.40, 0.39; 0.11, 0.35 (0.30 to 0.42), 0.11",
        "lab06.silence_table(hold, (0, 19), (20, 39))": "0.33 (0.27 to 0.39), 0.11",
        "DigitPanel(alpha=0.1, blank_rows=12, lr=1e-2, seeds=ex.seeds(2), n_test=100)":
            "0.27 instead of 0.31; 0.12; 0.23, 0.15, 0.11; 0.19, 0.18 (two networks, 100 digits)",
        "lab06.show_knowledge(decoder_by_row, hold)":
            "0.28, 0.5, 0.33; 0.49, 0.31; 0.41, 0.22, 0.10; the loop adds 0.1 early on",
        "lab06.trace_table(hold)": "0.10; rates differ 600 times less",
    },
}

# Numbers with a point, or with %, in these texts that are no results: settings, arithmetic, and guesses to choose from.
SETTINGS = {
    "00": "0.1 0.5", "01": "0.65 0.8 1.1", "02": ".14 .51 0.003 0.5 0.9", "03": "0.3 .018 100 %",
    "04": "0.159 1.75 40 % 60 %", "05": "0.04 0.7", "06": ".99 0.05 0.1135",
}

# Labs 07 to 10: the scripts with the numbers of ten networks, and the cells that print the others.
LATER = {
    "07": (("switching",),
           "`lab07.show_return()`, `cost_table`, `put_back`, `what_moved`, `by_coordinate`, `own_cues`"),
    "08": (("digitdraw",), "`lab08.table(...)`, `show_slices`"),
    "09": (("evidence", "association"), "`lab09.third_table()`, `show_weights`, `gap_table`, `damage`, `MemoryPanel`"),
    "10": (("association", "consolidation"), "`SleepPanel`, `lab10.what_else()`"),
}
