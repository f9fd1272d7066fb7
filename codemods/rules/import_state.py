"""A test changes the import state: `sys.path`, `sys.modules`, or another attribute of `sys`.

## What it does

Finds `sys.argv = …`, `sys.path = …`, `sys.platform = …` and any other attribute of `sys` that is set or deleted,
`sys.path.insert(0, folder)`, `sys.path.append(folder)`, `sys.modules[name] = …` and `del sys.modules[name]` in tests,
fixtures and helpers, with or without a manual restore. They become `monkeypatch.setattr(sys, "argv", …)`,
`monkeypatch.syspath_prepend(folder)`, `monkeypatch.setitem(sys.modules, name, …)` and `delitem`; the restore is
removed. In a `unittest.TestCase` a MonkeyPatch is created in the method and undone by `addCleanup`.

`importlib.reload(module)` stays, and the names of the module are restored afterwards:
`request.addfinalizer(partial(vars(module).update, dict(vars(module))))`. Changes that the code of the module makes
elsewhere when it runs again are not undone.

`sys.stdin`, `sys.stdout` and `sys.stderr` are not reported: pytest restores them. Nor is state that a `finally`, a
clean-up, a tear-down or an autouse fixture of the file or of a conftest restores, nor a path that a conftest sets up
for all tests.

## Why it makes tests flaky

A module that a test imports stays imported, from wherever the path pointed at the time. A folder that is left on the
path, or a fake that is left in `sys.modules`, affects the imports of later tests. The order of two tests then
decides what both of them test.

## Before

```python
def test_loads_the_plugin(tmp_path):
    (tmp_path / "plugin.py").write_text("name = 'mine'")
    sys.path.insert(0, str(tmp_path))
    assert load("plugin").name == "mine"
    sys.path.pop(0)
```

## After

```python
def test_loads_the_plugin(tmp_path, monkeypatch):
    (tmp_path / "plugin.py").write_text("name = 'mine'")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert load("plugin").name == "mine"
```

## Fix safety

`sys` is the same at every statement, up to the old point of restoration. After the test it is as it was before the
first change, so a *brittle* test that passed only because an earlier test had changed it will now fail, as it always
did alone. A module that is restored in `sys.modules` is not restored as an attribute of its package, as it was not
before.

## When it refuses

All changes in a function are rewritten or none, because they must be undone in reverse order.

- `value-used`: the change is part of an expression, or its targets are of different kinds. Make it a separate
  statement.
- `in-place`: the list is changed in another way than with `insert(0, …)` and `append`, or `+=` may change the object
  itself. Assign a new list.
- `all-items`: it is decided at run time which modules it changes. Save a copy of `sys.modules`, and restore it in a
  fixture.
- `not-a-dict`: it is not known to be an item of a dict. Save a copy, and restore it in a fixture.
- `attribute-unknown`: it is decided at run time which attribute `setattr` sets. Write its name.
- `attribute-special`: it changes what the object is. Use a separate object.
- `binding-target`: it is assigned by a `for`, a `with` or unpacking. Assign to a plain name there, and set it in a
  separate statement.
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
- `module-level`: the code runs while the file is imported. Move it into a fixture, or into pytest's settings
  (`pythonpath`).
- `restoration-order`: code next to the restoration may fail, or may read the state. Make the change right before the
  `try`.
- `restoration-unclear`: a clean-up changes it, but it is not clear that it restores the old value. Use monkeypatch
  instead.
- `local-import`: the new lines need `pytest` before the function imports it. Import it at the top of the file.
- `name-taken`: the function has its own variable called `monkeypatch`. Rename it.
- `name-rebound`: a name that the function uses for it is reassigned. Use a different name.
- `undo-called`: `monkeypatch.undo()` may run before the change ends. Use `monkeypatch.context()` for the changes that
  it undoes.
- `comment-objects`: a comment in the function, or right above it, says not to use monkeypatch. If it is out of date,
  delete it; otherwise add `# isolator: ignore`.
- `given`: Hypothesis runs the test, which reloads a module, many times. Reload it in a `finally` inside the test.
- `signature`: pytest does not pass the arguments of the function, or other code calls it too. Reload the module in a
  fixture.
- `argument-unknown`: an expression in the argument decides which module is reloaded. Assign it to a name first.
- `undo-order`: another change in the function is not rewritten, for the reason given there; or a patcher in the
  function or around it changes the same state, and would end before this change is undone. Rewrite that first.
"""

from __future__ import annotations

from codemods.clean_ups import model as m
from codemods.clean_ups.changes import reloads
from codemods.clean_ups.codemod import codemod_of as registering
from codemods.rule import Rule
from codemods.state.codemod import codemod_of
from codemods.state.kinds import system
from codemods.state.model import refusals as r

RULE = Rule(
    "ISO404",
    "import-state",
    __doc__ or "",
    (
        *(r.VALUE_USED, r.IN_PLACE, r.ALL_ITEMS, r.NOT_A_DICT, r.ATTRIBUTE_UNKNOWN, r.ATTRIBUTE_SPECIAL),
        *(r.BINDING_TARGET, r.EVALUATION_ORDER, r.NESTED_FUNCTION, r.HELPER, r.FIXTURE_RETURNS, r.SETUP_TEARDOWN),
        *(r.MODULE_LEVEL, r.RESTORATION_ORDER, r.RESTORATION_UNCLEAR, r.LOCAL_IMPORT, r.NAME_TAKEN, r.NAME_REBOUND),
        *(r.UNDO_CALLED, r.COMMENT_OBJECTS, r.UNDO_ORDER, m.GIVEN, m.SIGNATURE, m.ARGUMENT_UNKNOWN),
    ),
    undoes="function",
)
_RULES = {"patch-dict": RULE, "write": RULE, "restoration": RULE}
CODEMODS = (
    codemod_of(system.SystemAttributes(), _RULES),
    codemod_of(system.SystemModules(), _RULES),
    registering(RULE, reloads.may_reload, reloads.LINES, reloads.look),
)
