"""Files of networks and checkpoints: they come back equal, and unfit ones are refused in one sentence."""

from __future__ import annotations

import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from ccdyn import (LineDrawing, Network, Silence, advance, load_checkpoint, load_network, make_generators, run,
                   save_checkpoint, save_network, start)

TASK = LineDrawing(n_steps=7)
KINDS = [{"feedback": "cerebellar", "fan_in": 4}, {"feedback": "none", "readout": "granule"}, {"feedback": "readout"}]


def make(seeds=(0, 5), **settings) -> Network:
    return Network.for_task(TASK, seeds=seeds, n_cortex=9, expansion=3, **settings)


@pytest.mark.parametrize("seeds", [2, (0, 5)])
@pytest.mark.parametrize("kind", KINDS)
def test_a_network_comes_back_equal(kind, seeds, tmp_path):
    network = make(seeds, alpha=tuple(0.1 * j for j in range(9)), **kind)
    save_network(network, tmp_path / "network.safetensors")
    again = load_network(tmp_path / "network.safetensors")
    assert again.config == network.config
    x = TASK.batch(4, make_generators(seeds, "test")).x
    assert torch.equal(run(again, x).readout, run(network, x).readout)
    assert [path.name for path in tmp_path.iterdir()] == ["network.safetensors"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_checkpoint_goes_on_to_the_same_numbers(kind, tmp_path):
    state = start(make(**kind), TASK, plasticity="full", tau=2, batches_per_session=10, validation_size=5,
                  silence=Silence(0.5, 2))
    advance(state, 13)
    save_checkpoint(state, tmp_path / "run.safetensors")
    again = load_checkpoint(tmp_path / "run.safetensors", TASK)
    assert again.config == state.config and again.batches_done == 13
    assert torch.equal(advance(state, 20), advance(again, 20))
    for name, weight in state.network.weights().items():
        assert torch.equal(weight, again.network.weights()[name])
        assert torch.equal(state.best[name], again.best[name])
    assert (state.history.values == again.history.values).all() and len(again.history) == 3


@pytest.fixture
def files(tmp_path):
    network = make()
    save_network(network, tmp_path / "network")
    save_checkpoint(start(network, TASK), tmp_path / "checkpoint")
    return tmp_path


def test_wrong_kinds_of_file_are_refused(files):
    with pytest.raises(ValueError, match="is a checkpoint.*but a network"):
        load_network(files / "checkpoint")
    with pytest.raises(ValueError, match="is a network.*but a checkpoint"):
        load_checkpoint(files / "network", TASK)
    with pytest.raises(FileNotFoundError, match="no file.*nowhere"):
        load_network(files / "nowhere")
    (files / "text").write_text("<html>not found</html>")
    with pytest.raises(ValueError, match="not a readable ccdyn network"):
        load_network(files / "text")
    whole = (files / "network").read_bytes()
    (files / "cut").write_bytes(whole[:len(whole) // 2])
    with pytest.raises(ValueError, match="not a readable ccdyn network"):
        load_network(files / "cut")
    save_file({"a": torch.zeros(2)}, files / "foreign")
    with pytest.raises(ValueError, match="another program"):
        load_network(files / "foreign")


def test_weights_that_do_not_fit_their_configuration_are_refused(files):
    tensors = load_file(files / "network")
    config = {"format": 1, "kind": "network", "network": {"n_in": 10, "n_out": 2, "n_cortex": 9, "expansion": 3,
                                                         "seeds": [0, 5]}}
    for change, words in [({"W_hh": torch.zeros(2, 8, 8)}, r"\(2, 8, 8\) for W_hh.*\(2, 9, 9\)"),
                          ({"W_zh": torch.zeros(2, 9, 2)}, r"\(2, 9, 2\) for W_zh.*nothing")]:
        save_file({**tensors, **change}, files / "altered", {"ccdyn": json.dumps(config)})
        with pytest.raises(ValueError, match=words):
            load_network(files / "altered")
    missing = {name: value for name, value in tensors.items() if name != "W_pf"}
    save_file(missing, files / "altered", {"ccdyn": json.dumps(config)})
    with pytest.raises(ValueError, match="nothing for W_pf"):
        load_network(files / "altered")
    config["network"]["n_dendrites"] = 3
    save_file(tensors, files / "altered", {"ccdyn": json.dumps(config)})
    with pytest.raises(ValueError, match="n_dendrites"):
        load_network(files / "altered")


def test_another_task_or_other_rules_are_refused(files):
    with pytest.raises(ValueError, match="n_steps=7.*n_steps=8"):
        load_checkpoint(files / "checkpoint", LineDrawing(n_steps=8))
    state = start(make(), TASK)
    with pytest.raises(ValueError, match="trained with.*TimedPlasticity"):
        load_checkpoint(files / "checkpoint", TASK, rules=state.rules[:1])


def test_a_failed_write_leaves_the_old_file_and_nothing_else(files):
    before = (files / "network").read_bytes()
    (files / "folder").mkdir()
    with pytest.raises(OSError):
        save_network(make(), files / "folder")
    with pytest.raises(OSError):
        save_network(make(), files / "missing" / "network")
    assert (files / "network").read_bytes() == before
    assert sorted(path.name for path in files.iterdir()) == ["checkpoint", "folder", "network"]
