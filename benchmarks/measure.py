"""How time, memory and arithmetic are measured."""

from __future__ import annotations

import json
import os
import platform
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import torch
from torch.profiler import ProfilerActivity, profile


class Contender(NamedTuple):
    """Something to time: ``go(n)`` does n training steps of ``networks`` networks.

    ``copy`` makes what ccdyn holds, during a call of ``advance``, to be able to go back.
    ``forget`` lets go of memory that it keeps for the next step, so that this is counted too.
    """

    go: Callable[[int], object]
    networks: int = 1
    copy: Callable[[], object] | None = None
    forget: Callable[[], object] = lambda: None


class Times(NamedTuple):
    """Milliseconds per training step and network, one value per repetition."""

    values: list[float]

    @property
    def median(self) -> float:
        return median(self.values)

    def summary(self) -> dict[str, float]:
        return {"median": self.median, "min": min(self.values), "max": max(self.values)}


def interleave(contenders: dict[Any, Contender], repetitions: int, seconds: float, least: int = 5,
               most: int = 50) -> dict[Any, Times]:
    """Time contenders in turn, again and again, so that a slow moment of the machine hits all of them.

    Each gets one warm-up, and then as many steps per repetition as take about
    ``seconds`` (``least`` to ``most``, the same in every repetition).
    """
    steps, times = {}, {name: Times([]) for name in contenders}
    for name, contender in contenders.items():
        contender.go(2)
        steps[name] = int(min(max(seconds / _seconds(contender, 2) * 2, least), most))
    for _ in range(repetitions):
        for name, contender in contenders.items():
            each = _seconds(contender, steps[name]) / steps[name] / contender.networks
            times[name].values.append(1e3 * each)
    return times


def _seconds(contender: Contender, n: int) -> float:
    start = time.perf_counter()
    contender.go(n)
    return time.perf_counter() - start


def ratio(one: Times, other: Times) -> dict[str, float]:
    """Median, lowest and highest over repetitions of the ratio of two contenders that ran side by side."""
    return Times([a / b for a, b in zip(one.values, other.values)]).summary()


def extra_memory(contender: Contender) -> dict[str, float]:
    """Most bytes that one training step holds at a time beyond those held before it, per network.

    "copy" is the part that ccdyn's copy of weights and optimiser takes, once for any number of steps.
    """
    contender.go(2)  # the optimiser's moments are there from now on
    contender.forget()
    most = {"step": most_bytes(lambda: contender.go(1))}
    if contender.copy:
        most["copy"] = most_bytes(contender.copy)
    return {name: value / contender.networks for name, value in most.items()}


def most_bytes(work: Callable[[], object]) -> int:
    """Most bytes that ``work`` holds at a time beyond those held before it.

    Counted from the profiler's record of every allocation and release of
    tensor memory, temporaries inside operators included. That is exact and
    repeatable; the resident size of a process is neither, because memory
    allocators keep what they were given.
    """
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as recorded:
        work()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace.json"
        recorded.export_chrome_trace(str(path))
        events = json.loads(path.read_text(encoding="utf-8"))["traceEvents"]
    changes = [(event["ts"], event["args"]["Bytes"]) for event in events if event["name"] == "[memory]"]
    held = most = 0
    for _, change in sorted(changes, key=lambda pair: pair[0]):  # stable: simultaneous ones stay in order
        held += change
        most = max(most, held)
    return most


def product_speed(size: int = 2048) -> float:
    """GFLOP/s of one large square torch.mm in float32."""
    a, b = torch.randn(size, size), torch.randn(size, size)
    start = time.perf_counter()
    a @ b
    return 2e-9 * size**3 / (time.perf_counter() - start)


def machine() -> dict[str, object]:
    """What the numbers depend on: processor, threads, versions, and how busy the machine was."""
    processor = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        models = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
        processor = models[0] if models else processor
    busy = round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None
    return {"processor": processor, "cores": os.cpu_count(), "threads": torch.get_num_threads(),
            "system": platform.system(), "python": platform.python_version(), "torch": torch.__version__,
            "load average before the run": busy}
