"""ISO301: what a conftest looks like with the fixture in it, and that the fixture then isolates."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from codemods.context import Context, Fixture
from codemods.python.source import Source, Span
from codemods.rule import Finding
from codemods.rules.isolation_fixture import CODEMOD, RULE

PATH = "tests/conftest.py"
CONTEXT = Context(critical_env=("SECRET_KEY", "ENVIRONMENT"), fixture=Fixture(PATH))


def fix(text: str, context: Context = CONTEXT) -> str:
    """The conftest as the rule leaves it; a second pass must find nothing."""
    source = Source(text, PATH)
    found = CODEMOD.find(source, context)
    assert [(m.finding.code, m.finding.fix, m.finding.refusal) for m in found] == [("ISO301", "safe", None)]
    assert CODEMOD.apply is not None
    after = CODEMOD.apply(source, context, found)
    assert CODEMOD.find(Source(after, PATH), context) == []
    assert CODEMOD.apply(Source(after, PATH), context, []) == after
    return after


def finding(text: str, context: Context = CONTEXT) -> Finding:
    (match,) = CODEMOD.find(Source(text, PATH), context)
    return match.finding


CASE = '''\
"""Fixtures of the whole suite."""

import os
import sys

import pytest

from core.registry import registry


@pytest.fixture(autouse=True)
def reset_agent_task_registry():
    """Forget the tasks of other tests."""
    registry.clear()
    yield
    registry.clear()
    # and nothing else


@pytest.fixture
def client():
    return None
'''

FIXTURE = '''\
# The environment variables that one test must not leave behind for the next.
_CRITICAL_ENV_VARS = ["SECRET_KEY", "ENVIRONMENT"]


@pytest.fixture(autouse=True)
def isolate_environment():
    """Restore the critical environment variables after each test; those that were not set are deleted."""
    saved = {name: os.environ.get(name) for name in _CRITICAL_ENV_VARS}
    yield
    for name, value in saved.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
'''
ANNOTATED = FIXTURE.replace("environment():", "environment() -> Iterator[None]:")
IMPORTS = "import os\nfrom collections.abc import Iterator\n\nimport pytest\n"
PLACE = CASE.index("\n\n\n@pytest.fixture\ndef client") + 3


def test_after_the_fixture_that_is_named() -> None:
    fixture = Fixture(PATH, after="reset_agent_task_registry")
    after = fix(CASE, replace(CONTEXT, fixture=fixture))
    assert after == CASE[:PLACE] + FIXTURE + "\n\n" + CASE[PLACE:]


def test_after_the_last_fixture() -> None:
    tail = "\n\ndef pytest_configure(config):\n    pass\n"
    assert fix(CASE + tail) == CASE + "\n\n" + FIXTURE + tail


def test_the_name_of_a_fixture_may_stand_in_its_decorator() -> None:
    before = CASE.replace("(autouse=True)\ndef reset_agent_task_registry", "(name='reset')\ndef reset_fixture")
    after = fix(before, replace(CONTEXT, fixture=Fixture(PATH, after="reset")))
    assert after.index("def isolate_environment") < after.index("def client")


def test_a_new_conftest() -> None:
    assert fix("") == f"{IMPORTS}\n{ANNOTATED}"


def test_a_conftest_without_fixtures() -> None:
    before = '"""Doc."""\n\nimport sys\n\n\ndef pytest_configure(config):\n    sys.x = 1\n\n\n'
    after = (
        '"""Doc."""\n\nimport os\nimport sys\n\nimport pytest\n\n\ndef pytest_configure(config):\n    sys.x = 1\n\n\n'
    )
    assert fix(before) == f"{after}{FIXTURE}\n\n"


def test_a_conftest_of_imports_only() -> None:
    assert fix("import pytest\n") == f"{IMPORTS}\n{ANNOTATED}"


def test_annotated_like_its_neighbours() -> None:
    before = CASE.replace("registry():", "registry() -> Iterator[None]:").replace("import os", "import json")
    before = before.replace("import sys", "import sys\nfrom typing import Iterator")
    after = fix(before)
    head = before.replace("import json\n", "import json\nimport os\n")
    assert after == f"{head}\n\n{ANNOTATED}"


def test_quotes_newlines_and_the_end_of_the_file_are_kept() -> None:
    before = "import pytest\n\n@pytest.fixture\ndef a():\n    return 'a'".replace("\n", "\r\n")
    single = FIXTURE.replace('"SECRET_KEY", "ENVIRONMENT"', "'SECRET_KEY', 'ENVIRONMENT'")
    expected = f"import os\n\nimport pytest\n\n@pytest.fixture\ndef a():\n    return 'a'\n\n\n{single}"
    assert fix(before) == expected.replace("\n", "\r\n")


def test_called_as_the_settings_say_and_long_lists_one_a_line() -> None:
    names = tuple(f"A_RATHER_LONG_VARIABLE_{i}" for i in range(4))
    after = fix(CASE, replace(CONTEXT, critical_env=names, fixture=Fixture(PATH, name="clean_environment")))
    stacked = "[\n" + "".join(f'    "{name}",\n' for name in names) + "]"
    expected = FIXTURE.replace('["SECRET_KEY", "ENVIRONMENT"]', stacked).replace("isolate_", "clean_")
    assert after == f"{CASE}\n\n{expected}"


def test_snapshot_environment() -> None:
    context = Context(fixture=Fixture(PATH, template="snapshot_environment", name="snapshot"))
    after = fix(CASE, context)
    assert re.findall(r"^def (\w+)\((?:\)|.*\) ->)", after, re.MULTILINE)[-4:] == [
        "_environment_restored",
        "snapshot_of_module",
        "snapshot_of_class",
        "snapshot",
    ]
    assert "\nfrom contextlib import contextmanager\n" in after
    assert "Iterator" not in after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('["SECRET_KEY"]', '["SECRET_KEY", "ENVIRONMENT"]'),
        ("['OTHER', 'SECRET_KEY']  # by hand", "['OTHER', 'SECRET_KEY', 'ENVIRONMENT']  # by hand"),
        ('[\n    "SECRET_KEY",  # why\n]', '[\n    "SECRET_KEY",  # why\n    "ENVIRONMENT",\n]'),
        ('("SECRET_KEY",)', '("SECRET_KEY", "ENVIRONMENT")'),
        ('{"SECRET_KEY"}', '{"SECRET_KEY", "ENVIRONMENT"}'),
        ('"SECRET_KEY",', '"SECRET_KEY", "ENVIRONMENT",'),
        ("[]", '["SECRET_KEY", "ENVIRONMENT"]'),
    ],
)
def test_the_list_is_completed(before: str, after: str) -> None:
    whole = f"{CASE}\n\n{FIXTURE}  # trailing blanks stay  \n"
    text = whole.replace('["SECRET_KEY", "ENVIRONMENT"]', before)
    assert fix(text) == whole.replace('["SECRET_KEY", "ENVIRONMENT"]', after)
    found = finding(text)
    assert found.span.line == text[: text.index("_CRITICAL")].count("\n") + 1
    assert found.message.startswith("_CRITICAL_ENV_VARS lacks ")


OWN = """\
import os
import pytest
from unittest.mock import patch

NAMES = ["ENVIRONMENT", "SECRET_KEY", "MORE"]

@pytest.fixture({options})
def my_own():
    {before}
    yield
    {after}
"""


@pytest.mark.parametrize(
    ("options", "before", "after", "same"),
    [
        ("autouse=True", "old = {k: os.environ.get(k) for k in NAMES}", "os.environ.update(old)", True),
        ("autouse=True", "old = dict(os.environ)", "os.environ.update(old)", True),
        ("autouse=True", "old = os.environ.copy()", "os.environ['X'] = old['X']", True),
        ("autouse=True", "old = [os.getenv('SECRET_KEY'), os.getenv('ENVIRONMENT')]", "del os.environ['X']", True),
        ("autouse=False", "old = dict(os.environ)", "os.environ.update(old)", False),
        ("autouse=True, scope='session'", "old = dict(os.environ)", "os.environ.update(old)", False),
        ("autouse=True", "old = os.environ.get('SECRET_KEY')", "os.environ['SECRET_KEY'] = old", False),
        ("autouse=True", "old = dict(os.environ)", "print(old)", False),
        ("autouse=True", "names = NAMES", "[os.environ.pop(name, None) for name in names]", False),
    ],
)
def test_a_fixture_that_does_the_same(options: str, before: str, after: str, same: bool) -> None:
    text = OWN.format(options=options, before=before, after=after)
    assert (CODEMOD.find(Source(text, PATH), CONTEXT) == []) is same


def test_patch_dict_around_the_yield_does_the_same() -> None:
    text = OWN.format(options="autouse=True", before="with patch.dict(os.environ):", after="").replace(
        "    yield", "        yield"
    )
    assert CODEMOD.find(Source(text, PATH), CONTEXT) == []


def test_a_fixture_of_that_name_is_left_alone() -> None:
    text = "import pytest\n\n@pytest.fixture\ndef isolate_environment():\n    return 1\n"
    assert CODEMOD.find(Source(text, PATH), CONTEXT) == []


@pytest.mark.parametrize(
    ("text", "fixture", "code", "message"),
    [
        (CASE, Fixture(PATH, after="nothing"), "no-such-fixture", "there is no fixture nothing at the top level of"),
        ("", Fixture(PATH, after="nothing"), "no-such-fixture", "there is no fixture nothing at the top level of"),
        (
            CASE,
            Fixture(PATH, template="nothing"),
            "bad-template",
            "there is no template nothing; use one of close_connections, isolate_environment,",
        ),
        (CASE, Fixture(PATH, template="broken.py"), "bad-template", "is not a Python file in UTF-8"),
        (CASE, Fixture(PATH, template="latin.py"), "bad-template", "is not a Python file in UTF-8"),
        (CASE, Fixture(PATH, template="plain.py"), "bad-template", "defines no pytest fixture"),
        (CASE, Fixture(PATH, template="renamed.py"), "bad-template", "an import under another name"),
        (CASE, Fixture(PATH, template="late.py"), "bad-template", "has imports below its first statement"),
        ("_CRITICAL_ENV_VARS = 1\n", Fixture(PATH), "name-taken", "_CRITICAL_ENV_VARS is defined in tests/conftest.py"),
        ("from core import os\n", Fixture(PATH), "name-taken", "os is something else in tests/conftest.py"),
        ("def isolate_environment(): pass\n", Fixture(PATH), "name-taken", "isolate_environment is defined in"),
    ],
)
def test_refusals(tmp_path: Path, text: str, fixture: Fixture, code: str, message: str) -> None:
    fixed = "import pytest\n\n\n@pytest.fixture\ndef f(): ...\n"
    (tmp_path / "broken.py").write_text("def (\n")
    (tmp_path / "latin.py").write_bytes(b"# \xe9\n")
    (tmp_path / "plain.py").write_text("def f(): ...\n")
    (tmp_path / "renamed.py").write_text("import os as o\n" + fixed)
    (tmp_path / "late.py").write_text(fixed + "import os\n")
    found = finding(text, replace(CONTEXT, root=tmp_path, fixture=fixture))
    assert (found.refusal, found.fix, found.span) == (code, None, Span(1, 1, 1, 1))
    assert message in found.message


def test_nothing_named() -> None:
    assert finding(CASE, Context(fixture=Fixture(PATH))).refusal == "nothing-named"


def test_a_template_of_the_users_own(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "frozen.py").write_text(
        '"""Mine."""\n\nfrom __future__ import annotations\n\nimport json\nimport os\n\nimport pytest\n\n\n'
        "# Mine.\n@pytest.fixture(autouse=True)\ndef frozen(request: pytest.FixtureRequest) -> None:\n"
        "    assert os.sep, request  # json is not used, but this says so\n"
    )
    fixture = Fixture(PATH, template="templates/frozen.py", name="thawed")
    after = fix("import pytest\n\n\n@pytest.fixture\ndef a():\n    return 1\n", Context(root=tmp_path, fixture=fixture))
    assert after == (
        "import json\nimport os\n\nimport pytest\n\n\n@pytest.fixture\ndef a():\n    return 1\n\n\n"
        "# Mine.\n@pytest.fixture(autouse=True)\ndef thawed(request):\n"
        "    assert os.sep, request  # json is not used, but this says so\n"
    )


def test_which_file_gets_the_fixture(tmp_path: Path) -> None:
    bare = Context(root=tmp_path, critical_env=("A",))
    assert CODEMOD.may_apply(b"", "conftest.py", bare)
    assert not CODEMOD.may_apply(b"", PATH, bare)
    (tmp_path / "tests").mkdir()
    assert CODEMOD.may_apply(b"", PATH, bare)
    assert not CODEMOD.may_apply(b"", "conftest.py", bare)
    assert not CODEMOD.may_apply(b"", PATH, Context(root=tmp_path))
    assert CODEMOD.find(Source("", "other/conftest.py"), CONTEXT) == []


def test_the_page_shows_what_happens() -> None:
    before, after = re.findall(r"```python\n(.*?)```", RULE.doc, re.DOTALL)
    assert fix(before) == after
    assert all(f"- `{refusal.code}`" in RULE.doc for refusal in RULE.refusals)


SUITE = """\
import os

def test_polluter():
    os.environ["SECRET_KEY"] = "left"

def test_victim():
    assert "SECRET_KEY" not in os.environ
"""


@pytest.mark.usefixtures("without_plugins")
def test_run_before_and_after(tmp_path: Path) -> None:
    (tmp_path / "test_suite.py").write_text(SUITE)
    before = "import pytest\n\n\n@pytest.fixture\ndef a():\n    return 1\n"
    for text, outcome in ((before, "1 failed, 1 passed"), (fix(before), "2 passed"), (fix(""), "2 passed")):
        (tmp_path / "conftest.py").write_text(text)
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly"]
        assert outcome in subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False).stdout
