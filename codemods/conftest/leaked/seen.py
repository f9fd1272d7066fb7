"""What watched runs showed of state that tests leave changed: of what kind it is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from codemods.conftest.leaked.values import FILLS, Kind
from codemods.context import Context

_ITEM = re.compile(r"\[[^\[\]]*\]")
_NESTED = FILLS.keys() - {"deque"}  # it would have to be imported to ask what is one


@dataclass(frozen=True)
class Seen:
    """The ``kind`` of a place, None if no run showed it; ``rebound``: the name got another value.

    ``inner`` is the kind of the containers in a dict whose content was changed.
    """

    kind: Kind | None = None
    rebound: bool = False
    inner: Kind | None = None


def seen_of(path: str, context: Context) -> Seen | None:
    """What was seen of a path, by its cells; None if it takes more than a short fixture."""
    cells = [cell for cell in context.leaked if _is_in(cell, path)]
    kinds = [(cell[len(path) :], kind) for cell, kind in context.kinds if cell in cells]
    if ("", "plain") in kinds:
        return Seen("plain", rebound=True)  # it is assigned again, whatever it stands for since
    if len({inside for inside, _ in kinds}) < len(cells):
        return Seen()  # of some nothing is known
    levels: list[set[str]] = [set(), set()]
    for inside, kind in kinds:
        items = _ITEM.findall(inside)
        level = len(items) - (kind == "dict" and bool(items))
        if "".join(items) != inside or level > 1:
            return None
        levels[level].add(kind)
    outer, inner = levels
    if inner:
        return _nested(outer, inner, [inside for inside, _ in kinds])
    return _whole(outer) if outer else Seen()


def _whole(outer: set[str]) -> Seen | None:
    """A name that tests create or assign, or one container, which they may replace as well."""
    containers = outer & FILLS.keys()
    if len(containers) > 1 or (containers and "new" in outer):
        return None
    (kind,) = containers or ({"new"} if "new" in outer else {"value"})
    return Seen(cast("Kind", kind), rebound="value" in outer)


def _nested(outer: set[str], inner: set[str], keys: Iterable[str]) -> Seen | None:
    """A dict with containers of one kind in it.

    handlers["json"].append(run)     the key tells that it is a dict, not a list
    """
    is_dict = outer == {"dict"} or (not outer and all(key.startswith('["') for key in keys))
    if not is_dict or len(inner) > 1 or not inner <= _NESTED:
        return None
    return Seen("dict", inner=cast("Kind", min(inner)))


def _is_in(cell: str, path: str) -> bool:
    """Whether a cell is that of a path, or of something in it."""
    return cell.startswith(path) and cell[len(path) :][:1] in ("", "[")
