"""A test sets an item of a dict that outlives it, or changes a list or set that does.

## What it does

Finds `module.D[k] = v`, `del module.D[k]`, `module.D[k] += 1`, and the statements `module.D.pop(k)`, `update` and
`setdefault` in tests, fixtures and helpers, if the dict is imported or is a name of the module, or is reached from one
through attributes: a registry, a cache, `app.config`. It finds them with or without a manual restore. They become
`monkeypatch.setitem(module.D, k, v)` or `delitem`; the restore is removed. In a `unittest.TestCase` a MonkeyPatch is
created in the method and undone by `addCleanup`.

If the source shows that an object of a module or class is a list or set, the code that changes it stays (`append`,
`add`, `remove`, `sort`, …); the same holds for a dict that is changed as a whole (`clear`, `update(other)`). Its
contents are restored in place: `request.addfinalizer(partial(module.L.__setitem__, slice(None), module.L[:]))`.

Dicts that end with the test are not reported: those that it created or received. Nor are those that code around it
restores, in any form: a `patch.dict` of the same dict, a set-up, tear-down, clean-up, `finally` or `__exit__`, an
autouse fixture of the file or of a conftest above. Nor is a list or set that the file empties somewhere.

## Why it makes tests flaky

A dict of a module is created once for all tests. An entry that one test registers is still there for the next, which
may find one handler too many, a cache entry that it did not create, or another configuration. Whether it passes
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

The item is the same at every statement, up to the old point of restoration. After the test it is as it was before
the first change, so a *brittle* test that passed only because an earlier test had changed the item will now
fail, as it always did alone. An item that is deleted and restored becomes the last of its dict.

## When it refuses

All changes in a function are rewritten or none, because they must be undone in reverse order.

- `value-used`: the change is part of an expression, or its targets are of different kinds. Make it a separate
  statement.
- `in-place`: `module.D[k] += value` may change the value itself, which cannot be undone. Assign a new value.
- `passed-on`: another test, which the message names, reads items that only this test adds. Add them in a fixture that
  both tests request.
- `all-items`: it is decided at run time which items `clear`, `popitem` or `update(other)` change. Save a copy of the
  dict, and restore it in a fixture.
- `not-a-dict`: it may be an item of a list, or not an item at all: nothing shows that it belongs to a dict. Save a
  copy, and restore it in a fixture.
- `binding-target`: the item is assigned by a `for`, a `with` or unpacking. Assign to a plain name there, and set the
  item in a separate statement.
- `evaluation-order`: the order in which the value and the key are computed may matter. Assign the value to a name
  first.
- `nested-function`: the change is made when a nested function runs, perhaps after the enclosing function has ended.
  Move it into the test.
- `helper`: the change persists after the helper returns, and code other than the tests and fixtures of the file calls
  or mentions the helper. Use monkeypatch in the tests, pass it to the helper, or make the helper a fixture.
- `fixture-returns`: the change must last for the test, but the fixture returns, and its `return` cannot become a
  `yield`: it is not the only one and the last statement, or a decorator may need it. Let the fixture yield inside
  `with pytest.MonkeyPatch.context() as monkeypatch:`.
- `setup-teardown`: the set-up makes the change, and the tear-down does not undo it, or not in a way that `undo()` could
  replace. Write an autouse fixture that uses monkeypatch.
- `module-level`: the code runs while the file is imported. Move it into a fixture.
- `restoration-order`: code next to the restoration may fail, or may read the state. Make the change right before the
  `try`.
- `restoration-unclear`: a clean-up changes the item, but it is not clear that it restores the old value. Use
  monkeypatch instead.
- `local-import`: the new lines need `pytest` before the function imports it. Import it at the top of the file.
- `name-taken`: the function has its own variable called `monkeypatch`. Rename it.
- `name-rebound`: a name that the function uses for the dict is reassigned. Use a different name.
- `undo-called`: `monkeypatch.undo()` may run before the change ends. Use `monkeypatch.context()` for the changes that
  it undoes.
- `comment-objects`: a comment in the function, or right above it, says not to use monkeypatch. If it is out of date,
  delete it; otherwise add `# isolator: ignore`.
- `given`: Hypothesis runs the test, which changes a list or set, many times. Restore its contents in a `finally`.
- `signature`: pytest does not pass the arguments of the function, or other code calls it too. Change the list or set in
  a fixture.
- `undo-order`: another change in the function is not rewritten, for the reason given there; or a patcher in the
  function or around it restores the same dict, and would end before this change is undone. Rewrite that first.
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
