"""A cortex alone as a panel: what its modes mean for how long it remembers a cue."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from ccdyn.checks import check_count, check_number
from ccdyn.cortex import DT_MS, time_constant
from ccdyn.decode import decode_cue
from ccdyn.dissection import principal_components
from ccdyn.dynamics import run
from ccdyn.network import Network
from ccdyn.panels.controls import slider, value_of
from ccdyn.panels.panel import Panel, Rendered, to_png
from ccdyn.phase import modes, rescaled
from ccdyn.plots.phase import PhaseView, phase_picture, phase_words
from ccdyn.plots.words import in_ms
from ccdyn.rng import make_generators
from ccdyn.tasks.linedraw import LineDrawing

N_SHOWN = 3  # single trials of each cue in the picture


def render(view: PhaseView) -> Rendered:
    """The picture of ``view`` as PNG, and the same in words."""
    return to_png(phase_picture(view)), phase_words(view)


class PhasePanel(Panel):
    """What several cortices without feedback remember of the cue of line drawing, and why.

    Left the eigenvalues of a step near rest, in the middle the paths of the
    rates, both of the first network; right how often a linear decoder names
    the cue from the rates of each step. Nothing is trained but that decoder.

    Args:
        radius: spectral radius of W_hh, 0 to 2, to which the drawn weights are rescaled; as drawn about .63.
        alpha: fraction of h kept per step, 0 to 1.
        gain: factor of W_ih, so of cue and noise alike, at least 0.1.
        seeds: one network each.
        n_trials: trials of each cue: half of them for the decoder to learn from, half to test it.
        task: for its cues, steps and noise.
        sizes: further fields of ``NetworkConfig``, such as ``n_cortex``.

    Raises:
        ValueError: an argument out of its range.

    Example:
        >>> PhasePanel(n_cortex=5, seeds=(0, 1), n_trials=4, radius=1.2).alt[:70]
        '2 networks with no feedback, W_hh of spectral radius 1.2, alpha 0.1, i'
    """

    def __init__(self, radius: float = 0.65, alpha: float = 0.1, gain: float = 1.0,
                 seeds: Sequence[int] = (0, 1, 2, 3, 4), n_trials: int = 60, task: LineDrawing | None = None,
                 **sizes) -> None:
        check_number("radius", radius, 0, 2)
        check_number("alpha", alpha, 0, 1)
        check_number("gain", gain, 0.1)
        check_count("n_trials", n_trials, 2)
        self.task, self.n_trials = task or LineDrawing(), n_trials
        self.settings = {"feedback": "none", "seeds": tuple(seeds), **sizes}
        network = Network.for_task(self.task, **self.settings)
        check_count("n_cortex", network.config.n_cortex, 2, why="the picture is of a plane")
        # The same trials wherever the sliders stand.
        self.labels = torch.arange(self.task.n_patterns).repeat(n_trials)
        self._x = self.task.trials(self.labels, make_generators(tuple(seeds), "test"), network.dtype).x
        controls = {
            "radius": slider("radius of W_hh", radius, 0, 2, 0.05, "Largest absolute eigenvalue of W_hh."),
            "alpha": slider("alpha", alpha, 0, 1, 0.1, "Share of h that is kept in each step."),
            "gain": slider("input gain", gain, 0.1, 5, 0.1, "Factor of W_ih: cue and noise grow alike."),
        }
        super().__init__(render, controls, code=lambda view: self._code(), meaning=meaning)

    def parameters(self) -> PhaseView:
        """What ``render`` is given."""
        radius, alpha, gain = (value_of(control) for control in self.controls.values())
        network = rescaled(Network.for_task(self.task, alpha=alpha, **self.settings), radius, gain)
        rate = run(network, self._x).rate
        first = rate[0].unflatten(0, (self.n_trials, self.task.n_patterns))
        paths = first.double().mean(0)
        directions, shares, _ = principal_components(paths)
        in_plane = [((rates - paths.mean((0, 1))) @ directions[:2].mT).numpy()
                    for rates in (paths, first[:N_SHOWN].double())]
        return PhaseView(radius, alpha, gain, modes(network).numpy(), *in_plane, shares[:2].numpy(),
                         decode_cue(rate, self.labels).numpy(), rate[:, :, -1].abs().mean((1, 2)).numpy())

    def _code(self) -> str:
        """Python that prints the spectral radius of a step, mean |r| at the last step, and the decoder's accuracy."""
        radius, alpha, gain = (value_of(control) for control in self.controls.values())
        settings = ", ".join(f"{name}={value!r}" for name, value in self.settings.items())
        return "\n".join([
            "import ccdyn", "from ccdyn.decode import decode_cue", "from ccdyn.phase import modes, rescaled", "",
            f"task = ccdyn.{self.task!r}",
            f"network = ccdyn.Network.for_task(task, alpha={alpha}, {settings})",
            f"network = rescaled(network, radius={radius}, gain={gain})",
            f"labels = list(range(task.n_patterns)) * {self.n_trials}",
            'batch = task.trials(labels, ccdyn.make_generators(network.config.seeds, "test"), network.dtype)',
            "rate = ccdyn.run(network, batch.x).rate",
            "print(modes(network).abs().amax(-1))         # by network",
            "print(rate[:, :, -1].abs().mean((1, 2)))",
            "print(decode_cue(rate, labels).mean(0))      # by step", ""])


def meaning(view: PhaseView) -> str:
    """What the settings mean, with units."""
    largest = view.largest.mean()
    course = (f"it fades with a time constant of {in_ms(time_constant(largest))}" if largest < 1
              else "it grows until tanh holds it")
    return (f"Time constant of a unit alone: {in_ms(time_constant(view.alpha))}. With W_hh, the slowest pattern of "
            f"activity is multiplied by {largest:.2f} in each step of {DT_MS:g} ms: {course}. Input gain: cue and "
            f"noise both come in {view.gain:g} times as strong.")
