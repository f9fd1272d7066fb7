"""How the environment is watched: an audit hook, which cannot be removed again, and wrappers of ``os.environ``.

All code that runs calls these, often: events that do not matter are dropped before anything else is done. When the
whole environment is copied, emptied or restored, as ``patch.dict`` does, that is one event, not one per variable.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, MutableMapping
from threading import get_ident
from types import FrameType
from typing import Any

from ..frames import MOCK
from ..watch import Watch

Handler = Callable[..., None]
# Set by pytest itself: the first while a test runs, with its phase, the second all the time.
_NAME = "PYTEST_CURRENT_TEST"
_CURRENT, _VERSION = (_NAME, "PYTEST_VERSION") if os.name == "nt" else (_NAME.encode(), b"PYTEST_VERSION")
OWN = (_CURRENT, _VERSION)
WRITES = ("os.putenv", "os.unsetenv")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_TRUNC
_ABSENT = object()
# The modules of the environment, and of the wrappers of its methods.
_OS, _ABC, _HERE = vars(os), MutableMapping.update.__globals__, globals()


def outside(frame: FrameType | None) -> FrameType | None:
    """The first frame outside of ``os.environ`` itself."""
    # By its globals: reading the code of a frame is an audit event, which costs time.
    while frame is not None and (frame.f_globals is _OS or frame.f_globals is _ABC or frame.f_globals is _HERE):
        frame = frame.f_back
    return frame


class Taps:
    """The hook and the wrappers. ``quiet`` are the threads that are going through the whole environment.

    ``written`` is how often a variable has been written or removed, if the hook handles that.
    """

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.written = 0
        self.handlers: dict[str, Handler] = {}
        self.quiet: set[int] = set()
        self.environ: Any = type(os.environ)
        self.originals: dict[str, Any] = {}  # the wrapped methods that the class itself defines

    def listen(self, handlers: dict[str, Handler]) -> None:
        """Install the audit hook, with the handler of each event."""
        self.handlers = handlers
        watch, quiet, safely = self.watch, self.quiet, self.watch.safely

        def hook(event: str, args: tuple[Any, ...]) -> None:
            if event not in handlers or not watch.alive:
                return
            if event in WRITES:
                if args[0] == _CURRENT:
                    if len(args) > 1:
                        watch.phase = args[1]  # pytest writes the phase that begins: `… (setup)`
                    return
                self.written += 1
                if quiet and get_ident() in quiet:
                    return
            elif event == "open" and not (isinstance(args[2], int) and args[2] & _WRITING):
                return  # it is only read
            handler = handlers.get(event)
            if handler is not None:  # or another thread has just ended the watching
                safely(handler, event, args)

        sys.addaudithook(hook)

    def wrap(self, *, looked_up: Handler, copied: Handler, emptied: Handler) -> None:
        """Install the wrappers, with the handlers for the use of one variable, and of all of them."""
        self.wrap_items(looked_up)
        self.wrap_wholes(copied, emptied)

    def wrap_items(self, looked_up: Handler) -> None:
        """Wrap the methods that look up or remove one variable: `del os.environ[key]` assumes that it is set."""
        get, delete = self.environ.__getitem__, self.environ.__delitem__
        quiet, safely = self.quiet, self.watch.safely

        # pytest removes its own one after each phase.
        def __getitem__(environ: Any, key: Any) -> Any:  # noqa: ANN401, N807
            if key is not _NAME and not (quiet and get_ident() in quiet):
                safely(looked_up, environ, key)
            return get(environ, key)

        def __delitem__(environ: Any, key: Any) -> None:  # noqa: ANN401, N807
            if key is not _NAME and not (quiet and get_ident() in quiet):
                safely(looked_up, environ, key)
            delete(environ, key)

        self.replace(__getitem__, __delitem__)

    def wrap_wholes(self, copied: Handler, emptied: Handler) -> None:
        """Wrap the methods that copy the environment, empty it, and restore it."""
        whole_copy, whole_clear, whole_update = self.environ.copy, self.environ.clear, self.environ.update
        safely, quietly, kinds = self.watch.safely, self.quietly, self.watch.kinds

        def copy(environ: Any) -> Any:  # noqa: ANN401
            safely(copied)
            return quietly(whole_copy, environ)

        def clear(environ: Any) -> None:  # noqa: ANN401
            safely(emptied, environ)
            quietly(whole_clear, environ)

        def update(*args: Any, **variables: Any) -> None:  # noqa: ANN401 -- one may be called `environ`
            code = sys._getframe(1).f_code
            if code.co_name == "_unpatch_dict" and kinds[code.co_filename] == MOCK:
                quietly(whole_update, *args, **variables)
            else:
                whole_update(*args, **variables)

        self.replace(copy, clear, update)

    def quietly(self, method: Callable[..., Any], *args: Any, **variables: Any) -> Any:  # noqa: ANN401
        """Call a method that goes through all variables, without an event for each."""
        thread = get_ident()
        self.quiet.add(thread)
        try:
            return method(*args, **variables)
        finally:
            self.quiet.discard(thread)

    def replace(self, *methods: Any) -> None:  # noqa: ANN401
        """Give the environment these methods in place of its own or inherited ones."""
        for method in methods:
            name = method.__name__
            self.originals[name] = vars(self.environ).get(name, _ABSENT)
            setattr(self.environ, name, method)

    def remove(self) -> None:
        """Take the wrappers away, and the handlers: the hook itself cannot be."""
        self.handlers.clear()
        for name, original in self.originals.items():
            if original is _ABSENT:
                delattr(self.environ, name)
            else:
                setattr(self.environ, name, original)
