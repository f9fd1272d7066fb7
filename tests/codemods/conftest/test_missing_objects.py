"""ISO302: a cache that the source tree does not define is not reset, and the finding says what may be meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemods.context import Context, Fixture
from codemods.python.source import Source
from codemods.rules.cached_configuration import CODEMOD

PATH = "tests/conftest.py"
CONFIG = "from functools import lru_cache\n\n\n@lru_cache\ndef get_config():\n    return {}\n"
CONFIG += "\n\nclass Config:\n    only = None\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "__init__.py").write_text("")
    (tmp_path / "core" / "config.py").write_text(CONFIG)
    return tmp_path


def context(root: Path, *caches: str) -> Context:
    return Context(root=root, source_roots=(root,), caches=caches, fixture=Fixture(PATH))


@pytest.mark.parametrize(
    ("cache", "said"),
    [
        ("core.config.get_confg", "core.config has no get_confg; did you mean core.config.get_config?"),
        ("core.confg.get_config", "core has no confg; did you mean core.config?"),
        ("core.config.Config.onyl", "core.config.Config has no onyl; did you mean core.config.Config.only?"),
    ],
)
def test_an_object_that_does_not_exist(cache: str, said: str, root: Path) -> None:
    source = Source("", PATH)
    (match,) = CODEMOD.find(source, context(root, cache))
    finding = match.finding
    assert (finding.fix, finding.refusal) == (None, "object-missing")
    assert finding.brief == f"cache {cache} does not exist: {said}"
    assert CODEMOD.apply is not None
    assert CODEMOD.apply(source, context(root, cache), [match]) == ""


def test_the_others_are_reset_all_the_same(root: Path) -> None:
    both = context(root, "core.config.get_confg", "core.config.get_config", "installed.settings.cache")
    source = Source("", PATH)
    found = CODEMOD.find(source, both)
    assert [match.finding.refusal for match in found] == ["object-missing", None, None]
    assert CODEMOD.apply is not None
    text = CODEMOD.apply(source, both, found)
    assert '_CACHED_CONFIGURATION = ["core.config.get_config", "installed.settings.cache"]' in text
    assert [match.finding.refusal for match in CODEMOD.find(Source(text, PATH), both)] == ["object-missing"]
