"""Files: a network (weights and configuration), a checkpoint (everything needed to train on), a drawing.

The first two are safetensors files whose header holds the configuration as
JSON, a drawing is JSON alone, so loading one never runs code. They are written
to a temporary name in the same folder and renamed: a file is there whole or
not at all. ``load_trained`` reads the trained networks that come with ccdyn.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_bytes
from torch import Tensor

from ccdyn.data import DataError, shipped_folder
from ccdyn.decoupling import DecoupledNetwork
from ccdyn.feedback import Silence
from ccdyn.history import History
from ccdyn.network import Network, Weights
from ccdyn.plasticity import Rule
from ccdyn.tasks.batch import Task
from ccdyn.tasks.drawn import OwnDrawing
from ccdyn.train_state import TrainState, restore, snapshot
from ccdyn.training import start

FORMAT = 1
# The networks that come with ccdyn, made by data/networks.py: SHA-256 of their files.
TRAINED = {"association": "c47fefcfd136d924b9a2e689cdd4178c25494b667e590c9b742484d94497e1d0",
           "evidence": "3c40bf0e15302c74987041b8a686148bc11d2ed2a8453699511b2faa53378cc6"}
# The models that a file can hold. A file that names none holds the first, as all did before there was another.
MODELS: dict[str, type[Weights]] = {"Network": Network, "DecoupledNetwork": DecoupledNetwork}
LARGEST_DRAWING = 2_000_000  # bytes; six strokes of 5000 points need less


def save_network(network: Weights, path: str | os.PathLike) -> None:
    """Write weights and configuration to ``path`` (usually ``name.safetensors``).

    Raises:
        OSError: the folder is missing or cannot be written to.
    """
    _write(path, "network", dict(network.state_dict()), _described(network))


def load_network(path: str | os.PathLike, device: torch.device | str = "cpu") -> Weights:
    """Read a network that ``save_network`` wrote.

    Raises:
        ValueError: not such a file, or one whose weights do not fit its configuration.
        FileNotFoundError: no file of that name.
    """
    tensors, header = _read(path, "network")
    return _fill(_network(header, path, device), tensors, path)


def load_trained(name: str, device: torch.device | str = "cpu") -> Network:
    """Read trained networks that come with ccdyn: several seeds, as ``data/README.md`` says.

    Args:
        name: "association" or "evidence", delayed association or evidence accumulation with cerebellar feedback.
        device: where the weights should be.

    Raises:
        ValueError: an unknown name.
        DataError: the file is missing, or is not the one that came with ccdyn.

    Example:
        >>> load_trained("association").W_hh.shape
        torch.Size([5, 50, 50])
    """
    if name not in TRAINED:
        raise ValueError(f"unknown trained network {name!r}; use one of {', '.join(map(repr, TRAINED))}")
    path = shipped_folder() / f"{name}.safetensors"
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}); reinstall ccdyn, or restore its data "
                        "folder") from error
    if found != TRAINED[name]:
        raise DataError(f"{path} cannot be used: its content was altered, SHA-256 {found[:12]}... instead of "
                        f"{TRAINED[name][:12]}...; reinstall ccdyn, or restore its data folder")
    return load_network(path, device)


def save_checkpoint(state: TrainState, path: str | os.PathLike) -> None:
    """Write everything that ``advance`` changes, and the settings, to ``path``.

    The task is described, not stored: ``load_checkpoint`` is given it again.
    """
    saved = snapshot(state)
    tensors = {f"network/{name}": value for name, value in state.network.state_dict().items()}
    tensors |= {f"best/{name}": value for name, value in state.best.items()}
    tensors |= {f"optimiser/{i}/{name}": value for i, moments in saved["optimiser"].items()
                for name, value in moments.items()}
    tensors |= {f"generators/{name}/{i}": value for name, values in saved["generators"].items()
                for i, value in enumerate(values)}
    tensors |= {f"rules/{i}/{name}": value for i, memory in enumerate(saved["rule_states"]) if memory
                for name, value in memory.items()}
    tensors["session_loss"] = state.session_loss
    tensors["history"] = torch.from_numpy(state.history.values)
    header = {**_described(state.network), "config": asdict(state.config), "task": repr(state.task),
              "rules": [repr(rule) for rule in state.rules], "metrics": state.history.metrics,
              "batches_done": state.batches_done}
    _write(path, "checkpoint", tensors, header)


def load_checkpoint(path: str | os.PathLike, task: Task, rules: tuple[Rule, ...] | None = None,
                    device: torch.device | str = "cpu") -> TrainState:
    """Read a checkpoint and go on where it stopped: the next batches give the same numbers.

    Args:
        path: written by ``save_checkpoint``.
        task: must be the task it was trained on (the same settings).
        rules: only if it was trained with rules of your own: the same ones again.

    Raises:
        ValueError: not such a file, another task, or other rules.
    """
    tensors, header = _read(path, "checkpoint")
    if repr(task) != header["task"]:
        raise ValueError(f"{path} was trained on {header['task']} but the task given is {task!r}; give the same one")
    network = _fill(_network(header, path, device), _under(tensors, "network"), path)
    settings = dict(header["config"])
    settings["silence"] = Silence(**settings["silence"]) if settings["silence"] else None
    for name in ("betas", "tau"):
        settings[name] = tuple(settings[name]) if isinstance(settings[name], list) else settings[name]
    state = start(network, task, rules, **settings)
    if [repr(rule) for rule in state.rules] != header["rules"]:
        raise ValueError(f"{path} was trained with {', '.join(header['rules'])} but the rules are "
                         f"{', '.join(map(repr, state.rules))}; pass rules=(...) with the same ones")
    optimiser: dict[int, dict[str, Tensor]] = {}
    for key, value in _under(tensors, "optimiser").items():
        i, name = key.split("/")
        optimiser.setdefault(int(i), {})[name] = value
    generators = {name: [] for name in state.generators}
    for key in sorted(_under(tensors, "generators"), key=lambda key: int(key.split("/")[1])):
        generators[key.split("/")[0]].append(tensors[f"generators/{key}"])
    restore(state, {
        "weights": {name: weight.detach().clone() for name, weight in network.weights().items()},
        "optimiser": optimiser, "generators": generators,
        "rule_states": [_under(tensors, f"rules/{i}") or memory for i, memory in enumerate(state.rule_states)],
        "history": History(tensors["history"].numpy(), state.history.seeds, tuple(header["metrics"])),
        "best": {name: value.to(device) for name, value in _under(tensors, "best").items()},
        "batches_done": header["batches_done"], "session_loss": tensors["session_loss"].to(device),
    })
    return state


def save_drawing(task: OwnDrawing, path: str | os.PathLike) -> None:
    """Write a drawing and its task's settings to ``path`` (usually ``name.json``): a small file of text.

    A file of that name is replaced only if it is a drawing too.

    Raises:
        ValueError: the name belongs to a file that is not a drawing.
        OSError: the folder is missing or cannot be written to.
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {path.parent} for {path.name}; make it, or use another one")
    if path.exists():
        load_drawing(path)
    content = {"format": FORMAT, "kind": "drawing", **asdict(task)}
    write_whole(path, json.dumps(content, separators=(",", ":")).encode())


def load_drawing(path: str | os.PathLike) -> OwnDrawing:
    """Read a drawing that ``save_drawing`` wrote.

    Raises:
        ValueError: not such a file, or one that holds something else than a drawing.
        FileNotFoundError: no file of that name.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"there is no file {path}; give the path of one that save_drawing wrote")
    try:
        if Path(path).stat().st_size > LARGEST_DRAWING:
            raise ValueError(f"it has more than {LARGEST_DRAWING:,} bytes")
        content = json.loads(Path(path).read_bytes())
        found = content.pop("kind", None), content.pop("format", None)
        if found != ("drawing", FORMAT):
            raise ValueError(f"its kind is {found[0]!r} and its format {found[1]!r}")
        unknown = content.keys() - {field.name for field in fields(OwnDrawing)}
        if unknown or "strokes" not in content:
            raise ValueError(f"it has no strokes, or unknown settings {sorted(unknown)}")
        return OwnDrawing(**content)
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"{path} is not a drawing of format {FORMAT} ({error}); use a file that save_drawing of "
                         "this version of ccdyn wrote") from error


def write_whole(path: str | os.PathLike, content: bytes) -> None:
    """Write a file whole or not at all: to a temporary name beside it, then renamed."""
    path = Path(path)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        unfinished.write_bytes(content)
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def _write(path: str | os.PathLike, kind: str, tensors: dict[str, Tensor], header: dict[str, Any]) -> None:
    tensors = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    write_whole(path, to_bytes(tensors, {"ccdyn": json.dumps({"format": FORMAT, "kind": kind, **header})}))


def _read(path: str | os.PathLike, kind: str) -> tuple[dict[str, Tensor], dict[str, Any]]:
    if not Path(path).is_file():
        raise FileNotFoundError(f"there is no file {path}; give the path of one that save_{kind} wrote")
    try:
        with safe_open(path, framework="pt") as file:
            header = json.loads((file.metadata() or {}).get("ccdyn", "{}"))
            tensors = {name: file.get_tensor(name) for name in file.keys()}
    except (SafetensorError, json.JSONDecodeError) as error:
        raise ValueError(f"{path} is not a readable ccdyn {kind} ({error}); was it cut off, or written by "
                         "another program?") from error
    if header.get("kind") != kind or header.get("format") != FORMAT:
        found = f"{header.get('kind', 'file of another program')} of format {header.get('format')}"
        raise ValueError(f"{path} is a {found} but a {kind} of format {FORMAT} is expected; "
                         f"use save_{kind} of this version of ccdyn")
    return tensors, header


def _described(network: Weights) -> dict[str, Any]:
    """What a header says of a network."""
    name = type(network).__name__
    return {"network": asdict(network.config)} | ({} if name == "Network" else {"model": name})


def _network(header: dict[str, Any], path: str | os.PathLike, device: torch.device | str) -> Weights:
    model = MODELS.get(header.get("model", "Network"))
    try:
        return model(model.config_type(**header["network"]), device)
    except (TypeError, AttributeError) as error:
        raise ValueError(f"{path} describes a network that this version of ccdyn does not know ({error}); "
                         "update ccdyn") from error


def _fill(network: Weights, tensors: dict[str, Tensor], path: str | os.PathLike) -> Weights:
    expected = network.state_dict()
    for name in expected.keys() | tensors.keys():
        shapes = [tuple(source[name].shape) if name in source else "nothing" for source in (tensors, expected)]
        if shapes[0] != shapes[1]:
            raise ValueError(f"{path} has {shapes[0]} for {name} but its configuration asks for {shapes[1]}; "
                             "the file was altered, save the network again")
    network.load_state_dict(tensors)
    return network


def _under(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The tensors whose name starts with ``prefix/``, without it."""
    prefix += "/"
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
