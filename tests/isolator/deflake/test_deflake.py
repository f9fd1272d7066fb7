"""``isolator deflake`` on suites that depend on their order, for real."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.isolator.confirm.suites import write
from tests.isolator.html.samples import rows
from tests.isolator.inside import inside

POLLUTED = {
    "tests/test_a.py": """
        import os


        def test_calm():
            pass


        def test_restores_only_what_was_set():
            saved = os.environ.get("A")
            os.environ["A"] = "1"
            if saved:
                os.environ["A"] = saved


        def test_sets():
            os.environ["B"] = "1"
    """,
    "tests/test_b.py": """
        import os


        def test_first_victim():
            assert "A" not in os.environ


        def test_second_victim():
            assert "B" not in os.environ
    """,
}
RESTORES = "tests/test_a.py::test_restores_only_what_was_set"
BRITTLE = {
    "test_it.py": """
        import os


        def test_sets():
            os.environ["A"] = "1"


        def test_needs():
            assert os.environ["A"] == "1"


        def test_calm():
            pass
    """
}
DELETES = {
    "test_it.py": """
        import os


        def test_sets():
            os.environ["A"] = "1"


        def test_needs():
            del os.environ["A"]
            assert "A" not in os.environ
    """
}
CALM = {"test_it.py": "def test_a(): pass\n"}
SMALL = {
    "test_it.py": """
        import os


        def test_leaves():
            os.environ["TOKEN"] = "a-secret" + "-value"


        def test_victim():
            assert "TOKEN" not in os.environ
    """
}


def deflake(folder: Path, *words: str, answer: str = "") -> subprocess.CompletedProcess[str]:
    return inside("deflake", "--seed", "1", *words, folder=folder, stdin=answer)


def report(folder: Path, *words: str) -> tuple[int, dict[str, Any]]:
    done = deflake(folder, "--yes", "--output-format", "json", *words)
    return done.returncode, json.loads(done.stdout)


def pytest_passes(folder: Path, *words: str) -> bool:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0


def test_polluters_are_fixed(tmp_path: Path) -> None:
    write(tmp_path, POLLUTED)
    assert not pytest_passes(tmp_path)
    code, found = report(tmp_path, "--", "tests")
    assert code == 0
    assert found["tests"]["tests/test_b.py::test_first_victim"] == {"before": "victim", "after": "stable"}
    assert found["tests"]["tests/test_a.py::test_calm"] == {"before": "stable", "after": "stable"}
    assert {(f["test"], f["code"], f["fix"]) for f in found["fixes"]} == {
        ("tests/test_a.py::test_restores_only_what_was_set", "ISO103", "applied"),
        ("tests/test_a.py::test_sets", "ISO102", "applied"),
    }
    victims = ["tests/test_b.py::test_first_victim", "tests/test_b.py::test_second_victim"]
    assert [(f["test"], f["code"]) for f in found["unneeded"]] == [(name, "ISO104") for name in victims]
    assert found["needed"] == {
        "tests/test_a.py::test_restores_only_what_was_set": f"{victims[0]} fails after {RESTORES}",
        "tests/test_a.py::test_sets": f"{victims[1]} fails after tests/test_a.py::test_sets",
    }
    assert found["taken_back"] == []
    assert found["polluters"] == {
        RESTORES: {"cells": ['os.environ["A"]'], "victims": victims[:1]},
        "tests/test_a.py::test_sets": {"cells": ['os.environ["B"]'], "victims": victims[1:]},
    }
    assert found["pytest_runs"] <= 10 + 2 * (len(found["polluters"]) - 1)
    said = {"polluters", "problems", "files_left", "uncollected", "seconds"}
    assert set(found) == {"pytest_runs", "tests", "fixes", "needed", "unneeded", "taken_back", "left", *said}
    assert pytest_passes(tmp_path)
    kept = json.loads((tmp_path / ".isolator" / "fixes.json").read_text(encoding="utf-8"))
    assert kept == [*found["fixes"], *found["left"]]  # for the summary of a later confirmation


@pytest.mark.slow
def test_all_keeps_what_no_test_misses(tmp_path: Path) -> None:
    write(tmp_path, POLLUTED)
    code, found = report(tmp_path, "--all", "--", "tests")
    assert code == 0
    assert sorted(f["code"] for f in found["fixes"]) == ["ISO102", "ISO103", "ISO104", "ISO104"]
    assert (found["needed"], found["unneeded"]) == ({}, [])
    assert pytest_passes(tmp_path)


def test_nothing_is_rewritten_where_all_is_stable(tmp_path: Path) -> None:
    """A test leaves a variable changed, which no other one minds."""
    text = 'import os\n\n\ndef test_leaves():\n    os.environ["A"] = "1"\n\n\ndef test_calm():\n    pass\n'
    file = write(tmp_path, {"test_it.py": text}) / "test_it.py"
    before = file.read_bytes()
    done = deflake(tmp_path, "--yes")
    assert (done.returncode, done.stdout) == (0, "")
    assert file.read_bytes() == before
    assert deflake(tmp_path, "--yes", "--all").returncode == 0
    assert b'monkeypatch.setenv("A", "1")' in file.read_bytes()


def test_a_rewrite_that_helps_nobody_is_not_kept(tmp_path: Path) -> None:
    """What makes the test fail is state that no rule deals with; the variable is another matter."""
    text = """
        import os


        class Held:
            __slots__ = ("made",)


        def held(one=Held()):
            return one


        def test_leaves():
            os.environ["A"] = "1"
            held().made = 1


        def test_victim():
            assert not hasattr(held(), "made")
    """
    file = write(tmp_path, {"test_it.py": text}) / "test_it.py"
    before = file.read_bytes()
    code, found = report(tmp_path)
    assert (code, found["fixes"]) == (1, [])
    assert found["tests"]["test_it.py::test_victim"]["after"] == "victim"
    assert file.read_bytes() == before


def test_a_brittle_test_is_named_and_not_broken(tmp_path: Path) -> None:
    write(tmp_path, BRITTLE)
    code, found = report(tmp_path)
    assert code == 1
    assert found["tests"]["test_it.py::test_needs"] == {
        "before": "brittle",
        "after": "brittle",
        "partner": "test_it.py::test_sets",
        "cells": ['os.environ["A"]'],
        "places": ["test_it.py:5"],
    }
    assert pytest_passes(tmp_path)  # in the given order, as before
    assert 'os.environ["A"] = "1"' in (tmp_path / "test_it.py").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_brittle_test_that_deletes_costs_no_attempt(tmp_path: Path) -> None:
    code, found = report(write(tmp_path, DELETES))
    assert (code, found["taken_back"]) == (1, [])
    assert found["tests"]["test_it.py::test_needs"] == {
        "before": "brittle",
        "after": "brittle",
        "partner": "test_it.py::test_sets",
        "cells": ['os.environ["A"]'],
        "places": ["test_it.py:5"],
    }
    assert {f["refusal"] for f in found["left"]} <= {"brittle", "not-needed"}
    assert found["pytest_runs"] <= 8
    assert pytest_passes(tmp_path)


def test_nothing_to_fix(tmp_path: Path) -> None:
    done = deflake(write(tmp_path, CALM))
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.splitlines()[-1].startswith("0 tests not stable before, 0 after (1 stable); 0 findings fixed; ")


@pytest.mark.parametrize(("answer", "written"), [("n\n", False), ("y\n", True), ("", False)])
def test_the_user_is_asked(tmp_path: Path, answer: str, written: bool) -> None:
    before = write(tmp_path, SMALL) / "test_it.py"
    text = before.read_text(encoding="utf-8")
    done = deflake(tmp_path, "--html", "r.html", answer=answer)
    assert '+    monkeypatch.setenv("TOKEN", "a-secret" + "-value")' in done.stdout
    assert (before.read_text(encoding="utf-8") != text) is written
    assert done.returncode == (0 if written else 1 if answer else 2)
    if answer:
        look_at((tmp_path / "r.html").read_text(encoding="utf-8"), written)


def look_at(page: str, written: bool) -> None:
    """The page about what was fixed, or was not wanted."""
    after = ["...."] if written else []
    assert rows(page) == {"test_it.py::test_victim": ["F.", *after], "test_it.py::test_leaves": ["..", *after]}
    assert "isolator deflake" in page
    assert "leaves TOKEN set" in page
    assert ('id="rewrite-1"' in page) is written
    assert "a-secret-value" not in page


def test_pytest_cannot_run(tmp_path: Path) -> None:
    done = deflake(write(tmp_path, {}), "--yes")
    assert (done.returncode, done.stdout) == (2, "")
    assert "pytest collected no tests" in done.stderr
