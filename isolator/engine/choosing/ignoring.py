"""``check --add-ignore``: a comment on each line that has a finding, which then is none."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import replace

from codemods.context import Context
from codemods.python.source import Source
from codemods.rule import IGNORE, Finding
from isolator.engine import engine
from isolator.engine.choosing.changed import check
from isolator.engine.engine import Rewrite, Selection

_WHERE_NOT = "no comment is possible there: {}"


def add_ignores(
    data: bytes, path: str, context: Context, selection: Selection, tests: tuple[str, ...] | None = None
) -> Rewrite:
    """The file with a comment for each of its findings, which are ``fixed`` by it; nothing else of it changes.

    Where no comment can stand, a finding is left, with the reason as its refusal.
    """
    checked = check(data, path, context, selection, tests)
    if checked.error is not None or not checked.left:
        return checked
    source = engine.read(data, path, tests)
    lines = list(source.lines) or [""]
    refused = _refusals(source, {finding.span.line for finding in checked.left})
    left = tuple(_refused(f, refused[f.span.line]) for f in checked.left if f.span.line in refused)
    ignored = tuple(finding for finding in checked.left if finding.span.line not in refused)
    for number in {finding.span.line for finding in ignored}:
        codes = [finding.code for finding in ignored if finding.span.line == number]
        lines[number - 1] = _with_comment(lines[number - 1], list(dict.fromkeys(codes)))
    text = "".join(lines)
    if ast.dump(ast.parse(text), include_attributes=True) != ast.dump(source.tree, include_attributes=True):
        return Rewrite(
            path, data, left=checked.left, problems=("the comments would change the code; please report it",)
        )
    return Rewrite(path, engine.encode(text, data), fixed=ignored, left=left, read=True)


def _refused(finding: Finding, reason: str) -> Finding:
    return replace(finding, message=finding.brief).refused("no-comment", reason)


def _refusals(source: Source, numbers: set[int]) -> dict[int, str]:
    """The lines at whose ends no comment can stand, or would not be seen, and why."""
    if not source.lines:
        return dict.fromkeys(numbers, _WHERE_NOT.format("the file is empty, or does not exist"))
    tokens = list(tokenize.generate_tokens(io.StringIO(source.text, newline="").readline))
    comments = {token.start[0] for token in tokens if token.type == tokenize.COMMENT}
    in_strings = set(_ending_in_strings(tokens))
    refused = {}
    for number in numbers:
        line = source.lines[number - 1].rstrip("\r\n")
        if number in in_strings:
            refused[number] = _WHERE_NOT.format("the line ends in a string")
        elif number not in comments and line.endswith("\\"):
            refused[number] = _WHERE_NOT.format("the statement continues after a backslash")
        elif number not in comments and IGNORE.search(line):
            refused[number] = "a string on the line already contains such a comment"
    return refused


def _ending_in_strings(tokens: list[tokenize.TokenInfo]) -> Iterator[int]:
    """The lines that end in a string. Since Python 3.12 an f-string is several tokens, between its start and end."""
    opened: list[int] = []
    for token in tokens:
        name = tokenize.tok_name[token.type]
        if name == "STRING":
            yield from range(token.start[0], token.end[0])
        elif name in ("FSTRING_START", "TSTRING_START"):
            opened.append(token.start[0])
        elif name in ("FSTRING_END", "TSTRING_END"):
            yield from range(opened.pop(), token.end[0])


def _with_comment(line: str, codes: list[str]) -> str:
    """The line with the codes in a comment, in the one that is there already if it is of ours."""
    body = line.rstrip("\r\n")
    end = line[len(body) :]
    there = IGNORE.search(body)
    if there is not None:
        known = [code for code in re.split(r"[,\s]+", there[1] or "") if code]
        words = f"isolator: ignore[{', '.join(dict.fromkeys((*known, *codes)))}]"
        return f"{body[: there.start()]}# {words}{body[there.end() :]}{end}"
    body = body.rstrip()
    return f"{body}{'  ' if body else ''}# isolator: ignore[{', '.join(codes)}]{end}"
