"""Patchers of `unittest.mock` that are started and run on after the test.

`patch(…).start()`, `patch.object`, `patch.multiple` and `patch.dict` that nothing stops, or that are stopped only if
nothing fails before. A patcher that a `finally`, a tear-down, a clean-up, an autouse fixture or `patch.stopall` in
one of these stops is fine. `patch.dict` on the environment is of ISO101.

## Why it makes tests flaky

A patcher that runs on replaces its target for all tests after it: they see a mock where they expect the real thing,
and whether they run before or after decides whether they pass. `patcher.stop()` at the end of a test does not run
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

In a pytest test or fixture it is `request.addfinalizer(get_patcher.stop)`. To stop a patcher twice does nothing, so a
`stop()` that is there may stay.

## Fix safety

What is patched is the same at every statement. After the test, or at the end of a fixture, the target is what it was
before. A test that passed only because an earlier one had left a mock will fail now, as it always did on its
own.

## When it refuses

- `helper`: the change persists after the helper returns. Make the helper a fixture that puts it back.
- `module-level`: it runs while the file is imported. Move it into a fixture that puts it back.
- `setup-teardown`: it is made in a set-up of pytest's, which has no clean-ups. Put it back in the tear-down, or write
  an autouse fixture.
- `given`: Hypothesis runs the test many times. Put it back in a `finally` inside the test.
- `signature`: pytest does not fill the parameters of the function, or not of this one alone. Let a fixture make the
  change.
- `nested-function`: it is made when a nested function runs. Move it into the test.
- `value-used`: it shares its line with something else, or stands in a condition. Give it a line of its own.
- `name-taken`: `request` or `partial` is something else in the function. Rename that.
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
