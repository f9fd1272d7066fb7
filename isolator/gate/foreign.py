"""What libraries, and plugins of pytest, change by themselves: no test is responsible for that."""

from __future__ import annotations

import os
import sys
from types import FrameType
from typing import Any

from isolator.pytest_runs.plugin.environ.writes import Writes
from isolator.pytest_runs.plugin.frames import IMPORT, PROJECT, STDLIB, Kinds
from isolator.pytest_runs.plugin.state.heap import Change
from isolator.pytest_runs.plugin.state.nodes import MISSING, Probe
from isolator.pytest_runs.plugin.state.process import CELLS_OF_SYS

_MODULES = "sys.modules["
_CONTEXT = "contextvars.copy_context()"
_OBJECTS = ("sys.excepthook", "sys.displayhook", "sys.unraisablehook", "signal.getsignal(")
_LISTS = ("sys.meta_path", "sys.path_hooks")
_LOGGER = 'logging.getLogger("'


class OwnWrites(Writes):
    """What the project writes into the environment, and not a library that it imports just then."""

    def inner(self, frame: FrameType | None) -> FrameType | None:
        """The first frame of the project; none if a library is being imported between it and the write."""
        found, between = super().inner(frame), frame
        while between is not None and between is not found:
            if self.watch.kinds[between.f_code.co_filename] == IMPORT:
                return None
            between = between.f_back
        return found


def is_made_by_libraries(path: str, change: Change, kinds: Kinds) -> bool:
    """Whether a library changes this by itself, once it is imported or used."""
    if isinstance(change.node, Probe):
        return _of_process(path, change, kinds)
    if path.startswith(_MODULES):
        return change.was is MISSING and _is_imported(change)
    if change.node.foreign:  # what `sys` holds is watched as the process's
        return path in CELLS_OF_SYS or _of_libraries(change, kinds)
    kind = change.node.kind
    if kind is not None and change.was is MISSING and _is_cached_property(kind, str(change.key)):
        return True
    # What an object-relational mapper, say, adds to the classes of a project.
    added = change.was is MISSING or _is_third_party(type(change.was).__module__)
    return isinstance(change.node.owner, type) and added and _is_third_party(type(change.now).__module__)


def _of_libraries(change: Change, kinds: Kinds) -> bool:
    """Whether one library changes another one, or takes back what it has put into the standard library."""
    if _is_third_party(_module_of(change.now)):
        return True
    owner = getattr(change.node, "owner", None)
    home = _module_of(owner) if isinstance(owner, type) else getattr(owner, "__name__", "")
    taken_back = _is_third_party(_module_of(change.was)) and not _is_third_party(home)
    return taken_back and not _is_of_project_type(change.now, kinds)


def _of_process(path: str, change: Change, kinds: Kinds) -> bool:
    was, now = change.was, change.now
    if path.startswith(_CONTEXT):
        return not _is_of_project(now if was is MISSING else was, kinds)
    if path == "sys.path":
        return _only_added(was, now, _is_installed)
    if path.startswith(_LISTS):
        return _only_added(was, now, lambda each: not _is_of_project_type(each, kinds))
    if path.startswith(_OBJECTS):
        return _is_third_party(_module_of(now))
    if path.startswith(_LOGGER):
        name = path[len(_LOGGER) :].partition('"')[0]
        return _is_third_party(name.partition(".")[0]) or _only_added(
            () if was is MISSING else was, now, lambda each: _is_third_party(type(each).__module__)
        )
    return False


def _is_imported(change: Change) -> bool:
    """Whether a module came into being while another one was imported: what is written in C makes some by itself.

    One that a test makes up has no specification, and most often stands for one that cannot be imported.
    """
    package, _, rest = str(change.key).partition(".")
    if package in sys.stdlib_module_names or package.startswith("_"):
        return True
    try:
        return getattr(sys.modules.get(package) if rest else change.now, "__spec__", None) is not None
    except Exception:  # what stands for a module may compute that
        return True


def _only_added(was: Any, now: Any, foreign: Any) -> bool:  # noqa: ANN401
    """Whether a tuple differs only by what it has more, all of which is foreign."""
    if not isinstance(was, tuple) or not isinstance(now, tuple):
        return False
    before = {id(each) for each in was} | {each for each in was if isinstance(each, str)}
    added = [each for each in now if id(each) not in before and not (isinstance(each, str) and each in before)]
    return bool(added) and len(now) - len(added) == len(was) and all(map(foreign, added))


def _is_cached_property(kind: type, name: str) -> bool:
    """Whether a name of an object is what a property of its class has computed and kept."""
    raw = next((vars(each)[name] for each in kind.__mro__ if name in vars(each)), None)
    return "cached" in type(raw).__name__.lower() or type(raw).__name__ in ("reify", "lazy_attribute")


def _is_of_project(held: Any, kinds: Kinds) -> bool:  # noqa: ANN401
    """Whether a module of the project has a name for a context variable."""
    variable = held[0]
    modules = [module for name, module in [*sys.modules.items()] if kinds.of_module(name) in PROJECT]
    return any(value is variable for module in modules for value in [*vars(module).values()])


def _is_of_project_type(each: object, kinds: Kinds) -> bool:
    return kinds.of_module(_module_of(each)) in PROJECT


def _module_of(value: object) -> str:
    """The module of a function or a class, or that of an object's class."""
    found = getattr(value, "__module__", None)
    return found if type(found) is str else type(value).__module__


def _is_third_party(module: str) -> bool:
    """Whether a module is of an installed package."""
    return "-packages" in (getattr(sys.modules.get(module), "__file__", None) or "")


def _is_installed(folder: object) -> bool:
    """Whether a folder of ``sys.path`` is one of installed packages, or of Python itself."""
    text = os.path.join(str(folder), "")  # noqa: PTH118
    return "-packages" in text or text.startswith(os.path.join(STDLIB, ""))  # noqa: PTH118
