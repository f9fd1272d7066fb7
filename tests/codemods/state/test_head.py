"""When ISO104 leaves a test alone: its head sets or unsets the variable already."""

from __future__ import annotations

import pytest

from codemods.context import Context, Precondition
from codemods.python.source import Source
from codemods.rules.environ_precondition import CODEMOD

PATH = "test_x.py"
CONTEXT = Context(preconditions=(Precondition(("ISO_KEY",), (PATH,)),))

LEFT_ALONE = {
    "delenv": """\
def test_a(monkeypatch):
    'Doc.'
    monkeypatch.delenv('ISO_KEY', raising=False)
    f()
""",
    "delenv after other settings": """\
def test_a(monkeypatch):
    import os
    x = 1
    monkeypatch.setenv('A', 'a')
    monkeypatch.delenv('ISO_KEY')
    f()
""",
    "setenv": """\
def test_a(monkeypatch):
    monkeypatch.setenv('ISO_KEY', '1')
    f()
""",
    "context": """\
def test_a(monkeypatch):
    with monkeypatch.context() as m:
        m.delenv('ISO_KEY')
        f()
""",
    "pop": """\
import os
def test_a():
    os.environ.pop('ISO_KEY', None)
    f()
""",
    "del if set": """\
import os
def test_a():
    old = os.environ.get('ISO_KEY')
    if 'ISO_KEY' in os.environ:
        del os.environ['ISO_KEY']
    f()
""",
    "assignment": """\
import os
def test_a():
    os.environ['ISO_KEY'] = ''
    f()
""",
    "update": """\
import os
def test_a():
    os.environ.update(ISO_KEY='')
    f()
""",
    "clear": """\
import os
def test_a():
    os.environ.clear()
    f()
""",
    "loop": """\
import os
def test_a(monkeypatch):
    for name in list(os.environ):
        monkeypatch.delenv(name)
    f()
""",
    "patch.dict": """\
import os
from unittest.mock import patch
def test_a():
    with patch.dict(os.environ, {'ISO_KEY': ''}):
        f()
""",
    "patch.dict that clears": """\
import os
from unittest.mock import patch
def test_a():
    with patch.dict('os.environ', clear=True):
        f()
""",
    "del in patch.dict": """\
import os
from unittest.mock import patch
def test_a():
    with patch.dict(os.environ, {'A': ''}):
        try:
            os.environ.pop('ISO_KEY', None)
            f()
        finally:
            g()
""",
    "decorator": """\
import os
from unittest.mock import patch
@patch.dict(os.environ, {'ISO_KEY': ''})
def test_a():
    f()
""",
    "decorator of the class": """\
import os
from unittest.mock import patch
@patch.dict(os.environ, {}, clear=True)
class TestA:
    def test_a(self):
        f()
""",
    "TestCase": """\
import pytest, unittest
class A(unittest.TestCase):
    def test_a(self):
        monkeypatch = pytest.MonkeyPatch()
        self.addCleanup(monkeypatch.undo)
        monkeypatch.delenv("ISO_KEY", raising=False)
        f()
""",
}


@pytest.mark.parametrize("text", LEFT_ALONE.values(), ids=LEFT_ALONE.keys())
def test_left_alone(text: str) -> None:
    assert CODEMOD.find(Source(text, PATH), CONTEXT) == []


TOO_LATE = {
    "after a call": "def test_a(monkeypatch):\n    f()\n    monkeypatch.delenv('ISO_KEY')\n",
    "after a call that gives a value": "def test_a(monkeypatch):\n    x = f()\n    monkeypatch.delenv('ISO_KEY')\n",
    "in another block": "def test_a(monkeypatch):\n    with f():\n        monkeypatch.delenv('ISO_KEY')\n",
    "another variable": "def test_a(monkeypatch):\n    monkeypatch.delenv('ISO_KEYS')\n    f()\n",
    "another dictionary": "from mock import patch\ndef test_a():\n    with patch.dict({}, clear=True):\n        'x'\n",
    "a read": "import os\ndef test_a():\n    assert not os.getenv('ISO_KEY')\n    del os.environ['ISO_KEY']\n",
}


@pytest.mark.parametrize("text", TOO_LATE.values(), ids=TOO_LATE.keys())
def test_not_left_alone(text: str) -> None:
    assert [m.finding.message for m in CODEMOD.find(Source(text, PATH), CONTEXT)] == ["the test needs ISO_KEY unset"]
