"""What the reports say of findings that no small project shows all at once."""

from __future__ import annotations

import json
import sys
from io import StringIO

import pytest

from codemods.python.source import Span
from codemods.rule import Finding, Refusal, Rule
from isolator.engine import progress
from isolator.engine.batch import Outcome
from isolator.engine.interrupted import Written, interruption
from isolator.engine.progress import with_progress
from isolator.project.discovery import File
from isolator.report.findings import text
from isolator.report.findings.json import to_json
from isolator.report.findings.tally import Tally

REFUSAL = Refusal("import-time", "move it into a fixture")
RULE = Rule("ISO999", "a-rule", "\nFinds it.\n\nAnd more.\n", (REFUSAL,))
SAFE = RULE.finding(Span(4, 1, 4, 9), "safe", fix="safe", test="tests/a.py::test_a")
UNSAFE = RULE.finding(Span(3, 1, 3, 9), "unsafe", fix="unsafe")
REFUSED = RULE.finding(Span(2, 5, 2, 9), "refused", refusal=REFUSAL)
PLAIN = RULE.finding(Span(1, 1, 1, 9), "plain")
FILE = File("tests/a.py", "tests/a.py")


def of(*left: Finding, fixed: tuple[Finding, ...] = (), error: str | None = None) -> Outcome:
    return Outcome(FILE, b"old", b"new" if fixed else None, fixed, left, error)


def test_lines_mark_safe_fixes_and_name_reasons() -> None:
    assert list(text.findings([of(PLAIN, REFUSED, UNSAFE, SAFE)])) == [
        "tests/a.py:1:1: ISO999 plain",
        "tests/a.py:2:5: ISO999 refused; not fixed: move it into a fixture [import-time]",
        "tests/a.py:3:1: ISO999 unsafe; needs --unsafe-fixes: it may change what a test does",
        "tests/a.py:4:1: ISO999 [*] safe",
    ]


def tally(*outcomes: Outcome) -> Tally:
    counted = Tally()
    assert list(counted.of(outcomes)) == list(outcomes)
    return counted


def written(names: list[str]) -> Written:
    done = Written()
    for name in names:
        done.add(name)
    return done


def test_summaries_count() -> None:
    assert tally(of(PLAIN, REFUSED, UNSAFE, SAFE), of(), of(error="x")).check_summary() == (
        "Found 4 findings in 1 file of 3 (1 fixable with `isolator fix`, 1 with `--unsafe-fixes`); 1 file failed."
    )
    assert tally(of(PLAIN)).check_summary() == "Found 1 finding in 1 file of 1."
    assert tally().check_summary() == "No findings in 0 files."
    assert tally(of(PLAIN, fixed=(SAFE,)), of(UNSAFE)).fix_summary(written=True) == (
        "Fixed 1 finding in 1 file; 2 left, see `isolator check`."
    )
    assert tally(of(fixed=(SAFE, UNSAFE))).fix_summary(written=False) == "Would fix 2 findings in 1 file."


def test_what_was_not_written_is_not_counted_as_fixed() -> None:
    assert tally(of(fixed=(SAFE,), error="not written: is read-only")).fix_summary(written=True) == (
        "Nothing to fix in 1 file; 1 file failed."
    )


def test_an_interruption_says_what_was_written() -> None:
    names = [f"{letter}.py" for letter in "abcde"]
    two, five = interruption(written(names[:2])), interruption(written(names))
    assert two == "interrupted: 2 files written (a.py, b.py); all other files are unchanged"
    assert five == "interrupted: 5 files written (a.py … e.py); all other files are unchanged"
    assert interruption(Written(), "gone") == "gone: no file was written"


def test_the_page_of_a_rule() -> None:
    assert list(text.rule_table([RULE])) == ["ISO999  a-rule  Finds it."]
    assert list(text.rule_page(RULE)) == [
        "ISO999 a-rule",
        "",
        "Finds it.",
        "",
        "And more.",
        "",
        "Reasons why a finding is not fixed, and what to do:",
        "",
        "    import-time: move it into a fixture",
    ]


def test_text_is_utf8_and_never_fails() -> None:
    assert text.to_bytes(["é\udcff"]) == b"\xc3\xa9\xff\n"
    assert text.to_bytes(["é\ud800"]) == b"\xc3\xa9\\ud800\n"


def statuses(outcome: Outcome, *, written: bool) -> list[tuple[str, str | None, str | None]]:
    entries = json.loads("".join(to_json([outcome], written=written)))
    return [(entry["message"].partition(";")[0], entry["fix"], entry["refusal"]) for entry in entries]


def test_json_says_what_became_of_each_finding() -> None:
    left = [("plain", None, None), ("refused", None, "import-time"), ("unsafe", "unsafe", None)]
    assert statuses(of(PLAIN, REFUSED, UNSAFE, SAFE), written=False) == [*left, ("safe", "available", None)]
    outcome = of(PLAIN, REFUSED, UNSAFE, fixed=(SAFE,))
    assert statuses(outcome, written=False) == [*left, ("safe", "available", None)]
    assert statuses(outcome, written=True) == [*left, ("safe", "applied", None)]


def test_json_says_that_what_could_not_be_written_is_not_applied() -> None:
    assert statuses(of(fixed=(SAFE,), error="not written"), written=True) == [
        ("not written", None, None),
        ("safe", "available", None),
    ]


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("waited", "bar"), [(-1.0, True), (1000.0, False)])
def test_a_terminal_shows_progress_of_long_work(monkeypatch: pytest.MonkeyPatch, waited: float, bar: bool) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(progress, "_WAITED", waited)
    monkeypatch.setattr(progress, "_OFTEN", -1.0)
    assert list(with_progress([of(), of(SAFE)], 2)) == [of(), of(SAFE)]
    assert ("] 2/2, about 0 s left" in terminal.getvalue()) is bar
    assert terminal.getvalue().endswith("\r\x1b[K") is bar, "it goes away"


def test_no_terminal_shows_no_progress(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(progress, "_WAITED", -1.0)
    monkeypatch.setattr(progress, "_OFTEN", -1.0)
    assert list(with_progress([of(), of(SAFE)], 2)) == [of(), of(SAFE)]
    assert capsys.readouterr() == ("", "")


def test_the_bar_makes_room_for_what_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setattr(progress, "_WAITED", -1.0)
    monkeypatch.setattr(progress, "_OFTEN", -1.0)
    passed = with_progress([of(), of(SAFE), of()], 3)
    assert next(passed) == of()
    assert not terminal.getvalue().endswith("\r\x1b[K")
    assert next(passed) == of(SAFE)
    assert terminal.getvalue().endswith("\r\x1b[K")
    assert list(passed) == [of()]
    assert "] 3/3, " in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\x1b[K"), "it goes away"
