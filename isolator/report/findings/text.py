"""The findings as lines of text, and the sentences that go with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from codemods.rule import Finding, Rule
from isolator.engine.batch import Outcome
from isolator.system.visible import visible

# Reasons that any rule may have.
_OF_THE_ENGINE = {
    "internal-check": "the rewrite failed an internal check, which is a bug of isolator; please report it",
    "not-confirmed": "the rewrite made tests worse, or they did not run; look at what they depend on",
}


def findings(outcomes: Iterable[Outcome], *, unsafe_fixes: bool = False) -> Iterator[str]:
    """``path:line:column: CODE message``, a line for each finding that is left; ``[*]`` marks a fix that is made.

    A fix that is unsafe says what it takes, and why; with ``unsafe_fixes`` it is marked as well.
    """
    for outcome in outcomes:
        for finding in outcome.left:
            place = f"{outcome.file.path}:{finding.span.line}:{finding.span.column}"
            yield f"{place}: {finding.code} {message(finding, unsafe_fixes)}"


def message(finding: Finding, unsafe_fixes: bool) -> str:
    """What a line says of a finding after its code."""
    if finding.fix == "unsafe":
        why = finding.caution or "it may change what a test does"
        if unsafe_fixes:
            return f"[*] {finding.message}; the fix is unsafe: {why}"
        return f"{finding.message}; needs --unsafe-fixes: {why}"
    mark = "[*] " if finding.fix == "safe" else ""
    return f"{mark}{finding.message}{f' [{finding.refusal}]' if finding.refusal else ''}"


def errors(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """A line for each file that failed, and for each rewrite of a file that did."""
    for outcome in outcomes:
        yield from (f"{outcome.file.path}: error: {error}" for error in outcome.errors)


def skipped(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """A line for each file that is not valid Python, and need not be."""
    for outcome in outcomes:
        if outcome.skipped is not None:
            yield f"{outcome.file.path}: skipped: {outcome.skipped}"


def notes(outcome: Outcome) -> Iterator[str]:
    """A line for each fix that takes a block of its own: ``tests/test_a.py:3: a block …: why``."""
    for finding in (*outcome.fixed, *outcome.left):
        if finding.note is not None:
            yield f"{outcome.file.path}:{finding.span.line}: needs a separate with block: {finding.note}"


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
        yield "Reasons why a finding is not fixed, and what to do:"
        yield ""
        yield from _reasons(rule)


def refusal_list(rules: Iterable[Rule]) -> Iterator[str]:
    """The reasons for which each rule leaves a finding as it is."""
    yield "Reasons why a finding is not fixed, and what to do:"
    for rule in rules:
        yield ""
        yield f"{rule.code} {rule.name}"
        yield from _reasons(rule)


def reason_page(rules: Iterable[Rule], code: str) -> Iterator[str]:
    """What a reason means, for each rule that has it; the rules that say the same of it stand together."""
    by_advice: dict[str, list[Rule]] = {}
    for rule in rules:
        for refusal in rule.refusals:
            if refusal.code == code:
                by_advice.setdefault(refusal.advice, []).append(rule)
    if code in _OF_THE_ENGINE:
        by_advice[_OF_THE_ENGINE[code]] = []
    if by_advice:
        yield f"{code}: a reason why a finding is not fixed"
    for advice, some in by_advice.items():
        yield ""
        if some:
            yield ", ".join(f"{rule.code} {rule.name}" for rule in some)
        yield f"    {advice}"


def _reasons(rule: Rule) -> Iterator[str]:
    for refusal in rule.refusals:
        yield f"    {refusal.code}: {refusal.advice}"
    if not rule.refusals:
        yield "    this rule only reports: you need to decide which was intended"


def to_bytes(lines: Iterable[str]) -> bytes:
    """The lines in UTF-8; a file name that is not UTF-8 comes out as the bytes that it is."""
    return b"".join(map(line_to_bytes, lines))


def line_to_bytes(line: str) -> bytes:
    """The same of one line."""
    return encoded(f"{visible(line)}\n")


def encoded(text: str) -> bytes:
    """A text in UTF-8 as it is; what stands for bytes that are not UTF-8 becomes these bytes."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace")
