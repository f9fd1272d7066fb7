"""``--show-files`` and ``--show-settings``: what ``isolator check`` would look at, and what it would go by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from isolator.commands.output import print_lines
from isolator.engine.batch import read
from isolator.engine.nested import nested_projects
from isolator.engine.scan import files_of, project_of
from isolator.project.discovery import File, shown
from isolator.project.request import Request
from isolator.project.toml import SettingsError
from isolator.report.settings import settings_lines
from isolator.system.errors import Failure
from isolator.system.visible import tell


def show(request: Request) -> int:
    """Prints the files, or the settings, and checks nothing: 0, or 2 if there is no such file.

    Raises Failure if the settings cannot be used.
    """
    if request.stdin:
        raise Failure("--show-files and --show-settings cannot be used with stdin")
    try:
        if request.show_settings:
            print_lines(_settings(request))
            return 0
        return _show_files(files_of(request, project_of(request)))
    except SettingsError as error:
        raise Failure(f"{shown(error.path)}: {error.problem}") from None


def _show_files(files: Sequence[File]) -> int:
    problems = [read(file) for file in files if file.problem is not None or not Path(file.path).exists()]
    failed = {given.file.path: given.error for given in problems}
    print_lines(file.path for file in files if file.path not in failed)
    for path, error in failed.items():
        if error is not None:  # a conftest that is still to be written is none
            tell(f"{path}: error: {error}")
    return 2 if any(failed.values()) else 0


def _settings(request: Request) -> Iterator[str]:
    """The settings of the project, and of each project inside it that has its own."""
    project = project_of(request)
    yield from settings_lines(project, request)
    for nested in nested_projects(files_of(request, project), project):
        yield ""
        yield from settings_lines(nested, request)
