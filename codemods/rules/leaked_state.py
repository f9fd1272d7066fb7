"""State that tests leave changed makes others fail, and no fixture puts it back.

## What it does

Puts fixtures into the conftest of the directory that the tests have in common, which put back after each test what
it left changed: registries, singletons, attributes of classes and modules, defaults of functions (`app.gather()`),
caches, of the project or of another package.

For up to three places that the source of the project shows, each gets a short fixture of its own. What is put back
depends on the statement that makes it:

- a dict, list, set or `deque`: the same object holds again what it held, so that whoever imported it by name finds it
  as it was. Where code of the project gives the name another one, the first is assigned again, too;
- another value, which code of the project assigns anew (`_instance = None`): it is assigned again;
- a function below `functools.lru_cache`: `cache_clear()`;
- a default of a function (`def gather(item, into=[])`): as a container.

In all other cases it is the fixture `restore_state` of a template, with the paths as the list `_LEAKED_STATE`. It finds
out what is there when the test begins. That is so

- for more than three places;
- for what is not made by one plain statement at the top of a module, in the body of a class, or in `__init__`;
- for containers inside of containers (`handlers["json"].append(…)`);
- for classes with a metaclass, a `__setattr__` or a base from another package, unless the evidence of a watched run,
  such as `isolator deflake` makes first, says what is there;
- for other packages and for files of tests (`tests/test_a.py::CASES`).

Where the conftest has that list already, it is completed. What an autouse fixture of the project names after its
`yield` is left to it.

A private name of a class may be written as in the class (`app.db.Engine.__instance`) or as Python keeps it.

A `reset()` or `clear()` of the project's own is not called: nothing tells that it takes back all that tests change, and
nothing more.

For loggers it is the fixture `restore_loggers`, for files below pytest's root (`./data/out`) `restore_files`, unless
ISO409 has each test that was seen to change them use its own; for `logging.disable` `isolate_logging`, for a current
event loop that is gone `new_event_loop`; for SQLAlchemy's sessions and connections that stay open `close_connections`,
which imports SQLAlchemy at the top of the conftest. For the working directory, lists and hooks of `sys` and signals
that code under test changes (`os.getcwd()`, `sys.path`, `signal.getsignal(SIGTERM)`) it is `restore_process`.

Which state that is, `isolator deflake` finds out by experiment: a test that fails after another one passes if the state
is put back between the two. Nothing is done without that, or for a test that passes only because of what another one
leaves.

### What is imported, and when

A conftest is imported before all tests, and a module that it imports may read the environment, open a connection or
import others in another order than it did before. So no import is added to the top of the conftest, but for those of
the standard library and pytest:

- what the conftest imports already is used under the name that it has there;
- else the fixture imports it itself, when all files of tests have been collected; and only if one of them, or a
  conftest, imports that module at its top, directly or by what it imports. A run of all tests then imports nothing that
  it did not import before, and nothing earlier;
- else it is the general fixture, which imports nothing: it looks into `sys.modules`.

## Why it makes tests flaky

What lives longer than a test is shared by all of them. One test fills a registry, makes the singleton, sets the level
of a logger; what the next one does then depends on whether it ran before.

```python
# app/registry.py
HANDLERS = {}


def register(name, handler):
    HANDLERS[name] = handler
```

## Before

```python
import pytest
```

## After

```python
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def restore_handlers() -> Iterator[None]:
    \"\"\"Put back what tests leave in app.registry.HANDLERS.\"\"\"
    from app import registry

    saved = dict(registry.HANDLERS)
    yield
    registry.HANDLERS.clear()
    registry.HANDLERS.update(saved)
```

## When it refuses

- `name-taken`: the conftest uses a name of the fixture for something else. Rename it, or put the fixture in by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from codemods.conftest.leaked.choosing import as_kept, short_fixtures, texts, with_fixtures, without_covered
from codemods.conftest.leaked.writing import Restoring
from codemods.conftest.rendering import list_of
from codemods.conftest.template import conftest_path, template_texts
from codemods.conftest.wanted import NAME_TAKEN, RefusedError, Wanted, findings, with_fixture
from codemods.context import (
    CONNECTIONS,
    DISABLED,
    EVENT_LOOP,
    Context,
    restorable_file,
    restorable_logger,
    restorable_path,
    restorable_process,
)
from codemods.python.source import Source, Span
from codemods.rule import Additions, Codemod, Finding, Match, Rule
from codemods.shared_files.finding import seen_to

RULE = Rule("ISO303", "leaked-state", __doc__ or "", (NAME_TAKEN,), answers="state")
_LIST = "_LEAKED_STATE"
_Short = tuple[Restoring, ...]


def may_apply(_data: bytes, path: str, context: Context) -> bool:
    """Whether this is the conftest that shall hold the fixtures."""
    return bool(context.leaked) and path == conftest_path(context)


def find(source: Source, context: Context) -> list[Match]:
    """One match for each fixture that is missing, or of which the list lacks a path."""
    if not may_apply(b"", source.path, context):
        return []
    short = _short(source, context)
    paths = ", ".join(each.place.path for each in short)
    found = [Match(_finding(source, context, short, _message(paths)), short)] if short else []
    for wanted in _wanted(source, context):
        message = _message(", ".join(wanted.values))
        found += [Match(each, wanted) for each in findings(RULE, source, context, wanted, message)]
    return found


def apply(source: Source, context: Context, accepted: Sequence[Match]) -> str:
    """The conftest with the fixtures, or with the list completed."""
    for match in accepted:
        if isinstance(match.change, Wanted):
            text = with_fixture(source, context, match.change)
        else:
            text = with_fixtures(source, context, _short(source, context))
        source = Source(text, source.path)
    return source.text


def adds(source: Source, context: Context) -> Additions:
    """The definitions of the templates, and the short fixtures."""
    short = (text for _, text in texts(source, context, _short(source, context)))
    general = (text for wanted in _wanted(source, context) for text in template_texts(wanted.template, context))
    return Additions(templates=(*short, *general))


def _message(paths: str) -> str:
    return f"tests fail because of {paths}, which no fixture puts back"


def _finding(source: Source, context: Context, short: _Short, message: str) -> Finding:
    top = Span(1, 1, 1, 1)
    try:
        with_fixtures(source, context, short)
    except RefusedError as refused:
        return RULE.finding(top, f"{message}: {refused}", refusal=refused.refusal)
    return RULE.finding(top, message, fix="safe")


def _short(source: Source, context: Context) -> _Short:
    """The fixtures in plain code: none where the general one is there already."""
    return () if _has_list(source) else short_fixtures(source, context, _paths(source, context))


def _paths(source: Source, context: Context) -> tuple[str, ...]:
    """The paths of state on the heap that nothing puts back, or that are in the list."""
    return without_covered(source, context, as_kept(source, context, _each(restorable_path, context)))


def _has_list(source: Source) -> bool:
    return any(list_of(statement, _LIST) is not None for statement in source.tree.body)


def _wanted(source: Source, context: Context) -> list[Wanted]:
    """The fixtures of templates that it takes, each with what it is told; of one without a list it is not used."""
    wanted = [
        ("restore_state", _LIST, () if _short(source, context) else _paths(source, context)),
        ("restore_loggers", "_LEAKED_LOGGERS", _each(restorable_logger, context)),
        ("restore_files", "_LEAKED_FILES", _files(context)),
        ("restore_process", "_LEAKED_PROCESS", _each(restorable_process, context)),
        ("isolate_logging", "_DISABLED", tuple(cell for cell in context.leaked if cell == DISABLED)),
        ("new_event_loop", "_LOOP", tuple(cell for cell in context.leaked if cell == EVENT_LOOP)),
        ("close_connections", "_OPEN", tuple(cell for cell in context.leaked if cell == CONNECTIONS)),
    ]
    return [Wanted(name, name, list_, values, None, _never) for name, list_, values in wanted if values]


def _each(told: Callable[[str], str | None], context: Context) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(told, context.leaked))))


def _files(context: Context) -> tuple[str, ...]:
    """The files, but for those of which each test gets its own."""
    own = seen_to(context) if context.own_files else frozenset()
    left = tuple(path for path in context.leaked if path not in own)
    return _each(restorable_file, replace(context, leaked=left))


def _never(_: object) -> bool:
    """No fixture that a project wrote for itself is known to do the same."""
    return False


CODEMOD = Codemod(rules=(RULE,), may_apply=may_apply, find=find, apply=apply, adds=adds)
