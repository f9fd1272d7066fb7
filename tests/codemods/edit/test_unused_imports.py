"""What is taken away from the imports of a file, to the byte."""

from __future__ import annotations

import pytest

from codemods.edit.add_imports import remove_unused
from codemods.python.source import Source

USE = "def test():\n    os.x\n    patch.y\n    kept.z\n"
LEFT = "def test():\n    kept.z\n"

REMOVED = {
    "plain": ("import os\nimport kept\n\n\n", "import kept\n\n\n"),
    "the last": ("import kept\nfrom unittest.mock import patch\n\n\n", "import kept\n\n\n"),
    "own group in the middle": ("import sys\n\nimport os\n\nimport kept\n\n\n", "import sys\n\nimport kept\n\n\n"),
    "own group at the end": ("import kept\n\nimport os\n\n\n", "import kept\n\n\n"),
    "all, at the top": ("import os\n\n\n", ""),
    "all, below a docstring": ('"""Doc."""\n\nimport os\n\n\n', '"""Doc."""\n\n\n'),
    "two groups": ("import kept\n\nimport os\n\nfrom m import patch\n\n\n", "import kept\n\n\n"),
    "comments": ("# why os\nimport os  # goes\nimport kept  # stays\n", "# why os\nimport kept  # stays\n"),
    "one of two": ("import os, kept\n", "import kept\n"),
    "the second of two": ("from m import kept, patch  # here\n", "from m import kept  # here\n"),
    "the middle one": ("from m import a, patch, kept\n", "from m import a, kept\n"),
    "two of three": ("from m import os, kept, patch\n", "from m import kept\n"),
    "in parentheses": ("from m import (kept, patch,)\n", "from m import (kept,)\n"),
    "one a line": ("from m import (\n    kept,  # k\n    patch,  # p\n)\n", "from m import (\n    kept,  # k\n)\n"),
    "first, one a line": (
        "from m import (\n    # os\n    os,\n    kept,\n)\n",
        "from m import (\n    # os\n    kept,\n)\n",
    ),
    "last, one a line, no comma": (
        "from m import (\n    a,\n    kept,  # k\n    patch\n)\n",
        "from m import (\n    a,\n    kept  # k\n)\n",
    ),
    "hanging": ("from m import (kept,\n               patch)\n", "from m import (kept)\n"),
    "hanging, commented": ("from m import (kept,  # k\n    patch)\n", "from m import (kept,  # k\n    )\n"),
    "filled": ("from m import (\n    a, patch,\n    b, kept,\n)\n", "from m import (\n    a,\n    b, kept,\n)\n"),
    "backslash": ("from m import patch, \\\n    kept\n", "from m import kept\n"),
    "CRLF": ("from m import (\r\n    os,\r\n    kept,\r\n)\r\n", "from m import (\r\n    kept,\r\n)\r\n"),
    "renamed": ("import posix as os\nfrom a import b as patch, c as kept\n", "from a import c as kept\n"),
    "below with": ("with x:\n    import os\n    import kept\n", "with x:\n    import kept\n"),
    "on a shared line, a name": ("é = 1; from m import os, kept; y = 2\n", "é = 1; from m import kept; y = 2\n"),
    "noqa for another reason": ("import os  # noqa: E402\n\n", ""),
    "a mention in prose": ('"""Sets os and patch. """\nimport os\n', '"""Sets os and patch. """\n'),
    "a string that is the name": ("import os\nX = 'os'\nY = 'os.environ'\n", "X = 'os'\nY = 'os.environ'\n"),
    # Kept
    "used elsewhere": ("import os\nX = os.sep\n", None),
    "used in a decorator": ("import os\n@os.x\ndef f(): pass\n", None),
    "used in a default": ("import os\ndef f(os=os): pass\n", None),
    "assigned": ("import os\nos = None\n", None),
    "in __all__": ("import os\n__all__ = ['os']\n", None),
    "added to __all__": ("import os\n__all__ = []\n__all__ += ['os']\n", None),
    "noqa": ("import os  # noqa\n", None),
    "noqa F401": ("import os  # noqa: E402, F401\n", None),
    "pylint": ("from m import (\n    os,  # pylint: disable=unused-import\n)\n", None),
    "re-export": ("import os as os\n", None),
    "star": ("from os import *\n", None),
    "in try": ("try:\n    import os\nexcept ImportError:\n    pass\n", None),
    "in type checking": ("if typing.TYPE_CHECKING:\n    import os\n", None),
    "a patch target": ("import os\nX = 'tests.test_x.os.environ'\n", None),
    "a formatted patch target": ("import os\nX = f'{__name__}.os'\n", None),
    "an annotation in quotes": ("import os\nx: 'os.PathLike[str]'\ndef f(x: list['os.x']) -> 'kept.y': pass\n", None),
    "a return type in quotes": ("import os\ndef f() -> 'os.PathLike[str]': pass\n", None),
    "a doctest": ('"""Doc.\n\n>>> os.sep\n"""\nimport os\n', None),
    "on a shared line": ("import os; x = 1\n", None),
    "only statement of a block": ("with x:\n    import os\nwith x: import os\n", None),
    "in a class": ("class A:\n    import os\n", None),
    "__future__": ("from __future__ import annotations\n", None),
}


@pytest.mark.parametrize(("head", "left"), REMOVED.values(), ids=REMOVED.keys())
def test_removes_what_became_unused(head: str, left: str | None) -> None:
    newline = "\r\n" if "\r\n" in head else "\n"
    use, rest = USE.replace("\n", newline), LEFT.replace("\n", newline)
    expected = (head if left is None else left) + rest
    assert remove_unused(Source(head + use, ""), head + rest) == expected
    assert remove_unused(Source(expected, ""), expected) == expected


def test_what_was_unused_before_stays() -> None:
    before = "import os\nimport kept\n\nkept.x\nkept.y\n"
    after = "import os\nimport kept\n\nkept.x\n"
    assert remove_unused(Source(before, ""), after) == after


def test_at_the_end_of_the_file() -> None:
    assert remove_unused(Source("os.x\n\nimport os", ""), "x\n\nimport os") == "x\n"


FUNCTION = '''\
import os


def test_a():
    """Doc."""
    import os

    with x:
        from unittest.mock import patch
        y = 1
    {a}


class TestB:
    def test_b(self):
        import os

        {b}

    def test_c(self):
        {c}
'''


def test_each_scope_is_judged_by_itself() -> None:
    before = FUNCTION.format(a="patch(os.a)", b="os.b", c="os.c")
    after = FUNCTION.format(a="pass", b="os.b", c="os.c")
    assert remove_unused(Source(before, ""), after) == after.replace(
        "    import os\n\n    with x", "\n    with x"
    ).replace("        from unittest.mock import patch\n", "")
    after = FUNCTION.format(a="patch(os.a)", b="pass", c="os.c")
    assert remove_unused(Source(before, ""), after) == after.replace(
        "        import os\n\n        pass", "        pass"
    )
    after = FUNCTION.format(a="patch(os.a)", b="os.b", c="pass")
    assert remove_unused(Source(before, ""), after) == after.removeprefix("import os\n\n\n")


@pytest.mark.parametrize("body", ["    import os\n", "    import os\n    import re\n"])
def test_a_function_is_never_left_empty(body: str) -> None:
    after = f"def f():\n{body}\n\nx = 1\n"
    assert remove_unused(Source(after.replace("\n\n", "\n    os, re\n\n"), ""), after) == after


def test_nothing_is_removed_where_nothing_changed() -> None:
    assert remove_unused(Source("import os\n(", ""), "import os\n(") == "import os\n("
