"""The fixture for one place, in plain code."""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from codemods.conftest.leaked.places import Place

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z]+")
_RIDDLES = frozenset({"instance", "cache", "state", "data", "value", "values", "items"})
_FILLS = {
    "list": ("{}[:] = saved",),
    "dict": ("{}.clear()", "{}.update(saved)"),
    "set": ("{}.clear()", "{}.update(saved)"),
    "deque": ("{}.clear()", "{}.extend(saved)"),
}


@dataclass(frozen=True)
class Restoring:
    """A place to be put back: ``spelled`` is how the conftest writes what it is in, if it imports
    that; ``rebound``: it may have been given another container, too.
    """

    place: Place
    rebound: bool = False
    spelled: str | None = None

    @property
    def owner(self) -> str:
        """What the place is in, as the fixture writes it."""
        first = self.spelled or self.imported[1]
        return ".".join((first, *self.place.names[1:-1]))

    @property
    def of_module(self) -> bool:
        """Whether it is a name of a module itself, which can be bound only there."""
        return len(self.place.names) == 1

    @property
    def imported(self) -> tuple[str, str]:
        """From where what is imported, the first "" for a module that is in no package."""
        if not self.of_module:
            return self.place.module, self.place.names[0]
        package, _, module = self.place.module.rpartition(".")
        return package, module

    @property
    def root(self) -> str:
        """The dotted name of what is imported."""
        return ".".join(filter(None, self.imported))

    def name(self, taken: Collection[str]) -> str:
        """What the fixture is called: by the place, with what that is in where it tells nothing."""
        words = _words(self.place.names[-1])
        if self.place.at:
            words = [*(words if words != ["init"] else _words(self.owner)), "defaults"]
        is_cache = self.place.kind == "cache"
        start, end = ("clear_", "_cache") if is_cache else ("restore_", "")
        short = f"{start}{'_'.join(words)}{end}"
        longer = f"{start}{'_'.join([*_words(self.owner), *words])}{end}"
        return longer if short in taken or _RIDDLES.issuperset(words) else short

    def text(self, name: str, width: int) -> str:
        """The fixture, its docstring no longer than that many characters, if that can be."""
        lines = [self._told(width), *self._body()]
        told = "".join(f"    {line}\n" if line else "\n" for line in lines)
        return f"@pytest.fixture(autouse=True)\ndef {name}() -> Iterator[None]:\n{told}"

    def _told(self, width: int) -> str:
        """The docstring, with the whole path if there is room for it."""
        saying = {"cache": "Empty the cache of {}, which tests fill."}.get(
            self.place.kind, "Put back what tests leave in {}."
        )
        if self.place.at:
            saying = "Put back what tests leave in the default of {}."
        names = self.place.path.removesuffix("()").split(".")
        paths = (".".join(names[start:]) for start in range(len(names)))
        texts = (f'"""{saying.format(path)}"""' for path in paths)
        return next((t for t in texts if len(t) <= width - 4), f'"""{saying.format(names[-1])}"""')

    def _body(self) -> Iterator[str]:
        at = f"{self.owner}.{self.place.names[-1]}"
        yield from self._import()
        if self.place.kind == "cache":
            yield from ("yield", f"{at}.cache_clear()")
        elif self.place.kind == "value":
            yield from (f"saved = {at}", "yield", f"{at} = saved")
        elif self.rebound or self.place.at:
            yield from self._by_name(at)
        else:
            yield from (f"saved = {_copied(self.place.kind, at)}", "yield")
            yield from _filled(self.place.kind, at)

    def _import(self) -> Iterator[str]:
        if self.spelled is None:
            package, name = self.imported
            yield f"from {package} import {name}" if package else f"import {name}"
            yield ""

    def _by_name(self, at: str) -> Iterator[str]:
        """Of a container that needs a name: there may be another one at the end."""
        name = _variable(self.place.names[-1], self.owner)
        yield f"{name} = {at}.{self.place.at}" if self.place.at else f"{name} = {at}"
        yield f"saved = {_copied(self.place.kind, name)}"
        yield "yield"
        yield from _filled(self.place.kind, name)
        if not self.place.at:
            yield f"{at} = {name}"


def _copied(kind: str, what: str) -> str:
    return f"{'list' if kind == 'deque' else kind}({what})"


def _filled(kind: str, what: str) -> Iterator[str]:
    return (line.format(what) for line in _FILLS[kind])


def _words(name: str) -> list[str]:
    """The words of a name in lower case: ``_Engine__instance`` -> instance."""
    last = name.rpartition(".")[2]
    if last.startswith("_") and "__" in last[1:].rstrip("_"):
        last = last[1:].partition("__")[2]
    return [word.lower() for word in _WORD.findall(last)] or ["state"]


def _variable(name: str, owner: str) -> str:
    """A name for a container that is none of those in use."""
    short = "_".join(_words(name))
    is_taken = (
        short in ("saved", *owner.split(".")) or keyword.iskeyword(short) or short[0].isdigit()
    )
    return "held" if is_taken or short == "init" else short
