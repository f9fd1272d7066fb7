"""What was computed of a file goes with it: nothing leads back to its tree, which a collection would walk through."""

from __future__ import annotations

import ast
import gc

from codemods.context import Context
from isolator.engine.engine import Selection, check

TESTS = "import os\n\n\n" + "\n\n".join(
    f"def test_{number}():\n    os.environ['K'] = '{number}'\n    assert os.environ['K']\n" for number in range(20)
)


def functions() -> int:
    return sum(isinstance(thing, ast.FunctionDef) for thing in gc.get_objects())


def test_no_function_of_a_file_is_left() -> None:
    check(TESTS.encode(), "test_it.py", Context(), Selection())
    gc.collect()
    before = functions()
    gc.disable()
    try:
        found = check(TESTS.encode(), "test_it.py", Context(), Selection())
        after = functions()
    finally:
        gc.enable()
    assert len(found.left) == 20
    assert after == before
