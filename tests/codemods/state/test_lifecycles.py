"""Patchers with a name that are left as they are though they could be rewritten."""

from __future__ import annotations

from textwrap import dedent

import pytest

from codemods.context import Context
from isolator.engine.engine import Selection, rewrite

LEFT = {
    "patcher_of_a_module_in_two_blocks": """
        import os
        from unittest.mock import patch

        patched = patch.dict(os.environ, {"A": "1"})


        def test_it():
            with patched:
                assert os.environ["A"] == "1"


        def test_other():
            with patched:
                assert os.environ["A"] == "1"
        """,
}


@pytest.mark.parametrize("name", LEFT)
def test_left_with_a_reason(name: str) -> None:
    text = dedent(LEFT[name]).lstrip("\n")
    result = rewrite(text.encode(), "test_it.py", Context(), Selection())
    assert result.source.decode() == text
    assert {finding.refusal for finding in result.left} <= {"setup-teardown", "patcher-object"}
    assert result.left


@pytest.mark.xfail(strict=True, reason="heart: one patcher wherever it is made")
@pytest.mark.parametrize("name", LEFT)
def test_left(name: str) -> None:
    text = dedent(LEFT[name]).lstrip("\n")
    assert rewrite(text.encode(), "test_it.py", Context(), Selection()).left == ()
