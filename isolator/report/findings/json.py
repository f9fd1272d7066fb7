"""The findings as JSON: one list of objects, for other programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from textwrap import indent
from typing import Any, Literal, TypedDict, get_type_hints

from codemods.rule import Finding
from isolator.engine.batch import Outcome
from isolator.report.findings.reported import FAILED, FAILED_NAME
from isolator.system.files.stored import UnusableError, has, read_document

_Fix = Literal["applied", "available", "unsafe"] | None


class Entry(TypedDict):
    """One finding, or (with code ISO000) one file that failed. Lines and columns count from 1, the end is exclusive."""

    code: str
    name: str
    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    test: str | None
    message: str
    fix: _Fix
    refusal: str | None


def to_json(outcomes: Iterable[Outcome], *, written: bool = False) -> Iterator[str]:
    """All findings of all files, in their order, as the outcomes come: the parts of one document.

    ``written`` says that the files are as the rewrite left them.
    """
    before = "[\n"
    for outcome in outcomes:
        for each in _entries(outcome, written):
            yield before + indent(json.dumps(each, indent=2), "  ")
            before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def read_entries(path: Path) -> list[Entry]:
    """The findings in a file that ``to_json`` made; none if the file does not exist, or another program made it."""
    try:
        return read_document(path, _entries_among, "is not a list of findings")
    except UnusableError:
        return []


def _entries_among(document: Any) -> list[Entry]:  # noqa: ANN401
    kinds = get_type_hints(Entry)
    return [each for each in document if has(each, kinds)] if isinstance(document, list) else []


def error_entry(path: str, message: str) -> Entry:
    """The object of a file that failed."""
    return Entry(
        code=FAILED,
        name=FAILED_NAME,
        path=path,
        line=1,
        column=1,
        end_line=1,
        end_column=1,
        test=None,
        message=message,
        fix=None,
        refusal=None,
    )


def _entries(outcome: Outcome, written: bool) -> Iterator[Entry]:
    path = outcome.file.path
    yield from (error_entry(path, error) for error in outcome.errors)
    entries = [entry(path, finding, _possible_fix(finding)) for finding in outcome.left]
    fixed: _Fix = "applied" if written and outcome.error is None else "available"
    entries += [entry(path, finding, fixed) for finding in outcome.fixed]
    yield from sorted(entries, key=lambda each: (each["line"], each["column"], each["code"]))


def _possible_fix(finding: Finding) -> _Fix:
    if finding.refusal is not None or finding.fix is None:
        return None
    return "available" if finding.fix == "safe" else "unsafe"


def entry(path: str, finding: Finding, fix: _Fix) -> Entry:
    """The object of a finding in a file."""
    line, column, end_line, end_column = finding.span
    return Entry(
        code=finding.code,
        name=finding.name,
        path=path,
        line=line,
        column=column,
        end_line=end_line,
        end_column=end_column,
        test=finding.test,
        message=finding.message,
        fix=fix,
        refusal=finding.refusal,
    )
