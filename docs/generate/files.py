"""The page about the files that isolator writes and the JSON that it prints, from the modules that write them."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import ModuleType
from typing import Literal, get_args, get_origin, get_type_hints

from docs.generate.markdown import code, prose, table
from isolator.evidence import model as evidence
from isolator.pytest_runs import document as confirm_json
from isolator.repair import history as changes
from isolator.report.findings import json as findings
from isolator.report.runs import deflake

_INTRODUCTION = """# File formats

These files and outputs can be read by programs. All are JSON in UTF-8. `.isolator/` is a folder at the root of your
project that git ignores. A file whose `version` is unknown to the installed isolator is refused."""
_CONFIRM = "The result of `isolator confirm`; also printed by `--output-format json`, and read by `--compare`."
_EVIDENCE = "The evidence of `isolator observe`; also printed by `--output-format json`, and read by `check` and `fix`."
_FIXES = """The findings that the latest `isolator fix --write` or `isolator deflake` fixed, for the summary of
`isolator confirm`: a list of [findings](#findings). `fix` writes it if `.isolator/` exists."""
_CHANGES = """The files that the latest `isolator fix --write` or `isolator deflake` changed, up to 200 of them, for the
page that `isolator confirm --html FILE` writes. It is written with `fixes.json`."""
_FINDINGS = "`isolator check --output-format json` and `isolator fix --output-format json` print a list of objects."
_DEFLAKE = "`isolator deflake --output-format json` prints an object."
_VALUES = """`test` is a node id, or null if the finding belongs to no test. An `"available"` fix is a safe one.
`refusal` is the code of the [reason](refusals.md) why there is no fix; null if there is a fix, and for a rule that
only reports."""
_WORDS = {str: "string", int: "integer", float: "number", bool: "true or false", type(None): "null"}


def page() -> str:
    """The formats, the most used first."""
    rows = (evidence.WatchedRun, evidence.Leak, evidence.Edge, evidence.Assumed, evidence.Cache)
    parts = [
        *(_INTRODUCTION, "## Findings", _FINDINGS, *_about_class(findings.Entry), _VALUES),
        *("## .isolator/confirm.json", _CONFIRM, _about(confirm_json)),
        *("## .isolator/evidence.json", _EVIDENCE, _about(evidence)),
        *(part for cls in (*rows, evidence.Initializer, evidence.Hang, evidence.Inherited) for part in _class(cls)),
        *("## .isolator/fixes.json", _FIXES),
        *("## .isolator/changes.json", _CHANGES, _about(changes)),
        *("## isolator deflake", _DEFLAKE, _about(deflake)),
    ]
    return "\n\n".join(parts)


def _about(module: ModuleType) -> str:
    """A module's docstring without its first line, which is about the module."""
    return prose(inspect.cleandoc(module.__doc__ or "").partition("\n")[2], "text")


def _class(cls: type) -> Iterator[str]:
    yield f"### {cls.__name__}"
    yield from _about_class(cls)


def _about_class(cls: type) -> Iterator[str]:
    yield prose(cls.__doc__ or "")
    yield table(("field", "value"), [(code(name), _value(hint)) for name, hint in get_type_hints(cls).items()])


def _value(hint: object) -> str:
    """A type in the words of JSON."""
    if hint in _WORDS:
        return _WORDS[hint]
    if get_origin(hint) is Literal:
        return " or ".join(f'`"{choice}"`' for choice in get_args(hint))
    if get_origin(hint) is tuple:
        return f"list: {_value(get_args(hint)[0])}, any number of times"
    return " or ".join(_value(choice) for choice in get_args(hint))
