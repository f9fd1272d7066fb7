"""stdout and stderr that are closed or full, and files that are not what isolator left there, or no text at all."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from isolator.engine import engine
from isolator.evidence.model import from_json as evidence_from
from isolator.pytest_runs.document import from_json as confirmation_from
from isolator.repair.history import read as read_changes
from isolator.report.findings.json import read_entries
from isolator.system.files.workdir import MANIFEST
from isolator.system.journal import restore

WRITES = "import os\n\nos.environ['A'] = '1'\n"
posix = pytest.mark.skipif(sys.platform == "win32", reason="of a POSIX shell")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for number in range(300):
        (tmp_path / f"test_{number}.py").write_text(WRITES, encoding="utf-8")
    return tmp_path


def shell(folder: Path, line: str) -> subprocess.CompletedProcess[str]:
    line = line.replace("isolator", f"'{sys.executable}' -m isolator")
    return subprocess.run(
        ["bash", "-c", line], cwd=folder, capture_output=True, encoding="utf-8", check=False, timeout=120
    )


FIRST = "test_0.py:3:1: ISO102"
# What is run, and the exit code of isolator: that of the work, whoever reads.
LINES = {
    "head": ("isolator check | head -1; exit ${PIPESTATUS[0]}", 1),
    "head_of_a_short_text": ("isolator rules | head -1; exit ${PIPESTATUS[0]}", 0),
    "head_of_json": ("isolator check --output-format json | head -1; exit ${PIPESTATUS[0]}", 1),
    "both_to_head": ("isolator check -v 2>&1 | head -1; exit ${PIPESTATUS[0]}", 1),
    "nobody_reads": ("isolator check | true; exit ${PIPESTATUS[0]}", 1),
    "stdout_closed": ("isolator check >&-", 1),
    "stderr_closed": ("isolator check 2>&-", 1),
    "both_closed": ("isolator check >&- 2>&-", 1),
    "all_closed": ("isolator check <&- >&- 2>&-", 1),
    "stdin_closed": ("isolator check - <&-", 0),
    "help": ("isolator --help >&-", 0),
    "version_nobody_reads": ("isolator --version | true; exit ${PIPESTATUS[0]}", 0),
    "wrong_words": ("isolator check --no-such 2>&-", 2),
}


@posix
@pytest.mark.parametrize("name", LINES)
def test_streams(project: Path, name: str) -> None:
    line, code = LINES[name]
    done = shell(project, line)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert "Error" not in done.stderr


@posix
def test_files_are_written_whoever_reads(project: Path) -> None:
    (project / "test_0.py").write_text("import os\n\n\ndef test_a():\n    os.environ['A'] = '1'\n", encoding="utf-8")
    done = shell(project, "isolator fix --write --output-format json >&-")
    assert done.returncode == 1
    assert "monkeypatch" in (project / "test_0.py").read_text(encoding="utf-8")
    assert all((project / f"test_{n}.py").read_text(encoding="utf-8") == WRITES for n in range(1, 300))


@posix
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device")
def test_a_full_disk_loses_talk_but_no_results_unsaid(project: Path) -> None:
    assert shell(project, "isolator check 2>/dev/full").returncode == 1
    done = shell(project, "isolator check >/dev/full")
    assert (done.returncode, done.stderr) == (2, "stdout: error: No space left on device\n")


# Files that are not text, or not files.
def _directory(path: Path) -> None:
    path.mkdir()


def _pipe(path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("no pipes that are files")
    os.mkfifo(path)


def _link(path: Path) -> None:
    path.symlink_to("nowhere")


def _forbidden(path: Path) -> None:
    path.write_text("[tool.isolator]\n")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("may read everything")


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "latin": (lambda path: path.write_bytes(b"# caf\xe9\n"), "is not valid TOML: 'utf-8' codec can't decode byte 0xe9"),
    "utf_16": (
        lambda path: path.write_bytes("[tool.isolator]\n".encode("utf-16")),
        "is not valid TOML: 'utf-8' codec can't decode",
    ),
    "binary": (lambda path: path.write_bytes(bytes(range(256))), "is not valid TOML: 'utf-8' codec can't decode"),
    "latin_with_settings": (
        lambda path: path.write_bytes(b"[tool.isolator]\n# caf\xe9\n"),
        "is not valid TOML: 'utf-8' codec can't decode",
    ),
    "directory": (_directory, "is a directory, not a file"),
    "pipe": (_pipe, "cannot be read: is not a regular file"),
    "link": (_link, "is a link to 'nowhere', which does not exist"),
    "forbidden": (_forbidden, "cannot be read: Permission denied"),
}


@pytest.mark.parametrize("file", ["pyproject.toml", "isolator.toml"])
@pytest.mark.parametrize("name", BAD)
def test_settings_that_cannot_be_read(tmp_path: Path, name: str, file: str) -> None:
    make, reason = BAD[name]
    make(tmp_path / file)
    (tmp_path / "test_it.py").write_text(WRITES, encoding="utf-8")
    command = [sys.executable, "-m", "isolator", "check"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=False, timeout=60)
    assert done.returncode == 2
    assert (done.stdout, done.stderr.count("Traceback")) == ("", 0)
    if file == "pyproject.toml" or "TOML" not in reason:
        assert done.stderr.startswith(f"{file}: error: {reason}")


@pytest.mark.parametrize("text", ["# coding: no-such\n", "x = '\\N{no such}'\n", "x = '\0'\n", "def f(:\n"])
def test_a_file_that_does_not_parse_is_not_said_to_do_so_in_line_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "test_it.py").write_text(text + WRITES, encoding="utf-8")
    command = [sys.executable, "-m", "isolator", "check", "test_it.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 2
    assert "None" not in done.stderr
    assert done.stderr.startswith("test_it.py: error: ")


def test_a_parser_that_names_no_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def odd(*_: object, **__: object) -> None:
        raise SyntaxError("source code string cannot contain null bytes")

    monkeypatch.setattr(ast, "parse", odd)
    with pytest.raises(engine.UnreadableError, match=r"^does not parse: source code"):
        engine.read(b"x = 1\n", "test_it.py")


# JSON that is not what isolator wrote.
ODD: list[object] = [None, 1, "x", [], {}, [1], {"version": 1}, [[]], True, 1.5]


def _spoiled(document: Any) -> list[Any]:  # noqa: ANN401
    """The document with each of its parts, one after the other, replaced by something else."""
    if isinstance(document, dict):
        parts: list[Any] = [(key, value) for key, value in document.items()]
        return [{**document, key: odd} for key, value in parts for odd in (*ODD, *_spoiled(value))]
    if isinstance(document, list):
        return [[*document[:n], odd, *document[n + 1 :]] for n, value in enumerate(document) for odd in _spoiled(value)]
    return ODD


CONFIRMATION = {
    "version": 1,
    "runs": [{"order": "given", "seed": 1, "seconds": 1.0, "exit": 0, "problem": None}],
    "tests": {
        "test_it.py::test_a": {
            "verdict": "failing",
            "outcomes": ["failed"],
            "reruns": 0,
            "leaks": ["A"],
            "role": None,
            "partner": None,
            "commands": [],
            "hung": None,
            "seconds": [0.1],
            "ways": {"call: KeyError at test_it.py:1": [1]},
            "rerun": [],
        }
    },
    "expectations": [{"what": "x", "met": True, "where": []}],
    "worse": [],
    "pytest_runs": 1,
}
EVIDENCE = {
    "version": 1,
    "runs": [{"order": "given", "seed": 1, "seconds": 1.0, "exit": 0, "problem": None}],
    "tests": {"test_it.py::test_a": ["passed"]},
    "leaks": [
        {
            "variable": "A",
            "test": "t",
            "file": "f",
            "line": 1,
            "function": "g",
            "phase": "call",
            "scope": "function",
            "state": "set",
        }
    ],
    "edges": [{"polluter": "a", "victim": "b", "variable": "A", "file": "f", "line": 1}],
    "assumed": [{"test": "t", "variable": "A", "state": "set", "file": "f", "line": 1}],
    "caches": [{"object": "a.b", "kind": "global", "file": "f", "line": 1, "variables": ["A"], "tests": ["t"]}],
    "initializers": [
        {"target": "a.b", "call": "socket.connect", "file": "f", "line": 1, "tests": ["t"], "seconds": 0.0}
    ],
    "hangs": [{"test": "t", "stack": "s"}],
    "problems": ["p"],
}


@pytest.mark.parametrize(("document", "reader"), [(CONFIRMATION, confirmation_from), (EVIDENCE, evidence_from)])
def test_a_document_that_is_not_ours(document: object, reader: Callable[[str], object]) -> None:
    reader(json.dumps(document))
    for each in [*ODD, *_spoiled(document)]:
        try:
            found = reader(json.dumps(each))
        except ValueError:
            continue
        repr(found)  # another value of the right type
    with pytest.raises(ValueError, match="too deep"):
        reader("[" * 100_000)


def test_a_null_in_the_place_of_a_test_is_not_evidence() -> None:
    broken = json.loads(json.dumps(EVIDENCE))
    broken["initializers"][0]["tests"] = [None]
    with pytest.raises(ValueError, match="no evidence"):
        evidence_from(json.dumps(broken))


def test_what_was_fixed_and_changed(tmp_path: Path) -> None:
    file = tmp_path / "file.json"
    for text in ("[" * 100_000, "[1, null, {}]", '[{"code": 1}]', "\0", "null", '{"version": 1, "files": 3}'):
        file.write_text(text, encoding="utf-8")
        assert read_entries(file) == []
        assert read_changes(file).files == {}
    file.unlink()
    file.mkdir()
    assert read_entries(file) == []


ENTRY = {"path": "test_it.py", "kept": "0", "original": "0" * 64, "written": "1" * 64}


@pytest.mark.parametrize("key", ENTRY)
@pytest.mark.parametrize("odd", [1, [], {}, True, "../../x.py", "a\0b", "\ud800"])
def test_a_manifest_that_is_not_ours(tmp_path: Path, key: str, odd: object) -> None:
    (tmp_path / MANIFEST).parent.mkdir(parents=True)
    (tmp_path / MANIFEST).write_text(json.dumps({"version": 1, "files": [{**ENTRY, key: odd}]}), encoding="utf-8")
    (tmp_path / "test_it.py").write_text(WRITES, encoding="utf-8")
    if key in ("original", "written") and isinstance(odd, str):
        assert restore(tmp_path)  # a digest of something else: the file is left, and that is said
    else:
        with pytest.raises(ValueError, match="is not isolator's"):
            restore(tmp_path)
    assert (tmp_path / "test_it.py").read_text(encoding="utf-8") == WRITES


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 100_000, '{"version": 1, "files": [{"path": 1}]}', "\0\1"])
def test_the_next_command_says_what_is_wrong_with_a_manifest(tmp_path: Path, text: str) -> None:
    (tmp_path / MANIFEST).parent.mkdir(parents=True)
    (tmp_path / MANIFEST).write_text(text, encoding="utf-8")
    (tmp_path / "test_it.py").write_text(WRITES, encoding="utf-8")
    command = [sys.executable, "-m", "isolator", "fix", "--write"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=False)
    said = f"Error: {MANIFEST} is not isolator's; look into that folder, then remove it\n"
    assert (done.returncode, done.stderr) == (2, said)
