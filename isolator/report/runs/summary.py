"""A confirmation in Markdown, to paste into a pull request.

Whether all is well, in a sentence; then the tests that were fixed and how each was, the tests that
are still not stable and what is worse, the reruns and the time before and after, the files that
were modified with their commits, what else had to hold, the files that the runs left changed, and
what was refused and why. A section without content is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from isolator.pytest_runs.expectations.comparing import Comparison
from isolator.pytest_runs.model import Confirmation, Expectation
from isolator.report.markdown import code, prose, table
from isolator.report.runs.confirm_matrix import MOST, describe, unstable
from isolator.report.runs.confirm_text import summary as one_line
from isolator.system.visible import count


@dataclass(frozen=True)
class Fix:
    """A rewrite in the name of a test (its node id): the rule's code, the file and, if known, the line in the diff."""

    test: str
    rule: str
    path: str
    line: int | None = None


@dataclass(frozen=True)
class Refused:
    """A finding that was not fixed: where, the rule's code, and why in a sentence."""

    path: str
    line: int
    code: str
    reason: str


def summary(
    confirmation: Confirmation,
    comparison: Comparison | None = None,
    *,
    fixes: Sequence[Fix] = (),
    modified: Mapping[str, str | None] | None = None,
    refused: Sequence[Refused] = (),
) -> str:
    """The document, with a newline at its end.

    ``modified`` are the files that were modified, each with its commit if that is known. Without a comparison nothing
    can be said to be fixed: then every fix is told as a rewrite.
    """
    sections = {
        "Tests rewritten": _fixes(dict.fromkeys(m.test for m in fixes), fixes) if comparison is None else (),
        "Tests fixed": _fixes(comparison.fixed, fixes) if comparison is not None else (),
        "Tests that are not stable": _unstable(confirmation),
        "Worse than before": _capped([f"- {prose(sentence)}" for sentence in confirmation.worse]),
        "Before and after": _before_and_after(comparison) if comparison is not None else (),
        "Files modified": _modified(modified or {}),
        "Expectations": _expectations(confirmation.expectations),
        "Files that cannot be collected": _capped([f"- {prose(each)}" for each in confirmation.uncollected]),
        "Files that changed while the tests ran": _capped([f"- {prose(each)}" for each in confirmation.left]),
        "Refused": table(("where", "rule", "why"), map(_refused, refused)),
    }
    lines = [prose(one_line(confirmation))]
    if comparison is not None:
        lines[0] += f" {_progress(comparison)}"
    for heading, section in sections.items():
        if content := list(section):
            lines += ["", f"## {heading}", "", *content]
    return "\n".join(lines) + "\n"


def _progress(comparison: Comparison) -> str:
    fixed = f"{count(len(comparison.fixed), 'test')} fixed"
    eliminated = comparison.reruns[0] - comparison.reruns[1]
    reruns = f", {count(eliminated, 'rerun')} eliminated" if eliminated > 0 else ""
    before, after = comparison.seconds
    return f"{fixed}{reruns}; a run took up to {before:.2f} s, now {after:.2f} s."


def _fixes(tests: Iterable[str], fixes: Sequence[Fix]) -> Iterator[str]:
    return table(("test", "rule", "where"), (row for test in tests for row in _fix_rows(test, fixes)))


def _fix_rows(test: str, fixes: Sequence[Fix]) -> Iterator[tuple[str, str, str]]:
    own = [(code(test), fix.rule, code(_place(fix.path, fix.line))) for fix in fixes if fix.test == test]
    # A victim is fixed by the rewrite of its polluter, and has none of its own.
    yield from own or [(code(test), "", "no rewrite of its own")]


def _unstable(confirmation: Confirmation) -> Iterator[str]:
    names = unstable(confirmation)
    rows = [(code(name), prose(describe(confirmation.tests[name])), _outcomes(confirmation, name)) for name in names]
    yield from table(("test", "verdict", "by run"), rows[:MOST])
    if len(rows) > MOST:
        yield from ("", f"… and {len(rows) - MOST} more.")


def _outcomes(confirmation: Confirmation, name: str) -> str:
    return ", ".join(outcome or "not collected" for outcome in confirmation.tests[name].outcomes)


def _before_and_after(comparison: Comparison) -> Iterator[str]:
    before, after = comparison.seconds
    rows = [
        ("reruns", str(comparison.reruns[0]), str(comparison.reruns[1])),
        ("slowest run", f"{before:.2f} s", f"{after:.2f} s"),
    ]
    yield from table(("", "before", "after"), rows)
    leaks = [(name, "no longer leaves", variables) for name, variables in comparison.gone_leaks.items()]
    leaks += [(name, "now leaves", variables) for name, variables in comparison.new_leaks.items()]
    if leaks:
        yield ""
    yield from _capped([f"- {code(name)} {verb} {', '.join(map(code, each))} changed" for name, verb, each in leaks])


def _modified(modified: Mapping[str, str | None]) -> Iterator[str]:
    if any(modified.values()):
        return table(("file", "commit"), ((code(path), commit or "") for path, commit in modified.items()))
    return (f"- {code(path)}" for path in modified)


def _expectations(expectations: Iterable[Expectation]) -> Iterator[str]:
    for each in expectations:
        yield f"- [{'x' if each.met else ' '}] {prose(each.what)}"
        yield from (f"  {line}" for line in _capped([f"- {prose(place)}" for place in each.where], 10))


def _refused(refused: Refused) -> tuple[str, str, str]:
    return code(_place(refused.path, refused.line)), refused.code, prose(refused.reason)


def _place(path: str, line: int | None) -> str:
    return path if line is None else f"{path}:{line}"


def _capped(items: Sequence[str], most: int = MOST) -> list[str]:
    more = [f"- … and {len(items) - most} more"] if len(items) > most else []
    return [*items[:most], *more]
