"""The unified diff that ``git apply`` takes, byte for byte."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Literal

from isolator.engine.batch import Outcome
from isolator.project.gitignore import git_top

Tag = Literal["replace", "delete", "insert", "equal"]

_CONTEXT = 3
# Two blocks with no more pairs of lines than this are compared line by line, whatever it takes.
_PAIRS = 250_000
_ESCAPES = {byte: "\\" + letter for byte, letter in zip(b'\\"\a\b\t\n\v\f\r', '\\"abtnvfr', strict=True)}


def diff(outcomes: Iterable[Outcome], root: Path) -> Iterator[bytes]:
    """The diff of every file that would change.

    Paths are as ``git diff`` has them, relative to the top of the working tree that the current directory is in, or
    to the current directory if there is none; for a file elsewhere, to the top of its own tree, or to ``root``.
    """
    here = Path(os.path.realpath(Path.cwd()))
    base = git_top(here) or here
    for outcome in outcomes:
        if outcome.after is not None:
            path = Path(os.path.realpath(outcome.file.path))
            near = base if base in path.parents else git_top(path.parent) or Path(os.path.realpath(root))
            yield from file_diff(os.path.relpath(path, near), outcome.before, outcome.after)


def coloured(part: bytes) -> bytes:
    """A part of a diff as git colours it."""
    names = (b"diff ", b"--- ", b"+++ ", b"new file")
    paint = b"1" if part.startswith(names) else {b"+": b"32", b"-": b"31", b"@": b"36"}.get(part[:1])
    text = part.rstrip(b"\r\n")
    return part if paint is None else b"\x1b[%sm%s\x1b[0m%s" % (paint, text, part[len(text) :])


def file_diff(path: str, before: bytes | None, after: bytes) -> Iterator[bytes]:
    """The diff of one file, the relative path of which is given; ``before`` is None for a new file."""
    name = os.fsencode(path.replace(os.sep, "/"))
    old, new = _quoted(b"a/" + name), _quoted(b"b/" + name)
    yield b"diff --git %s %s\n" % (old, new)
    if before is None:
        yield b"new file mode 100644\n"
    # A name with a blank is ended by a tab, or the blank would be taken for its end.
    tab = b"\t" if b" " in name else b""
    yield b"--- %s\n" % (b"/dev/null" if before is None else old + tab)
    yield b"+++ %s\n" % (new + tab)
    yield from _hunks(_lines(before or b""), _lines(after))


class _Lines(SequenceMatcher[bytes]):
    """Lines of two files. One that stands in many places is not taken as a landmark: that would take too long.

    So it would be shown as removed and added again, with its neighbours: what changed is compared once more by itself.
    """

    def __init__(self, old: Sequence[bytes], new: Sequence[bytes]) -> None:
        self.old, self.new = old, new
        super().__init__(None, old, new)

    def get_opcodes(self) -> list[tuple[Tag, int, int, int, int]]:
        """What became of each block, as in the base class."""
        found: list[tuple[Tag, int, int, int, int]] = []
        for tag, i1, i2, j1, j2 in super().get_opcodes():
            if tag == "replace" and (i2 - i1) * (j2 - j1) <= _PAIRS:
                closer = SequenceMatcher(None, self.old[i1:i2], self.new[j1:j2], autojunk=False)
                found += [(t, i1 + a, i1 + b, j1 + c, j1 + d) for t, a, b, c, d in closer.get_opcodes()]
            else:
                found.append((tag, i1, i2, j1, j2))
        return found


def _hunks(old: Sequence[bytes], new: Sequence[bytes]) -> Iterator[bytes]:
    for group in _Lines(old, new).get_grouped_opcodes(_CONTEXT):
        _, old_start, _, new_start, _ = group[0]
        _, _, old_end, _, new_end = group[-1]
        yield b"@@ -%s +%s @@\n" % (_range(old_start, old_end), _range(new_start, new_end))
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                yield from _body(b" ", old[i1:i2])
            else:
                yield from _body(b"-", old[i1:i2])
                yield from _body(b"+", new[j1:j2])


def _range(start: int, end: int) -> bytes:
    # An empty range names the line before it.
    length = end - start
    return b"%d,%d" % (start + 1 if length else start, length)


def _body(mark: bytes, lines: Iterable[bytes]) -> Iterator[bytes]:
    for line in lines:
        yield mark + line
        if not line.endswith(b"\n"):
            yield b"\n\\ No newline at end of file\n"


def _lines(data: bytes) -> list[bytes]:
    # git ends a line at \n only; bytes.splitlines would also do so at \r.
    return [line + b"\n" for line in data.split(b"\n")[:-1]] + ([last] if (last := data.rpartition(b"\n")[2]) else [])


def _quoted(name: bytes) -> bytes:
    """The name as git writes it: in quotes, with escapes, if a byte of it is not plain ASCII."""
    if all(0x20 <= byte < 0x7F and byte not in _ESCAPES for byte in name):
        return name
    escaped = "".join(_ESCAPES.get(byte) or (chr(byte) if 0x20 <= byte < 0x7F else f"\\{byte:03o}") for byte in name)
    return b'"%s"' % escaped.encode()
