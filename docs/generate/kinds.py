"""The pages about kinds of state: what is watched, by which part, what it is called, and what puts it back.

The facts are those of the program: the kinds that the gate knows, the rules it asks for each, the places that the
watcher looks at, the templates of fixtures. What stands here beside them is what a kind is, and what is not seen of it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import fixtures_templates
from codemods.registry import all_rules
from docs.generate.markdown import code, prose, table
from isolator.gate.sources import RULES
from isolator.project.tables.gate import KINDS
from isolator.pytest_runs.plugin.environ import caches, reads, writes
from isolator.pytest_runs.plugin.state import connections, contents, contexts, files, heap, lines, process, walk

_PLACE = re.compile(r'"((?:sys|os|signal|locale|socket|asyncio|threading|contextvars|decimal)\.\w+\([\w]*\)\.?)"')
_TEMPLATES = Path(fixtures_templates.__file__).parent
_INDEX = """# Kinds of state

What tests can leave changed, by kind. Each page says what is watched while tests run, what its places are called in
reports, which rules find a change in the source of a test, which fixtures put it back, and what is not seen."""


@dataclass(frozen=True)
class State:
    """A kind: what it is, the parts that watch it, names of places, other rules, templates, and what is not seen."""

    about: str
    parts: tuple[ModuleType, ...]
    places: tuple[str, ...]
    evidence: tuple[str, ...]
    templates: tuple[str, ...]
    unseen: tuple[str, ...]


_STATES = {
    "environment": State(
        "Variables of the environment, which code of the project sets or removes.",
        (writes, reads, caches),
        ('os.environ["MODE"]',),
        ("ISO101", "ISO104", "ISO301", "ISO302"),
        ("isolate_environment", "isolate_scopes", "snapshot_environment", "reset_cached_configuration"),
        (
            "changes that C code makes without `os.environ` or `os.putenv`",
            "caches in closures that keep what they read",
            "the value: only names are kept, and whether a variable was set",
        ),
    ),
    "heap": State(
        "What modules of the project hold: names, attributes of classes and objects, dicts, lists, sets, defaults of "
        "functions; and what is patched in other packages that the project has names for.",
        (heap, walk, contents, lines),
        (
            'app.registry.HANDLERS["json"]',
            "app.db.Engine._instance.pool",
            "tests/test_a.py::TestX.graph",
            "app.gather()",
        ),
        ("ISO303", "ISO304"),
        ("restore_state",),
        (
            f"what is more than {walk.DEEP} steps away from a module",
            f"of a container with more than {walk.MOST:,} entries anything but its length",
            "objects with `__slots__`",
            "a value that is written again as it was",
            "what other packages hold, beside functions and classes that are patched there",
        ),
    ),
    "process": State(
        "What there is once in a process: the working directory, what `sys` holds, handlers of signals, the locale.",
        (process, contexts),
        (),
        ("ISO303",),
        ("new_event_loop",),
        (
            "what pytest puts back itself: warnings, its own streams and handlers",
            "`atexit`",
            "states of generators of random numbers, and whether an event loop was set: `deflake` alone looks at them",
            "a thread is seen, and can't be put back",
        ),
    ),
    "loggers": State(
        "Levels, handlers, filters, `propagate` and `disabled` of each logger, and `logging.disable`.",
        (process,),
        (*(process._logger("app", each) for each in process._LOGGER), process._logger("", "level"), process._DISABLE),
        ("ISO303",),
        ("isolate_logging", "restore_loggers"),
        (
            "handlers of pytest, and `NullHandler`",
            "loggers of other libraries than `logging`",
            "how a formatter is set",
        ),
    ),
    "files": State(
        "Files and folders that code of the project makes, changes, removes or renames outside of a temporary folder "
        "of the test; databases of SQLite.",
        (files,),
        ("./data/x.csv", "~/.tool/x.db", "…/x"),
        ("ISO303",),
        ("restore_files",),
        (
            "what other processes write, and what is written in C",
            "what is made by `tempfile` or pytest for the test itself",
            "caches such as `__pycache__`, `.cache` and `.pytest_cache`",
            f"of a file of more than {files._SMALL:,} bytes anything but size and time",
            "a file below `~` is seen, and not put back",
        ),
    ),
    "connections": State(
        "Sessions and pooled connections of SQLAlchemy that a test leaves open. `isolator deflake` looks at them in "
        "its experiments; the gate and `observe` do not.",
        (connections,),
        (connections.CONNECTIONS,),
        ("ISO303",),
        ("close_connections",),
        (
            "databases in memory, and asynchronous engines",
            "connections that are made without SQLAlchemy",
            "which of several connections it was: they are counted",
        ),
    ),
}


def pages() -> Iterator[tuple[str, str]]:
    """Each kind's name and its page. A kind, or a template, that has no place here is an error."""
    assert set(KINDS) <= set(_STATES), "a kind of the gate has no page"
    templates = {path.stem for path in _TEMPLATES.glob("*.py") if path.stem != "__init__"}
    assert templates == {name for state in _STATES.values() for name in state.templates}, "a template has no page"
    for name, state in _STATES.items():
        yield name, "\n\n".join(_page(name, state))


def index() -> str:
    """The table of all kinds."""
    rows = [
        (f"[{name}]({name}.md)", state.about, ", ".join(RULES.get(name, ())) or "none")
        for name, state in _STATES.items()
    ]
    watched = "The gate watches " + ", ".join(code(each) for each in KINDS) + ": these are the words for its `watch`."
    return "\n\n".join([_INDEX, table(("kind", "what it is", "found in the source by"), rows), watched])


def _page(name: str, state: State) -> Iterator[str]:
    yield f"# {name}"
    yield state.about
    yield "## What it is called in reports"
    yield "\n".join(f"- {code(place)}" for place in (state.places or _places()))
    yield "## What watches it"
    yield table(("part", "what it does"), [(code(each.__name__), _first(each)) for each in state.parts])
    if name in KINDS:
        yield f'`pytest -p isolator.gate` watches it unless `watch` in its [settings](../settings.md) lacks `"{name}"`.'
    yield "## Which rules are about it"
    rules = {rule.code: rule for rule in all_rules()}
    by_source = [(each, "the source of the test") for each in RULES.get(name, ())]
    by_evidence = [(each, "settings, or a run that was watched") for each in state.evidence]
    found = [(f"[{each}](../rules/{each}.md)", rules[each].summary, how) for each, how in [*by_source, *by_evidence]]
    yield table(("rule", "what it finds", "by"), found)
    yield "## Which fixtures put it back"
    yield (
        "In the test itself it is `monkeypatch`, where the rules above rewrite the test. In a conftest it is a fixture "
        "from a template; ISO303 writes a shorter one where the source shows what to restore:"
    )
    yield table(("template", "what it does"), [(code(each), _about(each)) for each in state.templates])
    yield "## What is not seen"
    yield "\n".join(f"- {each}" for each in state.unseen)


def _places() -> list[str]:
    """What the watcher calls the places of a process, as its own tables and texts have them."""
    texts = inspect.getsource(process) + inspect.getsource(contexts)
    found = {each for each in _PLACE.findall(texts) if not each.startswith("signal.")}
    signals = {f"signal.getsignal({name})" for name in process._NAMES}
    return sorted({each.rstrip(".") for each in found} | set(process.CELLS_OF_SYS) | signals)


def _first(module: ModuleType) -> str:
    return prose(inspect.cleandoc(module.__doc__ or "").partition("\n\n")[0])


def _about(template: str) -> str:
    """The first sentence of a template."""
    text = (_TEMPLATES / f"{template}.py").read_text(encoding="utf-8")
    return prose(re.findall(r'"""(.*?)(?:\n\n|""")', text, re.DOTALL)[0])
