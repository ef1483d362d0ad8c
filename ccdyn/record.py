"""What a run leaves behind: the series that were asked for, and the final state.

Inside, every series lies as (replica, time, batch, unit): each time step then
writes one slab, and many steps together are one matrix (time * batch, unit)
without a copy, which turns the sums over time in the learning rules into
single matrix products.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import torch
from torch import Tensor


class Given(NamedTuple):
    """What a run has met that network and stimulus do not tell, so that it can be repeated."""

    factors: list[float]      # of the feedback, at each step
    noise: Tensor | None      # added to the feedback, (..., time, batch, n_feedback)
    drops: Tensor | None      # factors of the readout's granule drives, (..., time, batch, n_granule)


class Record:
    """The series of one run, as attributes: ``record.rate``, ``record.readout``, ...

    Each has shape (batch, time, unit), or (replica, batch, time, unit) with
    several seeds. ``record.state`` is where the run stopped.

    Learning rules use ``rows``, which gives (..., time * batch, unit).
    """

    def __init__(self, series: dict[str, Tensor], state, first: dict[str, int], given: Given, dropout: float = 0.0,
                 online: Any = None, loss: Tensor | None = None) -> None:
        self.series = series        # (..., time, batch, unit); "rate" has one step more, the one before the first
        self.state = state
        self.first = first          # the time step that a series starts at, if not 0
        self.given = given
        self.dropout = dropout      # share of granule drives that the readout dropped
        self.online = online        # what learned inside the sequence, if anything did
        self.loss = loss            # of the task, per replica, once ``teach`` was called

    def __getattr__(self, name: str) -> Tensor:
        if name.startswith("__") or name not in self.__dict__.get("series", {}):
            kept = ", ".join(self.__dict__.get("series", {}))
            raise AttributeError(f"this run kept {kept} but not {name!r}; pass record=({name!r},) to run")
        series = self.series[name]
        return (series[..., 1:, :, :] if name == "rate" else series).transpose(-3, -2)

    def __contains__(self, name: str) -> bool:
        return name in self.series

    def __repr__(self) -> str:
        return f"Record({', '.join(f'{name} {tuple(getattr(self, name).shape)}' for name in self.series)})"

    def rows(self, name: str, start: int, stop: int) -> Tensor:
        """Steps start to stop-1 of a series as (..., (stop - start) * batch, unit), time-major.

        ``"rate_before"`` is r_{t-1}: what the synapses saw at step t.
        """
        if name == "rate_before":
            return self.series["rate"][..., start:stop, :, :].flatten(-3, -2)
        if name not in self.series:
            raise AttributeError(f"this run did not keep {name!r}; add it to the rule's needs")
        first = -1 if name == "rate" else self.first.get(name, 0)
        return self.series[name][..., start - first:stop - first, :, :].flatten(-3, -2)

    def teach(self, loss: Tensor, error: Tensor, first: int) -> Record:
        """The same record with the task's loss, and with dE/dz (..., time, batch, n_out) from step ``first`` on."""
        return Record({**self.series, "error": error}, self.state, {**self.first, "error": first}, self.given,
                      self.dropout, self.online, loss)


class Slabs:
    """Preallocated arrays that the time loop writes into; what is not kept goes to one scratch slab."""

    def __init__(self, names: Iterable[str], sizes: dict[str, int], like: Tensor, n_steps: int) -> None:
        replicas, batch, _ = like.shape
        self.buffers = {name: like.new_empty(replicas, n_steps + (name == "rate"), batch, sizes[name])
                        for name in names}
        self.slabs = {name: buffer.unbind(1) for name, buffer in self.buffers.items()}
        self.slabs["rate"] = self.slabs["rate"][1:]
        self.slabs["drive"] = [like.new_empty(replicas, batch, sizes["granule"])] * n_steps
        self.slabs.setdefault("granule", self.slabs["drive"])
        self.slabs.setdefault("h", [like.new_empty(like.shape)] * n_steps)

    def start(self, rate: Tensor) -> None:
        self.buffers["rate"][:, 0] = rate

    def out(self, name: str, t: int) -> Tensor | None:
        """Where step t of a series belongs."""
        return self.slabs[name][t]

    def put(self, name: str, t: int, value: Tensor) -> None:
        """Keep ``value``, unless it was written in place."""
        if name in self.buffers and value is not self.slabs[name][t]:
            self.slabs[name][t].copy_(value)

    def series(self) -> dict[str, Tensor]:
        return dict(self.buffers)


class Workspace:
    """Memory that run after run writes into, for those who look at one record at a time, such as training.

    A record made with a workspace is overwritten by the next run with it.
    Fresh memory is slow when it is first touched, since the system hands it
    over page by page: without this, a third of a large training step is lost.
    """

    def __init__(self) -> None:
        torch.empty(31 * 2**20, dtype=torch.uint8)  # freed at once: glibc then keeps what is not larger for itself
        self._kind: tuple | None = None
        self._slabs: Slabs | None = None

    def slabs(self, names: Iterable[str], sizes: dict[str, int], like: Tensor, n_steps: int) -> Slabs:
        """The arrays of the last run if they fit this one, else new ones; arguments as for ``Slabs``."""
        kind = (tuple(names), tuple(sizes.items()), like.shape, like.dtype, like.device, n_steps)
        if kind != self._kind:
            self._kind, self._slabs = None, None  # the old memory goes before the new comes
            self._slabs = Slabs(names, sizes, like, n_steps)
            self._kind = kind
        return self._slabs


class Lists:
    """Appended lists, so that autograd sees every step."""

    def __init__(self, names: Iterable[str]) -> None:
        self.lists: dict[str, list[Tensor]] = {name: [] for name in names}

    def start(self, rate: Tensor) -> None:
        self.lists["rate"].append(rate)

    def out(self, name: str, t: int) -> None:
        return None

    def put(self, name: str, t: int, value: Tensor) -> None:
        if name in self.lists:
            self.lists[name].append(value)

    def series(self) -> dict[str, Tensor]:
        return {name: torch.stack(values, 1) for name, values in self.lists.items()}
