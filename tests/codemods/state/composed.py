"""Test files composed of templates, with a seed: every way to change the environment, in every place it can stand.

In a template ``<k>`` is the key of a variable, ``<q>`` the same without quotes, ``<k2>`` another one, ``<v>`` an
expression, ``<n>`` a number of its own and ``<body>`` more statements. Restorations are right ones: where one is wrong,
the test does not see the same after the rewrite, and should not (``bodies.py`` knows what it should see then).

Not composed, because they may differ: what is written in the block of a manager that the test itself defines, and what code
writes in a block below a snapshot that stays (both in ``test_generated_run.py``, as expected failures, with
an alias that is bound again and a restoration that only updates); an exception
between a change and a restoration on a line of its own (a block restores then); ``os.environ.clear()`` in a fixture (pytest itself fails).
"""

# ruff: noqa: E501, ISC004 - templates, one a line where they fit

from __future__ import annotations

import re
from random import Random
from textwrap import indent

HEAD = """\
import contextlib
import os
import unittest
from contextlib import ExitStack
from os import environ
from unittest import mock
from unittest.mock import patch

import pytest

used = (contextlib, os, unittest, ExitStack, environ, mock, patch, pytest)
alias = os.environ
NAME = "C"
SETTINGS = {"A": "set", "C": "set"}
"""
# What the file defines, each where something needs it.
DEFINITIONS = [
    """\
class Kept:
    pass
""",
    """\
def key(name="C"):
    look()
    return name
""",
    """\
def value(text="v"):
    look()
    return text + os.environ.get("A", "none") + os.environ.get("B", "none")
""",
    """\
def undoes(patching):
    look()
    patching.undo()
""",
    """\
def patched(name, text="p"):
    return patch.dict(os.environ, {name: text})
""",
    """\
class Setting:
    def __init__(self, name, text):
        self.name = name
        self.text = text

    def __enter__(self):
        self.patcher = patch.dict(os.environ, {self.name: self.text})
        self.patcher.start()
        return self

    def __exit__(self, *error):
        look()
        self.patcher.stop()
""",
    """\
class Raw:
    def __init__(self, name, text):
        self.name = name
        self.text = text

    def __enter__(self):
        self.saved = os.environ.get(self.name)
        os.environ[self.name] = self.text

    def __exit__(self, *error):
        if self.saved is None:
            os.environ.pop(self.name, None)
        else:
            os.environ[self.name] = self.saved
""",
    """\
@contextlib.contextmanager
def setting(name, text):
    with patch.dict(os.environ, {name: text}):
        yield name
""",
    """\
@contextlib.contextmanager
def whole():
    saved = os.environ.copy()
    try:
        yield
    finally:
        look()
        os.environ.clear()
        os.environ.update(saved)
""",
    """\
def starts(text="token"):
    os.environ["D"] = text
    look()
    return text
""",
    """\
@pytest.fixture
def late():
    look()
    yield
    look()
""",
]

LOOKS = [
    "look()",
    "look()",
    "look(os.environ.get(<k>))",
    "value()",
    'assert os.environ.get(<k>) != "never"',
    'assert os.getenv(<k>, "x"), look()',
]
WRITES = [
    "os.environ[<k>] = <v>",
    "os.environ[<k>] = <v>",
    "environ[<k>] = <v>",
    "alias[<k>] = <v>",
    "os.environ.update({<k>: <v>, <k2>: <v>})",
    "os.environ.update(<q>=<v>)",
    "os.environ.update(SETTINGS)",
    "os.environ.setdefault(<k>, <v>)",
    "os.environ |= {<k>: <v>}",
    "os.environ[<k>] = os.environ[<k2>] = <v>",
    "os.environ[<k>] = text_<n> = <v>\nlook(text_<n>)",
    "os.environ[<k>], text_<n> = <v>, <v>\nlook(text_<n>)",
    "os.environ.pop(<k>, None)",
    "text_<n> = os.environ.pop(<k>, None)\nlook(text_<n>)",
    'del os.environ["B"]',
    "if <k> in os.environ:\n    del os.environ[<k>]",
    # The order and the count of what is computed.
    "os.environ[key()] = value()",
    "os.environ[key()] = <v>",
    'os.environ["B"] += value()',
    'os.environ[key("B")] += value()',
    'os.environ.update({key(): value(), "A": value()})',
    'os.environ.update([(key(), "1"), ("A", value())])',
    # Names that are computed, loops.
    'os.environ["A B".split()[0]] = <v>',
    'os.environ[f"{NAME}"] = <v>',
    'for name_<n> in ("A", "C"):\n    os.environ[name_<n>] = <v>',
    'for name_<n>, text_<n> in (("A", <v>), ("B", <v>)):\n    os.environ[name_<n>] = text_<n>',
    'for x in ("A", "C"):\n    for x in ("B", "D"):\n        os.environ[x] = <v>\n    look(x)',
    # Other names of the environment.
    "env = os.environ\nenv[<k>] = <v>",
    "from os import environ as env_<n>\nenv_<n>[<k>] = <v>",
    "import os as os_<n>\nos_<n>.environ[<k>] = <v>",
    "import os as os_<n>\nwith patch.dict(os_<n>.environ, {<k>: <v>}):\n    <body>",
    "if look() is None:\n    os.environ[<k>] = <v>\nelse:\n    os.environ.pop(<k>, None)",
]
BLOCKS = [
    "with patch.dict(os.environ, {<k>: <v>}):\n    <body>",
    "with patch.dict(os.environ, {<k>: <v>}):\n    <body>",
    'with mock.patch.dict("os.environ", {<k>: <v>, <k2>: <v>}):\n    <body>',
    "with patch.dict(os.environ, {<k>: <v>}, clear=True):\n    <body>",
    "with patch.dict(os.environ, <q>=<v>) as env_<n>:\n    <body>\n    look(env_<n>.get(<k>))",
    "with patch.dict(os.environ, SETTINGS):\n    <body>",
    "with patch.dict(os.environ, {**SETTINGS, <k>: <v>}):\n    <body>",
    "with patch.dict(os.environ, {key(): value(), <k>: value()}):\n    <body>",
    "with patch.dict(os.environ, {key(<k>): <v>}), patch.dict(os.environ, {<k>: value()}):\n    <body>",
    'with patch.dict(os.environ, {<k>: <v>}), patch("os.getpid", return_value=<n>):\n    <body>',
    # Snapshots of everything.
    "with patch.dict(os.environ):\n    <body>",
    "with patch.dict(os.environ, clear=True):\n    <body>",
    "with patch.dict(os.environ, os.environ.copy(), clear=True):\n    <body>",
    "with patch.dict(os.environ, {**os.environ, <k>: <v>}, clear=True):\n    <body>",
    "with patch.dict(os.environ, dict(os.environ, <q>=<v>), clear=True):\n    <body>",
    "saved_<n> = dict(os.environ)\ntry:\n    <body>\nfinally:\n    os.environ.clear()\n    os.environ.update(saved_<n>)",
    "saved_<n> = os.environ.copy()\nos.environ[<k>] = <v>\ntry:\n    <body>\nfinally:\n"
    "    os.environ.clear()\n    os.environ.update(saved_<n>)",
    # Managers and helpers of the file.
    "with Setting(<k>, <v>):\n    <body>",
    "with Raw(<k>, <v>):\n    <body>",
    "with setting(<k>, <v>) as name_<n>:\n    <body>",
    "with whole():\n    <body>",
    "with patched(<k>):\n    <body>",
    "with setting(<k>, <v>), patch.dict(os.environ, {<k>: <v>}):\n    <body>",
    "patcher_<n> = patch.dict(os.environ, {<k>: <v>})\nwith patcher_<n>:\n    <body>",
    "patcher_<n> = patch.dict(os.environ, {<k>: <v>})\nwith patcher_<n>:\n    <body>\nlook()\nwith patcher_<n>:\n    look()",
    "patcher_<n> = patch.dict(os.environ, {<k>: <v>})\npatcher_<n>.start()\ntry:\n    <body>\nfinally:\n    patcher_<n>.stop()",
    "patcher_<n> = patched(<k>)\npatcher_<n>.start()\ntry:\n    <body>\nfinally:\n    patcher_<n>.stop()",
    "with ExitStack() as stack_<n>:\n    stack_<n>.enter_context(patch.dict(os.environ, {<k>: <v>}))\n    <body>",
    "with ExitStack() as stack_<n>:\n    stack_<n>.enter_context(patched(<k>))\n    <body>",
    "with ExitStack() as stack_<n>:\n    stack_<n>.enter_context(Setting(<k>, <v>))\n    <body>",
    "with ExitStack() as stack_<n>:\n    if look() is None:\n"
    "        stack_<n>.enter_context(patch.dict(os.environ, {<k>: <v>}))\n    <body>",
    # Saving and restoring.
    "saved_<n> = os.environ.get(<k>)\nos.environ[<k>] = <v>\ntry:\n    <body>\nfinally:\n    if saved_<n> is None:\n"
    "        os.environ.pop(<k>, None)\n    else:\n        os.environ[<k>] = saved_<n>",
    "saved_<n> = os.environ.pop(<k>, None)\ntry:\n    <body>\nfinally:\n    if saved_<n> is not None:\n"
    "        os.environ[<k>] = saved_<n>\n    else:\n        os.environ.pop(<k>, None)",
    'saved_<n> = os.environ["B"]\nos.environ["B"] = <v>\ntry:\n    <body>\nfinally:\n    os.environ["B"] = saved_<n>',
    'saved_<n> = {name: os.environ.get(name) for name in ("A", "B")}\nos.environ["A"] = <v>\ntry:\n    <body>\nfinally:\n'
    "    for name, text in saved_<n>.items():\n        if text is None:\n            os.environ.pop(name, None)\n"
    "        else:\n            os.environ[name] = text",
    # Exceptions in the middle.
    "with pytest.raises(ValueError):\n    <body>\n    raise ValueError",
    "with pytest.raises(ValueError), patch.dict(os.environ, {<k>: <v>}):\n    <body>\n    raise ValueError",
    "with pytest.raises(ValueError):\n    with patch.dict(os.environ, {<k>: <v>}):\n        <body>\n        raise ValueError",
    "try:\n    <body>\n    raise KeyError\nexcept KeyError:\n    <body>",
    "try:\n    with patch.dict(os.environ, {<k>: <v>}):\n        <body>\n        raise ValueError\nexcept ValueError:\n    look()",
    "try:\n    with setting(<k>, <v>):\n        <body>\n        raise ValueError\nexcept ValueError:\n    look()",
    "try:\n    <body>\nexcept KeyError:\n    look()\nelse:\n    <body>\nfinally:\n    look()",
    'for name_<n> in ("1", "2"):\n    with patch.dict(os.environ, {<k>: name_<n>}):\n        <body>\n    look()',
    "if look() is None:\n    <body>\nelse:\n    look()",
    # Nested functions.
    "def inner_<n>():\n    <body>\n\ninner_<n>()",
    "def inner_<n>():\n    with patch.dict(os.environ, {<k>: <v>}):\n        <body>\n\ninner_<n>()\nlook()\ninner_<n>()",
    "@patch.dict(os.environ, {<k>: <v>})\ndef inner_<n>():\n    <body>\n\ninner_<n>()",
    "@contextlib.contextmanager\ndef inner_<n>():\n    with patch.dict(os.environ, {<k>: <v>}):\n        yield\n        look()\n\n"
    "with inner_<n>():\n    look()",
    "def inner_<n>():\n    os.environ[<k>] = <v>\n    yield\n    look()\n\nfor _ in inner_<n>():\n    <body>",
    "def inner_<n>():\n    look()\n    return os.environ.get(<k>)\n\n"
    "with patch.dict(os.environ, {<k>: <v>}):\n    look(inner_<n>())\nlook(inner_<n>())",
]
OWN = [
    "monkeypatch.setenv(<k>, <s>)",
    "monkeypatch.setenv(<k>, <s>)",
    "monkeypatch.delenv(<k>, raising=False)",
    "with monkeypatch.context() as m:\n    m.setenv(<k>, <s>)\n    <body>",
    "with monkeypatch.context() as m:\n    <body>\n    m.undo()\n    look()",
    "monkeypatch.undo()",
    "undo_<n> = monkeypatch.undo\n<body>\nundo_<n>()",
    "undoes(monkeypatch)",
    "with patch.dict(os.environ, {<k>: <v>}):\n    <body>\n    monkeypatch.undo()\n    look()",
]
REQUEST = [
    "request.addfinalizer(lambda: os.environ.pop(<k>, None))\nos.environ[<k>] = <v>",
    "os.environ[<k>] = <v>\nrequest.addfinalizer(lambda: os.environ.pop(<k>, None))",
    "patcher_<n> = patch.dict(os.environ, {<k>: <v>})\npatcher_<n>.start()\nrequest.addfinalizer(patcher_<n>.stop)",
    "saved_<n> = os.environ.copy()\n\ndef back_<n>():\n    look()\n    os.environ.clear()\n    os.environ.update(saved_<n>)\n\n"
    "request.addfinalizer(back_<n>)\nos.environ[<k>] = <v>",
    "request.addfinalizer(look)",
    'request.getfixturevalue("late")',
]
CODE = [
    "starts()",
    "starts()\nlook()\ndel os.environ['D']",
    "starts()\nlook()\nos.environ.pop('D', None)",
    "with patch.dict(os.environ, {<k>: <v>}):\n    starts()\n    <body>",
    "with patch.dict(os.environ, {'D': <v>}):\n    starts()\n    <body>",
]
CLEAN_UPS = [
    "os.environ[<k>] = <v>\nself.addCleanup(os.environ.pop, <k>, None)",
    "self.addCleanup(lambda: os.environ.pop(<k>, None))\nos.environ[<k>] = <v>",
    "patcher_<n> = patch.dict(os.environ, {<k>: <v>})\npatcher_<n>.start()\nself.addCleanup(patcher_<n>.stop)",
    "saved_<n> = os.environ.copy()\nself.addCleanup(os.environ.update, saved_<n>)\nself.addCleanup(os.environ.clear)\n"
    "os.environ[<k>] = <v>",
    "self.addCleanup(look)",
    "self.addCleanup(self.restore, os.environ.copy())\nos.environ[<k>] = <v>",
]
RESTORE = "def restore(self, saved):\n    look()\n    os.environ.clear()\n    os.environ.update(saved)\n"
# What stands around the yield of a fixture, or of a set-up and its tear-down.
AROUND = [
    "os.environ[<k>] = <v>\nyield <k>",
    "os.environ[<k>] = <v>\nyield\nlook()",
    "os.environ[<k>] = <v>\nyield\nos.environ.pop(<k>, None)",
    "os.environ[<k>] = <v>\nyield\ndel os.environ[<k>]\nlook()",
    "with patch.dict(os.environ, {<k>: <v>}):\n    yield",
    "with patch.dict(os.environ, {<k>: <v>}):\n    yield os.environ\n    look()",
    "with patch.dict(os.environ, {<k>: <v>}):\n    look()\n    yield\nlook()",
    "look()\nyield\nlook()",
    "look()\nyield 1\nlook()",
    "with patch.dict(os.environ):\n    os.environ[<k>] = <v>\n    yield",
    "with patch.dict(os.environ):\n    yield",
    "with setting(<k>, <v>):\n    look()\n    yield\n    look()",
    "saved = dict(os.environ)\nos.environ[<k>] = <v>\nyield\nos.environ.clear()\nos.environ.update(saved)",
    "saved = os.environ.copy()\nyield\nlook()\nos.environ.clear()\nos.environ.update(saved)",
    "saved = os.environ.get(<k>)\nos.environ[<k>] = <v>\nyield\nlook()\nif saved is None:\n    os.environ.pop(<k>, None)\n"
    "else:\n    os.environ[<k>] = saved",
    "patcher = patch.dict(os.environ, {<k>: <v>})\npatcher.start()\nyield\npatcher.stop()",
]
RETURNING = [
    "os.environ[<k>] = <v>",
    "os.environ[<k>] = <v>\nlook()\nreturn <k>",
    "with patch.dict(os.environ, {<k>: <v>}):\n    look()\n    return os.environ.get(<k>)",
    "request.addfinalizer(lambda: os.environ.pop(<k>, None))\nos.environ[<k>] = <v>",
    "patcher = patch.dict(os.environ, {<k>: <v>})\nrequest.addfinalizer(patcher.stop)\npatcher.start()",
    "monkeypatch.setenv(<k>, <s>)\nreturn monkeypatch",
    "os.environ[<k>] = <v>\nreturn monkeypatch",
    "def make(text):\n    os.environ[<k>] = text\n    return text\n\nreturn make",
]
SET_UPS = [
    ("self.saved = os.environ.copy()\nos.environ[<k>] = <v>", "os.environ.clear()\nos.environ.update(self.saved)"),
    ("self.saved = dict(os.environ)", "look()\nos.environ.clear()\nos.environ.update(self.saved)"),
    ("os.environ[<k>] = <v>", "os.environ.pop(<k>, None)"),
    ("os.environ[<k>] = <v>", "look()\ndel os.environ[<k>]"),
    ("self.p = patch.dict(os.environ, {<k>: <v>})\nself.p.start()", "self.p.stop()"),
    ("self.p = patch.dict(os.environ, {<k>: <v>})\nself.p.start()\nlook()", "look()\nself.p.stop()"),
    (
        "self.old = os.environ.get(<k>)\nos.environ[<k>] = <v>",
        "if self.old is None:\n    os.environ.pop(<k>, None)\nelse:\n    os.environ[<k>] = self.old",
    ),
    ("look()", "look()"),
]


class Composer:
    """Makes one file."""

    def __init__(self, seed: object) -> None:
        self.random = Random(str(seed))
        self.count = 0
        self.forms = LOOKS

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def number(self) -> int:
        self.count += 1
        return self.count

    def filled(self, template: str, depth: int = 0) -> str:
        """A template with its slots filled, bodies indented as they stand."""
        first, second = self.random.sample("ABCD", 2)
        key = "NAME" if first == "C" and self.chance(0.3) else f'"{first}"'
        fixed = {"k": key, "q": first, "k2": f'"{second}"', "n": str(self.number())}

        def slot(match: re.Match[str]) -> str:
            if match[1] == "s":
                return f'"{self.number()}"'
            return self.expression() if match[1] == "v" else fixed[match[1]]

        lines = []
        for line in template.split("\n"):
            if line.strip() == "<body>":
                lines.append(indent(self.block(depth + 1), line[: line.index("<")]))
            else:
                lines.append(re.sub(r"<(\w+)>", slot, line))
        return "\n".join(lines)

    def expression(self) -> str:
        """Some text."""
        plain = f'"{self.number()}"'
        computed = ["value()", 'os.environ.get("B", "none") + "x"', "str(3)", 'f"{NAME}x"', f"look({plain})", '""']
        return self.random.choice(computed) if self.chance(0.3) else plain

    def block(self, depth: int) -> str:
        """A few statements, with a look after them."""
        most = {0: 4, 1: 2}.get(depth, 1)
        texts = [self.statement(depth) for _ in range(self.random.randint(1, most))]
        return "\n".join([*texts, "look()"] if self.chance(0.6) else texts)

    def statement(self, depth: int) -> str:
        if depth > 2:
            return self.filled(self.random.choice(LOOKS), depth)
        forms = self.random.choice([LOOKS, WRITES, BLOCKS, BLOCKS, self.forms])
        return self.filled(self.random.choice(forms), depth)

    # Functions

    def file(self) -> str:
        """Some fixtures, set-ups, and a test or two in each kind of host."""
        text, code = "", CODE if self.chance(0.3) else LOOKS
        fixtures = [f"f{number}" for number in range(self.random.choice([0, 0, 1, 1, 2]))]
        for name in fixtures:
            text += "\n\n" + self.fixture(name, writes=code is CODE)
        if self.chance(0.15):
            text += "\n\n" + self.pair("{}_function", "").replace("self.", "Kept.")
        hosts = [self.test, self.test, self.test_class, self.case]
        for number in range(self.random.choice([1, 1, 2])):
            text += "\n\n" + self.random.choice(hosts)(number, fixtures, code)
        needed = [each for each in DEFINITIONS if re.search(rf"\b{_name_of(each)}\b", text)]
        return "\n\n".join([HEAD, *needed]) + text

    def function(self, decorators: str, name: str, parameters: str, body: str) -> str:
        above = f"{decorators}\n" if decorators else ""
        return f"{above}def {name}({parameters}):\n{indent(body, '    ')}\n"

    def decorators(self) -> str:
        choices = [
            "@patch.dict(os.environ, {<k>: <s>})",
            "@patch.dict(os.environ, {<k>: <s>})",
            '@mock.patch.dict("os.environ", {<k>: <s>, <k2>: <s>})',
            "@patch.dict(os.environ, <q>=<s>)",
            "@patch.dict(os.environ, {<k>: <s>}, clear=True)",
            '@patch.dict(os.environ, {<k>: os.environ.get("B", "none")})',
            "@patch.dict(os.environ)",
            "@patch.dict(os.environ, os.environ.copy(), clear=True)",
            "@patch.dict(os.environ, SETTINGS)",
            '@patch("os.getpid", lambda: 1)',
            "@pytest.mark.usefixtures('late')",
        ]
        number = self.random.choice([0, 0, 0, 1, 1, 2])
        return "\n".join(self.filled(self.random.choice(choices)) for _ in range(number))

    def fixture(self, name: str, writes: bool) -> str:
        options = self.random.choice(["", "", "", "()", "" if writes else "(autouse=True)", '(scope="module")'])
        wide = "scope" in options
        if self.chance(0.7):
            parameters = "" if wide else self.random.choice(["", "", "monkeypatch", "late", "monkeypatch, late"])
            body = self.filled(self.random.choice(AROUND))
            if "monkeypatch" in parameters and self.chance(0.6):
                body = self.filled(self.random.choice(OWN[:3])) + "\n" + body
        else:
            body = self.filled(self.random.choice(RETURNING))
            found = [given for given in ("monkeypatch", "request") if f"{given}." in body or f" {given}" in body]
            wide = wide and "monkeypatch" not in found
            options = options if wide or "scope" not in options else ""
            parameters = ", ".join(found)
        if re.search(r"environ\.copy\(\)|dict\(os\.environ\)", body):  # a snapshot, below which more is rewritten
            options = options.replace("(autouse=True)", "")
        return self.function(f"@pytest.fixture{options}", name, parameters, body)

    def signature(self, fixtures: list[str], code: list[str]) -> tuple[str, str]:
        """Parameters, and the body that uses them."""
        given = [name for name in fixtures if self.chance(0.7)]
        forms = [code]
        for name, of_it in (("monkeypatch", OWN), ("request", REQUEST)):
            if self.chance(0.35):
                given.insert(self.random.randint(0, len(given)), name)
                forms.append(of_it)
        if self.chance(0.2):
            given.insert(self.random.randint(0, len(given)), "late")
        self.forms = [form for some in forms for form in some]
        body = self.block(0)
        self.forms = LOOKS
        return ", ".join(given), body

    def test(self, number: int, fixtures: list[str], code: list[str]) -> str:
        parameters, body = self.signature(fixtures, code)
        return self.function(self.decorators(), f"test_{number}", parameters, body)

    def method(self, number: int, fixtures: list[str], code: list[str]) -> str:
        parameters, body = self.signature(fixtures, code)
        parameters = ", ".join(filter(None, ["self", parameters]))
        return indent(self.function(self.decorators(), f"test_{number}", parameters, body), "    ")

    def pair(self, names: str, given: str) -> str:
        """A set-up and a tear-down."""
        before, after = self.filled("\n---\n".join(self.random.choice(SET_UPS))).split("\n---\n")
        return (
            self.function("", names.format("setup"), given, before)
            + "\n\n"
            + self.function("", names.format("teardown"), given, after)
        )

    def test_class(self, number: int, fixtures: list[str], code: list[str]) -> str:
        decorators = self.decorators() if self.chance(0.5) else ""
        text = f"{decorators}\n" if decorators else ""
        text += f"class Test{number}:\n"
        if self.chance(0.4):
            text += indent(self.pair("{}_method", "self"), "    ") + "\n"
        return text + "\n".join(self.method(n, fixtures, code) for n in range(self.random.choice([1, 2])))

    def case(self, number: int, fixtures: list[str], code: list[str]) -> str:
        del fixtures
        decorators = "" if self.chance(0.5) else self.decorators().replace("@pytest.mark.usefixtures('late')", "")
        text = f"{decorators.strip()}\n" if decorators.strip() else ""
        text += f"class Case{number}Tests(unittest.TestCase):\n"
        if self.chance(0.5):
            pair = self.pair("{}", "self").replace("def setup(", "def setUp(").replace("def teardown(", "def tearDown(")
            text += indent(pair, "    ") + "\n"
        methods = []
        for n in range(self.random.choice([1, 2])):
            self.forms = [*CLEAN_UPS, *CLEAN_UPS, *code]
            body = self.block(0)
            self.forms = LOOKS
            decorators = self.decorators().replace("@pytest.mark.usefixtures('late')", "").strip()
            methods.append(indent(self.function(decorators, f"test_{n}", "self", body), "    "))
        return text + indent(RESTORE, "    ") + "\n" + "\n".join(methods)


def _name_of(definition: str) -> str:
    found = re.search(r"^(?:def|class) (\w+)", definition, re.MULTILINE)
    assert found
    return found[1]


def composed(seed: object) -> str:
    """The file of a seed."""
    return Composer(seed).file()
