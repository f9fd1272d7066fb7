"""The paths of state as evidence and settings write them, and which of it fixtures can put back.

app.registry.HANDLERS["json"]       logging.getLogger("app").level       ./data/out       sys.path
"""

from __future__ import annotations

import re

EVENT_LOOP, DISABLED = "asyncio.get_event_loop()", "logging.root.manager.disable"
CONNECTIONS = "sqlalchemy.orm.close_all_sessions()"
_DOTTED = re.compile(r"(?:[\w./-]+\.py::)?[^\W\d]\w*(?:\.[^\W\d]\w*)*(?:\(\))?")
_LOGGER = re.compile(
    r'logging\.(?:getLogger\("(.+)"\)|root)\.(?:level|handlers|filters|propagate|disabled)'
)
_FILE = re.compile(r"(?:\.|~|…|[A-Za-z]:)?/")
# What a fixture for the heap cannot put back, or another rule does.
_PROCESS = re.compile(
    r"(?:os|sys|signal|locale|socket|threading|contextvars|decimal|random|logging|asyncio)\b"
)


# What has a getter and a setter: all of sys but its modules.
_GETTER = re.compile(
    r"os\.getcwd\(\)|sys\.(?!modules\b)[a-z_]+|sys\.getrecursionlimit\(\)"
    r"|signal\.getsignal\(\w+\)|locale\.setlocale\(LC_ALL\)"
)


def is_restorable(path: str) -> bool:
    """Whether it is the path of state that a fixture of isolator's can put back (ISO303)."""
    known = path in (EVENT_LOOP, DISABLED, CONNECTIONS)
    told = (restorable_path, restorable_logger, restorable_file, restorable_process)
    return known or any(each(path) is not None for each in told)


def restorable_path(path: str) -> str | None:
    """What can be put back as a whole, the object that an item is in; None if nothing of it can.

    app.registry.HANDLERS["json"] -> app.registry.HANDLERS
    """
    if path == CONNECTIONS:
        return None
    outer = path.partition("[")[0]
    is_in_something = "." in outer.rpartition("::")[2] or "::" in outer
    known = is_in_something and not _PROCESS.match(outer) and _DOTTED.fullmatch(outer)
    return outer if known else None


def is_file(path: str) -> bool:
    """Whether the path of state is that of a file or folder: ``./x``, ``~/x``, ``…/x``, ``/x``."""
    return _FILE.match(path) is not None


def restorable_file(path: str) -> str | None:
    """The path of a file or directory below pytest's root, as ``./data/x.csv``."""
    name = path.removeprefix("./")
    return name if name != path and ".." not in name.split("/") else None


def restorable_logger(path: str) -> str | None:
    """The name of the logger that a path begins with; that of the root is ``root``."""
    found = _LOGGER.fullmatch(path)
    return None if found is None else found[1] or "root"


def restorable_process(path: str) -> str | None:
    """A cell of the process that has a getter and a setter: ``os.getcwd()``, ``sys.path``."""
    return path if _GETTER.fullmatch(path) else None


def restorable_place(path: str) -> str:
    """What a fixture names that restores a cell: the object, the logger or the file that it is in,
    or the path itself.
    """
    told = (restorable_path, restorable_logger, restorable_file, restorable_process)
    return next(filter(None, (each(path) for each in told)), path)
