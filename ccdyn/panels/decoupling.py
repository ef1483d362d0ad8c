"""The panel of lab 11: two models learn with a short horizon, one with a cerebellum that predicts the teacher."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import ipywidgets as widgets

from ccdyn.checks import check_count, check_number
from ccdyn.cortex import DT_MS
from ccdyn.decoupling import LESIONS, MODELS
from ccdyn.network import one_of
from ccdyn.panels.clock import ClockPanel
from ccdyn.panels.controls import choice, slider, value_of
from ccdyn.panels.decoupler import Decoupler, Horizon
from ccdyn.panels.panel import Rendered, to_png
from ccdyn.plots.curves import Curve
from ccdyn.plots.decoupling import DecouplingView, decoupling_picture, decoupling_words
from ccdyn.tasks import GradedLines

LESION_WORDS = {"none": "no lesion", "cerebellum": "cerebellum lesioned", "olive": "inferior olive lesioned"}
LONGEST_INTERVAL = 5
LEAST = 6               # batches in a tick: else a slow machine would spend it on pictures


def render(view: DecouplingView) -> Rendered:
    """The picture of ``view`` as PNG, and the same in words."""
    return to_png(decoupling_picture(view)), decoupling_words(view)


class DecouplingPanel(ClockPanel):
    """Several networks of the cRNN and of the ccRNN learn line drawing side by side, with errors cut off soon.

    Left the test error of both models while they learn, in the middle what the first
    network of each draws, right how far the ccRNN's synthesiser points in the direction of
    the true feedback, by backpropagation through the whole trial: cosine at each boundary
    behind which something is taught, mean over boundaries and lines.

    Truncation and teaching start new networks with the same seeds, and the old curves stay as grey ghosts. Factor
    and lesion act on the running ccRNN at once, with a mark on its curve: they change what is put in and learned from
    now on, and nothing that is already there. *rewind* goes back a hundred batches.

    Args:
        truncation: steps within which errors are sent back; that of the whole trial is full BPTT.
        sparse: the teacher speaks at steps 0, sparse, 2 sparse, ...
        factor: how much of the guess is put in.
        lesion: "none", "cerebellum" or "olive".
        synthesiser: units of each granule layer. Published are (400, 400), which learn three times as slowly in time.
        lr, clip: of training, see ``TrainConfig``. Published are 1e-3 and 1; as here the models part sooner.
        seeds: one network of each model for each.
        task: the lines to draw; its ``sparse`` is that of the slider.
        tick: seconds that one tick may take, picture included.
        chunk: batches per tick; None counts by time.
        sizes: further fields of ``DecoupledConfig``, such as ``n_cortex``.

    Raises:
        ValueError: an unknown lesion, or a setting out of its range.

    Example:
        >>> panel = DecouplingPanel(n_cortex=5, synthesiser=(4,), seeds=(0, 1), chunk=3)
        >>> panel.step()
        >>> panel.alt[:87]
        '2 networks of each model (truncation 1, taught every 2, factor 0.1) after 3 batches of '
    """

    def __init__(self, truncation: int = 1, sparse: int = 2, factor: float = 0.1, lesion: str = "none",
                 synthesiser: Sequence[int] = (100,), lr: float = 1.5e-3, clip: float | None = None,
                 seeds: Sequence[int] = (0, 1, 2, 3, 4), task: GradedLines | None = None, tick: float = 0.25,
                 chunk: int | None = None, **sizes) -> None:
        self._task = GradedLines() if task is None else task
        check_count("truncation", truncation, 1, self._task.n_steps)
        check_count("sparse", sparse, 1, LONGEST_INTERVAL)
        check_number("factor", factor, 0.0, 1.0)
        one_of("lesion", lesion, LESIONS)
        self._fixed = {"seeds": tuple(seeds), "layers": tuple(synthesiser), "sizes": sizes,
                       "training": {"batch_size": 50, "lr": lr, "clip": clip}}
        self.ghosts: dict[str, Curve] = {}
        again = "New networks; the old curves stay."
        self.controls = {
            "lesion": choice([(words, name) for name, words in LESION_WORDS.items()], lesion,
                             "What the ccRNN has lost from now on. Acts at once."),
            "factor": slider("factor", factor, 0, 1, 0.1, "How much of the guess is put in. Acts at once."),
            "truncation": slider("truncation (steps)", truncation, 1, self._task.n_steps,
                                 tip=f"How far back errors are sent; {self._task.n_steps} is the whole trial. {again}"),
            "sparse": slider("taught every", sparse, 1, LONGEST_INTERVAL,
                             tip=f"The teacher speaks at step 0 and at every so many steps. {again}"),
        }
        self.begin()
        super().__init__(render, self.controls, self._rows(), lambda view: self._code(), tick, chunk, LEAST,
                         meaning=lambda view: self._meaning())

    def _rows(self) -> list[list[widgets.Widget]]:
        at_once, again = (widgets.HTML(f"<b>{text}</b>", layout=widgets.Layout(width="8em"))
                          for text in ("acts at once", "starts again"))
        control = self.controls
        return [[at_once, control["lesion"], control["factor"]], [again, control["truncation"], control["sparse"]]]

    def horizon(self) -> Horizon:
        """What the controls say."""
        value = {name: value_of(control) for name, control in self.controls.items()}
        whole = value["truncation"] >= self._task.n_steps
        return Horizon(None if whole else value["truncation"], value["sparse"], value["factor"], value["lesion"])

    def begin(self) -> None:
        """New networks, as the controls say."""
        self.present = self.horizon()
        self.task = replace(self._task, sparse=self.present.sparse)
        self.learners = {model: Decoupler(model, self.task, self.present, **self._fixed) for model in MODELS}

    def changed(self) -> None:
        """A control was moved: act on the running networks, or start new ones."""
        if self.horizon() != self.present:      # factor and lesion are not compared
            self.reset()
        elif self.horizon().live != self.present.live:
            self.present = self.horizon()
            for learner in self.learners.values():
                learner.change(self.present)
            self.refresh()

    def learn(self, n_batches: int) -> None:
        """Learn from ``n_batches`` more batches."""
        for learner in self.learners.values():
            learner.tape.advance(n_batches)

    def look(self) -> None:
        """Draw the lines, and compare guesses with the true feedback."""
        for learner in self.learners.values():
            learner.look()

    def rewind(self) -> None:
        """Back by a hundred batches; press again to go further back."""
        for learner in self.learners.values():
            learner.tape.rewind()
        self.refresh()

    def reset(self) -> None:
        """New networks with the same seeds and the present settings; the old curves stay as ghosts."""
        old = self.learners
        self.begin()
        if any(learner.batches for learner in old.values()):
            self.ghosts = {model: learner.curves()[0] for model, learner in old.items()}
        self.refresh()

    def parameters(self) -> DecouplingView:
        """What ``render`` is given."""
        curves = {model: learner.curves() for model, learner in self.learners.items()}
        return DecouplingView(self.present.words, self.present.factor, self.present.lesion, self.task.lines.numpy(),
                              self.task.radius, {model: learner.drawn for model, learner in self.learners.items()},
                              {model: error for model, (error, _) in curves.items()}, curves["ccRNN"][1], self.ghosts,
                              self.task.error_of_nothing)

    def _code(self) -> str:
        """Python that repeats all of it and prints the numbers of the picture."""
        seeds = self._fixed["seeds"]
        lines = ["import ccdyn", "from ccdyn.decoupling import gradient_similarity", "", f"task = ccdyn.{self.task!r}",
                 f'test = task.trials(range({self.task.n_patterns}), ccdyn.make_generators({seeds}, "test"))']
        for learner in self.learners.values():
            lines += learner.code()
        n = self.learners["ccRNN"].boundaries
        if n and self.present.lesion != "cerebellum":
            lines += [f"print(gradient_similarity(network, test, state.rules[0])[:, :{n}].mean(1))"]
        return "\n".join([*lines, ""])

    def _meaning(self) -> str:
        """What the settings mean, with units."""
        n, length, interval = self.task.n_steps, self.present.truncation, self.present.sparse
        taught = len(range(0, n, interval))
        reach = f"{length} of {n}" if length else f"all {n}"
        horizon = f"Errors are sent back through {reach} steps ({(length or n) * DT_MS:g} ms)"
        guess = {"none": f"{self.present.factor:g} of the guess is put in at the end of each truncation",
                 "cerebellum": "nothing is put in, and the synthesiser does not learn",
                 "olive": f"{self.present.factor:g} of the guess is put in, but the synthesiser does not learn"}
        return f"{horizon}; the teacher speaks at {taught} of them. In the ccRNN {guess[self.present.lesion]}."
