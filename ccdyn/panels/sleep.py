"""Sleep as a panel: trial by trial, what the cerebellum does moves into the cortex."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import torch

from ccdyn.checks import check_count
from ccdyn.cortex import DT_MS
from ccdyn.dynamics import run
from ccdyn.experiments import consolidate
from ccdyn.experiments.consolidation import RULES, Change
from ccdyn.feedback import Silence
from ccdyn.network import Network
from ccdyn.panels.clock import ClockPanel
from ccdyn.panels.controls import choice, pause, slider, value_of
from ccdyn.panels.panel import Rendered, to_png
from ccdyn.plots.sleep import SleepView, sleep_picture, sleep_words
from ccdyn.rng import make_generators
from ccdyn.storage import load_trained
from ccdyn.tasks.association import DelayedAssociation

LAST = 50       # trials of sleep
EXAMPLES = 10   # test trials that can be looked at
OWN = "your rule"


class Seen(NamedTuple):
    """What is measured of networks after a trial of sleep."""

    accuracy: np.ndarray            # whole, silenced: (2, network)
    lengths: dict[str, np.ndarray]  # of W_hh and W_ch, (network,)
    belief: np.ndarray              # in the right answer, (2, network, example, time)


def render(view: SleepView) -> Rendered:
    """The picture of ``view`` as PNG, and the same in words."""
    return to_png(sleep_picture(view)), sleep_words(view)


class SleepPanel(ClockPanel):
    """Trained networks sleep, one trial a tick, and are tested after each trial, whole and with c_t = 0.

    The stimuli of sleep are those of the task; no teacher speaks. Left the
    accuracy, in the middle the length of W_hh, which learns, and of W_ch,
    which decays, right what the networks believe in one test trial. *rewind*
    goes back trial by trial. Another rule or decay wakes them up and begins again;
    what came before stays as a grey ghost.

    Args:
        network: with cerebellar feedback, trained on ``task``; is not changed. None takes those that come with ccdyn.
        task: where stimuli come from.
        rule: "least squares", "local", or a function of your own as ``ccdyn.consolidate`` takes it.
        decay: where the slider stands at the start.
        n_test: how many test trials are looked at.
        chunk: trials of sleep per tick; None counts by time.

    Raises:
        ValueError: no cerebellum, an unknown rule, or a number out of its range.

    Example:
        >>> panel = SleepPanel(n_test=20)
        >>> panel.step()
        >>> panel.alt[:61]
        '5 networks after 1 trial of sleep, least squares, decay 0.1. '
    """

    def __init__(self, network: Network | None = None, task: DelayedAssociation | None = None,
                 rule: str | Change = "least squares", decay: float = 0.1, n_test: int = 100,
                 chunk: int | None = 1) -> None:
        check_count("n_test", n_test, EXAMPLES)
        self.network = load_trained("association") if network is None else network
        self.task = DelayedAssociation() if task is None else task
        self.n_test, self._given = n_test, network is not None or task is not None
        consolidate(self.network, self.task, LAST, rule, decay=decay)   # refuses what cannot sleep
        self.rules: dict[str, str | Callable] = {name: name for name in RULES}
        if callable(rule):
            self.rules[OWN], rule = rule, OWN
        seeds = self.network.config.seeds
        self.test = self.task.batch(n_test, make_generators(seeds, "test"), "test", self.network.dtype)
        self.ghost: np.ndarray | None = None
        self.controls = {
            "rule": choice(self.rules, rule, "How W_hh learns. The networks begin again, awake.", width="12em"),
            "decay": slider("decay", decay, 0.0, 0.5, 0.05, "Share of W_ch that is lost in each trial of sleep, and "
                            "share of dW that is gained. The networks begin again, awake."),
            "example": slider("test trial", 0, 0, EXAMPLES - 1, tip="Which test trial is drawn on the right."),
        }
        self._begin()
        super().__init__(render, self.controls, None, lambda view: self._code(), chunk=chunk, meaning=meaning)

    def _begin(self) -> None:
        rule, decay, _ = (value_of(control) for control in self.controls.values())
        self._nights: Iterator[Network] = consolidate(self.network, self.task, LAST, self.rules[rule], decay=decay)
        self._settings, self.seen, self.trial = (rule, decay), [self._look_at(self.network)], 0

    def _look_at(self, network: Network) -> Seen:
        labels, accuracy, belief = self.test.target, [], []
        for silence in (None, Silence()):
            noise = make_generators(network.config.seeds, "noise")
            readout = run(network, self.test.x, silence=silence, generator=noise).readout.double()
            accuracy.append((readout.argmax(-1) == labels)[..., -1].double().mean(-1).reshape(-1))
            right = readout.softmax(-1).gather(-1, labels[..., None])[..., :EXAMPLES, :, 0]
            belief.append(right.reshape(-1, *right.shape[-2:]))
        lengths = {name: getattr(network, name).detach().double().flatten(-2).norm(dim=-1).reshape(-1).numpy()
                   for name in ("W_hh", "W_ch")}
        return Seen(torch.stack(accuracy).numpy(), lengths, torch.stack(belief).numpy())

    def changed(self) -> None:
        """A control was moved: wake up and begin again, or only draw."""
        if self._settings == tuple(value_of(self.controls[name]) for name in ("rule", "decay")):
            self.refresh()
        else:
            self._wake()

    def learn(self, n_batches: int) -> None:
        """Sleep for ``n_batches`` more trials; after the last one the clock stops."""
        for _ in range(n_batches):
            if self.trial == LAST:
                pause(self.play)
                return
            if self.trial + 1 == len(self.seen):
                self.seen.append(self._look_at(next(self._nights)))
            self.trial += 1

    def look(self) -> None:
        """Nothing: each trial of sleep is looked at when it is over."""

    def rewind(self) -> None:
        """One trial of sleep back; press again to go further back."""
        self.trial = max(0, self.trial - 1)
        self.refresh()

    def reset(self) -> None:
        """Wake the networks up: as trained, before any sleep; the old curve stays as a ghost."""
        self._wake()

    def _wake(self) -> None:
        if self.trial:
            self.ghost = self._curve[1]
        self._begin()
        self.refresh()

    @property
    def _curve(self) -> np.ndarray:
        """Accuracy whole and silenced, (2, trial, network)."""
        return np.stack([seen.accuracy for seen in self.seen[:self.trial + 1]], 1)

    def parameters(self) -> SleepView:
        """What ``render`` is given."""
        (rule, decay), example = self._settings, self.controls["example"].value
        seen = self.seen[:self.trial + 1]
        lengths = {name: np.stack([each.lengths[name] for each in seen]) for name in ("W_hh", "W_ch")}
        belief = seen[-1].belief[:, :, example]
        return SleepView(rule, decay, LAST, *self._curve, lengths, self.ghost, example, belief, self.n_test,
                         1 / self.task.n_patterns)

    def _code(self) -> str:
        """Python that sleeps as long and prints the numbers of the picture."""
        rule, decay = self._settings
        origin = (["# network and task: as given to SleepPanel"] if self._given
                  else ["task = ccdyn.DelayedAssociation()", 'network = ccdyn.load_trained("association")'])
        asleep = (f"*_, asleep = ccdyn.consolidate(network, task, {self.trial}, "
                  f"{'rule' if rule == OWN else repr(rule)}, decay={decay})" if self.trial else "asleep = network")
        return "\n".join([
            "import ccdyn", "", *origin, *(["# rule: as given to SleepPanel"] if rule == OWN else []), asleep,
            f"seeds, example = network.config.seeds, {self.controls['example'].value}",
            f'test = task.batch({self.n_test}, ccdyn.make_generators(seeds, "test"), "test", network.dtype)',
            "right = test.target[..., None]", "for silence in (None, ccdyn.Silence()):",
            '    noise = ccdyn.make_generators(seeds, "noise")',
            "    readout = ccdyn.run(asleep, test.x, silence=silence, generator=noise).readout",
            "    print((readout.argmax(-1, keepdim=True) == right)[..., -1, 0].float().mean(-1))",
            "    print(readout.softmax(-1).gather(-1, right)[..., example, -1, 0])",
            "for weight in (asleep.W_hh, asleep.W_ch):", "    print(weight.detach().flatten(-2).norm(dim=-1))", ""])


def meaning(view: SleepView) -> str:
    """What the settings mean, with units."""
    left = (1 - view.decay) ** view.trial
    return (f"In each trial of sleep 10 stimuli come in, no teacher speaks, and W_ch keeps {1 - view.decay:g} of "
            f"itself; after {view.trial}, {left:.2g} of it is left. A test trial has {view.belief.shape[-1]} steps of "
            f"{DT_MS:g} ms: the cue at step 0, the answer that counts at the last; silenced: c is 0 in all of them.")
