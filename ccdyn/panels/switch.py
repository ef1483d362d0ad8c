"""The panel of lab 07: networks learn two tasks in turn, and a student switches between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ipywidgets as widgets

from ccdyn.checks import check_number
from ccdyn.panels.clock import ClockPanel
from ccdyn.panels.controls import choice, slider, switch, value_of
from ccdyn.panels.panel import Rendered, to_png
from ccdyn.panels.switcher import Sharing, Switcher
from ccdyn.plots.curves import Curve
from ccdyn.plots.switch import SwitchView, switch_picture, switch_words
from ccdyn.tasks.linedraw import LineDrawing

TASKS = {"straight": LineDrawing(), "arcs": LineDrawing(arc=1.0)}


def render(view: SwitchView) -> Rendered:
    """The picture of ``view`` as PNG, and the same in words."""
    return to_png(switch_picture(view)), switch_words(view)


class SwitchPanel(ClockPanel):
    """Several networks learn two drawing tasks in turn; what they share between the contexts can be chosen.

    The cues are the same in both contexts, only what is to be drawn differs.
    Left what is drawn in each context with the cerebellum that belongs to it, in the
    middle both test errors with the moments of switching, right the parallel fibres of the first
    network, the weight in one context against that in the other.

    The context acts at once; what is shared, a frozen readout and alpha start new
    networks with the same seeds, and the old curves stay as grey ghosts. *rewind* goes back session by session.

    Args:
        tasks: two drawing tasks with the same sizes, by the name of their context; the first is the one to begin with.
        cerebella: "distinct", one for each context, or "one" for both.
        shared: share of the parallel fibres that are common, from 0 to 1.
        sharing: "copied" once, when a context is new, or "true", the same synapses.
        plastic_readout: False freezes the readout after the first switch.
        alpha: fraction of h kept per step.
        tau, lr: of training, see ``TrainConfig``.
        seeds: one network each.
        tick: seconds that one tick may take.
        chunk: batches per tick; None counts by time.
        training: further fields of ``TrainConfig``, such as ``{"mossy": False}``.
        sizes: further fields of ``NetworkConfig``, such as ``n_cortex``.

    Raises:
        ValueError: not two tasks; an unknown setting, or a number out of its range.

    Example:
        >>> panel = SwitchPanel(n_cortex=5, expansion=2, seeds=(0, 1), chunk=3)
        >>> panel.step()
        >>> panel.controls["context"].value = "arcs"
        >>> panel.alt[:75]
        '2 networks (alpha 0.5, a cerebellum each) after 3 batches, now in arcs. Tes'
    """

    def __init__(self, tasks: Mapping[str, LineDrawing] | None = None, cerebella: str = "distinct",
                 shared: float = 0.0, sharing: str = "true", plastic_readout: bool = True, alpha: float = 0.5,
                 tau: int = 5, lr: float = 3e-3, seeds: Sequence[int] = (0, 1, 2, 3, 4), tick: float = 0.25,
                 chunk: int | None = None, training: dict | None = None, **sizes) -> None:
        self.tasks = dict(TASKS if tasks is None else tasks)
        if len(self.tasks) != 2:
            raise ValueError(f"tasks has {len(self.tasks)} contexts; this panel shows two, such as {TASKS}")
        check_number("shared", shared, 0.0, 1.0)
        self._fixed = {"seeds": tuple(seeds), "sizes": {"expansion": 5, **sizes},
                       "training": {"tau": tau, "lr": lr, "final_learning": True, **(training or {})}}
        self.ghosts: dict[str, Curve] = {}
        again = "New networks; the old curves stay."
        self.controls = {
            "context": choice(self.tasks, next(iter(self.tasks)), "Which task is learned. Acts at once.", "9em"),
            "cerebella": choice([("a cerebellum for each", "distinct"), ("one cerebellum for both", "one")],
                                cerebella, f"Whether the cerebellum is exchanged. {again}"),
            "shared": slider("share of fibres", shared, 0, 1, 0.25,
                             f"Share of the parallel fibres that both contexts have in common. {again}"),
            "sharing": choice([("truly in common", "true"), ("copied once", "copied")], sharing,
                              f"The same synapses in both contexts, or a copy when a context is new. {again}", "11em"),
            "frozen": switch("freeze the readout after the first switch", not plastic_readout,
                             f"Else it goes on learning in every context. {again}"),
            "alpha": slider("alpha", alpha, 0, 1, 0.1, f"Share of h that is kept in each step. {again}"),
        }
        self.switcher = self._new()
        super().__init__(render, self.controls, self._rows(), lambda view: self.switcher.code(), tick, chunk,
                         meaning=lambda view: self._meaning())

    def _rows(self) -> list[list[widgets.Widget]]:
        at_once, again = (widgets.HTML(f"<b>{text}</b>", layout=widgets.Layout(width="8em"))
                          for text in ("acts at once", "starts again"))
        control = self.controls
        return [[at_once, control["context"]], [again, *(control[name] for name in ("cerebella", "frozen", "alpha"))],
                [control["shared"], control["sharing"]]]

    def sharing(self) -> Sharing:
        """What the controls say."""
        value = {name: value_of(control) for name, control in self.controls.items()}
        return Sharing(value["cerebella"], value["shared"], value["sharing"], not value["frozen"], value["alpha"])

    def _new(self) -> Switcher:
        return Switcher(self.tasks, self.sharing(), **self._fixed)

    def changed(self) -> None:
        """A control was moved: switch the running networks, or start new ones."""
        if self.sharing() != self.switcher.sharing:
            self.reset()
        else:
            self.switcher.switch(self.controls["context"].value)
            self.refresh()

    def learn(self, n_batches: int) -> None:
        """Learn from ``n_batches`` more batches."""
        self.switcher.advance(n_batches)

    def look(self) -> None:
        """Draw in both contexts."""
        self.switcher.look()

    def rewind(self) -> None:
        """Back to the end of the session before; press again to go further back."""
        self.switcher.rewind()
        self.refresh()

    def reset(self) -> None:
        """New networks with the same seeds and the present settings; the old curves stay as ghosts."""
        old, self.switcher = self.switcher, self._new()
        if old.batches:
            self.ghosts = old.curves()
        self.refresh()

    def refresh(self) -> None:
        """Draw again, with the controls on that mean something to these networks."""
        sharing = self.switcher.sharing
        with self.held():   # after a rewind or a reset it may be another context
            self.controls["context"].value = self.switcher.contexts.now
        self.controls["shared"].disabled = sharing.cerebella == "one"
        self.controls["sharing"].disabled = sharing.cerebella == "one" or not sharing.shared
        super().refresh()

    def parameters(self) -> SwitchView:
        """What ``render`` is given."""
        switcher = self.switcher
        one, other = (task.lines for task in self.tasks.values())
        return SwitchView(switcher.sharing.words, switcher.sharing.plastic_readout, switcher.contexts.now,
                          {context: task.lines.numpy() for context, task in self.tasks.items()}, switcher.drawn(),
                          switcher.curves(), self.ghosts, float(((one - other) ** 2).mean()), *switcher.fibres())

    def _meaning(self) -> str:
        """What the settings mean."""
        sharing, config = self.switcher.sharing, self.switcher.contexts.network().config
        n_fibres = config.n_granule * config.n_out
        exchanged = ("Nothing is exchanged at a switch: both contexts have the same cerebellum"
                     if sharing.cerebella == "one" else
                     f"At a switch the whole cerebellum is exchanged, {n_fibres} parallel fibres and all mossy fibres")
        if sharing.cerebella == "distinct" and sharing.shared:
            common = int(sharing.shared * n_fibres)
            exchanged += (f", but for the first {common} parallel fibres" if sharing.sharing == "true" else
                          f"; when a context is new, the first {common} parallel fibres are copied into it")
        return f"{exchanged}. Cortex and readout are the same in both; the cortex does not learn."
