"""The only time loop of ccdyn."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import repeat
from typing import NamedTuple

import torch
from torch import Tensor

from ccdyn.cortex import leaky_step
from ccdyn.feedback import Silence
from ccdyn.network import Network
from ccdyn.record import Lists, Record, Workspace
from ccdyn.rng import Generators, draw, normal

SERIES = ("h", "rate", "readout", "readout_hidden", "feedback", "granule", "prediction")


class State(NamedTuple):
    """Where a run stopped, so that the next window can go on from there.

    ``h`` (..., batch, n_cortex) is the cortex before the tanh, ``readout``
    (..., batch, n_out) its last answer.
    """

    h: Tensor
    readout: Tensor


def run(network: Network, x: Tensor, state: State | None = None, *, record: Iterable[str] = (),
        silence: Silence | None = None, generator: Generators | None = None, dropout: bool = False,
        readout_from: int = 0, autograd: bool = False, workspace: Workspace | None = None) -> Record:
    """Let the network live through a batch of stimuli, step by step::

        f_t = feedback(r_{t-1}, z_{t-1})
        h_t = alpha h_{t-1} + W_ih x_t + W_fh f_t + W_hh r_{t-1}
        r_t = tanh(h_t),    z_t = readout(r_t)

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
    config, feedback = network.config, network.feedback
    single = config.n_replicas is None
    with torch.set_grad_enabled(autograd):
        w = network.weights()
        if single:  # in here there always is a replica axis
            w = {name: weight.unsqueeze(0) for name, weight in w.items()}
            x = x.unsqueeze(0)
            state = state and State(*(part.unsqueeze(0) for part in state))
        replicas, batch, n_steps, _ = x.shape
        if state is None:
            state = State(x.new_zeros(replicas, batch, config.n_cortex), x.new_zeros(replicas, batch, config.n_out))
        for name in ("W_ih", "W_hh", feedback.weight):
            if name:  # transposed once here, not in every step
                w[name] = w[name].mT.contiguous().mT
        n_feedback = feedback.size(config)
        sizes = {"h": config.n_cortex, "rate": config.n_cortex, "feedback": n_feedback, "prediction": n_feedback,
                 "granule": config.n_granule if config.feedback == "cerebellar" else 0}
        in_loop = [name for name in names if name not in ("readout", "readout_hidden")]
        writer = Lists(in_loop) if autograd else (workspace or Workspace()).slabs(in_loop, sizes, state.h, n_steps)
        factors = (silence or Silence(factor=1.0)).factors(n_steps)
        noise = None
        if config.cerebellar_noise and n_feedback:
            noise = config.cerebellar_noise * normal((n_steps, batch, n_feedback), generator, x.dtype).to(x.device)
            noise = noise.movedim(-3, 0)
        stimulus = torch.bmm(x.flatten(1, 2), w["W_ih"].mT).unflatten(1, (batch, n_steps)).unbind(2)

        h, readout = state
        rate = h.tanh()
        writer.start(rate)
        for t in range(n_steps):
            f = feedback.step(rate, readout, w, writer, t, config, factors[t], noise)
            h = leaky_step(h, rate, stimulus[t], f, network.alpha, w["W_hh"], w.get(feedback.weight),
                           out=writer.out("h", t))
            writer.put("h", t, h)
            rate = torch.tanh(h, out=writer.out("rate", t))
            writer.put("rate", t, rate)
            if feedback.hears_readout:
                readout, _ = network.readout.forward(rate, w)

        series = writer.series()
        drops = dropout and config.readout == "granule"
        series |= _answers(network, series["rate"][:, 1 + readout_from:], w, "readout_hidden" in names,
                           generator if drops else None)
        state = State(h.clone(), series["readout"][:, -1].clone())
        if single:
            series = {name: values.squeeze(0) for name, values in series.items()}
            state = State(*(part.squeeze(0) for part in state))
        first = {"readout": readout_from, "readout_hidden": readout_from}
        return Record(series, state, first, config.readout_dropout if drops else 0.0)


def _answers(network: Network, rate: Tensor, w: dict[str, Tensor], keep_hidden: bool,
             generator: Generators | None) -> dict[str, Tensor]:
    """The readout of rates (replica, time, batch, n_cortex), and what it was read from if wanted.

    With a generator, granule drives are dropped.
    """
    batch, config = rate.shape[2], network.config
    rows, dropout = rate.flatten(1, 2), None
    if generator is not None:  # 0 where a drive is dropped, 1 / (1 - p) elsewhere
        keep = 1.0 - config.readout_dropout
        dropout = draw((rows.shape[1], config.n_granule), generator, rows.dtype,
                       lambda out, g: out.bernoulli_(keep, generator=g))
        dropout = dropout.div_(keep).reshape(len(rows), -1, config.n_granule).to(rows.device)
    if keep_hidden:
        answers, hidden = network.readout.forward(rows, w, dropout)
        return {"readout": answers.unflatten(1, (-1, batch)), "readout_hidden": hidden.unflatten(1, (-1, batch))}
    # Step by step if it has granule cells: those of all steps at once may not fit in memory.
    size = batch if config.readout == "granule" else rows.shape[1]
    parts = zip(rows.split(size, 1), repeat(None) if dropout is None else dropout.split(size, 1))
    answers = torch.cat([network.readout.forward(part, w, kept)[0] for part, kept in parts], 1)
    return {"readout": answers.unflatten(1, (-1, batch))}


def _check(network: Network, x: Tensor, state: State | None, record: Iterable[str],
           generator: Generators | None, dropout: bool, readout_from: int) -> list[str]:
    """Refuse what cannot run, in one sentence, and return the series to keep."""
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
                         f"pass n_in={x.shape[-1]} to Network")
    if x.dtype != network.dtype or x.device != network.device:
        raise ValueError(f"x is {x.dtype} on {x.device} but the network is {network.dtype} on {network.device}; "
                         f"use x.to({str(network.device)!r}, {network.dtype})")
    if not all(map(math.isfinite, x.aminmax())):
        raise ValueError(f"x has {int((~torch.isfinite(x)).sum())} values that are NaN or infinite; "
                         "clean the stimulus before running it")
    batch_shape = x.shape[:-2]
    if state is not None:
        for name, part, units in zip(State._fields, state, (config.n_cortex, config.n_out)):
            if part.shape != (*batch_shape, units):
                raise ValueError(f"state.{name} has shape {tuple(part.shape)} but this batch needs "
                                 f"{(*batch_shape, units)}; pass the state of a run with the same batch")
    if not 0 <= readout_from < x.shape[-2]:
        raise ValueError(f"readout_from is {readout_from} but the trial has {x.shape[-2]} steps; "
                         f"use 0 to {x.shape[-2] - 1}")
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
