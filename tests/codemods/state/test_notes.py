"""Where a fix takes a block of its own, and a reader may expect plain calls, ``--verbose`` says why."""

from __future__ import annotations

from textwrap import dedent

import pytest

from codemods.context import Context
from isolator.engine.batch import Outcome
from isolator.engine.engine import Selection, rewrite
from isolator.project.discovery import File
from isolator.report.findings.tally import Tally
from tests.codemods.state.kit import HEAD

BLOCK = 'with patch.dict(os.environ, {"A": "1"}):\n    run()\n'


def notes(text: str) -> list[str | None]:
    result = rewrite((HEAD + dedent(text).lstrip("\n")).encode(), "test_it.py", Context(), Selection())
    assert result.error is None
    assert result.fixed
    return [finding.note for finding in result.fixed]


def a_test(body: str, parameters: str = "", above: str = "") -> str:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return f"{above}def test_it({parameters}):\n{lines}"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (a_test(BLOCK + "run()"), "after the block"),
        (a_test(BLOCK + "monkeypatch.undo()", "monkeypatch"), "monkeypatch.undo()"),
        (a_test(BLOCK + "request.getfixturevalue('x')", "request"), "x is torn down before"),
        (
            a_test(
                BLOCK,
                "late",
                "@pytest.fixture\ndef late(monkeypatch):\n    yield\n    run()\n\n\n",
            ),
            "late is torn down before",
        ),
    ],
)
def test_why_a_block(text: str, word: str) -> None:
    (note,) = notes(text)
    assert note is not None
    assert word in note


def test_none_where_the_calls_are_plain() -> None:
    assert notes(a_test(BLOCK)) == [None]
    assert notes(f"@pytest.fixture\ndef env():\n    {BLOCK.replace('run()', '    yield')}") == [None]


def test_a_line_for_each() -> None:
    text = (HEAD + a_test(BLOCK + "run()")).encode()
    fixed = rewrite(text, "test_it.py", Context(), Selection()).fixed
    tally = Tally()
    assert list(tally.of([Outcome(File("test_it.py", "test_it.py"), text, fixed=fixed)]))
    (line,) = tally.notes
    assert line.startswith("test_it.py:10: needs a separate with block: ")
