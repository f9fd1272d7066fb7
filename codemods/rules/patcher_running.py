"""A test starts a `unittest.mock` patcher and does not reliably stop it.

Finds `patch(…).start()`, `patch.object`, `patch.multiple` and `patch.dict` that nothing stops, or that are stopped only
if nothing fails before. A patcher that is stopped in a `finally`, a tear-down, a clean-up, an autouse fixture, or by
`patch.stopall` in one of these, is fine. ISO101 handles `patch.dict` on the environment.

## Why it makes tests flaky

A patcher that keeps running replaces its target for all later tests: they see a mock where they expect the real object,
and whether they pass depends on the order. `patcher.stop()` at the end of a test does not run
when an assertion fails, so that one failure becomes many.

## Before

```python
class TestClient(TestCase):
    def setUp(self):
        self.get = patch("app.client.get").start()
```

## After

```python
class TestClient(TestCase):
    def setUp(self):
        get_patcher = patch("app.client.get")
        self.addCleanup(get_patcher.stop)
        self.get = get_patcher.start()
```

In a pytest test or fixture, `request.addfinalizer(get_patcher.stop)` is used instead. Stopping a patcher twice has no
effect, so an existing `stop()` may stay.

## Fix safety

The patched target is the same at every statement. After the test, or at the end of a fixture, it is as it was before.
A test that passed only because an earlier one had left a mock will now fail, as it always did alone.

## When it refuses

- `helper`: the change persists after the helper returns. Make the helper a fixture that restores the state.
- `module-level`: the code runs while the file is imported. Move it into a fixture that restores the state.
- `setup-teardown`: the change is in one of pytest's set-up methods, which have no clean-ups. Restore it in the
  tear-down, or write an autouse fixture.
- `given`: Hypothesis runs the test many times. Restore the state in a `finally` inside the test.
- `signature`: pytest does not pass the arguments of the function, or other code calls it too. Make the change in a
  fixture.
- `nested-function`: the change is made when a nested function runs. Move it into the test.
- `value-used`: it shares its line with other code, or is part of a condition. Put it on a separate line.
- `name-taken`: the function uses `request` or `partial` for something else. Rename that.
"""

from __future__ import annotations

from codemods.clean_ups import model as m
from codemods.clean_ups.changes import patchers
from codemods.clean_ups.codemod import codemod_of
from codemods.rule import Rule

RULE = Rule(
    "ISO405",
    "patcher-running",
    __doc__ or "",
    m.OF_HOSTS,
    undoes="test",
)
CODEMOD = codemod_of(RULE, patchers.may_start, patchers.LINES, patchers.look)
