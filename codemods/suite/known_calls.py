"""Facts about code outside the project: Python's, pytest's, and that of its plugins.

One table, which every part asks. Names are dotted, as imports spell them; a method stands by its
own name, since nothing tells whose it is.
"""

from __future__ import annotations

import builtins
import re


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Calls

# These give the same whatever state there is; each kind of state has more.
BLIND_CALLS = _names(
    "str repr int float bool len format list tuple dict set sorted reversed range zip "
    "enumerate isinstance type any all min max sum abs round "
    "os.path.join os.fspath os.fsdecode json.dumps pathlib.Path"
)
# At the head of a test these neither run code under test nor need it.
QUIET_CALLS = _names("dict os.environ.get os.environ.copy os.getenv pytest.MonkeyPatch")
# What is built in, except what runs code that it is given.
PLAIN_BUILT_INS = frozenset(dir(builtins)) - _names("eval exec next iter map filter __import__")
# Of these modules nothing writes the environment of this process, or only for as long as a block
# lasts.
HARMLESS_MODULES = _names(
    "os sys re json time datetime math copy shutil tempfile pathlib textwrap "
    "subprocess logging warnings uuid unittest.mock pytest monkeypatch mocker"
)
# Called with more than what is expected, these run what they are given:
# `self.assertRaises(Error, run)`.
EXPECTING = (
    "assertRaises",
    "assertWarns",
    "pytest.raises",
    "pytest.warns",
    "pytest.deprecated_call",
)
# Methods of a TestCase that run nothing there and then.
CASE_METHODS = ("addCleanup", "addClassCleanup", "skipTest", "fail", "subTest")

# What runs later

REGISTERS_CLEAN_UP = ("addCleanup", "addClassCleanup", "addfinalizer")
# What they are given runs after the method, or ends there.
LATE = ("addCleanup", "addAsyncCleanup", "enterContext", "enterAsyncContext")
CLASS_LATE = ("addClassCleanup", "enterClassContext")
# What is given to these is called in the end, whoever does so.
HANDS_OVER = _names(
    "addCleanup addClassCleanup addModuleCleanup addAsyncCleanup addfinalizer finalize "
    "callback push push_async_callback push_async_exit register"
)
# Methods that enter the manager they are given, and leave it at an end of their own.
ENTERS = (
    "enter_context",
    "enter_async_context",
    "enterContext",
    "enterAsyncContext",
    "enterClassContext",
)

# Context managers

MONKEYPATCH_CONTEXTS = ("monkeypatch.context", "pytest.MonkeyPatch.context")
MOCK_PATCHES = ("unittest.mock.patch", "unittest.mock.patch.object", "unittest.mock.patch.dict")
# Leaving these looks at no state.
BLIND_EXITS = _names(
    "pytest.raises pytest.warns pytest.deprecated_call contextlib.suppress contextlib.nullcontext"
) | frozenset(MOCK_PATCHES)
# Neither entering nor leaving these runs code of a project.
PLAIN_CONTEXTS = frozenset(
    f"contextlib.{name}"
    for name in ("suppress", "nullcontext", "ExitStack", "redirect_stdout", "redirect_stderr")
)
# They change only what they are told to.
QUIET_CONTEXTS = frozenset({"unittest.mock.patch.dict", *MONKEYPATCH_CONTEXTS})
# As code: those that do nothing when their block ends but put back what they patched.
QUIET_MANAGERS = re.compile(
    r"\bpatch(\.dict|\.object)?\(|\.context\(\)$|\b(nullcontext|suppress)\("
)

# Decorators

# They leave keyword arguments alone; below any other one nothing is known of the signature.
TRANSPARENT_DECORATORS = re.compile(
    r"pytest\.(mark|fixture)\b|pytest_asyncio\.fixture$|unittest\.mock\.patch(\.object|\.dict)?(\(\))?$"
    r"|hypothesis\.(settings|example)$|freezegun\.freeze_time$|time_machine\.travel$|flaky\.flaky$"
)
# They run nothing around the body, or nothing that looks at the environment.
QUIET_DECORATORS = re.compile(
    r"pytest\.(mark|fixture|yield_fixture)\b|pytest_asyncio\.fixture$"
    r"|unittest\.mock\.patch(\.\w+)?(\(\))?$|hypothesis\.(given|settings|example|seed)$"
    r"|freezegun\.freeze_time$|time_machine\.travel$|flaky\.flaky$|responses\.activate$|respx\.mock$"
    r"|httpretty\.(activate|httprettified)$|requests_mock\.\w+$|vcr\.use_cassette$|moto\.mock_\w+$"
    r"|contextlib\.\w+$|functools\.(wraps|cache|lru_cache|cached_property)$|allure\.\w+$"
    r"|(typing\.)?(overload|override|no_type_check)$|(staticmethod|classmethod|property)$"
)
# Making one with these calls in its arguments changes nothing that a value could see.
QUIET_MAKERS = re.compile(
    r"pytest\.(mark\.|param$|fixture$)|pytest_asyncio\.fixture$|unittest\.mock\.patch(\.\w+)?$"
    r"|os\.(environ\.get|getenv)$"
)

# Classes and fixtures

TESTCASES = ("unittest.TestCase", "unittest.IsolatedAsyncioTestCase", "unittest.case.TestCase")
# Their set-ups and tear-downs leave alone what a test changes.
KNOWN_BASES = (
    *TESTCASES,
    *(f"django.test.{kind}TestCase" for kind in ("", "Simple", "Transaction", "LiveServer")),
    *("twisted.trial.unittest.TestCase", "testtools.TestCase", "absl.testing.absltest.TestCase"),
)
# Fixtures of pytest and its best known plugins that do not ask for monkeypatch, nor look at the
# environment when they are torn down.
BLIND_FIXTURES = _names(
    "request pytestconfig mocker record_property recwarn caplog doctest_namespace "
    "capsys capfd capsysbinary capfdbinary tmp_path tmpdir tmp_path_factory tmpdir_factory"
)
# Fixtures of pytest and its plugins, whose methods are none of the project's.
FOREIGN_FIXTURES = _names(
    "caplog capfd capfdbinary capsys capsysbinary mocker monkeypatch pytester recwarn request "
    "tmp_path tmp_path_factory tmpdir"
)
