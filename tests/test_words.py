"""Plain words: phrases that stopped readers are in no message, docstring, comment or page."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("isolator", "codemods", "fixtures_templates", "docs", "action", "benchmarks")
FILES = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "action.yml")
SUFFIXES = {".py", ".md", ".j2", ".yml"}
# What must not be written, and what is written instead.
PHRASES = {
    r"\bmend(s|ed|ing)?\b": "fix",
    r"\bbehind (?=a |an |the |one |another |none|others?\b|this |that |which |it\b|--|`)": "after",
    r"what is behind": "everything after `--` is passed to pytest",
    r"pass(ed|es)? over\b": "skipped",
    r"le(ft|ave|aves) aside": "ignore, ignored",
    r"presuppos": "assumed",
    r"do(es)? no worse with|tests do worse|tests did worse": "do not make tests worse",
    r"who pollutes|who suffers|who calls out": "which tests pollute, which are affected, which use the network",
    r"nothing that was found afterwards": "created at import and never recreated",
    r"\bbinds? (it|a name|them)\b": "assigned in",
    r"which is not there yet": "(will be created)",
    r"take away the `?#": "uncomment to enable",
    r"outlives? the call": "the change persists after the helper returns",
    r"by hand, but not if": "manual restore misses the case where it was unset",
    r"\} s to go|\d s to go": "s left",
    r"brittle without": "fails unless X runs first",
    r"fails in less than": "rule out a failure rate above",
    r"what is known of them": "Details",
    r"who depends on whom": "Dependencies",
    r"\bends? differently\b": "with differing outcomes",
    r"is data,?( and)? .{0,60}is talk": "results go to stdout, messages to stderr",
    r"words make no sense": "on a usage error",
    r"not to be had": "cannot use, not available",
    r"without further ado": "automatically",
    r"\bis no (Python\b(?! file)|rate|regular|dotted|evidence|baseline|confirmation)": "is not a valid",
    r"yours to say": "you need to decide which was intended",
    r"how often;|: how often,": "number of runs",
    r"say also": "also list",
    r", for (it|they|that) (is|are|was|has|have) ": "because it is",
    r"\blest\b|\bamid\b": "so that it does not; between",
    r"\bis no finding\b|are no findings": "is not reported",
    r"\bnobody knows who\b|who is to blame": "find the polluters",
    r"\b(is|are|be|been|was|were) made anew\b|\banew for each test": "created again, recreated",
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


def texts() -> list[Path]:
    """The files that git has, of ours that people read."""
    listed = subprocess.run(["git", "ls-files", "-z", *FOLDERS, *FILES], cwd=ROOT, capture_output=True, check=True)
    paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    return [path for path in paths if path.suffix in SUFFIXES and path.is_file()]


def pattern(phrase: str) -> re.Pattern[str]:
    """The phrase, which may go on in the next line of a comment or a string."""
    return re.compile(phrase.replace(" ", r"(?:\s|#|\"\n\s*f?\")+"), re.IGNORECASE)


@pytest.mark.parametrize("phrase", PHRASES)
def test_phrase(phrase: str) -> None:
    wanted, found = pattern(phrase), []
    for path in texts():
        text = path.read_text(encoding="utf-8")
        found += [f"{path.relative_to(ROOT)}:{text[: m.start()].count(chr(10)) + 1}" for m in wanted.finditer(text)]
    assert not found, f"say: {PHRASES[phrase]}"


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("it is\n    # left  aside", r"le(ft|ave|aves) aside"),
        ('"the rest is passed "\n        "over"', r"pass(ed|es)? over\b"),
        ("Mended by hand", r"\bmend(s|ed|ing)?\b"),
    ],
)
def test_phrases_are_found_over_the_end_of_a_line(text: str, phrase: str) -> None:
    assert pattern(phrase).search(text)
