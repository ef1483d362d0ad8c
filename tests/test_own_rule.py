"""The page about rules keeps its promises: its example runs as printed, and it names every rule."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import ccdyn.plasticity

PAGE = Path(ccdyn.plasticity.__file__).parent / "README.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_the_worked_example_runs_as_printed(tmp_path):
    code, = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    instant, trace, error = done.stdout.split("\n")[:3]
    assert instant.startswith("instant ") and trace.startswith("e-prop ")
    assert 0 < float(instant.split()[-1]) < float(trace.split()[-1]) < 1
    assert float(error) < 0.13


def test_every_rule_and_every_link_is_there():
    for name in set(ccdyn.plasticity.__all__) - {"Rule", "pairs", "basis_pairs"}:
        assert f"`{name}(" in TEXT, name
    links = re.findall(r"\]\(([^)#:]+)\)", TEXT)
    assert links and all((PAGE.parent / link).exists() for link in links)
