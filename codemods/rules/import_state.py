"""A test changes what is imported, and from where: the path, the modules, or another attribute of `sys`.

## What it does

Finds `sys.argv = …`, `sys.path = …`, `sys.platform = …` and any other attribute of `sys` that is set or deleted,
`sys.path.insert(0, folder)`, `sys.path.append(folder)`, `sys.modules[name] = …` and `del sys.modules[name]` in tests,
fixtures and helpers, with and without a restoration by hand. They become `monkeypatch.setattr(sys, "argv", …)`,
`monkeypatch.syspath_prepend(folder)`, `monkeypatch.setitem(sys.modules, name, …)` and `delitem`; the restoration goes.
In a `unittest.TestCase` the MonkeyPatch is made on the spot and undone by `addCleanup`.

`importlib.reload(module)` stays, and the names of the module get back what they stood for:
`request.addfinalizer(partial(vars(module).update, dict(vars(module))))`. What the code of the module does elsewhere
when it runs again is not undone.

`sys.stdin`, `sys.stdout` and `sys.stderr` are no findings: pytest puts them back. Nor is what a `finally`, a clean-up,
a tear-down or an autouse fixture of the file or of a conftest puts back, nor the path that a conftest sets up for all.

## Why it makes tests flaky

What a test imports stays imported, from wherever the path led to at the time. A folder that is left on the path, or a
fake that is left among the modules, is what later tests get when they import; which of two tests came first then
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

`sys` holds the same at every statement, up to the point where it used to be restored. After the test it holds what it
did before the first change, so a *brittle* test that passed only because an earlier test had left it changed will now
fail, as it always did on its own. A module that is put back into `sys.modules` is not put back where its package has it
as an attribute, as it never was.

## When it refuses

All changes in a function are rewritten or none, because they must be undone in the reverse order of doing.

- `value-used`: the change is part of an expression, or its targets are not all of one kind. Write it as a statement of
  its own.
- `in-place`: the list is changed in another way than by `insert(0, …)` and `append`, or `+=` may change what it is
  applied to. Set a new list.
- `all-items`: which modules it changes is decided at run time. Keep a copy of `sys.modules`, and put it back in a
  fixture.
- `not-a-dict`: it is not known to be an item of a dict. Keep a copy, and put it back in a fixture.
- `attribute-unknown`: which attribute `setattr` sets is decided at run time. Write its name.
- `attribute-special`: it changes what the object is. Use an object of its own.
- `binding-target`: it is assigned by a `for`, a `with` or unpacking. Assign to a plain name there, and set it by
  itself.
- `evaluation-order`: it may show whether the value or the key is computed first. Give the value a name first.
- `nested-function`: the change is made when a nested function runs, or perhaps when the function around it has ended.
  Move it into the test.
- `helper`: the change persists after the helper returns, and something other than tests and fixtures of the file calls
  or mentions it. Use monkeypatch in the tests, pass it in, or make it a fixture.
- `fixture-returns`: the change must last for the test, but the fixture returns, not once and as its last statement,
  or below a decorator that may need it to. Let it yield inside `with pytest.MonkeyPatch.context() as monkeypatch:`.
- `setup-teardown`: set up in one function, and not undone in the other, or not in a way that `undo()` in a tear-down
  could take the place of. Write an autouse fixture that uses monkeypatch.
- `module-level`: it runs while the file is imported. Move it into a fixture, or into the settings of pytest
  (`pythonpath`).
- `restoration-order`: it is put back amid code that may fail or look. Change it right before the `try`.
- `restoration-unclear`: a clean-up changes it, but it cannot be told to what it was. Use monkeypatch in its place.
- `local-import`: the new lines need `pytest` above the line on which the function imports it. Import it at the top of
  the file.
- `name-taken`: `monkeypatch` is a variable of its own in the function. Rename it.
- `name-rebound`: a name that the function uses for it is reassigned. Use one name for one thing.
- `undo-called`: `monkeypatch.undo()` may run before the change ends. Use `monkeypatch.context()` for what it undoes.
- `comment-objects`: a comment in the function, or right above it, says that monkeypatch is not to be used. If it is out
  of date, take it out; else add `# isolator: ignore`.
- `given`: Hypothesis runs the test, which reloads a module, many times. Reload it in a `finally` inside the test.
- `signature`: pytest does not fill the parameters of the function, or not of this one alone. Let a fixture reload the
  module.
- `argument-unknown`: which module is reloaded is worked out in the argument. Give it a name first.
- `undo-order`: something else in the function is left as it is, for the reason given there; or a patcher in it or
  around it changes the same, and would end before this is undone. Change that first.
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
