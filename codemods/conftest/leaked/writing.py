"""How a place is put back in plain code: what a fixture does before and after its ``yield``."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.conftest.leaked.places import Place
from codemods.conftest.leaked.values import FILLS, Kind

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z]+")


@dataclass(frozen=True)
class Restoring:
    """A place to be put back: ``spelled`` is how the file of the fixture writes what it is in, if
    it imports that; ``rebound``: it may have been given another container, too. ``resets``: a
    cache is emptied before the test as well. ``inner`` is the kind of the containers in a dict that
    are put back, too.
    """

    place: Place
    rebound: bool = False
    spelled: str | None = None
    resets: bool = False
    inner: Kind | None = None

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
        binds = self.place.kind in ("value", "new") or (self.rebound and not self.place.at)
        return self.place.names[-1] if binds and self.own and not self.owner else None

    @property
    def variables(self) -> tuple[str, ...]:
        """The names that the fixture needs for it beside others: of the container, of the copy."""
        copy = f"saved_{'_'.join(words(self.place.names[-1]))}"
        return (copy, *([self._container] if self._is_by_name else []))

    def before(self, saved: str, width: int) -> Iterator[str]:
        """The lines that note what is there, no longer than ``width``, if that can be."""
        at = self.written
        if self.place.kind == "cache":
            if self.resets:
                yield f"{at}.cache_clear()"
        elif self.place.kind == "value":
            yield f"{saved} = {at}"
        elif self.place.kind == "new":
            yield f"{saved} = dict({self._namespace})"
        else:
            yield from self._container_before(saved, width)

    def after(self, saved: str) -> Iterator[str]:
        """The lines that put it back."""
        at, name = self.written, self.place.names[-1]
        if self.place.kind == "cache":
            yield f"{at}.cache_clear()"
        elif self.place.kind == "value":
            yield f"{at} = {saved}"
        elif self.place.kind == "new":
            yield f'if "{name}" in {saved}:'
            yield f'    {at} = {saved}["{name}"]'
            yield f'elif "{name}" in {self._namespace}:'
            yield f"    del {at}"
        else:
            yield from self._container_after(saved)

    def _container_before(self, saved: str, width: int) -> Iterator[str]:
        what = self._container if self._is_by_name else self.written
        if self._is_by_name:
            yield f"{what} = {self.written}{self.place.at and f'.{self.place.at}'}"
        yield f"{saved} = {'list' if self.place.kind == 'deque' else self.place.kind}({what})"
        if self.inner:
            kind = self.inner
            items = f"for key, value in {saved}.items() if isinstance(value, {kind})"
            start, text = f"{_inner(saved)} = {{", f"key: {kind}(value) {items}"
            fits = len(f"    {start}{text}}}") <= width
            yield from (f"{start}{text}}}",) if fits else (start, f"    {text}", "}")

    def _container_after(self, saved: str) -> Iterator[str]:
        what = self._container if self._is_by_name else self.written
        yield from (line.format(what, saved) for line in FILLS[self.place.kind])
        if self._is_by_name and not self.place.at:
            yield f"{self.written} = {what}"
        if self.inner:
            yield f"for key, content in {_inner(saved)}.items():"
            yield from (
                f"    {line}".format(f"{saved}[key]", "content") for line in FILLS[self.inner]
            )

    @property
    def _namespace(self) -> str:
        """What has the name, as the fixture writes it."""
        return f"vars({self.owner})" if self.owner else "globals()"

    @property
    def _is_by_name(self) -> bool:
        """Whether the container needs a name: there may be another one at the end."""
        is_container = self.place.kind not in ("cache", "value", "new")
        return is_container and bool(self.rebound or self.place.at)

    @property
    def _container(self) -> str:
        """A name for the container that is none of those in use."""
        short = "_".join(words(self.place.names[-1]))
        used = ("saved", "init", *(self.written if self.own else self.owner).split("."))
        is_taken = short in used or keyword.iskeyword(short) or short[0].isdigit()
        return "held" if is_taken else short


def _inner(saved: str) -> str:
    """What the copies of the containers in a container are called, by what its own is called."""
    return "inner" if saved == "saved" else f"{saved}_inner"


def words(name: str) -> list[str]:
    """The words of the last of some names in lower case: ``_Engine__instance`` -> instance."""
    last = name.rpartition(".")[2]
    if last.startswith("_") and "__" in last[1:].rstrip("_"):
        last = last[1:].partition("__")[2]
    return [word.lower() for word in _WORD.findall(last)] or ["state"]
