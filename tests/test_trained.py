"""The trained networks that come with ccdyn: they are what they are said to be, and nothing else is read."""

from __future__ import annotations

import hashlib
import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import ccdyn
from ccdyn.data import DataError
from ccdyn.storage import TRAINED

ROOT = Path(__file__).parents[1]
MADE = runpy.run_path(str(ROOT / "data" / "networks.py"))


def test_every_recipe_has_its_file_and_its_checksum_stands_in_the_readme():
    readme = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    assert MADE["RECIPES"].keys() == TRAINED.keys()
    for name, sha256 in TRAINED.items():
        path = ROOT / "data" / f"{name}.safetensors"
        assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256
        assert f"| `{path.name}` |" in readme and sha256 in readme
        assert path.stat().st_size < 1_500_000


@pytest.mark.parametrize("name", TRAINED)
def test_they_are_networks_of_a_published_experiment_that_have_learned_it(name):
    network, recipe = ccdyn.load_trained(name), MADE["RECIPES"][name]
    fresh = recipe.start(network.config.seeds)
    assert network.config == fresh.network.config and len(network.config.seeds) == recipe.kept
    assert set(network.config.seeds) <= set(recipe.tried)
    task = fresh.task
    test = task.batch(1000, ccdyn.make_generators(network.config.seeds, "test"), "test")
    assert (ccdyn.evaluate(network, test)["accuracy"] >= recipe.accuracy - 0.05).all()
    assert not torch.equal(network.W_pf, fresh.network.W_pf) and not torch.equal(network.W_mf, fresh.network.W_mf)


def test_the_memory_of_association_is_in_the_loop():
    network, task = ccdyn.load_trained("association"), ccdyn.DelayedAssociation()
    test = task.batch(1000, ccdyn.make_generators(network.config.seeds, "test"), "test")
    silenced = ccdyn.evaluate(network, test, ccdyn.Silence())["accuracy"]
    assert ((silenced - 0.5).abs() < 0.06).all()


def test_networks_that_are_picked_are_those_that_were_trained():
    state = ccdyn.preset("delayed association").start(seeds=(3, 1, 4), batches_per_session=2)
    ccdyn.train(state, 1, progress=False)
    few = MADE["pick"](state.network, [0, 2])
    assert few.config.seeds == (3, 4)
    for name, weight in few.weights().items():
        assert torch.equal(weight, getattr(state.network, name)[[0, 2]])


def test_an_unknown_name_is_refused_in_a_sentence():
    with pytest.raises(ValueError, match="^unknown trained network 'digits'; use one of 'association', 'evidence'"):
        ccdyn.load_trained("digits")


def test_a_file_that_is_missing_or_altered_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr("ccdyn.storage.shipped_folder", lambda: tmp_path)
    with pytest.raises(DataError, match=r"association.safetensors cannot be read \(No such file .*; reinstall ccdyn"):
        ccdyn.load_trained("association")
    whole = (ROOT / "data" / "association.safetensors").read_bytes()
    for wrong in (whole[:-1], whole[:-1] + bytes([whole[-1] ^ 1]), b""):
        (tmp_path / "association.safetensors").write_bytes(wrong)
        with pytest.raises(DataError, match="its content was altered, SHA-256 .* reinstall ccdyn") as error:
            ccdyn.load_trained("association")
        assert "\n" not in str(error.value)


def test_an_installed_package_has_them(tmp_path):
    """As a wheel holds them: ``data`` is ``ccdyn/_data`` there."""
    shutil.copytree(ROOT / "ccdyn", tmp_path / "ccdyn", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "data", tmp_path / "ccdyn" / "_data", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    code = "import ccdyn; print(ccdyn.__file__, ccdyn.load_trained('association').config.n_cortex)"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, text=True, capture_output=True,
                          env={**os.environ, "PYTHONPATH": str(tmp_path)})
    assert done.stdout.split() == [str(tmp_path / "ccdyn" / "__init__.py"), "50"], done.stderr
