"""All good rewrites that the tests know: the texts beside this file, and the cases of the rules on the environment."""

from __future__ import annotations

import importlib
from pathlib import Path

from tests.codemods import state
from tests.codemods.clean_ups.cases import CASES as CLEAN_UPS
from tests.isolator.rewrites.cases import CASES, Case

_LISTS = ("CASES", "ENTERED", "CRLF")
_OF_LOGGERS = ("LOGGER.propagate", "logger.handlers", "logger.disabled")


def pairs() -> list[Case]:
    """Each file before and after its rewrite, with a title of its own."""
    folder = Path(next(iter(state.__path__)))
    found = [*CASES]
    for path in sorted(folder.glob("cases_*.py")):
        module = importlib.import_module(f"{state.__name__}.{path.stem}")
        for cases in (getattr(module, name, []) for name in _LISTS):
            found += [
                Case(f"{path.stem} {case.name}", case.before, case.after, ())
                for case in cases
                if hasattr(case, "after") and case.before != case.after
            ]
    found += [Case(f"clean-ups, {name}", *texts, (), True, _OF_LOGGERS) for name, texts in CLEAN_UPS.items()]
    return list({(case.before, case.after): case for case in found}.values())
