"""What the guard rejects is not rewritten, and reported; the other rewrites of the file are made."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from codemods.context import Context
from codemods.python.source import Source
from isolator.cli import main
from isolator.engine import engine
from isolator.engine.engine import Selection
from isolator.engine.rejecting import dependents
from isolator.guard import compare as guard

TESTS = """\
import os
from unittest.mock import patch

import pytest


@pytest.fixture
def env():
    with patch.dict(os.environ, {"E": "1"}):
        yield


def test_a():
    with patch.dict(os.environ, {"A": "1"}):
        assert os.environ["A"] == "1"


def test_b(env):
    with patch.dict(os.environ, {"B": "1"}):
        assert os.environ["B"] == "1"


class TestC:
    def test_c(self):
        with patch.dict(os.environ, {"C": "1"}):
            assert os.environ["C"] == "1"

    def test_d(self):
        with patch.dict(os.environ, {"D": "1"}):
            assert os.environ["D"] == "1"
"""
PATH = "tests/test_x.py"
KEYS = {"env": "E", "test_a": "A", "test_b": "B", "TestC::test_c": "C", "TestC::test_d": "D"}


def rewritten(text: str) -> set[str]:
    """The functions of the file that are rewritten in a text."""
    return {name for name, key in KEYS.items() if f'patch.dict(os.environ, {{"{key}"' not in text}


def reject(
    monkeypatch: pytest.MonkeyPatch, *names: str, said: str = "line 1: it is wrong", together: bool = False
) -> None:
    """Lets the guard reject the rewrites of these functions: each, or all of them ``together``."""

    def differences(_before: str, after: str, **_: object) -> str | None:
        wrong = rewritten(after) & set(names)
        return said if (wrong == set(names) if together else wrong) else None

    monkeypatch.setattr(guard, "differences", differences)


def run(monkeypatch: pytest.MonkeyPatch, folder: Path, *words: str) -> object:
    """Runs ``isolator fix`` over the file; its exit code."""
    monkeypatch.chdir(folder)
    Path("test_x.py").write_text(TESTS, encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["isolator", "fix", *words, "test_x.py"])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code


@pytest.mark.parametrize("names", [("test_a",), ("TestC::test_d",), ("test_a", "TestC::test_c"), ("test_b", "test_a")])
def test_only_what_is_rejected_is_left(monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...]) -> None:
    reject(monkeypatch, *names)

    result = engine.rewrite(TESTS.encode(), PATH, Context(), Selection())

    assert result.error is None
    assert rewritten(result.source.decode()) == KEYS.keys() - set(names)
    assert [p.partition(";")[0] for p in sorted(result.problems)] == [
        f"internal check failed at {PATH}::{name}" for name in sorted(names)
    ]
    assert {finding.refusal for finding in result.left} == {"internal-check"}
    assert len(result.left) == len(names)


def test_the_line_that_is_named_saves_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    line = (
        engine.rewrite(TESTS.encode(), PATH, Context(), Selection())
        .source.decode()
        .splitlines()
        .index("def test_b(env, monkeypatch):")
    )
    reject(monkeypatch, "test_b", said=f"line {line + 1}: it is wrong")
    tried = []
    apply = engine._apply

    def spy(*words: Any) -> tuple[str, set[str]]:  # noqa: ANN401 - whatever it takes
        tried.append(words)
        return apply(*words)

    monkeypatch.setattr(engine, "_apply", spy)

    result = engine.rewrite(TESTS.encode(), PATH, Context(), Selection())

    assert rewritten(result.source.decode()) == KEYS.keys() - {"test_b"}
    assert len(tried) == 2


def test_what_is_only_rejected_together_is_left_together(monkeypatch: pytest.MonkeyPatch) -> None:
    reject(monkeypatch, "test_a", "TestC::test_c", together=True)

    result = engine.rewrite(TESTS.encode(), PATH, Context(), Selection())

    assert result.error is None
    assert not {"test_a", "TestC::test_c"} <= rewritten(result.source.decode())


def test_what_uses_a_fixture_goes_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    reject(monkeypatch, "env")

    result = engine.rewrite(TESTS.encode(), PATH, Context(), Selection())

    assert rewritten(result.source.decode()) == KEYS.keys() - {"env", "test_b"}
    assert len(result.problems) == 1
    assert [finding.message.partition(": ")[2] for finding in result.left] == [
        "the rewrite failed an internal check, which is a bug of isolator; please report it",
        f"it depends on {PATH}::env, whose rewrite failed an internal check",
    ]


def test_all_of_it_may_be_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    reject(monkeypatch, *KEYS)

    result = engine.rewrite(TESTS.encode(), PATH, Context(), Selection())

    assert (result.source, result.fixed, result.error) == (TESTS.encode(), (), None)
    assert len(result.left) == len(KEYS)
    assert result.problems


@pytest.mark.parametrize("write", [True, False])
def test_the_user_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str], write: bool
) -> None:
    reject(monkeypatch, "test_a")

    assert run(monkeypatch, tmp_path, *(["--write"] if write else [])) == 2

    err = capfd.readouterr().err
    assert (
        "test_x.py: error: internal check failed at test_x.py::test_a; left unchanged; please report "
        "(line 1: it is wrong)\n"
    ) in err
    assert "; 1 rewrite failed an internal check." in err
    now = Path("test_x.py").read_text(encoding="utf-8")
    assert rewritten(now) == (KEYS.keys() - {"test_a"} if write else set())


@pytest.mark.parametrize("write", [True, False])
def test_dry_run_and_written_run_find_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str], write: bool
) -> None:
    reject(monkeypatch, "TestC::test_c")

    run(monkeypatch, tmp_path, "--output-format", "json", *(["--write"] if write else []))

    found = json.loads(capfd.readouterr().out)
    assert [(e["code"], e["line"]) for e in found if e["fix"] is None] == [("ISO000", 1), ("ISO101", 25)]
    assert {e["fix"] for e in found} == {None, "applied" if write else "available"}


@pytest.mark.parametrize("output_format", ["github", "junit", "sarif"])
def test_every_format_tells_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str], output_format: str
) -> None:
    reject(monkeypatch, "test_a")

    assert run(monkeypatch, tmp_path, "--output-format", output_format) == 2
    assert "internal check failed at test_x.py::test_a" in capfd.readouterr().out


SET_UPS = """\
import os


class TestA:
    def setup_method(self):
        os.environ["S"] = "1"


class TestB(TestA):
    pass


class TestC(mixins.Some[TestB]):
    def test_c(self):
        os.environ["C"] = "1"


class TestD:
    def test_d(self):
        os.environ["D"] = "1"


def setup_module():
    os.environ["M"] = "1"


def test_e():
    os.environ["E"] = "1"
"""


@pytest.mark.parametrize(
    ("unit", "others"),
    [
        ("TestA::setup_method", {"TestC::test_c"}),
        ("setup_module", {"TestA::setup_method", "TestC::test_c", "TestD::test_d", "test_e"}),
        ("TestC::test_c", set()),
    ],
)
def test_a_set_up_concerns_its_class_and_those_that_derive_from_it(unit: str, others: set[str]) -> None:
    names = ("TestA::setup_method", "TestC::test_c", "TestD::test_d", "setup_module", "test_e")
    units = [f"{PATH}::{name}" for name in names]
    found = dependents(f"{PATH}::{unit}", units, Source(SET_UPS, PATH))
    assert set(found) == {f"{PATH}::{other}" for other in others}
