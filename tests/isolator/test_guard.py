"""What the guard says, what it welcomes, and what it does not look at."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from isolator.guard.compare import differences
from isolator.guard.erasure.erase import Eraser

TWO = "def test_a():\n    assert run() == 1\n\n\ndef test_b():\n    run()\n"
CONFTEST = "import os\n\n_NAMES = ['A']\n\n\ndef fixture():\n    yield\n"


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (TWO.replace("== 1", "== 2"), "line 2: a name or a constant differs"),
        (TWO.replace("test_b", "test_c"), "line 5: function test_b became function test_c"),
        (TWO[: TWO.index("\n\n\ndef test_b")], "line 5 of the original: function test_b became nothing"),
        (TWO.replace("assert run()", "run()"), "line 2 of the original: assert became nothing"),
    ],
)
def test_the_place_is_told(after: str, said: str) -> None:
    assert differences(TWO, after) == said


def test_no_value_of_a_variable_is_told() -> None:
    before = "import os\n\n\ndef test_a():\n    os.environ['TOKEN'] = 's3cret'\n    run()\n"
    after = "\n\ndef test_a(monkeypatch):\n    monkeypatch.setenv('TOKEN', 's3cret2')\n    run()\n"

    found = differences(before, after)

    assert found is not None
    assert "s3cret" not in found


def test_what_does_not_parse_is_a_difference() -> None:
    found = differences("x = 1\n", "x = (\n")

    assert found is not None
    assert found.startswith("line 1: the rewritten file does not parse")


@pytest.mark.parametrize("text", ["", "x = 1\r\ny = 2\r\n", "\ufeffx = 1\n", "'''a\x0cb'''\n"])
def test_what_is_the_same_passes(text: str) -> None:
    assert differences(text, text) is None
    assert differences(text, text + "\n") is None


def test_nested_too_deep_is_a_difference() -> None:
    deep = "+".join(["'x'"] * 1500)
    before = f"import os\n\n\ndef test_a():\n    os.environ['A'] = {deep}\n"

    assert isinstance(differences(before, before.replace("'A'", "'B'")), str)


def test_a_lost_import_is_caught() -> None:
    before = "import os\nfrom app import run\n\n\ndef test_a():\n    run(os)\n"

    assert differences(before, before.replace("import os\n", "")) == "line 5: os is no longer imported"
    assert differences(before, before.replace("import os\n", "import pytest\nimport os\n")) is None
    assert differences(before, before.replace("from app import run\n", "")) is not None
    assert differences(before, before.replace("import run", "import run, walk")) is not None


def test_a_lost_import_inside_a_function_is_caught() -> None:
    before = "def test_a():\n    import os\n    os.environ['A'] = '1'\n    run(os.sep)\n"
    after = "def test_a(monkeypatch):\n    monkeypatch.setenv('A', '1')\n    run(os.sep)\n"

    assert differences(before, after) == "line 1: test_a: os is no longer imported"


@pytest.mark.parametrize(
    ("old", "new", "welcome"),
    [
        ("    yield\n", "    yield\n\n\ndef more():\n    yield\n", True),
        ("import os\n", "import os\nimport shutil\n", True),
        ("['A']", "['A', 'B']", True),
        ("['A']", "['B', 'A']", False),
        ("_NAMES = ['A']", "_NAMES = ['A']\n_MORE = 1", True),
        ("_NAMES = ['A']", "_NAMES = ['A']\nos = 1", False),
        ("    yield\n", "    yield\n\n\ndef test_more():\n    yield\n", False),
        ("    yield\n", "    yield\n\n\nfixture()\n", False),
        ("    yield\n", "    yield 1\n", False),
    ],
)
def test_additions_to_a_conftest(old: str, new: str, welcome: bool) -> None:
    after = CONFTEST.replace(old, new)

    assert differences(CONFTEST, after) is not None
    assert (differences(CONFTEST, after, additions=True) is None) is welcome


def test_what_tests_need_unset_can_be_told() -> None:
    before = "def test_a(run):\n    run()\n"
    after = "def test_a(run, monkeypatch):\n    monkeypatch.delenv('A', raising=False)\n    run()\n"

    assert differences(before, after) is None
    assert differences(before, after, unset=["A", "B"]) is None
    assert differences(before, after, unset=["B"]) == "line 1: test_a: 'A' is unset"


HOISTED_FROM = """
import os
from unittest.mock import patch
from app import SEEN, compute

@patch.dict(os.environ, {"A": compute()})
def test_a():
    run()

def test_b():
    with patch.dict(os.environ, {"B": SEEN}):
        run()
"""
HOISTED = """
import os
from unittest.mock import patch
from app import SEEN, compute

_environment = {"A": compute()}

def test_a(monkeypatch):
    for name, value in _environment.items():
        monkeypatch.setenv(name, value)
    run()

def test_b():
    with patch.dict(os.environ, {"B": SEEN}):
        run()
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('{"A": compute()}', '{"A": other()}'),
        ('{"A": compute()}', '{"Z": compute()}'),
        ('{"A": compute()}', '{"A": compute(), "Z": SEEN}'),
        ("_environment", "environment"),
        ("_environment", "SEEN"),
        ("_environment = ", "_environment = _other = "),
        ('_environment = {"A": compute()}\n', '_environment = {"A": compute()}\n_more = 1\n'),
        ('_environment = {"A": compute()}\n', '_environment = _more = {"A": compute()}\n'),
        ("def test_b():", '_again = {"A": compute()}\n\ndef test_b():'),
        ('    with patch.dict(os.environ, {"B": SEEN}):', "    if True:"),
    ],
)
def test_only_what_a_decorator_computed_may_be_hoisted(old: str, new: str) -> None:
    assert differences(HOISTED_FROM, HOISTED) is None
    assert differences(HOISTED_FROM, HOISTED, additions=True) is None
    assert differences(HOISTED_FROM, HOISTED.replace(old, new)) is not None


@pytest.mark.parametrize(
    ("decorator", "passes"),
    [
        ("@pytest.mark.parametrize('n', [pytest.param(os.environ.get('N'), id='n')])", True),
        ("@patch('os.getpid', new=str(1))", True),
        ("@pytest.mark.parametrize('n', compute())", False),
        ("@decorate(SEEN)", False),
    ],
)
def test_what_is_hoisted_may_only_pass_decorators_that_run_no_code(decorator: str, passes: bool) -> None:
    before, after = (
        text.replace("import os\n", "import os\nimport pytest\n").replace(old, f"{decorator}\n{old}")
        for text, old in ((HOISTED_FROM, '@patch.dict(os.environ, {"A'), (HOISTED, "def test_a"))
    )

    assert (differences(before, after) is None) is passes


@pytest.mark.parametrize("value", ["SEEN", "compute()", '"1"'])
def test_what_a_test_computed_itself_may_not_be_hoisted(value: str) -> None:
    before = HOISTED_FROM.replace("SEEN}", f"{value}}}")
    after = before.replace("def test_b():", f'_environment = {{"B": {value}}}\n\ndef test_b(monkeypatch):').replace(
        f'    with patch.dict(os.environ, {{"B": {value}}}):\n        run()',
        "    for name, value in _environment.items():\n        monkeypatch.setenv(name, value)\n    run()",
    )

    assert differences(before, after) is not None


def test_only_what_changed_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    erase = Eraser.statement

    def spy(self: Eraser, node: ast.stmt, *rest: object) -> list[ast.stmt]:
        seen.append(getattr(node, "name", None))
        return erase(self, node, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Eraser, "statement", spy)
    tests = "".join(f"    def test_{n}(self):\n        os.environ['A'] = '1'\n        run()\n\n" for n in range(100))
    before = f"{CONFTEST}\n\nclass TestAll:\n{tests}\n\n{TWO}"
    after = before.replace(
        "def test_7(self):\n        os.environ['A'] = '1'",
        "def test_7(self, monkeypatch):\n        monkeypatch.setenv('A', '1')",
    )

    assert differences(before, after) is None
    assert seen == ["TestAll", "TestAll", "test_7", "test_7"]


@pytest.mark.parametrize("path", sorted(Path(__file__).parents[1].rglob("*.py")), ids=lambda path: path.name)
def test_another_layout_of_the_same_file_passes(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert differences(text, ast.unparse(ast.parse(text))) is None


HELPER = "def helper(a):\n    os.environ['A'] = a\n\n\ndef test_a():\n    helper('1')\n    run()\n"
TAKING = "def helper(a, monkeypatch):\n    monkeypatch.setenv('A', a)\n\n\n"


@pytest.mark.parametrize(
    ("test", "welcome"),
    [
        ("def test_a(monkeypatch):\n    helper('1', monkeypatch=monkeypatch)\n    run()\n", True),
        ("def test_a(monkeypatch):\n    helper('1', monkeypatch=other)\n    run()\n", False),
        ("def test_a(monkeypatch):\n    helper('1', other=monkeypatch)\n    run()\n", False),
        ("def test_a(monkeypatch):\n    helper('1', monkeypatch)\n    run()\n", False),
        ("def test_a(monkeypatch):\n    helper('2', monkeypatch=monkeypatch)\n    run()\n", False),
        (
            "def test_a(monkeypatch):\n    helper('1', monkeypatch=monkeypatch)\n    run(monkeypatch=monkeypatch)\n",
            False,
        ),
        ("def test_a():\n    monkeypatch = 1\n    helper('1', monkeypatch=monkeypatch)\n    run()\n", False),
    ],
)
def test_only_monkeypatch_is_passed_on_to_a_helper(test: str, welcome: bool) -> None:
    before = f"import os\nfrom app import other, run\n\n\n{HELPER}"
    after = f"from app import other, run\n\n\n{TAKING}{test}"

    assert (differences(before, after) is None) is welcome


def test_only_a_function_that_takes_it_is_passed_monkeypatch() -> None:
    before = "def helper(**a):\n    run(a)\n\n\ndef test_a(monkeypatch):\n    helper()\n"

    assert differences(before, before.replace("helper()", "helper(monkeypatch=monkeypatch)")) is not None


@pytest.mark.parametrize(
    ("old", "new", "may"),
    [
        ("monkeypatch.delenv('A')", "monkeypatch.delenv('A', raising=False)", True),
        ("monkeypatch.delenv('A', raising=False)", "monkeypatch.delenv('A')", True),
        ("monkeypatch.delenv('A')", "monkeypatch.delenv('B', raising=False)", False),
        ("del os.environ['A']", "monkeypatch.delenv('A', raising=False)", False),
        ("os.environ.pop('A', None)", "monkeypatch.delenv('A')", False),
        ("del os.environ['A']", "os.environ.pop('A', None)", False),
    ],
)
def test_raising_is_changed_only_by_rules_of_others_and_only_where_it_was(old: str, new: str, may: bool) -> None:
    before, after = (f"import os\n\n\ndef test_a(monkeypatch):\n    {line}\n    run()\n" for line in (old, new))

    assert differences(before, after, unset=()) is not None
    assert (differences(before, after, unset=(), raising=True) is None) is may
