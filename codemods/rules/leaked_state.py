"""State that tests leave changed makes others fail, and no fixture restores it.

## What it does

Adds fixtures to the conftest of the directory that the tests have in common, which restore state after each test:
registries, singletons, attributes of classes and modules, defaults of functions (`app.gather()`),
caches, of the project or of another package.

State whose shape the source of the project shows gets a short fixture of its own. If there are more than three in one
module or class, a single fixture restores all of them. How state is restored depends on the statement that creates it:

- a dict, list, set or `deque`: the same object gets its old contents, so that code that imported it by name sees them
  too. If code of the project assigns another object to the name, the first object is assigned again, too;
- a dict of lists, dicts or sets, if a watched run showed that one of these is changed: each gets its old contents, too;
- another value, which code of the project reassigns (`_instance = None`): it is assigned again;
- a name that a watched test creates (`if not hasattr(cls, "_parser"): cls._parser = …`): it is removed again;
- a function decorated with `functools.lru_cache`: `cache_clear()`;
- a default of a function (`def gather(item, into=[])`): like a container.

State of a test file (`tests/test_a.py::CASES`, `tests/test_a.py::Made.count`) is restored by a fixture in that
file, above its first test, unless another file uses it as well.

All other state is restored by the fixture `restore_state` of a template, with the paths in the list `_LEAKED_STATE`. It
examines the state when the test begins. It is used

- for other state that is not created by one plain statement at the top of a module, in the body of a class, or in
  `__init__`;
- for containers inside of containers (`handlers["json"].append(…)`) of several kinds, deeper ones, and those that no
  watched run showed;
- for classes with a metaclass, a `__setattr__` or a base from another package, unless the evidence of an observed run,
  such as the first runs of `isolator deflake`, shows the shape;
- for other packages;
- for everything in the conftest if it would need more than twelve short fixtures, or if the template is needed anyway:
  one more path in its list is less than another fixture.

Each fixture, short or from a template, and each path in a list can be dropped on its own: `isolator deflake` keeps
those that a test needs.

If the conftest already has that list, missing paths are added. State that an autouse fixture of the project mentions
after its `yield` is left to that fixture.

A private name of a class may be written as in the class (`app.db.Engine.__instance`) or in Python's mangled form.

A `reset()` or `clear()` function of the project is not called: it is not known whether it restores everything that
tests change, and nothing more.

Loggers are restored by the fixture `restore_loggers`, and files below pytest's root (`./data/out`) by `restore_files`,
unless ISO409 gives each test that changes them its own. What a comment keeps shared, `# isolator: ignore[ISO408]`
or `[ISO409]`, is restored as well. `isolate_logging` handles `logging.disable`, `new_event_loop`
a closed current event loop, and `close_connections` SQLAlchemy sessions and connections that stay open; it
imports SQLAlchemy at the top of the conftest. The working directory, the locale, lists and hooks of `sys` and
signals (`os.getcwd()`, `sys.path`, `signal.getsignal(SIGTERM)`) get a short fixture each: `saved = os.getcwd()` …
`os.chdir(saved)`.

`isolator deflake` finds the state by experiment: a test that fails after another one passes if the state
is restored between the two. Without that, this rule does nothing, nor does it for a test that passes only because of
state that another one leaves.

### Imports

A conftest is imported before all tests. A module that it imports may read the environment, open a connection or
import others in a different order. So no import is added to the top of the conftest, except for the standard library
and pytest:

- a module that the conftest already imports is used under its name there;
- otherwise the fixture imports it, after all test files have been collected; and only if one of them, or a
  conftest, imports that module at its top, directly or indirectly. A run of all tests then imports nothing
  new, and nothing earlier;
- otherwise the template fixture is used, which imports nothing: it looks into `sys.modules`.

## Why it makes tests flaky

All tests share state that lives longer than a test. One test fills a registry, creates the singleton or sets the level
of a logger; the result of the next test then depends on whether it ran before.

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
    \"\"\"Restore app.registry.HANDLERS after each test.\"\"\"
    from app import registry

    saved = dict(registry.HANDLERS)
    yield
    registry.HANDLERS.clear()
    registry.HANDLERS.update(saved)
```

## When it refuses

- `name-taken`: the conftest uses a name of the fixture for something else. Rename it, or add the fixture by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from codemods.conftest.leaked.choosing import Chosen, Short, as_kept, choose
from codemods.conftest.leaked.covered import without_covered
from codemods.conftest.leaked.inserting import short_match, template_matches, with_fixtures
from codemods.conftest.leaked.own_file import choose_own, is_for_own_file, read_of
from codemods.conftest.process import short_fixtures
from codemods.conftest.rendering import list_of
from codemods.conftest.template import conftest_path, template_texts
from codemods.conftest.wanted import NAME_TAKEN, Wanted
from codemods.context import Context
from codemods.python.source import Source, fact
from codemods.restorable import (
    CONNECTIONS,
    DISABLED,
    EVENT_LOOP,
    restorable_file,
    restorable_logger,
    restorable_path,
    restorable_place,
    restorable_process,
)
from codemods.rule import Additions, Codemod, Match, Rule
from codemods.shared_files.finding import seen_to
from codemods.shared_objects.finding import is_own_of_tests

RULE = Rule("ISO303", "leaked-state", __doc__ or "", (NAME_TAKEN,), answers="state")
_LIST = "_LEAKED_STATE"


def may_apply(_data: bytes, path: str, context: Context) -> bool:
    """Whether this is the conftest that should hold the fixtures, or a file of tests that has such state itself."""
    is_conftest = bool(context.leaked) and path == conftest_path(context)
    return is_conftest or any(cell.startswith(f"{path}::") for cell in context.leaked)


def find(source: Source, context: Context) -> list[Match]:
    """One match for each fixture that is missing, or of which the list lacks a path."""
    found = []
    for short in _short(source, context):
        cells = _cells(source, context, short.paths)
        found.append(short_match(RULE, source, context, short, _message(short.paths), cells))
    for wanted in _wanted(source, context):
        cells = _cells(source, context, wanted.values)
        found += template_matches(RULE, source, context, wanted, _message(wanted.values), cells)
    return found


def apply(source: Source, context: Context, accepted: Sequence[Match]) -> str:
    """The file with the fixtures, or with the list completed."""
    return with_fixtures(source, context, accepted, "restore_state")


def adds(source: Source, context: Context) -> Additions:
    """The definitions of the templates, and the short fixtures."""
    short = tuple(each.template.text for each in _short(source, context))
    if source.path != conftest_path(context):
        return Additions(set_ups=short)
    general = (text for wanted in _wanted(source, context) for text in template_texts(wanted.template, context))
    return Additions(templates=(*short, *general))


def _message(paths: Sequence[str]) -> str:
    return f"tests fail because of {', '.join(paths)}, which no fixture restores"


def _cells(source: Source, context: Context, names: Collection[str]) -> tuple[str, ...]:
    """The cells that a fixture restores which has these names in its list, or in its code."""
    places = ((cell, restorable_place(cell)) for cell in context.leaked)
    called = {cell: (cell, place, *as_kept(source, context, (place,))) for cell, place in places}
    return tuple(cell for cell, spellings in called.items() if not set(names).isdisjoint(spellings))


@fact
def _chosen(source: Source, context: Context) -> Chosen:
    """The fixtures in plain code, and what else is to be put back; all of it where the general one is there already."""
    paths = _paths(source, context)
    if source.path != conftest_path(context):
        return choose_own(source, context, paths, _LIST)
    left = without_covered(source, context, paths)
    left = tuple(path for path in left if not is_for_own_file(path, context, _LIST))
    if any(list_of(statement, _LIST) is not None for statement in source.tree.body):
        return Chosen((), left)
    return choose(source, context, left)


def _short(source: Source, context: Context) -> tuple[Short, ...]:
    """All fixtures in plain code; those for the process in the conftest only."""
    cells = _each(restorable_process, context) if source.path == conftest_path(context) else ()
    return (*_chosen(source, context).short, *short_fixtures(source, context, cells))


def _paths(source: Source, context: Context) -> tuple[str, ...]:
    """The paths of state on the heap, except objects of which each test has its own, or gets it in the same run."""
    paths = as_kept(source, context, _each(restorable_path, context))
    return tuple(p for p in paths if not _is_own_of_tests(p, context) and not _is_gone_with_its_owner(p, context))


def _is_gone_with_its_owner(path: str, context: Context) -> bool:
    """Whether it is in an object of which there was none at first, where a fixture lets there be none again.

    app.db.Engine._instance.pool    class Engine: _instance = None
    """
    none_at_first = (cell for cell, kind in context.kinds if kind == "plain" and cell in context.leaked)
    return any(path.startswith(f"{cell}.") for cell in none_at_first)


def _is_own_of_tests(path: str, context: Context) -> bool:
    source = read_of(path, context) if "::" in path else None
    return source is not None and is_own_of_tests(path, source, context)


def _wanted(source: Source, context: Context) -> list[Wanted]:
    """The template fixtures that it takes, each with its values; a template without a list does not use them."""
    if source.path != conftest_path(context):
        return []
    wanted = [
        ("restore_state", _LIST, _chosen(source, context).rest),
        ("restore_loggers", "_LEAKED_LOGGERS", _each(restorable_logger, context)),
        ("restore_files", "_LEAKED_FILES", _files(context)),
        ("isolate_logging", "_DISABLED", tuple(cell for cell in context.leaked if cell == DISABLED)),
        ("new_event_loop", "_LOOP", tuple(cell for cell in context.leaked if cell == EVENT_LOOP)),
        ("close_connections", "_OPEN", tuple(cell for cell in context.leaked if cell == CONNECTIONS)),
    ]
    return [Wanted(name, name, list_, values, None, _never) for name, list_, values in wanted if values]


def _each(told: Callable[[str], str | None], context: Context) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(told, context.leaked))))


def _files(context: Context) -> tuple[str, ...]:
    """The files, except those of which each test gets its own."""
    own = seen_to(context) if context.own_files else frozenset()
    left = tuple(path for path in context.leaked if path not in own)
    return _each(restorable_file, replace(context, leaked=left))


def _never(_: object) -> bool:
    """No fixture that a project wrote for itself is known to do the same."""
    return False


CODEMOD = Codemod(rules=(RULE,), may_apply=may_apply, find=find, apply=apply, adds=adds)
