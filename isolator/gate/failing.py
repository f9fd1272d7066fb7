"""What is told of a test that leaves state changed, and how its report is made to fail."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Iterable, Iterator, Sequence

import pytest

from codemods.context import is_restorable
from isolator.gate.seen import Left
from isolator.pytest_runs.plugin.frames import TEST, Kinds

_MOST = 5  # suspects that are named


class LeftChanged(pytest.fail.Exception):  # type: ignore[misc,name-defined]
    """A test leaves state changed."""

    __module__ = "builtins"  # so pytest names its own exceptions


def fail(report: pytest.TestReport, found: Sequence[Left], config: pytest.Config, kinds: Kinds) -> None:
    """Let the tear-down of a test have failed; if it has failed already, what is found is a section of its report."""
    text = "\n".join(lines(found, config, kinds))
    if report.failed:
        report.sections.append(("isolator gate", text))
        return
    if hasattr(report, "wasxfail"):
        del report.wasxfail
    report.outcome = "failed"
    try:
        raise LeftChanged(text, pytrace=False)
    except LeftChanged:
        kind, error, traceback = sys.exc_info()
        assert kind is not None
        assert error is not None
        assert traceback is not None
        made = pytest.ExceptionInfo.from_exc_info((kind, error, traceback)).getrepr(style="value")
    place = next((left.place for left in found if left.place), None)
    crash = getattr(made, "reprcrash", None)
    if crash is not None:  # which pytest prints as the place of the error
        file, line = place or (report.location[0], (report.location[1] or 0) + 1)
        crash.path, crash.lineno = str(config.rootpath / file), line
    report.longrepr = made


def lines(found: Sequence[Left], config: pytest.Config, kinds: Kinds) -> Iterator[str]:
    """What is left changed, by whom, and what to do."""
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    yield f"state is left changed: {found[0].cell}{more}"
    for left in found:
        place = f", changed at {left.place[0]}:{left.place[1]}" if left.place else ""
        yield f"  {left.cell} ({left.kind}){place}{_by(left)}"
    if not all(left.place for left in found):
        files = sorted({left.test.partition("::")[0] for left in found})
        yield f"To see the line that changes it: isolator observe -- {_words(files, config)}"
    yield from _fixes(found, config, kinds)
    yield "To allow it: add it, with a reason, to `allow` in [tool.isolator.gate] of pyproject.toml"


def _fixes(found: Sequence[Left], config: pytest.Config, kinds: Kinds) -> Iterator[str]:
    """What fixes it: a test's own line is rewritten; for the code under test a fixture is, once the cell is named."""
    by_tests = [left for left in found if left.place is None or _is_of_tests(left.place[0], kinds, config)]
    files = sorted({left.place[0] if left.place else left.test.partition("::")[0] for left in by_tests})
    if files:
        yield f"To fix it: isolator fix --write {_words(files, config)}"
    for key, cells in _settings([left for left in found if left not in by_tests or left.place is None]):
        doing = "If it is the code under test that changes it" if files else "To fix it"
        yield f"{doing}: add {key} = [{cells}] to [tool.isolator], and run `isolator fix --write`"


def _settings(found: Iterable[Left]) -> Iterator[tuple[str, str]]:
    """The settings that have ISO301 and ISO303 write a fixture, which puts back what code under test changes."""
    variables, states = [], []
    for left in found:
        if left.kind == "environment":
            variables.append(left.cell[len('os.environ["') : -len('"]')])
        elif is_restorable(cell := left.cell.partition("[")[0] if left.kind == "heap" else left.cell):
            states.append(cell)
    for key, cells in (("critical-env", variables), ("leaked-state", states)):
        if cells:
            yield key, ", ".join(json.dumps(cell, ensure_ascii=False) for cell in dict.fromkeys(cells))


def _is_of_tests(file: str, kinds: Kinds, config: pytest.Config) -> bool:
    return kinds[str(config.rootpath / file)] == TEST


def _words(files: Iterable[str], config: pytest.Config) -> str:
    """Files of node ids, as arguments of a shell where pytest was started."""
    return " ".join(shlex.quote(_from_here(file, config)) for file in files)


def _by(left: Left) -> str:
    """Whose it is, where that is not the test alone."""
    if left.suspects:
        rest = f" and {len(left.suspects) - _MOST} more" if len(left.suspects) > _MOST else ""
        names = ", ".join(left.suspects[-_MOST:])
        return (
            f"\n    by this test or one right before it, for these are too short for a look after each: {names}{rest}"
            "\n    run pytest once more: then there is one after each"
        )
    return f", by the fixture `{left.fixture}` of {left.test}" if left.fixture else ""


def _from_here(file: str, config: pytest.Config) -> str:
    """A file of a node id, from where pytest was started."""
    try:
        return os.path.relpath(str(config.rootpath / file), str(config.invocation_params.dir)).replace(os.sep, "/")
    except ValueError:  # on another drive
        return file
