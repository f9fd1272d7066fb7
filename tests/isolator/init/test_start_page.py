"""The page that explains what `isolator init` writes shows what it writes."""

from __future__ import annotations

import re
from pathlib import Path

from tests.isolator.init.projects import PROJECT, isolator, write

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "start.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def test_the_page_shows_what_is_written_and_said(tmp_path: Path) -> None:
    write(tmp_path, {**PROJECT, "pyproject.toml": ""})

    said = isolator(tmp_path, "init").err

    written = (tmp_path / "pyproject.toml").read_text(encoding="utf-8")
    assert blocks("text") == [said]
    assert len(blocks("toml")) == 5
    assert [block for block in blocks("toml") if f"\n{block}\n" not in written] == []
