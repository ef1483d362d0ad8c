"""What a student has done so far: kept in a small file beside the notebook, and as a page to hand in.

Nothing leaves the machine. The file holds text and pictures only.
"""

from __future__ import annotations

import json
import os
from base64 import b64encode
from datetime import datetime
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any

FILE = "ccdyn-progress.json"
STYLE = ("body {font-family: sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em} img {max-width: 100%} "
         "pre {background: #f5f5f5; padding: 1em; overflow: auto}")


class Progress:
    """The record of one student on one machine.

    ``progress.begin`` reads the file, everything else that changes the record
    writes it, at once and whole: a kernel that dies loses nothing.
    """

    def __init__(self) -> None:
        self.path: Path | None = None
        self.now = ""       # the lab that was begun last
        self.record: dict[str, Any] = {"student": "", "labs": {}}

    def begin(self, lab: str, student: str = "", folder: str | Path | None = None) -> None:
        """Find the record again, or start one, and say what there is.

        Args:
            lab: such as "01".
            student: a name or number, which is printed on the page and picks the student's own seeds.
            folder: where the file lies; None is the environment variable CCDYN_PROGRESS, or else the notebook's.
        """
        self.path = Path(folder or os.environ.get("CCDYN_PROGRESS") or ".") / FILE
        self.record = self._read() or {"student": "", "labs": {}}
        self.record["student"], self.now = student or self.record["student"], lab
        solved = [name for name, entry in self.lab(lab)["exercises"].items() if entry["outcome"] == "correct"]
        if solved:
            print(f"Welcome back. Solved so far in lab {lab}: {', '.join(solved)}.")

    def lab(self, lab: str) -> dict[str, Any]:
        """The record of one lab."""
        return self.record["labs"].setdefault(lab, {"exercises": {}, "predictions": {}, "answers": {}, "pictures": {}})

    def seeds(self, n: int = 5) -> tuple[int, ...]:
        """The student's own seeds, from the name: 0, 1, 2, ... without one.

        >>> Progress().seeds(3)
        (0, 1, 2)
        """
        student = self.record["student"]
        first = int(sha256(student.encode()).hexdigest(), 16) % 9000 + 1000 if student else 0
        return tuple(range(first, first + n))

    def solved(self, lab: str, name: str, outcome: str, answer: str) -> None:
        """An exercise was checked; what was right once stays right, with the answer that was."""
        if outcome == "not attempted":
            return
        entry = self.lab(lab)["exercises"].setdefault(name, {"outcome": "", "attempts": 0, "solution_shown": False})
        if entry["outcome"] != "correct":
            entry["attempts"] += 1
            entry.setdefault("first", answer)
            entry.update(outcome=outcome, answer=answer, when=_now())
            self._write()

    def shown(self, lab: str, name: str) -> None:
        """The solution was looked at."""
        entry = self.lab(lab)["exercises"].setdefault(name, {"outcome": "", "attempts": 0, "answer": "", "when": ""})
        if entry["outcome"] != "correct" and not entry.get("solution_shown"):
            entry["solution_shown"] = True
            self._write()

    def predicted(self, question: str, choice: str, png: bytes, alt: str) -> None:
        """A prediction was revealed; the first one counts."""
        if question not in self.lab(self.now)["predictions"]:
            self.lab(self.now)["predictions"][question] = {"choice": choice, "when": _now(), **_picture(png, alt)}
            self._write()

    def answer(self, question: str, words: str) -> None:
        """Keep an answer in the student's own words; the last one counts."""
        if not words.strip():
            return
        self.lab(self.now)["answers"][question] = {"words": words.strip(), "when": _now()}
        self._write()
        print(f"Kept, {len(words.split())} words.")

    def keep(self, panel: Any, caption: str) -> None:
        """Keep the picture that a panel shows now for the page."""
        self.lab(self.now)["pictures"][caption] = {"when": _now(), **_picture(panel.png, panel.alt)}
        self._write()
        print(f"Kept: {caption}.")

    def page(self, path: str | Path | None = None) -> None:
        """Write all of this lab as a page (HTML) to hand in; None names it lab01.html and the like."""
        if not any(self.lab(self.now).values()):
            print("There is nothing to write yet: solve, predict or answer something first.")
            return
        path = Path(path or (self.path or Path(FILE)).with_name(f"lab{self.now}.html"))
        _write_text(path, _page(self.now, self.record["student"], self.lab(self.now)))
        print(f"Your page is {path}; open it in a browser, or print it.")

    def _read(self) -> dict[str, Any] | None:
        if not self.path.exists():
            return None
        try:
            record = json.loads(self.path.read_text(encoding="utf-8"))
            return record if isinstance(record["labs"], dict) and isinstance(record["student"], str) else None
        except (ValueError, KeyError, TypeError, OSError):
            print(f"{self.path.resolve()} cannot be read and is left as {FILE}.old; a new record is begun.")
            self.path.replace(self.path.with_name(f"{FILE}.old"))
            return None

    def _write(self) -> None:
        if self.path is not None:
            _write_text(self.path, json.dumps(self.record, indent=1))


def _now() -> str:
    return datetime.now().isoformat(" ", "minutes")


def _picture(png: bytes, alt: str) -> dict[str, str]:
    return {"png": b64encode(png).decode(), "alt": alt}


def _write_text(path: Path, text: str) -> None:
    """All of it or nothing."""
    temporary = path.with_name(f"{path.name}.tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def _page(lab: str, student: str, record: dict[str, Any]) -> str:
    """The page's HTML; it needs nothing from elsewhere."""
    def image(entry: dict[str, str]) -> str:
        return f'<p><img src="data:image/png;base64,{entry["png"]}" alt="{escape(entry["alt"])}"></p>'

    parts = [f"<h1>Lab {escape(lab)}</h1><p>{escape(student or 'no name given')}, written {_now()}</p>",
             "<h2>Exercises</h2>"]
    for name, entry in record["exercises"].items():
        shown = ", solution looked at" if entry.get("solution_shown") else ""
        attempts = f"{entry['attempts']} attempt{'' if entry['attempts'] == 1 else 's'}"
        parts.append(f"<h3>{escape(name)}: {entry['outcome'] or 'not attempted'} ({attempts}{shown})</h3>"
                     f"<pre>{escape(entry.get('answer', ''))}</pre>")
        if entry.get("first", "") != entry.get("answer", ""):
            parts.append(f"<p>The first attempt:</p><pre>{escape(entry['first'])}</pre>")
    parts += ["<h2>Predictions</h2>"] if record["predictions"] else []
    parts += [f"<h3>{escape(question)}</h3><p>{escape(entry['choice'])}</p>{image(entry)}"
              for question, entry in record["predictions"].items()]
    parts += ["<h2>Answers</h2>"] if record["answers"] else []
    parts += [f"<h3>{escape(question)}</h3><p>{escape(entry['words'])}</p>"
              for question, entry in record["answers"].items()]
    parts += ["<h2>Pictures</h2>"] if record["pictures"] else []
    parts += [f"<h3>{escape(caption)}</h3>{image(entry)}" for caption, entry in record["pictures"].items()]
    body = "\n".join(parts)
    return ('<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
            f"<title>ccdyn, lab {escape(lab)}</title><style>{STYLE}</style></head><body>\n{body}\n</body></html>\n")


progress = Progress()
