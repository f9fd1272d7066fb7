"""What runs: the frames of a thread, or of a task, and what the files of their code hold."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

# What a file holds: code under test, or tests; what lies between these and the environment; where
# pytest begins.
OTHER, CODE, TEST, PYTEST, MOCK, MONKEYPATCH, IMPORT = range(7)
PROJECT = (CODE, TEST)
_FOREIGN = {"site-packages", "dist-packages", ".venv", "venv", ".tox", ".nox", ".eggs"}
_TEST_FOLDERS = {"test", "tests", "testing"}
DEEP = 50  # frames that are looked at, of a stack that may be a thousand high

_abspath = os.path.abspath  # a test may replace it by a mock
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
        foreign = [*inner, sysconfig.get_path("stdlib")]
        self.foreign = tuple(os.path.join(p, "") for p in foreign)  # noqa: PTH118
        self.patterns = [pattern for pattern in config.getini("python_files") if pattern != "*.py"]

    def __missing__(self, name: str) -> int:
        kind = self[name] = self.judge(name)
        return kind

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
    asyncio = sys.modules.get("asyncio")
    for inner in [*sys._current_frames().values()] if asyncio is not None else []:
        running, frame = [], inner
        while frame.f_code.co_name != "run_forever" and frame.f_back is not None:
            running.append(frame)
            frame = frame.f_back
        if frame.f_code.co_name != "run_forever":
            continue
        tasks = asyncio.all_tasks(frame.f_locals.get("self"))  # type: ignore[union-attr]
        for chain in [running, *([*_suspended(task.get_coro())][::-1] for task in tasks)]:
            if any(each.f_code.co_name == "getaddrinfo" for each in chain[:DEEP]):
                found = ((kinds[f.f_code.co_filename], f) for f in chain)
                return [(k, f.f_code, f.f_lineno, f.f_globals) for k, f in found if k in PROJECT]
    return []


def _suspended(awaited: Any) -> Iterator[FrameType]:  # noqa: ANN401
    while getattr(awaited, "cr_frame", None) is not None:
        yield awaited.cr_frame
        awaited = awaited.cr_await
