"""Tests that are written as steps: their names, marks or order say so."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from codemods.python.names import Function
from codemods.python.source import Source
from codemods.shared_objects.model import SEQUENCE, LeftError

_NUMBERED = re.compile(r"test_?(?:step)?_?\d+_\w+|test_?step_?\d+\w*", re.IGNORECASE)
# Marks of plugins that give tests an order, or let them depend on others.
_MARKS = re.compile(
    r"pytest\.mark\.(?:order|run|dependency|depends|incremental|first|second|third|last)(?:\(\))?$"
)
_SORTED = "sortTestMethodsUsing"
_SHOWN = 3


def check_steps(functions: Iterable[Function], cls: ast.ClassDef | None, source: Source) -> None:
    """Raises LeftError if the tests among some functions, or of a class, are evidently steps."""
    tests = [function for function in functions if function.name.startswith("test")]
    numbered = [test for test in tests if _NUMBERED.fullmatch(test.name)]
    marked = [test for test in tests if _is_marked(test, source)]
    whole = _SORTED in source.text or (cls is not None and _is_marked(cls, source))
    steps = tests if whole else marked or (numbered if len(numbered) > 1 else [])
    if steps:
        names = [test.name for test in steps]
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        raise LeftError(SEQUENCE, ", ".join(names[:_SHOWN]) + more)


def _is_marked(definition: Function | ast.ClassDef, source: Source) -> bool:
    names = (source.names.dotted(decorator) for decorator in definition.decorator_list)
    return any(name is not None and _MARKS.match(name) for name in names)
