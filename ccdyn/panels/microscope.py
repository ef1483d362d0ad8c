"""The gradient microscope as a panel: how near learning rules come to the true gradient, while networks learn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ccdyn.microscope import MEASURES, Angles, gradient_angles
from ccdyn.network import ARCHITECTURES, Network
from ccdyn.panels.clock import ClockPanel
from ccdyn.panels.controls import choice, slider, value_of
from ccdyn.panels.panel import Rendered, to_png
from ccdyn.panels.tape import Tape
from ccdyn.plasticity import BPTT, DeltaRule, EProp, Rule, TimedPlasticity
from ccdyn.plots.angles import AngleView, angle_picture, angle_words
from ccdyn.rng import make_generators
from ccdyn.tasks.linedraw import LineDrawing
from ccdyn.training import evaluate, start

RULES: dict[str, Rule] = {"e-prop": EProp(), "truncated BPTT, 5 steps": BPTT(5),
                          "e-prop, random senders": EProp(feedback="random")}
N_STEPS_SHOWN = 6


def render(view: AngleView) -> Rendered:
    """The picture of ``view`` as PNG, and the same in words."""
    return to_png(angle_picture(view)), angle_words(view)


class MicroscopePanel(ClockPanel):
    """Learning rules under the gradient microscope, side by side, in networks that learn by the first of them.

    Left each weight matrix, in the middle the error of one time step at a
    time, right the course of learning. All controls but the measure start new networks with the
    same seeds; the old curve of the first rule stays as a grey ghost.

    Args:
        rules: by the name that they have in the picture, such as ``{"mine": MyRule(), "e-prop": EProp()}``;
            the networks learn by the first, and by the usual rules where it claims nothing. None
            takes e-prop, truncated BPTT and e-prop with random senders.
        architecture: "no feedback", "readout feedback" or "cerebellar feedback".
        alpha, n_steps, tau: where the sliders stand at the start.
        lr: step size of every part that learns.
        seeds: one network each.
        n_trials: trials of the batch that is looked at.
        tick: seconds that one tick may take, look and picture included.
        chunk: batches per tick; None counts by time, and takes at least five.
        sizes: further fields of ``NetworkConfig``, such as ``n_cortex``.

    Raises:
        ValueError: an unknown architecture; rules that ``start`` or ``gradient_angles`` refuses.

    Example:
        >>> panel = MicroscopePanel(n_cortex=5, seeds=(0, 1), chunk=3, n_steps=5)
        >>> panel.step()
        >>> panel.alt[:65]
        '2 networks with no feedback, alpha 0.5, T 5 after 3 batches of li'
    """

    def __init__(self, rules: Mapping[str, Rule] | None = None, architecture: str = "no feedback", alpha: float = 0.5,
                 n_steps: int = 20, tau: int = 5, lr: float = 1e-3, seeds: Sequence[int] = (0, 1, 2, 3, 4),
                 n_trials: int = 10, tick: float = 0.25, chunk: int | None = None, **sizes) -> None:
        names = tuple(ARCHITECTURES)[:3]
        if architecture not in names:
            raise ValueError(f"unknown architecture {architecture!r}; use one of {', '.join(map(repr, names))}")
        self.rules = dict(RULES if rules is None else rules)
        self.lr, self.seeds, self.n_trials, self.sizes = lr, tuple(seeds), n_trials, sizes
        self.ghost: tuple[np.ndarray, np.ndarray] | None = None
        again = "New networks; the old curve stays."
        self.controls = {
            "architecture": choice(names, architecture, f"What the cortex hears back. {again}"),
            "measure": choice([("cosine", "cosine"), ("length", "ratio")], "cosine",
                              "Cosine: the same direction? Length: as large?", width="8em"),
            "alpha": slider("alpha", alpha, 0, 1, 0.1, f"Share of h that is kept in each step. {again}"),
            "n_steps": slider("T (steps)", n_steps, 5, 40, 5, f"How long a trial is. {again}"),
            "tau": slider("tau (steps)", tau, 0, 15, tip=f"How far the cerebellum's teaching looks ahead. {again}"),
        }
        self._begin()
        rows = [[self.controls["architecture"], self.controls["measure"]],
                [self.controls[name] for name in ("alpha", "n_steps", "tau")]]
        super().__init__(render, self.controls, rows, lambda view: self._code(), tick, chunk, least=5)

    def _values(self) -> dict:
        """What the controls say, but for the measure."""
        return {name: value_of(control) for name, control in self.controls.items() if name != "measure"}

    def _learning_rules(self) -> list[Rule]:
        """The first rule, and the usual ones for what it leaves alone."""
        first, network = next(iter(self.rules.values())), self.network
        usual = [DeltaRule()]
        if network.config.feedback == "cerebellar":
            usual.append(TimedPlasticity(self.values["tau"]))
        claimed = set(first.claims(network))
        return [first, *(rule for rule in usual if not claimed & set(rule.claims(network)))]

    def _begin(self) -> None:
        """New networks."""
        self.values = self._values()
        self.task = LineDrawing(n_steps=self.values["n_steps"])
        self.network = Network.for_task(self.task, alpha=self.values["alpha"], seeds=self.seeds,
                                        **ARCHITECTURES[self.values["architecture"]], **self.sizes)
        self.state = start(self.network, self.task, self._learning_rules(), lr=self.lr)
        self.tape = Tape(self.state)
        self.batch = self.task.batch(self.n_trials, make_generators(self.seeds, "test"), "test", self.network.dtype)

    def _angles(self, steps: Sequence[int] | None) -> Angles:
        name = next(iter(self.rules))
        return gradient_angles(self.network, self.batch, self.rules, steps, memory={name: self.state.rule_states[0]},
                               generator=make_generators(self.seeds, "noise"))

    @property
    def steps(self) -> tuple[int, ...]:
        """Time steps whose errors are looked at one by one, denser at the start."""
        return tuple(np.unique(np.geomspace(1, self.task.n_steps - 1, N_STEPS_SHOWN).round().astype(int)).tolist())

    def changed(self) -> None:
        """A control was moved: draw the other measure, or start new networks."""
        if self._values() != self.values:
            self.reset()
        else:
            self.refresh()

    def learn(self, n_batches: int) -> None:
        """Learn from ``n_batches`` more batches."""
        self.tape.advance(n_batches)

    def rewind(self) -> None:
        """Back to the end of the session before; press again to go further back."""
        self.tape.rewind()
        self.refresh()

    def look(self) -> None:
        """Compare the rules with the true gradient, if anything was learned since the last look."""
        if self.tape.seen:
            return
        self.angles, self.by_step = self._angles(None), self._angles(self.steps)
        self.test_error = evaluate(self.network, self.batch)["loss"].double().numpy()
        self.tape.look(self.angles.values[:, -1, :, 0])     # all weights: (rule, measure, seed)

    def reset(self) -> None:
        """New networks with the same seeds and the present settings; the old curve stays as a ghost."""
        if self.state.batches_done:
            self.ghost = np.array(self.tape.points), np.stack(self.tape.values)
        self._begin()
        self.refresh()

    def refresh(self) -> None:
        """Look, and draw again."""
        self.controls["tau"].disabled = not self.values["architecture"].startswith("cerebellar")
        super().refresh()

    def parameters(self) -> AngleView:
        """What ``render`` is given."""
        measure, values = self.controls["measure"].value, self.values
        which = MEASURES.index(measure)
        words = f"{values['architecture']}, alpha {values['alpha']:g}, T {values['n_steps']}"
        if values["architecture"].startswith("cerebellar"):
            words += f", tau {values['tau']}"
        ghost = self.ghost and (self.ghost[0], self.ghost[1][:, 0, which])
        return AngleView(measure, words, self.angles, self.by_step, np.array(self.tape.points),
                         np.stack(self.tape.values)[:, :, which], ghost, self.test_error)

    def _code(self) -> str:
        """Python that repeats all of it and prints the angles of the picture."""
        network = {**ARCHITECTURES[self.values["architecture"]], "alpha": self.values["alpha"], "seeds": self.seeds,
                   **self.sizes}
        arguments = ", ".join(f"{name}={value!r}" for name, value in network.items())
        rules = ", ".join(f"{name!r}: {_code_of(rule)}" for name, rule in self.rules.items())
        learning = ", ".join(map(_code_of, self._learning_rules()))
        first = next(iter(self.rules))
        lines = ["import ccdyn", "", f"task = ccdyn.LineDrawing(n_steps={self.task.n_steps})",
                 f"network = ccdyn.Network.for_task(task, {arguments})",
                 f"state = ccdyn.start(network, task, [{learning}], lr={self.lr})"]
        return "\n".join([
            *lines, *self.tape.code(), f"rules = {{{rules}}}",
            f'batch = task.batch({self.n_trials}, ccdyn.make_generators({self.seeds}, "test"), "test")',
            f"angles = ccdyn.gradient_angles(network, batch, rules, memory={{{first!r}: state.rule_states[0]}},",
            f'                               generator=ccdyn.make_generators({self.seeds}, "noise"))',
            "for rule in rules:", '    print(rule, angles[rule, "all", "cosine"])', ""])


def _code_of(rule: Rule) -> str:
    """As it stands in a call; a rule of one's own is named as it names itself."""
    return f"ccdyn.{rule!r}" if type(rule).__module__.startswith("ccdyn.") else repr(rule)
