"""What a brittle test lives on stays as it is, in a test, a fixture or a set-up, with all that goes with it."""

from __future__ import annotations

import pytest

from codemods.context import Context, Precondition, Setter
from isolator.engine.engine import Selection, check, rewrite

PATH, NEEDY = "tests/test_a.py", "tests/test_b.py::test_needy"
HEAD = "import os\nimport unittest\nfrom unittest.mock import patch\n\nimport pytest\n\n\n"
GROUP = """\
def test_sets():
    os.environ["ISO_KEY"] = "1"
    with patch.dict(os.environ, {"A": "1"}):
        pass
"""
METHOD = """\
class TestA:
    def test_sets(self):
        os.environ["ISO_KEY"] = "1"
"""
FIXTURE = """\
@pytest.fixture
def gives():
    os.environ["ISO_KEY"] = "1"
"""
SET_UP = """\
class TestA(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        os.environ["ISO_KEY"] = "1"
"""
FORGETS = """\
def test_sets():
    saved = os.environ.get("ISO_KEY")
    os.environ["ISO_KEY"] = "1"
    try:
        pass
    finally:
        if saved:
            os.environ["ISO_KEY"] = saved
"""
NESTED = """\
def test_sets():
    def inner():
        os.environ["ISO_KEY"] = "1"

    inner()
"""

# Each with the function that was seen, and the findings that are fixed otherwise.
CASES = {
    "a group": (GROUP, "test_sets", ["ISO102", "ISO101"]),
    "a method": (METHOD, "TestA.test_sets", ["ISO102"]),
    "a fixture": (FIXTURE, "gives", ["ISO102"]),
    "set-up": (SET_UP, "TestA.setUpClass", ["ISO102"]),
    "a restoration that forgets": (FORGETS, "test_sets", ["ISO103"]),
    "a nested function": (NESTED, "test_sets.<locals>.inner", ["ISO102"]),
}


@pytest.mark.parametrize("name", CASES)
def test_spared(name: str) -> None:
    body, function, codes = CASES[name]
    text = (HEAD + body).encode()
    context = Context(setters=(Setter("ISO_KEY", NEEDY, f"{PATH}::test_sets", PATH, function),))
    assert [finding.code for finding in rewrite(text, PATH, Context(), Selection()).fixed] == codes

    result = rewrite(text, PATH, context, Selection(unsafe_fixes=True))

    assert (result.source, result.fixed) == (text, ())
    assert [(finding.code, finding.refusal) for finding in result.left] == [(code, "brittle") for code in codes]


@pytest.mark.parametrize(
    "setter",
    [
        Setter("ISO_KEY", NEEDY, f"{PATH}::test_sets", PATH, "test_other"),
        Setter("ISO_KEY", NEEDY, f"{PATH}::test_sets", "core.py", "test_sets"),
        Setter("ISO_KEY", NEEDY, f"{PATH}::test_sets", None, None),
    ],
)
def test_not_spared(setter: Setter) -> None:
    text = (HEAD + CASES["a method"][0]).encode()
    assert len(rewrite(text, PATH, Context(setters=(setter,)), Selection()).fixed) == 1


def test_a_setter_that_is_declared_to_need_it_unset() -> None:
    text = b"def test_sets():\n    configure()\n\n\ndef test_other():\n    configure()\n"
    preconditions = (Precondition(("ISO_KEY",), (PATH,)),)
    setter = Setter("ISO_KEY", NEEDY, f"{PATH}::test_sets", "core.py", "configure")

    left = check(text, PATH, Context(preconditions=preconditions, setters=(setter,)), Selection()).left

    assert [(finding.refusal, finding.fix) for finding in left] == [("brittle", None), (None, "safe")]
    assert left[0].message == (
        f"the test needs ISO_KEY unset; not fixed: the test {NEEDY} depends on ISO_KEY as left by this; "
        'first let it call monkeypatch.setenv("ISO_KEY", …) itself'
    )


def test_a_variable_whose_name_is_part_of_another_one() -> None:
    text = b"def test_sets():\n    configure()\n"
    preconditions = (Precondition(("SECRET_KEY",), (f"{PATH}::test_sets",)),)
    setter = Setter("KEY", NEEDY, f"{PATH}::test_sets", "core.py", "configure")

    left = check(text, PATH, Context(preconditions=preconditions, setters=(setter,)), Selection()).left

    assert [(finding.refusal, finding.fix, finding.cells) for finding in left] == [(None, "safe", ("SECRET_KEY",))]
