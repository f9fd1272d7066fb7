"""Calls out of the process, and the function under test that is nearest to the test that makes one."""

from __future__ import annotations

import sys
from typing import Any

from .frames import CODE, project, waiting
from .functions import dotted
from .watch import CALLER, Watch

EVENTS = ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "urllib.Request")


class Calls:
    """Tells of each function once in a test."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.called: set[object] = set()

    def calls(self, event: str, _: tuple[Any, ...]) -> None:
        """Something is about to leave the process."""
        watch, test = self.watch, self.watch.test
        if test is None:
            return
        frame = sys._getframe(CALLER)
        if frame.f_code.co_name.endswith("socketpair"):  # on Windows made of a connection to itself
            return
        frames = project(watch.kinds, frame) or waiting(watch.kinds)
        below = [each for each in frames if each[0] == CODE and each[1].co_name[:1] != "<"]
        named = ((code, dotted(code, namespace)) for _, code, _, namespace in reversed(below))
        code, target = next(((code, found.name) for code, found in named if found is not None), (None, ""))
        if code is not None and (event, code, test) not in self.called:
            self.called.add((event, code, test))
            file = watch.kinds.relative(code.co_filename)
            watch.write("initializer", target, event, file, code.co_firstlineno, test)
