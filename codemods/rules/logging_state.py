"""A test changes loggers and nothing restores them: levels, handlers, filters, `disable`.

Finds `logger.setLevel`, `addHandler`, `addFilter`, `propagate`, `disabled`, `handlers`, `logging.disable`, and calls
that configure all of logging: `basicConfig`, `dictConfig`, `fileConfig`. A logger is the result of
`logging.getLogger`, or an attribute of a module that is called `log` or `logger`. Changes that a `finally`, a
tear-down, a clean-up, an autouse fixture or the code after a `yield` restores are fine.

## Why it makes tests flaky

Loggers are created once for the whole process. A level that stays raised hides the records that later tests look for
with `caplog`, a handler that is not removed writes to a stream that may be closed by then, and `logging.disable`
silences all loggers.

## Before

```python
def test_quiet():
    logging.disable(logging.CRITICAL)
    assert run()
```

## After

```python
from functools import partial


def test_quiet(request):
    request.addfinalizer(partial(logging.disable, logging.root.manager.disable))
    logging.disable(logging.CRITICAL)
    assert run()
```

In a `TestCase` the line is `self.addCleanup(logging.disable, logging.root.manager.disable)`. An attribute of a logger
that the module has a name for is set with MonkeyPatch: `LOG.propagate = False` becomes
`monkeypatch.setattr(LOG, "propagate", False)`. For a single level, `caplog.set_level(level, logger="name")` does the
same, but also sets the level of the records that `caplog` captures.

## Fix safety

The call itself stays, so the test does the same. After the test, or at the end of a fixture, the
logger is as it was before. A test that passed only because an earlier one had set a level may now fail, as it
always did alone.

## When it refuses

- `logging-configured`: it changes many loggers at once. Use the template `isolate_logging` in a conftest: its
  fixture restores levels, handlers, filters, `propagate` and `disabled` of all loggers after each test.
- `in-place`: a list of handlers or filters is itself changed. Restore a copy by hand, or use that template.
- `unnamed`: the added handler or filter has no name, so it cannot be removed. Assign it to a name.
- `name-unknown`: no imported name leads to the getter. Import `logging` itself.
- `argument-unknown`: an expression in the argument decides what it sets. Assign it to a name first.
- `helper`: the change persists after the helper returns. Make the helper a fixture that restores the state.
- `module-level`: the code runs while the file is imported. Move it into a fixture that restores the state.
- `setup-teardown`: the change is in one of pytest's set-up methods, which have no clean-ups. Restore it in the
  tear-down, or write an autouse fixture.
- `given`: Hypothesis runs the test many times. Restore the state in a `finally` inside the test.
- `signature`: pytest does not pass the arguments of the function, or other code calls it too. Make the change in a
  fixture.
- `nested-function`: the change is made when a nested function runs. Move it into the test.
- `value-used`: it shares its line with other code, or is part of a condition. Put it on a separate line.
- `name-taken`: the function uses `request`, `partial` or `monkeypatch` for something else. Rename that.
- `passed-on`: another test, which the message names, reads state that only this test creates. Create it in a fixture
  that both tests request.
- `binding-target`: the attribute is assigned by a `for`, a `with` or unpacking. Assign to a plain name there, and set
  the attribute in a separate statement.
- `evaluation-order`: the order in which the value and the logger are computed may matter. Assign the value to a name
  first.
- `fixture-returns`: the change must last for the test, but the fixture returns. Let it yield inside
  `with pytest.MonkeyPatch.context() as monkeypatch:`.
- `restoration-order`: code next to the restoration may fail, or may read the state. Make the change right before the
  `try`.
- `restoration-unclear`: a clean-up changes the attribute, but it is not clear that it restores the old value. Use
  monkeypatch instead.
- `local-import`: the new lines need `pytest` before the function imports it. Import it at the top of the file.
- `name-rebound`: a name that the function uses for the logger is reassigned. Use a different name.
- `undo-called`: `monkeypatch.undo()` may run before the change ends. Use `monkeypatch.context()` for the changes that
  it undoes.
- `comment-objects`: a comment in the function, or right above it, says not to use monkeypatch. If it is out of date,
  delete it; otherwise add `# isolator: ignore`.
- `undo-order`: another change in the function is not rewritten, for the reason given there; or a patcher in the
  function or around it changes the same attribute, and would end before this change is undone. Rewrite that first.
"""

from __future__ import annotations

from codemods.clean_ups import model as m
from codemods.clean_ups.changes import loggers
from codemods.clean_ups.codemod import codemod_of as registering
from codemods.rule import Rule
from codemods.state.codemod import codemod_of
from codemods.state.kinds.logger import LoggerAttributes
from codemods.state.model import refusals as r

RULE = Rule(
    "ISO406",
    "logging-state",
    __doc__ or "",
    (
        *(m.LOGGING_CONFIGURED, m.IN_PLACE, m.UNNAMED, m.NAME_UNKNOWN, m.ARGUMENT_UNKNOWN, *m.OF_HOSTS),
        *(r.PASSED_ON, r.BINDING_TARGET, r.EVALUATION_ORDER, r.FIXTURE_RETURNS, r.RESTORATION_ORDER),
        *(r.RESTORATION_UNCLEAR, r.LOCAL_IMPORT, r.NAME_REBOUND, r.UNDO_CALLED, r.COMMENT_OBJECTS, r.UNDO_ORDER),
    ),
    undoes="function",
)
_RULES = {"patch-dict": RULE, "write": RULE, "restoration": RULE}
CODEMODS = (
    codemod_of(LoggerAttributes(), _RULES),
    registering(RULE, loggers.may_change, loggers.LINES, loggers.look),
)
