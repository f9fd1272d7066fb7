"""Every way for a nested function to change a variable, in every place that it can be called from: the same is seen."""

from __future__ import annotations

from itertools import product
from textwrap import indent

import pytest

from codemods.context import Context
from isolator.engine.engine import Selection, rewrite
from tests.codemods.state.in_process import run
from tests.codemods.state.kit import HEAD

# What the nested function does. A is unset outside, B is set.
CHANGES = {
    "sets_and_deletes": 'os.environ["A"] = "1"\nlook()\ndel os.environ["A"]\n',
    "pops_twice": 'os.environ.pop("B", None)\nlook()\nos.environ.pop("B", None)\n',
    "saves_again": 'saved = os.environ.get("B")\nos.environ["B"] = "1"\nsaved = os.environ.get("B")\n'
    'os.environ["B"] = "2"\nlook()\nos.environ["B"] = saved\n',
    "sets_before_it_saves": 'os.environ["B"] = "1"\nsaved = os.environ["B"]\nos.environ["B"] = "2"\n'
    'try:\n    look()\nfinally:\n    os.environ["B"] = saved\n',
    "sets_another": 'os.environ["C"] = "1"\nsaved = os.environ["B"]\nos.environ["B"] = "2"\n'
    'try:\n    look()\nfinally:\n    os.environ["B"] = saved\n',
    "copies_everything": 'os.environ["B"] = "1"\nsaved = dict(os.environ)\nos.environ["C"] = "2"\n'
    "try:\n    look()\nfinally:\n    os.environ.clear()\n    os.environ.update(saved)\n",
    "sets_in_a_branch": 'if not used:\n    os.environ["B"] = "1"\nlook()\nos.environ.pop("B", None)\n',
    "returns_early": 'os.environ["A"] = "1"\nif used:\n    return\ndel os.environ["A"]\n',
    "only_pops": 'look()\nos.environ.pop("B", None)\n',
    "only_deletes": 'del os.environ["B"]\nlook()\n',
    "pops_and_sets": 'saved = os.environ.pop("B")\nlook()\nos.environ["B"] = saved + "x"\n',
    "pops_after_a_patch": 'with patch.dict(os.environ, {"B": "1"}):\n    look()\nos.environ.pop("B", None)\n',
    "sets_around_a_patch": 'os.environ["B"] = "3"\nwith patch.dict(os.environ):\n    os.environ["B"] = "4"\n',
}
_CASE = "class TestIt(unittest.TestCase):\n    def test_it(self):\n"
# Where it stands and is called.
PLACES = {
    "test": ("def test_it():\n", "", "inner()\nlook()\n"),
    "after_changes": ("def test_it():\n", 'os.environ["A"] = os.environ["B"] = "0"\n', "inner()\nlook()\n"),
    "twice": (
        "def test_it():\n",
        'os.environ["B"] = "0"\n',
        'inner()\nlook()\nos.environ["B"] = "5"\ninner()\nlook()\n',
    ),
    "in_a_block": (
        "def test_it():\n",
        "",
        'with patch.dict(os.environ, {"A": "0", "B": "0"}):\n    inner()\n    look()\nlook()\n',
    ),
    "decorated": ('@patch.dict(os.environ, {"A": "0", "B": "0"})\ndef test_it():\n', "", "inner()\nlook()\n"),
    "helper": ("def test_it():\n    make()()\n    look()\n\n\ndef make():\n", "", "inner()\nreturn inner\n"),
    "case": (_CASE, 'os.environ["B"] = "0"\n', "inner()\nlook()\n"),
}


@pytest.mark.parametrize(("change", "place"), list(product(CHANGES, PLACES)))
def test_same_is_seen(change: str, place: str) -> None:
    head, first, then = PLACES[place]
    body = f"{first}\n\ndef inner():\n{indent(CHANGES[change], '    ')}\n\n{then}"
    before = HEAD + "import unittest\n\n\n" + head + indent(body, "        " if place == "case" else "    ")
    result = rewrite(before.encode(), "test_it.py", Context(), Selection())
    assert result.error is None
    was, now = run(before), run(result.source.decode())
    assert was.keys() == now.keys()
    for name, record in now.items():
        assert record.seen == was[name].seen
        # What is still left behind was left before.
        assert record.left.items() <= was[name].left.items()
