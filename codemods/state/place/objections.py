"""What the owner of a function says in a comment: that monkeypatch was not to be used there.

# monkeypatch is function-scoped, so it cannot be used here
with patch.dict(os.environ, {"TOKEN": "t"}):
"""

from __future__ import annotations

import io
import re
import tokenize

from codemods.python.source import first_line
from codemods.suite.hosts import Host

_NAMES = re.compile(r"\bmonkeypatch\b", re.IGNORECASE)
_NEGATION = re.compile(
    r"n't\b|n\u2019t\b"
    r"|\b(not|cannot|cant|never|no|without|avoid|unable|instead of|rather than|fails?|breaks?)\b",
    re.IGNORECASE,
)


def says_why_not(host: Host) -> bool:
    """Whether a comment in the function, or right above it, says that monkeypatch is not what it
    wants.
    """
    lines = host.source.lines
    first, last = first_line(host.function) - 1, host.function.end_lineno or host.function.lineno
    while first and lines[first - 1].lstrip().startswith("#"):
        first -= 1
    text = "".join(lines[first:last])
    if not _NAMES.search(text):
        return False
    sentences = (each for comment in _comments(text) for each in re.split(r"[.;] ", comment))
    return any(_NAMES.search(each) and _NEGATION.search(each) for each in sentences)


def _comments(text: str) -> list[str]:
    """The comments of some lines, which may be those of a method; what goes on over several
    lines is one.
    """
    lines = io.StringIO(f"if 1:\n{text}" if text[:1] in " \t" else text)
    found: list[str] = []
    last = 0
    try:
        for token in tokenize.generate_tokens(lines.readline):
            if token.type != tokenize.COMMENT:
                continue
            goes_on = (
                found and token.start[0] == last + 1 and not token.line[: token.start[1]].strip()
            )
            words = token.string.lstrip("# ")
            if goes_on:
                found[-1] += f" {words}"
            else:
                found.append(words)
            last = token.start[0]
    except (tokenize.TokenError, IndentationError):
        pass  # the lines end in the middle of the file
    return found
