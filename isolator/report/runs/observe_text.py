"""Evidence as text: one table for each kind of result, worst first, with the rule that would fix it.

Polluters are sorted by the number of their victims, then by the number of tests that read what they left. Readers come
in this order: victims and brittle tests, whose outcomes the runs show to depend on it, then other tests with differing
outcomes. A variable that leaks comes before one that does not. Names of variables are shown, never their values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from isolator.evidence.dependence import brittle, first_reads, roles, victims
from isolator.evidence.model import Assumed, Edge, Evidence, Leak
from isolator.report.rules import code_for
from isolator.report.runs.confirm_matrix import MOST
from isolator.report.runs.hangs import folded
from isolator.report.runs.sections import in_sections
from isolator.system.visible import count

Row = tuple[str, ...]
_NAMED = 3  # tests in a row


def report(evidence: Evidence, *, colour: bool = False) -> Iterator[str]:
    """The lines of the report; sections that have nothing to say are left out."""
    sections = {
        "Hanging tests": [
            line for h in evidence.hangs for line in (h.test, *(f"    {each}" for each in folded(h.stack)))
        ],
        "Runs": [f"{r.order:<8}  {r.seconds:>7.2f} s  {r.problem or f'exit code {r.exit}'}" for r in evidence.runs],
        "Polluters": _table(("rule", "victims", "readers", "variable", "changed at", "test"), _polluters(evidence)),
        "Readers": _table(("rule", "role", "ends", "variable", "read at", "test, and who left it"), _readers(evidence)),
        "State that tests leave changed": _table(("rule", "tests", "what", "changed at", "by"), _cells(evidence)),
        "Assumed variables": _table(("rule", "variable", "found", "tests", "read at"), _assumed(evidence)),
        "Caches": _table(("rule", "object", "kind", "filled at", "by", "variables"), _caches(evidence)),
        "Initializers": _table(("rule", "target", "calls", "defined at", "tests"), _initializers(evidence)),
        "Files that cannot be collected": list(evidence.uncollected[:MOST]),
        "Files that changed while the tests ran": list(evidence.left[:MOST]),
        "What could not be watched": list(evidence.problems),
    }
    return in_sections(sections, colour=colour)


def summary(evidence: Evidence) -> str:
    """One line: how much was found of each."""
    polluters = {leak.test for leak in evidence.leaks}
    suffering = {each.test for each in victims(evidence)}
    needy = {each.test for each in brittle(evidence)}
    readers = {edge.reader for edge in evidence.edges}
    parts = [count(len(polluters), "polluter"), count(len(suffering), "victim")]
    parts += [count(len(needy), "brittle test")] if needy else []
    parts += [count(len(readers), "reader"), count(len(evidence.caches), "cache")]
    parts += [count(len(evidence.initializers), "initializer")]
    parts += [f"{count(len(evidence.cells), 'place')} left changed"] if evidence.cells else []
    parts += [count(len(evidence.hangs), "hanging test")] if evidence.hangs else []
    different = sum(_differs(evidence, name) for name in evidence.tests or ())
    parts.append(f"{different} of {count(len(evidence.tests or ()), 'test')} with differing outcomes")
    return f"Observed in {count(len(evidence.runs), 'run')}: {', '.join(parts)}."


def _polluters(evidence: Evidence) -> Iterator[Row]:
    known = roles(evidence)

    def harm(leak: Leak) -> tuple[int, int]:
        readers = {e.reader for e in evidence.edges if (e.polluter, e.variable) == (leak.test, leak.variable)}
        return sum(known.get((leak.test, each, leak.variable)) == "victim" for each in readers), len(readers)

    for leak in sorted(evidence.leaks, key=harm, reverse=True):
        own = leak.scope == "function" and _is_of_tests(evidence, leak.file)
        where = "not seen" if leak.file is None else f"{leak.file}:{leak.line}"
        rule = code_for("write" if own else "variable")
        yield rule, *map(str, harm(leak)), leak.variable, where, leak.test


def _readers(evidence: Evidence) -> Iterator[Row]:
    rule, known = code_for("precondition"), roles(evidence)

    def calm(edge: Edge) -> tuple[bool, bool]:
        return (edge.polluter, edge.reader, edge.variable) not in known, not _differs(evidence, edge.reader)

    for e in sorted(first_reads(evidence), key=calm):
        role = known.get((e.polluter, e.reader, e.variable), "reader")
        ends = "/".join(str(end) for end in _ends(evidence, e.reader))
        yield rule, role, ends, e.variable, f"{e.file}:{e.line}", f"{e.reader}, after {e.polluter}"


def _cells(evidence: Evidence) -> Iterator[Row]:
    """State that most tests leave changed comes first; of many tests only the first are named."""
    for cell in sorted(evidence.cells, key=lambda each: len(each.tests), reverse=True):
        more = f" and {len(cell.tests) - _NAMED} more" if len(cell.tests) > _NAMED else ""
        places = list(dict.fromkeys(filter(None, cell.places)))
        at = f"{places[0]}{f' and {len(places) - 1} more' if places[1:] else ''}" if places else "not seen"
        yield code_for("state"), str(len(cell.tests)), cell.path, at, f"{', '.join(cell.tests[:_NAMED])}{more}"


def _assumed(evidence: Evidence) -> Iterator[Row]:
    leaked = {leak.variable for leak in evidence.leaks}
    groups: dict[tuple[str, str], list[Assumed]] = {}
    for each in evidence.assumed:
        groups.setdefault((each.variable, each.state), []).append(each)

    def weight(item: tuple[tuple[str, str], list[Assumed]]) -> tuple[bool, int]:
        return item[0][0] in leaked, len({each.test for each in item[1]})

    for (variable, state), found in sorted(groups.items(), key=weight, reverse=True):
        places = list(dict.fromkeys(f"{each.file}:{each.line}" for each in found))
        more = f" and {len(places) - 1} more" if len(places) > 1 else ""
        rule = code_for("precondition" if variable in leaked else "variable")
        yield rule, variable, state, str(len({each.test for each in found})), f"{places[0]}{more}"


def _caches(evidence: Evidence) -> Iterator[Row]:
    rule = code_for("cache")
    for c in sorted(evidence.caches, key=lambda cache: len(cache.tests), reverse=True):
        by = count(len(c.tests), "test") if c.tests else "an import"
        variables = ", ".join(c.variables) or "all of them"
        yield rule, c.object, c.kind, f"{c.file}:{c.line}", by, variables


def _initializers(evidence: Evidence) -> Iterator[Row]:
    rule = code_for("initializer")
    for each in sorted(evidence.initializers, key=lambda initializer: len(initializer.tests), reverse=True):
        yield rule, each.target, each.call, f"{each.file}:{each.line}", str(len(each.tests))


def _ends(evidence: Evidence, test: str) -> tuple[str | None, ...]:
    return (evidence.tests or {}).get(test, ())


def _differs(evidence: Evidence, test: str) -> bool:
    return len(set(_ends(evidence, test))) > 1


def _is_of_tests(evidence: Evidence, file: str | None) -> bool:
    """Whether a file holds tests, or what only tests use."""
    path = PurePosixPath(file or "conftest.py")
    of_tests = {name.partition("::")[0] for name in evidence.tests or ()}
    return str(path) in of_tests or path.name == "conftest.py" or not {"test", "tests"}.isdisjoint(path.parts)


def _table(heading: Row, rows: Iterable[Row]) -> list[str]:
    """The rows below their heading, in columns; nothing if there are none."""
    found = list(rows)
    shown: Sequence[Row] = [heading, *found[:MOST]]
    widths = [max(len(row[column]) for row in shown) for column in range(len(heading))]
    lines = ["  ".join(f"{cell:<{width}}" for cell, width in zip(r, widths, strict=True)).rstrip() for r in shown]
    more = [f"… and {len(found) - MOST} more, see .isolator/evidence.json"] if len(found) > MOST else []
    return [*lines, *more] if found else []
