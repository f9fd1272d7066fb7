"""The guard and objects that are recreated for each test: code that moves unchanged is accepted, nothing else is."""

from __future__ import annotations

import pytest

from isolator.guard.compare import differences
from tests.codemods.rules.shared_object_cases import CASES

BODY = CASES["class body among others, with comments"]
BASE = CASES["a base with a set-up"]
THERE = CASES["a set-up that is there"]
CLASS = CASES["setUpClass with its tear-down"]
MODULE = CASES["module level, with what is made of it"]
FIXTURES = CASES["fixtures of wide scopes"]


@pytest.mark.parametrize("name", CASES)
def test_what_is_recreated_is_accepted(name: str) -> None:
    assert differences(CASES[name].before, CASES[name].after, recreated=True) is None
    assert differences(CASES[name].before, CASES[name].after) is not None
    assert differences(CASES[name].after, CASES[name].before, recreated=True) is not None


@pytest.mark.parametrize(
    ("before", "after", "was", "now"),
    [
        (*BODY[1:], "n=[self.size", "n=[self.name"),
        (*BODY[1:], "n=[self.size", "n=[self.other"),
        (*BODY[1:], "SIZE for", "self.SIZE for"),
        (*BODY[1:], "self.graph = dict(", "self.graph = set("),
        (*BODY[1:], "self.graph = dict(", "self.grap = dict("),
        (*BODY[1:], "        self.other: dict = dict(a=1)\n", ""),
        (*BODY[1:], "self.other: dict = dict(a=1)\n", "self.other: dict = dict(a=1)\n        run()\n"),
        (
            *BODY[1:],
            "self.other: dict = dict(a=1)\n",
            "self.other: dict = dict(a=1)\n        super().setup_method()()\n",
        ),
        (*BODY[1:], "self.other: dict", "self.other: list"),
        (*BODY[1:], "    def setup_method(self)", "    @run\n    def setup_method(self)"),
        (*BODY[1:], "def setup_method(self)", "def setup_method(self, a=run())"),
        (*BODY[1:], "def setup_method(self)", "def setup(self)"),
        (*BODY[1:], 'assert "b" not in self.graph', 'assert "b" not in TestGraph.graph'),
        (*BODY[1:], 'assert "b" not in self.graph', 'assert "c" not in self.graph'),
        (*BASE[1:], "        super().setUp()\n", ""),
        (*BASE[1:], "super().setUp()", "super().tearDown()"),
        (*BASE[1:], "super().setUp()", "super().setUp(1)"),
        (*THERE[1:], "        this.graph = {}\n        # The first.\n", "        # The first.\n"),
        (*THERE[1:], "len(this.graph)\n", "len(this.graph)\n        this.graph = {}\n"),
        (*THERE[1:], "        this.graph = {}\n", "        self.graph = {}\n"),
        (*CLASS[1:], "{self.name: 1}", "{self.name: 2}"),
        (*CLASS[1:], "self.graph = {self.name: 1}", "self.graph = {cls.name: 1}"),
        (*CLASS[1:], "addCleanup", "addClassCleanup"),
        (*CLASS[1:], "self).setUp()", "self).tearDown()"),
        (*CLASS[1:], "    def tearDown(self) -> None:", "    def tearDwn(self) -> None:"),
        (*CLASS[1:], "        super().tearDown()\n", ""),
        (*MODULE[1:], "        maxlen=3,", "        maxlen=4,"),
        (*MODULE[1:], '"size": len(queue)}\n    )', '"size": 1}\n    )'),
        (*MODULE[1:], "    global queue, client\n", "    global queue\n"),
        (*MODULE[1:], "autouse=True", "autouse=False"),
        (*MODULE[1:], "autouse=True", 'autouse=True, scope="module"'),
        (*MODULE[1:], "def _new_queue()", "def _new_queue(put)"),
        (*MODULE[1:], "    global queue, client\n", "    global queue, client, other\n    other = {}\n"),
        (*MODULE[1:], "    global queue, client\n", "    put(1)\n    global queue, client\n"),
        (*FIXTURES[1:], "@pytest.fixture\n", '@pytest.fixture(scope="session")\n'),
        (*FIXTURES[1:], "@pytest.fixture\n", "@pytest.fixture(autouse=True)\n"),
        (*FIXTURES[1:], "autouse=True", "autouse=False"),
        (*FIXTURES[1:], "@pytest.fixture\n", "@pytest.mark.fixture\n"),
        (*FIXTURES[1:], 'return ["root"]', "return []"),
    ],
)
def test_anything_else_is_a_difference(before: str, after: str, was: str, now: str) -> None:
    assert after.count(was) >= 1
    assert differences(before, after.replace(was, now, 1), recreated=True) is not None


@pytest.mark.parametrize("scope", ["SCOPE", '"function"', "chosen()"])
def test_a_scope_that_is_not_known_may_not_go(scope: str) -> None:
    before = FIXTURES.before.replace('"module"', scope)
    assert differences(before, FIXTURES.after, recreated=True) is not None


@pytest.mark.parametrize("scope", ["class", "package", "session"])
def test_any_wide_scope_may_go(scope: str) -> None:
    before = FIXTURES.before.replace('"module"', f'"{scope}"')
    assert differences(before, FIXTURES.after, recreated=True) is None
