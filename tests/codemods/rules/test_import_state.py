"""ISO404 where it does not rewrite: what is not reported, and what is refused, with its reason."""

from __future__ import annotations

import pytest

from codemods.context import Context
from isolator.engine.engine import Selection, check, rewrite

HEAD = "import sys\nfrom unittest.mock import patch\n\nimport pytest\n\n\n"


def found(text: str) -> list[tuple[str, str | None]]:
    """The findings of a text: what each says, and why it is not fixed."""
    result = check((HEAD + text).encode(), "test_it.py", Context(), Selection(select=("ISO404",)))
    assert result.error is None
    return [(finding.message.partition("; not fixed")[0], finding.refusal) for finding in result.left]


@pytest.mark.parametrize(
    "text",
    [
        "def test_it():\n    sys.stdout = open('x')\n    run()\n",
        "def test_it(monkeypatch):\n    monkeypatch.syspath_prepend('x')\n    assert sys.path[0] == 'x'\n",
        "def test_it(monkeypatch):\n    monkeypatch.setattr(sys, 'argv', [])\n    sys.argv = ['x']\n    run()\n",
        "def test_it():\n    with patch.dict(sys.modules):\n        sys.modules['fake'] = None\n        run()\n",
        "def test_it():\n    with patch.object(sys, 'argv', ['x']):\n        assert sys.argv == ['x']\n",
        "def test_it(sys):\n    sys.argv = ['x']\n    run()\n",
        "def test_it():\n    assert 'json' in sys.modules and len(sys.path) > 1\n",
        "def test_it():\n    saved = sys.path.copy()\n    run()\n    sys.path[:] = saved\n",
        (
            "@pytest.fixture\ndef there():\n    sys.path.insert(0, 'x')\n    yield\n"
            "    sys.path[:] = [p for p in sys.path if p != 'x']\n"
        ),
        (
            "@pytest.fixture(autouse=True)\ndef kept():\n    old = list(sys.path)\n    yield\n"
            "    sys.path[:] = old\n\n\ndef test_it():\n    sys.path.insert(0, 'x')\n"
            "    sys.path.extend(['x'])\n    run()\n"
        ),
        (
            "def test_it():\n    saved = {k: sys.modules.pop(k) for k in list(sys.modules) if 'x' in k}\n    try:\n"
            "        run()\n    finally:\n        sys.modules.update(saved)\n"
        ),
        (
            "@pytest.fixture\ndef streams():\n    out, err = sys.__stdout__, sys.__stderr__\n"
            "    sys.__stdout__ = sys.__stderr__ = open('x')\n"
            "    try:\n        yield\n    finally:\n        sys.__stdout__, sys.__stderr__ = out, err\n"
        ),
        "def pytest_configure():\n    sys.argv = ['x']\n",
    ],
)
def test_what_is_undone_or_changes_nothing(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "message", "refusal"),
    [
        ("def test_it():\n    sys.path.extend(['x'])\n    run()\n", "sys is changed", "in-place"),
        ("def test_it():\n    sys.path.remove('x')\n    run()\n", "sys is changed", "in-place"),
        ("def test_it():\n    sys.argv += ['x']\n    run()\n", "sys is changed", "in-place"),
        ("def test_it():\n    run(sys.path.append('x'))\n", "sys is changed", "value-used"),
        (
            "def test_it():\n    sys.modules.update(run())\n    sys.modules['a'] = 1\n",
            "sys.modules is changed",
            "all-items",
        ),
        ("sys.path.insert(0, 'x')\n", "sys is changed", "module-level"),
        ("sys.modules['fake'] = None\n", "sys.modules is changed", "module-level"),
        (
            "@patch.object(sys, 'argv', ['x'])\ndef test_it():\n    sys.argv = ['y']\n    run()\n",
            "sys.argv is changed and never restored",
            "undo-order",
        ),
    ],
)
def test_what_is_refused(text: str, message: str, refusal: str) -> None:
    assert (message, refusal) in [(m.partition(" for all tests")[0], r) for m, r in found(text)]


def test_what_another_rule_stands_in_the_way_of_is_not_called_fixed() -> None:
    text = """\
import places


def test_it():
    saved = places.name
    places.name = "other"
    sys.platform = "other"
    run()
    places.name = saved
    run()
"""
    result = rewrite((HEAD + text).encode(), "test_it.py", Context(), Selection(select=("ISO402", "ISO404")))

    assert [finding.code for finding in result.fixed] == ["ISO402"]
    assert [(finding.code, finding.refusal) for finding in result.left] == [("ISO404", "undo-order")]
    assert b'    sys.platform = "other"' in result.source


@pytest.mark.parametrize("comment", ["# type: ignore", "# the fake"])
def test_a_comment_stays_beside_the_assignment(comment: str) -> None:
    text = f"import sys\n\n\ndef test_it():\n    fake = sys.modules['x'] = make()  {comment}\n    run(fake)\n"

    result = rewrite(text.encode(), "test_it.py", Context(), Selection(select=("ISO404",)))

    assert result.source.decode() == (
        "import sys\n\n\ndef test_it(monkeypatch):\n    fake = make()\n"
        f"    monkeypatch.setitem(sys.modules, 'x', fake)  {comment}\n    run(fake)\n"
    )
