"""What ``isolator deflake`` has fixtures put back: state that makes tests fail, proved by the tests."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from isolator.evidence.model import from_json
from tests.isolator.confirm.suites import write
from tests.isolator.deflake.test_causes import committed, suite
from tests.isolator.deflake.test_deflake import deflake, pytest_passes, report
from tests.isolator.inside import inside

TEXT = """def test_polluter():
    {0}
    app.other = 1


def test_victim():
    {1}


def test_victim_too():
    {1}
"""


REGISTERED = "app.register('x')"
# What pollutes, what fails, the fixture, and what it lists; several of each suite do not concern each other.
STATES: dict[str, list[tuple[str, str, str, str | None]]] = {
    "objects": [
        (REGISTERED, "assert app.REGISTRY == {}", "restore_registry", None),
        ("app.Engine.get().pool.append(1)", "assert app.Engine._instance is None", "restore_engine_instance", None),
        ("app.added = 1", "assert not hasattr(app, 'added')", "restore_added", None),
        ("logging.getLogger('a').setLevel(10)", "assert logging.getLogger('a').level == 0", "restore_loggers", "a"),
        ("sys.path.append('x')", "assert 'x' not in sys.path", "restore_sys_path", None),
        ("open('made', 'w').close()", "assert not os.path.exists('made')", "restore_files", "made"),
    ],
    "others": [
        (REGISTERED, "assert app.register('y') == 1; app.REGISTRY.clear()", "restore_register_defaults", None),
        ("SHARED.append(1)", "assert SHARED == []", "_restore_shared", None),
        ("logging.disable(50)", "assert logging.root.isEnabledFor(50)", "isolate_logging", None),
        ("open('sub/x.txt', 'a').write('x')", "assert open('sub/x.txt').read() == ''", "restore_files", "sub/x.txt"),
    ],
    "folder": [("shutil.rmtree('sub')", "assert os.path.exists('sub/x.txt')", "restore_files", "sub")],
    "moved": [("os.chdir('sub')", "assert not os.getcwd().endswith('sub')", "restore_working_directory", None)],
}


@pytest.mark.slow
@pytest.mark.parametrize("name", STATES)
def test_state(tmp_path: Path, name: str) -> None:
    states = STATES[name]
    texts = (TEXT.format(*state).replace("():", f"_{n}():") for n, state in enumerate(states))
    committed(suite(tmp_path, "\n\n".join(texts)))
    assert not pytest_passes(tmp_path)
    subprocess.run(["git", "clean", "-fdq"], cwd=tmp_path, check=True)
    subprocess.run(["git", "checkout", "-q", "."], cwd=tmp_path, check=True)
    code, done = report(tmp_path, "--select", "ISO303")
    assert (code, {test["after"] for test in done["tests"].values()}) == (0, {"stable"})
    texts_after = {path: (tmp_path / path).read_text() for path in ("test_it.py", "conftest.py")}
    for _, _, fixture, listed in states:
        text = texts_after["test_it.py" if fixture == "_restore_shared" else "conftest.py"]
        assert f"def {fixture}(" in text
        assert listed is None or f'= ["{listed}"]\n' in text
    assert {fix["code"] for fix in done["fixes"]} == {"ISO303"}
    assert len(done["fixes"]) == len(states)
    assert pytest_passes(tmp_path)
    evidence = from_json((tmp_path / ".isolator" / "evidence.json").read_text())
    victims = (f"test_it.py::test_victim{too}_{n}" for n in range(len(states)) for too in ("", "_too"))
    assert {cause.test for cause in evidence.causes} == set(victims)
    assert report(tmp_path, "--select", "ISO303")[1]["fixes"] == []
    assert {path: (tmp_path / path).read_text() for path in texts_after} == texts_after


def test_what_other_tests_need_is_not_taken_from_them(tmp_path: Path) -> None:
    """The one passes only after the polluter, and the other only without it."""
    text = TEXT.format("app.register('x')", "assert app.REGISTRY == {}")
    committed(suite(tmp_path, f"{text}\n\ndef test_needs():\n    assert app.REGISTRY\n"))
    code, done = report(tmp_path, "--select", "ISO303")
    assert code == 1
    assert done["fixes"] == []
    assert [found["code"] for found in done["taken_back"]] == ["ISO303"]
    assert not (tmp_path / "conftest.py").exists()
    assert done["tests"]["test_it.py::test_victim"]["cells"] == ['app.REGISTRY["x"]']
    # What was tried in vain is not left for `fix`, which proves nothing.
    assert inside("fix", "--write", folder=tmp_path).returncode == 0
    assert not (tmp_path / "conftest.py").exists()


@pytest.mark.slow
def test_what_helps_some_is_kept_without_what_harms_others(tmp_path: Path) -> None:
    text = TEXT.format("app.register('x'); app.NAMES.append(1)", "assert app.NAMES == []")
    text += "\n\ndef test_suffers():\n    assert app.REGISTRY == {}\n\n\ndef test_needs():\n    assert app.REGISTRY\n"
    committed(suite(tmp_path, text))
    code, done = report(tmp_path, "--select", "ISO303")
    assert code == 1
    assert re.findall(r"def (\w+)\(", (tmp_path / "conftest.py").read_text()) == ["restore_names"]
    assert [done["tests"][f"test_it.py::test_{name}"]["after"] for name in ("victim", "victim_too")] == ["stable"] * 2
    assert done["tests"]["test_it.py::test_suffers"]["after"] == "victim"


@pytest.mark.slow
def test_the_user_is_asked(tmp_path: Path) -> None:
    folder = committed(suite(tmp_path, TEXT.format("app.NAMES.append(1)", "assert app.NAMES == []")))
    done = deflake(folder, "--select", "ISO303", answer="n\n")
    assert done.returncode == 1
    assert "+def restore_names()" in done.stdout
    assert done.stderr.count("Write this, and confirm it?") == 1
    assert not (folder / "conftest.py").exists()


@pytest.mark.slow
def test_what_fails_the_second_time_for_a_fixture_is_put_right_with_it(tmp_path: Path) -> None:
    """test_once finds the item that it made itself when it runs again, and not once that is put back."""
    text = TEXT.format("app.register('x')", "assert app.REGISTRY == {}")
    text += "\n\nMADE = []\n\n\ndef test_once():\n    if 'y' not in app.REGISTRY:\n        app.register('y')\n"
    text += "        MADE.append(1)\n    assert len(MADE) == 1\n"
    committed(suite(tmp_path, text))
    code, done = report(tmp_path, "--select", "ISO303")
    assert (code, {test["after"] for test in done["tests"].values()}) == (0, {"stable"})
    assert "def restore_registry(" in (tmp_path / "conftest.py").read_text()
    assert "def _restore_made(" in (tmp_path / "test_it.py").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("number", [2, 12])
def test_victims_with_two_causes(tmp_path: Path, number: int) -> None:
    """No cell by itself explains any of them, and all are left by several tests."""
    victims = "".join(
        f"def test_victim_{n}():\n    assert not app.NAMES and not app.loaded\n\n\n" for n in range(number)
    )
    pollute = "def test_names_{0}():\n    app.NAMES.append(1)\n\n\ndef test_loads_{0}():\n    app.load()\n\n\n"
    others = "def test_other():\n    app.Engine.size = 2\n\n\n"
    text = others + "".join(map(pollute.format, range(3))) + victims
    committed(suite(tmp_path, text))
    code, done = report(tmp_path, "--select", "ISO303")
    assert (code, {test["after"] for test in done["tests"].values()}) == (0, {"stable"})
    fixtures = re.findall(r"def (\w+)\(", (tmp_path / "conftest.py").read_text())
    assert sorted(fixtures) == ["restore_loaded", "restore_names"]


CONNECTED = """
    import os
    import pytest
    from sqlalchemy import create_engine, text
    from sqlalchemy.orm import Session

    engine = create_engine("sqlite:///made.db")
    session = Session(engine)


    @pytest.fixture(scope="module")
    def database():
        if os.path.exists("made.db"):
            os.remove("made.db")
        with create_engine("sqlite:///made.db").begin() as connection:
            connection.execute(text("create table items (name text)"))


    def test_polluter():
        assert session.execute(text("select 1")).scalar() == 1


    def test_victim(database):
        assert session.execute(text("select count(*) from items")).scalar() == 0
"""


@pytest.mark.slow
def test_connections_that_stay_open_are_closed(tmp_path: Path) -> None:
    """A deleted file still exists for a connection that is open."""
    write(tmp_path, {"test_it.py": CONNECTED, ".gitignore": "*.db\n"})
    committed(tmp_path)
    assert not pytest_passes(tmp_path)
    (tmp_path / "made.db").unlink()  # else the old one has the table
    code, done = report(tmp_path)
    assert (code, {test["after"] for test in done["tests"].values()}) == (0, {"stable"})
    assert done["tests"]["test_it.py::test_victim"]["before"] == "victim"
    assert "def close_connections(" in (tmp_path / "conftest.py").read_text()
    (tmp_path / "made.db").unlink(missing_ok=True)
    assert pytest_passes(tmp_path)
