"""isolator for other programs: what ``check`` and ``fix`` do, as functions.

    import isolator

    for found in isolator.check(["tests"]):
        print(found.path, found.finding.span.line, found.finding.message)

    result = isolator.rewrite(b"import os\\n...", path="tests/test_it.py")
    print(result.source.decode(), result.fixed, result.left, result.error)

Nothing is imported or executed of the code that is read, and no file is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from os import PathLike, fspath

from codemods.context import Context
from codemods.rule import Finding
from isolator.engine import engine
from isolator.engine.engine import Rewrite, Selection
from isolator.engine.scan import scan
from isolator.project.request import Request


@dataclass(frozen=True)
class Found:
    """A finding, or (``finding`` is None) the reason why a file could not be read; ``path`` as it was found."""

    path: str
    finding: Finding | None
    error: str | None = None


def rewrite(
    source: bytes,
    path: str = "test_source.py",
    *,
    select: Sequence[str] = ("ISO",),
    ignore: Sequence[str] = (),
    unsafe_fixes: bool = False,
) -> Rewrite:
    """The file with every selected fix applied, by the rules that need no settings; a pure function.

    ``source`` are the bytes of a file, ``path`` is what it would be called below the root of its project. What cannot
    be read is told in ``error``, and ``source`` is then as it was given; what the guard rejects is left out, and
    told in ``problems``.
    """
    selection = Selection(tuple(select), tuple(ignore), unsafe_fixes)
    return engine.rewrite(source, path, Context(), selection)


def check(
    paths: Iterable[str | PathLike[str]] = (), *, select: Sequence[str] = (), ignore: Sequence[str] = ()
) -> list[Found]:
    """Every finding in some files, directories and node ids, with the settings of the project they belong to.

    Without paths it looks where the settings, or pytest, say. Raises ``isolator.Failure`` for a rule that there is not.
    """
    request = Request(tuple(fspath(path) for path in paths), tuple(select), tuple(ignore), jobs=1)
    found = []
    with scan(request, engine.check) as scanned:
        for outcome in scanned.outcomes:
            if outcome.error is not None:
                found.append(Found(outcome.file.path, None, outcome.error))
            found += [Found(outcome.file.path, finding) for finding in outcome.left]
    return found
