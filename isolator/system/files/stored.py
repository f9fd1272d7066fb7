"""JSON that an earlier isolator has written, or somebody has changed: read as what it must be, or not at all."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

_Kind = TypeVar("_Kind")


def load(data: bytes | str) -> Any:  # noqa: ANN401
    """What a document holds. Raises ValueError for one that is not JSON, or nested too deep."""
    try:
        return json.loads(data)
    except RecursionError:
        raise ValueError("is nested too deep") from None


def typed(kind: type[_Kind], value: object) -> _Kind:
    """A value that JSON has, as a dataclass or another type with the types of its parts; what more it has is left out.

    Raises TypeError if a part is missing or of another type.
    """
    found: _Kind = _typed(kind, value)
    return found


def has(value: object, kinds: Mapping[str, Any]) -> bool:
    """Whether a value is an object that has these keys, with values of these types."""
    try:
        return isinstance(value, dict) and all(_typed(k, value[n]) is value[n] for n, k in kinds.items())
    except (KeyError, TypeError):
        return False


def _typed(kind: Any, value: object) -> Any:  # noqa: ANN401
    outer, inner = get_origin(kind), get_args(kind)
    if is_dataclass(kind) and isinstance(value, Mapping):
        return _dataclass(kind, value)
    if outer is Literal and isinstance(value, str) and value in inner:
        return value
    if outer in (Union, UnionType):
        return None if value is None and type(None) in inner else _typed(inner[0], value)
    if outer in (tuple, list) and isinstance(value, list):
        return outer(_typed(inner[0], each) for each in value)
    if outer is dict and isinstance(value, dict):
        return {key: _typed(inner[1], each) for key, each in value.items()}
    numbers = {int: (int,), float: (int, float)}
    if kind in numbers and isinstance(value, numbers[kind]) and not isinstance(value, bool):
        return value
    if kind in (str, bool) and isinstance(value, kind):
        return value
    raise TypeError(f"{type(value).__name__} for {getattr(kind, '__name__', kind)}")


def _dataclass(kind: Any, values: Mapping[str, object]) -> object:  # noqa: ANN401
    taken = {}
    for name, its_kind in _parts(kind).items():
        if name in values:
            try:
                taken[name] = _typed(its_kind, values[name])
            except TypeError as error:
                raise TypeError(f"{name}: {error}") from None
    try:
        return kind(**taken)
    except TypeError:
        missing = ", ".join(sorted(_parts(kind).keys() - taken.keys()))
        raise TypeError(f"without {missing}") from None


@cache
def _parts(kind: Hashable) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}  # type: ignore[arg-type]
