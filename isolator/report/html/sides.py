"""The rows of the matrix, and the details of single tests, from confirmations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from isolator.pytest_runs.model import CALM, STABLE, Confirmation, Role
from isolator.pytest_runs.verdicts import BAD
from isolator.report.html.page import Ends, Heading, Hung, Known, Row, Side
from isolator.report.runs import hangs
from isolator.report.runs.confirm_matrix import CELLS, UNSTABLE, describe, failures, results
from isolator.system.visible import count

_IS = {"before": " were stable", "now": " are stable"}


def sentence(ok: bool, sides: Sequence[tuple[str, Confirmation]]) -> str:
    """Whether all is well, after and before, in one sentence."""
    found = sides[-1][1]
    verdicts = Counter(test.verdict for test in found.tests.values())
    are = "is" if len(found.tests) == 1 else "are"
    parts = [f"{_stable(found)} of {count(len(found.tests), 'test')} {are} stable in {count(len(found.runs), 'run')}"]
    others = [f"{verdicts[v]} {v}" for v in UNSTABLE if verdicts[v]]
    parts[0] += f" ({', '.join(others)})" if others else ""
    if len(sides) > 1:
        before = sides[0][1]
        parts.append(f"before, {_stable(before)} of {len(before.tests)} were")
    if unmet := sum(not each.met for each in found.expectations):
        parts.append(f"{unmet} of {count(len(found.expectations), 'expectation')} not met")
    if found.worse:
        parts.append(f"{len(found.worse)} worse than before")
    if broken := sum(run.problem is not None for run in found.runs):
        parts.append(f"{count(broken, 'run')} with a problem")
    return f"{'Confirmed' if ok else 'Not confirmed'}: {'; '.join(parts)}."


def served(sides: Sequence[tuple[str, Confirmation]]) -> str:
    """What speaks for a rewrite that serves all tests, in one sentence."""
    parts = [f"{_stable(c)} of {len(c.tests)}{_IS.get(name, '')} in {count(len(c.runs), 'run')}" for name, c in sides]
    return f"It serves all tests: {'; '.join(f'{name}, {part}' for (name, _), part in zip(sides, parts, strict=True))}."


def side(name: str, confirmation: Confirmation) -> Side:
    """The heads of the columns."""
    return Side(name, tuple(Heading(r.order, r.seed, r.seconds, r.problem) for r in confirmation.runs))


def rows(sides: Sequence[Confirmation], roles: Mapping[str, Role]) -> tuple[Row, ...]:
    """A row for each test that a side knows: those that are, or were, not stable first, the worst of them first.

    ``roles`` are those of tests that depend on the order.
    """
    names = dict.fromkeys(name for each in reversed(sides) for name in each.tests)
    every = [Row(name, tuple(_ends(name, each, roles) for each in sides)) for name in names]
    return tuple(sorted(every, key=_rank))


def known(rows: Iterable[Row], sides: Sequence[Confirmation]) -> list[Known]:
    """The details of the tests that are not stable: of the later side, or of the earlier one if it is calm now."""
    found: list[Known] = []
    for row in rows:
        if not row.calm:
            place = next(n for n in reversed(range(len(sides))) if (e := row.ends[n]) is not None and not e.calm)
            test, ends = sides[place].tests[row.test], row.ends[place]
            assert ends is not None
            told = f"{'was ' if place < len(sides) - 1 else ''}{ends.told}"
            failed = tuple(failures(row.test, sides[place].runs))
            anchor = f"test-{len(found) + 1}"
            found.append(Known(anchor, row.test, told, failed, test.commands))
    return found


def hung(rows: Iterable[Row], sides: Sequence[Confirmation]) -> Iterator[Hung]:
    """The tests that hang, or hung before, each once with where."""
    for row in rows:
        for confirmation in reversed(sides):
            test = confirmation.tests.get(row.test)
            if test is not None and test.verdict == "hanging":
                numbers = [str(n) for n, outcome in enumerate(test.outcomes, 1) if outcome == "hung"]
                runs = f"run{'s' * (len(numbers) > 1)} {', '.join(numbers)}"
                stack = test.hung or ""
                yield Hung(row, runs, hangs.place(stack), tuple(hangs.parts(stack)))
                break


def led(rows: Iterable[Row], known: Iterable[Known]) -> tuple[Row, ...]:
    """The rows, each with the anchor under which more is known of its test."""
    anchors = {each.test: each.anchor for each in known}
    return tuple(replace(row, anchor=anchors.get(row.test)) for row in rows)


def _stable(confirmation: Confirmation) -> int:
    return sum(test.verdict in STABLE for test in confirmation.tests.values())


def _ends(name: str, confirmation: Confirmation, roles: Mapping[str, Role]) -> Ends | None:
    test = confirmation.tests.get(name)
    if test is None:
        return None
    if test.verdict == "order-dependent" and test.role is None:
        test = replace(test, role=roles.get(name))
    attempts = [run.attempts.get(name) for run in confirmation.runs]
    ended = results(name, test, confirmation.runs)
    return Ends(
        verdict=test.role or test.verdict,
        told=describe(test),
        letters="".join(" " if each is None else CELLS[each][0] for each in ended),
        seconds=tuple(None if a is None else a.seconds for a in attempts),
        ways=tuple((number, a.way) for number, a in enumerate(attempts, 1) if a is not None and a.way),
        failures=sum(outcome in BAD for outcome in test.outcomes),
        calm=test.verdict in CALM,
        rank=UNSTABLE.index(test.verdict) if test.verdict in UNSTABLE else len(UNSTABLE),
        stable=test.verdict in STABLE,
    )


def _rank(row: Row) -> tuple[int, ...]:
    """The worst now, then the worst before, then the others as they come."""
    return tuple(len(UNSTABLE) if ends is None else ends.rank for ends in reversed(row.ends))
