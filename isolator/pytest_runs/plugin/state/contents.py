"""What a container or an object held, so that another one in its place can be told to hold the same.

    app.CACHE = {}

A test that ends so has put back an empty cache, though not the very dict that was there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .nodes import CONTAINERS, is_same

_DEEP = 4
_MOST = 1000  # entries of a container: longer ones are compared by identity
_HEAP = 1 << 9  # of a class's flags: it was made by a class statement


class Content:
    """What ``live`` held: an entry is a value, or again a Content."""

    __slots__ = ("held", "live")

    def __init__(self, live: Any, held: Any) -> None:  # noqa: ANN401
        self.live, self.held = live, held


def content(value: Any, known: Mapping[int, Any], own: Callable[[type], bool], depth: int = 0) -> Any:  # noqa: ANN401
    """The content of a container, or of an object of the project's own classes; of all else the value itself.

    ``known`` has, by the identity of a container or namespace, what it held when it was last looked at.
    """
    names = _names(value, own)
    inside = value if names is None else names
    if type(inside) not in CONTAINERS or depth > _DEEP or len(inside) > _MOST:
        return value
    held = known.get(id(inside), inside)
    if isinstance(held, dict):
        return Content(value, {key: content(each, known, own, depth + 1) for key, each in held.items()})
    if isinstance(held, set):
        return Content(value, {*held})
    return Content(value, [content(each, known, own, depth + 1) for each in held])


def is_alike(was: Any, now: Any) -> bool:  # noqa: ANN401
    """Whether ``now`` is the value, or holds what ``content`` says."""
    try:
        return _holds(was, now) if isinstance(was, Content) else is_same(was, now)
    except Exception:  # of a key that cannot be compared
        return False


def _holds(was: Content, now: Any) -> bool:  # noqa: ANN401
    if was.live is now:  # changes inside it are reported separately
        return True
    if type(was.live) is not type(now):
        return False
    inside = now if type(now) in CONTAINERS else vars(now)
    if len(inside) != len(was.held):
        return False
    if isinstance(was.held, dict):
        return all(key in inside and is_alike(each, inside[key]) for key, each in was.held.items())
    if isinstance(was.held, set):
        return bool(inside == was.held)
    return all(is_alike(*pair) for pair in zip(was.held, inside))  # noqa: B905 -- as many


def _names(value: Any, own: Callable[[type], bool]) -> dict[str, Any] | None:  # noqa: ANN401
    """The names of an object that is nothing but them: with no slots, and no class that is written in C.

    None of one without any: what such an object is for is its identity.
    """
    kind = type(value)
    if kind in CONTAINERS or not own(kind):
        return None
    bases = [each for each in kind.__mro__ if each is not object]
    if any(not each.__flags__ & _HEAP or vars(each).get("__slots__") for each in bases):
        return None
    try:
        names = object.__getattribute__(value, "__dict__")
    except Exception:  # it has none, or computes it
        return None
    return names if type(names) is dict and names else None
