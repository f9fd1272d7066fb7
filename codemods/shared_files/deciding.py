"""Which tests write to a shared path, and what becomes of each: a folder of its own, or a
refusal.
"""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from codemods.context import Context, SharedFile
from codemods.edit.quotes import quoted
from codemods.python.names import function_nodes
from codemods.python.source import Source, top_classes
from codemods.rule import Refusal
from codemods.shared_files import refusals as r
from codemods.shared_files.mentions import (
    NEEDS,
    Mention,
    asked,
    every_host,
    first_use,
    fixtures_in_sight,
    helpers,
    is_local,
    is_test,
    makes,
    mentions,
    needing,
    path_of,
)
from codemods.shared_files.own import Own, goes_elsewhere, is_own, renamed
from codemods.shared_files.paths import Paths
from codemods.shared_files.tree import is_folder, is_of_project, is_there
from codemods.shared_files.uses import Use
from codemods.state.model.refusals import NAME_TAKEN
from codemods.suite.classes import with_bases
from codemods.suite.hosts import SETUP_NAMES, Host, Kind

_WRITES = (Use.MAKES, Use.ADDS, Use.CHANGES, Use.GIVEN)
# These run while the test is still where it went.
_INSIDE = {"tearDown", "asyncTearDown"}


@dataclass(frozen=True)
class Writer:
    """A test, or a fixture, that leaves a path changed."""

    host: Host
    shared: SharedFile
    context: Context = field(repr=False)

    @property
    def source(self) -> Source:
        return self.host.source

    @cached_property
    def path(self) -> str:
        """As expressions name it."""
        return path_of(self.shared.path)

    @cached_property
    def own(self) -> tuple[Mention, ...]:
        """What its own body does with the path."""
        return mentions(self.source, self.path, self.host.function)

    @cached_property
    def helped(self) -> tuple[Mention, ...]:
        """What the functions of the file do that it calls."""
        functions = (helper.function for helper in helpers(self.host))
        return tuple(m for each in functions for m in mentions(self.source, self.path, each))

    @cached_property
    def of_project(self) -> bool:
        """Whether the path is one of the project's own files."""
        return is_of_project(self.context, self.path)

    def writes(self) -> bool:
        """Whether it leaves the path changed: that was seen, or else its code says so.

        Of several that leave the same there, only the first one is seen to change anything.
        """
        if self.host.node_id in self.shared.tests:
            return True
        found = self.own if self.host.kind is Kind.FIXTURE else (*self.own, *self.helped)
        if self.of_project:
            return makes(found) or any(mention.use is Use.CHANGES for mention in found)
        return makes(found) and found[-1].use not in (Use.CHANGES, Use.ASKS)

    def decided(self) -> Own | Refusal | None:
        """What becomes of it; None if it has a folder of its own."""
        if is_own(self.host, self.path) or any(map(self._sees_to_it, self._fixtures())):
            return None
        if goes_elsewhere(self.host):
            return r.OWN_DIRECTORY
        in_sight = fixtures_in_sight(self.source, self.context)
        if any(each.function.name in ("tmp_path", "monkeypatch") for each in in_sight):
            return NAME_TAKEN  # it may be the same folder for several tests
        if not self.of_project and self._goes_on():
            return r.SEQUENCE
        moving = r.SIGNATURE if self.host.kind is Kind.FIXTURE else self._why_not_moved()
        if moving is None:
            return _unless_objected(Own(self.host))
        naming = self._why_not_renamed()
        if naming is None:
            return _unless_objected(self._renamed())
        return moving if not self.own or self.host.kind is Kind.TESTCASE else naming

    def _fixtures(self) -> Iterator[Host]:
        """The fixtures that it asks for, if their definitions are known."""
        names = asked(self.host)
        every = fixtures_in_sight(self.source, self.context)
        return (each for each in every if each.function.name in names)

    def _sees_to_it(self, fixture: Host) -> bool:
        """Whether a fixture takes it elsewhere, or is what writes, and looked at by itself."""
        if goes_elsewhere(fixture) or self.own or self.helped or self.host.kind is Kind.FIXTURE:
            return goes_elsewhere(fixture)
        found = mentions(fixture.source, self.path, fixture.function)
        return fixture.kind is Kind.FIXTURE and (is_own(fixture, self.path) or makes(found))

    def _goes_on(self) -> bool:
        """Whether it, or another test of the file, needs what is there already."""
        if first_use(self.own) in NEEDS and not self.helped:
            return True
        return any(
            other is not self.host and not makes(Writer(other, self.shared, self.context).helped)
            for other in needing(self.source, self.context, self.path)
        )

    def _why_not_moved(self) -> Refusal | None:
        """Why it cannot run in a folder of its own; None if it can."""
        if self.path.startswith(("/", "~", "..", "…")):
            return r.PATH_IN_CODE
        if not all(mention.place.moves for mention in (*self.own, *self.helped)):
            return r.PATH_UNCLEAR
        folder = posixpath.dirname(self.path)
        if self.of_project or (folder and is_there(self.context, folder)):
            return r.READS_PROJECT if self.own or self.helped else r.PATH_IN_CODE
        if any(self._elsewhere(moved=True)):
            return r.PATH_SHARED
        return r.READS_PROJECT if any(self._reads()) else None

    def _why_not_renamed(self) -> Refusal | None:
        """Why its files cannot be named in a folder of its own; None if they can."""
        if self.host.kind is Kind.TESTCASE:
            return r.SIGNATURE
        if not any(mention.use in _WRITES for mention in self.own):
            return r.PATH_IN_CODE
        if self.host.kind is Kind.FIXTURE and not self._gives_path():
            return r.PATH_IN_CODE
        names = [m for m in self.own if m.is_name and not is_local(m, self.host.function)]
        if names or self.helped or any(self._elsewhere(moved=False)):
            return r.PATH_SHARED
        return r.PATH_UNCLEAR if any(m.use is Use.UNCLEAR for m in self.own) else None

    def _gives_path(self) -> bool:
        """Whether a fixture hands out the path, so that nobody needs another one for it."""
        named = {mention.node for mention in self.own}
        given = (
            n for n in function_nodes(self.host.function) if isinstance(n, (ast.Return, ast.Yield))
        )
        return any(node in named for each in given for node in ast.walk(each))

    def _elsewhere(self, *, moved: bool) -> Iterator[Mention]:
        """What else in the file speaks of the path, and would not find it where it is then: where
        the test has ``moved``, only what runs before it does, or after that.
        """
        constants = mentions(self.source, self.path, None)
        yield from (m for m in constants if not moved or m.use is not Use.NAMED)
        around = SETUP_NAMES | asked(self.host)
        paths = Paths(self.source)
        if self.host.kind is Kind.TESTCASE:
            around -= _INSIDE
        for other in every_host(self.source, self.context):
            if other is self.host or (is_test(other) and self.host.kind is not Kind.FIXTURE):
                continue  # a test that names it is looked at by itself
            if not moved or (other.function.name in around and self._is_around(other)):
                found = mentions(self.source, self.path, other.function)
                # A fixture may give a relative path, for a test that has moved when it uses that.
                yield from (
                    m for m in found if not (moved and m.only_named and not paths.looks_in(m.node))
                )

    def _is_around(self, other: Host) -> bool:
        """Whether a set-up or a fixture is one of the module, or of the class or its bases."""
        classes = top_classes(self.source)
        family = [base for cls in self.host.classes for base in with_bases(cls, classes)]
        return not other.classes or other.classes[-1] in family

    def _reads(self) -> Iterator[str]:
        """The files of the project that it names by relative paths."""
        for host in (self.host, *helpers(self.host)):
            function = host.function
            trees = [*function.body, *function.decorator_list]
            for _, place in Paths(self.source, function).named(*trees):
                name = place.normal
                if not place.moves or name in (".", "..") or place.within(self.path) is not None:
                    continue
                plain = "/" not in name and is_folder(self.context, name)
                if not plain and is_there(self.context, name):
                    yield name

    def _renamed(self) -> Own | Refusal:
        new = renamed(list(self.own), self.path, self.source, self.host)
        copied: tuple[str, ...] = ()
        if self.of_project and first_use(self.own) is not Use.MAKES:
            whole = [m for m in self.own if not m.rest and not m.is_name and m.use is not Use.NAMED]
            if not whole and not self.own[0].place.moves:
                return r.PATH_UNCLEAR
            text = (
                self.source.segment(whole[0].node) if whole else quoted(self.path, self.source.text)
            )
            name = quoted(posixpath.basename(self.path), self.source.text)
            folder = is_folder(self.context, self.path)
            line = f"copytree({text}, tmp_path / {name})" if folder else f"copy({text}, tmp_path)"
            copied = (f"shutil.{line}",)
        return Own(self.host, False, tuple(new), copied)


def _unless_objected(own: Own | Refusal) -> Own | Refusal:
    if isinstance(own, Refusal):
        return own
    return own.objection() or own


def joined(writers: Sequence[Writer], decided: Sequence[Own | Refusal]) -> Own | Refusal:
    """What becomes of a test with several shared paths: all of them alike, or nothing."""
    refused = next((each for each in decided if isinstance(each, Refusal)), None)
    if refused is not None:
        return refused
    own = [each for each in decided if isinstance(each, Own)]
    if all(each.moves for each in own):
        return own[0]
    if any(each.moves for each in own):
        return r.READS_PROJECT
    new = tuple(pair for each in own for pair in each.renamed)
    names = {posixpath.basename(writer.path) for writer in writers}
    if len(names) < len(own) or len({node for node, _ in new}) < len(new):
        return r.PATH_UNCLEAR
    return Own(own[0].host, False, new, tuple(line for each in own for line in each.copied))
