"""``.isolator/changes.json``: the files that the latest ``fix --write`` changed, as they were and as they are.

    {"version": 1,
     "files": [{"path", "name", "before": text or null, "after": text}…],
     "taken_back": [{"path", "line", "code", "message", "evidence": {node id: how it is worse}}…]}

The findings to it stand in ``fixes.json``. A byte that is not UTF-8 is kept as a lone surrogate. ``isolator confirm
--html`` shows what was rewritten by it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from isolator.batch import Outcome
from isolator.blame import Blame

NAME = "changes.json"
VERSION = 1


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


def changed(outcomes: Iterable[Outcome]) -> tuple[Changed, ...]:
    """The files that were written."""
    return tuple(
        Changed(o.file.path, o.file.name, o.before, o.after)
        for o in outcomes
        if o.after is not None and o.error is None
    )


def taken_back(blames: Iterable[Blame]) -> tuple[TakenBack, ...]:
    """The findings whose rewrites were taken back."""
    return tuple(
        TakenBack(blame.unit.path, finding.span.line, finding.code, finding.message, blame.worse)
        for blame in blames
        for finding in blame.unit.findings
    )


def to_json(files: Sequence[Changed], back: Sequence[TakenBack]) -> str:
    """The document, in ASCII, with a newline at its end."""
    document = {
        "version": VERSION,
        "files": [{"path": f.path, "name": f.name, "before": _text(f.before), "after": _text(f.after)} for f in files],
        "taken_back": [vars(each) for each in back],
    }
    return json.dumps(document, indent=1) + "\n"


def read(path: Path) -> tuple[tuple[Changed, ...], tuple[TakenBack, ...]]:
    """What a file holds; nothing if it is not there, or is none of ours: then there is nothing to show."""
    try:
        document = json.loads(path.read_bytes())
        if document["version"] != VERSION:
            return (), ()
        return tuple(map(_file, document["files"])), tuple(TakenBack(**each) for each in document["taken_back"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return (), ()


def _file(file: dict[str, Any]) -> Changed:
    before = None if file["before"] is None else _bytes(file["before"])
    return Changed(str(file["path"]), str(file["name"]), before, _bytes(file["after"]))


def _text(data: bytes | None) -> str | None:
    return None if data is None else data.decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
