"""TestCases composed at random of all forms do the same after their rewrite, wherever the original leaves nothing."""

from __future__ import annotations

import builtins
import os
import unittest
from collections.abc import Callable, Iterator
from random import Random
from textwrap import indent

import pytest

from codemods.context import Context
from isolator.engine.engine import Selection, rewrite

HEAD = """\
import operator
import os
import unittest
from contextlib import ExitStack
from unittest.mock import patch


"""
START = {"B": "outer", "C": "c"}

# What a set-up does, and what its tear-down does then; {k} is a variable, {v} a value, {s} an attribute.
PAIRS = [
    (
        '{s} = os.environ.get("{k}")\nos.environ["{k}"] = "{v}"',
        'if {s} is None:\n    os.environ.pop("{k}", None)\nelse:\n    os.environ["{k}"] = {s}',
    ),
    ('{s} = os.environ.pop("{k}", None)', 'if {s} is not None:\n    os.environ["{k}"] = {s}'),
    ('os.environ["{k}"] = "{v}"', 'del os.environ["{k}"]'),
    ('os.environ["{k}"] = "{v}"', 'try:\n    del os.environ["{k}"]\nexcept KeyError:\n    pass'),
    ('os.environ["{k}"] = "{v}"', 'if "{k}" in os.environ:\n    del os.environ["{k}"]'),
    ('{s} = os.environ.copy()\nos.environ["{k}"] = "{v}"', "os.environ.clear()\nos.environ.update({s})"),
    ("{s} = dict(os.environ)", "os.environ.clear()\nos.environ.update({s})"),
    ('{s} = patch.dict(os.environ, {k}="{v}")\n{s}.start()', "{s}.stop()"),
    ("pass", 'os.environ.pop("{k}", None)'),
    ('os.environ.setdefault("{k}", "{v}")', "pass"),
    ('{s} = "{k}" in os.environ\nos.environ.setdefault("{k}", "{v}")', 'if not {s}:\n    del os.environ["{k}"]'),
]
CLEAN_UPS = [
    'os.environ["{k}"] = "{v}"\nself.addCleanup(os.environ.pop, "{k}", None)',
    'self.addCleanup(operator.delitem, os.environ, "{k}")\nos.environ["{k}"] = "{v}"',
    "saved = os.environ.copy()\nself.addCleanup(os.environ.update, saved)\nself.addCleanup(os.environ.clear)",
    'old = os.environ.get("{k}", "z")\nself.addCleanup(os.environ.__setitem__, "{k}", old)\nos.environ["{k}"] = "{v}"',
    'p = patch.dict(os.environ, {k}="{v}")\np.start()\nself.addCleanup(p.stop)',
    "self.addCleanup(look)",
]
WRITES = [
    'os.environ["{k}"] = "{v}"',
    'os.environ.pop("{k}", None)',
    'os.environ.update({k}="{v}")',
    'if look() is None:\n    os.environ["{k}"] = "{v}"',
    'with patch.dict(os.environ, {k}="{v}"):\n    look()\n    os.environ["{k}"] = "w"',
    'with ExitStack() as s:\n    s.enter_context(patch.dict(os.environ, {k}="{v}"))\n    os.environ["{k}"] = "w"',
]


def filled(random: Random, text: str, attribute: str = "") -> str:
    """A form with a variable and a value of its own."""
    return text.replace("{k}", random.choice("ABCD")).replace("{v}", str(random.randrange(9))).replace("{s}", attribute)


def method(name: str, lines: list[str], decorator: str = "") -> str:
    """A method, of a class if it is decorated."""
    own = "cls" if decorator else "self"
    return f"{decorator}    def {name}({own}):\n{indent(chr(10).join(lines), '        ')}\n\n"


def case_class(random: Random, name: str, base: str) -> str:
    """A TestCase with set-ups, tear-downs and tests."""
    found = f"class {name}({base}):\n"
    for set_up, tear_down, decorator in (
        ("setUpClass", "tearDownClass", "    @classmethod\n"),
        ("setUp", "tearDown", ""),
    ):
        if random.random() < (0.3 if decorator else 0.8):
            own = "cls" if decorator else "self"
            before, after = [f"super().{set_up}()"], [f"super().{tear_down}()"]
            for number in range(random.randrange(1, 3)):
                texts = filled(random, "\n---\n".join(random.choice(PAIRS)), f"{own}.s{number}").split("\n---\n")
                before.append(texts[0])
                after.insert(random.choice([0, len(after)]), texts[1])
            before += ["look()"] if not decorator and random.random() < 0.5 else []
            found += method(set_up, before, decorator) + method(tear_down, after, decorator)
    for number in range(random.randrange(1, 3)):
        lines = [filled(random, random.choice(WRITES + CLEAN_UPS)) for _ in range(random.randrange(3))]
        found += method(f"test_{number}", [*lines, "look()"])
    return found + "\n"


def runs(text: str) -> Iterator[tuple[str, list[dict[str, str]], dict[str, str], list[str]]]:
    """Of each test: its name, what its looks saw, what it left, and its errors."""
    seen: list[dict[str, str]] = []
    names: dict[str, type[unittest.TestCase]] = {}
    exec(compile(text, "suite", "exec"), names)
    builtins.look = lambda: seen.append(now())  # type: ignore[attr-defined]
    for cls in (names[name] for name in ("First", "Second") if name in names):
        for test in unittest.defaultTestLoader.getTestCaseNames(cls):
            for name in "ABCD":
                os.environ.pop(name, None)
            os.environ.update(START)
            seen.clear()
            result = unittest.TestResult()
            unittest.TestSuite([cls(test)]).run(result)
            yield f"{cls.__name__}.{test}", list(seen), now(), [trace for _, trace in result.errors]


def now() -> dict[str, str]:
    return {name: os.environ[name] for name in "ABCD" if name in os.environ}


@pytest.fixture
def compose(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], str]:
    """A file for each seed; what the suites do to the variables is undone."""
    for name in "ABCD":
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)

    def composed(seed: int) -> str:
        random = Random(seed)
        text = HEAD + case_class(random, "First", "unittest.TestCase")
        return text + (case_class(random, "Second", "First") if random.random() < 0.3 else "")

    return composed


@pytest.mark.parametrize("tens", range(12))
def test_same_after_the_rewrite(tens: int, compose: Callable[[int], str]) -> None:
    for seed in range(10 * tens, 10 * tens + 10):
        text = compose(seed)
        result = rewrite(text.encode(), "test_it.py", Context(), Selection())
        assert result.error is None, text
        assert not rewrite(result.source, "test_it.py", Context(), Selection()).fixed, text
        for was, is_now in zip(list(runs(text)), list(runs(result.source.decode())), strict=True):
            if not was[3] and was[2] == START:
                assert is_now == was, f"seed {seed}: {text}"
