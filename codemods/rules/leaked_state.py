"""State that tests leave changed makes others fail, and no fixture puts it back.

## What it does

Puts the fixture `restore_state` from its template into the conftest of the directory that the tests
have in common, with the paths of that state as the list `_LEAKED_STATE`: registries, singletons,
attributes of classes and modules, defaults of functions (`app.gather()`), caches, of the project or
of another package. Before each test it notes what is there, and puts it back after it, in place: the
same object, and in a dict, list, set or deque what it held. For loggers it is the fixture
`restore_loggers`, for files below pytest's root (`./data/out`) `restore_files` (unless ISO409 has each test that was
seen to change them use its own), for `logging.disable`
`isolate_logging`, for a current event loop that is gone `ensure_event_loop`.

Which state that is, `isolator deflake` finds out by experiment: a test that fails after another one
passes if the state is put back between the two. Nothing is done without that, or for a test that
passes only because of what another one leaves.

## Why it makes tests flaky

What lives longer than a test is shared by all of them. One test fills a registry, makes the
singleton, sets the level of a logger; what the next one does then depends on whether it ran before.

## Before

```python
import pytest
```

## After

```python
import copy
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

# What tests leave changed; () stands for the defaults of a function.
_LEAKED_STATE = ["app.registry.HANDLERS"]


def _module_of(path: str) -> tuple[object, list[str]]:
    \"\"\"The module in which a path begins, if it is imported, and the names that lead on from there.\"\"\"
    file, _, dotted = path.rpartition("::")
    names = dotted.replace("()", "").split(".")
    for module in [*sys.modules.values()] if file else ():
        if str(getattr(module, "__file__", "")).replace("\\\\", "/").endswith(f"/{file}"):
            return module, names
    known = (n for n in range(len(names) - 1, 0, -1) if not file and ".".join(names[:n]) in sys.modules)
    length = next(known, 0)
    return sys.modules.get(".".join(names[:length])), names[length:]


def _put_back_of(path: str) -> Callable[[], object]:
    \"\"\"What lets a path have again what it has now, and that what it holds.\"\"\"
    owner, (*outer, name) = _module_of(path)
    for each in outer:
        owner = getattr(owner, each, None)
    if owner is None:
        return lambda: None
    is_there = name in vars(owner)
    value = vars(owner).get(name)
    function = getattr(value, "__func__", value)
    keywords = getattr(function, "__kwdefaults__", None) or {}
    defaults = [*(getattr(function, "__defaults__", None) or ()), *keywords.values()]
    values = defaults if path.endswith("()") else [value]
    held = [(each, copy.copy(each)) for each in values if isinstance(each, (dict, list, set, deque))]

    def put_back() -> None:
        if is_there and vars(owner).get(name) is not value:
            setattr(owner, name, value)
        elif not is_there and name in vars(owner):
            delattr(owner, name)
        for container, content in held:
            container.clear()
            (container.update if isinstance(container, (dict, set)) else container.extend)(content)

    return getattr(value, "cache_clear", put_back)


@pytest.fixture(autouse=True)
def restore_state() -> Iterator[None]:
    \"\"\"Put back what a test leaves changed.\"\"\"
    with ExitStack() as after:
        for path in _LEAKED_STATE:
            after.callback(_put_back_of(path))
        yield
```

## When it refuses

- `name-taken`: the conftest uses a name of the template for something else. Rename it, or put the
  fixture in by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from codemods.conftest.template import conftest_path, template_texts
from codemods.conftest.wanted import NAME_TAKEN, Wanted, findings, with_fixture
from codemods.context import DISABLED, EVENT_LOOP, Context, restorable_file, restorable_logger, restorable_path
from codemods.python.source import Source
from codemods.rule import Additions, Codemod, Match, Rule
from codemods.shared_files.finding import seen_to

RULE = Rule("ISO303", "leaked-state", __doc__ or "", (NAME_TAKEN,), answers="state")


def may_apply(_data: bytes, path: str, context: Context) -> bool:
    """Whether this is the conftest that shall hold the fixtures."""
    return bool(context.leaked) and path == conftest_path(context)


def find(source: Source, context: Context) -> list[Match]:
    """One match for each fixture that is missing, or of which the list lacks a path."""
    if not may_apply(b"", source.path, context):
        return []
    found = []
    for wanted in _wanted(context):
        message = f"tests fail because of {', '.join(wanted.values)}, which no fixture puts back"
        found += [Match(each, wanted) for each in findings(RULE, source, context, wanted, message)]
    return found


def apply(source: Source, context: Context, accepted: Sequence[Match]) -> str:
    """The conftest with the fixtures, or with the list completed."""
    for match in accepted:
        if isinstance(match.change, Wanted):
            text = with_fixture(source, context, match.change)
            source = Source(text, source.path)
    return source.text


def adds(_source: Source, context: Context) -> Additions:
    """The definitions of the templates."""
    texts = (template_texts(wanted.template, context) for wanted in _wanted(context))
    return Additions(templates=tuple(text for each in texts for text in each))


def _wanted(context: Context) -> list[Wanted]:
    """The fixtures that it takes, each with what it is told; of one without a list it is not used."""
    wanted = [
        ("restore_state", "_LEAKED_STATE", _each(restorable_path, context)),
        ("restore_loggers", "_LEAKED_LOGGERS", _each(restorable_logger, context)),
        ("restore_files", "_LEAKED_FILES", _files(context)),
        ("isolate_logging", "_DISABLED", tuple(cell for cell in context.leaked if cell == DISABLED)),
        ("ensure_event_loop", "_LOOP", tuple(cell for cell in context.leaked if cell == EVENT_LOOP)),
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
