"""Make the published figures, or all, two scripts at a time, the longest first; what has not changed is kept.

    make figures                        or python run.py figures: those that were published
    make figures ARGS="--decoupled"     those about the other model, a cerebellum that predicts the learning feedback
    make figures ARGS="--all"           every script in this folder
    make figures ARGS="tau digits"      only these
    make figures ARGS="--fresh"         compute them, whatever build/cache has
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from importlib.metadata import version
from pathlib import Path

from tqdm import tqdm

HERE = Path(__file__).parent
CACHE, ENDINGS = HERE.parent / "build" / "cache", ("json", "csv", "png", "svg")
SCRIPTS = {path.stem: path for path in sorted(HERE.glob("*.py")) if path.stem not in ("all", "common", "claims")}

PUBLISHED = {"linedraw": "2", "switching": "3", "digitdraw": "4", "evidence": "5", "benefit": "5", "association": "6",
             "consolidation": "8", "damage": "S6, S15"}     # Pemberton, Chadderton & Costa (2024)
DECOUPLED = {"decoupled": "2", "horizon": "3", "patience": None, "lesions": None, "feedback": None,
             "factor": None}                                # Boven, Pemberton et al. (2023); None: text, or no figure


def seconds(script: str) -> float:
    """How long it took last time; a script that has never run comes first."""
    made = HERE / f"{script}.json"
    return json.loads(made.read_text())["made by"]["seconds"] if made.exists() else float("inf")


def fingerprint(script: str) -> str:
    """Of all that a figure is made from, and of its four files; it changes if any of them does, or is gone."""
    files = [*sorted((HERE.parent / "ccdyn").rglob("*.py")), SCRIPTS[script], HERE / "common.py",
             *(HERE / f"{script}.{ending}" for ending in ENDINGS)]
    parts = [path.read_bytes() if path.exists() else b"" for path in files]
    return hashlib.sha256(b"\0".join([*parts, version("torch").encode(), version("matplotlib").encode()])).hexdigest()


def is_made(script: str) -> bool:
    """Whether its files are those of the last run, and nothing has changed since."""
    stamp = CACHE / f"{script}.made"
    return stamp.exists() and stamp.read_text() == fingerprint(script)


def run(script: str) -> tuple[str, float, subprocess.CompletedProcess]:
    """One script with one thread, its words kept."""
    began = time.perf_counter()
    done = subprocess.run([sys.executable, str(SCRIPTS[script])], capture_output=True, text=True,
                          env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(HERE.parent)})
    if not done.returncode:
        (CACHE / f"{script}.made").write_text(fingerprint(script))
    return script, time.perf_counter() - began, done


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the figures.")
    parser.add_argument("scripts", nargs="*", help=f"which of {', '.join(SCRIPTS)}; none: {', '.join(PUBLISHED)}")
    parser.add_argument("--decoupled", action="store_true", help=f"only {', '.join(DECOUPLED)}")
    parser.add_argument("--all", action="store_true", help="every script")
    parser.add_argument("--fresh", action="store_true", help="compute them, whatever build/cache has")
    options = parser.parse_args()
    unknown = [name for name in options.scripts if name not in SCRIPTS]
    if unknown:
        sys.exit(f"There is no figure {unknown[0]!r}; use one of {', '.join(SCRIPTS)}.")
    if options.fresh:
        for old in CACHE.glob("*"):
            old.unlink()
    group = SCRIPTS if options.all else DECOUPLED if options.decoupled else PUBLISHED
    names = sorted(options.scripts or group, key=seconds, reverse=True)
    made = [name for name in names if is_made(name)]
    if made:
        print(f"As they were made last time: {', '.join(made)}.")
    names = [name for name in names if name not in made]
    if not names:
        return
    failed = []
    workers = min(2, os.cpu_count() or 1)
    with ThreadPoolExecutor(workers) as pool, tqdm(total=len(names), unit="figure", ncols=88) as bar:
        try:
            for future in as_completed([pool.submit(run, name) for name in names]):
                script, took, done = future.result()
                bar.update()
                bar.write(f"{script}: {took:.0f} s\n{done.stdout.strip()}\n")
                if done.returncode:
                    failed.append(script)
                    bar.write(done.stderr)
        except KeyboardInterrupt:   # the running scripts got it too; those that wait shall not begin
            pool.shutdown(cancel_futures=True)
            sys.exit("Stopped. Give the same command again to go on where it was.")
    if failed:
        sys.exit(f"These failed: {', '.join(failed)}.")


if __name__ == "__main__":
    main()
