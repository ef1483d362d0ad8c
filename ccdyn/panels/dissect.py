"""Take trained networks apart: single units, the population, granule cells, and what is lost with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ipywidgets as widgets

from ccdyn.experiments import ORDERS
from ccdyn.network import ARCHITECTURES, Network
from ccdyn.panels.controls import choice, slider, value_of, with_tip
from ccdyn.panels.panel import Panel, Rendered, to_png
from ccdyn.panels.specimen import Specimen
from ccdyn.plots.dissect import DissectView
from ccdyn.tasks.cued import CuedDrawing
from ccdyn.tasks.linedraw import LineDrawing
from ccdyn.train_state import TrainState
from ccdyn.training import start, train

VIEWS = {
    "single units": "One line for each pattern. A selective unit does something else for each of them; one that is not "
                    "selective tells at most what time it is.",
    "population": "The rates of all units in one step are one point. Along the first component these points differ "
                  "most; a few components are enough if the units act together.",
    "granule cells": "A granule cell fires where its mossy fibres add up to more than 0; in step 0 none does, since "
                     "the cortex was at rest. Middle: for which pattern and step cells fire most (colours: its square "
                     "root).",
    "lesion": "In the network shown, {} of {} granule cells are removed for the whole trial; all other synapses "
              "stay as they were learned. Silencing would stop all of them, and only for some steps."}
TRAINING = {"tau": 5, "lr": 3e-3}


def render(view: DissectView) -> Rendered:
    """The picture of ``view`` as PNG, and the same in words."""
    return to_png(view.picture()), view.words()


class DissectPanel(Panel):
    """Trained networks, taken apart: nothing learns here, and the networks that are given stay as they are.

    ``DissectPanel(states)`` takes what ``compare`` gives, ``DissectPanel(network, task)`` the networks of a live
    panel: ``panel.learner.network, panel.learner.task``. Without either it trains five networks with cerebellar
    feedback itself, which takes some seconds. The view "lesion" removes granule cells from a copy; reset heals it.

    Args:
        networks: training states by name, or one ``Network`` (with several seeds or one), or None.
        task: the drawing task of that network, or the one to train on.
        n_sessions: how long to train (100 batches each), if no networks are given.
        seeds: of the networks to train.
        sizes: further fields of ``NetworkConfig`` for them, such as ``n_cortex``.

    Raises:
        ValueError: what cannot be taken apart; the sentence names it and the fix.

    Example:
        >>> from ccdyn import LineDrawing, Network
        >>> task = LineDrawing(n_steps=9)
        >>> panel = DissectPanel(Network.for_task(task, n_cortex=5, expansion=2, seeds=(0, 1)), task)
        >>> panel.controls["view"].value, panel.controls["share"].value = "lesion", 50
        >>> panel.alt[:59]
        '2 networks with cerebellar feedback; 5 of 10 granule cells '
    """

    def __init__(self, networks: Mapping[str, TrainState] | Network | None = None, task: CuedDrawing | None = None,
                 n_sessions: int = 3, seeds: Sequence[int] = (0, 1, 2, 3, 4), **sizes) -> None:
        _check(networks, task, sizes)
        self._origin = ["# network and task: as given to DissectPanel"]
        if networks is None:
            task = LineDrawing() if task is None else task
            networks = self._train(task, n_sessions, {"alpha": 0.5, "seeds": tuple(seeds), **sizes})
        if isinstance(networks, Network):
            self.specimens = {name: Specimen(name, networks, task) for name in [_name(networks)]}
        else:
            self._origin = ["state = states[{label!r}]  # states: as given to DissectPanel",
                            "network, task = state.network, state.task"]
            self.specimens = {name: Specimen(name, state.network, state.task) for name, state in networks.items()}
        for specimen in self.specimens.values():
            specimen.prepare()
        first = next(iter(self.specimens))
        config = self.specimens[first].network.config
        cells = widgets.SelectMultiple(options=[(f"cell {i}", i) for i in range(config.n_granule)], rows=4,
                                       layout=widgets.Layout(width="9em"))
        self.controls = {
            "view": choice(VIEWS, "single units", "What to look at.", width="9em"),
            "networks": choice(self.specimens, first, "Which networks to take apart."),
            "replica": choice([(f"seed {seed}", i) for i, seed in enumerate(self.specimens[first].seeds)], 0,
                              "Which network is shown where only one can be.", width="7em"),
            "unit": slider("unit", 0, 0, config.n_cortex - 1, tip="Number of the cortical unit."),
            "cell": slider("granule cell", 0, 0, config.n_granule - 1, tip="Number of the granule cell."),
            "share": slider("removed (%)", 0, 0, 100, 5, "Share of the granule cells that is removed, in this order."),
            "order": choice(ORDERS, ORDERS[0], "Which cells go first, by their mean activity.", width="12em"),
            "cells": with_tip(cells, "More cells to remove, by number: Ctrl or Shift and a click for several."),
        }
        rows = [[self.controls[name] for name in names] for names in (
            ("view", "networks", "replica"), ("unit", "cell"), ("share", "order", "cells"))]
        super().__init__(render, self.controls, rows, lambda view: self._code(), lambda view: self._meaning())

    def _train(self, task: CuedDrawing, n_sessions: int, settings: dict) -> Network:
        """Networks of the panel's own, and how they came about."""
        state = train(start(Network.for_task(task, **settings), task, **TRAINING), n_sessions)
        arguments = ", ".join(f"{name}={value!r}" for name, value in settings.items())
        self._origin = [f"task = ccdyn.{task!r}", f"network = ccdyn.Network.for_task(task, {arguments})",
                        f"state = ccdyn.start(network, task, tau={TRAINING['tau']}, lr={TRAINING['lr']})",
                        *([f"ccdyn.advance(state, {state.batches_done})"] if state.batches_done else [])]
        return state.network

    def _now(self) -> tuple[Specimen, dict]:
        """The networks that are taken apart, and what the other controls say."""
        values = {name: value_of(control) for name, control in self.controls.items()}
        return self.specimens[values.pop("networks")], values

    def parameters(self) -> DissectView:
        """What ``render`` is given."""
        specimen, values = self._now()
        return specimen.view(**values)

    def refresh(self) -> None:
        """Draw again, with the controls on that mean something in this view."""
        specimen, values = self._now()
        view, share = values["view"], values["share"]
        on = {"view"} | ({"networks"} if len(self.specimens) > 1 else set())
        if specimen.shows(view):
            on |= {"replica"} if len(specimen.seeds) > 1 else set()
            on |= {"single units": {"unit"}, "granule cells": {"cell"}, "lesion": {"share"}}.get(view, set())
        if "share" in on and share < 100:
            on |= {"cells", "order"} if share else {"cells"}  # none or all: the order does not matter
        for name, control in self.controls.items():
            control.disabled = name not in on
        super().refresh()

    def _meaning(self) -> str:
        """What is shown, in plain words."""
        specimen, values = self._now()
        if not specimen.shows(values["view"]):
            return "Only cerebellar feedback passes through granule cells."
        if values["view"] != "lesion":
            return VIEWS[values["view"]]
        removed = specimen.removed(values["order"], values["share"], values["cells"])[values["replica"]]
        return VIEWS["lesion"].format(len(removed), specimen.network.config.n_granule)

    def _code(self) -> str:
        """Python that prints the numbers of the words."""
        specimen, values = self._now()
        return specimen.code("\n".join(self._origin).replace("{label!r}", repr(specimen.label)), **values)


def _name(network: Network) -> str:
    """The architecture's name in every table and picture."""
    kind = {"feedback": network.config.feedback, "readout": network.config.readout}
    return next((name for name, settings in ARCHITECTURES.items() if {"readout": "linear", **settings} == kind),
                f"{network.config.feedback} feedback")


def _check(networks: Mapping[str, TrainState] | Network | None, task: CuedDrawing | None, sizes: Mapping) -> None:
    """Refuse what cannot be taken apart, before anything is trained."""
    usage = "use DissectPanel(states) with states from ccdyn.compare, or DissectPanel(network, task)"
    pairs = [(networks, task)] if isinstance(networks, Network) else []
    if networks is None:
        pairs = [] if task is None else [(None, task)]
    elif not pairs:
        if not isinstance(networks, Mapping) or not networks or not all(
                isinstance(state, TrainState) for state in networks.values()):
            raise ValueError(f"networks is {networks!r}, which holds no trained networks; {usage}")
        if task is not None:
            raise ValueError(f"task is {task!r} but the states bring their own; leave task out")
        pairs = [(state.network, state.task) for state in networks.values()]
    for _, each in pairs:
        if not isinstance(each, CuedDrawing):
            raise ValueError(f"task is {each!r} but only drawings are taken apart here, such as LineDrawing(); {usage}")
    if networks is not None and sizes:
        raise ValueError(f"{next(iter(sizes))!r} is a setting for networks to train, but networks were given; "
                         "leave one of the two out")
    kinds = {(c.n_cortex, c.n_granule, c.seeds) for c in (network.config for network, _ in pairs if network)}
    if len(kinds) > 1:
        raise ValueError(f"the networks differ in (cortical units, granule cells, seeds): "
                         f"{' and '.join(map(str, sorted(kinds, key=repr)))}; give networks of one size and seeds")
