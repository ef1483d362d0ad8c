"""One window or many at once, as a live panel: networks learn to draw digits, and every window is watched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch

from ccdyn.checks import check_count
from ccdyn.cortex import DT_MS
from ccdyn.dissection import slice_errors
from ccdyn.panels.controls import choice, slider, value_of
from ccdyn.panels.learner import Settings
from ccdyn.panels.live import LearnerPanel
from ccdyn.panels.panel import Rendered, to_png
from ccdyn.plots.basis import COORDINATES, BasisView, basis_picture, basis_words, name_windows
from ccdyn.tasks.digitdraw import DigitDrawing

LONGEST = 7
KINDS = {   # the windows of the slices, from tau
    "one window: tau": lambda tau: (tau,),
    "temporal basis: 0 to tau": lambda tau: tuple(range(tau + 1)),
    "control: tau, tau + 1 times": lambda tau: (tau,) * (tau + 1),
}


def render(view: BasisView) -> Rendered:
    """The picture of ``view`` as PNG, and the same in words."""
    return to_png(basis_picture(view)), basis_words(view)


class BasisPanel(LearnerPanel):
    """Several networks with cerebellar feedback learn to draw digits, with one time window or with many at once.

    Left what they draw, in the middle the test error while they learn, right
    what each window says of one digit in time, over what it is taught. The control has as many
    channels as the temporal basis, but each of them has the window tau.
    Windows, tau and alpha start new networks with the same seeds, and the old
    curve stays as a grey ghost; *rewind* goes back session by session.

    Args:
        kind: "one window: tau", "temporal basis: 0 to tau" or "control: tau, tau + 1 times".
        tau, alpha, digit: where the controls stand at the start.
        expansion: granule cells per cortical unit.
        lr: step size of the readout and the cerebellum.
        seeds: one network each.
        task: the digits to draw.
        tick: seconds that one tick may take, picture included.
        chunk: batches per tick; None counts by time.
        sizes: further fields of ``NetworkConfig``, such as ``n_cortex``.

    Raises:
        ValueError: an unknown kind, or a setting out of its range.

    Example:
        >>> panel = BasisPanel(n_cortex=5, expansion=2, seeds=(0, 1), chunk=3)
        >>> panel.step()
        >>> panel.alt[:97]
        '2 networks with cerebellar feedback (windows 0 to 3, alpha 0.5) after 3 batches of digit drawing.'
    """

    def __init__(self, kind: str = "temporal basis: 0 to tau", tau: int = 3, alpha: float = 0.5, digit: int = 3,
                 expansion: float = 5, lr: float = 3e-3, seeds: Sequence[int] = (0, 1, 2, 3, 4),
                 task: DigitDrawing | None = None, tick: float = 0.25, chunk: int | None = None, **sizes) -> None:
        if kind not in KINDS:
            raise ValueError(f"unknown kind {kind!r}; use one of {', '.join(map(repr, KINDS))}")
        self.task = DigitDrawing() if task is None else task
        longest = min(LONGEST, self.task.n_steps - 1)
        check_count("tau", tau, 1, longest)
        check_count("digit", digit, 0, self.task.n_patterns - 1)
        self.seeds, self.expansion, self._sizes, self._lr = tuple(seeds), expansion, sizes, lr
        again = "New networks; the old curve stays."
        self.controls = {
            "kind": choice(KINDS, kind, f"Which windows the cerebellum has. {again}"),
            "tau": slider("tau (steps)", tau, 1, longest, tip=f"The longest window. {again}"),
            "alpha": slider("alpha", alpha, 0, 1, 0.1, f"Share of h that is kept in each step. {again}"),
            "digit": slider("digit", digit, 0, self.task.n_patterns - 1, tip="Which digit is watched in time."),
            "coordinate": choice(list(zip(COORDINATES, (0, 1))), 0, "Which coordinate of the pen.", width="8em"),
        }
        self.begin()
        control = list(self.controls.values())
        super().__init__(render, self.controls, [control[:1], control[1:3], control[3:]], self.code_of, tick, chunk,
                         meaning=lambda view: meaning(view.windows))

    @property
    def windows(self) -> tuple[int, ...]:
        """Of the slices, as the controls say."""
        return KINDS[self.controls["kind"].value](self.controls["tau"].value)

    @property
    def fixed(self) -> dict:
        """What else the networks are made with."""
        windows = self.windows
        same = len(windows) > 1 and len(set(windows)) == 1
        return {"sizes": {"n_slices": len(windows), **self._sizes},
                "training": {"tau": windows if same else windows[-1], "lr": self._lr}}

    def settings(self) -> Settings:
        """What the controls say."""
        return Settings("cerebellar feedback", value_of(self.controls["alpha"]), self.expansion,
                        self.controls["tau"].value, None)

    def needs_new(self) -> tuple:
        """What needs new networks if it has changed."""
        return *super().needs_new(), self.windows

    def changed(self) -> None:
        """A control was moved: start new networks, or only draw."""
        if self.needs_new() != self._begun:
            self.reset()
        else:
            self.refresh()

    def parameters(self) -> BasisView:
        """What ``render`` is given."""
        live, (learner,) = super().parameters(), self.learners.values()
        words = f"{name_windows(self._begun[-1])}, alpha {self.present.alpha:g}"
        shown = replace(live.shown[0], settings=words, curve=replace(live.shown[0].curve, label=words))
        windows, test = self._begun[-1], learner.test
        errors = slice_errors(learner.record.feedback, test.target, windows)
        return BasisView(replace(live, shown=(shown,)), windows, self.controls["digit"].value,
                         self.controls["coordinate"].value, torch.atleast_2d(errors).numpy())

    def code_of(self, view: BasisView) -> str:
        """Python that repeats all of it, and prints the test errors and those of each window."""
        return super().code_of(view) + "\n".join([
            "from ccdyn.dissection import slice_errors",
            'record = ccdyn.run(network, test.x, record="feedback")',
            f"print(slice_errors(record.feedback, test.target, {view.windows}))",
            f"middle = record.feedback[0, {view.digit}, task.n_steps // 2]",
            f"print(middle.unflatten(-1, ({len(view.windows)}, 2))[:, {view.coordinate}])", ""])


def meaning(windows: Sequence[int]) -> str:
    """What the settings mean, with units."""
    ahead = (max(windows) - 1) * DT_MS
    words = ("the step at which it is used" if not ahead else
             f"a target {ahead:g} ms ahead of the step at which it is used")
    channels = f"{2 * len(windows)} channels into the cortex and as many Purkinje cells"
    return f"{name_windows(windows).capitalize()}: {channels}. The longest window is taught {words}."
