"""Plain words: phrases that stopped readers are in no message, docstring, comment or page."""

from __future__ import annotations

import re
import subprocess
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NOT_OURS = {"LICENSE", "tests/test_words.py"}
# What must not be written, in any case, and what is written instead. Each is looked for in all files that git has, and
# so in comments, docstrings, names of tests and variables too: `left_aside` and `LeftAside` are read as `left aside`.
PHRASES = {
    r"\b(un)?mend(s|ed|ing)?\b": "fix",
    r"\bbehind\b": "after",
    r"what is behind": "everything after `--` is passed to pytest",
    r"pass(ed|es)? over\b": "skipped",
    r"le(ft|ave|aves) aside": "ignore, ignored",
    r"presuppos": "assumed",
    r"without further ado": "automatically",
    r"do(es)? no worse with|tests do worse|tests did worse": "do not make tests worse",
    r"who pollutes|who suffers|who calls out": "which tests pollute, which are affected, which use the network",
    r"nothing that was found afterwards": "created at import and never recreated",
    r"\bbinds? (it|a name|them)\b": "assigned in",
    r"not there yet": "(will be created); does not exist yet",
    r"left as it is\b": "not fixed, not rewritten, unchanged",
    r"\b(is|are) meant\b": "applies, is intended",
    r"take away the `?#": "uncomment to enable",
    r"outlives? the call": "the change persists after the helper returns",
    r"by hand, but not if": "manual restore misses the case where it was unset",
    r"\} s to go|\d s to go": "s left",
    r"brittle without": "fails unless X runs first",
    r"fails in less than": "rule out a failure rate above",
    r"what is known of\b": "Details",
    r"who depends on whom": "Dependencies",
    r"\bend(s|ed|ing)? differently\b": "with differing outcomes",
    r"is data,?( and)? .{0,60}is talk": "results go to stdout, messages to stderr",
    r"words make no sense": "on a usage error",
    r"not to be had": "cannot use, not available",
    r"(?<!there\s)(?<!here\s)\b(is|are|was|were) no (?!longer\b|less\b|more than\b)": "is not a",
    r"yours to say": "you need to decide which was intended",
    r"how often;|: how often,": "number of runs",
    r"say also": "also list",
    r", for (it|they|that|he|these) (?!or )[a-z]+": "because it is",
    r"\blest\b|\bamid\b|\banew\b": "so that it does not; between; again",
    r"\bshall\b|\bupon\b|\bhence\b|\bas far as\b": "is to, should; on; so; if, where",
    r"\bnobody knows who\b|who is to blame": "find the polluters",
    r"begin with a project of yours": "set up your project",
    r"a (file|template|rule) of your own": "your own file",
    r"stands? (in the tests for anyone|under \[)": "see [...]",
    r"goes with (--|files|no other)|do(es)? not go with": "needs; cannot be used with",
    r"takes? that back|taken back the": "rolls back, undoes",
    r"cannot be told to what": "it is not clear that it restores the old value",
    r"use one name for one thing": "use a different name",
    r"left so, for": "not restored, because",
    r"was not found out: looking": "were not found: the search has taken",
    r"other(s)? live on (it|them)|lives on (it|them)": "depend on it",
}
# Where such a word is usual English.
USUAL = re.compile(r"\b(?:leav(?:e|es|ing)|left|stay(?:s|ed)?)\b[^.;:]{0,60}\bbehind\b|\bbehind (?:the )?\w+'s back\b")


@cache
def texts() -> dict[str, str]:
    """The text files that git has, by their names, which are the first line of each text."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    found = {}
    for name in filter(None, listed.stdout.decode().split("\0")):
        if name not in NOT_OURS and (ROOT / name).is_file():
            with suppress(UnicodeDecodeError):
                found[name] = plain(f"{name}\n{(ROOT / name).read_text(encoding='utf-8')}")
    return found


def plain(text: str) -> str:
    """The text in lower case, with names taken apart into their words; each line stays where it is."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", text).lower()
    return USUAL.sub(lambda match: "\n" * match[0].count("\n"), words)


def pattern(phrase: str) -> re.Pattern[str]:
    """The phrase, which may go on in the next line of a comment or a string."""
    return re.compile(phrase.replace(" ", r"(?:\s|#|\"\n\s*f?\")+"))


@pytest.mark.parametrize("phrase", PHRASES)
def test_phrase(phrase: str) -> None:
    wanted, found = pattern(phrase), []
    for name, text in texts().items():
        found += [f"{name}:{text[: m.start()].count(chr(10))}" for m in wanted.finditer(text)]
    assert not found, f"say: {PHRASES[phrase]}"


def test_all_files_are_read() -> None:
    folders = {name.partition("/")[0] for name in texts()}
    assert folders >= {"README.md", "benchmarks", "codemods", "docs", "fixtures_templates", "isolator", "tests"}


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("it is\n    # left  aside", r"le(ft|ave|aves) aside"),
        ('"the rest is passed "\n        "over"', r"pass(ed|es)? over\b"),
        ("Mended by hand", r"\b(un)?mend(s|ed|ing)?\b"),
        ("def test_it_is_mended() -> None:", r"\b(un)?mend(s|ed|ing)?\b"),
        ("PASSED_OVER = 1", r"pass(ed|es)? over\b"),
        ("class LeftAside:", r"le(ft|ave|aves) aside"),
        ("the import stands behind it", r"\bbehind\b"),
    ],
)
def test_phrases_are_found(text: str, phrase: str) -> None:
    assert phrase in PHRASES
    assert pattern(phrase).search(plain(text))


@pytest.mark.parametrize("text", ["a test leaves it behind", "nothing stays\n    behind", "behind Python's back"])
def test_usual_english_is_not_found(text: str) -> None:
    assert not pattern(r"\bbehind\b").search(plain(text))
