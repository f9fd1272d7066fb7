"""One run of pytest that goes wrong: it hangs, dies, cannot start, or prints what cannot be read."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from isolator.pytest_runs.options import Options
from isolator.pytest_runs.run.running import Planned, Runner
from tests.isolator.confirm.suites import results, run_once, write

HANGS = {
    "test": "import time\ndef test_a(): pass\ndef test_b(): time.sleep(60)\ndef test_c(): pass\n",
    "fixture": """
        import time, pytest
        def test_a(): pass
        @pytest.fixture
        def slow():
            time.sleep(60)
        def test_b(slow): pass
        def test_c(): pass
    """,
    "coroutine": """
        import asyncio
        def test_a(): pass
        def test_b():
            asyncio.run(asyncio.sleep(60))
        def test_c(): pass
    """,
    "task": """
        import asyncio
        def test_a(): pass
        async def approvals():
            yield await asyncio.Event().wait()
        async def approved():
            async for each in approvals():
                return each
        async def main():
            return await asyncio.create_task(approved(), name="agent")
        def test_b(): asyncio.run(main())
        def test_c(): pass
    """,
}
# What comes first, and what comes too.
STACKS = {
    "test": ("the main thread\n  test_it.py:3 in test_b: def test_b(): time.sleep(60)", ""),
    "fixture": ("the main thread\n  test_it.py:5 in slow: time.sleep(60)", ""),
    "coroutine": ("the main thread\n  test_it.py:4 in test_b: asyncio.run(asyncio.sleep(60))\n    asyncio/", "task "),
    "task": (
        "the main thread\n  test_it.py:10 in test_b: def test_b(): asyncio.run(main())\n    asyncio/",
        """\
task agent, which waits
  test_it.py:6 in approved: async for each in approvals():
  test_it.py:4 in approvals: yield await asyncio.Event().wait()
    asyncio/locks.py:""",
    ),
}


@pytest.mark.parametrize("name", HANGS)
def test_a_test_that_hangs(tmp_path: Path, name: str) -> None:
    write(tmp_path, {"test_it.py": HANGS[name]})
    started = time.monotonic()
    run = run_once(tmp_path, Options(test_timeout=2))
    assert time.monotonic() - started < 20
    assert results(run) == {"test_a": "passed", "test_b": "hung", "test_c": "not run"}
    assert (run.exit, run.problem) == (None, "hung in test_it.py::test_b")
    assert run.stack is not None
    first, others = STACKS[name]
    assert run.stack.startswith(first)
    assert others in run.stack or sys.platform == "win32"  # where no signal asks for tasks


def test_a_run_that_takes_too_long(tmp_path: Path) -> None:
    tests = "".join(f"def test_{n}(): time.sleep(0.7)\n" for n in range(20))
    write(tmp_path, {"test_it.py": "import time\n" + tests})
    run = run_once(tmp_path, Options(run_timeout=3))
    assert run.exit is None
    assert list(results(run).values()).count("hung") == 1
    assert "passed" in results(run).values()
    assert "not run" in results(run).values()


def test_import_that_hangs(tmp_path: Path) -> None:
    write(tmp_path, {"test_it.py": "import time\ntime.sleep(60)\ndef test_a(): pass\n"})
    run = run_once(tmp_path, Options(test_timeout=2))
    assert (run.exit, run.problem, run.usable) == (None, "hung in collection", False)
    assert run.stack is not None
    assert "test_it.py" in run.stack


def test_exit_that_hangs(tmp_path: Path) -> None:
    text = "import atexit, time\natexit.register(time.sleep, 60)\ndef test_a(): pass\n"
    write(tmp_path, {"test_it.py": text})
    run = run_once(tmp_path, Options(test_timeout=2))
    assert (run.exit, run.problem) == (None, "hung in the end of pytest")
    assert results(run) == {"test_a": "passed"}


@pytest.mark.skipif(sys.platform == "win32", reason="processes are ended in another way there")
def test_children_of_a_hanging_test_end_too(tmp_path: Path) -> None:
    child = "import time, pathlib\nwhile True:\n    pathlib.Path('alive').touch()\n    time.sleep(0.1)\n"
    text = "import subprocess, sys\ndef test_a(): subprocess.run([sys.executable, 'child.py'])\n"
    write(tmp_path, {"test_it.py": text, "child.py": child})
    run_once(tmp_path, Options(test_timeout=2))
    (tmp_path / "alive").unlink()
    time.sleep(0.5)
    assert not (tmp_path / "alive").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_segmentation_fault(tmp_path: Path) -> None:
    text = """
        import os, signal

        def test_a(): pass
        def test_b(): os.kill(os.getpid(), signal.SIGSEGV)
        def test_c(): pass
    """
    write(tmp_path, {"test_it.py": text})
    run = run_once(tmp_path)
    assert results(run) == {"test_a": "passed", "test_b": "crashed", "test_c": "not run"}
    assert run.problem == "the interpreter died in test_it.py::test_b, with SIGSEGV"
    assert run.stack is not None
    assert "in test_b" in run.stack


@pytest.mark.parametrize("code", [0, 1, 7])
def test_exit_without_a_word(tmp_path: Path, code: int) -> None:
    write(tmp_path, {"test_it.py": f"import os\ndef test_a(): pass\ndef test_b(): os._exit({code})\n"})
    run = run_once(tmp_path)
    assert results(run) == {"test_a": "passed", "test_b": "crashed"}
    assert run.problem == f"the interpreter died in test_it.py::test_b, with exit code {code}"


def test_broken_output(tmp_path: Path) -> None:
    text = "import os\ndef test_a():\n    os.write(1, b'\\xff\\xfe Init \\x00')\n    assert 0\n"
    write(tmp_path, {"test_it.py": text})
    run = run_once(tmp_path, Options(forbid_output=("Init",)))
    assert results(run) == {"test_a": "failed"}
    assert run.attempts["test_it.py::test_a"].forbidden == (0,)


@pytest.mark.usefixtures("named_plugins")
def test_reruns_of_the_project(tmp_path: Path) -> None:
    text = """
        import pathlib

        def test_a():
            marker = pathlib.Path("seen")
            if not marker.exists():
                marker.touch()
                assert 0

        def test_b():
            assert 0
    """
    write(tmp_path, {"test_it.py": text, "pytest.ini": "[pytest]\naddopts = --reruns 2\n"})
    run = run_once(tmp_path)
    assert [(a.result, a.reruns) for a in run.attempts.values()] == [("passed", 1), ("failed", 2)]


NOTHING = {
    "no_tests": ({"readme.txt": ""}, (), "pytest collected no tests"),
    "no_such_file": ({"test_it.py": ""}, ("test_no.py",), "ERROR: file or directory not found: test_no.py"),
    "unknown_option": ({"test_it.py": ""}, ("--no-such",), "unrecognized arguments: --no-such"),
    "broken_file": (
        {"test_it.py": "import nowhere_at_all\n"},
        (),
        "test_it.py cannot be collected: ModuleNotFoundError",
    ),
    "broken_conftest": ({"conftest.py": "1/0\n", "test_it.py": ""}, (), "ZeroDivisionError"),
    "broken_settings": ({"pytest.ini": "[pytest\n", "test_it.py": ""}, (), "pytest.ini:1"),
}


@pytest.mark.parametrize("name", NOTHING)
def test_pytest_cannot_run(tmp_path: Path, name: str) -> None:
    files, arguments, expected = NOTHING[name]
    write(tmp_path, files)
    run = run_once(tmp_path, Options(arguments=arguments))
    assert not run.usable
    assert run.problem is not None
    assert expected in run.problem
    assert "\n" not in run.problem


def test_no_value_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEY", "secret-of-the-shell")
    for text in ("raise ValueError(os.environ['API_KEY'])\n", "assert ['secret', 'value'] == []\n"):
        run = run_once(write(tmp_path, {"test_it.py": "import os\n" + text}))
        assert not run.usable
        assert "secret" not in repr(run)


def test_variables_that_pytest_is_started_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISO_A", "1")
    monkeypatch.setenv("ISO_B", "1")
    text = "import os\ndef test_a(): assert 'ISO_A' in os.environ\ndef test_b(): assert 'ISO_B' in os.environ\n"
    write(tmp_path, {"test_it.py": text})
    runner = Runner(Options(), tmp_path)
    assert results(runner.run(Planned("given", 1))) == {"test_a": "passed", "test_b": "passed"}
    without = runner.run(Planned("given", 1, unset=("ISO_B", "ISO_NOT_SET")))
    assert results(without) == {"test_a": "passed", "test_b": "failed"}
    assert os.environ["ISO_B"] == "1"


@pytest.mark.skipif(sys.platform == "win32", reason="scripts are made in another way there")
def test_pytest_is_not_there(tmp_path: Path) -> None:
    write(tmp_path, {"test_it.py": "def test_a(): pass\n"})
    # An interpreter that finds no packages, which is what one without pytest looks like.
    bare = tmp_path / "bare"
    bare.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S -I "$@"\n', encoding="utf-8")
    bare.chmod(0o755)
    run = run_once(tmp_path, Options(python=str(bare)))
    assert run.problem is not None
    assert "No module named 'pytest'" in run.problem


def test_interpreter_is_not_there(tmp_path: Path) -> None:
    write(tmp_path, {"test_it.py": "def test_a(): pass\n"})
    with pytest.raises(OSError, match="nowhere"):
        run_once(tmp_path, Options(python=str(tmp_path / "nowhere")))


def test_some_files_cannot_be_collected(tmp_path: Path) -> None:
    write(tmp_path, {"test_a.py": "def test_a(): pass\n", "test_b.py": "import nowhere_at_all\n"})
    run = run_once(tmp_path, Options(arguments=("--continue-on-collection-errors",)))
    assert results(run) == {"test_a": "passed", "test_b.py": "error"}
    assert run.problem is None


def test_many_tests(tmp_path: Path) -> None:
    write(tmp_path, {"test_it.py": "import pytest\n@pytest.mark.parametrize('n', range(2000))\ndef test_a(n): pass\n"})
    run = run_once(tmp_path)
    assert len(run.attempts) == 2000
    assert set(results(run).values()) == {"passed"}


def test_a_run_that_never_begins_keeps_the_known_root(tmp_path: Path) -> None:
    runner = Runner(Options(), write(tmp_path, {"test_it.py": "def test_a(): pass\n"}))
    runner.run(Planned("given", 1))
    (tmp_path / "pytest.ini").write_text("[pytest\n", encoding="utf-8")
    assert not runner.run(Planned("given", 1)).usable
    assert Path(runner.session.rootdir) == tmp_path
