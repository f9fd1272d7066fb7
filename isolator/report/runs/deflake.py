"""What ``isolator deflake`` did, for people and for programs.

    {"pytest_runs": n,
      "tests": {node id: {"before": verdict, "after": verdict, "partner": node id, "cells": [path…],
                          "places": [file:line…], "inherited": [variable…]}},
     "fixes": [finding…], "needed": {name of a rewrite: what fails without it}, "unneeded": [finding…],
     "taken_back": [finding and "evidence"…], "left": [finding…], "problems": [line…],
     "polluters": {node id: {"cells": [path…], "victims": [node id…]}}, "files_left": [line…], "uncollected": [line…],
     "seconds": s,
     "replayed": [{"test": node id, "result": how it ended, "before": n, "worker": name, "alone": how it ends alone,
                   "partners": [node id…]}…]}

``polluters`` are the tests that were found to make others fail, whether that is fixed or not.
``problems`` are of the runs by which the tests were judged in the end: those that tell nothing, or not all.
``files_left`` are the files that changed while the tests ran, each with what became of it; ``uncollected`` says of what
cannot be collected how to continue without it.

A rewrite is named as the test or the function that it is in. ``unneeded`` are findings whose rewrite no test misses.
``replayed`` is there with --from-run: the tests that failed in that run, and how they end in the same order, after so
many others. Findings are those of ``isolator fix --output-format json``. Of a test that depends on the order the
verdict is what it is, ``victim`` or ``brittle``, where that is known. ``partner`` is the test it depends on, ``cells``
the state, none if it is nothing that is watched. ``places`` are the lines that leave it changed, one for each of
``cells``, "" where none was seen. ``inherited`` are the variables of the environment that pytest was started in because
of which a test fails, or failed before. Each is left out where it is not known. Of variables there are names, never
values.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict

from isolator.pytest_runs.model import Test
from isolator.repair.attempts import NOT_NEEDED
from isolator.repair.causes.inherited import Variables, because, explanation
from isolator.repair.deflaked import Deflaked
from isolator.repair.replaying import Replayed
from isolator.report.findings.json import Entry, entry
from isolator.report.runs.hangs import place
from isolator.system.files.stored import dump
from isolator.system.visible import count

_SHOWN = 3  # paths of what a test depends on


def to_json(done: Deflaked) -> str:
    """The document, with a newline at its end."""
    document = {
        "pytest_runs": round(done.pytest_runs, 1),
        "tests": {
            name: {
                "before": verdict(done.before.get(name)),
                "after": verdict(test),
                **_cause(test, done.inherited.get(name)),
            }
            for name, test in done.after.items()
        },
        "fixes": fixes(done),
        "needed": {unit.name: str(fails) for unit, fails in done.needed.items()},
        "unneeded": [entry(u.path, finding, None) for u in done.unneeded.values() for finding in u.findings],
        "taken_back": [
            {**entry(blame.unit.path, finding, None), "evidence": blame.worse}
            for blame in done.taken_back
            for finding in blame.unit.findings
        ],
        "left": left(done),
        "polluters": {
            name: {"cells": list(each.cells), "victims": list(each.victims)} for name, each in done.polluters.items()
        },
        "problems": done.problems,
        "files_left": list(done.files_left),
        "uncollected": done.uncollected,
        "seconds": round(done.seconds, 2),
        **({"replayed": [_as_document(each) for each in done.replayed]} if done.replayed else {}),
    }
    return dump(document)


def _cause(test: Test, inherited: Variables | None) -> dict[str, object]:
    found = {"partner": test.partner, "cells": test.cells, "places": test.places or None, "inherited": inherited}
    return {key: value for key, value in found.items() if value is not None}


def _as_document(replayed: Replayed) -> dict[str, object]:
    return {key: value for key, value in asdict(replayed).items() if value not in (None, "", ())}


def findings(done: Deflaked) -> str:
    """What was fixed and what is left, as ``fix --write`` has it in JSON: for the summary of a later confirmation."""
    return json.dumps([*fixes(done), *left(done)], indent=2) + "\n"


def fixes(done: Deflaked) -> list[Entry]:
    """The findings that were fixed, and are kept."""
    return [entry(unit.path, finding, "applied") for unit in done.kept for finding in unit.findings]


def left(done: Deflaked) -> list[Entry]:
    """The findings that are left, in the files as they are now."""
    return [entry(o.file.path, finding, None) for o in done.outcomes for finding in o.left]


def verdict(test: Test | None) -> str:
    """A verdict in one word; ``new`` for a test that was not there."""
    return "new" if test is None else test.role or test.verdict


def report(done: Deflaked) -> Iterator[str]:
    """The lines: what was fixed and by which rewrites, what was taken back and why, what is left."""
    unstable = done.unstable(done.after)
    yield from (f"failed      {each.test}: {_again(each)}" for each in done.replayed)
    for name, test in done.unstable(done.before).items():
        if name in done.after and name not in unstable:
            why = f" {because(done.inherited[name])}" if name in done.inherited else ""
            yield f"fixed       {name}: was {verdict(test)}{why}, is {verdict(done.after[name])}"
    yield from _rewrites(done)
    for blame in done.taken_back:
        yield f"taken back  {blame.unit.name}: {blame.evidence}"
    for name, test in unstable.items():
        why = f" {explanation(done.inherited[name])}" if name in done.inherited else _needs(test)
        at = f" at {hangs_at}" if (hangs_at := place(test.hung)) else ""
        yield f"left        {name}: {verdict(test)}{at}{why}"
    if not done.unsafe_fixes and any(test.role == "brittle" for test in unstable.values()):
        yield "hint        with --unsafe-fixes, brittle tests get a fixture that sets up what they need, if that helps"
    yield from (f"missing     {line}" for line in done.uncollected)
    yield from (f"incomplete  {problem}" for problem in done.problems)
    yield from (f"file        {line}" for line in done.files_left)
    for outcome in done.outcomes:
        for finding in (each for each in outcome.left if each.refusal != NOT_NEEDED):
            yield f"refused     {outcome.file.path}:{finding.span.line}: {finding.code} {finding.message}"


def _again(replayed: Replayed) -> str:
    """What became of a test that failed in an earlier run."""
    worker = f" of {replayed.worker}" if replayed.worker else ""
    after = f"after {count(replayed.before, 'test')}{worker}"
    if not replayed.again:
        how = "passes" if replayed.result == "passed" else f"is {replayed.result}"
        return f"{how} now, in the same order, {after}: the order is not all that it depends on"
    if replayed.alone is not None and replayed.alone != "passed":
        return "fails again, and alone: it is not another test that makes it fail"
    because = f", because of {' and '.join(replayed.partners[:_SHOWN])}" if replayed.partners else ""
    return f"fails again {after}{because}"


def _rewrites(done: Deflaked) -> Iterator[str]:
    """What was rewritten, with what fails without it, and what need not be."""
    for unit in done.kept:
        for finding in unit.findings:
            yield f"rewritten   {unit.path}:{finding.span.line}: {finding.code} {finding.message}"
        if unit in done.needed:
            yield f"            without it {done.needed[unit]}"
    for unit in done.unneeded.values():
        for finding in unit.findings:
            yield f"not needed  {unit.path}:{finding.span.line}: {finding.code} {finding.message}"


def summary(done: Deflaked) -> str:
    """One line: how many tests were not stable before and are not now, and what it took."""
    was, now = (len(done.unstable(tests)) for tests in (done.before, done.after))
    verdicts = Counter(verdict(test) for test in done.after.values())
    tests = ", ".join(f"{number} {word}" for word, number in verdicts.most_common())
    incomplete = f"{count(len(done.problems), 'run')} with a problem; " if done.problems else ""
    return (
        f"{count(was, 'test')} not stable before, {now} after ({tests}); "
        f"{count(sum(len(u.findings) for u in done.kept), 'finding')} fixed; "
        f"{incomplete}{round(done.pytest_runs, 1):g} runs of pytest, {done.seconds:.0f} s."
    )


def _needs(test: Test) -> str:
    """The tests and the state that a test depends on, if known."""
    whom = test.partner or ("other tests" if test.role and test.cells is not None else "")
    said = f" of {whom}" if whom else ""
    if whom and test.role == "brittle":
        said = f": fails unless {whom} {'runs' if test.partner else 'run'} first"
    if test.cells is None:
        return said
    if not test.cells:
        return f"{said}, through something that isolator does not watch: perhaps a service, or state kept in C"
    shown = ", ".join(_located(test)[:_SHOWN]) + (
        f" and {len(test.cells) - _SHOWN} more" if test.cells[_SHOWN:] else ""
    )
    which = "which leaves" if test.partner else "which leave" if whom else "because it leaves"
    return f"{said}, {which} {shown} changed"


def _located(test: Test) -> list[str]:
    """The state that a test depends on, each with the line that leaves it changed."""
    cells = test.cells or ()
    places = test.places or ("",) * len(cells)
    return [f"{cell} ({place})" if place else cell for cell, place in zip(cells, places, strict=True)]
