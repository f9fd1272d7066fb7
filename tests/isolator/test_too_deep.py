"""Python that is nested too deep for recursion is not rewritten: that is not a bug, and other files are still done."""

from __future__ import annotations

import pytest

from codemods.context import Context
from isolator.engine.engine import Rewrite, Selection, check, rewrite

EXPRESSIONS = {
    "unary": "-" * 900 + "1",
    "negation": "not " * 900 + "x",
    "sum": " + ".join(["x"] * 1500),
    "lambda": "lambda: " * 900 + "x",
    "condition": "1 if x else " * 900 + "2",
}
FILE = 'import os\n\n\ndef test_deep():\n    os.environ["A"] = str({})\n'
BRANCHES = "import os\n\n\ndef test_deep(x):\n    if x:\n        pass\n" + 900 * (
    '    elif x:\n        os.environ["A"] = "1"\n'
)


@pytest.mark.parametrize("expression", EXPRESSIONS.values(), ids=EXPRESSIONS)
def test_an_expression(expression: str) -> None:
    left_alone(FILE.format(expression).encode())


def test_branches() -> None:
    left_alone(BRANCHES.encode())


def left_alone(data: bytes) -> None:
    """One clear line where it is too deep for this interpreter; else it is rewritten as usual."""
    checked = check(data, "test_it.py", Context(), Selection())
    for result in (checked, rewrite(data, "test_it.py", Context(), Selection())):
        assert result.source == data or not too_deep(result)
        assert result.error is None or too_deep(result)


def too_deep(result: Rewrite) -> bool:
    return "nested too deep" in (result.error or "")


def test_what_recursion_can_follow_is_rewritten() -> None:
    result = rewrite(FILE.format("-" * 90 + "1").encode(), "test_it.py", Context(), Selection())
    assert (result.error, len(result.fixed)) == (None, 1)
