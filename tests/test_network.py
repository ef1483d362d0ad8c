"""Networks and their settings: sizes, initial values, and refusing what makes no network."""

from __future__ import annotations

import pytest
import torch

from ccdyn import LineDrawing, Network, NetworkConfig, TimedPlasticity, gradients, make_generators, run
from ccdyn.plasticity import pairs

SIZES = {"n_in": 4, "n_out": 3, "n_cortex": 7, "expansion": 5}


@pytest.mark.parametrize("feedback, readout, names", [
    ("none", "linear", {"W_ih", "W_hh", "W_rdt", "b_rdt"}),
    ("readout", "linear", {"W_ih", "W_hh", "W_rdt", "b_rdt", "W_zh"}),
    ("cerebellar", "linear", {"W_ih", "W_hh", "W_rdt", "b_rdt", "W_ch", "W_mf", "W_pf"}),
    ("none", "granule", {"W_ih", "W_hh", "W_mf_rdt", "W_pf_rdt"}),
])
def test_architectures_have_their_weights(feedback, readout, names):
    one = Network(NetworkConfig(**SIZES, feedback=feedback, readout=readout))
    five = Network(NetworkConfig(**SIZES, feedback=feedback, readout=readout, seeds=range(5)))
    assert set(one.weights()) == set(five.weights()) == names
    for name, weight in one.weights().items():
        assert five.weights()[name].shape == (5, *weight.shape)


def test_initial_values_have_the_published_bounds():
    network = Network(NetworkConfig(n_in=6, n_out=2, seeds=(0, 1, 2)))
    bounds = {"W_ih": 50**-0.5, "W_hh": 50**-0.5, "W_rdt": 50**-0.5, "b_rdt": 50**-0.5, "W_ch": 50**-0.5,
              "W_mf": 50**-0.5, "W_pf": 1000**-0.5}
    for name, weight in network.weights().items():
        largest = float(weight.detach().abs().max())
        assert largest <= bounds[name] and largest > 0.5 * bounds[name], name
    assert network.W_mf.shape == (3, 1000, 50)


def test_the_same_seed_has_the_same_cortex_whatever_its_feedback():
    cortices = [Network(NetworkConfig(**SIZES, feedback=feedback, seeds=3)) for feedback in ("none", "readout", "cerebellar")]
    for other in cortices[1:]:
        for name in ("W_ih", "W_hh", "W_rdt", "b_rdt"):
            assert torch.equal(getattr(cortices[0], name), getattr(other, name))


def test_both_dtypes_start_from_the_same_numbers():
    single, double = (Network(NetworkConfig(**SIZES, dtype=dtype)) for dtype in ("float32", "float64"))
    assert torch.equal(single.W_mf, double.W_mf.float()) and double.W_mf.dtype == torch.float64


def test_sparse_mossy_fibres():
    network = Network(NetworkConfig(n_in=3, n_out=2, n_cortex=20, fan_in=5, seeds=(0, 1)))
    assert torch.equal((network.W_mf != 0).sum(-1), torch.full((2, 400), 5))
    assert 0.5 * 5**-0.5 < float(network.W_mf.detach().abs().max()) <= 5**-0.5
    assert not torch.equal(network.W_mf[0] != 0, network.W_mf[1] != 0)


def test_a_pons_stands_between_cortex_and_granule_cells():
    config = NetworkConfig(n_in=3, n_out=2, n_cortex=20, n_pons=6, fan_in=4, seeds=(0, 1), dtype="float64")
    network = Network(config)
    assert network.W_pons.shape == (2, 6, 20) and network.W_mf.shape == (2, 400, 6)
    assert torch.equal((network.W_mf != 0).sum(-1), torch.full((2, 400), 4)) and network.group("W_pons") == "cerebellum"
    x = torch.randn(2, 5, 4, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    record = run(network, x, record=("feedback", "granule"))
    heard = record.rate[:, :, :-1] @ network.W_pons.mT.unsqueeze(1)
    granule = (heard @ network.W_mf.mT.unsqueeze(1)).relu()
    torch.testing.assert_close(record.granule[:, :, 1:], granule.detach())
    torch.testing.assert_close(record.feedback[:, :, 1:], (granule @ network.W_pf.mT.unsqueeze(1)).detach())


def test_mossy_fibres_from_a_pons_learn_by_the_gradient_of_what_they_carry():
    task = LineDrawing(n_steps=6)
    network = Network.for_task(task, n_cortex=7, expansion=3, n_pons=4, dtype="float64")
    batch = task.batch(5, make_generators(0, "train"), dtype=torch.float64)
    found = gradients(network, batch, [TimedPlasticity(tau=2)])
    older = torch.cat((torch.zeros(5, 1, 7, dtype=torch.float64), run(network, batch.x).rate[:, :-1]), 1)
    W_mf, W_pf = (network.weights()[name].detach().clone().requires_grad_() for name in ("W_mf", "W_pf"))
    said = (older @ network.W_pons.detach().mT @ W_mf.mT).relu() @ W_pf.mT
    sum(((said[:, s] - batch.target[:, t])**2).mean() for s, t in pairs(6, 2)).backward()
    assert found.keys() == {"W_mf", "W_pf"}
    torch.testing.assert_close(found["W_mf"], W_mf.grad)
    torch.testing.assert_close(found["W_pf"], W_pf.grad)


@pytest.mark.parametrize("settings, words", [
    ({"n_pons": 0}, ("n_pons is 0", "at least 1")),
    ({"n_pons": 3, "feedback": "none"}, ("n_pons is 3", "'none'", "leave n_pons out")),
    ({"n_pons": 3, "fan_in": 4}, ("fan_in is 4", "1 to 3", "3 mossy fibres")),
    ({"alpha": 1.2}, ("1.2", "0 to 1")),
    ({"alpha": -0.1}, ("-0.1", "0 to 1")),
    ({"alpha": float("nan")}, ("nan", "0 to 1")),
    ({"alpha": (0.1, 0.2)}, ("(2,)", "7")),
    ({"alpha": [[0.1], [0.2]], "seeds": (0, 1, 2)}, ("(2, 1)", "3")),
    ({"expansion": 0}, ("0", "0.14")),
    ({"expansion": float("nan")}, ("nan", "at least")),
    ({"fan_in": 8}, ("8", "7")),
    ({"fan_in": 0}, ("0", "1 to 7")),
    ({"feedback": "cerebellum"}, ("cerebellum", "cerebellar")),
    ({"readout": "relu"}, ("relu", "granule")),
    ({"feedback": "readout", "readout": "granule"}, ("readout", "granule", "none")),
    ({"n_slices": 4, "feedback": "none"}, ("4", "n_slices=1")),
    ({"n_slices": 4, "classification": True}, ("4", "n_slices=1")),
    ({"n_cortex": 0}, ("0", "at least 1")),
    ({"n_out": 2.5}, ("2.5", "whole")),
    ({"cerebellar_noise": -1.0}, ("cerebellar_noise is -1.0", "at least 0")),
    ({"readout_dropout": 1.0}, ("1.0", "0 up to")),
    ({"seeds": ()}, ("empty", "at least one")),
    ({"seeds": -1}, ("seed is -1", "at least 0")),
    ({"seeds": 3.5}, ("3.5", "range(5)")),
    ({"seeds": (1, 1.5)}, ("seed is 1.5", "whole number")),
    ({"seeds": (3, 1, 3)}, ("(3, 1, 3)", "twice", "each once")),
    ({"seeds": "12"}, ("'12'", "range(5)")),
    ({"alpha": "0.5"}, ("'0.5'", "a number from 0 to 1")),
    ({"alpha": None}, ("None", "a number from 0 to 1")),
    ({"expansion": "20"}, ("'20'", "finite number")),
    ({"dtype": "float16"}, ("float16", "float32")),
])
def test_impossible_settings_are_refused(settings, words):
    with pytest.raises(ValueError) as error:
        Network(NetworkConfig(**{**SIZES, **settings}))
    for word in words:
        assert word in str(error.value)


def test_unknown_settings_are_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="unknown network setting 'tau'.*alpha"):
        Network.for_task(LineDrawing(), tau=5)
