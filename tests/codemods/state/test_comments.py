"""No comment is lost, and none is there twice, wherever it stands: unless it speaks of the restoration that goes."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from codemods.context import Context
from codemods.python.source import first_line
from isolator.engine.engine import Selection, rewrite
from tests.codemods.state.kit import Case
from tests.codemods.state.test_apply_twice import EVERY

SELECTION = Selection(select=("ISO",), unsafe_fixes=True)


def commented(text: str) -> tuple[str, list[str]]:
    """The text with a comment above and beside each statement that can have them, and the comments."""
    statements = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.stmt)]
    imports = {node.lineno for node in statements if isinstance(node, (ast.Import, ast.ImportFrom))}
    starts, ends = {first_line(node) for node in statements}, {node.end_lineno for node in statements} - imports
    comments: list[str] = []

    def lines() -> Iterator[str]:
        for number, line in enumerate(text.splitlines(keepends=True), 1):
            code = line.rstrip()
            if number in starts:
                comments.append(f"# above {number}.")
                yield line[: len(line) - len(line.lstrip())] + comments[-1] + line[len(line.rstrip("\r\n")) :]
            if number in ends and "#" not in line and not code.endswith(('"""', "\\")):
                comments.append(f"# beside {number}.")
                yield f"{code}  {comments[-1]}{line[len(code) :]}"
            else:
                yield line

    return "".join(lines()), comments


def misplaced(comments: list[str], text: str) -> list[str]:
    """Those that a text does not have exactly once."""
    return [comment for comment in comments if text.count(comment) != 1]


@pytest.mark.parametrize(("case", "context"), EVERY, ids=[case.name for case, _ in EVERY])
def test_every_comment_stays(case: Case, context: Context) -> None:
    text, comments = commented(case.before.removeprefix("\ufeff"))
    result = rewrite(text.encode(), "test_it.py", context, SELECTION)
    assert (result.error, result.problems) == (None, ())
    assert misplaced(comments, result.source.decode()) == []
