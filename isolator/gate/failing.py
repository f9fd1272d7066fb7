"""The message about a test that leaves state changed, and how its report is made to fail."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest

from codemods.restorable import is_restorable
from codemods.rule import Finding
from isolator.gate.seen import Left
from isolator.gate.sources import Sources

_MOST = 5  # suspects that are named


class LeftChanged(pytest.fail.Exception):  # type: ignore[misc,name-defined]
    """A test leaves state changed."""

    __module__ = "builtins"  # so pytest names its own exceptions


@dataclass(frozen=True)
class Explained:
    """What is left changed, with its line if that is known, and what ``isolator check`` finds there."""

    left: Left
    finding: Finding | None

    @property
    def file(self) -> str:
        """The file that it is changed in if that is known, else that of the test."""
        return self.left.place[0] if self.left.place else self.left.test.partition("::")[0]


def fail(report: pytest.TestReport, found: Sequence[Left], config: pytest.Config, sources: Sources) -> None:
    """Let the tear-down of a test have failed; if it has failed already, what is found is a section of its report."""
    explained = [_explained(left, sources) for left in found]
    text = "\n".join(lines(explained, config))
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
    place = next((each.left.place for each in explained if each.left.place), None)
    crash = getattr(made, "reprcrash", None)
    if crash is not None:  # which pytest prints as the place of the error
        file, line = place or (report.location[0], (report.location[1] or 0) + 1)
        crash.path, crash.lineno = str(config.rootpath / file), line
    report.longrepr = made


def _explained(left: Left, sources: Sources) -> Explained:
    finding = sources.finding(left)
    if finding is None or left.place is not None:
        return Explained(left, finding)
    return Explained(left._replace(place=(left.test.partition("::")[0], finding.span.line)), finding)


def lines(found: Sequence[Explained], config: pytest.Config) -> Iterator[str]:
    """What is left changed, by which test, and what to do."""
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    yield f"state is left changed: {found[0].left.cell}{more}"
    for left in (each.left for each in found):
        place = f", changed at {left.place[0]}:{left.place[1]}" if left.place else ""
        yield f"  {left.cell} ({left.kind}){place}{_by(left)}"
    unseen = [each for each in found if not each.left.place]
    if unseen:
        yield f"To see the line that changes it: isolator observe -- {_words(unseen, config)}"
    yield from _fixes(found, config)
    yield "To allow it: add it, with a reason, to `allow` in [tool.isolator.gate] of pyproject.toml"


def _fixes(found: Sequence[Explained], config: pytest.Config) -> Iterator[str]:
    """What fixes it: a test's own line is rewritten; for all else a fixture is, once the cell is named."""
    for how, option in (("safe", ""), ("unsafe", "--unsafe-fixes ")):
        files = _words([each for each in found if each.finding is not None and each.finding.fix == how], config)
        if files:
            yield f"To fix it: isolator fix --write {option}{files}"
    left = [each for each in found if each.finding is None or each.finding.fix is None]
    for key in ("critical-env", "leaked-state"):
        cells = dict.fromkeys(cell for which, cell in map(_setting, left) if which == key)
        if cells:
            named = ", ".join(json.dumps(cell, ensure_ascii=False) for cell in cells)
            yield f"To fix it: add {key} = [{named}] to [tool.isolator], and run `isolator fix --write`"
    for reason in dict.fromkeys(each.finding.refusal for each in left if each.finding and not _setting(each)[0]):
        yield f"To fix it by hand: isolator explain {reason}"


def _setting(each: Explained) -> tuple[str, str]:
    """The setting that has ISO301 or ISO303 write a fixture, which puts the cell back; empty if there is none."""
    left = each.left
    if left.kind == "environment":
        return "critical-env", left.cell[len('os.environ["') : -len('"]')]
    cell = left.cell.partition("[")[0] if left.kind == "heap" else left.cell
    return ("leaked-state", cell) if is_restorable(cell) else ("", "")


def _by(left: Left) -> str:
    """Whose it is, where that is not the test alone."""
    if left.suspects:
        rest = f" and {len(left.suspects) - _MOST} more" if len(left.suspects) > _MOST else ""
        names = ", ".join(left.suspects[-_MOST:])
        return (
            f"\n    by this test or one right before it (too short to be checked one by one): {names}{rest}"
            "\n    run pytest once more: then there is one after each"
        )
    return f", by the fixture `{left.fixture}` of {left.test}" if left.fixture else ""


def _words(found: Sequence[Explained], config: pytest.Config) -> str:
    """The files, as arguments of a shell where pytest was started."""
    return " ".join(shlex.quote(_from_here(file, config)) for file in sorted({each.file for each in found}))


def _from_here(file: str, config: pytest.Config) -> str:
    """A file of a node id, from where pytest was started."""
    try:
        return os.path.relpath(str(config.rootpath / file), str(config.invocation_params.dir)).replace(os.sep, "/")
    except ValueError:  # on another drive
        return file
