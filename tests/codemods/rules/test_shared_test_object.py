"""ISO408: the bytes, a second pass, the runs before and after in two orders, and what is not rewritten."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from codemods.context import Context
from codemods.rule import Finding
from codemods.rules.shared_test_object import RULE
from isolator.engine.engine import Rewrite, Selection, check, rewrite
from tests.codemods.rules.shared_object_cases import CASES, Case
from tests.codemods.state.test_comments import commented, misplaced

PATH = "tests/test_it.py"
RULES = Selection(select=("ISO408",), unsafe_fixes=True)
REVERSING = """\
import os

def pytest_collection_modifyitems(items):
    if os.environ.get("REVERSED"):
        items.reverse()
"""


def fix(text: str, root: Path, *cells: str, proving: bool = False) -> Rewrite:
    context = Context(root=root, leaked=tuple(f"{PATH}::{cell}" for cell in cells), proving=proving)
    return rewrite(text.encode(), PATH, context, RULES)


def left(text: str, root: Path, *cells: str) -> tuple[Finding, ...]:
    made = fix(text, root, *cells)
    assert made.source.decode() == text and made.problems == () and made.error is None
    return made.left


@pytest.mark.parametrize("name", CASES)
def test_the_bytes_and_a_second_pass(name: str, tmp_path: Path) -> None:
    each = CASES[name]
    made = fix(each.before, tmp_path, *each.cells)
    assert (made.source.decode(), made.problems, made.error) == (each.after, (), None)
    assert made.fixed and not made.left
    again = fix(each.after, tmp_path, *each.cells)
    assert (again.source, again.left) == (made.source, ())


@pytest.mark.parametrize("name", CASES)
def test_lines_that_end_otherwise(name: str, tmp_path: Path) -> None:
    each = CASES[name]
    made = fix(each.before.replace("\n", "\r\n"), tmp_path, *each.cells)
    assert made.source.decode() == each.after.replace("\n", "\r\n")


@pytest.mark.parametrize("name", CASES)
def test_every_comment_stays(name: str, tmp_path: Path) -> None:
    text, comments = commented(CASES[name].before)
    after = fix(text, tmp_path, *CASES[name].cells).source.decode()
    assert misplaced(comments, after) == []
    assert after != text


def outcomes(folder: Path, reverse: str) -> dict[str, str]:
    command = [sys.executable, "-m", "pytest", "-v", "-rN", "--tb=short", "-p", "no:cacheprovider", "-p", "no:randomly"]
    environment = {"PYTHONDONTWRITEBYTECODE": "1", "REVERSED": reverse}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    found = dict(re.findall(r"^(\S+::\S+) (PASSED|FAILED|ERROR)", done.stdout, re.MULTILINE))
    assert found, done.stdout + done.stderr
    return found


def written(folder: Path, side: str) -> Path:
    folder.mkdir()
    (folder / "conftest.py").write_text(REVERSING)
    for number, each in enumerate(CASES.values()):
        (folder / f"test_{number}.py").write_text(getattr(each, side))
    return folder


def test_before_they_fail_in_an_order_and_after_in_none(tmp_path: Path) -> None:
    before, after = written(tmp_path / "before", "before"), written(tmp_path / "after", "after")
    failed = set()
    for reverse in ("", "1"):
        was, now = outcomes(before, reverse), outcomes(after, reverse)
        assert set(now.values()) == {"PASSED"}, now
        assert was.keys() == now.keys()
        failed |= {test.partition("::")[0] for test, outcome in was.items() if outcome != "PASSED"}
    assert failed == {f"test_{number}.py" for number in range(len(CASES))}


def test_the_page_shows_what_happens(tmp_path: Path) -> None:
    before, after, fixture = re.findall(r"```python\n(.*?)```", RULE.doc, re.DOTALL)
    assert fix(before, tmp_path, "TestGraph.graph").source.decode() == after
    queue = "import pytest\n\nqueue = Queue()\n\n\n{}def test_it():\n    queue.put(1)\n"
    made = fix(queue.format(""), tmp_path, "queue.items").source.decode()
    assert made == queue.format(fixture + "\n\n")
    assert all(f"- `{refusal.code}`" in RULE.doc for refusal in RULE.refusals)


def test_one_finding_for_all_cells_of_an_object(tmp_path: Path) -> None:
    case: Case = CASES["class body"]
    cells = (
        "TestGraph.graph.vertices",
        'TestGraph.graph.vertices["a"]',
        "Helper.count",
        "TestGraph.other",
        "gather()[0]",
    )
    (found,) = fix(case.before, tmp_path, *cells).fixed
    assert found.message == "tests share TestGraph.graph and change it"
    assert found.cells == tuple(f"{PATH}::{cell}" for cell in cells[:2])
    assert found.fix == "safe"


def test_a_fixture_is_safe_only_if_the_tests_are_run(tmp_path: Path) -> None:
    text = CASES["fixtures of wide scopes"].before
    assert [(f.fix, bool(f.caution)) for f in fix(text, tmp_path).fixed] == [("unsafe", True)] * 2
    assert [(f.fix, bool(f.caution)) for f in fix(text, tmp_path, proving=True).fixed] == [("safe", False)] * 2


@pytest.mark.parametrize(
    "text",
    [
        "def test_it(queue):\n    queue.sort(key=1)\n",  # of what is not known to be a list
        "def test_it(queue):\n    queue = [*queue]\n    queue[0] = 1\n",
        "def test_it(queue):\n    was = queue.x\n    queue.x = 1\n    queue.x = was\n",
        "def test_it(queue):\n    try:\n        run()\n    finally:\n        queue.x = 1\n",
        "def test_it(queue):\n    assert queue.x == 1\n",
        "def test_it(other):\n    queue.x = 1\n",
        "def test_it(queue):\n    queue.config.x = 1\n",
    ],
)
@pytest.mark.parametrize("value", ["make()"])
def test_a_fixture_whose_value_no_test_is_seen_to_change(text: str, value: str, tmp_path: Path) -> None:
    fixture = f'import pytest\n\n\n@pytest.fixture(scope="module")\ndef queue():\n    return {value}\n\n\n'
    changing = "def test_other(queue):\n    queue.x = 1\n"
    assert left(fixture + text, tmp_path) == ()
    assert check((fixture + changing).encode(), PATH, Context(root=tmp_path), RULES).left
    assert left((fixture + changing).replace("make()", "SHARED"), tmp_path) == ()
    assert left((fixture + changing).replace("module", "session"), tmp_path) == ()


PLAIN = "class TestIt:\n    graph = Graph()\n\n    def test_a(self):\n        self.graph.add(1)\n"
CASE = PLAIN.replace("TestIt", "TestIt(TestCase)")
WIDE = """\
from unittest import TestCase


class TestIt(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.graph = Graph()

    def test_a(self):
        self.graph.add(1)
"""
MODULE = "graph = Graph()\n\n\ndef test_a():\n    graph.add(1)\n"
FIXTURE = """\
import pytest


@pytest.fixture(scope="module")
def graph(request):
    return Graph()


def test_a(graph):
    graph.x = 1
"""
IMPORT = "from unittest import TestCase\nimport base\n\n\n"
LEFT = {
    "numbered": (
        "sequence",
        "test_1_add, test_2_read",
        PLAIN.replace("test_a", "test_1_add") + "\n    def test_2_read(self): pass\n",
    ),
    "marked": (
        "sequence",
        "test_a",
        "import pytest\n" + PLAIN.replace("    def", "    @pytest.mark.dependency()\n    def"),
    ),
    "an order of the class": ("sequence", "test_a", "import pytest\n\n\n@pytest.mark.incremental\n" + PLAIN),
    "sorted": ("sequence", "test_a", PLAIN + "\n\nLOADER.sortTestMethodsUsing = None\n"),
    "numbered functions": (
        "sequence",
        "test_1_a, test_2_b",
        MODULE.replace("test_a", "test_1_a") + "\n\ndef test_2_b():\n    graph.add(2)\n",
    ),
    "two assignments": ("not-plain", "line 2", PLAIN.replace("    graph", "    graph = None\n    graph", 1)),
    "under a condition": ("not-plain", "line 3", PLAIN.replace("    graph =", "    if True:\n        graph =", 1)),
    "two targets": ("not-plain", "line 2", PLAIN.replace("graph =", "graph = other =")),
    "a line with more on it": ("not-plain", "line 2", PLAIN.replace("Graph()", "Graph(); other = 1")),
    "a variable of the class": ("not-plain", "line 2", PLAIN.replace("graph =", "graph: ClassVar[Graph] =")),
    "of elsewhere": ("not-made", "base.GRAPH", PLAIN.replace("Graph()", "base.GRAPH")),
    "the class": ("through-class", "line 5", PLAIN.replace("self.graph", "TestIt.graph")),
    "the class of the object": ("through-class", "line 5", PLAIN.replace("self.graph", "type(self).graph")),
    "by name": ("through-class", "line 8", PLAIN + "\n\nX = patch.object(TestIt, 'graph')\n"),
    "a decorator": ("import-time", "line 4", PLAIN.replace("    def", "    @each(graph)\n    def")),
    "another statement of the class": (
        "import-time",
        "line 3",
        PLAIN.replace("Graph()\n", "Graph()\n    graph.add(0)\n"),
    ),
    "a fixture of the class": (
        "wide-use",
        "up",
        "import pytest\n" + PLAIN + "\n    @pytest.fixture(scope='class')\n    def up(self):\n        self.graph\n",
    ),
    "a property of unittest": (
        "wide-use",
        "__str__",
        PLAIN + "\n    def __str__(self):\n        return str(self.graph)\n",
    ),
    "a name of the class that may be another": (
        "name-rebound",
        "make",
        PLAIN.replace("Graph()", "make()").replace("    graph", "    def make(): pass\n    graph", 1),
    ),
    "a name that is bound again": ("name-rebound", "Graph", PLAIN + "\n\nGraph = None\n"),
    "where it stands": ("name-rebound", "__qualname__", PLAIN.replace("Graph()", "Graph(__qualname__)")),
    "a base that is not known": ("set-up", "base.Case", IMPORT + PLAIN.replace("TestIt", "TestIt(base.CaseTestCase)")),
    "a set-up of nose": ("set-up", "TestIt", PLAIN + "\n    def setup(self):\n        pass\n"),
    "a decorated set-up": ("set-up", "line 8", PLAIN + "\n    @run\n    def setup_method(self):\n        pass\n"),
    "a decorated class": ("set-up", "line 1", "@run\n" + PLAIN),
    "a subclass": ("subclass", "TestMore", PLAIN + "\n\nclass TestMore(TestIt):\n    graph = None\n"),
    "a subclass with a set-up": (
        "subclass",
        "TestMore",
        PLAIN + "\n\nclass TestMore(TestIt):\n    def setup_method(self): pass\n",
    ),
    "a parameter": (
        "name-taken",
        "method",
        PLAIN.replace("Graph()", "Graph(method)") + "\n    def setup_method(self, method):\n        pass\n",
    ),
    "the class as an argument": ("wide-set-up", "line 7", WIDE.replace("Graph()", "Graph(cls)")),
    "a set-up beside it": ("wide-set-up", "line 12", WIDE + "\n    def setUp(self):\n        pass\n"),
    "a base that has one": ("wide-set-up", "line 6", WIDE.replace("(TestCase)", "(base.TestCase)")),
    "a method of the class": (
        "wide-set-up",
        "line 7",
        WIDE.replace("Graph()", "cls.make()") + "\n    def make(self):\n        pass\n",
    ),
    "through the class, set up": ("through-class", "line 10", WIDE.replace("self.graph", "TestIt.graph")),
    "module: a decorator": ("import-time", "line 4", MODULE.replace("def", "@each(graph)\ndef")),
    "module: a default": ("import-time", "line 8", MODULE + "\n\ndef run(graph=graph):\n    pass\n"),
    "module: a statement": ("import-time", "line 3", MODULE.replace("\n\n\n", "\n\ngraph.add(0)\n\n\n", 1)),
    "module: a helper that is called": (
        "import-time",
        "line 8",
        MODULE + "\n\nX = [test_a()].pop\n".replace("X", "x, y"),
    ),
    "module: a wide fixture": (
        "wide-use",
        "up",
        "import pytest\n" + MODULE + "\n\n@pytest.fixture(scope='module')\ndef up():\n    return graph\n",
    ),
    "module: a set-up": ("wide-use", "setup_function", MODULE + "\n\ndef setup_function():\n    graph.add(1)\n"),
    "module: a name that is taken": ("name-taken", "pytest", MODULE + "\n\npytest = None\n"),
    "module: not made": ("not-made", "base.GRAPH", MODULE.replace("Graph()", "base.GRAPH")),
    "a wider fixture": (
        "wider-fixture",
        "more",
        FIXTURE + "\n\n@pytest.fixture(scope='class')\ndef more(graph):\n    return 1\n",
    ),
    "what is of the module": ("fixture-needs-scope", "request.node", FIXTURE.replace("Graph()", "Graph(request.node)")),
    "steps with a fixture": (
        "sequence",
        "test_1_a, test_2_b",
        FIXTURE.replace("test_a", "test_1_a") + "\n\ndef test_2_b(graph): pass\n",
    ),
}


@pytest.mark.parametrize("name", LEFT)
def test_what_is_left(name: str, tmp_path: Path) -> None:
    code, where, text = LEFT[name]
    cell = (
        "graph.vertices"
        if text.startswith(MODULE[:5]) or "module: " in name or name == "numbered functions"
        else "TestIt.graph"
    )
    (found,) = left(text, tmp_path, cell)
    assert found.refusal == code
    assert f"({where}" in found.message


def test_a_class_gets_one_set_up(tmp_path: Path) -> None:
    text = WIDE.replace("    @classmethod", "    other = []\n\n    @classmethod").replace("graph.add", "other.append")
    made = fix(text, tmp_path, "TestIt.graph", "TestIt.other")
    assert [f.message for f in made.fixed] == ["tests share TestIt.other and change it"]
    assert [f.refusal for f in made.left] == ["wide-set-up"]
    assert made.problems == () and made.source.count(b"def setUp(self)") == 1
    again = fix(made.source.decode(), tmp_path, "TestIt.graph", "TestIt.other")
    assert again.source == made.source


def test_every_refusal_is_met() -> None:
    assert {code for code, _, _ in LEFT.values()} | {"used-elsewhere"} == {refusal.code for refusal in RULE.refusals}


@pytest.mark.parametrize(("text", "cell", "word"), [(PLAIN, "TestIt.graph", "TestIt"), (MODULE, "graph.x", "graph")])
def test_another_file_that_imports_it(text: str, cell: str, word: str, tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / PATH).write_text(text)
    (tmp_path / "tests" / "test_other.py").write_text(f"from test_others import {word}\nimport test_it\n")
    assert left(text, tmp_path, cell)[0].refusal == "used-elsewhere"
    (tmp_path / "tests" / "test_other.py").write_text(f"from test_others import {word}\n")
    (tmp_path / PATH).write_text("")
    context = Context(root=tmp_path, leaked=(f"{PATH}::{cell}",), run=1)
    assert rewrite(text.encode(), PATH, context, RULES).fixed


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("class Helper:\n    count = []\n\n\ndef test_a():\n    Helper.count.append(1)\n", "Helper.count"),
        ("from app import CASES\n\n\ndef test_a():\n    CASES.append(1)\n", "CASES"),
        (PLAIN, "TestIt"),
        (PLAIN, "TestIt.other"),
        (PLAIN, "Other.graph"),
        ("def gather(into=[]):\n    into.append(1)\n", "gather()[0]"),
    ],
)
def test_what_is_of_other_rules(text: str, cell: str, tmp_path: Path) -> None:
    assert left(text, tmp_path, cell) == ()


def test_a_line_that_is_to_be_ignored(tmp_path: Path) -> None:
    assert left(PLAIN.replace("Graph()", "Graph()  # isolator: ignore[ISO408]"), tmp_path, "TestIt.graph") == ()


def test_what_a_fixture_gives_is_restored_by_no_other(tmp_path: Path) -> None:
    """No path leads to it: where the fixture must stay wide nothing is added that would look for it."""
    text = CASES["fixtures whose value other code changes"].before
    kept = text.replace("def router():", "def router(request):\n    assert request.node\n")
    (tmp_path / "tests").mkdir()
    (tmp_path / PATH).write_text(kept)
    cell = f"{PATH}::router.routes"
    context = Context(root=tmp_path, leaked=(cell,), kinds=((cell, "set"),), conftest="tests/conftest.py")
    every = Selection(select=("ISO303", "ISO408"), unsafe_fixes=True)
    found = rewrite(kept.encode(), PATH, context, every)
    assert [finding.refusal for finding in found.left] == ["fixture-needs-scope"]
    assert found.fixed == rewrite(b"", "tests/conftest.py", context, every).fixed == ()
