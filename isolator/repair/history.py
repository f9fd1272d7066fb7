"""``.isolator/changes.json``: the files that the latest ``fix --write`` or ``deflake`` changed, before and after.

    {"version": 1,
     "files": [{"path", "name", "before": text or null, "after": text}…],
     "more": how many other files changed,
     "taken_back": [{"path", "line", "code", "message", "evidence": {node id: how it is worse}}…]}

The corresponding findings are in ``fixes.json``. A byte that is not UTF-8 is kept as a lone surrogate. The page of
``isolator confirm --html FILE`` shows the rewrites from this file.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from isolator.engine.batch import Outcome
from isolator.repair.blame import Blame
from isolator.system.files.atomic import write_whole
from isolator.system.files.stored import UnusableError, check_version, read_document, typed
from isolator.system.files.workdir import FIXES

NAME = "changes.json"
VERSION = 1
MOST = 200  # files: more than anybody reads, and little enough to be kept


@dataclass(frozen=True)
class Changed:
    """A file that was rewritten: ``path`` as the user is shown it, ``name`` relative to the root; None: a new file."""

    path: str
    name: str
    before: bytes | None
    after: bytes


@dataclass(frozen=True)
class TakenBack:
    """A finding whose fix was taken back, and the tests that were worse with it, each with how."""

    path: str
    line: int
    code: str
    message: str
    evidence: dict[str, str]


@dataclass
class Changes:
    """The first ``MOST`` files that were changed, by path, how many more there are, and what was taken back."""

    files: dict[str, Changed] = field(default_factory=dict)
    more: int = 0
    taken_back: tuple[TakenBack, ...] = ()

    def add(self, outcome: Outcome) -> None:
        """Take the outcome of a file into account. Of one that changes again it is known what it was at first."""
        if outcome.after is None or outcome.error is not None:
            return
        path = outcome.file.path
        if path in self.files:
            self.files[path] = Changed(path, outcome.file.name, self.files[path].before, outcome.after)
        elif len(self.files) < MOST:
            self.files[path] = Changed(path, outcome.file.name, outcome.before, outcome.after)
        else:
            self.more += 1


def taken_back(blames: Iterable[Blame]) -> tuple[TakenBack, ...]:
    """The findings whose rewrites were taken back."""
    return tuple(
        TakenBack(blame.unit.path, finding.span.line, finding.code, finding.message, blame.worse)
        for blame in blames
        for finding in blame.unit.findings
    )


def to_json(changes: Changes) -> str:
    """The document, in ASCII, with a newline at its end."""
    document = {
        "version": VERSION,
        "files": [
            {"path": f.path, "name": f.name, "before": _text(f.before), "after": _text(f.after)}
            for f in changes.files.values()
        ],
        "more": changes.more,
        "taken_back": [asdict(each) for each in changes.taken_back],
    }
    return json.dumps(document, indent=1) + "\n"


def keep(folder: Path, findings: str, changes: Changes) -> None:
    """Keep what was done, with its findings in JSON, for the reports of a later confirmation, if that can be done.

    The files themselves are written, which is what was asked for: a disk that is full does not undo that.
    """
    with contextlib.suppress(OSError):
        write_whole(folder / FIXES, findings.encode("utf-8", "backslashreplace"))
        write_whole(folder / NAME, to_json(changes).encode())


def read(path: Path) -> Changes:
    """What a file holds; nothing if it is not there, or is none of ours: then there is nothing to show."""
    try:
        return read_document(path, _changes, "is not a record of changes")
    except UnusableError:
        return Changes()


def _changes(document: dict[str, Any]) -> Changes:
    check_version(document, VERSION)
    files = {each.path: each for each in map(_file, document["files"])}
    back = tuple(typed(TakenBack, each) for each in document["taken_back"])
    return Changes(files, int(document["more"]), back)


def _file(file: dict[str, Any]) -> Changed:
    before = None if file["before"] is None else _bytes(file["before"])
    return Changed(str(file["path"]), str(file["name"]), before, _bytes(file["after"]))


def _text(data: bytes | None) -> str | None:
    return None if data is None else data.decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
