"""Blocks whose calls may write: what a watched run, settings and --confirm make of them, in a project on disk."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from isolator.evidence.model import from_json
from tests.isolator.evidence.watched import contents, isolator, write

FILES = {
    "pyproject.toml": "[tool.pytest.ini_options]\ntestpaths = ['tests']\n\n[tool.isolator.confirm]\nruns = 1\n",
    "src/app.py": """\
import os


def start(wanted):
    if wanted:
        os.environ["TOKEN"] = "1"
    return wanted
""",
    "tests/conftest.py": "import sys\n\nimport pytest\n\nsys.path.insert(0, 'src')\n\n\n"
    "@pytest.fixture\ndef nothing():\n    pass\n",
    "tests/test_app.py": """\
import os
from unittest.mock import patch

from app import start


def test_quiet():
    with patch.dict(os.environ, {"A": "1"}):
        assert not start(False)


def test_writing():
    with patch.dict(os.environ, {"A": "1"}):
        assert start(True)
""",
}
SETTINGS = '\n[tool.isolator]\ncritical-env = ["TOKEN"]\n\n[tool.isolator.fixture]\nconftest = "tests/conftest.py"\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write(tmp_path, FILES)
    return tmp_path


def refused(project: Path) -> set[str]:
    """The tests that are refused for what code writes."""
    found = json.loads(isolator(project, "check", "--output-format", "json").stdout)
    return {f["test"].rpartition("::")[2] for f in found if f["refusal"] == "code-writes"}


def test_evidence_says_which_tests_write_nothing(project: Path) -> None:
    assert refused(project) == {"test_quiet", "test_writing"}
    isolator(project, "observe", "--", "-q")
    evidence = project / ".isolator/evidence.json"
    document = evidence.read_text(encoding="utf-8")
    assert from_json(document).writing == ("tests/test_app.py::test_writing",)
    assert refused(project) == {"test_writing"}
    # That of an earlier isolator does not say, and nor does one that is older than the code.
    evidence.write_text(re.sub(r',\s*"writing": \[[^]]*\]', "", document), encoding="utf-8")
    assert from_json(evidence.read_text(encoding="utf-8")).writing is None
    assert refused(project) == {"test_quiet", "test_writing"}
    evidence.write_text(document, encoding="utf-8")
    later = evidence.stat().st_mtime + 10
    os.utime(project / "src/app.py", (later, later))
    assert refused(project) == {"test_quiet", "test_writing"}


def test_fixture_first_and_the_blocks_then(project: Path) -> None:
    write(project, {"pyproject.toml": FILES["pyproject.toml"] + SETTINGS})
    isolator(project, "fix", "--write")
    assert contents(project)["tests/test_app.py"] == FILES["tests/test_app.py"]
    assert "isolate_environment" in contents(project)["tests/conftest.py"]
    isolator(project, "fix", "--write")
    assert "patch.dict" not in contents(project)["tests/test_app.py"]


def test_both_at_once_where_tests_are_run(project: Path) -> None:
    write(project, {"pyproject.toml": FILES["pyproject.toml"] + SETTINGS})
    done = isolator(project, "fix", "--write", "--confirm", "--", "-q")
    assert "patch.dict" not in contents(project)["tests/test_app.py"], done.stdout + done.stderr
    assert "isolate_environment" in contents(project)["tests/conftest.py"]


def test_what_leaves_a_variable_is_taken_back_where_tests_are_run(project: Path) -> None:
    done = isolator(project, "fix", "--write", "--confirm", "--", "-q")
    text = contents(project)["tests/test_app.py"]
    quiet, _, writing = text.partition("def test_writing")
    assert "def test_quiet(monkeypatch)" in quiet, done.stdout + done.stderr
    assert "patch.dict" in writing and "test_writing leaves TOKEN changed" in done.stderr
