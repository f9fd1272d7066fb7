"""Loggers that a test changes and nothing restores: levels, handlers, filters, `disable`.

`logger.setLevel`, `addHandler`, `addFilter`, `propagate`, `disabled`, `handlers`, `logging.disable`, and what
configures logging as a whole: `basicConfig`, `dictConfig`, `fileConfig`. A logger is what `logging.getLogger` gives,
or an attribute of a module that is called `log` or `logger`. What a `finally`, a tear-down, a clean-up, an autouse
fixture or the code after a `yield` puts back is fine.

## Why it makes tests flaky

Loggers are made once for the whole process. A level that stays up hides the records that later tests look for with
`caplog`, a handler that stays on writes to a stream that is closed by then, and `logging.disable` silences all of
them.

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

In a `TestCase` it is `self.addCleanup(logging.disable, logging.root.manager.disable)`. An attribute of a logger
that the module has a name for is set by MonkeyPatch: `LOG.propagate = False` becomes
`monkeypatch.setattr(LOG, "propagate", False)`. For a single level
`caplog.set_level(level, logger="name")` does the same, but it sets the level of what `caplog` records as well.

## Fix safety

The call itself stays as it is, so that all is the same in the test. After the test, or at the end of a fixture, the
logger is what it was before. A test that passed only because an earlier one had set a level may fail now, as it
always did on its own.

## When it refuses

- `logging-configured`: it changes many loggers at once. Have a conftest use the template `isolate_logging`, whose
  fixture puts levels, handlers, filters, `propagate` and `disabled` of all loggers back after each test.
- `in-place`: a list of handlers or filters is changed itself. Put a copy back by hand, or use that template.
- `unnamed`: the handler or filter that it adds has no name by which to take it off. Give it one.
- `name-unknown`: nothing that is imported leads to the getter. Import `logging` itself.
- `argument-unknown`: what it sets is worked out in its argument. Give that a name first.
- `helper`: the change persists after the helper returns. Make the helper a fixture that puts it back.
- `module-level`: it runs while the file is imported. Move it into a fixture that puts it back.
- `setup-teardown`: it is made in a set-up of pytest's, which has no clean-ups. Put it back in the tear-down, or write
  an autouse fixture.
- `given`: Hypothesis runs the test many times. Put it back in a `finally` inside the test.
- `signature`: pytest does not fill the parameters of the function, or not of this one alone. Let a fixture make the
  change.
- `nested-function`: it is made when a nested function runs. Move it into the test.
- `value-used`: it shares its line with something else, or stands in a condition. Give it a line of its own.
- `name-taken`: `request`, `partial` or `monkeypatch` is something else in the function. Rename that.
- `passed-on`: another test, which is named, reads what only this one makes. Let a fixture make it, and have both ask
  for that.
- `binding-target`: the attribute is assigned by a `for`, a `with` or unpacking. Assign to a plain name there, and set
  the attribute by itself.
- `evaluation-order`: it may show whether the value or the logger is computed first. Give the value a name first.
- `fixture-returns`: the change must last for the test, but the fixture returns. Let it yield inside
  `with pytest.MonkeyPatch.context() as monkeypatch:`.
- `restoration-order`: it is put back amid code that may fail or look. Change it right before the `try`.
- `restoration-unclear`: a clean-up changes the attribute, but it cannot be told to what it was. Use monkeypatch in its
  place.
- `local-import`: the new lines need `pytest` above the line on which the function imports it. Import it at the top of
  the file.
- `name-rebound`: a name that the function uses for the logger is reassigned. Use one name for one thing.
- `undo-called`: `monkeypatch.undo()` may run before the change ends. Use `monkeypatch.context()` for what it undoes.
- `comment-objects`: a comment in the function, or right above it, says that monkeypatch is not to be used. If it is out
  of date, take it out; else add `# isolator: ignore`.
- `undo-order`: something else in the function is left as it is, for the reason given there; or a patcher in it or
  around it changes the same attribute, and would end before this is undone. Change that first.
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
