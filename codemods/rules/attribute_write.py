"""A test sets an attribute of a module, a class or an object that outlives it.

## What it does

Finds `module.x = v`, `Class.x = v`, `app.config.debug = v`, `setattr(module, "x", v)`, `del module.x` and
`module.x += 1` in tests, fixtures and helpers, if the owner is imported or is a name of the module, or is reached
from one through attributes; with or without a manual restore (in a `finally`, after a `yield`, in a
tear-down or with `addCleanup`). The change becomes `monkeypatch.setattr(module, "x", v)` or `delattr`; the restore is
removed. In a `unittest.TestCase` a MonkeyPatch is created in the method and undone by `addCleanup`.

`raising=False` is added if the attribute may not exist yet: neither the source tree nor the test file defines it,
and nothing in the function has read or set it before.

Attributes of objects that end with the test are not reported: arguments, results of calls, mocks, `self`. Nor is a
write that is the only statement in `with pytest.raises(…)`, because it fails. Nor are attributes that code around the
test resets or restores in any form: a `finally`, a clean-up, a tear-down, an `__exit__`, functions that these call, or
an autouse fixture of the file or of a conftest above. A conftest that sets something for the whole session is not
reported. Other rules handle attributes of `sys` and of loggers.

## Why it makes tests flaky

Modules and classes are created once for all tests. A test that leaves an attribute changed affects later
tests, and whether these pass depends on the order. A manual restore outside of a `finally` is skipped when an
assertion fails, so that one failure becomes many. And a `staticmethod` that is read from its class and restored is a
plain function from then on.

## Before

```python
def test_debug_mode():
    before = settings.DEBUG
    settings.DEBUG = True
    assert load_app().debug
    settings.DEBUG = before
```

## After

```python
def test_debug_mode(monkeypatch):
    monkeypatch.setattr(settings, "DEBUG", True)
    assert load_app().debug
```

## Fix safety

The attribute is the same at every statement, up to the old point of restoration. After the test it is as it was before
the first change, so a *brittle* test that passed only because an earlier test had changed the attribute will now
fail, as it always did alone.

On an instance, the old value is set on the instance itself, even if it was an attribute of its class before.

## When it refuses

All changes in a function are rewritten or none, because they must be undone in reverse order.

- `value-used`: the change is part of an expression, or its targets are of different kinds. Make it a separate
  statement.
- `in-place`: `module.x += value` may change the object itself, which cannot be undone. Assign a new value.
- `attribute-unknown`: it is decided at run time which attribute `setattr` sets. Write its name.
- `attribute-special`: it changes what the object is (`__class__`, `__name__`, …), or is an attribute of a class with a
  metaclass, which may handle it. Use a separate object.
- `django-settings`: Django's settings are a proxy. Use `override_settings`, or the fixture `settings` of pytest-django.
- `passed-on`: another test, which the message names, reads state that only this test creates. Create it in a fixture
  that both tests request.
- `binding-target`: the attribute is assigned by a `for`, a `with` or unpacking. Assign to a plain name there, and set
  the attribute in a separate statement.
- `evaluation-order`: the order in which the value and the owner are computed may matter. Assign the value to a name
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
- `restoration-unclear`: a clean-up changes the attribute, but it is not clear that it restores the old value. Use
  monkeypatch instead.
- `local-import`: the new lines need `pytest` before the function imports it. Import it at the top of the file.
- `name-taken`: the function has its own variable called `monkeypatch`. Rename it.
- `name-rebound`: a name that the function uses for the owner is reassigned. Use a different name.
- `undo-called`: `monkeypatch.undo()` may run before the change ends. Use `monkeypatch.context()` for the changes that
  it undoes.
- `comment-objects`: a comment in the function, or right above it, says not to use monkeypatch. If it is out of date,
  delete it; otherwise add `# isolator: ignore`.
- `undo-order`: another change in the function is not rewritten, for the reason given there; or a patcher in the
  function or around it changes the same attribute, and would end before this change is undone. Rewrite that first.
"""

from __future__ import annotations

from codemods.rule import Rule
from codemods.state.codemod import codemod_of
from codemods.state.kinds import attribute
from codemods.state.model import refusals as r

RULE = Rule(
    "ISO402",
    "attribute-write",
    __doc__ or "",
    (
        *(r.VALUE_USED, r.IN_PLACE, r.ATTRIBUTE_UNKNOWN, r.ATTRIBUTE_SPECIAL, r.DJANGO_SETTINGS, r.PASSED_ON),
        *(r.BINDING_TARGET, r.EVALUATION_ORDER, r.NESTED_FUNCTION, r.HELPER, r.FIXTURE_RETURNS, r.SETUP_TEARDOWN),
        *(r.MODULE_LEVEL, r.RESTORATION_ORDER, r.RESTORATION_UNCLEAR, r.LOCAL_IMPORT, r.NAME_TAKEN, r.NAME_REBOUND),
        *(r.UNDO_CALLED, r.COMMENT_OBJECTS, r.UNDO_ORDER),
    ),
    undoes="function",
)
CODEMOD = codemod_of(attribute.Attributes(), {"patch-dict": RULE, "write": RULE, "restoration": RULE}, reads_tree=True)
