"""How a place is put back in plain code: what a fixture does before and after its ``yield``."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.conftest.leaked.places import Place

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z]+")
_FILLS = {
    "list": ("{}[:] = {}",),
    "dict": ("{}.clear()", "{}.update({})"),
    "set": ("{}.clear()", "{}.update({})"),
    "deque": ("{}.clear()", "{}.extend({})"),
}


@dataclass(frozen=True)
class Restoring:
    """A place to be put back: ``spelled`` is how the file of the fixture writes what it is in, if
    it imports that; ``rebound``: it may have been given another container, too. ``resets``: a
    cache is emptied before the test as well.
    """

    place: Place
    rebound: bool = False
    spelled: str | None = None
    resets: bool = False

    @property
    def own(self) -> bool:
        """Whether it is in the very file that the fixture is for."""
        return "::" in self.place.path

    @property
    def owner(self) -> str:
        """What the place is in, as the fixture writes it; empty for a name of the file itself."""
        if self.own:
            return ".".join(self.place.names[:-1])
        first = self.spelled or self.imported[1]
        return ".".join((first, *self.place.names[1:-1]))

    @property
    def written(self) -> str:
        """The place, as the fixture writes it."""
        return ".".join(filter(None, (self.owner, self.place.names[-1])))

    @property
    def imported(self) -> tuple[str, str]:
        """From where what is imported, the first "" for a module that is in no package."""
        if self.own or len(self.place.names) > 1:
            return self.place.module, self.place.names[0]
        package, _, module = self.place.module.rpartition(".")
        return package, module

    @property
    def root(self) -> str:
        """The dotted name of what is imported."""
        return ".".join(filter(None, self.imported))

    @property
    def declared(self) -> str | None:
        """The name that the fixture must declare as global, as it assigns it again."""
        binds = self.place.kind == "value" or (self.rebound and not self.place.at)
        return self.place.names[-1] if binds and self.own and not self.owner else None

    @property
    def variables(self) -> tuple[str, ...]:
        """The names that the fixture needs for it beside others: of the container, of the copy."""
        copy = f"saved_{'_'.join(words(self.place.names[-1]))}"
        return (copy, *([self._container] if self._is_by_name else []))

    def before(self, saved: str) -> Iterator[str]:
        """The lines that note what is there."""
        at = self.written
        if self.place.kind == "cache":
            if self.resets:
                yield f"{at}.cache_clear()"
        elif self.place.kind == "value":
            yield f"{saved} = {at}"
        else:
            if self._is_by_name:
                yield f"{self._container} = {at}{self.place.at and f'.{self.place.at}'}"
            what = self._container if self._is_by_name else at
            yield f"{saved} = {'list' if self.place.kind == 'deque' else self.place.kind}({what})"

    def after(self, saved: str) -> Iterator[str]:
        """The lines that put it back."""
        at = self.written
        if self.place.kind == "cache":
            yield f"{at}.cache_clear()"
        elif self.place.kind == "value":
            yield f"{at} = {saved}"
        else:
            what = self._container if self._is_by_name else at
            yield from (line.format(what, saved) for line in _FILLS[self.place.kind])
            if self._is_by_name and not self.place.at:
                yield f"{at} = {self._container}"

    @property
    def _is_by_name(self) -> bool:
        """Whether the container needs a name: there may be another one at the end."""
        is_container = self.place.kind not in ("cache", "value")
        return is_container and bool(self.rebound or self.place.at)

    @property
    def _container(self) -> str:
        """A name for the container that is none of those in use."""
        short = "_".join(words(self.place.names[-1]))
        used = ("saved", "init", *(self.written if self.own else self.owner).split("."))
        is_taken = short in used or keyword.iskeyword(short) or short[0].isdigit()
        return "held" if is_taken else short


def words(name: str) -> list[str]:
    """The words of the last of some names in lower case: ``_Engine__instance`` -> instance."""
    last = name.rpartition(".")[2]
    if last.startswith("_") and "__" in last[1:].rstrip("_"):
        last = last[1:].partition("__")[2]
    return [word.lower() for word in _WORD.findall(last)] or ["state"]
