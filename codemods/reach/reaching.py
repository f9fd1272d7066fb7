"""Which functions of a source tree lead to a write to the environment, and which of these some
statements may call.

Most trees have few writes: it begins with the files whose bytes speak of the environment, and
goes on from what writes to what calls it, by the words that a call of it must spell. Files
without any of these words are never parsed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from pathlib import Path

from codemods.reach.bodies import Body, Write, changes_parameter
from codemods.reach.files import SourceFile, files_of, may_write
from codemods.reach.lookup import Found, Project
from codemods.reach.modules import Function, Module

_FIRST = ("environ", "environb", "putenv", "unsetenv", "load_dotenv", "read_env", "read_envfile")
_WORD = re.compile(rb"[^\W\d]\w*")
_NAME = re.compile(r"[^\W\d]\w*")


class Writers:
    """The functions of a source tree that write to the environment, and those that call them,
    directly or not.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self.reaching: dict[Function, set[Function]] = {}  # each with what it calls of the others
        self._by_name: dict[str, list[Function]] = {}
        self._found: dict[Function, Found] = {}
        self._own: dict[Function, list[Write]] = {}
        self._spelled: dict[Function, frozenset[str]] = {}
        self._close([(file, file.read()) for file in project.files.by_path.values() if file.shared])

    def named(self, names: Collection[str], *, read: bool = False) -> Iterator[Function]:
        """The reaching functions of code under test that a call, or a look at an attribute, of
        these names may run.
        """
        for name in (n for n in names if not _dunder(n)):
            yield from (f for f in self._by_name.get(name, ()) if not read or f.is_property)

    def called(self, found: Found) -> Iterator[Function]:
        """The reaching functions among what was found."""
        yield from (function for function in found.functions if function in self.reaching)
        yield from self.named(found.names)
        yield from self.named(found.read, read=True)
        for cls, name in found.overriding:
            for function in self._by_name.get(name, ()):
                if function.cls is not None and self.project.is_below(function.cls, cls):
                    yield function

    def writes(self, function: Function) -> list[Write]:
        """What a function of the tree writes itself, what it has others write to the environment
        they are given too.
        """
        if function not in self._own:
            self._own[function] = own_writes(function.body, self.project)
        return self._own[function]

    def shared_writes(self) -> Iterator[Write]:
        """All writes that are made by functions of code under test."""
        for function in self.reaching:
            yield from self.writes(function)

    def _close(self, contents: list[tuple[SourceFile, bytes]]) -> None:
        """Go from what writes to what calls it, until nothing is new."""
        starts = {file for file, data in contents if may_write(data)}
        new = [(file, data) for file, data in contents if file in starts]
        rest = [(file, data) for file, data in contents if file not in starts] if new else []
        spelling = {file: frozenset(_WORD.findall(data)) for file, data in rest}
        words = set(_FIRST)
        modules: list[Module] = []
        while new:
            modules += [
                m for file, data in new if (m := self.project.module(file.path, data)) is not None
            ]
            more = words
            while more:
                self._settle(modules, words)
                more = self._words(modules, words) - words
                words |= more
            spelled = {word.encode() for word in words}
            new = [(file, data) for file, data in rest if not spelled.isdisjoint(spelling[file])]
            rest = [(file, data) for file, data in rest if spelled.isdisjoint(spelling[file])]

    def _settle(self, modules: list[Module], words: Collection[str]) -> None:
        """Find the functions of these modules that lead to a write, by those that are known to."""
        functions = [
            f for m in modules for f in m.functions if not self._spelled_by(f).isdisjoint(words)
        ]
        for function in functions:
            if function not in self.reaching and self.writes(function):
                self._add(function)
        changed = bool(self.reaching)
        while changed:
            changed = False
            for function in functions:
                called = set(self.called(self._run_by(function)))
                if called - self.reaching.get(function, set()) - {function}:
                    self._add(function)
                    self.reaching[function] |= called
                    changed = True

    def _spelled_by(self, function: Function) -> frozenset[str]:
        if function not in self._spelled:
            self._spelled[function] = frozenset(_NAME.findall(function.text))
        return self._spelled[function]

    def _run_by(self, function: Function) -> Found:
        if function not in self._found:
            self._found[function] = found_in(function.body, self.project)
        return self._found[function]

    def _add(self, function: Function) -> None:
        if function not in self.reaching:
            self.reaching[function] = set()
            self._by_name.setdefault(function.name.rpartition(".")[2], []).append(function)

    def _words(self, modules: list[Module], words: set[str]) -> set[str]:
        """What a call of the reaching functions must spell, under any name that these modules
        give them.
        """
        found = {name for name in self._by_name if not _dunder(name)}
        for function in self.reaching:
            if function.cls is not None and _dunder(function.name.rpartition(".")[2]):
                found.add(function.cls.name.rpartition(".")[2])
        known = found | words
        return found | {
            name for m in modules for name, others in m.renamed if not known.isdisjoint(others)
        }


class Reach:
    """What some statements of a test file may write, by calls into its own functions and into the
    source tree.

    ``kept`` says of a function of the given files whether its own writes stay as they are.
    """

    def __init__(
        self, writers: Writers, modules: list[Module], silent: Collection[ast.stmt]
    ) -> None:
        self.writers = writers
        self.project = writers.project.seen_from(modules)
        self.modules, self.silent = modules, silent

    def of(self, body: Body) -> list[Write]:
        """The writes that what was read of some statements may run, each once."""
        found: dict[Write, None] = {}
        seen: set[Function] = set()
        todo = [*self._called(body)]
        for function in todo:
            if function in seen:
                continue
            seen.add(function)
            if self._is_local(function):
                own = (
                    [] if function.node in self.silent else own_writes(function.body, self.project)
                )
                todo += self._called(function.body)
            else:
                own = self.writers.writes(function)
                todo += self.writers.reaching.get(function, ())
            found.update(dict.fromkeys(own))
        return list(found)

    def newest(self) -> float:
        """When the latest of the files that were looked into was written, in seconds since the
        epoch.
        """
        looked_into = [path for path, module in self.project.modules.items() if module is not None]
        try:
            return max(Path(path).stat().st_mtime for path in (*looked_into, *self.project.given))
        except OSError:  # one that was removed meanwhile, or will be created later
            return float("inf")

    def _called(self, body: Body) -> list[Function]:
        found = found_in(body, self.project)
        own = [function for function in found.functions if self._is_local(function)]
        return [*own, *self.writers.called(found)]

    def _is_local(self, function: Function) -> bool:
        """Whether it is not code under test, or a module imported again: its calls are followed
        from here.
        """
        return not function.module.shared or function is function.module.imports


def writers_of(roots: tuple[Path, ...], root: str, run: int) -> Writers:
    """The writers of a source tree, found once a run."""
    return _writers_of(roots, root, run)


@lru_cache(maxsize=2)
def _writers_of(roots: tuple[Path, ...], root: str, run: int) -> Writers:
    return Writers(Project(files_of(roots, run), root))


def found_in(body: Body, project: Project) -> Found:
    """What the references of some statements may run."""
    found = Found()
    for reference in body.references:
        project.find(reference, found)
    return found


def own_writes(body: Body, project: Project) -> list[Write]:
    """What some statements write, or have written by a function that they give ``os.environ``."""
    writes = list(body.writes)
    for reference, write in body.given:
        found = Found()
        project.find(reference, found)
        if any(changes_parameter(function) for function in found.functions):
            writes.append(write)
    return writes


def _dunder(name: str) -> bool:
    return name[:2] == "__" == name[-2:]
