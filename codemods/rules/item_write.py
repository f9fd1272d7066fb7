"""A test sets an item of a dict that outlives it, or changes a list or set that does.

## What it does

Finds `module.D[k] = v`, `del module.D[k]`, `module.D[k] += 1`, and the statements `module.D.pop(k)`, `update` and
`setdefault` in tests, fixtures and helpers, where the dict is what an import or a name of the module denotes, or is
reached from it through attributes: a registry, a cache, `app.config`. With and without a restoration by hand. It
becomes `monkeypatch.setitem(module.D, k, v)` or `delitem`; the restoration goes. In a `unittest.TestCase` the
MonkeyPatch is made on the spot and undone by `addCleanup`.

A list or set of a module or class, of which the source says that it is one, stays as it is changed (`append`, `add`,
`remove`, `sort`, …), and so does a dict that is changed as a whole (`clear`, `update(other)`). It gets back what it
held, in place: `request.addfinalizer(partial(module.L.__setitem__, slice(None), module.L[:]))`.

What ends with the test is no finding: dicts that it made or was given. Neither is what code around it puts back, in
whatever form: a `patch.dict` of the same dict, a set-up, tear-down, clean-up, `finally` or `__exit__`, an autouse
fixture of the file or of a conftest above. Nor is a list or set that the file empties somewhere.

## Why it makes tests flaky

A dict of a module is made once for all tests. What a test registers in it is still there for the next, which may find
one handler too many, an entry of the cache that it did not make, or another configuration; and whether it passes
depends on the order.

## Before

```python
def test_reads_json():
    app.HANDLERS["json"] = fake
    assert app.read("a.json") == "fake"
    del app.HANDLERS["json"]
```

## After

```python
def test_reads_json(monkeypatch):
    monkeypatch.setitem(app.HANDLERS, "json", fake)
    assert app.read("a.json") == "fake"
```

## Fix safety

The item is the same at every statement, up to the point where it used to be restored. After the test it is what it
was before the first change, so a *brittle* test that passed only because an earlier test had left it changed will now
fail, as it always did on its own. Where an item is deleted and comes back it is the last of its dict.

## When it refuses

All changes in a function are rewritten or none, because they must be undone in the reverse order of doing.

- `value-used`: the change is part of an expression, or its targets are not all of one kind. Write it as a statement of
  its own.
- `in-place`: `module.D[k] += value` may change the value itself, which no undoing takes back. Set a new value.
- `passed-on`: another test, which is named, looks into what only this one fills. Let a fixture fill it, and have both
  ask for that.
- `all-items`: which items `clear`, `popitem` or `update(other)` change is decided at run time. Keep a copy of the dict,
  and put it back in a fixture.
- `not-a-dict`: it may be an item of a list, or no item at all: nothing says that it is a dict's. Keep a copy, and put
  it back in a fixture.
- `binding-target`: the item is assigned by a `for`, a `with` or unpacking. Assign to a plain name there, and set the
  item by itself.
- `evaluation-order`: it may show whether the value or the key is computed first. Give the value a name first.
- `nested-function`: the change is made when a nested function runs, or perhaps when the function around it has ended.
  Move it into the test.
- `helper`: the change persists after the helper returns, and something other than tests and fixtures of the file calls
  or mentions it. Use monkeypatch in the tests, pass it in, or make it a fixture.
- `fixture-returns`: the change must last for the test, but the fixture returns, not once and as its last statement,
  or below a decorator that may need it to. Let it yield inside `with pytest.MonkeyPatch.context() as monkeypatch:`.
- `setup-teardown`: set up in one function, and not undone in the other, or not in a way that `undo()` in a tear-down
  could take the place of. Write an autouse fixture that uses monkeypatch.
- `module-level`: it runs while the file is imported. Move it into a fixture.
- `restoration-order`: it is put back amid code that may fail or look. Change it right before the `try`.
- `restoration-unclear`: a clean-up changes the item, but it cannot be told to what it was. Use monkeypatch in its
  place.
- `local-import`: the new lines need `pytest` above the line on which the function imports it. Import it at the top of
  the file.
- `name-taken`: `monkeypatch` is a variable of its own in the function. Rename it.
- `name-rebound`: a name that the function uses for the dict is reassigned. Use one name for one thing.
- `undo-called`: `monkeypatch.undo()` may run before the change ends. Use `monkeypatch.context()` for what it undoes.
- `comment-objects`: a comment in the function, or right above it, says that monkeypatch is not to be used. If it is out
  of date, take it out; else add `# isolator: ignore`.
- `given`: Hypothesis runs the test, which changes a list or set, many times. Put back what it held in a `finally`.
- `signature`: pytest does not fill the parameters of the function, or not of this one alone. Let a fixture change the
  list or set.
- `undo-order`: something else in the function is left as it is, for the reason given there; or a patcher in it or
  around it puts back the same dict, and would end before this is undone. Change that first.
"""

from __future__ import annotations

from codemods.clean_ups import model as m
from codemods.clean_ups.changes import containers
from codemods.clean_ups.codemod import codemod_of as registering
from codemods.rule import Rule
from codemods.state.codemod import codemod_of
from codemods.state.expressions.cells.candidates import may_change_contents
from codemods.state.kinds import item
from codemods.state.model import refusals as r

RULE = Rule(
    "ISO403",
    "item-write",
    __doc__ or "",
    (
        *(r.VALUE_USED, r.IN_PLACE, r.PASSED_ON, r.ALL_ITEMS, r.NOT_A_DICT, r.BINDING_TARGET, r.EVALUATION_ORDER),
        *(r.NESTED_FUNCTION, r.HELPER, r.FIXTURE_RETURNS, r.SETUP_TEARDOWN, r.MODULE_LEVEL),
        *(r.RESTORATION_ORDER, r.RESTORATION_UNCLEAR, r.LOCAL_IMPORT, r.NAME_TAKEN, r.NAME_REBOUND),
        *(r.UNDO_CALLED, r.COMMENT_OBJECTS, r.UNDO_ORDER, m.GIVEN, m.SIGNATURE),
    ),
    undoes="function",
)
_RULES = {"patch-dict": RULE, "write": RULE, "restoration": RULE}
CODEMODS = (
    codemod_of(item.Items(), _RULES),
    registering(RULE, may_change_contents, containers.LINES, containers.look, reads_tree=True),
)
