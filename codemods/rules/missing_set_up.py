"""A test passes only after another one, which sets up what it needs.

## What it does

Writes a fixture with the statements of the other test that make the difference, and lets the test request it with
`@pytest.mark.usefixtures`, which also works for methods of a `unittest.TestCase`. Tests of one file that need the same
set-up share the fixture. It is a method of the class if the statements use `self`; otherwise it is at the top level,
above the first test that needs it. The fixtures that the statements use become its parameters. It also gets the
decorators of the other test that make a difference, and the imports.

Assertions of the other test are not copied: `assert queue.put(1) is None` becomes `queue.put(1)`, if that is needed,
and `with pytest.raises(Full)` becomes `with contextlib.suppress(Full)`.

`isolator deflake --unsafe-fixes` finds these statements by experiment: it runs the test alone with
fewer and fewer of them. Without that, this rule does nothing.

## Fix safety

The fix is unsafe: it adds statements to a test, and only its owner can decide whether the test should start with these
statements, or whether the code under test should not need them. `isolator deflake` keeps it only if it does not make
tests worse in either order, together with the fixtures that restore the state if it makes other tests fail
(ISO303).

## Why it makes tests flaky

Such a test is *brittle*: it fails when it is run alone, first, or in another process, or when the other test is
renamed, skipped or removed.

## Before

```python
from app import registry


def test_register():
    registry.register("json")
    assert registry.known() == ["json"]


def test_lookup():
    assert registry.lookup("json")
```

## After

```python
import pytest
from app import registry


def test_register():
    registry.register("json")
    assert registry.known() == ["json"]


@pytest.fixture
def set_up_by_register():
    \"\"\"Set up the state left by `test_register`.\"\"\"
    registry.register("json")


@pytest.mark.usefixtures("set_up_by_register")
def test_lookup():
    assert registry.lookup("json")
```

## When it refuses

- `setter-unknown`: the body of the other test is in another file, or is created at run time. Write a fixture by hand.
- `setter-async`: the other test is a coroutine or a generator. Write a fixture by hand.
- `setter-parametrized`: the arguments of the other test are not known: they are not constants of one `parametrize`.
  Write a fixture by hand.
- `other-class`: the other test uses `self`, and belongs to another class. Move the set-up into a fixture that
  both tests request.
- `defined-elsewhere`: the other test is in another file and uses names that are defined there. Move the set-up
  into a fixture in a conftest.
- `names-clash`: a name has different meanings in the two files or tests. Write a fixture by hand.
- `not-enough`: the test fails alone even with all statements of the other one before it. The difference is made by a
  fixture, a mark or an import of the other test, or by a second run of something. Write a fixture by hand.
- `needed-by-others`: the state that the fixture sets up makes other tests fail, and cannot be restored: more tests
  depend on it, and their needs were not found. Write a fixture for each of them by hand.
- `no-such-test`: the test is inherited from another file. Set up what it needs there.
- `generated-input`: Hypothesis runs the body of the test several times. Set it up in the body by hand.
- `name-taken`: the file uses the name `pytest` for something else, or several tests have the same name. Rename it.
"""

from __future__ import annotations

from collections.abc import Sequence

from codemods.context import Context, SetUp
from codemods.python.source import Source, Span
from codemods.rule import Additions, Codemod, Match, Refusal, Rule
from codemods.set_ups import refusals
from codemods.set_ups.writing import Need, can_name_pytest, needs, written
from codemods.suite.hosts import Host, Kind, hosts, is_found_by_name

RULE = Rule("ISO304", "missing-set-up", __doc__ or "", refusals.ALL)
_CAUTION = "the test then begins with statements of another test"
_TOP = Span(1, 1, 1, 1)


def may_apply(_data: bytes, path: str, context: Context) -> bool:
    """Whether a test of this file needs what another one sets up."""
    return any(set_up.test.partition("::")[0] == path for set_up in context.set_ups)


def find(source: Source, context: Context) -> list[Match]:
    """The tests that do not ask for what they need."""
    if not may_apply(b"", source.path, context):
        return []
    tests = {host.node_id: host for host in hosts(source, context) if host.node_id}
    needed = {need.set_up: need for need in needs(source, context)}
    found = []
    for set_up in context.set_ups:
        if set_up.test.partition("::")[0] != source.path:
            continue
        host, need = tests.get(set_up.test.partition("[")[0]), needed.get(set_up)
        if need is None and set_up.code and host is not None:
            continue  # another set-up of the same function is written
        if need is None or not need.met:
            found.append(_match(set_up, host, need))
    return found


def _match(set_up: SetUp, host: Host | None, need: Need | None) -> Match:
    refusal = next((r for r in refusals.ALL if r.code == set_up.refusal), None)
    if host is None:
        message = f"{set_up.test} {_why(set_up)}"
        return Match(RULE.finding(_TOP, message, refusal=refusals.NO_SUCH_TEST))
    refusal = refusal or _objection(host)
    finding = RULE.finding(
        _name(host),
        f"the test {_why(set_up)}",
        test=host.node_id,
        fix="unsafe" if refusal is None else None,
        refusal=refusal,
        caution="" if refusal else _CAUTION,
    )
    return Match(finding, need)


def _why(set_up: SetUp) -> str:
    first, *more = set_up.setters
    whom = f"{first} and {len(more)} more set" if more else f"{first} sets"
    return f"fails alone: it needs what {whom} up"


def apply(source: Source, context: Context, accepted: Sequence[Match]) -> str:
    """The text with the fixtures, and the tests asking for them."""
    return written(source, context, [m.change for m in accepted if isinstance(m.change, Need)])


def adds(source: Source, context: Context) -> Additions:
    """The fixtures, under their names."""
    fixtures = (need.fixture for need in needs(source, context))
    return Additions(set_ups=tuple(dict.fromkeys(f.text for f in fixtures)))


def _objection(host: Host) -> Refusal | None:
    """Why the test cannot ask for a fixture, None if it can."""
    if host.kind is Kind.GIVEN:
        return refusals.GENERATED
    if host.kind not in (Kind.TEST, Kind.TESTCASE):
        return refusals.NO_SUCH_TEST
    taken = not can_name_pytest(host.source) or not is_found_by_name(host)
    return refusals.NAME_TAKEN if taken else None


def _name(host: Host) -> Span:
    """Where the test's name stands."""
    function, source = host.function, host.source
    line = source.lines[function.lineno - 1]
    keyword = line.index("def", source.column(function.lineno, function.col_offset))
    start = line.index(function.name, keyword + 3) + 1
    return Span(function.lineno, start, function.lineno, start + len(function.name))


CODEMOD = Codemod(rules=(RULE,), may_apply=may_apply, find=find, apply=apply, adds=adds, reads_tree=False)
