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
    "07": {
        "lab07.show_visits(visits)": "0.182; 0.079 and 0.075, 0.086 and 0.081",
        "lab07.predict_one()": "about 0.01 before the arcs",
        "lab07.show_return()": "0.05 or 0.06; 0.012 (0.007 to 0.016) to the arcs",
        "lab07.cost_table(forgotten)": "1.06 (0.88 to 1.25); 0.07 (0.04 to 0.18); 0; 0.0096 and 0.0124",
        "lab07.put_back()": "0.011, 0.010, 0.052; 0.043; 0.014 and 0.012 to the arcs",
        "lab07.what_moved(change)": "a quarter of its length",
        "lab07.predict_shared()": "0.012, 0.018, 0.046; one at 0.03, another at 0.09",
        "lab07.by_coordinate()": "0.0145 (0.0068 to 0.0209), 0.0033 (0.0015 to 0.0070), 0.002; 0.027, 0.023, 0.022",
        "panel = SwitchPanel(seeds=ex.seeds())": "0.0495 for the other task's lines",
        "lab07.own_cues()": "0.29 (0.23 to 0.37), 0.013; 0.030 and 0.031",
    },
    "08": {
        "print(f\"following the mean digit: {((task.lines - mean_walk) ** 2).mean():.3f}\")":
            "0.087; 0.394 at the origin",
        "digits = BasisPanel()":
            "after four sessions 0.025 and 0.038; at alpha 0.9 0.038 and 0.041; at 0.1 0.062, 0.068",
        "lab08.predict_gain()": "in the mean by about 0.008, where one window gives 0.02; errors of 0.05 and 0.03",
        "lab08.table([(3,), (3, 3, 3, 3), (0, 1, 2, 3)])": "0.019, 0.021 and 0.026",
        "lab08.table([(3,)], loud=2.0)": "0.021 (0.013 to 0.027)",
        "lab08.show_slices(without_slice)":
            "about 0.3 without slice 0, about 0.4 with slice 3 alone; trained with it 0.019",
    },
    "09": {
        "lab09.strategies()": "0.443 (0.445 in the long run), 0.56, 0.64, 0.85, 0.88",
        "lab09.who_counts()": "0.81, 0.447, 0.50",
        "lab09.predict_third()": "0.75 instead of 0.81, 0.52",
        "panel = MemoryPanel(network, task, first=20, length=10)":
            "0.17 (0.04 to 0.34), intact 0.86; one step: 0.04 (0.78 of 0.82), 0.08 (0.74); delay: 0.42 (0.35 to 0.48), "
            "0.45; at 0.9 0.73 (0.65 to 0.81), at 0.8 0.65 (0.56 to 0.71), at 0.5 0.54 (0.45 to 0.60)",
        "lab09.third_table()": "0.71, 0.70, 0.72 without the puffs, about 0.1 less than 0.81; 0.52",
        "lab09.show_weights(weight_of_evidence)": "0.08 to 0.09",
        "lab09.predict_weights()": "0.11 to 0.14",
        "lab09.show_weights(weight_of_evidence, {": "0.03 in period 1, 0.13 in period 9, so about 0.22 is left",
        "lab09.gap_table()": "0.05 to 0.2; 0.68 (0.38 to 0.90), 0.99 to 1.00, 0.51 to 0.64",
        "MemoryPanel(network, task, first=6, length=3)": ".61 to .93, .62 (what its parameters() say of step 8)",
        "lab09.damage({": "0.55, 0.72, 0.72; 0.73, 0.48; 0.42 to 0.82 and 0.47 to 0.65",
    },
    "10": {
        "lab10.table_of_silence()": "half; .87 or more from step 10 on",
        "lab10.predict_least_squares()":
            ".92 after 28, .98 after 50; 1.00, .87, .49, .01, .23, mean .52 after 8; .01; .07",
        "lab10.predict_local()": ".88, 1.00, .44, .72, .07, mean .62; .99 after 8; .50, .36, .07",
        "sleep = SleepPanel()": "lengths 4.1, 22; .63 against .62; decay 0.05, 0.1, 0.5: .84, .86, .75",
        "lab10.show_taken_over()":
            "1.04 (0.93 to 1.24), 0.99; 0.12 (0.00 to 0.40), 1.39 (0.96 to 1.64); .07, .05, .08; .92, .47, .72; "
            "cosine .96",
        "lab10.show_gain((1.5 / 13, 1 / 13))": "1.23, 1.11, 1.04, 1.23, 0.57; .88, 1.00, .44, .77, .35; "
                                               ".92, 1.00, .47, .72, .11",
        "lab10.what_else()":
            "0.91, 0.65; 5.8; 0.92 (0.79 to 1.00), 0.87 (0.66 to 1.00); 0.74 (0.58 to 0.85), 0.63; .72; "
            "0.84 (0.78 to 0.91), .67; .71 (0.51 to 1.00)",
    },
    "11": {
        "lab11.table_of_horizons()": ".40 (0.08 to 0.71) of W_hh with truncations of one step",
        "lab11.table_of_factors()": ".63 and a tenth of the length; .26 (0.13 to 0.34) and a fifth of the length",
        "panel = DecouplingPanel()": "8.8 and 9.1 after 400 batches, 3.46 and 5.84 after 600, 0.71 and 2.31 after "
                                     "1,000; cosine between .18 and .27; 10.1 and 5.5 with the olive lesioned after 600 batches "
                                     "and a factor of 0 from 800 on",
        "lab11.predict_lesion()": "3.46 to 12.95; drawing nothing 15.1",
        "lab11.table_of_lesions()": "0.71, 1.58, 2.31; .42, .53, .89, .58, 5.47 without, .49, .36, .60, .33, 1.78 with; "
                                    "15.1, 15.5, 15.1, 15.1, 4.0",
    },
}

# Numbers with a point, or with %, in these texts that are no results: settings, arithmetic, and guesses to choose from.
SETTINGS = {
    "00": "0.1 0.5", "01": "0.65 0.8 1.1", "02": ".14 .51 0.003 0.5 0.9", "03": "0.3 .018 100 %",
    "04": "0.159 1.75 40 % 60 %", "05": "0.04 0.7", "06": ".99 0.05 0.1135",
    "07": "0.0 0.5 1.0 25 % 50 % 75 % 100 % .159 .208 3.7",
    "08": "0.001 0.1 0.5 0.9",
    "09": "0.1 0.3 0.5 0.8 0.9 1.1 0.89 0.96 0.2 0.015",
    "10": "0.1 0.7 0.9 .001 1.5 96 %",
    "11": "0.1 0.3 0.5 1.0 .001 .0015 .003 0.01 2.9",
}

# Numbers that a call prints which a text names for those who go further, by lab, as quoted.
CALLED = {
    "10": {
        "*_, night = ccdyn.consolidate(lab10.awake(), lab10.MANY, batch_size=200)":
            ".82 (0.52 to 1.00), for .52, 1.00, .61, 1.00 and .95 of the trials",
    },
}
