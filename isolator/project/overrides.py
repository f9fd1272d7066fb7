"""What the command line says in place of the settings: ``--config``, ``--exclude`` and ``--per-file-ignores``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from isolator.project.toml import SettingsError, parse_toml

OPTION = Path("--config")  # what stands in complaints in the place of a file

PerFile = tuple[tuple[str, tuple[str, ...]], ...]  # a pattern, and the codes that do not count in files like it


@dataclass(frozen=True)
class Overrides:
    """``file`` is read in place of any settings that are found; ``values`` come before those of every file.

    ``exclude`` and ``per_file_ignores`` take the place of both; their patterns are relative to the current directory.
    """

    file: Path | None = None
    values: Mapping[str, object] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()
    per_file_ignores: PerFile = ()


NONE = Overrides()


def read_overrides(words: tuple[str, ...]) -> Overrides:
    """``--config`` as often as it was given: a file of settings at most once, and ``key = value`` in TOML.

    Raises SettingsError for anything else.
    """
    file: Path | None = None
    values: dict[str, object] = {}
    for word in words:
        if Path(word).is_file():
            if file is not None:
                raise SettingsError(OPTION, f"{str(file)!r} and {word!r}: only one file can be given")
            file = Path(word)
        elif "=" in word:
            values = merged(values, _parsed(word))
        else:
            problem = "there is no such file, and it is not a setting such as 'select = [\"ISO1\"]'"
            raise SettingsError(OPTION, f"{word!r}: {problem}")
    return Overrides(file, values)


def merged(values: Mapping[str, object], others: Mapping[str, object]) -> dict[str, object]:
    """The values with the others before them; of tables that stand in both, key by key."""
    found = dict(values)
    for key, value in others.items():
        own = found.get(key)
        found[key] = merged(own, value) if isinstance(own, dict) and isinstance(value, dict) else value
    return found


def _parsed(word: str) -> dict[str, object]:
    try:
        return parse_toml(OPTION, word.encode("utf-8", "surrogateescape"))
    except SettingsError as error:
        raise SettingsError(OPTION, f"{word!r} {error.problem}") from None
