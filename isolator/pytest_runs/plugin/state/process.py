"""What outlives a test in the process: the working directory, what ``sys`` holds, loggers, signals, the event loop.

It is a part of what CPython's own tests keep (``test.libregrtest.save_env``). Each has a getter and a setter, or none
that can put it back: a thread. Nothing is imported for it. What pytest puts back itself (warnings, its own handlers) is
left out, and what every use changes (the state of ``random``) is looked at only if it is asked for.
"""

from __future__ import annotations

import locale
import operator
import os
import re
import signal
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from .contexts import contexts
from .nodes import MISSING, Probe

_STREAMS = ("stdin", "stdout", "stderr")
_HOOKS = ("excepthook", "displayhook", "unraisablehook")
_USUAL_MASK = 0o022
_USUAL_POLICY = re.compile("Default|Proactor")
_LISTS = ("path", "argv", "meta_path", "path_hooks")
_LIST_CELLS = [(f"sys.{name}", name) for name in _LISTS]
_DISABLE = "logging.root.manager.disable"
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGALRM", "SIGUSR1", "SIGUSR2", "SIGCHLD")
_SIGNALS = {f"signal.getsignal({name})": int(getattr(signal, name)) for name in _NAMES if hasattr(signal, name)}
_NUMBERS = tuple(_SIGNALS.values())
# What `signal.getsignal` asks, which makes of each number a member of an enumeration.
_handler: Any = sys.modules["_signal"].getsignal
# The same for `locale.setlocale`, which looks at what it is given before.
_setlocale: Any = getattr(locale, "_setlocale", locale.setlocale)
_ATTRIBUTES = [(f"sys.{name}", name) for name in (*_STREAMS, *_HOOKS)]
_attributes_of_sys = operator.attrgetter(*(name for _, name in _ATTRIBUTES))
_lists_of_sys = operator.attrgetter(*_LISTS)
CELLS_OF_SYS = frozenset(cell for cell, _ in (*_ATTRIBUTES, *_LIST_CELLS))
# What a logger is without being configured; only what is different is told.
_LOGGER: dict[str, Any] = {"level": 0, "propagate": True, "disabled": False, "handlers": (), "filters": ()}
_of_logger = operator.attrgetter(*_LOGGER)
_UNTOUCHED: tuple[Any, ...] = (0, True, False, [], [])
_OWN = ("PYTEST_CURRENT_TEST",)

Values = dict[Any, Any]


def probes(*, thorough: bool, threads: bool = True) -> Iterator[Probe]:
    """All of them, each with what it holds now, without ``threads`` if they do not matter.

    Only if ``thorough``: variables, which are watched by themselves; the states of generators of random numbers; and
    whether an event loop has been set, for with ``asyncio.run`` nobody can put that back.
    """
    yield Probe("", _system, _put_system, _system_glance)
    yield Probe("", _loggers, _put_logger, _LoggersGlance().look)
    yield Probe("", _signals, _put_signal, _signals_glance)
    yield Probe("", _others, _put_other, _others_glance)
    yield from contexts(thorough=thorough, threads=threads)
    if thorough:
        yield Probe("", _loop, _put_loop)
        yield Probe("os.environ", _variables, _put_variable, spaced=False)


def is_set_by_plugins(probe: Probe) -> bool:
    """Whether plugins of pytest set it around a test, and not only while they set it up, as for a timeout."""
    return probe.now is _signals


def _system() -> Values:
    found: Values = {cell: getattr(sys, name, None) for cell, name in _ATTRIBUTES}
    # Lists as tuples: what is told is another content, not another list.
    for cell, name in _LIST_CELLS:
        found[cell] = tuple(getattr(sys, name, ()))
    found["sys.getrecursionlimit()"] = sys.getrecursionlimit()
    found["os.umask()"], found["os.getcwd()"] = _mask(), _working_directory()
    return found


def _system_glance() -> object:
    try:
        return _attributes_of_sys(sys), _lists_of_sys(sys), sys.getrecursionlimit(), _mask(), os.getcwd()  # noqa: PTH109
    except (AttributeError, OSError):  # a test has removed one, or the folder
        return object()


def _mask() -> int:
    """The umask, which cannot be asked for without being set.

    It is set to what it is mostly, as another thread may create a file meanwhile.
    """
    mask = os.umask(_USUAL_MASK)
    if mask != _USUAL_MASK:
        os.umask(mask)
    return mask


def _working_directory() -> str | None:
    """None for a folder that no longer exists."""
    try:
        return os.getcwd()  # noqa: PTH109 -- a test may have patched pathlib
    except OSError:
        return None


def _put_system(cell: str, value: Any) -> None:  # noqa: ANN401
    name = cell.partition(".")[2]
    if cell == "os.getcwd()":
        os.chdir(value)
    elif cell == "sys.getrecursionlimit()":
        sys.setrecursionlimit(value)
    elif cell == "os.umask()":
        os.umask(value)
    elif name in _LISTS:
        getattr(sys, name)[:] = value
    else:
        setattr(sys, name, value)


def _variables() -> Values:
    return {name: value for name, value in os.environ.items() if name not in _OWN}


def _put_variable(name: str, value: Any) -> None:  # noqa: ANN401
    if value is MISSING:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


def _loggers() -> Values:
    logging: Any = sys.modules.get("logging")
    if logging is None:
        return {}
    found: Values = {}
    if logging.root.manager.disable:
        found[_DISABLE] = logging.root.manager.disable
    for name, logger in [("", logging.root), *logging.root.manager.loggerDict.items()]:
        if isinstance(logger, logging.Logger):
            if type(logger) is logging.Logger and _of_logger(logger) == _UNTOUCHED:
                continue
            state = vars(logger)
            now = {attribute: state.get(attribute, usual) for attribute, usual in _LOGGER.items()}
            now["handlers"], now["filters"] = _own(now["handlers"]), _own(now["filters"])
            found.update((_logger(name, a), value) for a, value in now.items() if value != _LOGGER[a])
    return found


class _LoggersGlance:
    """Looks at all loggers at once, if they are of the usual class, as of which it is known what an attribute is."""

    def __init__(self) -> None:
        self._found: list[object] = []
        self._usual: list[Any] = []  # the attributes of each, alive

    def look(self) -> object:
        """Something equal as long as no logger is different."""
        logging: Any = sys.modules.get("logging")
        if logging is None:
            return None
        root = logging.root
        found = [root, *root.manager.loggerDict.values()]
        if found != self._found:
            loggers = [each for each in found if isinstance(each, logging.Logger)]
            if any(type(each) not in (logging.Logger, logging.RootLogger) for each in loggers):
                return object()
            self._found, self._usual = found, [*map(vars, loggers)]
        return root.manager.disable, self._usual


def _own(found: Iterable[object]) -> tuple[object, ...]:
    """Handlers or filters without those of pytest, and those that do nothing, as libraries add them when imported."""
    return tuple(each for each in found if not _is_foreign(each))


def _is_foreign(each: object) -> bool:
    return "pytest" in type(each).__module__ or type(each).__name__ == "NullHandler"


def _logger(name: str, attribute: str) -> str:
    return f'logging.getLogger("{name}").{attribute}' if name else f"logging.root.{attribute}"


def _put_logger(cell: str, value: Any) -> None:  # noqa: ANN401
    logging: Any = sys.modules["logging"]
    if cell == _DISABLE:
        logging.disable(0 if value is MISSING else value)
        return
    place, _, attribute = cell.rpartition(".")
    logger = logging.root if place == "logging.root" else logging.getLogger(place.partition('"')[2].rpartition('"')[0])
    value = _LOGGER[attribute] if value is MISSING else value
    if attribute in ("handlers", "filters"):
        kept = [each for each in getattr(logger, attribute) if _is_foreign(each)]
        getattr(logger, attribute)[:] = [*value, *kept]
    elif attribute == "level":
        logger.setLevel(value)  # which empties the caches of what is enabled
    else:
        setattr(logger, attribute, value)


def _signals() -> Values:
    return {cell: _handler(number) for cell, number in _SIGNALS.items()}


def _signals_glance() -> object:
    return [*map(_handler, _NUMBERS)]


def _put_signal(cell: str, value: Any) -> None:  # noqa: ANN401
    signal.signal(_SIGNALS[cell], value)


def _others() -> Values:
    """What is not as it is in the beginning."""
    found: Values = {"locale.setlocale(LC_ALL)": locale.setlocale(locale.LC_ALL)}
    socket, events = sys.modules.get("socket"), sys.modules.get("asyncio.events")
    timeout = socket.getdefaulttimeout() if socket is not None else None
    if timeout is not None:
        found["socket.getdefaulttimeout()"] = timeout
    policy = getattr(events, "_event_loop_policy", None)
    if policy is not None and not _USUAL_POLICY.search(type(policy).__name__):
        found["asyncio.get_event_loop_policy()"] = policy
    return found


def _others_glance() -> object:
    socket, events = sys.modules.get("socket"), sys.modules.get("asyncio.events")
    timeout = socket.getdefaulttimeout() if socket is not None else None
    return _setlocale(locale.LC_ALL, None), timeout, getattr(events, "_event_loop_policy", None)


def _put_other(cell: str, value: Any) -> None:  # noqa: ANN401
    events: Any = sys.modules.get("asyncio.events")
    if cell.startswith("socket"):
        sys.modules["socket"].setdefaulttimeout(None if value is MISSING else value)
    elif cell.startswith("locale"):
        locale.setlocale(locale.LC_ALL, value)
    else:
        events.set_event_loop_policy(None if value is MISSING else value)


def _loop() -> Values:
    """Nothing if no loop has been set yet: then ``get_event_loop()`` makes one, and later it does not."""
    events = sys.modules.get("asyncio.events")
    local = getattr(getattr(events, "_event_loop_policy", None), "_local", None)
    return {"asyncio.get_event_loop()": True} if getattr(local, "_set_called", False) else {}


def _put_loop(_: str, value: Any) -> None:  # noqa: ANN401
    if value is MISSING:
        events: Any = sys.modules["asyncio.events"]
        local = events._event_loop_policy._local
        local._loop, local._set_called = None, False
