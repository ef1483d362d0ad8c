"""The network: an LSTM (or tanh) cortex, a linear readout, and a synthesiser that only learning hears."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from ccdyn.checks import check_count
from ccdyn.decoupling.cells import CELLS, CellState
from ccdyn.decoupling.synthesiser import layer_names
from ccdyn.dynamics import check_state, check_stimulus, run
from ccdyn.feedback import Silence
from ccdyn.network import Replicas, Weights, one_of
from ccdyn.readout import LinearReadout
from ccdyn.record import Given, Record
from ccdyn.tasks.batch import Batch

SERIES = ("rate", "cell", "readout", "readout_hidden")

# The two models of the paper, by the granule layers of their synthesiser.
MODELS: dict[str, dict[str, tuple[int, ...]]] = {"cRNN": {"synthesiser": ()}, "ccRNN": {"synthesiser": (400, 400)}}


@dataclass(frozen=True)
class DecoupledConfig(Replicas):
    """Everything that makes such a network what it is, apart from what it learns.

    The defaults are the published ccRNN for line drawing (Boven, Pemberton et al. 2023).

    Raises:
        ValueError: a value that makes no network; the sentence names it and the fix.
    """

    n_in: int                                   # input channels
    n_out: int                                  # readout units: coordinates or classes
    classification: bool = False                # targets are classes
    cortex: str = "lstm"                        # or "tanh"
    n_cortex: int = 50                          # cortical units
    synthesiser: tuple[int, ...] = (400, 400)   # units of each granule layer; () is the cRNN, which has no cerebellum
    context: bool = False                       # the synthesiser also hears the target (one-hot for classes): cDNI
    fan_in: int | None = None                   # mossy fibres per unit of the first granule layer; None: all
    seeds: int | tuple[int, ...] = 0            # one seed: one network; several: that many networks in one pass
    dtype: str = "float32"                      # or "float64"

    def __post_init__(self) -> None:
        self.check_replicas()
        for name in ("n_in", "n_out", "n_cortex"):
            check_count(name, getattr(self, name))
        one_of("cortex", self.cortex, CELLS)
        if isinstance(self.synthesiser, int) or isinstance(self.synthesiser, str):
            raise ValueError(f"synthesiser is {self.synthesiser!r}; use the units of each granule layer, such as "
                             "(400, 400), or () for none")
        object.__setattr__(self, "synthesiser", tuple(self.synthesiser))
        for units in self.synthesiser:
            check_count("each granule layer of synthesiser", units)
        if self.fan_in is not None:
            check_count("fan_in", self.fan_in, 1, self.n_state, f"a state has {self.n_state} numbers; None is all")
        if not self.synthesiser and (self.context or self.fan_in is not None):
            raise ValueError(f"context={self.context} and fan_in={self.fan_in} are about the synthesiser, but "
                             "synthesiser is (), so there is none; leave them out, or use synthesiser=(400, 400)")

    @property
    def n_state(self) -> int:
        """Numbers in a state: the rates and, in an LSTM, the inner memories."""
        return self.n_cortex * (2 if CELLS[self.cortex].has_cell else 1)

    @property
    def n_context(self) -> int:
        """Numbers that a context has."""
        return self.n_out if self.context else 0


class DecoupledNetwork(Weights):
    """A cortex with gates, a linear readout, and (ccRNN) a cerebellum that predicts its learning feedback.

    ``W_ih, b_ih, W_hh, b_hh`` are those of ``torch.nn.LSTM`` (gates i, f, g,
    o), ``W_rdt, b_rdt`` the readout's; the synthesiser has ``W_mf, b_mf``
    (states to granule cells), ``W_gr2, b_gr2, ...`` (to further granule layers), ``W_pf, b_pf`` (to predicted
    gradients; they begin at 0), and with a context ``W_ctx``. Initial values are uniform within
    +-1/sqrt(n_cortex) for cortex and readout, +-1/sqrt(inputs) for the synthesiser. The cortex and the readout are
    drawn first, so the same seed has the same cortex with and without a cerebellum.

    The synthesiser takes no part in ``run``: it changes what is learned, not what is done.

    Source: Boven, Pemberton et al. (2023), Nat Commun 14:51; Pemberton et al. (NeurIPS 2021); released code.

    Example:
        >>> from ccdyn import DecoupledNetwork, GradedLines
        >>> network = DecoupledNetwork.for_task(GradedLines(), seeds=(0, 1, 2))
        >>> network.W_hh.shape, network.W_mf.shape
        (torch.Size([3, 200, 50]), torch.Size([3, 400, 100]))
    """

    config_type = DecoupledConfig
    readout = LinearReadout()

    def __init__(self, config: DecoupledConfig, device: torch.device | str = "cpu") -> None:
        super().__init__(config, device)
        self.to(device)

    @property
    def label(self) -> str:
        return "ccRNN" if self.config.synthesiser else "cRNN"

    def shapes(self) -> dict[str, tuple[tuple[int, ...], float]]:
        c = self.config
        rows, bound = CELLS[c.cortex].gates * c.n_cortex, c.n_cortex**-0.5
        shapes = {"W_ih": ((rows, c.n_in), bound), "W_hh": ((rows, c.n_cortex), bound), "b_ih": ((rows,), bound),
                  "b_hh": ((rows,), bound), **self.readout.shapes(c)}
        sizes = (c.n_state, *c.synthesiser, c.n_state)
        for number, (weight, bias) in enumerate(layer_names(len(c.synthesiser))):
            heard = c.fan_in if number == 0 and c.fan_in else sizes[number]
            bound = 0.0 if weight == "W_pf" else heard**-0.5
            shapes |= {weight: ((sizes[number + 1], sizes[number]), bound), bias: ((sizes[number + 1],), bound)}
        if c.context:
            shapes["W_ctx"] = ((c.synthesiser[0], c.n_context), c.n_context**-0.5)
        return shapes

    def sparse(self) -> tuple[str, ...]:
        return () if self.config.fan_in is None else ("W_mf",)

    def group(self, name: str) -> str:
        if name in self.readout.shapes(self.config):
            return "readout"
        return "cortex" if name in ("W_ih", "W_hh", "b_ih", "b_hh") else "cerebellum"

    def context_of(self, batch: Batch) -> Tensor | None:
        """What the synthesiser is told, (..., time, batch, n_context), or None: of a state, about the step after it.

        For numbers that step's target; for classes the label that is taught at last, one-hot.
        """
        if not self.config.context:
            return None
        if not batch.is_classification:
            return batch.target.transpose(-3, -2)
        label = batch.target[..., -1:].expand(batch.target.shape).mT
        return torch.nn.functional.one_hot(label, self.config.n_out).to(batch.x.dtype)


def lift(network: DecoupledNetwork, *tensors: Tensor | None) -> tuple[dict[str, Tensor], list[Tensor | None]]:
    """Weights and tensors with a replica axis, which is added in front if there is none."""
    weights = {name: weight.detach() for name, weight in network.weights().items()}
    if network.config.n_replicas is None:
        weights = {name: weight.unsqueeze(0) for name, weight in weights.items()}
        return weights, [None if each is None else each.unsqueeze(0) for each in tensors]
    return weights, list(tensors)


def drive(x: Tensor, w: dict[str, Tensor]) -> Tensor:
    """W_ih x + b_ih + b_hh of a stimulus (replica, ..., n_in): what does not depend on the state."""
    flat = torch.baddbmm((w["b_ih"] + w["b_hh"]).unsqueeze(-2), x.flatten(1, -2), w["W_ih"].mT)
    return flat.unflatten(1, x.shape[1:-1])


@run.register(DecoupledNetwork)
def _(network: DecoupledNetwork, x: Tensor, state: CellState | None = None, *, record: Iterable[str] = (),
      silence: Silence | None = None, generator=None, dropout: bool = False, readout_from: int = 0, online=None,
      autograd: bool = False, workspace=None) -> Record:
    """``run`` for this model: ``rate`` and ``readout`` are kept, and with ``record=("cell",)`` the inner memory.

    There is no noise and no dropout, so ``generator``, ``dropout`` and ``workspace`` change nothing.

    Raises:
        ValueError: as in ``run``; silence, autograd or learning inside the sequence, which this model does not have.
    """
    check_stimulus(network, x, readout_from)
    config, cell = network.config, CELLS[network.config.cortex]
    check_state(state, {"rate": config.n_cortex, "cell": config.n_cortex * cell.has_cell}, x)
    names = ["rate", "readout", *([record] if isinstance(record, str) else record)]
    for name in names:
        if name not in SERIES:
            raise ValueError(f"cannot record {name!r} in a {network.label}; use {', '.join(SERIES)}")
    for name, asked in {"silence": silence, "online": online, "autograd": autograd}.items():
        if asked:
            raise ValueError(f"{name} is {asked!r} but the {network.label} has no feedback to its activity, no "
                             f"learning inside the sequence, and a gradient of its own; leave {name} out")
    with torch.no_grad():
        w, (x, *parts) = lift(network, x, *(state or ()))
        replicas, batch, n_steps, _ = x.shape
        state = CellState(*parts) if parts else CellState(
            x.new_zeros(replicas, batch, config.n_cortex), x.new_zeros(replicas, batch, config.n_cortex * cell.has_cell))
        W_hh = w["W_hh"].mT.contiguous().mT      # transposed once here, not in every step
        rate = x.new_empty(replicas, n_steps + 1, batch, config.n_cortex)
        cells = x.new_empty(replicas, n_steps, batch, state.cell.shape[-1])
        rate[:, 0] = state.rate
        for t, stimulus in enumerate(drive(x.transpose(1, 2), w).unbind(1)):
            state = cell.step(state, stimulus, W_hh)
            rate[:, t + 1], cells[:, t] = state
        answers, _ = network.readout.forward(rate[:, 1 + readout_from:].flatten(1, 2), w)
        series = {"rate": rate, "readout": answers.unflatten(1, (-1, batch))}
        series |= {"cell": cells} if "cell" in names else {}
        series |= {"readout_hidden": rate[:, 1 + readout_from:]} if "readout_hidden" in names else {}
        if config.n_replicas is None:
            series, state = {name: each.squeeze(0) for name, each in series.items()}, CellState(
                *(part.squeeze(0) for part in state))
        first = {"readout": readout_from, "readout_hidden": readout_from}
        return Record(series, state, first, Given([1.0] * n_steps, None, None))
