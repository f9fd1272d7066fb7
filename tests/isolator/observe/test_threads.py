"""Threads of the tests, and what comes after them: the watch raises nothing there, and stays readable."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from isolator.evidence.model import from_json, to_json
from isolator.evidence.observe import observe
from isolator.pytest_runs.options import Options
from isolator.pytest_runs.plugin import calls as calling
from isolator.pytest_runs.plugin import watch as watching
from isolator.pytest_runs.plugin.frames import CODE
from isolator.pytest_runs.plugin.functions import Named
from tests.isolator.confirm.suites import write
from tests.isolator.observe.suites import observed

# A thread that is never joined reads, writes, and calls out while tests begin and end.
BACKGROUND = {
    "app.py": """
        import os
        import socket
        import subprocess
        import sys
        import threading

        FAILED = []


        def look_up(name):
            return os.environ.get(name)


        def call():
            socket.getaddrinfo("127.0.0.1", 1)


        def work():
            number = 0
            while number < 3000:
                number += 1
                try:
                    look_up(f"NAME_{number % 7}")
                    os.environ[f"OTHER_{number % 5}"] = str(number)
                    call()
                except Exception as error:
                    FAILED.append(error)


        THREADS = [threading.Thread(target=work, daemon=True) for _ in range(3)]
        for thread in THREADS:
            thread.start()
    """,
    "test_it.py": """
        import os

        import pytest

        import app


        @pytest.mark.parametrize("number", range(300))
        def test_reads(number):
            os.environ["NUMBER"] = str(number)
            app.look_up("NUMBER")


        def test_nothing_was_raised():
            assert app.FAILED == []
    """,
}


def test_threads_in_the_background(tmp_path: Path) -> None:
    evidence = observed(tmp_path, BACKGROUND)
    ends = evidence.tests or {}
    assert {end for ends_ in ends.values() for end in ends_} == {"passed"}
    rows = (*evidence.leaks, *evidence.edges, *evidence.assumed, *evidence.initializers)
    assert {name for row in rows for name in (getattr(row, "test", ""), *getattr(row, "tests", ()))} <= {
        "",
        "test_it.py",
        *ends,
    }
    assert from_json(to_json(evidence)) == evidence


def test_the_test_ends_while_a_thread_is_being_written_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one moment that matters, without waiting for it: the test's end comes in the middle of a handler."""
    watch: Any = watching.Watch.__new__(watching.Watch)
    rows: list[tuple[object, ...]] = []
    vars(watch).update(alive=True, test="test_it.py::test_a", kinds=SimpleNamespace(relative=str))

    def project(*_: object) -> list[object]:
        watch.test = None
        return [(CODE, project.__code__, 1, {})]

    monkeypatch.setattr(calling, "dotted", lambda *_: Named("app.call", None, None))
    monkeypatch.setattr(calling, "project", project)
    vars(watch).update(write=lambda *row: rows.append(row))
    watch.unlock()
    watch.safely(calling.Calls(watch).calls, "socket.connect", ())
    assert [row[-1] for row in rows] == ["test_it.py::test_a"]


def test_what_is_raised_stays_inside_whoever_asks() -> None:
    watch: Any = watching.Watch.__new__(watching.Watch)
    vars(watch).update(alive=True, test=None)

    def broken(*_: object) -> None:
        raise KeyError("secret-value")

    vars(watch).update(write=broken, lock=SimpleNamespace(acquire=broken))
    watch.safely(lambda: None)
    assert watch.alive is False


def test_a_lock_that_is_never_given_back_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "_PATIENCE", 0.01)
    watch: Any = watching.Watch.__new__(watching.Watch)
    called: list[int] = []
    vars(watch).update(alive=True, lock=SimpleNamespace(acquire=lambda **_: False))
    watch.safely(called.append, 1)
    assert (called, watch.alive) == ([], True)
    watch.unlock()  # as a process does that was forked meanwhile
    watch.safely(called.append, 2)
    assert called == [2]


def test_the_end_of_the_interpreter(tmp_path: Path) -> None:
    """Variables are read and written when the names of modules are gone."""
    text = """
        import atexit
        import os
        import sys

        class Late:
            def __init__(self):
                self.environ = os.environ
                self.put = os.putenv

            def __del__(self):
                self.environ.get("MODE")
                self.environ["MODE"] = "2"
                self.put("MODE", "3")
                del self.environ["MODE"]
                print("late", file=sys.__stderr__)

        sys.modules["late"] = Late()
        atexit.register(lambda: os.environ.update(MODE="1"))

        def test_it():
            os.environ["MODE"] = "0"
    """
    write(tmp_path, {"test_it.py": text})
    options = [
        "-p",
        "isolator.pytest_runs.plugin.recorder",
        "-p",
        "isolator.pytest_runs.plugin.watcher",
        f"--isolator-log={tmp_path}",
        "--isolator-watch",
    ]
    command = [sys.executable, "-m", "pytest", "-q", *options]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert "ignored" not in done.stderr


def test_a_hook_of_the_watcher_that_breaks_is_told(tmp_path: Path) -> None:
    conftest = """
        def pytest_sessionstart(session):
            session.config.pluginmanager.get_plugin("isolator-watcher").watch.kinds = None
    """
    folder = write(tmp_path, {"test_it.py": BACKGROUND["test_it.py"].replace("import app", "import textwrap as app")})
    (folder / "conftest.py").write_text("import textwrap\ntextwrap.FAILED = []\ntextwrap.look_up = str\n")
    with (folder / "conftest.py").open("a", encoding="utf-8") as file:
        file.write("\n".join(line[8:] for line in conftest.splitlines()))
    evidence = observe(Options(orders=("given",)), folder, lambda _: None)
    assert {end for ends in (evidence.tests or {}).values() for end in ends} == {"passed"}
    assert len(evidence.problems) == 1
    assert evidence.problems[0].startswith("the watching stopped in ")
