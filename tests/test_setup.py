"""The two commands; run.py makes the environment once, again after an interruption, or says why it cannot."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]


def python(code: str, cwd: Path) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-c", code], cwd=cwd, text=True, capture_output=True, timeout=300)


def as_script(command: str) -> str:
    """Code that does what `python run.py command` does."""
    return f"import runpy, sys; sys.argv[1:] = ['{command}']; runpy.run_path('run.py', run_name='__main__')"


@pytest.mark.skipif(shutil.which("make") is None, reason="no make: run.py is called directly")
@pytest.mark.parametrize("command", ["lab", "test"])
def test_make_only_calls_run_py(command):
    call = ["make", "-n", command, "ARGS=--no-browser --port 8899"]
    outside = {"PATH": os.environ["PATH"]}  # nothing of the `make test` that may be running this
    done = subprocess.run(call, cwd=ROOT, text=True, capture_output=True, env=outside)
    assert done.stdout == f"python3 run.py {command} --no-browser --port 8899\n"


def test_continuous_tests_call_make_test():
    script = ROOT / ".ci" / "run"
    text = script.read_text(encoding="utf-8")
    assert text.splitlines()[-1] == ("CCDYN_REQUIRE_BROWSER=1 CCDYN_SOLVED=1 CCDYN_COLAB_PYTHON=$colab/bin/python "
                                     "make test")
    assert "-r tests/colab-requirements.txt" in text
    assert os.name == "nt" or os.access(script, os.X_OK)
    job = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text(encoding="utf-8"))["jobs"]["test"]
    assert job["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13"]
    assert job["steps"][-1] == {"run": "bash .ci/run"}


BEFORE = {
    "no venv": ("sys.modules['venv'] = None", "no module venv", "sudo apt install python3-venv"),
    "no ensurepip": ("sys.modules['ensurepip'] = None", "no module ensurepip", "apt install python3-venv"),
    "old Python": ("sys.version_info = (3, 10, 14)", "this is Python 3.10", "Python 3.11 or later"),
}


@pytest.mark.parametrize("case", BEFORE)
@pytest.mark.parametrize("command", ["lab", "test"])
def test_what_is_missing_is_said_in_one_sentence(case, command, tmp_path):
    before, said, fix = BEFORE[case]
    for name in ("run.py", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path)
    done = python(f"import sys; {before}; {as_script(command)}", cwd=tmp_path)
    assert done.returncode == 1 and done.stdout == "" and done.stderr.count("\n") == 1
    assert said in done.stderr and fix in done.stderr
    assert not (tmp_path / ".venv").exists()


# The rest with a small project of its own, which needs no network.

BACKEND = '''
"""Builds an editable wheel of tiny.py with the standard library alone."""
import os, zipfile

def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    name = "tiny-1.0-py3-none-any.whl"
    info = {"METADATA": "Metadata-Version: 2.1\\nName: tiny\\nVersion: 1.0\\n",
            "WHEEL": "Wheel-Version: 1.0\\nGenerator: backend\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
            "RECORD": ""}
    with zipfile.ZipFile(f"{wheel_directory}/{name}", "w") as wheel:
        wheel.writestr("tiny.pth", os.path.dirname(__file__))
        for file, text in info.items():
            wheel.writestr(f"tiny-1.0.dist-info/{file}", text)
    return name
'''


@pytest.fixture
def tiny(tmp_path):
    project = tmp_path / "tiny project"  # a space in the path, as people have
    project.mkdir()
    shutil.copy(ROOT / "run.py", project)
    (project / "backend.py").write_text(BACKEND)
    (project / "tiny.py").write_text("answer = 42\n")
    (project / "requirements.lock").write_text("pip  # already there\n")
    (project / "pyproject.toml").write_text(
        '[project]\nname = "tiny"\nversion = "1.0"\n'
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n')
    return project


def set_up(project: Path) -> subprocess.CompletedProcess:
    return python("import run; run.set_up()", cwd=project)


def test_set_up_is_done_once_and_an_interrupted_one_again(tiny):
    venv, ready = tiny / ".venv", tiny / ".venv" / "ready"
    # Ctrl-C during the first set-up, with its usual handler even where these tests run in the background
    handler = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    first = subprocess.Popen([sys.executable, "-c", f"{handler}; {as_script('test')}"], cwd=tiny, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while not (venv / "pyvenv.cfg").exists():
        assert first.poll() is None
        time.sleep(.01)
    first.send_signal(signal.SIGINT) if os.name != "nt" else first.kill()
    said, error = first.communicate(timeout=60)
    assert first.returncode != 0 and "Traceback" not in error
    assert "happens once" in said and not ready.exists()

    left_over = venv / "half_a_package"
    left_over.touch()
    again = set_up(tiny)
    assert again.returncode == 0, again.stderr
    assert again.stdout.startswith("The last set-up of .venv did not finish") and not left_over.exists()
    scripts = venv / ("Scripts" if os.name == "nt" else "bin")
    found = subprocess.run([scripts / "python", "-c", "import tiny; print(tiny.answer)"], cwd=tiny.parent,
                           text=True, capture_output=True)
    assert found.stdout == "42\n", found.stderr  # installed, and editable

    finished = ready.stat().st_mtime_ns
    third = set_up(tiny)
    assert (third.returncode, third.stdout, third.stderr) == (0, "", "")
    assert ready.stat().st_mtime_ns == finished

    (tiny / "requirements.lock").write_text("./nowhere-1.0-py3-none-any.whl\n")
    failed = set_up(tiny)
    assert failed.returncode == 1 and "changed: building .venv again" in failed.stdout
    assert failed.stderr.endswith("Give the same command again to start it anew.\n")
    assert "Traceback" not in failed.stderr and not ready.exists()


def test_the_stamp_of_the_set_up_tells_what_it_was_made_from(tiny):
    def fingerprint(project: Path) -> str:
        done = python("import run; print(run.fingerprint())", cwd=project)
        assert done.returncode == 0, done.stderr
        return done.stdout

    seen = {fingerprint(tiny)}
    assert fingerprint(tiny) in seen
    for name in ("requirements.lock", "pyproject.toml"):
        with (tiny / name).open("a") as file:
            file.write("# changed\n")
        seen.add(fingerprint(tiny))
    seen.add(fingerprint(Path(shutil.copytree(tiny, tiny.parent / "moved"))))
    assert len(seen) == 4
