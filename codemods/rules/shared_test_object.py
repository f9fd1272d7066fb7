"""An object that tests share and change: made once for all of them, in a class body, at module level, in a wide set-up.

## What it does

Lets each test have an object of its own, under the same name. Which objects tests share and change, so that others
fail, `isolator deflake` finds out by experiment, or the setting `leaked-state` says, as `tests/test_a.py::TestX.graph`:

- what a class body makes (`graph = Graph()`) goes into `setUp` of a `TestCase`, else into `setup_method`, at the head
  of the one that is there, or into a new one;
- what `setUpClass` or `setup_class` makes is made by `setUp` or `setup_method`: the whole of it moves, with the
  tear-down;
- what a test file makes at module level stays, for what reads it while the file is imported, and a fixture that every
  test of the file has makes it anew, with what else of the module is made of it.

A fixture with `scope="module"` or `scope="class"` whose value a test of the file visibly changes (`users.append(…)`
where it gives a list, `client.token = …`, `options["debug"] = …`) loses its scope. That is found without a run.

## Why it makes tests flaky

What is made once is the same object in all tests. What one of them puts into it the next one finds, or does not, as
the order decides; and a test that runs twice finds what it left itself.

## Before

```python
class TestGraph:
    graph = Graph()

    def test_add(self):
        self.graph.add("a")
        assert len(self.graph) == 1

    def test_empty(self):
        assert len(self.graph) == 0
```

## After

```python
class TestGraph:
    def setup_method(self):
        self.graph = Graph()

    def test_add(self):
        self.graph.add("a")
        assert len(self.graph) == 1

    def test_empty(self):
        assert len(self.graph) == 0
```

At module level, below `queue = Queue()`, it is

```python
@pytest.fixture(autouse=True)
def _new_queue():
    \"\"\"Make queue anew for each test.\"\"\"
    global queue
    queue = Queue()
```

## Fix safety

The value is computed for each test, right before it, and no longer while the file is imported: it may take longer, and
read another environment. Tests that need what others leave in the object fail then, as they always did alone. That is
why `isolator deflake` and `fix --confirm` run them, and revert the rewrites that make them worse. The fix of a
fixture's scope, which no experiment called for, is unsafe without that.

## When it refuses

- `sequence`: the tests, which are named, are written as steps that need each other: numbered names, marks that order
  them, `sortTestMethodsUsing`. Make one test of them, or let each make what it needs.
- `not-plain`: it gets its value in another way than by one assignment on lines of its own. Give it such a one.
- `not-made`: its value is made elsewhere, so that making it again gives the same object. Look there.
- `through-class`: it is used through the class (`TestGraph.graph`, `cls.graph`), which no test has alone. Use it
  through `self`.
- `import-time`: it is used while the file is imported, by a decorator or another statement of the class or module,
  which would keep the first one. Make it where it is used.
- `wide-use`: code that runs before the set-up of each test, or once for several, uses it. Let that have another one.
- `used-elsewhere`: another file imports the class or the object. Make a fixture of it that both ask for.
- `name-rebound`: a name in its value may stand for something else when a test begins. Write it out there.
- `set-up`: what the set-up of the class, of its bases or its decorators does is not known. Write it there by hand.
- `subclass`: a subclass has an attribute or a set-up of its own. Make the object in the set-up of both.
- `wide-set-up`: not everything in `setUpClass` can be done for each test, or the class has a `setUp` as well. Move what
  makes the object.
- `fixture-needs-scope`: a part of the fixture is for its scope: `request.node`. Narrow the scope by hand.
- `wider-fixture`: a fixture of a wide scope asks for it. Narrow the scope of that first.
- `name-taken`: a name that the rewrite needs (`self`, `pytest`, that of the fixture) is something else. Rename that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from codemods.context import Context
from codemods.python.source import Source
from codemods.rule import Additions, Codemod, Match, Rule
from codemods.shared_objects import model
from codemods.shared_objects.finding import found_by_cells
from codemods.shared_objects.model import Found, LeftError
from codemods.shared_objects.wide_fixtures import changed

RULE = Rule("ISO408", "shared-test-object", __doc__ or "", model.ALL)
_WIDE = re.compile(rb"scope\s*=\s*['\"](?:module|class)['\"]")
_SLOWER = (
    "the fixture is set up for each test, which may take longer, and tests may need what others leave in its value"
)


def may_apply(data: bytes, path: str, context: Context) -> bool:
    """Whether a cell of the file is known to make tests fail, or the file has a wide fixture."""
    return any(cell.startswith(f"{path}::") for cell in context.leaked) or _WIDE.search(data) is not None


def find(source: Source, context: Context) -> list[Match]:
    """A match for each object that tests share and change."""
    shared = [_match(found, cells, source, context) for found, cells in found_by_cells(source, context)]
    return [*shared, *_fixtures(source, context)]


def _fixtures(source: Source, context: Context) -> Iterator[Match]:
    if _WIDE.search(source.text.encode()):
        for found in changed(source, context):
            yield _match(found, (), source, context)


def _match(found: Found, cells: tuple[str, ...], source: Source, context: Context) -> Match:
    fixture = f"the value of the fixture {found.name}"
    message = f"tests share {found.name if cells else fixture} and change it"
    sure = cells or context.proving
    finding = RULE.finding(
        source.span(found.node),
        message,
        fix="safe" if sure else "unsafe",
        cells=cells,
        caution="" if sure else _SLOWER,
    )
    if isinstance(found.change, LeftError):
        return Match(finding.refused(found.change.refusal.code, found.change.reason))
    return Match(finding, found.change)


def apply(source: Source, context: Context, accepted: Sequence[Match]) -> str:
    """The text in which each test has an object of its own."""
    from codemods.shared_objects.writing import written

    return written(source, context, [match.change for match in accepted])


def adds(_source: Source, _context: Context) -> Additions:
    """Objects that are made anew for each test."""
    return Additions(made_anew=True)


CODEMOD = Codemod((RULE,), may_apply, find, apply, adds=adds)
