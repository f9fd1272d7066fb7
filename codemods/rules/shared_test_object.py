"""Tests share an object and change it: it is created once, in a class body, at module level or in a wide set-up.

## What it does

Gives each test its own object, under the same name. `isolator deflake` finds by experiment which objects tests share
and change, so that others fail; or the setting `leaked-state` names them, as `tests/test_a.py::TestX.graph`:

- an object of a class body (`graph = Graph()`) is created in `setUp` of a `TestCase`, otherwise in `setup_method`, at
  the start of an existing one, or in a new one;
- an object that `setUpClass` or `setup_class` creates is created by `setUp` or `setup_method`: the whole method moves,
  with the tear-down;
- a module-level object of a test file stays, for code that reads it while the file is imported. A fixture that every
  test of the file uses creates it again, with other module-level objects that are made from it.

A fixture with `scope="module"` or `scope="class"`, in a test file also a wider one, loses its scope if tests share its
value and change it. `isolator deflake` finds that by experiment (`tests/test_a.py::router.routes`). Without a run it is
found of a module or a class where a test of the file visibly changes the value: `users.append(…)` if it is a list,
`client.token = …`, `options["debug"] = …`.

## Why it makes tests flaky

All tests use the same object. Whether a test finds the changes of another one in it depends on the order; and a test
that runs twice finds its own changes.

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

At module level, the rewrite adds this fixture below `queue = Queue()`:

```python
@pytest.fixture(autouse=True)
def _new_queue():
    \"\"\"Recreate queue for each test.\"\"\"
    global queue
    queue = Queue()
```

## Fix safety

The value is computed right before each test, and no longer while the file is imported. This may take longer, and the
environment may differ. Tests that need the changes of other tests in the object now fail, as they always did alone.
That is why `isolator deflake` and `fix --confirm` run them, and revert the rewrites that make them worse. Where
changing the scope of a fixture is based on no experiment it is unsafe.

## When it refuses

- `sequence`: the tests, which the message names, are written as steps that depend on each other: numbered names, marks
  that order them, `sortTestMethodsUsing`. Merge them into one test, or let each create what it needs.
- `not-plain`: the object is not assigned by a single assignment on separate lines. Use such an assignment.
- `not-made`: its value is created elsewhere, so computing it again gives the same object. Look there.
- `through-class`: it is used through the class (`TestGraph.graph`, `cls.graph`), which all tests share. Use it
  through `self`.
- `import-time`: it is used while the file is imported, by a decorator or another statement of the class or module,
  which would keep the first object. Create it where it is used.
- `wide-use`: code that runs before the set-up of each test, or once for several tests, uses it. Use another object
  there.
- `used-elsewhere`: another file imports the class or the object. Make it a fixture that both files request.
- `name-rebound`: a name in its value may refer to something else when a test begins. Write the value out there.
- `set-up`: it is not known what the set-up of the class, of its bases or its decorators does. Write it there by hand.
- `subclass`: a subclass has its own attribute or set-up. Create the object in the set-up of both.
- `wide-set-up`: some code in `setUpClass` cannot run for each test, or the class also has a `setUp`. Move the code that
  creates the object.
- `fixture-needs-scope`: part of the fixture needs its scope: `request.node`. Narrow the scope by hand.
- `wider-fixture`: a fixture of a wide scope requests it. Narrow the scope of that fixture first.
- `name-taken`: a name that the rewrite needs (`self`, `pytest`, that of the fixture) is used for something else.
  Rename that.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

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
    "the fixture is set up for each test, which may take longer, and tests may depend on changes that others make "
    "to its value"
)


def may_apply(data: bytes, path: str, context: Context) -> bool:
    """Whether a cell of the file is known to make tests fail, or the file has a wide fixture."""
    return any(cell.startswith(f"{path}::") for cell in context.leaked) or _WIDE.search(data) is not None


def find(source: Source, context: Context) -> list[Match]:
    """A match for each object that tests share and change."""
    shared = found_by_cells(source, context)
    known = [found.node for found, _ in shared]
    seen = changed(source, context) if _WIDE.search(source.text.encode()) else ()
    fixtures = [(found, ()) for found in seen if found.node not in known]
    return [_match(found, cells, source, context) for found, cells in (*shared, *fixtures)]


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
    """Objects that are recreated for each test."""
    return Additions(recreated=True)


CODEMOD = Codemod((RULE,), may_apply, find, apply, adds=adds)
