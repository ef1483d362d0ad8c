"""The cerebellar window as a panel: which prediction meets which target."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from ccdyn.cerebellum import purkinje_step
from ccdyn.cortex import DT_MS
from ccdyn.granule import fit_timed, granule_states
from ccdyn.network import Network
from ccdyn.panels.controls import slider, switch, value_of
from ccdyn.panels.panel import Panel, Rendered, to_png
from ccdyn.plasticity import TimedPlasticity
from ccdyn.plasticity.rule import gradients
from ccdyn.plasticity.timed import pairs
from ccdyn.plots.window import WindowView, window_picture, window_words
from ccdyn.rng import make_generators
from ccdyn.tasks.linedraw import LineDrawing

LINE = 1            # the line that is shown: straight up
N_TRIALS = 2        # of each line, from which is taught


def render(view: WindowView) -> Rendered:
    """The picture of ``view`` as PNG, and the same in words."""
    return to_png(window_picture(view)), window_words(view)


class WindowPanel(Panel):
    """What tau means: it moves which error meets which granule activity, and nothing else.

    Left the pairs of ``TimedPlasticity``, the one of ``step`` in bold; in the
    middle one line of the task with its teacher, what the networks predict as
    they were drawn and what parallel fibres come to predict by this teaching
    if the granule cells go on as they do (``fit_timed``); right the parallel
    fibres of that pair in the first network.

    Args:
        tau, step, final_learning: where the controls stand at the start.
        alpha: fraction of h kept per step.
        seeds: one network each, two or more.
        task: the lines to draw.
        sizes: further fields of ``NetworkConfig``, such as ``n_cortex``.

    Raises:
        ValueError: fewer than two lines or seeds; a step outside the trial.

    Example:
        >>> panel = WindowPanel(n_cortex=5, expansion=2, seeds=(0, 1))
        >>> panel.alt[:95]
        'tau 3: 18 of 21 predictions are taught (the last is made after the trial); the prediction used '
    """

    def __init__(self, tau: int = 3, step: int = 7, final_learning: bool = False, alpha: float = 0.5,
                 seeds: Sequence[int] = (0, 1, 2, 3, 4), task: LineDrawing | None = None, **sizes) -> None:
        self.task = LineDrawing() if task is None else task
        last = self.task.n_steps - 1
        if self.task.n_patterns <= LINE or last < 1:
            raise ValueError(f"the task has n_patterns={self.task.n_patterns} and n_steps={last + 1} but line {LINE} "
                             f"is shown in time; use n_patterns={LINE + 1} and n_steps=2 or more")
        if isinstance(seeds, int) or len(seeds) < 2:
            raise ValueError(f"seeds is {seeds!r} but a range needs several networks; use seeds=(0, 1, 2, 3, 4)")
        if not 0 <= step <= last or not 0 <= tau <= last:
            raise ValueError(f"step is {step} and tau is {tau} but a trial has the steps 0 to {last}; use one of these")
        self.settings = {"alpha": alpha, "seeds": tuple(seeds), **sizes}
        self.network = Network.for_task(self.task, **self.settings)
        self._look()
        controls = {
            "tau": slider("tau (steps)", tau, 0, min(15, last), tip="From the state that the cerebellum saw to the "
                                                                    "target that its prediction is taught."),
            "step": slider("step s", step, 0, last, tip="Which prediction is highlighted: the one used at this step."),
            "final_learning": switch("final learning", final_learning, "The last predictions, whose targets would come "
                                     "after the end, are taught the last target instead."),
        }
        super().__init__(render, controls, code=lambda view: self._code(), meaning=lambda view: self._meaning())

    @torch.no_grad()
    def _look(self) -> None:
        """What does not depend on tau."""
        seeds, dtype = self.network.config.seeds, self.network.dtype
        self.trial = self.task.trials([LINE], make_generators(seeds, "test"), dtype)
        self.lesson = self.task.trials(list(range(self.task.n_patterns)) * N_TRIALS, make_generators(seeds, "train"),
                                       dtype)
        self.granule, self.taught_granule = (granule_states(self.network, batch)
                                             for batch in (self.trial, self.lesson))
        self.drawn = purkinje_step(self.granule.squeeze(2), self.network.W_pf)[:, :-1, 1].numpy()
        self._known: dict[tuple[int, bool], tuple] = {}

    @torch.no_grad()
    def _taught(self, tau: int, final_learning: bool) -> tuple:
        """Heights once taught, and the length of the change by one trial; kept, since ``step`` does not move them."""
        if (tau, final_learning) not in self._known:
            fitted = fit_timed(self.taught_granule, self.lesson.target, self.granule, tau, final_learning)
            rule = TimedPlasticity(tau, mossy=False, final_learning=final_learning)
            change = gradients(self.network, self.trial, [rule])["W_pf"]
            self._known[tau, final_learning] = (fitted[:, :-1, 0, 1].numpy(), change.flatten(1).norm(dim=1).numpy())
        return self._known[tau, final_learning]

    def parameters(self) -> WindowView:
        """What ``render`` is given."""
        tau, step, final_learning = (value_of(control) for control in self.controls.values())
        fitted, norm = self._taught(tau, final_learning)
        return WindowView(tau, step, tuple(pairs(self.task.n_steps, tau, final_learning)),
                          self.trial.target[0, 0, :, 1].numpy(), self.drawn, fitted,
                          self.granule[0, step, 0].numpy(), float(self.granule[0].max()), norm)

    def refresh(self) -> None:
        """Draw again; with tau 0 or 1 every prediction has its target, and final learning has none to teach."""
        self.controls["final_learning"].disabled = self.controls["tau"].value < 2
        super().refresh()

    def _meaning(self) -> str:
        """What tau means, with units."""
        tau = self.controls["tau"].value
        used = ("which is the target before the one of the step at which the prediction is used" if tau == 0 else
                "which is the target of the very step at which the prediction is used" if tau == 1 else
                f"which is {(tau - 1) * DT_MS:g} ms ahead of the step at which the prediction is used")
        return (f"tau {tau} steps: a cortical state is paired with the target {tau * DT_MS:g} ms later, {used}. "
                "Nothing is delayed but the teaching.")

    def _code(self) -> str:
        """Python that prints the pairs, the error of the highlighted one, the change, and what is said once taught."""
        tau, step, final_learning = (value_of(control) for control in self.controls.values())
        arguments = ", ".join(f"{name}={value!r}" for name, value in self.settings.items())
        seeds = self.settings["seeds"]
        return "\n".join([
            "import ccdyn", "from ccdyn.granule import fit_timed, granule_states",
            "from ccdyn.plasticity.timed import pairs", "",
            f"task, step = ccdyn.{self.task!r}, {step}",
            f"network = ccdyn.Network.for_task(task, {arguments})",
            f'trial = task.trials([{LINE}], ccdyn.make_generators({seeds}, "test"), network.dtype)',
            f"rule = ccdyn.TimedPlasticity({tau}, final_learning={final_learning})",
            f"table = dict(pairs(task.n_steps, {tau}, {final_learning}))",
            "print(len(table), table.get(step))",
            "if step in table:",
            '    prediction = ccdyn.run(network, trial.x, record="prediction").prediction',
            "    print(trial.target[:, 0, table[step], 1] - prediction[:, 0, step, 1])",
            'print(ccdyn.gradients(network, trial, [rule])["W_pf"].flatten(1).norm(dim=1))',
            f"lesson = task.trials(list(range({self.task.n_patterns})) * {N_TRIALS}, "
            f'ccdyn.make_generators({seeds}, "train"), network.dtype)',
            "fitted = fit_timed(granule_states(network, lesson), lesson.target, granule_states(network, trial),",
            f"                   {tau}, {final_learning})",
            "print(fitted[:, step, 0, 1])", ""])
