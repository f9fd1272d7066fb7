"""ISO304: what a test file looks like with the fixture, and that its tests then pass alone."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from codemods.context import Conftest, Context, SetUp
from codemods.python.source import Source
from codemods.rules.missing_set_up import RULE
from codemods.set_ups.combining import parts_of, set_up
from codemods.set_ups.reading import Setter, setter
from isolator.engine import engine
from isolator.engine.engine import Selection

pytestmark = pytest.mark.usefixtures("without_plugins")

PATH = "test_it.py"
BEFORE, AFTER = re.findall(r"```python\n(.*?)```", RULE.doc, re.DOTALL)
SELECTION = Selection(select=("ISO304",), unsafe_fixes=True)
CONTEXT = Context()

# Each a file, a test of it that fails alone, and those that set up what it needs.
CASES: dict[str, tuple[str, str, list[str]]] = {
    "plain": (
        """\
ITEMS = []


def test_u():
    ITEMS.append(1)


def test_t():
    assert ITEMS
""",
        "test_t",
        ["test_u"],
    ),
    "method": (
        """\
class TestIt:
    items = []

    def test_u(self):
        self.items.append(1)

    def test_t(self):
        assert self.items
""",
        "TestIt::test_t",
        ["TestIt::test_u"],
    ),
    "TestCase": (
        """\
import unittest

ITEMS = []


class TestIt(unittest.TestCase):
    def setUp(self):
        self.items = ITEMS

    def test_u(self):
        self.items.append(1)
        self.assertEqual(self.items, [1])

    def test_t(self):
        self.assertTrue(self.items)
""",
        "TestIt::test_t",
        ["TestIt::test_u"],
    ),
    "fixture": (
        """\
import pytest

ITEMS = []


@pytest.fixture
def value():
    return 1


def test_u(value):
    assert ITEMS.append(value) is None


def test_t():
    assert ITEMS == [1]
""",
        "test_t",
        ["test_u"],
    ),
    "parametrized": (
        """\
import pytest

ITEMS = []


@pytest.mark.parametrize("a, b", [(1, "x"), (2, "y")])
def test_u(a, b):
    ITEMS.append((a, b))


@pytest.mark.parametrize("n", [1, 2])
def test_t(n):
    assert ITEMS == [(2, "y")]
""",
        "test_t[2]",
        ["test_u[2-y]"],
    ),
    "patched": (
        """\
from unittest.mock import patch

ITEMS = []


@patch("os.getcwd")
def test_u(getcwd):
    ITEMS.append(getcwd)


def test_t():
    assert ITEMS
""",
        "test_t",
        ["test_u"],
    ),
    "raises": (
        """\
import pytest

ITEMS = []


def fails():
    ITEMS.append(1)
    raise ValueError


def test_u():
    with pytest.raises(ValueError, match=""):
        fails()


def test_t():
    assert ITEMS
""",
        "test_t",
        ["test_u"],
    ),
    "several": (
        """\
ITEMS = []


class TestIt:
    def test_u(self):
        ITEMS.append('''
  a
''')

    def test_v(self):
        x = 1
        ITEMS.append(x)

    def test_t(self):
        assert ITEMS == ["\\n  a\\n", 1]
""",
        "TestIt::test_t",
        ["TestIt::test_u", "TestIt::test_v"],
    ),
    "typed": (
        """\
ITEMS = []


# why
def test_t() -> None:
    assert ITEMS


def test_u() -> None:
    ITEMS.append(1)
""",
        "test_t",
        ["test_u"],
    ),
}
CASES["late import"] = (f"{CASES['plain'][0]}\n\nimport pytest  # noqa\n", "test_t", ["test_u"])
CASES["from pytest"] = (f"from pytest import fixture, mark\n\n{CASES['plain'][0]}", "test_t", ["test_u"])
CASES["newlines"] = (CASES["plain"][0].replace("\n", "\r\n"), "test_t", ["test_u"])


def needed(text: str, test: str, *setters: str, other: str | None = None) -> SetUp:
    """All that the setters do, which stand in the same file or in another one."""
    path = "test_other.py" if other else PATH
    read = [setter(Source(other or text, path), f"{path}::{name}", CONTEXT) for name in setters]
    good = [each for each in read if isinstance(each, Setter)]
    assert len(good) == len(read)
    made = set_up(f"{PATH}::{test}", Source(text, PATH), good, parts_of(good))
    assert isinstance(made, SetUp), made
    return made


def fix(text: str, *set_ups: SetUp, context: Context = CONTEXT) -> str:
    told = replace(context, set_ups=set_ups)
    done = engine.rewrite(text.encode(), PATH, told, SELECTION)
    assert (done.problems, done.error, done.left) == ((), None, ())
    assert {(f.code, f.fix, bool(f.caution)) for f in done.fixed} == {("ISO304", "unsafe", True)}
    again = engine.rewrite(done.source, PATH, told, SELECTION)
    assert (again.source, again.left) == (done.source, ())
    return done.source.decode()


def refused(text: str, made: SetUp) -> str | None:
    done = engine.rewrite(text.encode(), PATH, replace(CONTEXT, set_ups=(made,)), SELECTION)
    assert done.source == text.encode()
    (found,) = done.left
    return found.refusal


def passes_alone(folder: Path, text: str, test: str) -> bool:
    (folder / PATH).write_text(text, newline="")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"{PATH}::{test}"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0


def test_the_page_shows_what_happens() -> None:
    assert (
        fix(BEFORE, SetUp("test_it.py::test_lookup", ("test_it.py::test_register",), 'registry.register("json")\n'))
        == AFTER
    )
    assert all(f"- `{refusal.code}`" in RULE.doc for refusal in RULE.refusals)


@pytest.mark.parametrize(("text", "test", "setters"), CASES.values(), ids=CASES)
def test_the_test_then_passes_alone(tmp_path: Path, text: str, test: str, setters: list[str]) -> None:
    assert not passes_alone(tmp_path, text, test)
    after = fix(text, needed(text, test, *setters))
    assert passes_alone(tmp_path, after, test)
    assert (after.count("\r\n") == after.count("\n")) == ("\r" in text)
    assert after.replace("\r", "").count("mark.usefixtures(") == 1


def test_several_tests_share_the_fixture() -> None:
    text = AFTER.partition("\n\n@pytest.fixture")[0].removeprefix("import pytest\n") + "\n\n"
    tests = "".join(f"\n\ndef test_{n}():\n    assert registry.known()\n" for n in "ab")
    needs = [needed(text + tests, f"test_{n}", "test_register") for n in "ab"]
    after = fix(text + tests, *needs)
    assert after.count("def set_up_by_register():") == 1
    assert after.count('@pytest.mark.usefixtures("set_up_by_register")\ndef test_') == 2
    assert after.index("def set_up_by_register") < after.index("def test_a")
    # One of them first, the other later: it is found again.
    assert fix(fix(text + tests, needs[0]), *needs) == after


def test_a_name_that_is_taken_is_not_used_again() -> None:
    text = "ITEMS = []\n\n\ndef test_u():\n    ITEMS.append(1)\n\n\ndef test_t():\n    assert ITEMS\n"
    taken = Conftest("/x/", "import pytest\n\n\n@pytest.fixture\ndef set_up_by_u():\n    pass\n")
    after = fix(text, needed(text, "test_t", "test_u"), context=replace(CONTEXT, conftests=(taken,)))
    assert "def set_up_by_u_2():" in after


def test_what_stands_in_another_file_is_imported() -> None:
    other = "import json\nfrom app import registry\n\n\ndef test_u():\n    registry.register(json.dumps(1))\n"
    text = "from app import registry\n\n\ndef test_t():\n    assert registry.known()\n"
    after = fix(text, needed(text, "test_t", "test_u", other=other))
    assert after.startswith("import json\n\nimport pytest\nfrom app import registry\n")
    assert "    registry.register(json.dumps(1))\n" in after


@pytest.mark.parametrize(
    ("text", "made", "code"),
    [
        (
            "def test_t():\n    pass\n",
            SetUp(f"{PATH}::test_t", ("test_a.py::test_u",), refusal="not-enough"),
            "not-enough",
        ),
        ("def test_t():\n    pass\n", SetUp(f"{PATH}::TestX::test_t", ("a.py::test_u",), "f()\n"), "no-such-test"),
        (
            "pytest = 1\n\n\ndef test_t():\n    pass\n",
            SetUp(f"{PATH}::test_t", ("a.py::test_u",), "f()\n"),
            "name-taken",
        ),
        (
            "def test_t():\n    pass\n\n\ndef test_t():\n    pass\n",
            SetUp(f"{PATH}::test_t", ("a.py::test_u",), "f()\n"),
            "name-taken",
        ),
        (
            "from hypothesis import given\n\n\n@given(1)\ndef test_t(a):\n    pass\n",
            SetUp(f"{PATH}::test_t", ("a.py::test_u",), "f()\n"),
            "generated-input",
        ),
    ],
)
def test_refused(text: str, made: SetUp, code: str) -> None:
    assert refused(text, made) == code


def test_what_is_written_for_a_method() -> None:
    """A ``setUp`` runs after fixtures, so what it does comes first in these, if it is needed."""
    text, test, setters = CASES["TestCase"]
    assert fix(text, needed(text, test, *setters)) == text.replace(
        "import unittest\n", "import unittest\n\nimport pytest\n"
    ).replace(
        "    def test_t(self):\n",
        """\
    @pytest.fixture
    def set_up_by_u(self):
        \"\"\"Set up the state left by `test_u`.\"\"\"
        self.items = ITEMS
        self.items.append(1)

    @pytest.mark.usefixtures("set_up_by_u")
    def test_t(self):
""",
    )


def test_a_safe_run_leaves_it() -> None:
    made = SetUp("test_it.py::test_lookup", ("test_it.py::test_register",), 'registry.register("json")\n')
    done = engine.rewrite(BEFORE.encode(), PATH, replace(CONTEXT, set_ups=(made,)), Selection(select=("ISO304",)))
    assert done.source == BEFORE.encode()
    assert [finding.fix for finding in done.left] == ["unsafe"]
