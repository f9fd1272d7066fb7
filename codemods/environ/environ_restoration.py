"""A variable is saved and restored by hand, which monkeypatch makes obsolete.

## What it does

Finds a value that is saved (`os.environ.get`, `getenv`, `in`, `pop`, `copy()`, `dict(os.environ)`) and put back in a
`finally`, behind a `yield` or at the end of a test, inside a `patch.dict` block or alone. The writes become
monkeypatch calls and the restoration goes, with the name it was saved in (unless something else reads it) and the
comment that spoke of it. A `finally` keeps what else it does; an empty one goes, and its body is dedented.

## Why it makes tests flaky

Restoration by hand is easily wrong. `if saved: os.environ[key] = saved` leaves the variable behind when it was not set
before; without `finally` it is left behind whenever the test fails.

## Before

```python
def test_key_is_generated():
    saved = os.environ.get("SECRET_KEY")
    if "SECRET_KEY" in os.environ:
        del os.environ["SECRET_KEY"]
    try:
        assert SecurityConfig().secret_key
    finally:
        if saved:
            os.environ["SECRET_KEY"] = saved
```

## After

```python
def test_key_is_generated(monkeypatch):
    monkeypatch.delenv("SECRET_KEY", raising=False)
    assert SecurityConfig().secret_key
```

## Fix safety

The environment is the same at every statement up to the restoration. Where code behind the restoration could see it,
the change goes into `with monkeypatch.context() as m:` and ends where it ended before. A restoration that was wrong is
mended, and the finding says so.

## When it refuses

All changes in a function are rewritten or none, because they must be undone in the reverse order of doing.

- `restoration-order`: the `finally` goes on after the restoration, and code that may fail stands between the first
  change and the `try`, or ahead of the restoration. Restore first, and set the variable right before the `try`.
- `setup-teardown`: set up in one method and undone in another. Write an autouse fixture that uses monkeypatch.
- `helper`: some of the changes are restored and others outlive the call of the helper. Restore them all.
- `wide-fixture`: some of the changes must outlive the fixture. Let it yield in a `pytest.MonkeyPatch.context()`.
- `restoration-unclear`: a clean-up puts variables back, but it cannot be told which. Use monkeypatch in its place.
- `name-taken`: `monkeypatch` is a variable of its own in the function. Rename it.
- `undo-called`: the function calls `monkeypatch.undo()`. Use `monkeypatch.context()` for what it undoes.
- `undo-order`: something else in the function is left as it is, for the reason given there. Mend that first.
"""

from __future__ import annotations

from codemods.environ import refusals as r
from codemods.rule import Rule

RULE = Rule(
    "ISO103",
    "environ-restoration",
    __doc__ or "",
    (
        *(r.RESTORATION_ORDER, r.SETUP_TEARDOWN, r.HELPER, r.WIDE_FIXTURE),
        *(r.RESTORATION_UNCLEAR, r.NAME_TAKEN, r.UNDO_CALLED, r.UNDO_ORDER),
    ),
)
