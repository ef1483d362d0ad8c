"""The cerebellum without its relu: the same as other recurrent weights, and taught by the gradient of its error."""

from __future__ import annotations

import pytest
import torch

import ccdyn
from ccdyn.linear import LinearTimed, without_relu
from ccdyn.plasticity.timed import pairs

TASK = ccdyn.LineDrawing(n_steps=8)


def build(seeds):
    network = ccdyn.Network.for_task(TASK, seeds=seeds, n_cortex=6, expansion=3, alpha=0.5, dtype="float64")
    whole = network
    network = without_relu(whole)
    assert type(whole.feedback) is not type(network.feedback)   # the given one stays as it is
    return network, TASK.batch(4, ccdyn.make_generators(seeds, "train"), "train", network.dtype)


@pytest.mark.parametrize("seeds", [3, (3, 4)])
def test_it_does_what_other_recurrent_weights_do(seeds):
    network, batch = build(seeds)
    other = ccdyn.Network.for_task(TASK, seeds=seeds, n_cortex=6, feedback="none", alpha=0.5, dtype="float64")
    other.W_hh.data += network.W_ch.data @ network.W_pf.data @ network.W_mf.data
    record = ccdyn.run(network, batch.x, record="feedback")
    torch.testing.assert_close(record.rate, ccdyn.run(other, batch.x).rate, rtol=1e-12, atol=1e-12)
    assert bool((record.feedback[..., 1:, :] != 0).any()) and not bool(record.feedback[..., 0, :].any())
    silent = ccdyn.run(network, batch.x, record="feedback", silence=ccdyn.Silence(start=3))
    assert not bool(silent.feedback[..., 3:, :].any())


@pytest.mark.parametrize("seeds", [3, (3, 4)])
@pytest.mark.parametrize("tau", [0, 1, 3, 5])
def test_it_learns_by_the_gradient_of_its_error(seeds, tau):
    network, batch = build(seeds)
    found = ccdyn.gradients(network, batch, [LinearTimed(tau)])
    rates = ccdyn.run(network, batch.x).rate
    heard = torch.cat([torch.zeros_like(rates[..., :1, :]), rates], -2)
    W_pf, W_mf = (getattr(network, name).detach().clone().requires_grad_() for name in ("W_pf", "W_mf"))
    prediction = heard @ (W_pf @ W_mf).mT.unsqueeze(-3)
    error = sum((prediction[..., s, :] - batch.target[..., t, :]).square().mean((-2, -1)) for s, t in
                pairs(TASK.n_steps, tau))
    for name, gradient in zip(("W_pf", "W_mf"), torch.autograd.grad(error.sum(), (W_pf, W_mf))):
        torch.testing.assert_close(found[name], gradient, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("settings", [{"feedback": "none"}, {"classification": True}, {"n_slices": 3}])
def test_networks_without_such_a_cerebellum_are_refused(settings):
    network = ccdyn.Network(ccdyn.NetworkConfig(4, 2, n_cortex=5, expansion=2, **settings))
    with pytest.raises(ValueError, match="use one with feedback='cerebellar' for numbers"):
        without_relu(network)
