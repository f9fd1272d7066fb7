"""A test changes settings of the process and nothing restores them: seeds, signals, locale, limits.

Finds calls of functions that have a getter: `random.seed`, `numpy.random.seed`, `locale.setlocale`, `signal.signal`,
`socket.setdefaulttimeout`, `sys.setrecursionlimit`, `pandas.set_option`, `torch.set_default_dtype` and others, and
writes to attributes of `decimal.getcontext()`. Changes that a `finally`, a tear-down, a clean-up, an autouse fixture
or the code after a `yield` restores are fine, and so are context managers (`with pandas.option_context(…)`). pytest
itself restores warnings.

## Why it makes tests flaky

The setting stays for the rest of the run. A seed, a locale or a time limit that one test sets affects all later
tests, so that these pass in one order and fail in another.

## Before

```python
def test_shuffle():
    random.seed(7)
    assert shuffled([1, 2, 3]) == [2, 1, 3]
```

## After

```python
from functools import partial


def test_shuffle(request):
    request.addfinalizer(partial(random.setstate, random.getstate()))
    random.seed(7)
    assert shuffled([1, 2, 3]) == [2, 1, 3]
```

In a `TestCase` the line is `self.addCleanup(random.setstate, random.getstate())`.

## Fix safety

The call itself stays, so the test does the same. After the test, or at the end of a fixture, the
setting is as it was before. A test that passed only because an earlier one had set a seed may now fail: `isolator
confirm` shows it.

## When it refuses

- `no-getter`: the old value cannot be read (`os.umask`, `asyncio.set_event_loop`), or it must be restored after
  something else (`time.tzset` after `TZ`). Write a fixture that sets it, yields, and restores a known value.
- `argument-unknown`: an expression in the argument decides which option or signal it sets. Assign it to a name first.
- `name-unknown`: no imported name leads to the getter. Import the module itself.
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
from codemods.clean_ups.changes import process_settings
from codemods.clean_ups.codemod import codemod_of
from codemods.rule import Rule

RULE = Rule(
    "ISO407",
    "process-setting",
    __doc__ or "",
    (m.NO_GETTER, m.ARGUMENT_UNKNOWN, m.NAME_UNKNOWN, *m.OF_HOSTS),
    undoes="test",
)
CODEMOD = codemod_of(RULE, process_settings.may_set, process_settings.LINES, process_settings.look)
