"""Who writes variables, and who leaves them changed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from types import CodeType, FrameType
from typing import Any

from ..frames import IMPORT, MOCK, MONKEYPATCH, PROJECT, PYTEST
from ..watch import CALLER, Watch
from .taps import OWN, outside
from .variables import name_of

_ENCODING = "" if os.name == "nt" else sys.getfilesystemencoding()  # Windows has text, in capitals
_encode = os.fsencode if _ENCODING else str.upper

Writer = tuple[str, Any, CodeType, int]  # the test, the phase as pytest tells it, the code and the line


class Writes:
    """The variables that are written, the code that does it, and what is left changed.

    ``touched`` is what this test has written; ``given`` what is written before the first test, for all of them.
    ``cleared`` within a ``patch.dict`` that emptied the environment. ``leaked`` is who left a variable changed.
    """

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.writers: dict[Any, Writer] = {}
        self.patchers: dict[Any, Writer] = {}  # by mock and monkeypatch, who mean to take it back
        self.touched: set[Any] = set()
        self.again: dict[Any, bool] = {}  # whether this test only wrote by hand what it found there
        self.given: frozenset[Any] = frozenset()
        self.cleared = False
        self.leaked: dict[str, str] = {}
        self.baseline: dict[Any, Any] = {}

    def started(self) -> None:
        """A test begins."""
        if self.touched or self.cleared:
            self.touched, self.cleared = set(), False

    def collected(self) -> None:
        """The first test is about to begin."""
        self.baseline, self.given = variables(), frozenset(self.touched)

    def wrote(self, event: str, args: tuple[Any, ...]) -> None:
        """A variable is written or removed."""
        frame = outside(sys._getframe(CALLER))
        if frame is not None and args[0] not in OWN:
            self.changed(frame, {args[0]: args[1] if event == "os.putenv" else None})

    def emptied(self, environ: Any) -> None:  # noqa: ANN401
        """All variables are removed."""
        frame = outside(sys._getframe(CALLER))
        if frame is not None:
            self.changed(frame, dict.fromkeys(key for key in environ._data if key not in OWN))

    def changed(self, frame: FrameType, values: Mapping[Any, Any]) -> None:
        """Variables are given values, or removed."""
        code = frame.f_code
        kind = self.watch.kinds[code.co_filename]
        if kind == MOCK and code.co_name in ("_clear_dict", "_unpatch_dict"):
            self.cleared = frame.f_back is not None and frame.f_back.f_code.co_name == "_patch_dict"
            return
        if kind == MONKEYPATCH and code.co_name == "undo":
            return
        self.touched.update(values)
        by_hand = kind not in (MOCK, MONKEYPATCH)
        self.written_by(self.inner(frame), [*values], self.writers if by_hand else self.patchers)
        if self.watch.test is not None:
            before = self.watch.recorder.before
            for key, value in values.items():
                same = by_hand and value is not None and value == before.get(key)
                self.again[key] = same and self.again.get(key, True)

    def written_by(self, frame: FrameType | None, keys: list[Any], meant: dict[Any, Writer]) -> None:
        """Note the line of the project that does it."""
        if frame is None:
            return
        test = self.watch.test
        phase = b"(collection)" if test is None else self.watch.phase
        meant.update(dict.fromkeys(keys, (test or self.watch.place, phase, frame.f_code, frame.f_lineno)))
        if test is not None and meant is self.writers:
            self.watch.once("write", test)

    def inner(self, frame: FrameType | None) -> FrameType | None:
        """The first frame of the project; none of those that imported a library, or ran pytest."""
        while frame is not None:
            kind = self.watch.kinds[frame.f_code.co_filename]
            if kind in PROJECT:
                return frame
            if kind == PYTEST or (kind == IMPORT and self.watch.test is None):
                return None
            frame = frame.f_back
        return None

    def leaked_by(self, tests: list[str], names: list[str], scope: str) -> None:
        """Write down who left these variables changed at the end of this scope, which belongs to these tests.

        Those that have their first value again are not a leak: that test has cleaned up.
        """
        data: Any = getattr(os.environ, "_data", None)
        for name in names:
            key = _encode(name)
            if data is not None and data.get(key) == self.baseline.get(key) and not self.watch.collecting:
                self.leaked.pop(name, None)
                continue
            test, phase, code, line = next(self.candidates(key, tests), (tests[-1], None, None, None))
            if code is None and self.watch.collecting:
                continue  # a library's own affair
            file = None if code is None else self.watch.kinds.relative(code.co_filename)
            function = None if code is None else code.co_name
            present = name in os.environ if data is None else key in data
            state = "set" if present else "unset"
            self.watch.write("leak", name, test, file, line, function, _phase(phase), scope, state)
            self.leaked[name] = test

    def candidates(self, key: object, tests: list[str]) -> Iterator[Writer]:
        """Who of these tests wrote a variable last, by hand at best."""
        found = (writers[key] for writers in (self.writers, self.patchers) if key in writers)
        return (writer for writer in found if writer[0] in tests)

    def repeated(self) -> None:
        """Blame the test for what it wrote as an earlier one had left it, which shows no difference.

        def test_a(): os.environ["MODE"] = "1"
        def test_b(): os.environ["MODE"] = "1"
        """
        if not self.again:
            return
        names = [name_of(key) for key, found in self.again.items() if found]
        self.again = {}
        if self.watch.test is not None and names:
            scopes = self.watch.recorder.scopes
            self.leaked_by([self.watch.test], [name for name in names if name not in scopes], "function")


def variables() -> dict[Any, Any]:
    """The environment as it is."""
    return dict(getattr(os.environ, "_data", {}))


def _phase(told: str | bytes | None) -> str:
    """The phase in what pytest tells; that of the test itself where it is not known."""
    phase = os.fsdecode(told or "").rpartition("(")[2].rstrip(")")
    return phase if phase in ("setup", "teardown", "collection") else "call"
