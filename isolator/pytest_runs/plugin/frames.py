"""What runs: the frames of a thread, or of a task that waits, and what the files of their code hold."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from types import AsyncGeneratorType, CodeType, CoroutineType, FrameType, GeneratorType
from typing import Any

import pytest

# What a file holds: code under test, or tests; what lies between these and the environment; where
# pytest begins.
OTHER, CODE, TEST, PYTEST, MOCK, MONKEYPATCH, IMPORT = range(7)
PROJECT = (CODE, TEST)
_FOREIGN = {"site-packages", "dist-packages", ".venv", "venv", ".tox", ".nox", ".eggs"}
_TEST_FOLDERS = {"test", "tests", "testing"}
STDLIB = os.path.dirname(os.__file__)  # noqa: PTH120 -- `sysconfig` reads a thousand settings to tell
DEEP = 50  # frames that are looked at, of a stack that may be a thousand high

# What can wait, and how the names of its attributes begin.
_WAITING = ((CoroutineType, "cr"), (AsyncGeneratorType, "ag"), (GeneratorType, "gi"))

_abspath, _write = os.path.abspath, os.write  # a test may replace them by mocks
Namespace = dict[str, Any]
# The kind of its file, its code, the line it is at, its globals.
Frame = tuple[int, CodeType, int, Namespace]


class Kinds(dict[str, int]):
    """What each file holds, by the name that code objects have for it.

    ``relative`` is its name in the evidence.
    """

    def __init__(self, config: pytest.Config) -> None:
        super().__init__()
        self.names: dict[str, str] = {}  # the relative ones
        self.root = os.path.realpath(config.rootpath)
        roots = {self.root, str(config.rootpath), str(config.invocation_params.dir)}
        self.roots = [os.path.join(root, "") for root in roots]  # noqa: PTH118
        prefixes = (sys.prefix, sys.base_prefix, os.path.dirname(__file__))  # noqa: PTH120
        inner = [p for p in prefixes if p not in roots and p.startswith(tuple(self.roots))]
        self.foreign = tuple(os.path.join(p, "") for p in (*inner, STDLIB))  # noqa: PTH118
        self.patterns = [pattern for pattern in config.getini("python_files") if pattern != "*.py"]

    def __missing__(self, name: str) -> int:
        kind = self[name] = self.judge(name)
        return kind

    def know(self, items: Iterable[pytest.Item]) -> None:
        """Take the files of these tests for what they are, whatever they are called."""
        holders = {item.parent for item in items if isinstance(item, pytest.Function)}
        for path in {holder.path for holder in holders if holder is not None}:  # of each test it would take long
            self[str(path)] = TEST

    def judge(self, name: str) -> int:
        """What a file holds."""
        if name.startswith("<"):
            return IMPORT if name.startswith("<frozen importlib") else OTHER
        path = _abspath(name)
        slashed = path.replace(os.sep, "/")
        if slashed.endswith(("/unittest/mock.py", "/mock/mock.py")):
            return MOCK
        if slashed.endswith("/_pytest/monkeypatch.py"):
            return MONKEYPATCH
        if "/pluggy/" in slashed:
            return PYTEST
        root = next((root for root in self.roots if path.startswith(root)), None)
        if root is None or path.startswith(self.foreign):
            return OTHER
        *folders, file = Path(path[len(root) :]).parts
        if not _FOREIGN.isdisjoint(folders):
            return OTHER
        if file == "conftest.py" or not _TEST_FOLDERS.isdisjoint(folders):
            return TEST
        whole = (fnmatch(slashed, f"*/{p}") for p in self.patterns if "/" in p)
        named = (fnmatch(file, p) for p in self.patterns if "/" not in p)
        return TEST if any(whole) or any(named) else CODE

    def relative(self, name: str) -> str:
        """A file's name relative to pytest's root, with ``/``."""
        if name not in self.names:
            try:
                self.names[name] = os.path.relpath(os.path.realpath(name), self.root).replace(os.sep, "/")
            except ValueError:  # on another drive
                self.names[name] = name
        return self.names[name]

    def of_module(self, name: str) -> int:
        """What the file of a module holds."""
        file = getattr(sys.modules.get(name), "__file__", None)
        return self[file] if isinstance(file, str) else OTHER


def project(kinds: Kinds, frame: FrameType | None) -> list[Frame]:
    """The frames of the project, from the innermost outwards to where pytest begins."""
    found = []
    while frame is not None:
        code = frame.f_code
        kind = kinds[code.co_filename]
        if kind in PROJECT:
            found.append((kind, code, frame.f_lineno, frame.f_globals))
        elif kind == PYTEST:
            break
        frame = frame.f_back
    return found


def writer(kinds: Kinds, frame: FrameType | None) -> tuple[tuple[str, int] | None, bool]:
    """The line of the project that does something; none if pytest does, for itself or a test, which is told, too."""
    while frame is not None:
        name = frame.f_code.co_filename
        kind = kinds[name]
        if kind in PROJECT:
            return (name, frame.f_lineno), False
        if kind == PYTEST or "_pytest" in name:
            return None, True
        frame = frame.f_back
    return None, False


def waiting(kinds: Kinds) -> list[Frame]:
    """The project's frames of a task that has a name looked up in a thread, the innermost first."""
    for running, loop in _loops():
        for chain in [running, *(frames[::-1] for _, frames in _pending(loop))]:
            if any(each.f_code.co_name == "getaddrinfo" for each in chain[:DEEP]):
                found = ((kinds[f.f_code.co_filename], f) for f in chain)
                return [(k, f.f_code, f.f_lineno, f.f_globals) for k, f in found if k in PROJECT]
    return []


def write_tasks(descriptor: int) -> None:
    """Write down where the tasks of asyncio wait, as faulthandler does with threads, which has no eye for them."""
    for _, loop in _loops():
        for name, frames in _pending(loop):
            lines = [f'  File "{f.f_code.co_filename}", line {f.f_lineno} in {f.f_code.co_name}' for f in frames]
            text = "\n".join([f"Task {name} (most recent call first):", *lines[::-1]])
            _write(descriptor, f"\n{text}\n".encode("utf-8", "backslashreplace"))


def _loops() -> Iterator[tuple[list[FrameType], Any]]:
    """The event loops that run, each with the frames in it, the innermost first."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is None:
        return
    found = []
    for inner in [*sys._current_frames().values()]:
        running: list[FrameType] = []
        frame: FrameType | None = inner
        while frame is not None and frame.f_code.co_name != "run_forever":
            running.append(frame)
            frame = frame.f_back
        if frame is not None and "self" in frame.f_locals:
            found.append(frame.f_locals["self"])
            yield running, found[-1]
    loop = asyncio._get_running_loop()  # one that is not written in Python, such as uvloop's, has no such frame
    if loop is not None and loop not in found:
        yield [], loop


def _pending(loop: Any) -> Iterator[tuple[str, list[FrameType]]]:  # noqa: ANN401
    """The tasks of a loop that wait, each with its name and its frames, the outermost first."""
    asyncio = sys.modules["asyncio"]
    current = asyncio.current_task(loop)
    for task in asyncio.all_tasks(loop):
        frames = [*_suspended(task.get_coro())] if task is not current else []
        if frames:
            yield task.get_name(), frames


def _suspended(awaited: Any) -> Iterator[FrameType]:  # noqa: ANN401
    """The frames of a coroutine, and of what it waits for, from the outermost inwards."""
    for _ in range(DEEP):
        kind = next((prefix for kind, prefix in _WAITING if isinstance(awaited, kind)), None)
        if kind is None:
            # `async for`, and a fixture with a yield, are awaited by way of an object that holds the generator.
            held = gc.get_referents(awaited)
            awaited = next((each for each in held if isinstance(each, (CoroutineType, AsyncGeneratorType))), None)
            if awaited is None:
                return
            continue
        frame = getattr(awaited, f"{kind}_frame")
        if frame is None:
            return
        yield frame
        awaited = getattr(awaited, "gi_yieldfrom" if kind == "gi" else f"{kind}_await")
