"""Several projects in one repository: each file goes by the nearest settings, and what is not seen is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from isolator import api
from tests.isolator.inside import inside

WRITE = "import os\n\n\ndef test_a():\n    os.environ['K'] = '1'\n"
PRECONDITION = "[[tool.isolator.precondition]]\nunset = ['K']\ntests = ['tests/test_b.py::test_b']\n"
FILES = {
    "pyproject.toml": "[tool.isolator]\nselect = ['ISO1']\n[tool.pytest.ini_options]\ntestpaths = ['tests']\n",
    "tests/test_a.py": WRITE,
    "services/api/pyproject.toml": (
        f"[tool.isolator]\nignore = ['ISO102']\nexclude = ['tests/test_x.py']\n{PRECONDITION}"
    ),
    "services/api/tests/test_b.py": f"{WRITE}\n\ndef test_b():\n    assert load() == 1\n",
    "services/api/tests/test_x.py": WRITE,
    "services/plain/pyproject.toml": "[project]\nname = 'plain'\n",
    "services/plain/tests/test_c.py": WRITE,
}


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def isolator(*words: str) -> tuple[int, str, str]:
    done = inside(*words)
    return done.returncode, done.stdout, done.stderr


def found(*words: str, **options: tuple[str, ...]) -> list[tuple[str, str]]:
    shown = ((each.path, each.finding.code) for each in api.check(words, **options) if each.finding)
    return [(Path(path).as_posix(), code) for path, code in shown]


def test_each_file_goes_by_the_nearest_settings() -> None:
    assert found(".") == [
        ("services/api/tests/test_b.py", "ISO104"),
        ("services/plain/tests/test_c.py", "ISO102"),
        ("tests/test_a.py", "ISO102"),
    ]


def test_the_command_line_wins() -> None:
    select = found(".", select=("ISO102",))
    assert [path for path, _ in select] == [
        "services/api/tests/test_b.py",
        "services/plain/tests/test_c.py",
        "tests/test_a.py",
    ]
    assert found("services/api/tests/test_x.py", select=("ISO102",)) == [("services/api/tests/test_x.py", "ISO102")]


def test_node_ids_begin_at_the_outermost_root() -> None:
    code, out, _ = isolator("check", ".", "--output-format", "json")
    assert code == 1
    assert "services/api/tests/test_b.py::test_b" in [entry["test"] for entry in json.loads(out)]


def test_files_of_tests_that_are_not_looked_at_are_counted() -> None:
    code, _, err = isolator("check")
    assert code == 1
    assert "Not checked: 3 test files outside of the default paths; see `isolator check .`" in err.splitlines()
    assert "Not looked at" not in isolator("check", ".")[2]
    assert isolator("check", "-q")[2] == ""


def test_settings_inside_that_cannot_be_used_are_named(root: Path) -> None:
    (root / "services/api/pyproject.toml").write_text("[tool.isolator]\nselct = []\n")
    code, _, err = isolator("check", ".")
    assert code == 2
    assert "services/api/pyproject.toml: error: tool.isolator.selct: is not a known key" in err
