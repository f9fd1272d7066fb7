"""Evidence in the terms of isolator: pytest's root, to which its paths are relative, may be another directory."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from isolator.evidence.model import Evidence


def rebased(evidence: Evidence, bases: Sequence[Path], root: Path) -> Evidence:
    """The evidence with files and node ids relative to ``root``.

    They are relative to the first of ``bases`` in which a file of the tests exists; as they are if that is in none.
    """
    files = {test.partition("::")[0] for test in evidence.tests or {}}
    base = next((base for base in bases if any((base / file).is_file() for file in files)), root)
    return evidence if base == root else _moved(evidence, base, root)


def _moved(evidence: Evidence, base: Path, root: Path) -> Evidence:
    @cache
    def path(file: str) -> str:
        return Path(os.path.relpath(base / file, root)).as_posix()

    def node(test: str) -> str:
        file, separator, inner = test.partition("::")
        return f"{path(file)}{separator}{inner}"

    def cell(path_: str) -> str:
        return node(path_) if "::" in path_ else path_

    return replace(
        evidence,
        tests={node(test): ends for test, ends in (evidence.tests or {}).items()},
        leaks=tuple(replace(e, test=node(e.test), file=e.file and path(e.file)) for e in evidence.leaks),
        edges=tuple(
            replace(e, polluter=node(e.polluter), reader=node(e.reader), file=path(e.file)) for e in evidence.edges
        ),
        assumed=tuple(replace(e, test=node(e.test), file=path(e.file)) for e in evidence.assumed),
        caches=tuple(replace(e, file=path(e.file), tests=tuple(map(node, e.tests))) for e in evidence.caches),
        initializers=tuple(
            replace(e, file=path(e.file), tests=tuple(map(node, e.tests))) for e in evidence.initializers
        ),
        cells=tuple(
            replace(
                e,
                tests=tuple(map(node, e.tests)),
                places=tuple(each and path(each) for each in e.places),
                cleaners=tuple(map(node, e.cleaners)),
            )
            for e in evidence.cells
        ),
        causes=tuple(replace(e, test=node(e.test), cells=tuple(map(cell, e.cells))) for e in evidence.causes),
        set_ups=tuple(replace(e, test=node(e.test), setters=tuple(map(node, e.setters))) for e in evidence.set_ups),
        hangs=tuple(replace(e, test=node(e.test)) for e in evidence.hangs),
        inherited=tuple(replace(e, test=node(e.test)) for e in evidence.inherited),
        writing=None if evidence.writing is None else tuple(map(node, evidence.writing)),
    )
