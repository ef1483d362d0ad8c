"""Numbers of the course: what the plan said, what the labs' texts say, and what ten networks give."""

from __future__ import annotations

from math import log

from claimed import labs_00_03, labs_04_06, labs_07_10, labs_11

STATEMENTS = (*labs_00_03.STATEMENTS, *labs_04_06.STATEMENTS, *labs_07_10.STATEMENTS, *labs_11.STATEMENTS)

ARITHMETIC = (
    (f"A membrane keeps alpha of h in 50 ms, so its time constant is -50 ms / ln alpha: {-50 / log(0.1):.0f}, "
     f"{-50 / log(0.5):.0f} and {-50 / log(0.9):.0f} ms at alpha .1, .5 and .9 (planned: 22, 72, 475)."),
    "20 steps of 50 ms are 1 s, tau 3 is 150 ms. With T 20 there are 20, 16 and 6 pairs at tau 1, 5 and 15.",
    ("Not knowing the cue: .159, the mean square of the six line targets (`LineDrawing().error_without_cue`). A silent "
     "network has .5 for a sine. Always answering \"one\": .1135 of the 10,000 test digits."),
)
NOT_TESTED = (
    ("Near-identical jobs took 10 and 84 s when kernels fought for cores, and a kernel needed 254 MB before data: "
     "properties of one machine, which is why kernels use one thread. What yours needs: "
     "[benchmarks](benchmarks/README.md)."),
)
