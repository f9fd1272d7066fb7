"""ISO302: what a conftest looks like with the caches reset, and that they then are."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from codemods.context import Context, Fixture
from codemods.python.source import Source
from codemods.rules.cached_configuration import CODEMOD, RULE

PATH = "tests/conftest.py"
CONTEXT = Context(caches=("core.config.get_config",), fixture=Fixture(PATH))
BEFORE, AFTER = re.findall(r"```python\n(.*?)```", RULE.doc, re.DOTALL)


def fix(text: str, context: Context = CONTEXT) -> str:
    source = Source(text, PATH)
    found = CODEMOD.find(source, context)
    assert [(m.finding.code, m.finding.fix, m.finding.refusal) for m in found] == [("ISO302", "safe", None)]
    assert CODEMOD.apply is not None
    after = CODEMOD.apply(source, context, found)
    assert CODEMOD.find(Source(after, PATH), context) == []
    assert CODEMOD.apply(Source(after, PATH), context, []) == after
    return after


def test_the_page_shows_what_happens() -> None:
    assert fix(BEFORE) == AFTER
    assert all(f"- `{refusal.code}`" in RULE.doc for refusal in RULE.refusals)


def test_the_list_is_completed() -> None:
    more = replace(CONTEXT, caches=("core.config.get_config", "core.config.instance"))
    assert fix(AFTER, more) == AFTER.replace('get_config"]', 'get_config", "core.config.instance"]')


OWN = """\
import pytest
from core import config
from core.config import get_config

@pytest.fixture({options})
def afresh():
    {body}
    yield
"""


@pytest.mark.parametrize(
    ("options", "body", "same"),
    [
        ("autouse=True", "get_config.cache_clear()", True),
        ("autouse=True", "config.get_config.cache_clear()", True),
        ("autouse=True", "config.other.cache_clear()", False),
        ("", "get_config.cache_clear()", False),
        ("autouse=True, scope='module'", "get_config.cache_clear()", False),
    ],
)
def test_a_fixture_that_does_the_same(options: str, body: str, same: bool) -> None:
    text = OWN.format(options=options, body=body)
    assert (CODEMOD.find(Source(text, PATH), CONTEXT) == []) is same


def test_a_name_that_is_taken() -> None:
    (match,) = CODEMOD.find(Source("pkgutil = None\n", PATH), CONTEXT)
    assert (match.finding.refusal, match.finding.fix) == ("name-taken", None)


def test_which_file_is_meant() -> None:
    assert CODEMOD.may_apply(b"", PATH, CONTEXT)
    assert not CODEMOD.may_apply(b"", "conftest.py", CONTEXT)
    assert not CODEMOD.may_apply(b"", PATH, replace(CONTEXT, caches=()))
    assert CODEMOD.find(Source("", "conftest.py"), CONTEXT) == []


APPLICATION = """\
import functools, os

@functools.lru_cache(maxsize=None)
def get_config():
    return os.environ.get("ISO_KEY", "default")
"""

SUITE = """\
from application import get_config

def test_polluter(monkeypatch):
    monkeypatch.setenv("ISO_KEY", "polluter's")
    assert get_config() == "polluter's"

def test_victim():
    assert get_config() == "default"
"""


@pytest.mark.usefixtures("without_plugins")
def test_run_before_and_after(tmp_path: Path) -> None:
    (tmp_path / "application.py").write_text(APPLICATION)
    (tmp_path / "test_suite.py").write_text(SUITE)
    context = replace(CONTEXT, caches=("application.get_config",))
    for text, outcome in ((BEFORE, "1 failed, 1 passed"), (fix(BEFORE, context), "2 passed")):
        (tmp_path / "conftest.py").write_text(text)
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly"]
        assert outcome in subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False).stdout
