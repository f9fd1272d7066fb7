"""Settings of the process that a test changes and nothing restores: seeds, signals, locale, limits.

Calls of functions that have a getter: `random.seed`, `numpy.random.seed`, `locale.setlocale`, `signal.signal`,
`socket.setdefaulttimeout`, `sys.setrecursionlimit`, `pandas.set_option`, `torch.set_default_dtype` and others, and the
attributes of `decimal.getcontext()`. What a `finally`, a tear-down, a clean-up, an autouse fixture or the code after a
`yield` puts back is fine, and so are context managers (`with pandas.option_context(…)`). Warnings are pytest's to
restore.

## Why it makes tests flaky

What is set stays for the rest of the run. A test that sets a seed, a locale or a time limit decides for all tests
after it, so that these pass in one order and fail in another.

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

In a `TestCase` it is `self.addCleanup(random.setstate, random.getstate())`.

## Fix safety

The call itself stays as it is, so that all is the same in the test. After the test, or at the end of a fixture, the
setting is what it was before. A test that passed only because an earlier one had set a seed may fail now: `isolator
confirm` tells.

## When it refuses

- `no-getter`: nothing tells what it was before (`os.umask`, `asyncio.set_event_loop`), or it must be put back after
  something else (`time.tzset` after `TZ`). Let a fixture set it, yield, and put a known value back.
- `argument-unknown`: which option or signal it sets is worked out in its argument. Give that a name first.
- `name-unknown`: nothing that is imported leads to the getter. Import the module itself.
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
