"""Make this project's own environment, then open the laboratory or run the tests.

    python run.py lab   [arguments of JupyterLab]    opens labs/00_start_here.ipynb
    python run.py test  [arguments of pytest]        tests, docstring examples and notebooks
    python run.py figures [arguments of figures/all.py]  the published figures, from build/cache where known
    python run.py stamp                              after changing the Repository line of pyproject.toml

It needs Python 3.11 or later and nothing else. The environment is the folder .venv, made once. The last thing
written there is .venv/ready: where it is missing (an interrupted set-up), or tells of another lock,
pyproject.toml, Python or folder, .venv is built again. pip's own configuration holds, for example to choose
the CPU build of torch (see requirements.lock).
"""

from __future__ import annotations  # no newer syntax here, so that an old Python can be told it is old

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
LOCK, PROJECT, CITATION = ROOT / "requirements.lock", ROOT / "pyproject.toml", ROOT / "CITATION.cff"
VENV = ROOT / ".venv"
READY = VENV / "ready"
SCRIPTS = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = SCRIPTS / ("python.exe" if os.name == "nt" else "python")


def main(arguments: list[str]) -> None:
    commands = {"lab": lab, "test": test, "figures": figures, "stamp": stamp}
    if not arguments or arguments[0] not in commands:
        sys.exit(__doc__)
    if sys.version_info < (3, 11):
        sys.exit("ccdyn needs Python 3.11 or later and this is Python {}.{}; install a newer one and name "
                 "it, as in `make lab PYTHON=python3.12`.".format(*sys.version_info))
    commands[arguments[0]](arguments[1:])


def lab(arguments: list[str]) -> None:
    """Open JupyterLab in labs/, at the first notebook."""
    set_up()
    first = "--LabApp.default_url=/lab/tree/00_start_here.ipynb"
    hand_over(["-m", "jupyterlab", first, *arguments], ROOT / "labs")


def test(arguments: list[str]) -> None:
    """Run pytest as pyproject.toml configures it. Strict: panels raise errors instead of showing them."""
    set_up()
    hand_over(["-m", "pytest", *arguments], ROOT, CCDYN_STRICT="1")


def figures(arguments: list[str]) -> None:
    """Make every figure; what has not changed is not computed again."""
    set_up()
    hand_over([str(ROOT / "figures" / "all.py"), *arguments], ROOT)


def hand_over(arguments: list[str], folder: Path, **variables: str) -> None:
    """Go on as .venv's Python, which then gets Ctrl-C and gives the exit status."""
    command = [str(PYTHON), *arguments]
    path = os.pathsep.join([str(SCRIPTS), os.environ.get("PATH", os.defpath)])
    environment = {**os.environ, "PATH": path, **variables}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # set_up leaves compiling to the first import
    sys.stdout.flush()
    if os.name != "nt":
        os.chdir(folder)
        os.execve(command[0], command, environment)
    # exec on Windows would give the prompt back while the child still runs.
    process = subprocess.Popen(command, cwd=folder, env=environment)
    while True:
        try:
            sys.exit(process.wait())
        except KeyboardInterrupt:
            pass  # the child got it too, and decides


def set_up() -> None:
    """Make .venv from the lock, with this project in it, unless that has been done."""
    wanted = fingerprint()
    finished = READY.exists() and PYTHON.exists()
    if finished and READY.read_text(encoding="utf-8") == wanted:
        return
    try:
        import ensurepip  # noqa: F401  (Debian keeps it in another package than Python)
        import venv
    except ImportError as error:
        sys.exit(f"This Python has no module {error.name}; install it, on Debian and Ubuntu with "
                 "`sudo apt install python3-venv`, and give the same command again.")
    if finished:
        print("The lock, pyproject.toml, Python or this folder changed: building .venv again.", flush=True)
    elif VENV.exists():
        print("The last set-up of .venv did not finish: building it again.", flush=True)
    else:
        print("Setting up .venv. This happens once and takes a few minutes.", flush=True)
    try:
        READY.unlink(missing_ok=True)  # first: nothing half removed may look ready
        venv.EnvBuilder(clear=True, with_pip=True, symlinks=os.name != "nt").create(VENV)
    except (OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"The folder {VENV} could not be made: {error}")
    pip("install", "--no-compile", "-r", str(LOCK))  # compiling all of torch would take as long again
    pip("install", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
    # JupyterLab would ask every newcomer whether to fetch news and updates: no, and no question.
    settings = VENV / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    settings.parent.mkdir(parents=True, exist_ok=True)
    write(settings, json.dumps({"@jupyterlab/apputils-extension:notification":
                                {"fetchNews": "false", "checkForUpdates": False}}))
    write(READY, wanted)


def fingerprint() -> str:
    """A hash of what .venv depends on: lock, pyproject.toml, this Python, this folder (editable install)."""
    parts = (LOCK.read_bytes(), PROJECT.read_bytes(), sys.version.encode(), os.fsencode(ROOT))
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def pip(*arguments: str) -> None:
    if subprocess.call([str(PYTHON), "-m", "pip", "--disable-pip-version-check", *arguments], cwd=ROOT):
        too_new = "; the lock is for Python 3.11 to 3.14" if sys.version_info >= (3, 15) else ""
        sys.exit(f"Setting up .venv failed; pip says above why{too_new}. "
                 "Give the same command again to start it anew.")


def write(path: Path, text: str) -> None:
    """Write the whole file or nothing."""
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_bytes(text.encode("utf-8"))
    os.replace(temporary, path)


def stamp(_arguments: list[str]) -> None:
    """Copy the repository's address from pyproject.toml into every link to it in README, citation and labs.

    A link to the repository is one to `ccdyn` of any owner, or to the name that was stamped last.
    """
    import tomllib

    address = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["urls"]["Repository"]
    new = re.fullmatch(r"https://github\.com/([\w.-]+/[\w.-]+?)(?:\.git)?/?", address)
    if not new:
        sys.exit(f"Repository in pyproject.toml is {address}; write https://github.com/OWNER/NAME.")
    last = re.search(r"^repository-code: .*/([\w.-]+)$", CITATION.read_text(encoding="utf-8"), re.MULTILINE)
    names = "ccdyn" + ("|" + re.escape(last[1]) if last else "")
    sites = r"((?:\bgithub\.com|\braw\.githubusercontent\.com|/github|/gh)/)"  # /github: Colab; /gh: Binder
    ending = r"(?![\w-]|\.(?!git\b)\w)"  # the name ends here: not ccdyn-extras, not ccdyn.github.io
    link = re.compile(rf"{sites}[\w.-]+/(?:{names}){ending}")
    for path in [ROOT / "README.md", CITATION, *sorted((ROOT / "labs").glob("*.ipynb"))]:
        old_text = path.read_bytes().decode("utf-8")
        text = link.sub(lambda match: match[1] + new[1], old_text)
        if text != old_text:
            write(path, text)
            print(f"stamped {path.relative_to(ROOT)}")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit("\nStopped.")
