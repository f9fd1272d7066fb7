"""A test sets an attribute of a module, a class or an object that outlives it.

## What it does

Finds `module.x = v`, `Class.x = v`, `app.config.debug = v`, `setattr(module, "x", v)`, `del module.x` and
`module.x += 1` in tests, fixtures and helpers, where the owner is what an import or a name of the module denotes, or is
reached from it through attributes; with and without a restoration by hand (in a `finally`, after a `yield`, in a
tear-down or by `addCleanup`). It becomes `monkeypatch.setattr(module, "x", v)` or `delattr`; the restoration goes. In a
`unittest.TestCase` the MonkeyPatch is made on the spot and undone by `addCleanup`.

`raising=False` is added where the attribute may not be there yet: neither the source tree nor the test file defines it,
and nothing in the function has read or set it before.

What ends with the test is no finding: attributes of arguments, of what a call returned, of mocks, of `self`; nor is a
write that is all that `with pytest.raises(…)` holds, for it fails. Neither is what code around the test resets or puts
back anyway, in whatever form: a `finally`, a clean-up, a tear-down, an `__exit__`, what these call, an autouse fixture
of the file or of a conftest above. A conftest that sets something for the whole session is left alone. Attributes of
`sys` and of loggers are left to other rules.

## Why it makes tests flaky

Modules and classes are made once for all tests. A test that leaves an attribute changed changes what later tests find,
and whether these pass depends on the order. A restoration by hand that does not stand in a `finally` is skipped when an
assertion fails, so that one failure becomes many; and a `staticmethod` that is read from its class and put back is a
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

The attribute is the same at every statement, up to the point where it used to be restored. After the test it is what it
was before the first change, so a *brittle* test that passed only because an earlier test had left it changed will now
fail, as it always did on its own.

On an instance, what is undone is set on the instance itself, even if it had been its class's before.

## When it refuses

All changes in a function are rewritten or none, because they must be undone in the reverse order of doing.

- `value-used`: the change is part of an expression, or its targets are not all of one kind. Write it as a statement of
  its own.
- `in-place`: `module.x += value` may change the object itself, which no undoing takes back. Set a new value.
- `attribute-unknown`: which attribute `setattr` sets is decided at run time. Write its name.
- `attribute-special`: it changes what the object is (`__class__`, `__name__`, …), or is an attribute of a class with a
  metaclass, which may see to it. Use an object of its own.
- `django-settings`: Django's settings are a proxy. Use `override_settings`, or the fixture `settings` of pytest-django.
- `passed-on`: another test, which is named, reads what only this one makes. Let a fixture make it, and have both ask
  for that.
- `binding-target`: the attribute is assigned by a `for`, a `with` or unpacking. Assign to a plain name there, and set
  the attribute by itself.
- `evaluation-order`: it may show whether the value or the owner is computed first. Give the value a name first.
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
- `restoration-unclear`: a clean-up changes the attribute, but it cannot be told to what it was. Use monkeypatch in its
  place.
- `local-import`: the new lines need `pytest` above the line on which the function imports it. Import it at the top of
  the file.
- `name-taken`: `monkeypatch` is a variable of its own in the function. Rename it.
- `name-rebound`: a name that the function uses for the owner is reassigned. Use one name for one thing.
- `undo-called`: `monkeypatch.undo()` may run before the change ends. Use `monkeypatch.context()` for what it undoes.
- `comment-objects`: a comment in the function, or right above it, says that monkeypatch is not to be used. If it is out
  of date, take it out; else add `# isolator: ignore`.
- `undo-order`: something else in the function is left as it is, for the reason given there; or a patcher in it or
  around it changes the same attribute, and would end before this is undone. Change that first.
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
