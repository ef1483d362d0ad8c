"""What was found beside the published claims: why some defaults do badly, and how far the same rules go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from claimed.measured import Rows, numbers
from claimed.published import BASIS, CONTROL, FOUR, LOOP, NONE


@dataclass(frozen=True)
class Finding:
    """Something found, with the figure that shows it.

    Attributes:
        title: in a few words.
        figure: which script shows it.
        measure: what the numbers are.
        rows: those numbers, by label.
        words: what they say, and why.
    """

    title: str
    figure: str
    measure: str
    rows: Callable[[], Rows]
    words: str


def relapses() -> Rows:
    """Share of later sessions in which a network that had learned is below .9, by what was changed."""
    return {change: numbers("stability", "tested, association: share of sessions below .9", change=change)
            for change in ("published settings", "eps .01", "a tenth of the steps", "beta2 .999", "cortex frozen",
                           "only mistakes teach", "mistakes do not teach")}


def windows() -> Rows:
    """Errors of line drawing for tau 3 and what is better, at three paces."""
    return {f"{pace}, {tau}": numbers("timing", "test error", task=pace, tau=tau)
            for pace, taus in (("10 steps", ("tau 3", "tau 5")), ("20 steps", ("tau 3", "tau 4", "tau 5")),
                               ("20 steps, backwards", ("tau 0", "tau 3")), ("40 steps", ("tau 3", "tau 15")))
            for tau in taus}


DEFAULTS = (
    Finding("Training is not steady once a task is learned", "stability",
            "delayed association, networks that had learned: share of the next eight sessions below .9", relapses,
            "Adam's step does not shrink with the gradient (eps is 1e-9), so batches in which all is right go on "
            "moving the cortex's input weights until something is wrong. One large gradient after a mistake is not "
            "the cause: if only mistakes teach, hardly any session is lost. A larger eps, or a tenth of the step "
            "size, holds what was learned; from scratch it learns more slowly."),
    Finding("tau 3 is too short, and one step from what the text says", "timing",
            "line drawing, 10 sessions: test error", windows,
            "The text pairs y_t with c_(t - tau), the code c_s with y_(s + tau - 1): the text's 3 is the code's 4. "
            "How far ahead is best goes with the pace of the movement. Lines begin alike, so what is predicted too "
            "near says little about the cue, and a cortex with alpha .1 forgets it meanwhile. Drawn backwards, the "
            "same lines need no lead."),
    Finding("A temporal basis gains little", "digitdraw", "digit drawing, alpha .9, best validation: test error",
            lambda: {name: numbers("digitdraw", "test error, best validation", alpha="alpha 0.9", architecture=name)
                     for name in (LOOP, BASIS, FOUR, CONTROL)},
            "Four windows bring four times as many channels to the cortex. The same window four times has the "
            "channels and not the windows, and does as well: what little is gained, the channels gain."),
    Finding("A non-linear readout explains as much as the loop", "digits",
            "sequential MNIST, alpha .5: accuracy on 10,000 test digits",
            lambda: {f"{version}, {name}": numbers("digits", "test accuracy by seed", architecture=name,
                                                   version=f"{version}, alpha 0.5")
                     for version in ("at once", "held") for name in (LOOP, CONTROL)},
            "The cerebellum's granule cells are rectified; a readout through as many of them, without any loop, "
            "reads as well. Only where the answer must be held over time is the loop ahead."),
)

BEYOND = Finding(
    "How far the same rules go", "beyond", "sequential MNIST: accuracy on 10,000 test digits",
    lambda: {f"{task}, {name}": numbers("beyond", "test accuracy by seed", task=task, architecture=name)
             for task in ("at once", "held") for name in (NONE, CONTROL, LOOP, f"{NONE}, BPTT")},
    "A fixed cortex and the same local rules, with 400 units, larger step sizes that fall, and smaller batches, "
    "chosen on validation digits. Larger steps made the greatest difference for holding, the larger cortex for "
    "reading. At once the loop adds nothing to a readout through granule cells; held it is ahead of it. "
    "Backpropagation through a plastic cortex is ahead of both.")
