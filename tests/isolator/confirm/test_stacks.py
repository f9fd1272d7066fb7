"""Where a test hangs: what faulthandler has written, as people need it."""

from __future__ import annotations

from pathlib import Path

from isolator.pytest_runs.run.stacks import told
from isolator.report.runs.hangs import Part, folded, parts, place

TEST = "tests/test_a.py::TestX::test_waits[1]"


def dump(root: Path) -> str:
    """Two threads and a task, as they are written down, and lines that are none of theirs."""
    return f"""\
Timeout (0:00:02)!
Thread 0x00007f01 (most recent call first):
  File "/usr/lib/python3.11/threading.py", line 327 in wait
  File "/usr/lib/python3.11/threading.py", line 1002 in _bootstrap

Current thread 0x00007f02 (most recent call first):
  File "/usr/lib/python3.11/selectors.py", line 468 in select
  File "{root}/.venv/lib/python3.11/site-packages/_pytest/runner.py", line 10 in pytest_runtest_call
  File "{root}/tests/conftest.py", line 3 in pytest_runtest_call

Extension modules: a, b (total: 2)

Task Task-3 (most recent call first):
  File "/usr/lib/python3.11/asyncio/locks.py", line 213 in wait
  File "{root}/app/caf\\xe9.py", line 2 in wait_for_approval
  File "{root}/.venv/lib/python3.11/site-packages/anyio/to_thread.py", line 7 in call
  File "{root}/tests/test_a.py", line 2 in TestX.test_waits
  File "{root}/tests/helper.py", line 9 in wrapper

Task Task-4 (most recent call first):
  File "C:\\Python311\\Lib\\asyncio\\tasks.py", line 1 in sleep
isolator: that is all
"""


def test_the_line_of_the_test_comes_first(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_a.py").write_text("def test_waits():\n    wait()\n", encoding="utf-8")
    stack = told(dump(tmp_path), tmp_path, [TEST])
    assert (
        stack
        == """\
task Task-3, which waits
  tests/test_a.py:2 in TestX.test_waits: wait()
    anyio/to_thread.py:7 in call
  app/café.py:2 in wait_for_approval
    asyncio/locks.py:213 in wait
the main thread
  tests/conftest.py:3 in pytest_runtest_call
    _pytest/runner.py:10 in pytest_runtest_call
    selectors.py:468 in select
task Task-4, which waits
    asyncio/tasks.py:1 in sleep"""
    )
    assert place(stack) == "tests/test_a.py:2 in TestX.test_waits: wait(), in app/café.py:2 in wait_for_approval"
    assert [*folded(stack)][1:5] == [
        "  tests/test_a.py:2 in TestX.test_waits: wait()",
        "    (1 line of anyio)",
        "  app/café.py:2 in wait_for_approval",
        "    (1 line of asyncio)",
    ]
    assert [*parts(stack)][-1] == Part(("    asyncio/tasks.py:1 in sleep",), "1 line of asyncio")


def test_where_nothing_of_the_project_runs_all_is_shown(tmp_path: Path) -> None:
    text = 'Thread 0x01 (most recent call first):\n  File "/opt/x/y/z.py", line 3 in f\n'
    stack = told(text, tmp_path, [])
    assert stack == "another thread\n    y/z.py:3 in f"
    assert [*folded(stack)] == stack.splitlines()
    assert place(stack) == ""
    assert told("Fatal Python error: none\n", tmp_path, []) is None


def test_of_very_many_tasks_some_are_shown(tmp_path: Path) -> None:
    text = "".join(f'Task T{n} (most recent call first):\n  File "{tmp_path}/a.py", line 1 in f\n' for n in range(22))
    lines = (told(text, tmp_path, []) or "").splitlines()
    assert (len(lines), lines[-1]) == (41, "2 more tasks, which wait")


def test_the_stack_of_an_earlier_isolator_is_shown_as_it_is() -> None:
    old = 'Thread 0x01 (most recent call first):\n  File "a.py", line 1 in f'
    assert [*folded(old)] == old.splitlines()
