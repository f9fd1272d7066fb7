"""Which state gets short fixtures, and what is left to the general one."""

from __future__ import annotations

from dataclasses import dataclass, replace

from codemods.conftest.leaked.covered import canonical
from codemods.conftest.leaked.fixture import Fixture, joined, named
from codemods.conftest.leaked.importing import is_imported
from codemods.conftest.leaked.places import Place, path_as_kept, place_of
from codemods.conftest.leaked.seen import seen_of
from codemods.conftest.leaked.uses import Uses, uses_of
from codemods.conftest.leaked.writing import Restoring
from codemods.conftest.rendering import render
from codemods.conftest.template import Template
from codemods.context import Context
from codemods.initializers.source_tree.target import SourceTree
from codemods.python.source import Source, fact

# What a short fixture calls what it notes, and the names of its loops.
_OWN_NAMES = frozenset({"saved", "inner", "key", "value", "content"})
_MOST = 3  # places of one module or class that get a fixture each
MOST_FIXTURES = 12  # the general one, with a list, is shorter than more
IMPORTS = (("Iterator", ("collections.abc", "Iterator")), ("pytest", ("pytest", None)))


@dataclass(frozen=True)
class Short:
    """A short fixture, as the file is written that it goes into, and the paths that it puts back.

    ``listed``: the general fixture can have these in its list instead.
    """

    template: Template
    paths: tuple[str, ...]
    listed: bool = True

    @property
    def name(self) -> str:
        """What the fixture is called."""
        return self.template.fixture


@dataclass(frozen=True)
class Chosen:
    """The short fixtures, and the paths that are left to the general one."""

    short: tuple[Short, ...]
    rest: tuple[str, ...]


def as_kept(source: Source, context: Context, paths: tuple[str, ...]) -> tuple[str, ...]:
    """Paths with private names as Python keeps them, so that they are found when tests run."""
    tree = SourceTree.for_file(source, context)
    return tuple(dict.fromkeys(path_as_kept(path, tree) for path in paths))


@fact
def choose(
    source: Source,
    context: Context,
    paths: tuple[str, ...],
    *,
    resets: bool = False,
    most: int = MOST_FIXTURES,
) -> Chosen:
    """How to put these back: each in plain code if that can be, unless it takes too many fixtures.

    ``resets``: caches are emptied before each test, too.
    """
    tree = SourceTree.for_file(source, context)
    known = {path: _known(path, source, context, tree, imports=resets) for path in paths}
    parts = [replace(part, resets=resets) for part in known.values() if part is not None]
    short = joined(parts, _MOST)
    if len(short) > most:
        return Chosen((), paths)
    written = tuple(
        _written(fixture, name, source, context)
        for fixture, name in named(short, source.names.table)
    )
    return Chosen(written, tuple(path for path in paths if known[path] is None))


def _written(fixture: Fixture, name: str, source: Source, context: Context) -> Short:
    template = Template(fixture.text(name, context.line_length), name, IMPORTS)
    text = render(template, name, "", (), source)
    return Short(Template(text, name, IMPORTS), fixture.paths)


def _known(
    path: str, source: Source, context: Context, tree: SourceTree, *, imports: bool
) -> Restoring | None:
    """How to put a place back, if what becomes of it is known, and importing it changes nothing.

    ``imports``: the general fixture imports it as well.
    """
    seen = seen_of(path, context)
    is_own = path.startswith(f"{source.path}::")
    place = None
    if seen is not None:
        place = place_of(path, tree, seen.kind, context.root if is_own else None)
    if seen is None or place is None:
        return None
    is_name = place.kind not in ("cache", "new") and place.line and not place.at
    uses = uses_of(place, context) if is_name else Uses()
    if seen.kind is None and not _is_told(place, uses, context):
        return None
    found = Restoring(place, uses.rebound or seen.rebound, inner=seen.inner)
    found = found if is_own else replace(found, spelled=_spelled(found, source, tree))
    if found.written.partition(".")[0] in _OWN_NAMES:
        return None
    if is_own or imports or found.spelled is not None:
        return found
    return found if is_imported(place.module, source.path, tree, context) else None


def _is_told(place: Place, uses: Uses, context: Context) -> bool:
    """Whether the source tells enough of a place that no run has shown."""
    if place.kind != "value":
        return not uses.deeply
    has_items = any(each.startswith(f"{place.path}[") for each in context.leaked)
    return (uses.rebound or place.constant) and not uses.changed and not has_items


def _spelled(wanted: Restoring, source: Source, tree: SourceTree) -> str | None:
    """The name under which the conftest imports what the place is in."""
    for name, target in source.names.table.items():
        if not target or name in source.names.typing:
            continue
        if wanted.root in (target, canonical(target, tree)):
            return name
    return None
