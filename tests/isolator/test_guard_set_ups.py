"""The guard and fixtures that set up what tests need: those that it is given are accepted, and nothing else."""

from __future__ import annotations

import pytest

from isolator.guard.compare import differences

BEFORE = """\
from app import known


class TestIt:
    def test_u(self):
        known.add(1)

    def test_t(self):
        assert known
"""
FIXTURE = """\
@pytest.fixture
def set_up_by_u(self):
    \"\"\"Set up the state left by `test_u`.\"\"\"
    known.add(json.dumps(1))
"""
AFTER = """\
import json
import pytest
from app import known


class TestIt:
    def test_u(self):
        known.add(1)

    @pytest.fixture
    def set_up_by_u(self):
        \"\"\"Set up the state left by `test_u`.\"\"\"
        known.add(json.dumps(1))

    @pytest.mark.usefixtures("set_up_by_u")
    def test_t(self):
        assert known
"""


def test_what_is_told_is_welcome() -> None:
    assert differences(BEFORE, AFTER, set_ups=[FIXTURE]) is None


def test_nothing_is_welcome_that_is_not_told() -> None:
    assert differences(BEFORE, AFTER) is not None
    assert differences(BEFORE, AFTER, set_ups=[FIXTURE.replace("(1)", "(2)")]) is not None


def test_a_fixture_that_is_there_may_be_asked_for_again() -> None:
    there = AFTER.replace('    @pytest.mark.usefixtures("set_up_by_u")\n', "")
    assert differences(there, AFTER, set_ups=[FIXTURE]) is None
    assert differences(there, AFTER) is not None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("json.dumps(1)", "json.dumps(2)"),
        ("        assert known\n", "        assert not known\n"),
        ("        assert known\n", "        pass\n"),
        ("        known.add(1)\n\n", "        known.add(2)\n\n"),
        ('usefixtures("set_up_by_u")', 'usefixtures("other")'),
        ('usefixtures("set_up_by_u")', 'usefixtures("set_up_by_u", "other")'),
        ("mark.usefixtures", "mark.skipif"),
        ("@pytest.fixture\n", "@pytest.fixture(autouse=True)\n"),
        ("import json\n", "import json\nimport other\n"),
        ("import json\n", "import json\nknown = 1\n"),
        ("from app import known", "from app import other as known"),
        ("def test_t", "def test_s"),
        ("    def test_u(self):\n        known.add(1)\n\n", ""),
    ],
)
def test_anything_else_is_a_difference(old: str, new: str) -> None:
    assert AFTER.count(old) == 1
    assert differences(BEFORE, AFTER.replace(old, new), set_ups=[FIXTURE]) is not None


def test_a_name_that_stood_for_something_is_not_taken() -> None:
    before = BEFORE.replace("        assert known\n", "        assert set_up_by_u\n")
    after = AFTER.replace("        assert known\n", "        assert set_up_by_u\n")
    assert differences(before, after, set_ups=[FIXTURE]) is not None
