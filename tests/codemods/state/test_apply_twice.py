"""To apply the same findings of the same source again gives the same text: writing changes no plan.

It does so too where LibCST sees every expression and statement, rather than names in the place of those that stay.
"""

from __future__ import annotations

import pytest

from codemods.context import Context
from codemods.edit import placeholders
from codemods.python.source import Source
from codemods.registry import codemods_for
from codemods.rule import Match
from codemods.state.codemod import apply
from tests.codemods.state import cases_convert, cases_unsafe
from tests.codemods.state.kit import Case
from tests.codemods.state.test_rewrites import CASES

EVERY = [
    *((case, Context()) for case in (*CASES, *cases_unsafe.CASES)),
    *((case, Context(unittest="convert")) for case in cases_convert.CASES),
]


def fixes(source: Source, context: Context) -> list[Match]:
    """What the first codemod that fixes anything finds: that of one kind of state."""
    found = ([m for m in codemod.find(source, context) if m.finding.fix] for codemod in codemods_for(context))
    return next(filter(None, found))


@pytest.mark.parametrize(("case", "context"), EVERY, ids=[case.name for case, _ in EVERY])
def test_same_text_each_time(case: Case, context: Context) -> None:
    source = Source(case.before.removeprefix("\ufeff"), "test_it.py")
    fixed = fixes(source, context)
    once = apply(source, context, fixed)
    assert apply(source, context, fixed) == once
    assert once != source.text


@pytest.mark.parametrize(("case", "context"), EVERY, ids=[case.name for case, _ in EVERY])
def test_same_text_with_every_expression(case: Case, context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source(case.before.removeprefix("\ufeff"), "test_it.py")
    fixed = fixes(source, context)
    once = apply(source, context, fixed)
    monkeypatch.setattr(placeholders, "_SHORT", len(source.text))
    assert apply(source, context, fixed) == once
    monkeypatch.setattr(placeholders, "_runs", lambda *_: iter(()))
    assert apply(source, context, fixed) == once
