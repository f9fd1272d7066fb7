"""JSON that an earlier isolator has written, or somebody has changed: read as what it must be, or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from codemods.python.regular import read_bytes

_Kind = TypeVar("_Kind")
_MISSHAPEN = (KeyError, IndexError, TypeError, AttributeError)  # where a document lacks what is looked for


class UnusableError(Exception):
    """A document that cannot be used; the message is one line with the file, what is wrong with it, and where.

    ``reason`` is the end of that line. ``missing``: there is no such file.
    """

    def __init__(self, path: Path, fault: str, reason: str, *, missing: bool = False) -> None:
        super().__init__(f"{path}: {fault}: {reason}")
        self.reason, self.missing = reason, missing


def read_document(path: Path, made_of: Callable[[Any], _Kind], fault: str) -> _Kind:
    """What ``made_of`` makes of the JSON in a file.

    Raises UnusableError if the file cannot be read, and, with ``fault`` for what is wrong, if it is not JSON, or if
    ``made_of`` raises ValueError or does not find in it what it looks for.
    """
    try:
        return made_of(load(read_bytes(path)))
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        reason = error.strerror or str(error)
        raise UnusableError(path, "cannot be read", reason, missing=missing) from None
    except ValueError as error:
        raise UnusableError(path, fault, str(error)) from None
    except _MISSHAPEN as error:
        raise UnusableError(path, fault, repr(error)) from None


@contextmanager
def shaped(fault: str) -> Iterator[None]:
    """While a document is taken apart: where it lacks what is looked for, ValueError is raised with ``fault``."""
    try:
        yield
    except _MISSHAPEN as error:
        raise ValueError(f"{fault}: {error!r}") from None


def check_version(document: Mapping[str, object], expected: int) -> None:
    """Raises ValueError for a document of another version, KeyError for one without any."""
    if document["version"] != expected:
        raise ValueError(f"version {document['version']}, expected {expected}")


def dump(document: Mapping[str, object]) -> str:
    """A document as it stands in a file, with a newline at its end."""
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def load(data: bytes | str) -> Any:  # noqa: ANN401
    """What a document holds. Raises ValueError for one that is not JSON, or nested too deep."""
    try:
        return json.loads(data)
    except RecursionError:
        raise ValueError("is nested too deep") from None


def typed(kind: type[_Kind], value: object) -> _Kind:
    """A value that JSON has, as a dataclass or another type with the types of its parts; other keys are left out.

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
