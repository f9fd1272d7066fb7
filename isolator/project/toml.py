"""TOML read by hand: every complaint is one line that names the file, the key and what was expected."""

from __future__ import annotations

import codecs
import math
import stat
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from keyword import iskeyword
from pathlib import Path
from typing import NamedTuple, TypeVar

from codemods.python.regular import NOT_REGULAR, read_bytes

_Kind = TypeVar("_Kind")


class SettingsError(Exception):
    """A configuration file that cannot be used: ``path``, and the problem as one line."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(path, problem)
        self.path = path
        self.problem = problem


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """While a configuration file is read: SettingsError is raised in place of OSError."""
    try:
        yield
    except OSError as error:
        raise SettingsError(path, f"cannot be read: {error.strerror or error}") from error


class Expected(NamedTuple):
    """What a string must be: in words, and as a test."""

    words: str
    holds: Callable[[str], bool]


def is_identifier(text: str) -> bool:
    """Whether the text can be a name in Python."""
    return text.isidentifier() and not iskeyword(text)


TEXT = Expected("a string", lambda _: True)
IDENTIFIER = Expected("a Python identifier", is_identifier)


def load_toml(path: Path, word: bytes) -> dict[str, object]:
    """The document, or {} if ``word`` stands nowhere in it, which spares the parsing.

    Raises SettingsError if the file cannot be read or is not TOML.
    """
    with reading(path):
        data = read_bytes(path)
    if word in data:
        return parse_toml(path, data)
    _decoded(path, data)  # in UTF-16 the word may stand there all the same
    return {}


def is_there(path: Path) -> bool:
    """Whether there is a file to read. Raises SettingsError for what is none, or cannot be looked at."""
    with reading(path):
        try:
            mode = path.stat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            if path.is_symlink():
                problem = f"is a link to {str(path.readlink())!r}, which does not exist"
                raise SettingsError(path, problem) from None
            return False
    if stat.S_ISDIR(mode):
        raise SettingsError(path, "is a directory, not a file")
    if not stat.S_ISREG(mode):
        raise SettingsError(path, f"cannot be read: {NOT_REGULAR}")
    return True


def parse_toml(path: Path, data: bytes) -> dict[str, object]:
    """The document that the bytes of a file, or its future bytes, are. Raises SettingsError if they are not TOML."""
    if data.startswith(codecs.BOM_UTF8):
        raise SettingsError(path, "begins with a byte order mark, which Python's TOML parser does not accept")
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    text = _decoded(path, data)
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise SettingsError(path, f"is not valid TOML: {error}") from error


def _decoded(path: Path, data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise SettingsError(path, f"is not valid TOML: {error}") from error


class Table:
    """One table of a TOML file, emptied key by key; ``finish`` complains of the keys that nobody took.

    ``name`` is what the table is called in complaints. Every method raises SettingsError.
    """

    def __init__(self, path: Path, name: str, values: Mapping[str, object]) -> None:
        self._path = path
        self._name = name
        self._left = dict(values)
        self._known: list[str] = []

    def wrong(self, key: str, expected: str, value: object) -> SettingsError:
        """The complaint that ``key`` holds ``value`` where something else was expected."""
        return self._problem(key, f"expected {expected}, got {value!r}")

    def texts(self, key: str, expected: Expected = TEXT) -> tuple[str, ...]:
        """The strings of an array; none if the key is absent."""
        words = f"an array in which each is {expected.words}"
        values = self._take(key, list, words) or []
        for value in values:
            if not isinstance(value, str) or not expected.holds(value):
                raise self.wrong(key, words, value)
        return tuple(values)

    def text(self, key: str, expected: Expected = TEXT) -> str | None:
        """A string, or None if the key is absent."""
        value = self._take(key, str, expected.words)
        if value is not None and not expected.holds(value):
            raise self.wrong(key, expected.words, value)
        return value

    def required(self, key: str, expected: Expected = TEXT) -> str:
        """A string that must be there."""
        value = self.text(key, expected)
        if value is None:
            raise self._problem(key, f"is missing; expected {expected.words}")
        return value

    def integer(self, key: str, least: int) -> int | None:
        """An integer that is not less than ``least``, or None if the key is absent."""
        words = f"an integer, {least} or more"
        value = self._take(key, int, words)
        if value is not None and (isinstance(value, bool) or value < least):
            raise self.wrong(key, words, value)
        return value

    def seconds(self, key: str) -> float | None:
        """A number of seconds above 0, or None if the key is absent."""
        words = "a number of seconds, more than 0"
        value = self._take(key, object, words)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
            raise self.wrong(key, words, value)
        return value

    def table(self, key: str) -> Table | None:
        """The table of that name, or None if there is none."""
        words = f"a table, [{self._under(key)}]"
        values = self._take(key, dict, words)
        return None if values is None else Table(self._path, self._under(key), values)

    def tables(self, key: str) -> list[Table]:
        """The tables of an array of tables."""
        words = f"tables, [[{self._under(key)}]]"
        values = self._take(key, list, words) or []
        for value in values:
            if not isinstance(value, dict):
                raise self.wrong(key, words, value)
        return [Table(self._path, f"{self._under(key)} #{n}", value) for n, value in enumerate(values, 1)]

    def pairs(self, key: str, names: Expected, values: Expected) -> tuple[tuple[str, str], ...]:
        """The keys and strings of an inline table, in their order."""
        words = f"a table from {names.words} to {values.words}"
        pairs = self._take(key, dict, words) or {}
        for name, value in pairs.items():
            if not names.holds(name):
                raise self._problem(f"{key}: {name!r}", f"expected {names.words}")
            if not isinstance(value, str) or not values.holds(value):
                raise self.wrong(f"{key}: {name!r}", values.words, value)
        return tuple(pairs.items())

    def lists(self, key: str, names: Expected, values: Expected) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The keys of an inline table and the strings of their arrays, in their order."""
        table = self.table(key)
        if table is None:
            return ()
        found = []
        for name in list(table._left):
            if not names.holds(name):
                raise self._problem(f"{key}: {name!r}", f"expected {names.words}")
            found.append((name, table.texts(name, values)))
        return tuple(found)

    def finish(self) -> None:
        """Raises SettingsError for a key that no other method was asked for."""
        for key in self._left:
            from difflib import get_close_matches

            near = get_close_matches(key, self._known, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"expected one of {', '.join(self._known)}"
            raise self._problem(key, f"is not a known key; {hint}")

    def _take(self, key: str, kind: type[_Kind], words: str) -> _Kind | None:
        self._known.append(key)
        value = self._left.pop(key, None)
        if value is not None and not isinstance(value, kind):
            raise self.wrong(key, words, value)
        return value

    def _under(self, key: str) -> str:
        return f"{self._name}.{key}" if self._name else key

    def _problem(self, key: str, problem: str) -> SettingsError:
        return SettingsError(self._path, f"{self._under(key)}: {problem}")
