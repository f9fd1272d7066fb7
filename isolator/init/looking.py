"""Looks at a project, and says what its settings could be. Nothing of it is imported or run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from posixpath import dirname

from codemods.conftest.isolating import isolates
from codemods.conftest.placing import autouse, fixture_name, fixtures
from codemods.context import Context, Fixture, Initializer
from isolator.evidence.context import informed
from isolator.evidence.model import Evidence
from isolator.evidence.seen import common_conftest
from isolator.evidence.store import read_evidence
from isolator.init.caches import caches
from isolator.init.clients import initializers
from isolator.init.files import Files
from isolator.init.found import Found, Noted
from isolator.init.reads import Readers, all_readers
from isolator.init.writes import MAY_WRITE, Write, writes
from isolator.project.project import Project
from isolator.system.files.workdir import evidence

_ABOUT_ENVIRONMENT = re.compile(rb"env|\bconfig\(", re.IGNORECASE)
_SEEN = "seen by `isolator observe`"


def look(project: Project) -> Found:
    """What was found. Raises SettingsError for configuration that cannot be used."""
    files = Files(project)
    readers = all_readers(files)
    written: dict[str, list[Write]] = {}
    for _, source in files.mentioning(MAY_WRITE, files.with_tests):
        for write in writes(source, files.context):
            written.setdefault(write.variable, []).append(write)
    found = Found(
        tests=len(files.tests),
        paths=_paths(project, files),
        source=_source(files),
        critical_env=tuple(_critical(written, files, readers)),
        caches=tuple(caches(files, readers, written)),
    )
    path = evidence(project.root)
    seen = None if path is None else read_evidence(path, project)
    told = informed(project.context(), seen[0], accept_initializers=True) if seen else project.context()
    found = replace(found, initializers=tuple(initializers(files)))
    if seen:
        found = _with_evidence(found, told, seen[0])
    found = replace(found, fixture=_fixture(files, found, told.fixture or Fixture("")))
    return replace(found, problems=tuple(files.problems))


def _paths(project: Project, files: Files) -> Noted[tuple[str, ...]] | None:
    """The directory that all test files are in, where it is none that isolator would look in by itself."""
    if project.pytest.testpaths or not files.tests or (project.root / "tests").is_dir():
        return None
    common = dirname(common_conftest(files.tests) or "")
    return Noted((common,), f"all {len(files.tests)} test files are below it") if common else None


def _source(files: Files) -> Noted[tuple[str, ...]] | None:
    """The directories of modules that tests import and that isolator would not look in by itself."""
    new = {module.root: module for module in files.modules.values() if not module.usual}
    if not new:
        return None
    usual = (module.root for module in files.modules.values() if module.usual)
    names = ", ".join(sorted({module.name.partition(".")[0] for module in new.values()})[:3])
    why = f"tests import {names}, which may be what is in {', '.join(sorted(new)[:3])}"
    return Noted((*sorted(set(usual)), *sorted(new)), why, certain=False)


def _critical(written: Mapping[str, list[Write]], files: Files, readers: Readers) -> Iterator[Noted[str]]:
    """The variables that tests write by other means than monkeypatch; certain are those that the code speaks of."""
    places = {
        name: first for name, all_ in written.items() if (first := next((w for w in all_ if not w.by_pytest), None))
    }
    named = _named(places, files)
    for name, write in sorted(places.items()):
        written_at = f"written at {write.file}:{write.line}"
        reader = next((reader for reader, reads in readers.known.items() if reads.of([name])), None)
        if name in named:
            yield Noted(name, f"{written_at}, named at {named[name]}")
        elif reader is not None:
            yield Noted(name, f"{written_at}, read by {reader}")
        else:
            yield Noted(name, f"{written_at}; no code was found that reads it by this name", certain=False)


def _named(variables: Iterable[str], files: Files) -> dict[str, str]:
    """Where the code under test names the variables in a line about the environment: the first place of each."""
    names = b"|".join(re.escape(name.encode()) for name in variables)
    found: dict[str, str] = {}
    for file in files.modules if names else ():
        data = files.data[file]
        for match in re.finditer(rb"[\"'](" + names + rb")[\"']", data):
            # A call may have the name in its second line.
            start = data.rfind(b"\n", 0, max(data.rfind(b"\n", 0, match.start()), 0)) + 1
            if _ABOUT_ENVIRONMENT.search(data, start, match.start()):
                line = data.count(b"\n", 0, match.start()) + 1
                found.setdefault(match[1].decode(), f"{file}:{line}")
    return found


def _fixture(files: Files, found: Found, wanted: Fixture) -> Noted[Fixture] | None:
    """The fixture that restores the variables, and where it goes: after the last that every test uses."""
    variables = tuple(each.value for each in found.critical_env if each.certain)
    conftest = wanted.conftest or common_conftest(files.tests)
    if not variables or conftest is None:
        return None
    source = files.source(conftest) if conftest in files.data else None
    every = [host for host in fixtures(source, files.context) if autouse(host.function)] if source else []
    for host in every:
        if wanted.template == "isolate_environment" and isolates(host, variables):
            why = f"{conftest}:{host.function.lineno}: {fixture_name(host.function)} restores them already"
            return Noted(replace(wanted, conftest=conftest), f"{why}: nothing is added")
    if not every:
        there = f"After the last fixture of {conftest}" if source else f"In {conftest} (will be created)"
        return Noted(replace(wanted, conftest=conftest), there)
    last = every[-1].function
    after = replace(wanted, conftest=conftest, after=fixture_name(last))
    return Noted(after, f"{conftest}:{last.lineno}: after {after.after}, which every test uses")


def _with_evidence(found: Found, told: Context, evidence: Evidence) -> Found:
    """With what a watched run showed, in place of suggestions; ``told`` has it in the rules' words."""
    leaks = {leak.variable: f"{leak.file}:{leak.line}: left changed; {_SEEN}" for leak in evidence.leaks if leak.file}
    filled = {c.object: f"{c.file}:{c.line}: {c.kind} that tests share; {_SEEN}" for c in evidence.caches}
    called = {each.target: f"{each.file}:{each.line}: {each.call}; {_SEEN}" for each in evidence.initializers}
    known = {each.value for each in found.critical_env if each.certain}
    caches = [each for each in found.caches if each.certain]
    kept = {each.value for each in caches}
    return replace(
        found,
        critical_env=(
            *(each for each in found.critical_env if each.certain or each.value not in told.critical_env),
            *(Noted(name, leaks.get(name, _SEEN)) for name in told.critical_env if name not in known),
        ),
        preconditions=tuple(
            Noted(each, f"Passes only where {', '.join(each.unset)} is not set; {_SEEN}") for each in told.preconditions
        ),
        initializers=(
            *(Noted(each, called.get(each.target, _SEEN), certain=False) for each in told.initializers),
            *(each for each in found.initializers if _is_below(each.value, called)),
        ),
        caches=(*caches, *(Noted(name, filled.get(name, _SEEN)) for name in told.caches if name not in kept)),
    )


def _is_below(initializer: Initializer, called: Iterable[str]) -> bool:
    """Whether one of the modules that use an initializer was seen to call out, which is due to it, perhaps."""
    return any(target.startswith(f"{module}.") for module in initializer.imports for target in called)
