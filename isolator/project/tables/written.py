"""Where the settings are written, which is not read yet: a file without any costs no more than a search in it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from isolator.project.toml import SettingsError, is_there, load_toml

BASELINE = "isolator-baseline.toml"  # the usual name of its file


class Written(NamedTuple):
    """Settings as they are written: ``values`` are the table called ``name`` in ``file``."""

    file: Path
    name: str
    values: dict[str, object]


def written_in(directory: Path) -> Written | None:
    """What is written in the settings of this very directory, or None. Raises SettingsError."""
    own = directory / "isolator.toml"
    if is_there(own):
        return Written(own, "", load_toml(own, b""))
    shared = directory / "pyproject.toml"
    return _in_pyproject(shared) if is_there(shared) else None


def written_at(file: Path) -> Written:
    """What is written in a file of any name that the user named. Raises SettingsError."""
    written = _in_pyproject(file)
    if written is None and file.name == "pyproject.toml":
        raise SettingsError(file, "has no [tool.isolator]")
    return written or Written(file, "", load_toml(file, b""))


def _in_pyproject(file: Path) -> Written | None:
    tools = load_toml(file, b"isolator").get("tool")
    if not isinstance(tools, dict) or "isolator" not in tools:
        return None
    if not isinstance(tools["isolator"], dict):
        raise SettingsError(file, "tool.isolator: expected a table")
    return Written(file, "tool.isolator", tools["isolator"])
