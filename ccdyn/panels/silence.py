"""Feedback silenced for some steps of the trial, as a panel: when is it needed?"""

from __future__ import annotations

import torch

from ccdyn.checks import check_count, check_number
from ccdyn.dissection import progress_along
from ccdyn.experiments import window_errors
from ccdyn.feedback import Silence
from ccdyn.network import Network
from ccdyn.panels.controls import slider, value_of
from ccdyn.panels.panel import Panel, Rendered, to_png
from ccdyn.plasticity.rule import observe
from ccdyn.plots.silence import SilenceView, silence_picture, silence_words
from ccdyn.plots.silenced import Silenced
from ccdyn.rng import make_generators
from ccdyn.tasks.linedraw import LineDrawing
from ccdyn.training import start, train

REPEATS = 3     # test trials of each line
TRAINING = {"tau": 5, "lr": 3e-3}
SIZES = {"alpha": 0.1, "expansion": 5, "seeds": (0, 1, 2, 3, 4)}


def render(view: SilenceView) -> Rendered:
    """The picture of ``view`` as PNG, and the same in words."""
    return to_png(silence_picture(view)), silence_words(view)


class SilencePanel(Panel):
    """A window of silence that is moved over the trial of networks that have learned to draw lines.

    Nothing learns here. Left what is drawn, in the middle how far the pen has come, right the error for windows of
    this length wherever they begin. Without a network it trains five, which takes some seconds.

    Args:
        network: with feedback; is not changed. ``state.network`` of a training state, or None.
        task: the lines that it draws.
        first: first silenced step.
        length: how many steps are silenced.
        factor: what the feedback is multiplied with there: 0 silences it, 0.5 halves it.
        n_sessions: how long to train (100 batches each), if no network is given.
        sizes: fields of ``NetworkConfig`` for the networks to train, such as alpha, seeds and n_cortex.

    Raises:
        ValueError: no feedback to silence, sizes beside a given network, or a window outside the trial.

    Example:
        >>> from ccdyn import LineDrawing, Network
        >>> task = LineDrawing(n_steps=9)
        >>> panel = SilencePanel(Network.for_task(task, n_cortex=5, expansion=2, seeds=(0, 1)), task)
        >>> panel.alt[:75]
        '2 networks with cerebellar feedback, feedback times 0 in steps 6 to 8: test'
    """

    def __init__(self, network: Network | None = None, task: LineDrawing | None = None, first: int = 6, length: int = 3,
                 factor: float = 0.0, n_sessions: int = 5, **sizes) -> None:
        self.task = LineDrawing() if task is None else task
        n_steps = self.task.n_steps
        check_count("first", first, 0, n_steps - 1)
        check_count("length", length, 1, n_steps)
        check_number("factor", factor, 0, 1)
        self._origin = ["# network and task: as given to SilencePanel"]
        if network is None:
            network = self._train(n_sessions, {**SIZES, **sizes})
        elif sizes:
            raise ValueError(f"{next(iter(sizes))!r} is a setting for networks to train, but a network was given; "
                             "leave one of the two out")
        if network.config.feedback == "none":
            raise ValueError("the network has no feedback, so there is nothing to silence; build it with "
                             "feedback='cerebellar' or 'readout'")
        self.network, seeds = network, network.config.seeds
        self.patterns = list(range(self.task.n_patterns)) * REPEATS
        self.batch = self.task.trials(self.patterns, make_generators(seeds, "test"), network.dtype)
        self._windows: dict[tuple[int, float], torch.Tensor] = {}
        self._intact = self._live(None)
        controls = {
            "first": slider("first step", first, 0, n_steps - 1, tip="First silenced step."),
            "length": slider("how many steps", length, 1, n_steps, tip="How many steps are silenced."),
            "factor": slider("feedback left", factor, 0, 1, 0.1, "What the feedback is multiplied with there."),
        }
        super().__init__(render, controls, code=lambda view: self._code(), meaning=meaning)

    def _train(self, n_sessions: int, settings: dict) -> Network:
        """Networks of the panel's own, and how they came about."""
        state = train(start(Network.for_task(self.task, **settings), self.task, **TRAINING), n_sessions)
        arguments = ", ".join(f"{name}={value!r}" for name, value in settings.items())
        self._origin = [f"task = ccdyn.{self.task!r}", f"network = ccdyn.Network.for_task(task, {arguments})",
                        f"state = ccdyn.start(network, task, tau={TRAINING['tau']}, lr={TRAINING['lr']})",
                        f"ccdyn.train(state, {n_sessions})"]
        return state.network

    def _live(self, silence: Silence | None) -> tuple:
        """What is drawn, how far the pen comes, and the error; networks in front, even if there is only one."""
        record = observe(self.network, self.batch, silence=silence,
                         generator=make_generators(self.network.config.seeds, "noise"))
        readout = record.readout.reshape(-1, *self.batch.target.shape[-3:])
        progress = progress_along(readout, self.task.endpoints[self.patterns])
        return readout[:, :self.task.n_patterns].numpy(), progress.T.numpy(), record.loss.reshape(-1).double().numpy()

    def parameters(self) -> SilenceView:
        """What ``render`` is given."""
        first, length, factor = (value_of(control) for control in self.controls.values())
        if (length, factor) not in self._windows:   # moving the window along needs no new ones
            self._windows[length, factor] = window_errors(self.network, self.batch, length, factor)
        windows = self._windows[length, factor].reshape(self.task.n_steps, -1).double().numpy()
        drawn, progress, _ = self._live(Silence(factor, first, first + length))
        _, intact_progress, intact = self._intact
        window = Silenced(first, length, factor, self.task.n_steps)
        return SilenceView(f"{self.network.config.feedback} feedback", window, self.task.lines.numpy(), drawn, progress,
                           intact_progress, windows, intact, self.task.error_without_cue)

    def _code(self) -> str:
        """Python that prints the test errors: silenced and intact, and for windows of this length by first step."""
        first, length, factor = (value_of(control) for control in self.controls.values())
        return "\n".join([
            "import ccdyn", "from ccdyn.experiments import window_errors", "", *self._origin,
            f"patterns = list(range(task.n_patterns)) * {REPEATS}",
            'batch = task.trials(patterns, ccdyn.make_generators(network.config.seeds, "test"), network.dtype)',
            f"silence = ccdyn.Silence({factor}, {first}, {first + length})",
            'noise = ccdyn.make_generators(network.config.seeds, "noise")',
            'print(ccdyn.evaluate(network, batch, silence, noise)["loss"])',
            'print(ccdyn.evaluate(network, batch, None, noise)["loss"])',
            f"print(window_errors(network, batch, {length}, {factor}))", ""])


def meaning(view: SilenceView) -> str:
    """What the settings mean, with units."""
    window = view.silenced
    return f"{window.steps.capitalize()}, {window.milliseconds} after the cue: {window.meaning}"
