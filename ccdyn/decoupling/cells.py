"""The cortex of this model: one step of an LSTM, or of a plain tanh network."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class CellState(NamedTuple):
    """What a cortex hands on from step to step, and what is lost at a truncation as far as learning goes.

    ``rate`` (..., batch, n_cortex) is what leaves the cortex (h_t in the LSTM's own notation), ``cell``
    (..., batch, n_cortex) an LSTM's inner memory c_t; a tanh network has none, (..., batch, 0).
    """

    rate: Tensor
    cell: Tensor


def lstm_step(state: CellState, stimulus: Tensor, W_hh: Tensor) -> CellState:
    """One step of a long short-term memory::

        i, f, o = sigmoid(a_i), sigmoid(a_f), sigmoid(a_o),   g = tanh(a_g),   a = W_ih x_t + W_hh r_{t-1} + b
        c_t = f c_{t-1} + i g,    r_t = o tanh(c_t)

    Args:
        state: of the step before, (replica, rows, n_cortex) each.
        stimulus: W_ih x_t + b_ih + b_hh, (replica, rows, 4 n_cortex), gates in the order i, f, g, o.
        W_hh: recurrent weights, (replica, 4 n_cortex, n_cortex).

    Source: Hochreiter & Schmidhuber (1997), with forget gates, in the order of ``torch.nn.LSTM``.
    """
    a = torch.baddbmm(stimulus, state.rate, W_hh.mT)
    i, f, g, o = a.chunk(4, -1)
    cell = torch.addcmul(f.sigmoid() * state.cell, i.sigmoid(), g.tanh())
    return CellState(o.sigmoid() * cell.tanh(), cell)


def tanh_step(state: CellState, stimulus: Tensor, W_hh: Tensor) -> CellState:
    """One step of a plain recurrent network, r_t = tanh(W_ih x_t + W_hh r_{t-1} + b); sizes as for ``lstm_step``."""
    return CellState(torch.baddbmm(stimulus, state.rate, W_hh.mT).tanh(), state.cell)


class Cell(NamedTuple):
    """A kind of cortex: its step, how many numbers enter each unit, and whether it has an inner memory."""

    step: object
    gates: int
    has_cell: bool


CELLS = {"lstm": Cell(lstm_step, 4, True), "tanh": Cell(tanh_step, 1, False)}
