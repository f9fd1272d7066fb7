"""What earlier runs have found, so that a file which is still the same need not be looked at again.

Kept are findings, by the name of a file and a digest of its bytes: one document for each combination of settings,
version and Python, in ``.isolator/cache``. What had to be read at all may depend on other files as well (the code under
test, helpers), so that it counts only as long as the source tree is as it was; what no rule had to read depends on
nothing but its bytes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass, fields, is_dataclass, replace
from hashlib import blake2b
from json import dumps
from pathlib import Path
from typing import Any

from codemods.python.source import Span
from codemods.rule import Finding
from isolator.engine.batch import Work
from isolator.engine.engine import Kept, Rewrite
from isolator.engine.nested import Part
from isolator.system.files.atomic import write_whole
from isolator.system.files.stamp import stamp
from isolator.system.files.stored import UnusableError, read_document
from isolator.system.files.workdir import NAME, work_folder

FOLDER = "cache"
_DOCUMENTS = 8  # of other settings, that are kept too


@dataclass(frozen=True)
class Results:
    """The results for one combination of settings, in one file; ``tree`` is the stamp of the source tree now."""

    path: Path
    tree: str | None
    by_name: Mapping[str, Kept]

    def work(self, work: Work, names: Iterable[str], *, fixing: bool) -> Work:
        """The same work on some files, by their names, but on those whose results are known."""
        return Remembering(work, {name: self.by_name[name] for name in names if name in self.by_name}, fixing)

    def save(self, found: Mapping[str, Kept]) -> None:
        """Keep these results, and of the others those that still count; where that cannot be done nothing is kept."""
        results = {**self.by_name, **found}
        if results == self.by_name:
            return
        document = {"tree": self.tree, "results": {name: _row(kept) for name, kept in results.items()}}
        with suppress(OSError):
            work_folder(self.path.parents[2])
            self.path.parent.mkdir(exist_ok=True)
            write_whole(self.path, dumps(document, separators=(",", ":")).encode("utf-8", "surrogatepass"))
            _tidy_up(self.path.parent)


@dataclass(frozen=True)
class Remembering:
    """What is done to a file, unless its result is known: ``check``, or ``rewrite`` where there is nothing to fix."""

    work: Work
    results: Mapping[str, Kept]
    fixing: bool

    def __call__(self, data: bytes, path: str, *, tests: tuple[str, ...] | None) -> Rewrite:
        if tests is not None:
            return self.work(data, path, tests=tests)
        known, digest = self.results.get(path), _digest(data)
        if known is not None and known.digest == digest and not (self.fixing and _fixable(known.findings)):
            return Rewrite(path, data, left=known.findings)
        made = self.work(data, path, tests=tests)
        if made.error or made.problems or made.fixed or (self.fixing and _fixable(made.left)):
            return made
        return replace(made, kept=Kept(digest, made.read, made.left))


def earlier_results(root: Path, parts: Sequence[Part]) -> Results | None:
    """Results kept for the files of a project with these settings; None if nothing can be kept.

    Rules of other packages may depend on anything. The code itself is the version, so that changing it counts.
    """
    if any(part.context.extensions for part in parts):
        return None
    own = Path(__file__).parents[2]
    code = stamp([own / "codemods", own / "isolator"])
    settings = [(part.prefix, _plain(replace(part.context, run=0)), _plain(part.selection)) for part in parts]
    key = _digest(repr((sys.version, code, settings)).encode("utf-8", "surrogatepass"))
    roots = [part.context.root.joinpath(r) for part in parts for r in (Path(), *part.context.source_roots)]
    tree = stamp(roots)
    path = root / NAME / FOLDER / f"{key}.json"
    try:
        known = read_document(path, lambda document: _counting(document, tree), "is not a cache of isolator")
    except UnusableError:
        known = {}
    return Results(path, tree, known)


def _counting(document: Any, tree: str | None) -> dict[str, Kept]:  # noqa: ANN401
    """The results of a document that still count. Raises what reading it as something else raises."""
    same = tree is not None and document["tree"] == tree
    found = {name: _kept(row) for name, row in document["results"].items()}
    return {name: kept for name, kept in found.items() if same or not kept.read}


def _row(kept: Kept) -> list[object]:
    return [kept.digest, kept.read, [astuple(finding) for finding in kept.findings]]


def _kept(row: Any) -> Kept:  # noqa: ANN401
    digest, read, findings = row
    return Kept(str(digest), bool(read), tuple(map(_finding, findings)))


def _finding(values: Sequence[Any]) -> Finding:
    if len(values) != len(fields(Finding)):
        raise ValueError("a finding has other parts")
    code, name, message, span, test, fix, refusal, group, cells, caution, note, fixture = values
    where, cells = Span(*map(int, span)), tuple(cells)
    return Finding(code, name, message, where, test, fix, refusal, group, cells, caution, note, fixture)


def _fixable(findings: Sequence[Finding]) -> bool:
    return any(finding.fix is not None for finding in findings)


def _digest(data: bytes) -> str:
    return blake2b(data, digest_size=16).hexdigest()


def _plain(value: object) -> object:
    """A value of settings such that what is equal is written alike."""
    if is_dataclass(value) and not isinstance(value, type):
        return [(field.name, _plain(getattr(value, field.name))) for field in fields(value)]
    if isinstance(value, (set, frozenset)):
        return sorted(map(str, value))
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return os.fspath(value) if isinstance(value, Path) else value


def _tidy_up(folder: Path) -> None:
    """Remove the documents that were written longest ago."""
    documents = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for path in documents[_DOCUMENTS:]:
        path.unlink(missing_ok=True)
