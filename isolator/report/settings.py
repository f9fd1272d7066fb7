"""The settings that count, as TOML, with where each of them comes from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields

from isolator.project.discovery import shown
from isolator.project.overrides import OPTION, merged
from isolator.project.project import Project
from isolator.project.request import Request
from isolator.project.settings import Settings
from isolator.project.tables.written import Written, written_at, written_in

# Fields that are called otherwise in the file, where each entry is a table of its own.
_NAMES = {"preconditions": "precondition", "initializers": "initializer", "caches": "cache"}


def settings_lines(project: Project, request: Request) -> Iterator[str]:
    """A line for each setting, ``key = value  # where from``, after where the project is. Raises SettingsError."""
    named = project.overrides.file
    written = written_in(project.root) if named is None else written_at(named)
    yield f"# root: {project.root}"
    yield f"# settings: {shown(written.file) if written else 'none'}"
    yield f"# pytest's configuration: {shown(project.pytest.file) if project.pytest.file else 'none'}"
    told = {**_written(project, written), **_options(request, project)}
    for field in fields(Settings):
        if field.name != "file":
            key = _NAMES.get(field.name, field.name.replace("_", "-"))
            value, origin = told.get(key) or (field.default, "default")
            if key == "paths" and key not in told:
                value, origin = project.default_paths(), "default: where pytest looks"
            table = key == "per-file-ignores" and not value
            yield f"# {key} is not set" if value is None else f"{key} = {'{}' if table else _toml(value)}  # {origin}"


def _written(project: Project, written: Written | None) -> dict[str, tuple[object, str]]:
    """The values of the file and of ``--config``, which comes before it, and where each is from."""
    values, own = project.overrides.values, written.values if written else {}
    file = shown(written.file) if written else ""
    found: dict[str, tuple[object, str]] = {}
    for key, value in merged(own, values).items():
        both = isinstance(values.get(key), dict) and key in own  # a table is put together
        origin = f"{file} and {OPTION}" if both else str(OPTION) if key in values else file
        found[key] = (value, origin)
    return found


def _options(request: Request, project: Project) -> dict[str, tuple[object, str]]:
    """What options of their own say."""
    told: dict[str, tuple[object, str]] = {}
    if request.select:
        told["select"] = (request.select, "--select")
        told["ignore"] = (request.ignore, "--ignore" if request.ignore else "--select, which replaces it")
    elif request.ignore:
        own = project.settings.ignore
        told["ignore"] = ((*own, *request.ignore), "the settings and --ignore" if own else "--ignore")
    if request.exclude:
        told["exclude"] = (request.exclude, "--exclude")
    if request.per_file_ignores:
        told["per-file-ignores"] = (dict(request.per_file_ignores), "--per-file-ignores")
    return told


def _toml(value: object) -> str:
    """A value as TOML on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        pairs = (f"{_key(str(key))} = {_toml(each)}" for key, each in value.items())
        return "{ " + ", ".join(pairs) + " }" if value else "{}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_toml, value))}]"
    return str(value) if isinstance(value, (int, float)) else json.dumps(str(value), ensure_ascii=False)


def _key(name: str) -> str:
    plain = name.replace("-", "").replace("_", "")
    return name if plain.isascii() and plain.isalnum() else json.dumps(name, ensure_ascii=False)
