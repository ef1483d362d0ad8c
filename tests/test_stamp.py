"""The repository's address stands in pyproject.toml; `python run.py stamp` copies it into every link."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
ADDRESS = PROJECT["urls"]["Repository"]
LABS = sorted((ROOT / "labs").glob("*.ipynb"))
LINKS = """
https://github.com/OWNER/NAME (github.com/OWNER/NAME). https://github.com/OWNER/NAME.
[tests](https://github.com/OWNER/NAME/actions/workflows/test.yml/badge.svg), "https://github.com/OWNER/NAME"
https://colab.research.google.com/github/OWNER/NAME/blob/main/labs/00_start_here.ipynb
git+https://github.com/OWNER/NAME@main https://github.com/OWNER/NAME.git https://github.com/OWNER/NAME#labs
https://raw.githubusercontent.com/OWNER/NAME/main/figures/x.png https://mybinder.org/v2/gh/OWNER/NAME/main
Not ours: https://github.com/pytorch/pytorch https://github.com/someone/ccdyn-extras https://ccdyn.org/ccdyn
https://github.com/someone/ccdyn.github.io https://colab.research.google.com/github/a/b/blob/main/c.ipynb
"""


@pytest.fixture
def stamped(tmp_path):
    """A copy of all that carries the address."""
    (tmp_path / "labs").mkdir()
    for path in [ROOT / name for name in ("run.py", "pyproject.toml", "README.md", "CITATION.cff")] + LABS:
        shutil.copy(path, tmp_path / path.relative_to(ROOT))
    return tmp_path


def stamp(folder: Path, error: str = "") -> str:
    done = subprocess.run([sys.executable, "run.py", "stamp"], cwd=folder, text=True, capture_output=True)
    assert (done.stderr, done.returncode) == (error, bool(error))
    return done.stdout


def carriers(folder: Path) -> dict[str, str]:
    paths = [folder / "README.md", folder / "CITATION.cff", *sorted((folder / "labs").glob("*.ipynb"))]
    return {path.name: path.read_bytes().decode("utf-8") for path in paths}


def give_address(folder: Path, address: str) -> None:
    project = folder / "pyproject.toml"
    text = project.read_text(encoding="utf-8")
    text, changes = re.subn(r'(?m)^Repository = ".*"$', f'Repository = "{address}"', text)
    assert changes == 1
    project.write_text(text, encoding="utf-8")


def test_links_have_the_address_of_pyproject(stamped):
    before = carriers(stamped)
    assert stamp(stamped) == "" and carriers(stamped) == before
    slug = ADDRESS.removeprefix("https://github.com/")
    assert f"github.com/{slug}" in before["README.md"]
    assert LABS
    for lab in LABS:
        assert f"git+https://github.com/{slug}" in before[lab.name]
        colab = f"https://colab.research.google.com/github/{slug}/blob/main/labs/{lab.name}"
        assert colab in before[lab.name] + before["README.md"]


def test_a_fork_changes_one_line_and_stamps(stamped):
    renamed, moved = "https://github.com/another-institute/a.course", "https://github.com/Third-Party/ccdyn"
    with (stamped / "README.md").open("a", encoding="utf-8", newline="") as file:
        file.write(LINKS.replace("OWNER/NAME", "ccdyn/ccdyn"))
    stamp(stamped)  # a fork's address is another one than ccdyn/ccdyn already
    before = carriers(stamped)
    for address in (renamed, moved, renamed):
        give_address(stamped, address)
        said = stamp(stamped)
        after = carriers(stamped)
        assert said.count("stamped") == len(after) and all(after[name] != before[name] for name in after)
        slug = address.removeprefix("https://github.com/")
        assert after["README.md"].endswith(LINKS.replace("OWNER/NAME", slug))
        assert f"\nrepository-code: {address}\n" in after["CITATION.cff"]
        assert stamp(stamped) == "" and carriers(stamped) == after
    give_address(stamped, ADDRESS)
    stamp(stamped)
    assert carriers(stamped) == before


def test_an_address_that_is_none_is_refused(stamped):
    give_address(stamped, "https://example.org/ccdyn")
    before = carriers(stamped)
    said = "Repository in pyproject.toml is https://example.org/ccdyn; write https://github.com/OWNER/NAME.\n"
    assert stamp(stamped, error=said) == ""
    assert carriers(stamped) == before
