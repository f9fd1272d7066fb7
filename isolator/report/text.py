"""The findings as lines of text, and the sentences that go with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from codemods.rule import Finding, Rule
from isolator.batch import Outcome


def findings(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """``path:line:column: CODE message``, a line for each finding that is left; ``[*]`` marks a safe fix."""
    for outcome in outcomes:
        for finding in outcome.left:
            mark = "[*] " if finding.fix == "safe" else ""
            reason = f" [{finding.refusal}]" if finding.refusal else ""
            place = f"{outcome.file.path}:{finding.span.line}:{finding.span.column}"
            yield f"{place}: {finding.code} {mark}{finding.message}{reason}"


def errors(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """A line for each file that failed."""
    for outcome in outcomes:
        if outcome.error is not None:
            yield f"{outcome.file.path}: error: {outcome.error}"


def passed_over(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """A line for each file that is no Python, and need not be."""
    for outcome in outcomes:
        if outcome.passed_over is not None:
            yield f"{outcome.file.path}: passed over: {outcome.passed_over}"


def check_summary(outcomes: Sequence[Outcome]) -> str:
    """How many findings there are, and what can be done about them."""
    left = _all_left(outcomes)
    if not left:
        return f"No findings in {count(len(outcomes), 'file')}{_failures(outcomes)}."
    files = sum(bool(outcome.left) for outcome in outcomes)
    safe = sum(finding.fix == "safe" for finding in left)
    unsafe = sum(finding.fix == "unsafe" for finding in left)
    hints = []
    if safe:
        hints.append(f"{safe} fixable with `isolator fix`")
    if unsafe:
        hints.append(f"{unsafe} with `--unsafe-fixes`")
    ending = (f" ({', '.join(hints)})" if hints else "") + _failures(outcomes)
    return f"Found {count(len(left), 'finding')} in {count(files, 'file')} of {len(outcomes)}{ending}."


def fix_summary(outcomes: Sequence[Outcome], *, written: bool) -> str:
    """How much was, or would be, fixed, and how much is left."""
    changed = [outcome for outcome in outcomes if outcome.after is not None and outcome.error is None]
    left = len(_all_left(outcomes))
    ending = f"; {left} left, see `isolator check`" if left else ""
    if not changed:
        return f"Nothing to fix in {count(len(outcomes), 'file')}{ending}{_failures(outcomes)}."
    fixed = count(sum(len(outcome.fixed) for outcome in changed), "finding")
    verb = "Fixed" if written else "Would fix"
    return f"{verb} {fixed} in {count(len(changed), 'file')}{ending}{_failures(outcomes)}."


def interruption(written: Sequence[str]) -> str:
    """What a run that was cut off has done."""
    if not written:
        return "interrupted: no file was written"
    names = ", ".join(written) if len(written) < 4 else f"{written[0]} … {written[-1]}"
    return f"interrupted: {count(len(written), 'file')} written ({names}); every other file is as it was"


def rule_table(rules: Iterable[Rule]) -> Iterator[str]:
    """A line for each rule: its code, its name and what it finds."""
    rows = [(rule.code, rule.name, rule.summary) for rule in rules]
    width = max((len(name) for _, name, _ in rows), default=0)
    for code, name, summary in rows:
        yield f"{code}  {name:<{width}}  {summary}"


def rule_page(rule: Rule) -> Iterator[str]:
    """All that a rule says of itself, and the codes of its refusals."""
    yield f"{rule.code} {rule.name}"
    yield ""
    yield from rule.doc.strip().splitlines()
    if rule.refusals:
        yield ""
        yield "Reasons for which it leaves a finding as it is, and what to do then:"
        yield ""
        yield from _reasons(rule)


def refusal_list(rules: Iterable[Rule]) -> Iterator[str]:
    """The reasons for which each rule leaves a finding as it is."""
    yield "Reasons for which a finding is left as it is, and what to do then:"
    for rule in rules:
        yield ""
        yield f"{rule.code} {rule.name}"
        yield from _reasons(rule)


def _reasons(rule: Rule) -> Iterator[str]:
    for refusal in rule.refusals:
        yield f"    {refusal.code}: {refusal.advice}"
    if not rule.refusals:
        yield "    it only reports: what is meant is yours to say"


def to_bytes(lines: Iterable[str]) -> bytes:
    """The lines in UTF-8; a file name that is not UTF-8 comes out as the bytes that it is."""
    text = "".join(f"{line}\n" for line in lines)
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace")


def _all_left(outcomes: Iterable[Outcome]) -> list[Finding]:
    return [finding for outcome in outcomes for finding in outcome.left]


def _failures(outcomes: Iterable[Outcome]) -> str:
    failed = sum(outcome.error is not None for outcome in outcomes)
    return f"; {count(failed, 'file')} failed" if failed else ""


def count(number: int, noun: str) -> str:
    """The number and the noun, in the plural unless it is one."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
