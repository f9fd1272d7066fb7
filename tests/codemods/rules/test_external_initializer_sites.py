"""ISO201: which tests are selected, which are left alone, and why some are refused."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

import pytest

from codemods.context import Context, Initializer
from codemods.initializers.mocks import argument_name
from codemods.python.source import Source
from codemods.rule import Finding
from codemods.rules.external_initializer import CODEMOD, RULE

PATH = "tests/test_cache.py"
TARGET = "core.cache.Cache.get_instance"
CACHE = Initializer(TARGET, imports=("core.cache",))
HEAD = """\
import unittest
from unittest import mock
from unittest.mock import patch

import pytest

from core.cache import Cache
from core import cache as module

"""


@pytest.fixture(autouse=True)
def core(tmp_path: Path) -> None:
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "__init__.py").touch()
    (tmp_path / "core" / "user.py").write_text("from core.cache import Cache as Store\n")
    (tmp_path / "core" / "cache.py").write_text(
        "class Cache:\n    def get_instance(): ...\n\nclass Sub(Cache): ...\n\ndef connect(): ...\n"
    )


def found(
    body: str, root: Path, *initializers: Initializer, tests: tuple[str, ...] | None = None, head: str = HEAD
) -> list[Finding]:
    context = Context(root=root, source_roots=(Path(),), initializers=initializers or (CACHE,))
    return [m.finding for m in CODEMOD.find(Source(head + dedent(body), PATH, tests), context)]


def applied(text: str, root: Path, *initializers: Initializer, take: slice = slice(None)) -> str:
    context = Context(root=root, source_roots=(root,), initializers=initializers)
    source = Source(text, PATH)
    assert CODEMOD.apply is not None
    return CODEMOD.apply(source, context, CODEMOD.find(source, context)[take])


FIXTURE = f'@pytest.fixture\ndef cache():\n    with patch("{TARGET}"):\n        yield\n\n'
CONSTANT = 'HERE = "core.cache"\n\n'
PATCHED = {
    "decorator": f'@patch("{TARGET}")\ndef test(get_instance): ...',
    "keyword": f'@mock.patch(target="{TARGET}")\ndef test(get_instance): ...',
    "another name of it": '@patch("core.user.Store.get_instance")\ndef test(get_instance): ...',
    "the class": '@patch("core.cache.Cache")\ndef test(Cache): ...',
    "class decorator": f'@patch("{TARGET}")\nclass TestCache:\n    def test(self, get_instance): ...',
    "with": f'def test():\n    with patch("os.getcwd"), patch("{TARGET}") as get_instance: ...',
    "object": 'def test():\n    with patch.object(Cache, "get_instance"): ...',
    "object keyword": 'def test():\n    with mock.patch.object(module.Cache, attribute="get_instance"): ...',
    "multiple": 'def test():\n    with patch.multiple("core.cache.Cache", get_instance=None): ...',
    "monkeypatch string": f'def test(monkeypatch):\n    monkeypatch.setattr("{TARGET}", None)',
    "monkeypatch object": 'def test(monkeypatch):\n    monkeypatch.setattr(Cache, "get_instance", None)',
    "monkeypatch context": (
        'def test(monkeypatch):\n    with monkeypatch.context() as m:\n        m.setattr(Cache, "get_instance", None)'
    ),
    "mocker": f'def test(mocker):\n    mocker.patch("{TARGET}")',
    "mocker object": 'def test(mocker):\n    mocker.patch.object(Cache, "get_instance")',
    "enterContext": (
        f'class TestCache(unittest.TestCase):\n    def test(self):\n        self.enterContext(patch("{TARGET}"))'
    ),
    "setUp": (
        "class Base(unittest.TestCase):\n"
        f'    def setUp(self):\n        self.patcher = patch("{TARGET}")\n        self.patcher.start()\n\n'
        "class TestCache(Base):\n    def test(self): ..."
    ),
    "fixture of a fixture": (FIXTURE + "@pytest.fixture\ndef agent(cache): ...\n\ndef test(agent): ..."),
    "autouse fixture": (
        f'@pytest.fixture(autouse=True)\ndef cache():\n    with patch("{TARGET}"):\n        yield\n\ndef test(): ...'
    ),
    "usefixtures": (FIXTURE + '@pytest.mark.usefixtures("cache")\nclass TestCache:\n    def test(self): ...'),
    "pytestmark": (FIXTURE + 'pytestmark = [pytest.mark.usefixtures("cache")]\n\ndef test(): ...'),
    "helper": f'def calm():\n    return patch("{TARGET}")\n\ndef test():\n    with calm(): ...',
    "patcher with a name": f'calm = patch("{TARGET}")\n\n@calm\ndef test(get_instance): ...',
    "f-string of a constant": CONSTANT + '@patch(f"{HERE}.Cache.get_instance")\ndef test(get_instance): ...',
    "sum of constants": CONSTANT + '@patch(HERE + ".Cache.get_instance")\ndef test(get_instance): ...',
    "relative import": (
        'from ..core.cache import Cache as C\n\ndef test():\n    with patch.object(C, "get_instance"): ...'
    ),
}


@pytest.mark.parametrize("body", PATCHED.values(), ids=PATCHED)
def test_a_test_that_patches_the_target_is_left_alone(body: str, tmp_path: Path) -> None:
    path = "top/tests/test_cache.py" if ".." in body else PATH
    roots = (Path("top"), Path()) if ".." in body else (Path(),)
    (tmp_path / "top").mkdir()
    context = Context(root=tmp_path, source_roots=roots, initializers=(CACHE,))
    assert CODEMOD.find(Source(HEAD + body + "\n", path), context) == []


NOT_PATCHED = {
    "another attribute": '@patch("core.cache.Cache.clear", create=True)\ndef test(clear): ...',
    "another test": f'@patch("{TARGET}")\ndef test_a(get_instance): ...\n\ndef test_b(): ...',
    "a fixture not used": FIXTURE + "def test(): ...",
    "set-up of another class": (
        f'class TestA:\n    def setup_method(self):\n        patch("{TARGET}").start()\n\n'
        "class TestB:\n    def test(self): ..."
    ),
}


@pytest.mark.parametrize("body", NOT_PATCHED.values(), ids=NOT_PATCHED)
def test_other_patches_do_not_count(body: str, tmp_path: Path) -> None:
    (finding,) = found(body, tmp_path)
    assert finding.fix == "safe"
    assert finding.message == f"external initializer {TARGET} is not patched for this test"


REFUSED = {
    "decorator": "@retry(3)\ndef test(): ...",
    "decorator of the class": "@parameterized_class\nclass TestCache:\n    def test(self): ...",
    "decorator static": "class TestCache:\n    @staticmethod\n    def test(): ...",
    "decorator multiple": '@patch.multiple("core.cache", connect=mock.DEFAULT)\ndef test(connect=None): ...',
    "decorator unpacked": "@patch(**OPTIONS)\ndef test(thing): ...",
    "decorator given": (
        "from hypothesis import given, strategies\n"
        '@given(strategies.text())\n@patch("os.getcwd")\ndef test(getcwd, text): ...'
    ),
    "signature": "def test(*args): ...",
    "signature positional-only": "class TestCache:\n    def test(self, /, name): ...",
    "signature default": '@patch("os.getcwd")\ndef test(getcwd=None): ...',
    "signature too short": '@patch("os.getcwd")\ndef test(**mocks): ...',
    "called": "def test(): ...\n\nprint(test())",
    "called method": "class TestCache:\n    def test(self): ...\n\n    def both(self):\n        self.test()",
    "redefined": "if True:\n    def test(): ...",
    "generated": "def test():\n    yield 1",
    "name-taken": "def test(mock_cache_get_instance): ...",
    "name-taken local": "def test():\n    mock_cache_get_instance = 1",
    "name-taken global": "def test():\n    print(mock_cache_get_instance)",
    "name-taken patch": "class TestCache:\n    def patch(self): ...\n\n    def test(self): ...",
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses_what_would_not_be_sound(name: str, tmp_path: Path) -> None:
    (finding,) = found(REFUSED[name], tmp_path)
    assert (finding.refusal, finding.fix) == (name.partition(" ")[0], None)
    assert "; not fixed: " in finding.message


def test_every_refusal_is_in_the_documentation() -> None:
    assert "## When it refuses" in RULE.doc
    section = RULE.doc.partition("## When it refuses")[2]
    assert [code for code in section.split("`") if code in {r.code for r in RULE.refusals}] == [
        r.code for r in RULE.refusals
    ]


def test_two_definitions_are_refused_and_the_last_one_is_what_runs(tmp_path: Path) -> None:
    findings = found("def test():\n    first()\n\ndef test(): ...", tmp_path)
    assert [f.refusal for f in findings] == ["redefined", None]


@pytest.mark.parametrize(
    ("initializer", "refusal", "fix"),
    [
        (Initializer("core.cache.Cache.get_instanse", imports=("core",)), "target-missing", None),
        (Initializer("core.cash.Cache.get_instance", imports=("core",)), "target-missing", None),
        (Initializer("core.cache.Cache.__init__", imports=("core",)), "init-returns", None),
        (Initializer("core.cache.Cache.__init__", returns="1", imports=("core",)), "init-returns", None),
        (Initializer("core.cache.Cache.__init__", returns=" None ", imports=("core",)), None, "safe"),
        (Initializer("core.cache.Sub.get_instance", imports=("core",)), None, "safe"),
        (Initializer(TARGET, returns="helper()", imports=("core",)), "unbound-name", None),
        (Initializer(TARGET, returns="local", imports=("core",)), "unbound-name", None),
        (Initializer(TARGET, returns="later", imports=("core",)), "unbound-name", None),
        (Initializer(TARGET, returns="[n for n in dir(Cache)]", imports=("core",)), None, "safe"),
        (Initializer("openai.OpenAI", imports=("core",)), None, "unsafe"),
    ],
    ids=lambda value: value.target + f" {value.returns}" if isinstance(value, Initializer) else str(value),
)
def test_the_settings_decide(initializer: Initializer, refusal: str | None, fix: str | None, tmp_path: Path) -> None:
    (finding,) = found("def test():\n    local = 1\n\nlater = 2", tmp_path, initializer)
    assert (finding.refusal, finding.fix) == (refusal, fix)


@pytest.mark.parametrize(
    ("initializer", "tests"),
    [
        (Initializer(TARGET, tests=(PATH,)), ["A::test_a", "A::test_b", "test_c"]),
        (Initializer(TARGET, tests=("tests/test_*.py",)), ["A::test_a", "A::test_b", "test_c"]),
        (Initializer(TARGET, tests=("tests/**/*.py::A",)), ["A::test_a", "A::test_b"]),
        (Initializer(TARGET, tests=(f"{PATH}::A::test_b", f"{PATH}::test_c[x]")), ["A::test_b", "test_c"]),
        (Initializer(TARGET, tests=("test_cache.py", f"{PATH}::A::test")), []),
        (Initializer(TARGET, imports=("core",)), ["A::test_a", "A::test_b", "test_c"]),
        (Initializer(TARGET, imports=("core.cache.Cache", "core.user")), ["A::test_a", "A::test_b", "test_c"]),
        (Initializer(TARGET, imports=("core.cach", "cache")), []),
    ],
    ids=str,
)
def test_which_tests_are_selected(initializer: Initializer, tests: list[str], tmp_path: Path) -> None:
    body = """
    class A(unittest.TestCase):
        def test_a(self): ...
        def test_b(self): ...
        def helper(self): ...

    def test_c():
        from core.cache import Cache

    class Helper:
        def test_connection(self): ...
    """
    findings = found(body, tmp_path, initializer)
    assert [f.test for f in findings] == [f"{PATH}::{test}" for test in tests]
    head_only = HEAD + indent("def x(): ...", "")
    context = Context(initializers=(initializer,))
    assert CODEMOD.may_apply(head_only.encode(), PATH, context) or not tests


def test_only_tests_that_were_asked_for(tmp_path: Path) -> None:
    body = "class TestA:\n    def test_a(self): ...\n    def test_b(self): ...\n"
    (finding,) = found(body, tmp_path, tests=("TestA::test_b",))
    assert finding.test == f"{PATH}::TestA::test_b"
    assert finding.span == (HEAD.count("\n") + 3, 9, HEAD.count("\n") + 3, 15)


def test_a_file_is_ruled_out_by_its_bytes() -> None:
    assert not CODEMOD.may_apply(b"from core.cache import Cache", PATH, Context())
    assert not CODEMOD.may_apply(b"import os", PATH, Context(initializers=(CACHE,)))
    assert CODEMOD.may_apply(b"from core import cache", PATH, Context(initializers=(CACHE,)))
    assert CODEMOD.may_apply(b"from .. import agent", PATH, Context(initializers=(CACHE,)))


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("core.llm.byok_handler.BYOKHandler.__init__", "mock_byok_handler_init"),
        ("core.governance_cache.GovernanceCache.get_instance", "mock_governance_cache_get_instance"),
        ("core.agent.get_client", "mock_get_client"),
        ("core.agent.HTTPClient2", "mock_http_client2"),
        ("core.agent._Private._connect", "mock_private_connect"),
    ],
)
def test_the_name_of_the_parameter(target: str, name: str) -> None:
    assert argument_name(Initializer(target)) == name


def test_a_finding_can_be_fixed_without_the_others(tmp_path: Path) -> None:
    text = "from core import cache\n\ndef test(): ...\n\n\ndef test_b(): ...\n"
    connect = Initializer("core.cache.connect", returns="Mock(name='c')", imports=("core",))
    after = (
        "from unittest.mock import Mock, patch\n\nfrom core import cache\n\n"
        "@patch(\"core.cache.connect\", return_value=Mock(name='c'))\ndef test(mock_connect): ...\n"
        "\n\ndef test_b(): ...\n"
    )
    assert applied(text, tmp_path, connect, CACHE, take=slice(0, 1)) == after
    both = after.replace('@patch("core.cache.c', f'@patch("{TARGET}")\n@patch("core.cache.c')
    both = both.replace("(mock_connect)", "(mock_connect, mock_cache_get_instance)")
    assert applied(after, tmp_path, connect, CACHE, take=slice(0, 1)) == both


def test_an_expression_of_several_lines_has_the_newlines_of_the_file(tmp_path: Path) -> None:
    expression = "{\n    'allowed': False,\n}"
    several = Initializer(TARGET, returns=expression, configure=(("name", expression),), imports=("core",))
    text = "from core import cache\r\n\r\n\r\ndef test_a():\r\n    pass\r\n"
    after = (
        "from unittest.mock import patch\n\nfrom core import cache\n\n\n"
        f'@patch("{TARGET}", return_value={expression})\ndef test_a(mock_cache_get_instance):\n'
        "    mock_cache_get_instance.name = {\n        'allowed': False,\n    }\n    pass\n"
    )
    assert applied(text, tmp_path, several) == after.replace("\n", "\r\n")
