"""ISO202: targets that the source tree does not define, as pytest would find out at run time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from codemods.context import Context, Initializer
from codemods.python.source import Source
from codemods.rule import Finding
from codemods.rules.patch_target_missing import CODEMOD, RULE

PATH = "tests/test_agent.py"
CORE = {
    "core/__init__.py": "",
    "core/agent.py": "from core.cache import Cache\n\n\ndef get_client():\n    return 1\n",
    "core/cache.py": "class Cache:\n    @classmethod\n    def get_instance(cls):\n        return 2\n",
    "alembic/env.py": "",
    "plain/inside.py": "",
    "shared/cloud/storage.py": "",
}
MISSING = """
import pytest
from unittest.mock import patch


@patch("core.agent.get_clent")
def test_typo(mock_get_client): ...


@patch(
    # what the agent asks
    target='core.cahce.Cache',
)
def test_module(mock_cache): ...


class TestAgent:
    def test_method(self):
        with patch("os.getcwd"), patch("core.cache.Cache.instance", create=False if self else True): ...

    def test_with(self):
        with patch("os.getcwd"), patch("core.agent.Cache.get_instanse"): ...


def test_mocker(mocker):
    mocker.patch("core.agent.nothing.like.it")


def test_setattr(monkeypatch):
    monkeypatch.setattr("core.agent.client", None)


def test_é(monkeypatch):
    "é"; monkeypatch.setattr("core.agent.late", None)
"""
FOUND = """
5:8 core.agent.get_clent does not exist: core.agent has no get_clent; did you mean core.agent.get_client?
11:12 core.cahce.Cache does not exist: core has no cahce; did you mean core.cache?
21:40 core.agent.Cache.get_instanse does not exist: core.agent.Cache has no get_instanse; did you mean \
core.agent.Cache.get_instance?
25:18 core.agent.nothing.like.it does not exist: core.agent has no nothing
29:25 core.agent.client does not exist: core.agent has no client; did you mean core.agent.get_client?
33:30 core.agent.late does not exist: core.agent has no late
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in CORE.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def found(text: str, root: Path, *initializers: Initializer, tests: tuple[str, ...] | None = None) -> list[Finding]:
    context = Context(root=root, source_roots=(root,), initializers=initializers)
    findings = [match.finding for match in CODEMOD.find(Source(text, PATH, tests), context)]
    assert CODEMOD.may_apply(text.encode(), PATH, context) or not findings
    return findings


def test_says_which_part_is_missing_and_what_is_near(root: Path) -> None:
    findings = found(MISSING.lstrip("\n"), root)
    shown = [f"{f.span.line}:{f.span.column} {f.message.removeprefix('patch target ')}" for f in findings]
    assert shown == FOUND.strip().splitlines()
    assert {(f.code, f.fix, f.refusal) for f in findings} == {("ISO202", None, None)}
    assert findings[2].test == f"{PATH}::TestAgent::test_with"


def test_what_is_found_fails_at_run_time(root: Path) -> None:
    (root / "tests").mkdir()
    (root / PATH).write_text(MISSING, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib", PATH]
    ran = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert "7 failed" in ran.stdout
    assert ran.stdout.count("AttributeError") + ran.stdout.count("ModuleNotFoundError") >= 7


SILENT = {
    "defined": '@patch("core.agent.Cache.get_instance")\ndef test(m): ...',
    "not in the tree": '@patch("requests.got")\ndef test(m): ...',
    "create": '@patch("core.agent.client", create=True)\ndef test(m): ...',
    "keywords unknown": '@patch("core.agent.client", **OPTIONS)\ndef test(m): ...',
    "raising": 'def test(monkeypatch):\n    monkeypatch.setattr("core.agent.client", 1, raising=False)',
    "a string that is the object": 'def test(monkeypatch):\n    monkeypatch.setattr("core.agent.client", "upper", 1)',
    "not a literal": 'NAME = "core.agent.client"\n\n@patch(NAME)\ndef test(m): ...',
    "a module made by the test": (
        'import sys\nsys.modules["core.fake"] = None\n\n@patch("core.fake.client")\ndef test(m): ...'
    ),
    "a folder with the name of a package": (
        'import alembic.command\n\n@patch("alembic.command.upgrade")\ndef test(m): ...'
    ),
    "a package that others share": ('import shared.cloud.storage\n\n@patch("shared.auth.default")\ndef test(m): ...'),
    "another patch": 'def test(client):\n    client.patch("core.agent.client")',
    "no dot": '@patch("core")\ndef test(m): ...',
}


@pytest.mark.parametrize("body", SILENT.values(), ids=SILENT)
def test_is_silent_where_it_cannot_tell(body: str, root: Path) -> None:
    assert found(f"from unittest.mock import patch\n\n{body}\n", root) == []


def test_a_package_without_init_that_the_test_imports_from(root: Path) -> None:
    text = 'import plain.inside\nfrom unittest.mock import patch\n\npatch("plain.insid.name").start()\n'
    (finding,) = found(text, root)
    assert finding.message.endswith("plain has no insid; did you mean plain.inside?")
    assert finding.test is None
    assert found(text, root, tests=("test_a",)) == []


def test_only_tests_that_were_asked_for(root: Path) -> None:
    (finding,) = found(MISSING, root, tests=("test_mocker",))
    assert finding.test == f"{PATH}::test_mocker"


def test_a_configured_target_is_reported_once_a_file_at_the_first_selected_test(root: Path) -> None:
    text = dedent("""
        from core import agent

        def helper(): ...

        def test_a(): ...

        class TestB:
            async def test_b(self): ...
        """)
    initializers = (
        Initializer("core.agent.BYOKHandler.__init__", returns="None", imports=("core.agent",)),
        Initializer("core.agent.get_client", imports=("core.agent",)),
        Initializer("core.agents.get_client", tests=(f"{PATH}::TestB",)),
    )
    findings = found(text, root, *initializers)
    assert [(f.test, f.span, f.message) for f in findings] == [
        (
            f"{PATH}::test_a",
            (6, 5, 6, 11),
            "patch target core.agent.BYOKHandler.__init__ does not exist: core.agent has no BYOKHandler",
        ),
        (
            f"{PATH}::TestB::test_b",
            (9, 15, 9, 21),
            "patch target core.agents.get_client does not exist: core has no agents; did you mean core.agent?",
        ),
    ]


@pytest.mark.parametrize(
    ("data", "applies"),
    [
        (b'patch("core.agent.x")', True),
        (b"monkeypatch.setattr(  # here\n  'plain.inside', 1)", True),
        (b'patch("core" ".agent.x")', True),
        (b"mock.patch(\r\n    # both\r\n    'core.agent.x')", True),
        (b'from mock import patch as p\n\np("core.agent.x")', True),
        (b'p = mock.patch\np("core.agent.x")', True),
        (b'patch(new=1, target="core.agent.x")', True),
        (b'patch(load("core.agent.x"))', False),
        (b'patch("requests.get")', False),
        (b'run("core.agent.x")', False),
        ('patch("müll.x")'.encode(), False),
    ],
)
def test_most_files_are_ruled_out_by_their_bytes(data: bytes, applies: bool, root: Path) -> None:
    assert CODEMOD.may_apply(data, PATH, Context(root=root, source_roots=(root,))) is applies
    assert not CODEMOD.may_apply(data, PATH, Context(root=root))


def test_the_documentation_says_what_it_is_silent_about() -> None:
    assert RULE.summary == "A patch target that the source tree does not define."
    assert all(word in RULE.doc for word in ("create=True", "raising=False", "sys.modules", "## When it refuses"))
