"""One file: find, rewrite, guard. Bytes in, bytes and findings out; nothing is read from or written to a disk here."""

from __future__ import annotations

from dataclasses import dataclass

from codemods.context import Context
from codemods.rule import Finding


@dataclass(frozen=True)
class Selection:
    """Which rules count (codes or prefixes of codes; ``ignore`` wins) and whether unsafe fixes are taken in."""

    select: tuple[str, ...] = ("ISO",)
    ignore: tuple[str, ...] = ()
    unsafe_fixes: bool = False


@dataclass(frozen=True)
class Rewrite:
    """What became of one file.

    ``source`` are the bytes as they would be written, the given ones where nothing changed. ``fixed`` are findings
    that the new bytes mend, ``left`` the others, both in the order of the given file. ``error`` is one line that says
    why the file could not be read or rewritten (ISO000), or None.
    """

    path: str
    source: bytes
    fixed: tuple[Finding, ...] = ()
    left: tuple[Finding, ...] = ()
    error: str | None = None


def check(
    data: bytes, path: str, context: Context, selection: Selection, tests: tuple[str, ...] | None = None
) -> Rewrite:
    """Findings only, all of them in ``left``; LibCST is never imported. ``tests`` as in ``Source``."""
    raise NotImplementedError


def rewrite(
    data: bytes, path: str, context: Context, selection: Selection, tests: tuple[str, ...] | None = None
) -> Rewrite:
    """Findings, and the file with every selected fix applied."""
    raise NotImplementedError
