"""Feedback silenced for some steps while a decision is made, as a panel: what is still known at the end?"""

from __future__ import annotations

import numpy as np
import torch

from ccdyn.checks import check_count, check_number
from ccdyn.dynamics import run
from ccdyn.experiments import window_scores
from ccdyn.feedback import Silence
from ccdyn.network import Network
from ccdyn.panels.controls import slider, value_of
from ccdyn.panels.panel import Panel, Rendered, to_png
from ccdyn.panels.strip import Strip
from ccdyn.plots.memory import MemoryView, memory_picture, memory_words
from ccdyn.plots.silenced import Silenced
from ccdyn.rng import make_generators
from ccdyn.tasks.association import DelayedAssociation
from ccdyn.tasks.evidence import EvidenceAccumulation

WIDE = {"width": "98%", "max_width": "960px"}   # as the picture; never as wide as the words below it
N_TRIALS, SHOWN = 100, 20   # test trials, and how many of them can be looked at one by one
N_WINDOWS = 10              # at about so many first steps the accuracy is measured


def render(view: MemoryView) -> Rendered:
    """The picture of ``view`` as PNG, and the same in words."""
    return to_png(memory_picture(view)), memory_words(view)


class MemoryPanel(Panel):
    """A window of silence that is moved over the trial of networks that have learned to decide between two sides.

    Nothing learns here. Left the belief in one trial, with the puffs that speak for either side; in the middle the
    belief in the correct side, the mean over all trials that have one; at the right edge the accuracy for windows of
    this length wherever they begin. The belief is the softmax over the two sides only. All networks are given
    the same trials. With anywidget the window can be drawn over the time axis with the mouse; the sliders do the same.

    Args:
        network: with feedback, trained on ``task``; is not changed.
        task: evidence accumulation, or delayed association with two cues.
        first: first silenced step.
        length: how many steps are silenced.
        factor: what the feedback is multiplied with there: 0 silences it, 0.5 halves it.
        trial: which trial is shown, 0 to 19.

    Raises:
        ValueError: no feedback to silence, a task without two sides, or a window outside of the trial.

    Example:
        >>> from ccdyn import DelayedAssociation, Network
        >>> task = DelayedAssociation()
        >>> network = Network.for_task(task, n_cortex=5, expansion=2, feedback="cerebellar", seeds=(0, 1))
        >>> panel = MemoryPanel(network, task, first=3, length=2)
        >>> panel.alt[:79]
        '2 networks with cerebellar feedback, feedback times 0 in steps 3 to 4: accuracy'
    """

    def __init__(self, network: Network, task: EvidenceAccumulation | DelayedAssociation, first: int = 5,
                 length: int = 5, factor: float = 0.0, trial: int = 0) -> None:
        if network.config.feedback == "none":
            raise ValueError("the network has no feedback, so there is nothing to silence; build it with "
                             "feedback='cerebellar' or 'readout'")
        self.sides, self.names = _sides(task)
        self.network, self.task, n_steps = network, task, task.n_steps
        check_count("first", first, 0, n_steps - 1)
        check_count("length", length, 1, n_steps)
        check_number("factor", factor, 0, 1)
        check_count("trial", trial, 0, SHOWN - 1)
        seeds = network.config.seeds
        self.seeds = (seeds,) if isinstance(seeds, int) else seeds
        given = [make_generators(self.seeds[0], "test") for _ in self.seeds]    # the same trials for all
        self.batch = task.batch(N_TRIALS, given[0] if isinstance(seeds, int) else given, "test", network.dtype)
        self.labels = self.batch.target.reshape(-1, N_TRIALS, n_steps)[0, :, -1]
        self.starts = range(0, n_steps, max(1, n_steps // N_WINDOWS))
        self._windows: dict[tuple[int, float], np.ndarray] = {}
        self._intact = self._live(None)
        controls = {
            "first": slider("first step", first, 0, n_steps - 1, tip="First silenced step."),
            "length": slider("how many steps", length, 1, n_steps, tip="How many steps are silenced."),
            "factor": slider("feedback left", factor, 0, 1, 0.1, "What the feedback is multiplied with there."),
            "trial": slider("trial", trial, 0, SHOWN - 1, tip="Which test trial is shown on the left."),
        }
        self.strip = Strip(n_steps=n_steps, layout=WIDE) if Strip else None
        super().__init__(render, controls, code=lambda view: self._code(), meaning=meaning)
        if self.strip:
            self.strip.observe(self.guard(self._dragged), "window")

    def stage(self) -> list:
        """The strip, what the settings mean, and the picture."""
        return [[self.strip] if self.strip else [], *super().stage()]

    def refresh(self) -> None:
        """Draw again, and mark the same steps on the strip."""
        super().refresh()
        if self.strip:
            self.strip.window = list(self._window())

    def _dragged(self) -> None:
        """The window was drawn with the mouse: the sliders follow."""
        first, last = self.strip.window
        if (first, last) == self._window():     # it was the sliders that moved it
            return
        with self.held():
            self.controls["first"].value, self.controls["length"].value = first, last - first + 1
        self.changed()

    def _window(self) -> tuple[int, int]:
        """First and last silenced step."""
        first, length = (value_of(self.controls[name]) for name in ("first", "length"))
        return first, min(first + length, self.task.n_steps) - 1

    def _live(self, silence: Silence | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Belief in the second side (trial, time, network); in the correct one (time, network); accuracy (network,)."""
        record = run(self.network, self.batch.x, silence=silence,
                     generator=make_generators(self.network.config.seeds, "noise"))
        readout = record.readout.reshape(-1, N_TRIALS, self.task.n_steps, self.network.config.n_out)
        second = readout[..., list(self.sides)].softmax(-1)[..., 1]
        first_is, second_is = (self.labels == side for side in self.sides)
        correct = torch.cat((1 - second[:, first_is], second[:, second_is]), 1).mean(1)
        accuracy = (readout[:, :, -1].argmax(-1) == self.labels).double().mean(-1)
        return second.double().permute(1, 2, 0).numpy(), correct.T.double().numpy(), accuracy.numpy()

    def parameters(self) -> MemoryView:
        """What ``render`` is given."""
        first, length, factor, trial = (value_of(control) for control in self.controls.values())
        if (length, factor) not in self._windows:   # moving the window along needs no new ones
            scores = window_scores(self.network, self.batch, length, factor, self.starts)
            self._windows[length, factor] = scores["accuracy"].reshape(len(self.starts), -1).double().numpy()
        belief, correct, accuracy = self._live(Silence(factor, first, first + length))
        intact_belief, intact_correct, intact = self._intact
        answers = ("draw", *self.names) if 0 not in self.sides else self.names
        return MemoryView(
            f"{self.network.config.feedback} feedback", self.names,
            Silenced(first, length, factor, self.task.n_steps), trial, answers[self.labels[trial]], self._puffs(trial),
            belief[trial], intact_belief[trial], correct, intact_correct, np.array(self.starts),
            self._windows[length, factor], accuracy, intact, N_TRIALS,
            float(self.labels.bincount().max() / N_TRIALS), 0 not in self.sides)

    def _puffs(self, trial: int) -> tuple[np.ndarray, np.ndarray]:
        """Steps of a trial that speak for either side."""
        if isinstance(self.task, DelayedAssociation):   # the cue
            return tuple(np.zeros(int(self.labels[trial] == side)) for side in self.sides)
        x = self.batch.x.reshape(-1, *self.batch.x.shape[-3:])[0, trial]
        return tuple((x[:, side] > 0.5).nonzero()[:, 0].numpy() for side in range(2))

    def _code(self) -> str:
        """Python that prints accuracies (silenced, intact, by first step) and the belief at the end of the trial."""
        first, length, factor, trial = (value_of(control) for control in self.controls.values())
        seed, noise = self.seeds[0], ""
        if self.network.config.cerebellar_noise:
            noise = ', generator=ccdyn.make_generators(seeds, "noise")'
        generators = (f'ccdyn.make_generators({seed}, "test")' if isinstance(self.network.config.seeds, int) else
                      f'[ccdyn.make_generators({seed}, "test") for _ in seeds]')
        return "\n".join([
            "import ccdyn", "from ccdyn.experiments import window_scores", "",
            "# network and task: as given to MemoryPanel", "seeds = network.config.seeds",
            f'batch = task.batch({N_TRIALS}, {generators}, "test", network.dtype)',
            f"silence = ccdyn.Silence({factor}, {first}, {first + length})",
            f'print(ccdyn.evaluate(network, batch, silence{noise})["accuracy"])',
            f'print(ccdyn.evaluate(network, batch{noise})["accuracy"])',
            f'print(window_scores(network, batch, {length}, {factor}, {self.starts})["accuracy"])',
            f"readout = ccdyn.run(network, batch.x, silence=silence{noise}).readout",
            f"print(readout[..., {trial}, -1, {list(self.sides)}].softmax(-1)[..., 1])", ""])


def _sides(task) -> tuple[tuple[int, int], tuple[str, str]]:
    """The classes of the two sides, and what they are called."""
    if isinstance(task, EvidenceAccumulation):
        return (1, 2), ("left", "right")
    if isinstance(task, DelayedAssociation) and task.n_patterns == 2:
        return (0, 1), ("class 0", "class 1")
    raise ValueError(f"{task!r} has no two sides to believe in; use EvidenceAccumulation(), or DelayedAssociation() "
                     "with two patterns")


def meaning(view: MemoryView) -> str:
    """What the settings mean, with units."""
    window = view.silenced
    return f"{window.steps.capitalize()}, {window.milliseconds}: {window.meaning}"
