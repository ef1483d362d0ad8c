"""The only time loop of ccdyn."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import singledispatch
from itertools import repeat
from typing import NamedTuple

import torch
from torch import Tensor

from ccdyn.cortex import leaky_step
from ccdyn.feedback import Silence
from ccdyn.network import Network, Weights
from ccdyn.record import Given, Lists, Record, Slabs, Workspace
from ccdyn.rng import Generators, draw, normal

SERIES = ("h", "rate", "readout", "readout_hidden", "feedback", "granule", "prediction")

# Learns inside the sequence: (step, readout, hidden, weights) -> weights from the next step on.
Online = Callable[[int, Tensor, Tensor, dict[str, Tensor]], dict[str, Tensor]]


class State(NamedTuple):
    """Where a run stopped, so that the next window can go on from there.

    ``h`` (..., batch, n_cortex) is the cortex before the tanh, ``readout``
    (..., batch, n_out) its last answer.
    """

    h: Tensor
    readout: Tensor


@singledispatch
def run(network: Network, x: Tensor, state: State | None = None, *, record: Iterable[str] = (),
        silence: Silence | None = None, generator: Generators | None = None, dropout: bool = False,
        readout_from: int = 0, online: Online | None = None, autograd: bool = False,
        workspace: Workspace | None = None) -> Record:
    """Let the network live through a batch of stimuli, step by step::

        f_t = feedback(r_{t-1}, z_{t-1})
        h_t = alpha h_{t-1} + W_ih x_t + W_fh f_t + W_hh r_{t-1}
        r_t = tanh(h_t),    z_t = readout(r_t)

    (A network of another model lives by its own equations: see ``ccdyn.decoupling.network``.)

    Args:
        network: the weights and the architecture.
        x: stimulus, (batch, time, n_in), or (replica, batch, time, n_in) for
            a network with several seeds.
        state: where an earlier run stopped; None starts from rest (h = r = z = 0).
        record: what to keep beside ``rate`` (r) and ``readout`` (z): ``h``,
            ``feedback`` (f_t as it entered the cortex), ``granule``,
            ``prediction`` (the cerebellum's raw output, before softmax,
            silencing and noise), ``readout_hidden`` (what z is read from).
        silence: scales the feedback in a window of steps.
        generator: for the noise of a network with ``cerebellar_noise``, and for dropout.
        dropout: True drops granule drives of a granule readout, as in training.
        readout_from: first step whose readout is wanted. A task that is taught
            only at the end saves the others; ``record.readout`` then starts there.
        online: called after every step with (t, z_t, what z_t was read from, weights),
            all with a replica axis; returns the weights of the next step. This is
            how FORCE learns inside the sequence.
        autograd: True keeps the graph for ``backward`` through everything that
            moves (cortex, feedback, readout); False, the default, is the fast path.
        workspace: memory to write into, for many runs of one kind; the record of
            the run before is then overwritten.

    Returns:
        A ``Record``: the series by name, (..., batch, time, unit), and the final ``state``.

    Raises:
        ValueError: sizes that do not fit, NaN or infinite input, an unknown
            series, or a missing generator. Nothing is run then.

    Source: Pemberton, Chadderton & Costa (2024), Table 1, and released code.
    """
    names = _check(network, x, state, record, generator, dropout, readout_from)
    if online and network.config.readout != "linear":
        raise ValueError(f"learning online needs readout='linear' but the network has {network.config.readout!r}; "
                         "build it with readout='linear', or leave online out")
    config, n_steps = network.config, x.shape[-2]
    n_rows, n_feedback = x[..., 0, 0].numel() // (config.n_replicas or 1), network.feedback.size(config)
    noise = drops = None
    if config.cerebellar_noise and n_feedback:
        noise = normal((n_steps, n_rows, n_feedback), generator, x.dtype).to(x.device).mul_(config.cerebellar_noise)
    if dropout and config.readout == "granule":  # 0 where a drive is dropped, 1 / (1 - p) elsewhere
        keep = 1.0 - config.readout_dropout
        drops = draw((n_steps - readout_from, n_rows, config.n_granule), generator, x.dtype,
                     lambda out, g: out.bernoulli_(keep, generator=g)).div_(keep).to(x.device)
    given = Given((silence or Silence(factor=1.0)).factors(n_steps), noise, drops)
    return _live(network, x, state, names, given, None, readout_from, online, autograd, workspace)


def rerun(network: Network, x: Tensor, record: Record, start: int = 0, stop: int | None = None,
          state: State | None = None, *, current: Tensor | None = None, readout_from: int = 0,
          autograd: bool = True) -> Record:
    """Live through steps start to stop-1 once more.

    Silencing, noise and dropout are those that ``record``, made by ``run`` from
    the same network and stimulus, has met.

    Args:
        state: where the steps before ``start`` ended; None starts from rest.
        current: extra current into the cortex, (..., batch, time, n_cortex).
        readout_from: first step of the trial whose readout is wanted.
        autograd: True keeps the graph for ``backward``, as in ``run``.

    Returns:
        A ``Record`` of these steps, counted from 0, with rates and readouts.
    """
    stop = x.shape[-2] if stop is None else stop
    factors, noise, drops = record.given
    first, dropped_from = max(readout_from, start), record.first["readout"]  # no readout, no dropout
    given = Given(factors[start:stop], None if noise is None else noise[..., start:stop, :, :],
                  None if drops is None or first < dropped_from
                  else drops[..., first - dropped_from:stop - dropped_from, :, :])
    return _live(network, x[..., start:stop, :], state, ["rate", "readout"], given,
                 None if current is None else current[..., start:stop, :], first - start, None, autograd, None)


def _live(network: Network, x: Tensor, state: State | None, names: list[str], given: Given, current: Tensor | None,
          readout_from: int, online: Online | None, autograd: bool, workspace: Workspace | None) -> Record:
    """The loop over time."""
    config, feedback = network.config, network.feedback
    single = config.n_replicas is None
    with torch.set_grad_enabled(autograd):
        w = network.weights()
        factors, noise, drops = given
        if single:  # in here there always is a replica axis
            w = {name: weight.unsqueeze(0) for name, weight in w.items()}
            x, noise, drops, current = (part if part is None else part.unsqueeze(0)
                                        for part in (x, noise, drops, current))
            state = state and State(*(part.unsqueeze(0) for part in state))
        replicas, batch, n_steps, _ = x.shape
        if state is None:
            state = State(x.new_zeros(replicas, batch, config.n_cortex), x.new_zeros(replicas, batch, config.n_out))
        for name in ("W_ih", "W_hh", feedback.weight):
            if name:  # transposed once here, not in every step
                w[name] = w[name].mT.contiguous().mT
        n_feedback = feedback.size(config)
        sizes = {"h": config.n_cortex, "rate": config.n_cortex, "feedback": n_feedback, "prediction": n_feedback,
                 "granule": config.n_granule if config.feedback == "cerebellar" else 0, "readout": config.n_out}
        in_loop = [name for name in names if name not in (() if online else ("readout",)) + ("readout_hidden",)]
        writer = Lists(in_loop) if autograd else (workspace.slabs if workspace else Slabs)(
            in_loop, sizes, state.h, n_steps)
        stimulus = torch.bmm(x.flatten(1, 2), w["W_ih"].mT).unflatten(1, (batch, n_steps))
        stimulus = (stimulus if current is None else stimulus + current).unbind(2)
        noises = [None] * n_steps if noise is None else noise.unbind(1)

        h, readout = state
        rate = h.tanh()
        writer.start(rate)
        for t in range(n_steps):
            f = feedback.step(rate, readout, w, writer, t, config, factors[t], noises[t])
            h = leaky_step(h, rate, stimulus[t], f, network.alpha, w["W_hh"], w.get(feedback.weight),
                           out=writer.out("h", t))
            writer.put("h", t, h)
            rate = torch.tanh(h, out=writer.out("rate", t))
            writer.put("rate", t, rate)
            if feedback.hears_readout or online:
                readout, hidden = network.readout.forward(rate, w)
            if online:
                writer.put("readout", t, readout)
                w = online(t, readout, hidden, w)

        series = writer.series()
        if online:
            series["readout"] = series["readout"][:, readout_from:]
            if "readout_hidden" in names:  # only a linear readout learns online, and that reads the rates
                series["readout_hidden"] = series["rate"][:, 1 + readout_from:]
        else:
            series |= _answers(network, series["rate"][:, 1 + readout_from:], w, "readout_hidden" in names, drops)
        state = State(h.clone(), series["readout"][:, -1].clone())
        if single:
            series = {name: values.squeeze(0) for name, values in series.items()}
            state = State(*(part.squeeze(0) for part in state))
        first = {"readout": readout_from, "readout_hidden": readout_from}
        return Record(series, state, first, given, 0.0 if drops is None else config.readout_dropout, online)


def _answers(network: Network, rate: Tensor, w: dict[str, Tensor], keep_hidden: bool,
             drops: Tensor | None) -> dict[str, Tensor]:
    """The readout of rates (replica, time, batch, n_cortex), and what it was read from if wanted."""
    batch, config = rate.shape[2], network.config
    rows = rate.flatten(1, 2)
    drops = None if drops is None else drops.flatten(1, 2)
    if keep_hidden:
        answers, hidden = network.readout.forward(rows, w, drops)
        return {"readout": answers.unflatten(1, (-1, batch)), "readout_hidden": hidden.unflatten(1, (-1, batch))}
    # Step by step if it has granule cells: those of all steps at once may not fit in memory.
    size = batch if config.readout == "granule" else rows.shape[1]
    parts = zip(rows.split(size, 1), repeat(None) if drops is None else drops.split(size, 1))
    answers = torch.cat([network.readout.forward(part, w, kept)[0] for part, kept in parts], 1)
    return {"readout": answers.unflatten(1, (-1, batch))}


def _check(network: Network, x: Tensor, state: State | None, record: Iterable[str],
           generator: Generators | None, dropout: bool, readout_from: int) -> list[str]:
    """Refuse what cannot run, in one sentence, and return the series to keep."""
    config, replicas = network.config, network.config.n_replicas
    check_stimulus(network, x, readout_from)
    check_state(state, {"h": config.n_cortex, "readout": config.n_out}, x)
    wanted = ["rate", "readout", *([record] if isinstance(record, str) else record)]
    possible = [name for name in SERIES if config.feedback == "cerebellar" or name not in ("granule", "prediction")]
    possible = [name for name in possible if config.feedback != "none" or name != "feedback"]
    for name in wanted:
        if name not in possible:
            raise ValueError(f"cannot record {name!r} in a network with {config.feedback} feedback; "
                             f"use {', '.join(possible)}")
    noisy = config.cerebellar_noise > 0 and config.feedback == "cerebellar"
    if noisy or (dropout and config.readout == "granule"):
        count = None if generator is None or isinstance(generator, torch.Generator) else len(generator)
        if generator is None or count != replicas:
            raise ValueError(f"this run draws random numbers but generator is {generator!r}; pass "
                             f"make_generators({config.seeds}, 'noise')")
    return list(dict.fromkeys(wanted))


def check_stimulus(network: Weights, x: Tensor, readout_from: int = 0) -> None:
    """Refuse a stimulus that is not made for this network, and a readout that begins outside of it."""
    if not isinstance(x, Tensor):
        raise ValueError(f"x is a {type(x).__name__}; give a torch tensor, such as batch.x or torch.from_numpy(array)")
    config, replicas = network.config, network.config.n_replicas
    axes = "(batch, time, n_in)" if replicas is None else f"({replicas} replicas, batch, time, n_in)"
    if x.ndim != (3 if replicas is None else 4) or (replicas is not None and x.shape[0] != replicas):
        raise ValueError(f"x has shape {tuple(x.shape)} but this network expects {axes}; "
                         f"it was built with seeds={config.seeds}")
    if 0 in x.shape:
        raise ValueError(f"x has shape {tuple(x.shape)}, an empty batch; give at least one trial of one step")
    if x.shape[-1] != config.n_in:
        raise ValueError(f"x has {x.shape[-1]} features but W_ih expects {config.n_in}; "
                         f"pass n_in={x.shape[-1]} to {type(network).__name__}")
    if x.dtype != network.dtype or x.device != network.device:
        raise ValueError(f"x is {x.dtype} on {x.device} but the network is {network.dtype} on {network.device}; "
                         f"use x.to({str(network.device)!r}, {network.dtype})")
    if not all(map(math.isfinite, x.aminmax())):
        raise ValueError(f"x has {int((~torch.isfinite(x)).sum())} values that are NaN or infinite; "
                         "clean the stimulus before running it")
    if not 0 <= readout_from < x.shape[-2]:
        raise ValueError(f"readout_from is {readout_from} but the trial has {x.shape[-2]} steps; "
                         f"use 0 to {x.shape[-2] - 1}")


def check_state(state: NamedTuple | None, units: dict[str, int], x: Tensor) -> None:
    """Refuse a state whose parts are not (..., batch, units) of the stimulus ``x``."""
    for name, size in units.items() if state is not None else ():
        part, wanted = getattr(state, name), (*x.shape[:-2], size)
        if part.shape != wanted:
            raise ValueError(f"state.{name} has shape {tuple(part.shape)} but this batch needs {wanted}; "
                             "pass the state of a run with the same batch")
