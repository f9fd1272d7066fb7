"""Functions that save some variables, set some, and put back what they saved, in many ways; each with its rewrite.

What they save but do not set, somebody else may change until it is put back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import indent

HEAD = """\
import os
import unittest

import pytest

A = ("A",)
A_B = ("A", "B")


def look():
    os.environ["A"] = "changed"
    os.environ["B"] = "changed"


"""
# What is saved, and what is set.
KEYS = [("A", ""), ("A", "A"), ("A", "B"), ("AB", "A"), ("AB", "AB")]
HOSTS = ("fixture", "fixture with try", "test", "test that goes on", "class")
_UNSET_OR_SET = """\
if {value} is None:
    os.environ.pop("{key}", None)
else:
    os.environ["{key}"] = {value}
"""
_LOOP = """\
for key, value in {pairs}:
    if value is None:
        os.environ.pop(key, None)
    else:
        os.environ[key] = value
"""
_PLAIN_LOOP = """\
for key, value in {saved}.items():
    os.environ[key] = value
"""
_LOOP_OF_KEYS = """\
for key in {saved}:
    os.environ[key] = {saved}[key]
"""


@dataclass(frozen=True)
class PutBack:
    """One function: where it stands, how it saves and puts back, which keys it saves, and which it sets.

    ``before`` and ``after`` are templates, with ``{n}`` for a number that makes the names in it unique. After the
    rewrite nothing is put back by hand.
    """

    host: str
    form: str
    saved: str
    set: str
    before: str
    after: str

    @property
    def is_right(self) -> bool:
        """Whether nothing that was put back is lost, and nothing is put back where code after it looks."""
        return self.saved == self.set if self.host == "test that goes on" else set(self.saved) <= set(self.set)


def functions() -> Iterator[PutBack]:
    """All of them."""
    for saved, changed in KEYS:
        for host in HOSTS:
            for form, (save, restore) in _forms(saved, "self." if host == "class" else "").items():
                sets = "".join(f'os.environ["{key}"] = "1"\n' for key in changed)
                calls = "".join(f'monkeypatch.setenv("{key}", "1")\n' for key in changed)
                yield PutBack(host, form, saved, changed, *_hosted(host, save + sets, restore, calls))


def _forms(keys: str, owner: str) -> dict[str, tuple[str, str]]:
    """The ways to save these keys and put them back, by name; ``owner`` is in front of the names that hold them."""
    saved = f"{owner}saved"
    one = {key: f"{owner}saved_{key.lower()}" for key in keys}
    pairs = ", ".join(f'("{key}", {name})' for key, name in one.items())
    got = "".join(f'{name} = os.environ.get("{key}")\n' for key, name in one.items())
    taken = "".join(f'{name} = os.environ["{key}"]\n' for key, name in one.items())
    each = "".join(_UNSET_OR_SET.format(key=key, value=name) for key, name in one.items())
    only_set = "".join(f'if {name} is not None:\n    os.environ["{key}"] = {name}\n' for key, name in one.items())
    each_item = "".join(_UNSET_OR_SET.format(key=key, value=f'{saved}["{key}"]') for key in keys)
    found = {
        "names": (got, each),
        "names, only if set": (got, only_set),
        "names as they are": (taken, "".join(f'os.environ["{key}"] = {name}\n' for key, name in one.items())),
        "names in an update": (taken, "".join(f"os.environ.update({key}={name})\n" for key, name in one.items())),
        "pairs": (got, _LOOP.format(pairs=f"({pairs},)")),
    }
    listed = "".join(f'"{key}", ' for key in keys)
    may_be_unset = {
        "dict": f"{saved} = {{{', '.join(f'{key!r}: os.environ.get({key!r})' for key in keys)}}}\n",
        "comprehension": f"{saved} = {{key: os.environ.get(key) for key in ({listed})}}\n",
    }
    if not owner:  # the items of an attribute are not followed: the guard says no to any rewrite of these
        stores = "".join(f'{saved}["{key}"] = os.environ.get("{key}")\n' for key in keys)
        may_be_unset["items"] = f"{saved} = {{}}\n{stores}"
    are_set = {
        "dict of values": f"{saved} = {{{', '.join(f'{key!r}: os.environ[{key!r}]' for key in keys)}}}\n",
        "comprehension of values": f"{saved} = {{key: os.environ[key] for key in ({listed})}}\n",
        "names of the module": f"{saved} = {{key: os.environ[key] for key in {'_'.join(keys)}}}\n",
    }
    for name, save in may_be_unset.items():
        found[f"{name}, loop"] = (save, _LOOP.format(pairs=f"{saved}.items()"))
        found[f"{name}, each"] = (save, each_item)
    for name, save in are_set.items():
        found[f"{name}, update"] = (save, f"os.environ.update({saved})\n")
        found[f"{name}, loop"] = (save, _PLAIN_LOOP.format(saved=saved))
        found[f"{name}, loop of keys"] = (save, _LOOP_OF_KEYS.format(saved=saved))
        found[f"{name}, each"] = (save, "".join(f'os.environ["{key}"] = {saved}["{key}"]\n' for key in keys))
    return found


def _hosted(host: str, first: str, restore: str, calls: str) -> tuple[str, str]:
    """A function before and after, in one of the hosts."""
    if host.startswith("fixture"):
        after = indent(
            "with pytest.MonkeyPatch.context() as monkeypatch:\n" + indent(calls + "yield\n", "    "), "    "
        )
        tail = f"yield\n{restore}" if host == "fixture" else _tried("yield\n", restore)
        head = "@pytest.fixture\ndef saving_{n}():\n"
        return head + indent(first + tail, "    "), head + (after if calls else "    yield\n")
    if host == "class":
        undone = "monkeypatch = pytest.MonkeyPatch()\nself.addCleanup(monkeypatch.undo)\n"
        made = f"def setUp(self):\n{indent(undone + calls, '    ')}\n" if calls else ""
        set_up = f"def setUp(self):\n{indent(first, '    ')}\ndef tearDown(self):\n{indent(restore, '    ')}\n"
        test = "def test_{n}(self):\n    look()\n"
        head = "class Test{n}(unittest.TestCase):\n"
        return head + indent(set_up + test, "    "), head + indent(made + test, "    ")
    goes_on = "look()\n" if host == "test that goes on" else ""
    body = calls + "look()\n"
    if goes_on and calls:
        inside = calls.replace("monkeypatch", "m") + "look()\n"
        body = f"with monkeypatch.context() as m:\n{indent(inside, '    ')}"
    before = "def test_{n}():\n" + indent(first + _tried("look()\n", restore) + goes_on, "    ")
    return before, "def test_{n}(monkeypatch):\n" + indent(body + goes_on, "    ")


def _tried(body: str, last: str) -> str:
    return f"try:\n{indent(body, '    ')}finally:\n{indent(last, '    ')}"
