"""A rhythm as a panel: who goes on when the teacher has left?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from ccdyn.checks import check_number
from ccdyn.cortex import DT_MS
from ccdyn.panels.controls import choice, slider, value_of
from ccdyn.panels.panel import Panel, Rendered, to_png
from ccdyn.plots.rhythm import RhythmView, rhythm_picture, rhythm_words
from ccdyn.rhythm import Rhythm, learn_rhythm

PERIOD = 40
RULES = {"FORCE at every step": None, "delta rule at every step": 1, "delta rule once a period": PERIOD}  # ``every``
HEARS = {"its own answer": "free", "the target": "fed"}


@lru_cache(maxsize=64)
def remembered(gain: float, every: int | None, seeds: tuple[int, ...], n_cortex: int = 200,
               n_steps: int = 2000) -> Rhythm:
    """``learn_rhythm``, but only once for the same settings."""
    return learn_rhythm(gain, every, seeds=seeds, n_cortex=n_cortex, n_steps=n_steps, period=PERIOD)


def render(view: RhythmView) -> Rendered:
    """The picture of ``view`` as PNG, and the same in words."""
    return to_png(rhythm_picture(view, tuple(RULES))), rhythm_words(view)


class RhythmPanel(Panel):
    """Networks that hear themselves are taught a sine; then the teacher leaves, and they go on, or not.

    A setting that is new is trained, which takes a second or two; one that was seen before is remembered, and its
    errors stay in the picture on the right.

    Args:
        gain: spectral radius of W_hh, 0 to 1.8.
        rule: "FORCE at every step", "delta rule at every step" or "delta rule once a period".
        seeds: one network each.
        n_cortex: cortical units.
        n_steps: for how long they are taught.

    Raises:
        ValueError: a gain out of its range, or an unknown rule.

    Example:
        >>> panel = RhythmPanel(gain=0.6, rule="delta rule once a period", seeds=(0, 1), n_cortex=20)
        >>> panel.alt[-38:]
        ' 0 of 2 go on with an error below 0.1.'
    """

    def __init__(self, gain: float = 1.2, rule: str = "FORCE at every step", seeds: Sequence[int] = (0, 1, 2),
                 n_cortex: int = 200, n_steps: int = 2000) -> None:
        check_number("gain", gain, 0, 1.8)
        if rule not in RULES:
            raise ValueError(f"unknown rule {rule!r}; use one of {', '.join(map(repr, RULES))}")
        self.fixed = {"seeds": tuple(seeds), "n_cortex": n_cortex, "n_steps": n_steps}
        self.visited: dict[tuple[str, float], Rhythm] = {}
        controls = {
            "rule": choice(list(RULES), rule, "How, and how often, the readout learns.", width="16em"),
            "gain": slider("gain g", gain, 0, 1.8, 0.3, "Spectral radius of W_hh: how lively the cortex is by itself."),
            "hears": choice([(f"alone, it hears {what}", what) for what in HEARS], "its own answer",
                            "What comes back to the cortex when the teacher has left.", width="18em"),
        }
        super().__init__(render, controls, code=lambda view: self._code(), meaning=meaning)

    def reset(self) -> None:
        """Put every control back to where it stood first, and forget the errors seen so far."""
        self.visited.clear()
        super().reset()

    def parameters(self) -> RhythmView:
        """What ``render`` is given."""
        rule, gain, hears = (value_of(control) for control in self.controls.values())
        now = self.visited[rule, gain] = remembered(gain, RULES[rule], **self.fixed)
        seen = {key: each.error(getattr(each, HEARS[hears])).numpy() for key, each in self.visited.items()}
        return RhythmView(gain, rule, hears, PERIOD, now.target.numpy(), now.taught.numpy(),
                          getattr(now, HEARS[hears]).numpy(), seen[rule, gain], seen)

    def _code(self) -> str:
        """Python that prints the error of each network when it is alone."""
        rule, gain, hears = (value_of(control) for control in self.controls.values())
        settings = ", ".join(f"{name}={value!r}" for name, value in self.fixed.items())
        return "\n".join([
            "from ccdyn.rhythm import learn_rhythm", "",
            f"rhythm = learn_rhythm({gain}, every={RULES[rule]}, period={PERIOD}, {settings})  # None is FORCE",
            f"print(rhythm.error(rhythm.{HEARS[hears]}))", ""])


def meaning(view: RhythmView) -> str:
    """What the settings mean, with units."""
    lively = "fades by itself" if view.gain < 1 else "keeps itself busy without any input"
    return (f"A cortex with gain {view.gain:g} {lively}. It is taught for {view.taught.shape[1] * DT_MS / 1000:g} s, "
            f"a sine "
            f"of {view.period * DT_MS / 1000:g} s a period; nothing comes in but what it hears of its last answer.")
