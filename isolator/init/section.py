"""The settings as text: what was found, and what could be set, each below a comment that says what it does."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import tomlkit
from tomlkit.items import Array, Item

from codemods.context import Fixture, Initializer, Precondition
from isolator.init.found import Found, Noted
from isolator.project.tables.gate import KINDS
from isolator.project.tables.written import BASELINE

_WIDTH = 100
_MOST = 10  # suggestions of a kind: who is offered more reads none of them
_HEAD = (
    "Written by `isolator init` from what it read; edit as you like. Commented-out lines are defaults, examples or"
    " suggestions: uncomment to enable them."
)
_PATHS = "Where the tests are, if no path is given (default: pytest's testpaths, or tests)."
_CRITICAL = "ISO301: environment variables that are restored after each test."
_AN_EXAMPLE = "An example"
_OBSERVED = f"{_AN_EXAMPLE}; `isolator observe` finds them"
_DEFAULT = Noted("", "", certain=False)
_EXAMPLE = Noted("", _AN_EXAMPLE, certain=False)
_CONFIRM = {
    "runs": 6,
    "orders": ["given", "reversed", "random"],
    "forbid-output": ["Initialized .* client"],
    "max-seconds": 30,
    "run-timeout": 600,
    "test-timeout": 600,
}
_Value = TypeVar("_Value")


class Section:
    """Writes the settings of isolator; ``prefix`` is the table that they are in, empty for a file of their own."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    def whole(self, found: Found) -> str:
        """The whole section, in which every key stands, commented out where nothing was found for it."""
        head = [f"[{self._prefix}]"] if self._prefix else []
        return _joined([[*head, *_comment(_HEAD)], *self._keys(found), *self._tables(found)])

    def added(self, found: Found, present: Sequence[str] = ()) -> str:
        """What is certain, to be pasted into settings that are there; ``present`` are the variables these name."""
        sure = [each for each in found.critical_env if each.certain]
        blocks = []
        if found.paths is not None:
            blocks.append(_entry(_PATHS, {"paths": list(found.paths.value)}, found.paths))
        if sure:
            blocks.append(_entry(_CRITICAL, {"critical-env": _variables(sure, present)}))
        if found.fixture is not None:
            blocks.append(self._fixture(found.fixture))
        blocks += [self._precondition(each) for each in found.preconditions]
        blocks += [self._cache(each) for each in found.caches if each.certain]
        return _joined(blocks)

    def _keys(self, found: Found) -> Iterable[list[str]]:
        paths = found.paths or Noted(("tests",), "", certain=False)
        yield _entry(_PATHS, {"paths": list(paths.value)}, paths)
        yield _entry("Paths to skip, as in .gitignore.", {"exclude": ["tests/vendored/*"]}, _EXAMPLE)
        rules = "Rules to use (default: all) and rules to ignore: codes or prefixes."
        yield _entry(rules, {"select": ["ISO1"], "ignore": ["ISO103"]}, _EXAMPLE)
        some_files = tomlkit.inline_table().append("tests/old/*", ["ISO1"])
        yield _entry("Rules to ignore in files that match a pattern.", {"per-file-ignores": some_files}, _EXAMPLE)
        baseline = "What was wrong when this file was written is not reported again."
        yield _entry(baseline, {"baseline": BASELINE}, _DEFAULT)
        source = found.source or Noted((".",), "", certain=False)
        where = "Where modules are looked up (default: pytest's pythonpath, src and the root)."
        yield _entry(where, {"source": list(source.value)}, source)
        unittest = 'In a unittest.TestCase, "keep" patch.dict or "convert" it to monkeypatch.'
        yield _entry(unittest, {"unittest": "keep"}, _DEFAULT)
        passing = "ISO101: decorators that pass arguments through and run no code that reads the environment."
        yield _entry(passing, {"transparent-decorators": ["tests.helpers.recorded"]}, _EXAMPLE)
        leaked = "ISO303: state that is restored after each test, as `isolator deflake` names it."
        yield _entry(leaked, {"leaked-state": ["app.registry.HANDLERS"]}, _EXAMPLE)
        if found.critical_env:
            sure = any(each.certain for each in found.critical_env)
            values = {"critical-env": _variables(found.critical_env)}
            yield _entry(_CRITICAL, values, None if sure else _DEFAULT)
        else:
            yield _entry(_CRITICAL, {"critical-env": ["SECRET_KEY"]}, _EXAMPLE)

    def _tables(self, found: Found) -> Iterable[list[str]]:
        yield self._fixture(found.fixture or _example(Fixture("tests/conftest.py")))
        test = Precondition(("SECRET_KEY",), ("tests/test_config.py::test_default_key",))
        yield from map(self._precondition, found.preconditions or (_example(test, _OBSERVED),))
        call = Initializer("app.clients.Client.__init__", "None", tests=("tests/test_app.py",))
        yield from _some([self._initializer(each) for each in found.initializers or (_example(call, _OBSERVED),)])
        sure, guesses = _parted(found.caches)
        yield from map(self._cache, sure)
        examples = () if found.caches else (_example("app.config.get_settings"),)
        yield from _some([self._cache(each) for each in (*guesses, *examples)])
        told = "Defaults of `isolator confirm`; forbid-output and max-seconds are examples."
        yield _entry(told, _CONFIRM, _DEFAULT, f"[{self._named('confirm')}]")
        told = "What `pytest -p isolator.gate` watches, and what tests may leave changed; allow is an example."
        allowed = tomlkit.inline_table()
        allowed.update({"cell": "app.registry.*", "reason": "plugins register once"})
        allow = tomlkit.array()
        allow.append(allowed)
        yield _entry(told, {"watch": [*KINDS], "allow": allow}, _DEFAULT, f"[{self._named('gate')}]")

    def _named(self, table: str) -> str:
        return f"{self._prefix}.{table}" if self._prefix else table

    def _fixture(self, found: Noted[Fixture]) -> list[str]:
        fixture = found.value
        told = "ISO301: the fixture that restores them, and where it goes."
        values = {"conftest": fixture.conftest, "template": fixture.template, "name": fixture.name}
        if fixture.after is not None:
            values["after"] = fixture.after
        return _entry(told, values, found, f"[{self._named('fixture')}]")

    def _precondition(self, found: Noted[Precondition]) -> list[str]:
        told = "ISO104: tests that pass only while these variables are not set."
        values = {"unset": list(found.value.unset), "tests": list(found.value.tests)}
        return _entry(told, values, found, f"[[{self._named('precondition')}]]")

    def _initializer(self, found: Noted[Initializer]) -> list[str]:
        who = "tests that import these modules" if found.value.imports else "these tests"
        values: dict[str, object] = {"target": found.value.target}
        if found.value.returns is not None:
            values["returns"] = found.value.returns
        values |= {key: list(names) for key in ("imports", "tests") if (names := getattr(found.value, key))}
        told = f"ISO201: a call that is patched in {who}."
        return _entry(told, values, found, f"[[{self._named('initializer')}]]")

    def _cache(self, found: Noted[str]) -> list[str]:
        told = "ISO302: a cached configuration that is reset for each test."
        return _entry(told, {"object": found.value}, found, f"[[{self._named('cache')}]]")


def _some(blocks: list[list[str]]) -> list[list[str]]:
    """The first of some suggestions, and how many more there are."""
    if len(blocks) <= _MOST:
        return blocks
    more = f"There are {len(blocks) - _MOST} more like this. `isolator observe` shows which of them tests use."
    return [*blocks[:_MOST], _comment(more)]


def _parted(found: Iterable[Noted[_Value]]) -> tuple[list[Noted[_Value]], list[Noted[_Value]]]:
    """What is certain, and what is not."""
    sure: list[Noted[_Value]] = []
    guesses: list[Noted[_Value]] = []
    for each in found:
        (sure if each.certain else guesses).append(each)
    return sure, guesses


def _variables(found: Sequence[Noted[str]], present: Sequence[str] = ()) -> Array:
    """An array with a variable on each line; in one that has some that are certain the others are comments."""
    array = tomlkit.array()
    sure, guesses = _parted(found)
    for name in present:
        array.add_line(name)
    for each in sure or guesses[:_MOST]:
        array.add_line(each.value, comment=_printable(each.why))
    for each in guesses[:_MOST] if sure else ():
        array.add_line(comment=_printable(f"{tomlkit.item(each.value).as_string()},  # {each.why}"))
    if len(guesses) > _MOST:
        array.add_line(comment=f"and {len(guesses) - _MOST} more that no code was found to read")
    array.add_line(indent="")
    return array


def _example(value: _Value, why: str = _AN_EXAMPLE) -> Noted[_Value]:
    return Noted(value, why, certain=False)


def _entry(
    told: str, values: Mapping[str, object], noted: Noted[object] | None = None, header: str | None = None
) -> list[str]:
    """A comment, the reason, and below it the keys of a table, all commented out if they are not certain."""
    table = tomlkit.table()
    for key, value in values.items():
        table.add(key, _item(value))
    lines = [*([header] if header else ()), *table.as_string().rstrip("\n").split("\n")]
    if noted is None:
        return [*_comment(told), *lines]
    guess = "" if noted.certain or noted.why.startswith(_AN_EXAMPLE) else "A suggestion: "
    why = _comment(f"{guess}{noted.why}.") if noted.why else []
    return [*_comment(told), *why, *(lines if noted.certain else (f"# {line}" for line in lines))]


def _item(value: object) -> Item:
    item: Item = tomlkit.item(value)
    if isinstance(item, Array) and not isinstance(value, Array) and len(item.as_string()) > _WIDTH - 20:
        item.multiline(True)
    return item


def _comment(text: str) -> list[str]:
    wrapped = textwrap.wrap(_printable(text), _WIDTH, break_long_words=False, break_on_hyphens=False)
    return [f"# {line}" for line in wrapped]


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)


def _joined(blocks: Iterable[list[str]]) -> str:
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"
