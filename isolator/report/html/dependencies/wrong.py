"""What was wrong, a row for each: the polluter, what it leaves changed, and the test that fails for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from isolator.pytest_runs.model import Test
from isolator.report.html.dependencies.links import Link, Seen, strong
from isolator.report.html.material import Material
from isolator.report.html.page import Row, Wrong
from isolator.report.html.rewrites import Rewrites
from isolator.report.rules import code_for
from isolator.report.runs.hangs import place

_UNKNOWN = "it is not known which ones"
_UNTRIED = "which ones was not tried: `--all` keeps every rewrite without experiments"
SETTER, POLLUTER = "state-setter", "polluter"
_ALONE = {
    "hanging": "does not end",
    "missing": "was not reached in every run",
    "gone": "is not there any more",
    "uncollected": "cannot be collected",
    "flaky": "has differing outcomes in the same order",
    "nio": "fails when it runs a second time in one process",
    "rerun": "passes only when it is run again",
    "failing": "fails every time",
}


def wrong(material: Material, rows: Iterable[Row], seen: Seen, rewrites: Rewrites) -> Iterator[Wrong]:
    """A row for each pair of tests of which one makes the other fail, and for each test that fails by itself."""
    links: dict[str, dict[str, list[Link]]] = {}
    for link in strong(seen.links):
        links.setdefault(link.reader, {}).setdefault(link.polluter, []).append(link)
    inherited = {each.test: each.variables for each in material.evidence.inherited} if material.evidence else {}
    for row in rows:
        test = _when_wrong(row, material)
        set_outside = inherited.get(row.test, ()) if row.word or row.failing else ()
        if test is None and not set_outside:
            continue
        if row.test in links:
            for polluter, found in links[row.test].items():
                yield _pair(row, polluter, found, rewrites)
        elif set_outside:
            yield Wrong("", "the environment that pytest is started in", set_outside, "", row.word or "failing", row)
        elif test is not None:
            told = _by_itself(test, tried=row.test not in material.untried)
            yield Wrong("", *told, row.word or test.verdict, row)


def _pair(row: Row, polluter: str, links: Sequence[Link], rewrites: Rewrites) -> Wrong:
    cells = tuple(dict.fromkeys(link.cell for link in links if link.cell))
    role = str(links[0].role)
    word = SETTER if role == "brittle" else POLLUTER
    told = word if polluter else "several tests, or one that was not found"
    at = next((link.place for link in links if link.place), "")
    anchor = rewrites.of(polluter) if polluter else None
    finding = next((each for each in rewrites.findings(anchor) if _leaves(each.code)), None) if not cells else None
    return Wrong(polluter, told, cells, at, role, row, anchor, links[0].anchor, finding)


def _leaves(code: str) -> bool:
    """Whether the rule is about what a test leaves changed."""
    return code == code_for("write") or code.startswith("ISO4")


def _by_itself(test: Test, *, tried: bool) -> tuple[str, tuple[str, ...], str]:
    """Of a test that no other one was found for: what it does, and where."""
    if test.verdict == "order-dependent":
        several = test.commands or test.together
        return "several tests together" if several else f"other tests; {_UNKNOWN if tried else _UNTRIED}", (), ""
    told = _ALONE.get(test.verdict, test.verdict)
    return told, (), place(test.hung) if test.verdict == "hanging" else ""


def _when_wrong(row: Row, material: Material) -> Test | None:
    """What was known of a test when it was not as it should be: before, or now if it was then; None if it never was."""
    for ends, (_, confirmation) in zip(row.ends, material.sides, strict=True):
        if ends is not None and not ends.calm:
            return confirmation.tests[row.test]
    return None


def fixed(row: Row) -> bool | None:
    """Whether a test that was not stable is so now; None if it was, or that is not known."""
    if len(row.ends) < 2 or row.ends[0] is None or row.ends[0].stable:
        return None
    last = row.ends[-1]
    return last is not None and last.stable


def leaks_gone(rows: Sequence[Wrong], material: Material) -> tuple[int, int]:
    """How many leaks are gone, and how many there were: variables, and other state known to make tests fail.

    A variable is measured in every run. Of other state it is known that no test fails for it any more.
    """
    if len(material.sides) < 2:
        return 0, 0
    before, after = (_leaks(confirmation.tests) for _, confirmation in (material.sides[0], material.sides[-1]))
    gone: dict[tuple[str, str], bool] = {leak: leak not in after for leak in before}
    for each in rows:
        for cell in each.cells if each.polluter else ():
            if (each.polluter, cell) not in before:
                gone[each.polluter, cell] = gone.get((each.polluter, cell), True) and bool(fixed(each.row))
    return sum(gone.values()), len(gone)


def _leaks(tests: Mapping[str, Test]) -> set[tuple[str, str]]:
    return {(name, variable) for name, test in tests.items() for variable in test.leaks}
