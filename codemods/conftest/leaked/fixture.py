"""A short fixture: its name and its text."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from codemods.conftest.leaked.writing import Restoring, words

_RIDDLES = frozenset({"instance", "cache", "state", "data", "value", "values", "items"})


@dataclass(frozen=True)
class Fixture:
    """A fixture that puts back a place, or several of one module or class."""

    parts: tuple[Restoring, ...]

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths of the places."""
        return tuple(part.place.path for part in self.parts)

    @property
    def names(self) -> tuple[str, ...]:
        """Its possible names: of the place alone, with its owner, and of the full path."""
        first = self.parts[0]
        start, end = "restore_", ""
        own, owner = [], words(first.owner or "file")
        if len(self.parts) == 1:
            own = words(first.place.names[-1])
            start, end = _around(first)
            if first.place.at:
                own, end = ([] if own == ["init"] else own), "_defaults"
        dotted = (*first.place.module.split("."), *first.place.names[:-1])
        in_full = [] if first.own else [word for name in dotted for word in words(name)]
        found = [own, [*owner, *own], [*in_full, *own]]
        told = [some for some in found if not _RIDDLES.issuperset(some)] or found[1:]
        return tuple(f"{'_' * first.own}{start}{'_'.join(some)}{end}" for some in told)

    def text(self, name: str, width: int) -> str:
        """The fixture, with lines of at most that many characters if possible."""
        lines = [self._told(width), *self._body(width)]
        told = "".join(f"    {line}\n" if line else "\n" for line in lines)
        return f"@pytest.fixture(autouse=True)\ndef {name}() -> Iterator[None]:\n{told}"

    def _told(self, width: int) -> str:
        """The docstring, with the whole path if there is room for it."""
        first = self.parts[0]
        saying = "Restore {} after each test."
        path = first.place.path.removesuffix("()").rpartition("::")[2]
        if len(self.parts) > 1:
            path = path.rpartition(".")[0] or "the state of this file"
        elif first.place.kind == "cache":
            when = " before and after each test" if first.resets else ", which tests fill"
            saying = f"Empty the cache of {{}}{when}."
        elif first.place.at:
            saying = "Restore the default of {} after each test."
        names = path.split(".")
        paths = (".".join(names[start:]) for start in range(len(names)))
        texts = (f'"""{saying.format(each)}"""' for each in paths)
        return next((t for t in texts if len(t) <= width - 4), f'"""{saying.format(names[-1])}"""')

    def _body(self, width: int) -> Iterator[str]:
        first = self.parts[0]
        if first.spelled is None and not first.own:
            package, name = first.imported
            yield f"from {package} import {name}" if package else f"import {name}"
            yield ""
        declared = [part.declared for part in self.parts if part.declared]
        if declared:
            yield f"global {', '.join(declared)}"
        is_one = len(self.parts) == 1
        copies = ["saved" if is_one else part.variables[0] for part in self.parts]
        pairs = [*zip(self.parts, copies, strict=True)]
        for part, saved in pairs:
            yield from part.before(saved, width)
        yield "yield"
        for part, saved in pairs:
            yield from part.after(saved)


def named(fixtures: Sequence[Fixture], taken: Collection[str]) -> list[tuple[Fixture, str]]:
    """The fixtures, each with the shortest of its names that no other one may have."""
    found = []
    for fixture in fixtures:
        used = {*taken, *(name for other in fixtures if other != fixture for name in other.names)}
        free = (name for name in fixture.names if name not in used)
        found.append((fixture, next(free, fixture.names[-1])))
    return found


def joined(parts: Sequence[Restoring], most: int) -> list[Fixture]:
    """A fixture for each of some places; one for a module or class with more than ``most``."""
    by_owner: dict[tuple[str, ...], list[Restoring]] = {}
    for part in parts:
        by_owner.setdefault((part.place.module, *part.place.names[:-1]), []).append(part)
    found: list[Fixture] = []
    for some in by_owner.values():
        variables = [name for part in some for name in part.variables]
        can_be_one = len(some) > most and len({*variables}) == len(variables)
        found += [Fixture(tuple(some))] if can_be_one else [Fixture((part,)) for part in some]
    return found


def _around(part: Restoring) -> tuple[str, str]:
    """The beginning and the end of the name of a fixture for one place."""
    if part.place.kind == "cache":
        return "reset_" if part.resets else "clear_", "_cache"
    return "reset_" if part.resets else "restore_", ""
