"""How wide a project's formatter lets a line be: what ``fix`` writes is laid out for it."""

from __future__ import annotations

from pathlib import Path

from isolator.project.toml import SettingsError, load_toml

DEFAULT = 88  # of black and of ruff


def line_length(start: Path) -> int:
    """The ``line-length`` of ruff, or of black, in the nearest directory upwards that sets one; 88 if none does."""
    for directory in (start, *start.parents):
        for name in (".ruff.toml", "ruff.toml", "pyproject.toml"):
            found = _length(directory / name)
            if found is not None:
                return found
    return DEFAULT


def _length(file: Path) -> int | None:
    """The length that a file sets. One that cannot be used is ignored here: whoever needs it says what is wrong."""
    if not file.is_file():
        return None
    try:
        document = load_toml(file, b"line-length")
    except SettingsError:
        return None
    tools = document.get("tool") if file.name == "pyproject.toml" else {"ruff": document}
    for name in ("ruff", "black"):
        table = tools.get(name) if isinstance(tools, dict) else None
        length = table.get("line-length") if isinstance(table, dict) else None
        if type(length) is int and length > 0:
            return length
    return None
