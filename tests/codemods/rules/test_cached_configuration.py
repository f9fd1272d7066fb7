"""ISO302: what a conftest looks like with the caches reset, and that they then are."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import fixtures_templates
from codemods.context import Context, Fixture
from codemods.python.source import Source
from codemods.rules.cached_configuration import CODEMOD, RULE
from isolator.guard.compare import differences

PATH = "tests/conftest.py"
CONTEXT = Context(caches=("core.config.get_config",), fixture=Fixture(PATH))
MODULE, BEFORE, AFTER = re.findall(r"```python\n(.*?)```", RULE.doc, re.DOTALL)
TEMPLATE = Path(fixtures_templates.__file__).with_name("reset_cached_configuration.py").read_text()


def fix(text: str, context: Context = CONTEXT, rest: int = 1) -> str:
    """The conftest with the caches reset, by so many fixtures."""
    source = Source(text, PATH)
    found = CODEMOD.find(source, context)
    assert {(m.finding.code, m.finding.fix, m.finding.refusal) for m in found} == {("ISO302", "safe", None)}
    assert len(found) == rest
    assert CODEMOD.apply is not None
    after = CODEMOD.apply(source, context, found)
    assert CODEMOD.find(Source(after, PATH), context) == []
    assert CODEMOD.apply(Source(after, PATH), context, []) == after
    added = CODEMOD.adds(source, context)
    assert differences(text, after, additions=True, templates=added.templates) is None
    return after


def project(root: Path, *caches: str, **modules: str) -> Context:
    for name, text in modules.items():
        (root / f"{name}.py").write_text(text)
    return replace(CONTEXT, caches=caches, root=root, source_roots=(root,))


def test_the_page_shows_what_happens(tmp_path: Path) -> None:
    (tmp_path / "core").mkdir()
    (tmp_path / "core/config.py").write_text(f"from functools import lru_cache\n\n{MODULE}")
    assert fix(BEFORE, project(tmp_path, "core.config.get_config")) == AFTER
    assert all(f"- `{refusal.code}`" in RULE.doc for refusal in RULE.refusals)


def test_the_general_fixture_and_its_list() -> None:
    """Nothing is known of the source."""
    after = fix(BEFORE)
    assert after.partition("_reset_of")[2] == TEMPLATE.partition("_reset_of")[2]
    more = replace(CONTEXT, caches=("core.config.get_config", "core.config.instance"))
    assert fix(after, more) == after.replace('get_config"]', 'get_config", "core.config.instance"]')


MORE = """\
import functools, os

try:
    from functools import lru_cache
except ImportError:
    def lru_cache(function):
        return function


@lru_cache
def imported():
    pass


_config, settings, made = None, None, None
held = {}
current = None


def get():
    global current
    current = current or os.environ.get("ISO_KEY", "default")
    return current


class Issue:
    @functools.lru_cache
    def trackers(self):
        return os.environ.get("ISO_KEY", "default")

    __shared = None

    @functools.cached_property
    def key(self):
        return 1

    @classmethod
    def shared(cls):
        cls.__shared = cls.__shared or cls()
        return cls.__shared


issue = Issue()
"""


@pytest.mark.parametrize(
    ("cache", "name", "body"),
    [
        (
            "app.Issue.trackers",
            "reset_trackers_cache",
            "from app import Issue\n\n    Issue.trackers.cache_clear()\n    yield\n    Issue.trackers.cache_clear()\n",
        ),
        (
            "app.current",
            "reset_current",
            "import app\n\n    saved = app.current\n    yield\n    app.current = saved\n",
        ),
        (
            "app.held",
            "reset_held",
            "import app\n\n    saved = dict(app.held)\n    yield\n    app.held.clear()\n    app.held.update(saved)\n",
        ),
        (
            "app.imported",
            "reset_imported_cache",
            "import app\n\n    app.imported.cache_clear()\n    yield\n    app.imported.cache_clear()\n",
        ),
        (
            "app.Issue.__shared",
            "reset_shared",
            "from app import Issue\n\n    saved = Issue._Issue__shared\n    yield\n    Issue._Issue__shared = saved\n",
        ),
        ("app.issue.key", "reset_cached_configuration", None),
        ("app._config", "reset_cached_configuration", None),
    ],
)
def test_what_gets_a_short_fixture(tmp_path: Path, cache: str, name: str, body: str | None) -> None:
    after = fix(BEFORE, project(tmp_path, cache, app=MORE))
    assert f"def {name}() -> Iterator[None]:\n" in after
    assert body is None or after.endswith(f'"""\n    {body}')


def test_where_the_general_one_is_needed_it_is_for_all(tmp_path: Path) -> None:
    after = fix(BEFORE, project(tmp_path, "app.Issue.trackers", "app.issue.key", app=MORE), 2)
    assert re.findall(r"def (reset_\w+)", after) == ["reset_cached_configuration"]
    assert '_CACHED_CONFIGURATION = ["app.Issue.trackers", "app.issue.key"]\n' in after


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


def test_which_file_gets_the_fixture() -> None:
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
import pytest
from application import get_config

def test_polluter(monkeypatch):
    monkeypatch.setenv("ISO_KEY", "polluter's")
    assert get_config() == "polluter's"

def test_victim():
    assert get_config() == "default"

@pytest.fixture(scope="module", autouse=True)
def fills_it_before_the_first_test():
    get_config()
"""


@pytest.mark.usefixtures("without_plugins")
@pytest.mark.parametrize("known", [True, False])
def test_run_before_and_after(tmp_path: Path, known: bool) -> None:
    (tmp_path / "test_suite.py").write_text(SUITE)
    context = project(tmp_path, "application.get_config", application=APPLICATION)
    after = fix(BEFORE, context if known else replace(context, source_roots=()))
    assert ("_CACHED_CONFIGURATION" in after) is not known
    for text, outcome in ((BEFORE, "1 failed, 1 passed"), (after, "2 passed")):
        (tmp_path / "conftest.py").write_text(text)
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly"]
        assert outcome in subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False).stdout
