"""What any syntax does to the environment, and the text of each part, ready to be written
another way.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

WHOLE = "*"  # every variable; and in place of a key that is not known, which may be any


@dataclass(frozen=True)
class Text:
    """A piece of Python as it stands in the file; ``line`` and ``end_line`` are where (0 where it
    was made up).

    ``stands_for`` is, for a key that is known, its one form (see ``known_keys``); for the
    variable of a loop, or a mapping, the keys that it goes through, ``*NAMES`` for those that
    are in ``NAMES``.
    """

    code: str
    line: int = 0
    end_line: int = 0
    stands_for: frozenset[str] = frozenset()

    @property
    def keys(self) -> frozenset[str]:
        """The keys that it may be."""
        return self.stands_for or frozenset({self.code})


@dataclass(frozen=True)
class Set:
    """One variable gets a value; ``new`` says that it may not be there yet, which not every kind
    asks.

    ``added``: the value is what was there and one thing more. By any of these it can be taken from
    it again: its text, and where in the list it is.
    """

    key: Text
    value: Text
    new: bool = False
    added: frozenset[str] = frozenset()


@dataclass(frozen=True)
class SetDefault:
    """One variable gets a value if it has none."""

    key: Text
    value: Text


@dataclass(frozen=True)
class Unset:
    """One variable goes; ``required`` says that its absence is a KeyError.

    ``takes_back`` is what goes of a list, as ``Set.added`` has it: that restores the list if it is
    all that was added, and cannot be written another way.
    """

    key: Text
    required: bool
    takes_back: frozenset[str] = frozenset()


@dataclass(frozen=True)
class SetAll:
    """Every variable of a mapping, or of a list of pairs, is set; it is computed once, before
    anything changes.

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
    """One variable is unset, and stays so, but whoever sets it now, it will be unset again at
    the end (E5).
    """

    key: Text


@dataclass(frozen=True)
class Bind:
    """A name, or an item of a dict, is bound: to ``os.environ`` itself (``as env``), or to what
    a ``pop`` returned.
    """

    name: str
    value: Text


Operation = Set | SetDefault | Unset | SetAll | Clear | Keep | Bind


def keys(operations: Iterable[Operation]) -> set[str]:
    """Every key that is written; ``*``, and what begins with it, where they are not known one by
    one.
    """
    found: set[str] = set()
    for operation in operations:
        if isinstance(operation, (Set, SetDefault, Unset, Keep)):
            found |= operation.key.keys
        elif isinstance(operation, SetAll):
            found |= operation.mapping.stands_for or {"*"}
        elif isinstance(operation, Clear):
            found.add("*")
    return found


def meet(some: frozenset[str], others: frozenset[str]) -> bool:
    """Whether two sets of known keys may have one in common: a key that is not known may be any."""
    return bool(some and others) and (bool(some & others) or WHOLE in some | others)


def unknown(key: str) -> bool:
    """Whether a key stands for keys that are not written out."""
    return key.startswith("*")
