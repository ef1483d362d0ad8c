"""Everything that people read: spelled right, links lead somewhere, headings in order, pictures with words."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted(path for path in ROOT.rglob("*.md") if not {".venv", "build", ".pytest_cache"} & set(path.parts))
LABS = sorted((ROOT / "labs").glob("*.ipynb"))
WORDS = "commun"    # as in Nature Communications
OWN = "https://github.com/ccdyn/ccdyn/blob/main/"


def text(path: Path) -> str:
    """Markdown without its code."""
    if path.suffix != ".ipynb":
        whole = path.read_text(encoding="utf-8")
    else:
        cells = nbformat.read(path, as_version=4).cells
        whole = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return re.sub(r"```.*?```", "", whole, flags=re.DOTALL)


@pytest.fixture(params=[*PAGES, *LABS], ids=lambda path: str(path.relative_to(ROOT)))
def page(request) -> Path:
    return request.param


def test_there_are_pages():
    assert len(PAGES) >= 6 and len(LABS) >= 2


def test_spelling(tmp_path):
    files = [tmp_path / path.with_suffix(".md").name for path in LABS]
    for path, file in zip(LABS, files):
        file.write_text(text(path), encoding="utf-8")
    done = subprocess.run([sys.executable, "-m", "codespell_lib", f"--ignore-words-list={WORDS}", *map(str, PAGES),
                           *map(str, files), *(str(ROOT / folder) for folder in ("ccdyn", "figures/README.md"))],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_links_resolve_inside_the_repository(page):
    for link in re.findall(r"\]\(([^)\s]+)\)", text(page)):
        where, _, anchor = link.removeprefix(OWN).partition("#")
        if where.startswith(("http", "data:")):
            continue
        target = (ROOT if link.startswith(OWN) else page.parent) / where if where else page
        assert target.exists(), f"{link} leads nowhere"
        if anchor:
            headings = re.findall(r"^#+ (.*)$", text(target), re.MULTILINE)
            names = {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}
            assert anchor in names or f'id="{anchor}"' in text(target), f"{link}: there is no such heading"


def test_headings_are_in_order(page):
    levels = [len(found) for found in re.findall(r"^(#+) ", text(page), re.MULTILINE)]
    assert levels[:1] in ([], [1]) and levels.count(1) <= 1     # tables alone need none
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:])), levels


def test_pictures_have_words(page):
    for words, link in re.findall(r"!\[([^\]]*)\]\(([^)\s]+)\)", text(page)):
        assert len(words) > (10 if "badge" in link else 40), link


def test_folded_answers_are_closed(page):
    assert text(page).count("<details>") == text(page).count("</details>") == text(page).count("<summary>")
