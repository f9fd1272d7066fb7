"""Which code looks variables up, and which caches keep them."""

from __future__ import annotations

import functools
import os
import re
import sys
import threading
from collections import defaultdict
from collections.abc import MutableMapping
from types import FrameType
from typing import Any

from ..frames import CODE, DEEP, MOCK, MONKEYPATCH, Frame, project
from ..watch import CALLER, Watch
from .caches import Caches
from .reads import COPY, Copies, Read
from .taps import outside
from .writes import Writes

# Variables that all programs read, and that do not configure the code under test.
_NOISE = re.compile(
    "(PYTEST|PYTHON|COV|COVERAGE|LC|XDG|HYPOTHESIS)_.*|PYTHON.*|PATH|HOME|PWD|OLDPWD|USER|LOGNAME|SHELL|HOSTNAME"
    "|TMPDIR|TEMP|TMP|LANG|LANGUAGE|TZ|TERM|COLUMNS|LINES|PAGER|EDITOR|NO_COLOR|FORCE_COLOR|COLORTERM|DISPLAY"
    "|APPDATA|LOCALAPPDATA|USERPROFILE|SYSTEMROOT|COMSPEC|PATHEXT"
)
_ENCODING = "" if os.name == "nt" else sys.getfilesystemencoding()  # Windows has text, in capitals
_ABC = MutableMapping.popitem.__globals__
_POPITEM, _POP = MutableMapping.popitem.__code__, MutableMapping.pop.__code__
_NO_DEFAULT = getattr(MutableMapping, "_MutableMapping__marker", None)


class Lookups:
    """The variables that are looked up, and the caches filled meanwhile."""

    def __init__(self, watch: Watch, writes: Writes) -> None:
        self.watch, self.writes = watch, writes
        self.reading: defaultdict[int, Copies] = defaultdict(Copies)  # by thread
        self.caches = Caches(watch.kinds)

    def looked_up(self, environ: Any, name: object) -> None:  # noqa: ANN401
        """A variable is looked up."""
        if not isinstance(name, str) or (self.watch.test is None and not self.watch.collecting):
            return
        caller = sys._getframe(CALLER)
        if caller.f_globals is _ABC and caller.f_code is _POPITEM:
            return  # the environment is being emptied
        data, copies = environ._data, self.reading[threading.get_ident()]
        key: Any = name.encode(_ENCODING, "surrogateescape") if _ENCODING else name.upper()
        if copies.goes_on(key):
            if copies.length == COPY:
                self.copied(caller)
            return
        self.settle(copies)
        if next(iter(data), None) == key:
            copies.begin(data)
        if not _noise(name):
            self.sought(caller, copies, name, key, key in data)

    def sought(self, caller: FrameType, copies: Copies, name: str, key: Any, found: bool) -> None:  # noqa: ANN401
        """This one variable is looked up, or it is the first of a copy."""
        frame = outside(caller)
        if frame is None:
            return
        code = frame.f_code
        kind = self.watch.kinds[code.co_filename]
        if kind == MONKEYPATCH and code.co_name != "undo":
            self.writes.touched.add(key)  # it is about to be set or removed
        if kind in (MONKEYPATCH, MOCK) or _popped_in_case(caller):
            return
        frames = project(self.watch.kinds, self.writes.inner(frame))[:DEEP]
        site = (name, *((code, line) for _, code, line, _ in frames))
        if not frames or site in self.watch.sites:
            return
        self.watch.sites.add(site)
        read = Read(name, key, found, frames)
        if copies.open:
            copies.pending.append(read)
        else:
            self.read(read)

    def copied_whole(self) -> None:
        """The environment is asked for a copy."""
        if self.watch.test is not None or self.watch.collecting:
            copies = self.reading[threading.get_ident()]
            copies.order = None
            self.settle(copies)
            self.copied(sys._getframe(CALLER))

    def copied(self, caller: FrameType) -> None:
        """The whole environment is read: that says nothing of a variable, but its reader may be a cache."""
        frame = outside(caller)
        foreign = frame is None or self.watch.kinds[frame.f_code.co_filename] in (MOCK, MONKEYPATCH)
        frames: list[Frame] = [] if foreign else project(self.watch.kinds, frame)[:DEEP]
        if frames:
            self.watch.sites.add("")
            self.caches.read(Read("", None, True, frames))

    def settle(self, copies: Copies) -> None:
        """Count what was not part of a copy."""
        for read in copies.settled():
            self.read(read)

    def read(self, read: Read) -> None:
        """Count that the project looked a variable up."""
        kind, code, line, _ = read.frames[0]
        self.caches.read(read)
        test, writes = self.watch.test, self.writes
        if test is None or writes.cleared or read.key in writes.touched:
            return
        name, place = read.name, (self.watch.kinds.relative(code.co_filename), line)
        polluter = writes.leaked.get(name, test)
        if polluter != test and not test.startswith(polluter + "::"):
            self.watch.once("edge", polluter, test, name, *place)
        if kind == CODE and read.key not in writes.given and name not in self.watch.recorder.scopes:
            self.watch.once("assumed", test, name, "set" if read.found else "unset", *place)

    def flush(self) -> None:
        """Count the pending reads, and write down which caches have been filled."""
        if not self.watch.sites and not self.reading:
            return
        for copies in self.reading.values():
            copies.order = None
            self.settle(copies)
        self.reading.clear()
        for filled in self.caches.filled():
            self.watch.write("cache", *filled, self.watch.test)


def _popped_in_case(frame: FrameType) -> bool:
    """Whether a variable is removed with ``pop``, set or not: such code does not depend on it."""
    return frame.f_globals is _ABC and frame.f_code is _POP and frame.f_locals.get("default") is not _NO_DEFAULT


@functools.cache
def _noise(name: str) -> bool:
    return _NOISE.fullmatch(name.upper()) is not None
