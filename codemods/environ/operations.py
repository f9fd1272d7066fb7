"""What any syntax does to the environment, and the text of each part, ready to be written another way."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """A piece of Python as it stands in the file; ``line`` and ``end_line`` are where (0 where it was made up)."""

    code: str
    line: int = 0
    end_line: int = 0


@dataclass(frozen=True)
class Set:
    """One variable gets a value."""

    key: Text
    value: Text


@dataclass(frozen=True)
class SetDefault:
    """One variable gets a value if it has none."""

    key: Text
    value: Text


@dataclass(frozen=True)
class Unset:
    """One variable goes; ``required`` says that its absence is a KeyError."""

    key: Text
    required: bool


@dataclass(frozen=True)
class SetAll:
    """Every variable of a mapping, or of a list of pairs, is set; it is computed once, before anything changes.

    ``first`` says that it has to be computed before a Clear that stands in front of it.
    """

    mapping: Text
    first: bool = False
    pairs: bool = False


@dataclass(frozen=True)
class Clear:
    """Every variable goes."""


@dataclass(frozen=True)
class Keep:
    """One variable is unset, and stays so, but whoever sets it now, it will be unset again at the end (E5)."""

    key: Text


@dataclass(frozen=True)
class Bind:
    """A name is bound: to ``os.environ`` itself (``as env``), or to what a ``pop`` returned."""

    name: str
    value: Text


Operation = Set | SetDefault | Unset | SetAll | Clear | Keep | Bind


def keys(operations: list[Operation]) -> set[str]:
    """The code of every key that is written; ``*`` where they are not known one by one."""
    found = set()
    for operation in operations:
        if isinstance(operation, (Set, SetDefault, Unset, Keep)):
            found.add(operation.key.code)
        elif isinstance(operation, (SetAll, Clear)):
            found.add("*")
    return found
