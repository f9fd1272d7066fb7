"""``isolator deflake --unsafe-fixes`` gives brittle tests what others set up, found by experiment and proved."""

from __future__ import annotations

from pathlib import Path

import pytest

from isolator.evidence.model import from_json
from tests.isolator.deflake.test_causes import committed, suite
from tests.isolator.deflake.test_deflake import deflake, pytest_passes, report

BRITTLE = """
def test_sets():
    unused = [1]
    name = "x"
    app.NAMES.append("y")
    app.register(name)
    assert app.REGISTRY
    unused.append(name)


def test_needs():
    assert app.REGISTRY["x"]


class TestIt:
    def test_needs_too(self):
        assert "x" in app.REGISTRY
"""
FIXED = BRITTLE.replace(
    "def test_needs():",
    '''\
@pytest.fixture
def set_up_by_sets():
    """Set up the state left by `test_sets`."""
    name = "x"
    app.register(name)


@pytest.mark.usefixtures("set_up_by_sets")
def test_needs():''',
).replace("    def test_needs_too", '    @pytest.mark.usefixtures("set_up_by_sets")\n    def test_needs_too')


@pytest.mark.slow
def test_the_fewest_statements_become_a_fixture(tmp_path: Path) -> None:
    folder = committed(suite(tmp_path, BRITTLE))
    before = (folder / "test_it.py").read_text()
    assert not pytest_passes(folder, "test_it.py::test_needs")
    code, done = report(folder, "--unsafe-fixes", "--select", "ISO304")
    assert (code, {test["after"] for test in done["tests"].values()}) == (0, {"stable"})
    assert done["tests"]["test_it.py::test_needs"]["before"] == "brittle"
    assert [(fix["code"], fix["test"]) for fix in done["fixes"]] == [
        ("ISO304", "test_it.py::test_needs"),
        ("ISO304", "test_it.py::TestIt::test_needs_too"),
    ]
    after = (folder / "test_it.py").read_text()
    assert after.replace("import pytest\n", "").endswith(FIXED)
    assert after.replace("import pytest\n", "").removesuffix(FIXED) == before.removesuffix(BRITTLE)
    assert pytest_passes(folder)
    assert all(pytest_passes(folder, f"test_it.py::{name}") for name in ("test_needs", "TestIt::test_needs_too"))
    assert report(folder, "--unsafe-fixes", "--select", "ISO304")[1]["fixes"] == []
    assert (folder / "test_it.py").read_text() == after


@pytest.mark.slow
def test_what_is_set_up_is_put_back_where_others_suffer(tmp_path: Path) -> None:
    """The setter wants to find nothing: in the other order it would fail after a test with its set-up."""
    text = BRITTLE.replace('    name = "x"\n', '    assert app.REGISTRY == {}\n    name = "x"\n')
    folder = committed(suite(tmp_path, text))
    code, done = report(folder, "--unsafe-fixes", "--select", "ISO303,ISO304")
    assert (code, {test["after"] for test in done["tests"].values()}) == (0, {"stable"})
    assert {fix["code"] for fix in done["fixes"]} == {"ISO303", "ISO304"}
    assert "def restore_registry(" in (folder / "conftest.py").read_text()
    assert pytest_passes(folder)


@pytest.mark.slow
def test_without_the_option_it_is_said(tmp_path: Path) -> None:
    folder = committed(suite(tmp_path, BRITTLE))
    before = (folder / "test_it.py").read_text()
    done = deflake(folder, "--yes", "--select", "ISO304")
    assert done.returncode == 1
    assert (
        "left        test_it.py::test_needs: brittle: fails unless test_it.py::test_sets runs first, which leaves"
        in done.stdout
    )
    assert done.stdout.count("hint        with --unsafe-fixes, ") == 1
    assert (folder / "test_it.py").read_text() == before
    assert "hint" not in deflake(folder, "--yes", "--unsafe-fixes", "--select", "ISO104").stdout


@pytest.mark.slow
def test_a_setter_in_another_file(tmp_path: Path) -> None:
    """Of the file's own there is none, and the other one may use what only it has."""
    folder = suite(tmp_path, "def test_needs():\n    assert app.REGISTRY['x']\n")
    (folder / "test_a.py").write_text("from app import register\n\n\ndef test_sets():\n    assert register('x')\n")
    (folder / "test_b.py").write_text(
        "def test_needs_too():\n    from app import REGISTRY\n\n    assert REGISTRY['x']\n"
    )
    committed(folder)
    code, done = report(folder, "--unsafe-fixes", "--select", "ISO304")
    assert (code, {test["after"] for test in done["tests"].values()}) == (0, {"stable"})
    after = (folder / "test_b.py").read_text()
    assert after.startswith("import pytest\n\nfrom app import register\n\n\n@pytest.fixture\ndef set_up_by_sets():\n")
    assert pytest_passes(folder, "test_b.py")
    assert pytest_passes(folder, "test_it.py")


@pytest.mark.slow
def test_several_setters(tmp_path: Path) -> None:
    text = (
        "def test_one():\n    app.register('a')\n\n\ndef test_other():\n    app.NAMES.append(1)\n\n\n"
        "def test_needs():\n    assert app.REGISTRY\n    assert app.NAMES\n"
    )
    folder = committed(suite(tmp_path, text))
    code, _ = report(folder, "--unsafe-fixes", "--select", "ISO304")
    assert code == 0
    wanted = 'def set_up_for_needs():\n    """Set up the state left by `test_one` and 1 more."""\n'
    assert f"{wanted}    app.register('a')\n    app.NAMES.append(1)\n" in (folder / "test_it.py").read_text()
    assert pytest_passes(folder, "test_it.py::test_needs")


SEQUENCE = """
def test_create():
    assert app.NAMES == []
    app.NAMES.append("a")


def test_update():
    app.NAMES[0] = "b"


def test_read():
    assert app.NAMES == ["b"]
"""


@pytest.mark.slow
def test_a_sequence_of_tests(tmp_path: Path) -> None:
    """Each of them gets what those before it do, and what they do is put back after each."""
    folder = committed(suite(tmp_path, SEQUENCE))
    code, done = report(folder, "--unsafe-fixes", "--select", "ISO303,ISO304")
    assert (code, {test["after"] for test in done["tests"].values()}) == (0, {"stable"})
    after = (folder / "test_it.py").read_text()
    assert '    app.NAMES.append("a")\n    app.NAMES[0] = "b"\n\n\n@pytest.mark.usefixtures("set_up_for_read")' in after
    assert all(pytest_passes(folder, f"test_it.py::test_{name}") for name in ("create", "update", "read"))


@pytest.mark.slow
def test_a_set_up_stays_out_with_which_the_test_fails_in_the_given_order(tmp_path: Path) -> None:
    """Alone it would pass, but what is set up is there twice, and nothing may put it back."""
    text = 'def test_create():\n    app.NAMES.append("a")\n\n\ndef test_read():\n    assert app.NAMES == ["a"]\n'
    folder = committed(suite(tmp_path, text))
    before = (folder / "test_it.py").read_text()
    code, done = report(folder, "--unsafe-fixes", "--select", "ISO304")
    assert code == 1
    assert [list(blame["evidence"].items()) for blame in done["taken_back"]] == [
        [("test_it.py::test_read", "passed in the given order, fails in it now")]
    ]
    assert (folder / "test_it.py").read_text() == before
    assert report(folder, "--unsafe-fixes", "--select", "ISO303,ISO304")[0] == 0


@pytest.mark.slow
def test_nothing_is_put_back_that_a_test_needs_which_has_no_set_up(tmp_path: Path) -> None:
    """The values that the test was made with are not known, and another one has a set-up that would have to be."""
    text = SEQUENCE + (
        "\n\nimport pytest\n\n\n@pytest.mark.parametrize('name', map(str, range(2)))\ndef test_other(name):\n"
        "    app.NAMES.append(name)\n\n\ndef test_last():\n    assert '1' in app.NAMES\n"
    )
    folder = committed(suite(tmp_path, text))
    before = (folder / "test_it.py").read_text()
    code, done = report(folder, "--unsafe-fixes", "--select", "ISO303,ISO304")
    assert code == 1
    assert {left["refusal"] for left in done["left"]} == {"setter-parametrized", "needed-by-others"}
    assert (folder / "test_it.py").read_text() == before
    assert not (folder / "conftest.py").exists()


def test_what_cannot_be_given_is_refused(tmp_path: Path) -> None:
    """What makes the difference is a fixture of a class, which the statements of the test do not tell."""
    text = (
        "class TestOne:\n    def setup_class(self):\n        app.register('a')\n\n"
        "    def test_one(self):\n        pass\n\n\ndef test_needs():\n    assert app.REGISTRY\n"
    )
    folder = committed(suite(tmp_path, text))
    before = (folder / "test_it.py").read_text()
    code, done = report(folder, "--unsafe-fixes", "--select", "ISO304")
    assert code == 1
    assert [(left["code"], left["refusal"]) for left in done["left"]] == [("ISO304", "not-enough")]
    assert (folder / "test_it.py").read_text() == before
    evidence = from_json((folder / ".isolator" / "evidence.json").read_text())
    assert [(each.test, each.refusal) for each in evidence.set_ups] == [("test_it.py::test_needs", "not-enough")]
