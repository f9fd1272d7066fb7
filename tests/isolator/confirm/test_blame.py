"""Which rewrites are blamed for which tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemods.python.source import Span
from codemods.rule import Finding
from isolator.project.project import Project, load_project
from isolator.pytest_runs.expectations.comparing import Comparison
from isolator.repair.blame import Unit, blamed, owner

WORSE = "was stable, is failing"


def unit(name: str) -> Unit:
    file, _, inner = name.partition("::")
    test = name if inner.rpartition("::")[2].startswith("test") else None
    return Unit(name, file, file, (Finding("ISO101", "", "", Span(1, 1, 1, 1), test, "safe"),))


UNITS = [
    unit(name)
    for name in (
        "a/test_x.py::test_1",
        "a/test_x.py::Test::test_2",
        "a/test_x.py::fixture",
        "a/test_y.py::test_1",
        "a/conftest.py::fixture",
        "b/test_z.py::test_1",
        "conftest.py::ISO301",
    )
]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "isolator.toml").touch()
    for each in UNITS:
        (tmp_path / each.file).parent.mkdir(exist_ok=True)
        (tmp_path / each.file).touch()
    return load_project(())


def blame(project: Project, worse: dict[str, str], leaks: tuple[str, ...] = ()) -> dict[str, bool]:
    """The units that are blamed, and whether surely."""
    comparison = Comparison((), worse, dict.fromkeys(leaks, ("A",)), {}, (0, 0), (0.0, 0.0))
    return {each.unit.name: each.sure for each in blamed(comparison, UNITS, project)}


def test_who_leaks_comes_before_who_fails(project: Project) -> None:
    worse = {"a/test_x.py::test_1": WORSE, "b/test_z.py::test_1[a::b-1]": "leaves A changed"}
    assert blame(project, worse, ("b/test_z.py::test_1[a::b-1]",)) == {"b/test_z.py::test_1": True}


def test_a_test_s_own_rewrite_comes_before_what_is_shared(project: Project) -> None:
    own = {"a/test_x.py::test_1": True, "a/test_x.py::Test::test_2": True}
    worse = dict.fromkeys(
        ["a/test_x.py::test_1[1]", "a/test_x.py::test_1[2]", "a/test_x.py::Test::test_2 (i=1)"], WORSE
    )
    assert blame(project, worse) == own
    assert blame(project, {**worse, "a/test_y.py::test_3": WORSE}) == own


def test_what_is_shared_from_near_to_far(project: Project) -> None:
    def shared(node: str) -> list[str]:
        found = blame(project, {node: WORSE})
        assert not any(found.values())
        return list(found)

    assert shared("a/test_x.py::test_3") == ["a/test_x.py::fixture"]
    assert shared("a/test_y.py::test_3") == ["a/conftest.py::fixture", "conftest.py::ISO301"]
    assert shared("b/test_z.py::test_3") == ["conftest.py::ISO301"]
    without_conftests = [each for each in UNITS if "conftest" not in each.file]
    comparison = Comparison((), {"b/test_z.py::test_3": WORSE}, {}, {}, (0, 0), (0.0, 0.0))
    assert [b.unit.name for b in blamed(comparison, without_conftests, project)] == ["b/test_z.py::test_1"]
    assert len(blamed(comparison, without_conftests[:2], project)) == 2


def test_tests_that_are_gone_together_say_little(project: Project) -> None:
    one, two = "a/test_x.py::test_1", "b/test_z.py::test_1"
    assert blame(project, {one: "is gone"}) == {one: True}
    assert blame(project, {one: "is gone", two: "was stable, is missing"}) == {one: False, two: False}


def test_node_ids_that_are_relative_to_another_directory(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    assert owner("a/test_x.py::Test::test_2[x]", project) == "a/test_x.py::Test::test_2"
    monkeypatch.chdir("a")
    assert owner("test_x.py::test_1", project) == "a/test_x.py::test_1"
    (project.root / "b" / "pytest.ini").touch()
    assert owner("test_z.py::test_1", load_project(["."])) == "test_z.py::test_1"  # no such file: as it stands
    monkeypatch.chdir(project.root / "b")
    assert owner("test_z.py::test_1", load_project(["."])) == "b/test_z.py::test_1"
