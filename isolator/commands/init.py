"""``isolator init`` as a command: looks, writes, and says what it found."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from isolator.commands.output import print_diff, print_lines
from isolator.engine.batch import Outcome
from isolator.init.adding import proved, with_section
from isolator.init.found import Found, Noted
from isolator.init.looking import look
from isolator.init.section import Section
from isolator.project.discovery import File, shown
from isolator.project.project import Project, load_project
from isolator.project.settings import Settings
from isolator.project.toml import SettingsError, reading
from isolator.system.errors import Failure
from isolator.system.files.writing import ChangedError, content, not_written, replace_file
from isolator.system.visible import tell

_SHARED, _OWN = "pyproject.toml", "isolator.toml"
_FIRST = (
    "  1. review the file, and uncomment the settings you want",
    "  2. isolator check            lists the findings",
    "  3. isolator check --diff     shows the changes that fix them; --fix applies them",
    "  4. isolator confirm          runs pytest in several orders, to confirm the result",
)
_PROBLEMS = 5  # lines about files that are not valid Python


def run(dry_run: bool) -> int:
    """Writes the settings, or prints the diff: 0 if they are written or lack nothing, else 1. Raises Failure."""
    gc.disable()  # all that is read stays until the end: looking for garbage in it takes a fifth of the time
    try:
        project = load_project([])
        found = look(project)
        _tell(_problems(found.problems))
        if project.settings.file is not None:
            return _compare(found, project.settings, project.settings.file)
        return _write(found, project, dry_run)
    except SettingsError as error:
        raise Failure(f"{shown(error.path)}: {error.problem}; nothing was written") from None


def _compare(found: Found, settings: Settings, file: Path) -> int:
    """Prints what settings that are there lack; they are their owner's, and are not touched."""
    name = "[tool.isolator]" if file.name == _SHARED else "settings"
    lacking = without(found, settings)
    if not any(_certain(lacking)):
        _tell([f"{shown(file)} already has {name}, and no setting is missing; not changed"])
        return 0
    _tell(_lines(lacking, suggestions=False))
    section = Section("tool.isolator" if file.name == _SHARED else "")
    print_lines(section.added(lacking, settings.critical_env).rstrip("\n").split("\n"))
    _tell([f"{shown(file)} already has {name}; not changed. The missing settings are on stdout; add them there"])
    return 1


def _write(found: Found, project: Project, dry_run: bool) -> int:
    # A new pyproject.toml would change how pip builds the project and where pytest sees its root.
    file = project.root / (_SHARED if (project.root / _SHARED).is_file() else _OWN)
    with reading(file):
        before = content(file)
    text = Section("tool.isolator" if file.name == _SHARED else "").whole(found)
    after = with_section(before or b"", text)
    proved(file, before or b"", after)
    _tell(_lines(found))
    if dry_run:
        print_diff([Outcome(File(str(file), file.name), before, after)], project.root)
        _tell(
            [f"the diff is for {shown(file)}{'' if before is not None else ' (will be created)'}; nothing was written"]
        )
        return 1
    try:
        replace_file(str(file), before, after)
    except ChangedError:
        raise Failure(f"{shown(file)}: changed since it was read; not written, run isolator init again") from None
    except OSError as error:
        raise Failure(f"{shown(file)}: {not_written(error)}") from None
    what = "[tool.isolator] is added" if file.name == _SHARED else "written"
    _tell([f"{shown(file)}: {what}. Next steps:", *_FIRST])
    return 0


def without(found: Found, settings: Settings) -> Found:
    """What was found less what the settings say, or need not say."""
    told = {(variable, test) for each in settings.preconditions for variable in each.unset for test in each.tests}
    critical = tuple(each for each in found.critical_env if each.value not in settings.critical_env)
    isolated = settings.fixture is not None or not any(each.certain for each in found.critical_env)
    return replace(
        found,
        paths=None if settings.paths else found.paths,
        critical_env=critical,
        fixture=None if isolated else found.fixture,
        preconditions=tuple(
            each
            for each in found.preconditions
            if not told.issuperset((variable, test) for variable in each.value.unset for test in each.value.tests)
        ),
        caches=tuple(each for each in found.caches if each.value not in settings.caches),
    )


def _certain(found: Found) -> Iterator[Noted[object]]:
    """What goes into the settings as it is."""
    some = (found.paths, *found.critical_env, found.fixture, *found.preconditions, *found.caches)
    return (each for each in some if each is not None and each.certain)


def _lines(found: Found, suggestions: bool = True) -> Iterator[str]:
    """A line for each thing that was found."""
    if not found.tests:
        yield "no test files were found; check testpaths and python_files in pytest's configuration"
    if found.paths is not None:
        yield f"paths: {', '.join(found.paths.value)}: {found.paths.why}"
    if found.source is not None and suggestions:
        yield f"source: {', '.join(found.source.value)}: {found.source.why}; a suggestion, commented out"
    yield from _named("critical-env", [(each.value, each) for each in found.critical_env], suggestions)
    if found.fixture is not None:
        yield f"fixture: {found.fixture.value.name}: {found.fixture.why}"
    unset = [(", ".join(each.value.tests), each) for each in found.preconditions]
    yield from _named("precondition", unset, suggestions)
    yield from _named("initializer", [(each.value.target, each) for each in found.initializers], suggestions)
    yield from _named("cache", [(each.value, each) for each in found.caches], suggestions)


def _named(key: str, found: Sequence[tuple[str, Noted[object]]], suggestions: bool) -> Iterator[str]:
    for name, each in found:
        if each.certain or suggestions:
            yield f"{key}: {name}: {each.why}{'' if each.certain else '; a suggestion, commented out'}"


def _problems(problems: Sequence[str]) -> Iterator[str]:
    yield from problems[:_PROBLEMS]
    if len(problems) > _PROBLEMS:
        yield f"{len(problems) - _PROBLEMS} more files were skipped; `isolator check` may say why"


def _tell(lines: Iterable[str]) -> None:
    for line in lines:
        tell(line)
