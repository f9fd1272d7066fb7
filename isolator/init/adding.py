"""A section at the end of a TOML file, all other bytes of which stay."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from isolator.project.settings import Settings, settings_from
from isolator.project.toml import SettingsError, Table, parse_toml


def with_section(data: bytes, text: str) -> bytes:
    """The bytes of a file with a section at its end, a blank line below what is there, in its newlines."""
    newline = b"\r\n" if 2 * data.count(b"\r\n") > data.count(b"\n") else b"\n"
    section = newline.join(text.encode("utf-8", "backslashreplace").split(b"\n"))
    if not data.strip():
        return data + section
    last_line = b"" if data.endswith(b"\n") else newline
    blank = b"" if data.endswith((b"\n\n", b"\n\r\n")) else newline
    return data + last_line + blank + section


def proved(file: Path, before: bytes, after: bytes) -> Settings:
    """The settings that ``after`` holds for isolator, if it is ``before`` and nothing else after it.

    Raises SettingsError if it is not, or if either is not TOML.
    """
    old, new = parse_toml(file, before), parse_toml(file, after)
    shared = file.name == "pyproject.toml"
    if not after.startswith(before) or (_without(new) if shared else {}) != _without(old):
        raise SettingsError(file, "a section at its end would change what stands above")
    own = new["tool"]["isolator"] if shared else new  # type: ignore[index]
    assert isinstance(own, dict)
    return settings_from(file, Table(file, "tool.isolator" if shared else "", own))


def _without(document: Mapping[str, object]) -> Mapping[str, object]:
    """A pyproject.toml without the section, and without a table ``tool`` that holds nothing else."""
    tool = document.get("tool", {})
    if not isinstance(tool, dict):
        return document
    rest = {key: value for key, value in tool.items() if key != "isolator"}
    return {key: value for key, value in {**document, "tool": rest}.items() if key != "tool" or value}
