"""From a request to the outcomes: find the project and its files, run the engine over them, write if asked to."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import click

from codemods.context import Context
from codemods.rule import OWN
from isolator.engine import engine
from isolator.engine.batch import Outcome, Work, WorkFor, do_bytes, run
from isolator.engine.engine import Rewrite, Selection
from isolator.engine.interrupted import Written, interruption
from isolator.engine.nested import Part, Parts, nested_projects, outside, without_excluded
from isolator.engine.progress import with_progress
from isolator.project.conftests import conftests
from isolator.project.discovery import File, find_files, shown, split_node_id
from isolator.project.gitignore import with_slash
from isolator.project.installed_rules import usable
from isolator.project.overrides import OPTION, PerFile
from isolator.project.project import Project, load_project, normal
from isolator.project.request import Request
from isolator.project.toml import SettingsError
from isolator.system.errors import Failure
from isolator.system.files.workdir import BusyError, begun, evidence, linked
from isolator.system.signals import undisturbed
from isolator.system.visible import tell

if TYPE_CHECKING:
    from codemods.extending import Extension
    from isolator.engine.results import Results
    from isolator.project.others.changed_lines import Lines


class Engine(Protocol):
    """``engine.check`` or ``engine.rewrite``."""

    def __call__(
        self, data: bytes, path: str, context: Context, selection: Selection, tests: tuple[str, ...] | None = None
    ) -> Rewrite: ...


@dataclass(frozen=True)
class Scan:
    """What becomes of the files, and what it is worked out from; without a project if its settings cannot be used.

    ``outcomes`` come as the files are worked through, and only once: their sources are not kept. ``parts`` are projects
    inside this one; ``outside`` is how many files of tests were not looked at, since no path was given. ``since`` is
    the commit from which on changed lines count.
    """

    root: Path
    outcomes: Generator[Outcome, None, None]
    project: Project | None = None
    context: Context = field(default_factory=Context)
    selection: Selection = field(default_factory=Selection)
    parts: tuple[Part, ...] = ()
    outside: int = 0
    since: str | None = None

    def without(self, outcome: Outcome, units: frozenset[str], cells: frozenset[str] = frozenset()) -> Outcome:
        """What would have become of a file if these units, and fixtures for these cells, had been left out.

        It is worked out again from what was read.
        """
        work = Parts(engine.rewrite, (*self.parts, Part("", self.context, self.selection))).without(units, cells)
        return do_bytes(outcome.file, outcome.before, work)

    def again(self, outcome: Outcome) -> Outcome:
        """The outcome of a file that was written, as if it had been so before: its findings are searched for again."""
        work = Parts(engine.check, (*self.parts, Part("", self.context, self.selection)))
        if self.project is not None:
            work = work.on_lines(_changed(self.since, self.project, [outcome.file.name]))
        return replace(outcome, before=outcome.after, left=do_bytes(outcome.file, outcome.after, work).left)


@contextmanager
def scan(request: Request, work_on: Engine) -> Iterator[Scan]:
    """Runs the engine over the files asked for, and writes them if that is asked for and need not be confirmed first.

    Both happen as the outcomes are taken; what is not taken by the end is not done. A settings file that cannot be
    used is an outcome with an error. Raises Failure for words that make no sense, and for a run that the user
    interrupts.
    """
    written = Written()
    found = _found(request, work_on, written)
    try:
        with closing(found.outcomes):
            yield found
    except KeyboardInterrupt:
        raise Failure(interruption(written)) from None
    except Failure as error:  # of a cluster
        if not request.write:
            raise
        raise Failure(interruption(written, error.message)) from None


def _found(request: Request, work_on: Engine, written: Written) -> Scan:
    started = time.monotonic()
    stdin = request.stdin
    if stdin and request.executor:
        raise Failure("--executor cannot be used with stdin")
    try:
        words = [request.stdin_filename or "."] if stdin else [split_node_id(word)[0] for word in request.paths]
        project = load_project(words, request.overrides)
        if (link := linked(project.root)) is not None:
            click.echo(link, err=True)
        extensions, problems = usable()
        context = replace(
            _context(project, request), extensions=extensions, run=time.monotonic_ns(), proving=request.confirm
        )
        selection = _selection(request, project, extensions)
        context = replace(
            context,
            own_files=selection.fixes_of("ISO409", proving=request.confirm),
            own_objects=selection.fixes_of("ISO408", proving=request.confirm),
        )
    except SettingsError as error:
        return _unusable(Path.cwd(), error)
    since = _since(request, project)
    changed = _changed(since, project)
    files = _with_lines(changed, _files(request, project, context), project)
    try:
        nested = nested_projects(files, project)
        files = without_excluded(files, nested)
        parts = tuple(_part(each, files, project, request, extensions) for each in nested)
    except SettingsError as error:
        return _unusable(project.root, error)
    context = replace(context, conftests=conftests(files, project))
    all_parts = Parts(work_on, (*parts, Part("", context, selection))).on_lines(changed)
    earlier = _earlier(request, project, all_parts)

    def work_for(some: Sequence[File]) -> Work:
        work = all_parts.only(some)
        names = (file.name for file in some)
        return work if earlier is None else earlier.work(work, names, fixing=work_on is engine.rewrite)

    def outcomes() -> Generator[Outcome, None, None]:
        if stdin:
            yield _stdin(files[0], work_for(files))
        else:
            worked_on = _kept(_worked_on(request, files, work_for, context, selection), earlier)
            for outcome in with_progress(worked_on, len(files)):
                yield _judged(_written(request, outcome, written), project)
        yield from (Outcome(File(shown(Path(path)), path), error=problem) for path, problem in problems)
        if request.verbose:
            _explain(project, len(files), time.monotonic() - started)

    left_out = 0 if stdin or request.paths or request.quiet or since else outside(files, project)
    return Scan(project.root, outcomes(), project, context, selection, parts, left_out, since)


def _since(request: Request, project: Project) -> str | None:
    """The commit from which on changed lines count; None if all lines do. Raises Failure."""
    if request.since is None:
        return None
    if request.stdin:
        raise Failure("--since cannot be used with stdin")
    from isolator.project.others.changed_lines import branched_off

    return branched_off(request.since, project.root)


def _changed(since: str | None, project: Project, names: Sequence[str] | None = None) -> Mapping[str, Lines] | None:
    """The lines that have changed, by the absolute paths of their files; None if all lines count."""
    if since is None:
        return None
    from isolator.project.others.changed_lines import changed_lines

    root = with_slash(project.root)
    return {f"{root}{name}": lines for name, lines in changed_lines(since, project.root, names).items()}


def project_of(request: Request) -> Project:
    """The project of the paths that were given, or of the current directory. Raises SettingsError."""
    return load_project([split_node_id(word)[0] for word in request.paths], request.overrides)


def files_of(request: Request, project: Project) -> list[File]:
    """The files of a project that would be looked at. Raises SettingsError, and Failure."""
    files = _files(request, project, project.context())
    files = _with_lines(_changed(_since(request, project), project), files, project)
    return without_excluded(files, nested_projects(files, project))


def _with_lines(changed: Mapping[str, Lines] | None, files: list[File], project: Project) -> list[File]:
    """The files that have lines that count."""
    if changed is None:
        return files
    return [file for file in files if changed.get(f"{with_slash(project.root)}{file.name}")]


def _earlier(request: Request, project: Project, parts: Parts) -> Results | None:
    """What earlier runs found; None where that is not asked for, and on a cluster, which sees none of it."""
    if request.no_cache or request.since or request.stdin or request.executor or linked(project.root) is not None:
        return None
    from isolator.engine.results import earlier_results

    return earlier_results(project.root, parts.parts)


def _kept(outcomes: Iterator[Outcome], earlier: Results | None) -> Iterator[Outcome]:
    """The outcomes, which a later run need not work out again if all of them are taken."""
    kept = {}
    for outcome in outcomes:
        if outcome.kept is not None:
            kept[outcome.file.name] = outcome.kept
        yield outcome
    if earlier is not None:
        earlier.save(kept)


def _unusable(root: Path, error: SettingsError) -> Scan:
    """The scan of a project whose settings cannot be used: one outcome says why."""
    path = shown(error.path)
    return Scan(root, (each for each in [Outcome(File(path, path), error=error.problem)]))


def _files(request: Request, project: Project, context: Context) -> list[File]:
    """The files that are asked for; what an earlier run that was cut off has left beside them is put right first."""
    if request.stdin:
        return [_stdin_file(request, project)]
    if request.write:
        _recover(project.root)
    files = find_files(request.paths or project.default_paths(), project, _conftest(context))
    if request.write:
        _tidy_up(files)
    return files


def _part(
    nested: Project, files: Sequence[File], project: Project, request: Request, extensions: tuple[Extension, ...]
) -> Part:
    """A project inside another one, as the rules see it. Raises SettingsError."""
    prefix = nested.root.relative_to(project.root).as_posix() + "/"
    inside = [file for file in files if file.name.startswith(prefix)]
    context = replace(_context(nested, request), extensions=extensions, conftests=conftests(inside, project))
    return Part(prefix, context, _selection(request, nested, extensions))


def _context(project: Project, request: Request) -> Context:
    """What the rules are told: what the settings say, and what ``isolator observe`` saw, if it did."""
    path = None if request.no_evidence else evidence(project.root)
    if path is None:
        return project.context()
    from isolator.evidence.store import from_file

    return from_file(path, project, request.accept_initializers)


def _worked_on(
    request: Request, files: Sequence[File], work_for: WorkFor, context: Context, selection: Selection
) -> Iterator[Outcome]:
    if request.executor is None:
        return run(files, work_for, request.jobs or _cpus())
    from isolator.engine.spreading import over_cluster

    return over_cluster(files, work_for, request.executor, _read_by_rules(context, selection))


def _read_by_rules(context: Context, selection: Selection) -> list[str]:
    """The directories in which selected rules look things up; none if they only read the files themselves."""
    from codemods.registry import codemods_for

    if not any(codemod.reads_tree and selection.runs(codemod) for codemod in codemods_for(context)):
        return []
    roots = (context.root / root for root in context.source_roots)
    return [str(root) for root in dict.fromkeys((context.root, *roots)) if root.is_dir()]


def _judged(outcome: Outcome, project: Project) -> Outcome:
    """The outcome; what is not valid Python is skipped, unless the user named it or pytest would read it."""
    if not outcome.unreadable or outcome.file.named:
        return outcome
    from isolator.project.others.collecting import collects

    if collects(outcome.file.path, project):
        return outcome
    return replace(outcome, error=None, skipped=outcome.error)


def _written(request: Request, outcome: Outcome, written: Written) -> Outcome:
    """The outcome, after it was written if that is asked for."""
    if not request.write or request.confirm or outcome.after is None:
        return outcome
    from isolator.system.files.writing import ChangedError, not_written, replace_file

    try:
        with undisturbed():  # or a run that is interrupted might not know of its last file
            replace_file(outcome.file.path, outcome.before, outcome.after)
            written.add(outcome.file.path)
    except ChangedError as error:
        return replace(outcome, error=str(error))
    except OSError as error:
        return replace(outcome, error=not_written(error))
    return outcome


def _recover(root: Path) -> None:
    """Puts back what an isolator that was cut off has left on trial. Raises Failure if that cannot be done."""
    if not begun(root):
        return
    from isolator.system.trial import recover

    try:
        for line in recover(root):
            tell(line)
    except (BusyError, OSError, ValueError) as error:
        raise Failure(str(error)) from None


def _tidy_up(files: Sequence[File]) -> None:
    """Remove what a killed run has left beside the files, and in the folder for temporary ones."""
    from isolator.system.files.atomic import remove_leftovers
    from isolator.system.run_folder import remove_forgotten

    remove_forgotten()
    for folder in {os.path.dirname(os.path.realpath(file.path)) for file in files}:  # noqa: PTH120 - of thousands
        remove_leftovers(Path(folder))


def _stdin_file(request: Request, project: Project) -> File:
    path = request.stdin_filename or "<stdin>"
    return File(path, normal(Path(path)).as_posix().removeprefix(f"{project.root.as_posix()}/"))


def _stdin(file: File, work: Work) -> Outcome:
    data = sys.stdin.buffer.read()
    return replace(do_bytes(file, data, work), before=data)


def _codes(per_file: PerFile) -> tuple[str, ...]:
    return tuple(code for _, codes in per_file for code in codes)


def _selection(request: Request, project: Project, extensions: tuple[Extension, ...]) -> Selection:
    """The rules that count: ``--select`` replaces both settings, ``--ignore`` adds to that setting."""
    settings = project.settings
    for code in _unknown((*request.select, *request.ignore, *_codes(request.per_file_ignores)), extensions):
        raise Failure(f"there is no rule {code!r}; `isolator rules` lists them")
    written = {
        "select": settings.select,
        "ignore": settings.ignore,
        "per-file-ignores": _codes(settings.per_file_ignores),
    }
    for key, codes in written.items():
        for code in _unknown(codes, extensions):
            where = OPTION if key in project.overrides.values else settings.file or OPTION
            raise SettingsError(where, f"{key}: there is no rule {code!r}")
    selection = Selection(request.select, request.ignore, request.unsafe_fixes, in_some_files=project.per_file_ignores)
    if request.select:
        return selection
    return replace(selection, select=settings.select, ignore=(*settings.ignore, *request.ignore))


def _unknown(codes: Sequence[str], extensions: tuple[Extension, ...]) -> Iterator[str]:
    if all(code == OWN for code in codes):  # no rule need be imported for that
        return iter(())
    from codemods.registry import all_rules

    known = [rule.code for rule in all_rules(extensions)]
    return (code for code in codes if not code or not any(each.startswith(code) for each in known))


def _conftest(context: Context) -> str | None:
    if context.fixture is None and not context.caches and not context.leaked:
        return None
    from codemods.conftest.template import conftest_path

    return conftest_path(context)


def _cpus() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _explain(project: Project, files: int, seconds: float) -> None:
    tell(f"root: {project.root}")
    tell(f"settings: {project.settings.file or 'none'}")
    tell(f"pytest's configuration: {project.pytest.file or 'none'}")
    click.echo(f"looked at {files} files in {seconds:.2f} s", err=True)
