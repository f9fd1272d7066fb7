"""``isolator confirm`` as a user calls it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from isolator.pytest_runs.document import from_json, to_json
from isolator.pytest_runs.model import Confirmation
from tests.isolator.confirm.suites import write
from tests.isolator.inside import inside

CALM = {"test_it.py": "def test_a(): pass\ndef test_b(): pass\n"}
FLAKY = {
    "test_it.py": """
        import os

        def test_leaves(): os.environ["A"] = "a-secret-value"
        def test_victim(): assert "A" not in os.environ
        def test_calm(): pass
    """
}


def isolator(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return inside("confirm", *words, folder=folder)


def document(folder: Path) -> Confirmation:
    return from_json((folder / ".isolator" / "confirm.json").read_text(encoding="utf-8"))


def test_all_is_well(tmp_path: Path) -> None:
    done = isolator(write(tmp_path, CALM), "--runs", "2", "--seed", "7", "--", "-q", ".")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        0,
        "Confirmed: 2 stable in 2 runs; 0 reruns (pytest was started 2 times).",
    )
    assert "isolator confirm --runs 1 --orders reversed --seed 8 -- -q ." in done.stdout
    assert "2 stable; 2 of 2 passed: rule out a failure rate above 78 % (95 % confidence)" in done.stdout
    assert document(tmp_path).ok
    assert (tmp_path / ".isolator" / ".gitignore").read_text(encoding="utf-8") == "*\n"


@pytest.fixture(scope="module")
def flaky(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """The flaky suite, confirmed once, and how that ended."""
    folder = write(tmp_path_factory.mktemp("flaky"), FLAKY)
    return folder, isolator(folder, "--runs", "2", "--output-format", "json", "--junit", "j.xml")


def test_a_flaky_suite(flaky: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    folder, done = flaky
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert done.stdout == (folder / ".isolator" / "confirm.json").read_text(encoding="utf-8")
    assert (found["version"], found["ok"], len(found["runs"])) == (1, False, 2)
    assert set(found["runs"][0]) == {"order", "seed", "seconds", "exit", "problem"}
    victim = found["tests"]["test_it.py::test_victim"]
    assert (victim["verdict"], victim["role"]) == ("order-dependent", "victim")
    assert victim["outcomes"] == ["failed", "passed"]
    assert victim["partner"] == "test_it.py::test_leaves"
    assert found["tests"]["test_it.py::test_leaves"]["leaks"] == ["A"]
    assert ET.parse(folder / "j.xml").getroot().tag == "testsuites"
    everything = done.stdout + done.stderr + (folder / "j.xml").read_text(encoding="utf-8")
    assert "a-secret-value" not in everything


def test_json_comes_back(flaky: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    found = document(flaky[0])
    assert from_json(to_json(found)) == found


def test_against_a_baseline(tmp_path: Path) -> None:
    write(tmp_path, FLAKY)
    isolator(tmp_path, "--runs", "2", "--no-bisect")
    (tmp_path / "before.json").write_bytes((tmp_path / ".isolator" / "confirm.json").read_bytes())
    fixed = (tmp_path / "test_it.py").read_text(encoding="utf-8")
    fixed = fixed.replace('test_leaves(): os.environ["A"] =', 'test_leaves(monkeypatch): monkeypatch.setenv("A",')
    (tmp_path / "test_it.py").write_text(fixed.replace('value"', 'value")'), encoding="utf-8")
    done = isolator(tmp_path, "--runs", "2", "--compare", "before.json", "--summary", "s.md")
    assert done.returncode == 0, done.stdout
    assert "fixed       test_it.py::test_victim" in done.stdout
    assert "leaks gone  test_it.py::test_leaves: A" in done.stdout
    assert "test_it.py::test_victim" in (tmp_path / "s.md").read_text(encoding="utf-8")

    write(tmp_path, {"test_it.py": FLAKY["test_it.py"].replace("def test_calm(): pass", "")})
    done = isolator(tmp_path, "--runs", "2", "--compare", ".isolator/confirm.json", "--no-bisect")
    assert done.returncode == 1
    assert "worse       test_it.py::test_victim was stable, is order-dependent" in done.stdout
    assert "worse       test_it.py::test_leaves leaves A changed, which it did not before" in done.stdout
    assert "worse       test_it.py::test_calm is gone" in done.stdout


def test_settings_and_what_else_must_hold(tmp_path: Path) -> None:
    settings = """
        [tool.isolator.confirm]
        runs = 1
        forbid-output = ["Initialized .* client"]
        max-seconds = 0.01

        [[tool.isolator.confirm.expect]]
        path = "test_it.py"
        matches = ["def test_a"]
        absent = ["test_b"]
        defines = ["test_a"]
        min-lines = 100
    """
    text = "print('Initialized the first client')\ndef test_a(): print('Initialized a client')\ndef test_b(): pass\n"
    done = isolator(write(tmp_path, {"pyproject.toml": settings, "test_it.py": text}), "--seed", "1")
    assert done.returncode == 1
    held = {e.what: e.met for e in document(tmp_path).expectations}
    assert list(held.values()) == [True, False, True, False, False, False]
    assert "run 1 (given): test_it.py::test_a" in done.stdout
    assert "run 1 (given): outside of the tests" in done.stdout
    assert "test_it.py:3" in done.stdout
    assert len(document(tmp_path).runs) == 1


def test_forbidden_output_that_is_not_captured(tmp_path: Path) -> None:
    text = "def test_a(): print('Initialized a client')\n"
    done = isolator(write(tmp_path, {"test_it.py": text}), "--runs", "1", "--forbid-output", "Initial", "--", "-s")
    assert done.returncode == 1
    assert "with `-s`, where no test can be named" in done.stdout


def test_as_many_runs_as_a_rate_takes(tmp_path: Path) -> None:
    done = isolator(write(tmp_path, CALM), "--runs", "2", "--max-rate", "60%", "--jobs", "2")
    assert done.returncode == 0
    assert "4 of 4 passed: rule out a failure rate above 53 %" in done.stdout


def test_as_many_runs_as_a_rate_takes_with_a_confidence(tmp_path: Path) -> None:
    done = isolator(write(tmp_path, CALM), "--runs", "1", "--max-rate", "50%", "--confidence", "75%")
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == (
        "  2 stable; 2 of 2 passed: rule out a failure rate above 50 % (75 % confidence)"
    )
    assert document(tmp_path).confidence == 0.75
    # Alone it says how sure the report is of as many runs as ever.
    done = isolator(tmp_path, "--runs", "2", "--confidence", "0.999")
    assert done.stdout.splitlines()[-1] == (
        "  2 stable; 2 of 2 passed: rule out a failure rate above 97 % (99.9 % confidence)"
    )


def test_no_more_runs_than_it_takes_to_see_that_it_is_flaky(tmp_path: Path) -> None:
    text = "def test_a(): assert list({'alpha', 'beta'})[0] == 'alpha'\n"
    done = isolator(write(tmp_path, {"test_it.py": text}), "--seed", "1", "--max-rate", "5%")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-2:] == [
        "no test is undecided after 2 runs: the other 57 are skipped",
        "Not confirmed: 1 flaky in 2 runs; 0 reruns (pytest was started 2 times).",
    ]


WRONG = {
    "no_tests": (("--", "nothing.py"), "nothing.py"),
    "order": (("--orders", "upwards"), "'upwards' is not a valid order; use given, reversed, random or twice"),
    "rate": (("--max-rate", "120%"), "'120%' is not a valid rate, such as 5% or 0.05"),
    "certain": (("--confidence", "100%"), "'--confidence': '100%' is not a valid confidence, such as 99% or 0.99"),
    "doubtful": (("--confidence", "0"), "'0' is not a valid confidence, such as 99% or 0.99"),
    "percent": (("--confidence", "95"), "'95' is not a valid confidence, such as 99% or 0.99"),
    "word": (("--confidence", "sure"), "'sure' is not a valid confidence, such as 99% or 0.99"),
    "no_number": (("--confidence", "nan"), "'nan' is not a valid confidence, such as 99% or 0.99"),
    "runs": (("--runs", "0"), "--runs"),
    "pattern": (("--forbid-output", "("), "'(' is not a valid regular expression"),
    "python": (("--python", "/no/python"), "/no/python"),
    "baseline": (("--compare", "no.json"), "no.json: cannot be read"),
    "not_a_baseline": (
        ("--compare", "pytest.ini"),
        "pytest.ini: is not a result of `isolator confirm` to compare with",
    ),
    "folder": (("--runs", "1", "--junit", "no/where.xml"), "not written"),
}


@pytest.mark.parametrize("name", WRONG)
def test_words_that_make_no_sense(tmp_path: Path, name: str) -> None:
    words, message = WRONG[name]
    done = isolator(write(tmp_path, CALM), *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_broken_settings(tmp_path: Path) -> None:
    done = isolator(write(tmp_path, {**CALM, "pyproject.toml": "[tool.isolator.confirm]\nruns = 'six'\n"}))
    assert (done.returncode, done.stdout) == (2, "")
    assert "tool.isolator.confirm.runs: expected" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="there Ctrl-C cannot be sent to one process only")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted(tmp_path: Path, number: signal.Signals) -> None:
    text = """
        import os, pathlib, time

        def test_a():
            pathlib.Path(f"pid-{os.getpid()}").touch()
            time.sleep(60)
    """
    write(tmp_path, {"test_it.py": text})
    # SIGINT is ignored in what a shell, or a test run, has in the background.
    heed = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    code = f"{heed}; from isolator.cli import main; main()"
    command = [sys.executable, "-c", code, "confirm"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 20
        while not list(tmp_path.glob("pid-*")) and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(number)
        _, told = process.communicate(timeout=20)
    assert process.returncode == 2
    assert told.splitlines()[-1] == "interrupted"
    assert "Traceback" not in told
    for path in tmp_path.glob("pid-*"):
        with pytest.raises(ProcessLookupError):
            os.kill(int(path.name.partition("-")[2]), 0)
