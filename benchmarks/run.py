"""How fast and how large a training step is, beside a plain implementation and torch.nn.RNN, and rule by rule.

    python benchmarks/run.py             about five minutes; writes results.* and the table in README.md
    python benchmarks/run.py --quick     about a minute, a rough look; writes to build/benchmarks
    python benchmarks/run.py --redraw    table and figure again, from results.json

Line drawing, batch 10, 20 steps, float32. A step includes drawing the batch
and the optimiser; for ccdyn also its checks of the input and the copy that
lets it go back when interrupted.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("KINETO_LOG_LEVEL", "99")
sys.path.insert(0, str(Path(__file__).parents[1]))

import torch  # noqa: E402
from tqdm import tqdm  # noqa: E402

import ccdyn  # noqa: E402
from benchmarks import report  # noqa: E402
from benchmarks.measure import (  # noqa: E402
    Contender, extra_memory, interleave, machine, most_bytes, product_speed, ratio)
from benchmarks.plain import BpttRNN, PlainNetwork, plain_optimiser, plain_step  # noqa: E402
from ccdyn import BPTT, FORCE, AdaptiveEProp, DeltaRule, EProp, NodePerturbation, RidgeRegression  # noqa: E402
from ccdyn.plasticity import Rule  # noqa: E402
from ccdyn.record import Workspace  # noqa: E402
from ccdyn.train_state import snapshot  # noqa: E402

HERE = Path(__file__).parent
SIZES = ((50, 1000), (200, 4000))
ARCHITECTURES = ("none", "readout", "cerebellar")
PLASTICITIES = ("fixed", "input", "full")
RULES: dict[str, list[Rule]] = {  # one row each; times are set against BPTT's
    "fixed cortex": [DeltaRule()],
    "e-prop, full": [DeltaRule(), EProp()],
    "e-prop, random senders": [DeltaRule(), EProp(feedback="random")],
    "e-prop, adaptive senders": [AdaptiveEProp()],
    "BPTT": [DeltaRule(), BPTT()],
    "BPTT, window 5": [DeltaRule(), BPTT(window=5)],
    "node perturbation": [DeltaRule(), NodePerturbation()],
    "FORCE, fixed cortex": [FORCE()],
    "ridge regression, fixed cortex": [RidgeRegression()],
}
WINDOW = ("fixed cortex", "e-prop, full", "BPTT", "BPTT, window 5")  # memory against the number of time steps
BIG = {"n_cortex": 500, "n_granule": 4000, "n_trials": 128, "n_steps": 20, "tau": 3}


def ours(feedback: str, plasticity: str = "full", n_seeds: int = 1, n_cortex: int = 50, n_granule: int = 1000,
         n_steps: int = 20, n_trials: int = 10, tau: int = 3, rules: list[Rule] | None = None) -> Contender:
    """ccdyn, ``n_seeds`` networks in one pass; ``rules`` instead of those that ``plasticity`` and ``tau`` mean."""
    task = ccdyn.LineDrawing(n_steps=n_steps)
    network = ccdyn.Network.for_task(task, feedback=feedback, n_cortex=n_cortex,
                                     expansion=n_granule / n_cortex,
                                     seeds=0 if n_seeds == 1 else range(n_seeds))
    state = ccdyn.start(network, task, rules, plasticity=plasticity, tau=tau, batch_size=n_trials,
                        batches_per_session=10**9)
    return Contender(lambda n: ccdyn.advance(state, n), n_seeds, lambda: snapshot(state),
                     lambda: setattr(state, "workspace", Workspace()))


def plain(feedback: str, plasticity: str, n_cortex: int = 50, n_granule: int = 1000, n_steps: int = 20,
          keep_traces: bool = False) -> Contender:
    """The plain implementation, one network."""
    task = ccdyn.LineDrawing(n_steps=n_steps)
    network = PlainNetwork(ccdyn.Network.for_task(task, feedback=feedback, n_cortex=n_cortex,
                                                  expansion=n_granule / n_cortex))
    optimiser, generator = plain_optimiser(network, plasticity), torch.Generator().manual_seed(0)

    def go(n: int) -> None:
        for _ in range(n):
            batch = task.batch(10, generator)
            plain_step(network, optimiser, batch.x, batch.target, plasticity, keep_traces=keep_traces)
    return Contender(go)


def nn_rnn(n_cortex: int) -> Contender:
    """torch.nn.RNN with backpropagation through time."""
    task, generator = ccdyn.LineDrawing(), torch.Generator().manual_seed(0)
    model = BpttRNN(task.n_in, n_cortex, task.n_out)
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3, betas=(0.9, 0.98), eps=1e-9)

    def go(n: int) -> None:
        for _ in range(n):
            batch = task.batch(10, generator)
            model.step(optimiser, batch.x, batch.target)
    return Contender(go)


def measure_table(repetitions: int, seconds: float, bar: tqdm) -> list[dict]:
    """One row per size, architecture and plasticity, and one per size for torch.nn.RNN."""
    rows = []
    for n_cortex, n_granule in SIZES:
        for feedback in ARCHITECTURES:
            for plasticity in PLASTICITIES:
                size = {"n_cortex": n_cortex, "n_granule": n_granule}
                contenders = {"plain": plain(feedback, plasticity, **size),
                              "one": ours(feedback, plasticity, 1, **size),
                              "ten": ours(feedback, plasticity, 10, **size)}
                if (feedback, plasticity) == ("none", "full"):
                    contenders["rnn"] = nn_rnn(n_cortex)
                times = interleave(contenders, repetitions, seconds)
                memory = {name: extra_memory(contender) for name, contender in contenders.items()}
                keeping = plain(feedback, plasticity, **size, keep_traces=True)
                memory["plain, traces kept"] = extra_memory(keeping)
                if "rnn" in contenders:
                    rnn = {"n_cortex": n_cortex, "feedback": "torch.nn.RNN", "plasticity": "BPTT",
                           "ms": {"plain": times.pop("rnn").summary()}, "bytes": {"plain": memory.pop("rnn")}}
                rows.append({**size, "feedback": feedback, "plasticity": plasticity,
                             "ms": {name: each.summary() for name, each in times.items()},
                             "faster": {name: ratio(times["plain"], times[name])["median"]
                                        for name in ("one", "ten")},
                             "bytes": memory})
                bar.update()
        rows.append(rnn)
    return rows


def measure_curves(repetitions: int, seconds: float, quick: bool, bar: tqdm) -> dict[str, dict]:
    """Cost against one size at a time: {panel: {curve: [[size, ms], ...]}}; the cortex is fully plastic."""
    panels = {"n_steps": (10, 20, 40, 80, 160), "n_cortex": (25, 50, 100, 200, 400),
              "n_granule": (250, 500, 1000, 2000, 4000, 8000), "n_seeds": (1, 2, 5, 10, 20)}
    curves: dict[str, dict] = {}
    for panel, sizes in panels.items():
        curves[panel] = {}
        for size in sizes[1:4:2] if quick else sizes:
            for feedback in ("cerebellar",) if panel == "n_granule" else ARCHITECTURES:
                if panel == "n_seeds":
                    contenders = {"ccdyn": ours(feedback, "full", size), "plain": plain(feedback, "full")}
                else:
                    contenders = {"ccdyn": ours(feedback, "full", 10, **{panel: size}),
                                  "plain": plain(feedback, "full", **{panel: size})}
                for name, times in interleave(contenders, repetitions, seconds, least=2).items():
                    curves[panel].setdefault(f"{feedback}, {name}", []).append([size, times.median])
            bar.update()
    return curves


def measure_rules(repetitions: int, seconds: float, bar: tqdm) -> list[dict]:
    """One row per architecture and rule; whatever learns, the cerebellum does not."""
    rows = []
    for feedback in ARCHITECTURES:
        contenders = {(name, who): ours(feedback, n_seeds=n_seeds, rules=rules)
                      for who, n_seeds in (("one", 1), ("ten", 10)) for name, rules in RULES.items()}
        times = interleave(contenders, repetitions, seconds)
        for name in RULES:
            rows.append({"feedback": feedback, "rule": name,
                         "ms": {who: times[name, who].summary() for who in ("one", "ten")},
                         "of BPTT": {who: ratio(times[name, who], times["BPTT", who]) for who in ("one", "ten")},
                         "bytes": extra_memory(contenders[name, "ten"])})
        bar.update()
    return rows


def measure_window(quick: bool, bar: tqdm) -> list[dict]:
    """Memory against the number of time steps, one network: of a step without its copy, and of the rule alone."""
    rows = []
    for feedback in ("none", "cerebellar"):
        for n_steps in (20, 80) if quick else (10, 20, 40, 80, 160, 320):
            steps = {name: extra_memory(ours(feedback, n_steps=n_steps, rules=RULES[name])) for name in WINDOW}
            rows.append({"feedback": feedback, "n_steps": n_steps,
                         "step": {name: each["step"] - each["copy"] for name, each in steps.items()},
                         "rule": {name: rule_memory(RULES[name][-1], feedback, n_steps) for name in WINDOW}})
            bar.update()
    return rows


@torch.no_grad()
def rule_memory(rule: Rule, feedback: str, n_steps: int) -> int:
    """Most bytes that a rule's update holds beyond the run that it learns from, one network."""
    task = ccdyn.LineDrawing(n_steps=n_steps)
    network = ccdyn.Network.for_task(task, feedback=feedback)
    batch, state = task.batch(10, torch.Generator().manual_seed(0)), rule.init(network)
    record = ccdyn.observe(network, batch, rule.needs(network, batch))
    return most_bytes(lambda: rule.update(state, network, record, batch, None))


def measure_big(repetitions: int) -> dict[str, float]:
    """Arithmetic speed of a training step whose matrices are large, against one large matrix product."""
    big = ours("cerebellar", "fixed", **BIG)
    big.go(1)
    product_speed()
    speeds, products = [], []
    for _ in range(repetitions):
        products.append(product_speed())
        times = interleave({"big": big}, 1, 0.0, least=3)["big"]
        speeds.append(needed_gflop(**BIG) / (times.median / 1e3))
        products.append(product_speed())
    speed, best = sorted(speeds)[len(speeds) // 2], max(products)
    return {**BIG, "gflop per step": needed_gflop(**BIG), "gflop per second": speed,
            "torch.mm gflop per second": best, "share": speed / best}


def needed_gflop(n_cortex: int, n_granule: int, n_trials: int, n_steps: int, tau: int, n_in: int = 10,
                 n_out: int = 2) -> float:
    """Matrix products that a step cannot do without, for a fixed cortex and plastic mossy fibres."""
    taught = n_steps - tau + 1
    forward = n_steps * (n_cortex * (n_in + n_cortex + n_granule + 2 * n_out) + n_granule * n_out)
    backward = n_steps * n_out * n_cortex + taught * (2 * n_granule * n_out + n_cortex * n_granule)
    return 2e-9 * n_trials * (forward + backward)


def main() -> None:
    parser = argparse.ArgumentParser(description="ccdyn beside a plain implementation and torch.nn.RNN.")
    parser.add_argument("--quick", action="store_true", help="a rough look in about a minute")
    parser.add_argument("--redraw", action="store_true", help="table and figure from the last results.json")
    parser.add_argument("--threads", type=int, help="threads torch may use; default: its own choice")
    parser.add_argument("--out", type=Path, help="folder; default: this one, or build/benchmarks if --quick")
    options = parser.parse_args()
    out = options.out or (HERE.parent / "build" / "benchmarks" if options.quick else HERE)
    out.mkdir(parents=True, exist_ok=True)
    if options.threads:
        torch.set_num_threads(options.threads)
    if not options.redraw:
        results = {"machine": machine()}
        repetitions, seconds = (2, 0.02) if options.quick else (7, 0.2)
        total = 1 + 18 + 3 + (4 + 8 if options.quick else 12 + 21)
        with tqdm(total=total, desc="measuring", file=sys.stderr) as bar:
            results["big"] = measure_big(2 if options.quick else 7)
            bar.update()
            results["table"] = measure_table(repetitions, seconds, bar)
            results["rules"] = measure_rules(repetitions, seconds, bar)
            results["window"] = measure_window(options.quick, bar)
            results["curves"] = measure_curves(1 if options.quick else 3, seconds / 2, options.quick, bar)
        text = json.dumps(report.rounded(results), indent=1)
        (out / "results.json").write_text(text + "\n", encoding="utf-8")
    results = json.loads((out / "results.json").read_text(encoding="utf-8"))
    text = report.markdown(results)
    (out / "results.md").write_text(text, encoding="utf-8")
    if out == HERE:
        report.stamp(HERE / "README.md", text)
    figure = report.figure(results["curves"])
    for kind in ("png", "svg"):
        figure.savefig(out / f"results.{kind}", dpi=150, metadata={"Date": None} if kind == "svg" else None)
    print(text)


if __name__ == "__main__":
    main()
