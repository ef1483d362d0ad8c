"""``python -m ccdyn decoupling``: what it writes, where, and that it goes on where it was stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import ccdyn
from ccdyn.__main__ import main

QUICK = ["--seeds", "0-1", "--batches", "2"]


def run(folder: Path, *arguments: str) -> None:
    main(["decoupling", "--out", str(folder), *QUICK, *arguments])


def test_results_and_networks_are_where_they_were_asked_for(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    run(tmp_path / "new" / "lines", "--sessions", "3", "--sparse", "5", "--truncation", "2")
    folder = tmp_path / "new" / "lines"
    assert sorted(path.name for path in folder.iterdir()) == [
        "cRNN.checkpoint.safetensors", "cRNN.network.safetensors", "ccRNN.checkpoint.safetensors",
        "ccRNN.network.safetensors", "results.nc", "results.npy", "settings.json"]
    assert [path.name for path in tmp_path.iterdir()] == ["new"] and len(list((tmp_path / "new").iterdir())) == 1
    results = ccdyn.load_results(folder / "results.nc")
    assert (results.seeds, results.models) == ((0, 1), ("cRNN", "ccRNN"))
    assert results.metrics == ("train_error", "train_loss", "validation_loss") and results.values.shape == (2, 2, 3, 3)
    assert np.array_equal(np.load(folder / "results.npy", allow_pickle=False), results.values)
    assert np.allclose(results["cRNN", "train_error"], 2 * 2 / 10 * results["cRNN", "train_loss"])
    assert ccdyn.load_network(folder / "ccRNN.network.safetensors").config.synthesiser == (400, 400)
    settings = json.loads((folder / "settings.json").read_text())
    assert settings["truncation"] == 2 and "sparse=5" in settings["task"]
    said = capsys.readouterr().out
    assert "After session 3, mean (lowest to highest of 2 networks)" in said and "results.nc" in said


def test_the_command_is_the_same_as_the_python(tmp_path):
    run(tmp_path / "lines", "--sessions", "2", "--model", "ccRNN")
    state = ccdyn.decoupling.EXPERIMENTS["line drawing"].start("ccRNN", (0, 1), batches_per_session=2)
    ccdyn.train(state, 2, progress=False)
    results = ccdyn.load_results(tmp_path / "lines" / "results.nc")
    assert np.array_equal(results["ccRNN", "train_loss"], state.history["train_loss"])


def test_more_sessions_go_on_to_the_same_numbers(tmp_path):
    run(tmp_path / "whole", "--sessions", "4")
    run(tmp_path / "parts", "--sessions", "1")
    run(tmp_path / "parts", "--sessions", "4")
    whole, parts = (np.load(tmp_path / name / "results.npy") for name in ("whole", "parts"))
    assert np.array_equal(whole, parts)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal to send")
def test_stopped_and_given_again_it_goes_on(tmp_path):
    command = [sys.executable, "-m", "ccdyn", "decoupling", "--out", str(tmp_path / "run"), "--seeds", "0",
               "--batches", "10", "--model", "cRNN", "--threads", "1", "--sessions"]
    process = subprocess.Popen([*command, "100000"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not (tmp_path / "run" / "settings.json").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert said.strip().endswith("Stopped. Give the same command again to go on where it was.")
    assert "Traceback" not in said
    checkpoint = tmp_path / "run" / "cRNN.checkpoint.safetensors"
    experiment = ccdyn.decoupling.EXPERIMENTS["line drawing"]
    done = len(ccdyn.load_checkpoint(checkpoint, experiment.task, [ccdyn.Decoupling(1)]).history)
    assert done > 0 and not list((tmp_path / "run").glob("*.tmp"))
    subprocess.run([*command, str(done + 2)], check=True, capture_output=True)
    state = experiment.start("cRNN", (0,), batches_per_session=10)
    ccdyn.train(state, done + 2, progress=False)
    found = ccdyn.load_results(tmp_path / "run" / "results.nc")["cRNN", "train_loss"]
    assert np.allclose(found, state.history["train_loss"], rtol=1e-4)   # other threads, other last digits


def test_a_lesion_comes_after_its_session(tmp_path):
    for lesion in ("none", "olive"):
        run(tmp_path / lesion, "--sessions", "6", "--model", "ccRNN", "--lesion", lesion, "--lesion-session", "3",
            "--batches", "4", "--lr", "0.003")
    whole, olive = (np.load(tmp_path / name / "results.npy")[:, 0, 1] for name in ("none", "olive"))
    assert np.array_equal(whole[:, :3], olive[:, :3]) and not np.array_equal(whole, olive)
    assert (tmp_path / "olive" / "ccRNN.lesioned.checkpoint.safetensors").exists()
    before = np.load(tmp_path / "olive" / "results.npy")
    run(tmp_path / "olive", "--sessions", "6", "--model", "ccRNN", "--lesion", "olive", "--lesion-session", "3",
        "--batches", "4", "--lr", "0.003")
    assert np.array_equal(np.load(tmp_path / "olive" / "results.npy"), before)


@pytest.mark.parametrize("arguments, task", [
    (["--task", "drawing"], "SequentialDrawing(shape='lines', fixed_magnitude=True, sparse=4"),
    (["--task", "drawing", "--no-fixed-magnitude", "--sparse", "7"],
     "SequentialDrawing(shape='lines', fixed_magnitude=False, sparse=7"),
    (["--task", "drawing", "--digit-drawing"], "SequentialDrawing(shape='digits'"),
    (["--task", "reading"], "SequentialMNIST("),
])
def test_every_task(tmp_path, arguments, task):
    run(tmp_path / "run", *arguments, "--sessions", "1", "--truncation", "whole")
    settings = json.loads((tmp_path / "run" / "settings.json").read_text())
    assert settings["task"].startswith(task) and settings["truncation"] is None
    assert np.isfinite(np.load(tmp_path / "run" / "results.npy")).all()


@pytest.mark.parametrize("arguments, words", [
    (["--seeds", "0-2"], r"holds a run with seeds \[0, 1\] but this one has \[0, 1, 2\]; name another folder"),
    (["--truncation", "0"], "truncation is 0; use a whole number of at least 1"),
    (["--fan-in", "200"], "fan_in is 200; use a whole number from 1 to 100"),
    (["--sparse", "0"], "sparse is 0"),
])
def test_wrong_options_say_so_before_anything_is_changed(tmp_path, arguments, words):
    run(tmp_path / "run", "--sessions", "1", "--model", "cRNN")
    before = {path: path.read_bytes() for path in (tmp_path / "run").iterdir()}
    folder = tmp_path / ("run" if "--seeds" in arguments else "other")
    extra = ["--model", "cRNN"] if "--seeds" in arguments else []
    with pytest.raises(SystemExit, match=words):
        run(folder, "--sessions", "1", *extra, *arguments)
    assert {path: path.read_bytes() for path in (tmp_path / "run").iterdir()} == before
    assert not (tmp_path / "other").exists()


def test_a_folder_of_other_things_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(SystemExit, match="is not empty and has no settings.json"):
        run(tmp_path, "--sessions", "1")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_seeds_and_steps_are_checked(tmp_path, capsys):
    for arguments, words in ((["--seeds", "a"], "'a' is no seed"), (["--truncation", "half"], "'half' is no number")):
        with pytest.raises(SystemExit):
            run(tmp_path / "run", *arguments)
        assert words in capsys.readouterr().err
