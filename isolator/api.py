"""The Python API of isolator: ``check`` and ``fix`` as functions.

    import isolator

    for found in isolator.check(["tests"]):
        print(found.path, found.finding.span.line, found.finding.message)

    result = isolator.rewrite(b"import os\\n...", path="tests/test_it.py")
    print(result.source.decode(), result.fixed, result.left, result.error)

The code that is read is never imported or executed, and no file is written.
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

    ``source`` is the contents of a file, ``path`` its path below the root of its project. If the file cannot be
    read, ``error`` says why, and ``source`` is returned unchanged. Rewrites that the guard rejects are not applied, and
    are listed in ``problems``.
    """
    selection = Selection(tuple(select), tuple(ignore), unsafe_fixes)
    return engine.rewrite(source, path, Context(), selection)


def check(
    paths: Iterable[str | PathLike[str]] = (), *, select: Sequence[str] = (), ignore: Sequence[str] = ()
) -> list[Found]:
    """All findings in files, directories and node ids, with the settings of their project.

    The default paths are those of the settings, or of pytest. Raises ``isolator.Failure`` for an unknown rule.
    """
    request = Request(tuple(fspath(path) for path in paths), tuple(select), tuple(ignore), jobs=1)
    found = []
    with scan(request, engine.check) as scanned:
        for outcome in scanned.outcomes:
            if outcome.error is not None:
                found.append(Found(outcome.file.path, None, outcome.error))
            found += [Found(outcome.file.path, finding) for finding in outcome.left]
    return found
