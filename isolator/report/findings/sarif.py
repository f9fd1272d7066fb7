"""The findings as SARIF 2.1.0, which code scanning services and editors read.

One log with one run: the rules with their documentation, a result for each finding, and a notification for each file
that failed. https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from codemods.python.source import Span
from codemods.registry import all_rules
from codemods.rule import Finding, Rule
from isolator.engine.batch import Outcome
from isolator.project.installed_rules import usable
from isolator.report.findings.fingerprints import fingerprints
from isolator.report.findings.replacements import Part, replacements
from isolator.report.findings.reported import FAILED, FAILED_NAME, Alone, in_tree, reported
from isolator.system.visible import count

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_TOP = "%SRCROOT%"
_Object = dict[str, Any]


def sarif(outcomes: Iterable[Outcome], *, written: bool = False, alone: Alone | None = None) -> str:
    """The log; ``written`` leaves out the findings that were fixed.

    ``alone`` works out a rewrite without some units, as ``Scan.without`` does; with it, each finding that the rewrite
    fixes is given what fixes it and, unless there are many in a file, nothing else. File names and code that are not
    Unicode are escaped.
    """
    extensions, _ = usable()
    rules = all_rules(extensions)
    index = {rule.code: number for number, rule in enumerate(rules)}
    failures: list[_Object] = []
    results: list[_Object] = []
    for outcome in outcomes:
        failures += [_failure(outcome, error) for error in outcome.errors]
        results += _results(outcome, written, alone, index)
    run = {
        "tool": {"driver": _driver(rules)},
        "invocations": [{"executionSuccessful": not failures, "toolExecutionNotifications": failures}],
        "originalUriBaseIds": {_TOP: {"description": {"text": "The top of the working tree."}}},
        "columnKind": "unicodeCodePoints",
        "newlineSequences": ["\r\n", "\n", "\r"],
        "results": results,
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _driver(rules: Sequence[Rule]) -> _Object:
    return {
        "name": "isolator",
        "version": version("pytest-isolator"),
        "rules": [_rule(rule) for rule in rules],
        "notifications": [
            {
                "id": FAILED,
                "name": FAILED_NAME,
                "shortDescription": {"text": "A file that could not be checked or fixed"},
            }
        ],
    }


def _rule(rule: Rule) -> _Object:
    paragraphs = [each for each in rule.doc.strip().split("\n\n") if not each.startswith("#")]
    about = " ".join("\n".join(paragraphs[:2]).split())
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": about},
        "help": {"text": rule.doc.strip(), "markdown": rule.doc.strip()},
        "defaultConfiguration": {"level": "warning"},
    }


def _failure(outcome: Outcome, error: str) -> _Object:
    return {
        "descriptor": {"id": FAILED, "index": 0},
        "level": "error",
        "message": {"text": error},
        "locations": [{"physicalLocation": {"artifactLocation": _artifact(outcome)}}],
    }


def _results(outcome: Outcome, written: bool, alone: Alone | None, index: dict[str, int]) -> Iterator[_Object]:
    found = reported(outcome, written)
    if not found:
        return
    fixes = replacements(outcome, alone) if alone is not None and not written else {}
    for finding, fingerprint in zip(found, fingerprints(outcome, found), strict=True):
        result = {
            "ruleId": finding.code,
            "ruleIndex": index[finding.code],
            "level": "warning",
            "message": {"text": finding.message},
            "locations": [_location(outcome, finding)],
            "partialFingerprints": {"isolator/v1": fingerprint},
        }
        if finding in fixes:
            others = sum(parts is fixes[finding] for parts in fixes.values()) - 1
            result["fixes"] = [_fix(outcome, finding, fixes[finding], others)]
        yield result


def _location(outcome: Outcome, finding: Finding) -> _Object:
    place = {"artifactLocation": _artifact(outcome), "region": _region(finding.span)}
    location: _Object = {"physicalLocation": place}
    if finding.test is not None:
        location["logicalLocations"] = [{"fullyQualifiedName": finding.test, "kind": "function"}]
    return location


def _fix(outcome: Outcome, finding: Finding, parts: Sequence[Part], others: int) -> _Object:
    more = f" and of {count(others, 'other finding')}" if others else ""
    safety = "" if finding.fix == "safe" else " (unsafe: it may change what a test does)"
    changes = [{"deletedRegion": _region(span), "insertedContent": {"text": text}} for span, text in parts]
    return {
        "description": {"text": f"The change by `isolator fix`{more}{safety}"},
        "artifactChanges": [{"artifactLocation": _artifact(outcome), "replacements": changes}],
    }


def _region(span: Span) -> _Object:
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }


def _artifact(outcome: Outcome) -> _Object:
    """Where a file is: below the top of the working tree, or, if it lies elsewhere, on this machine."""
    path = in_tree(outcome.file.path)
    uri = quote(os.fsencode(path))
    if not Path(path).is_absolute():
        return {"uri": uri, "uriBaseId": _TOP}
    return {"uri": f"file://{'' if uri.startswith('/') else '/'}{uri}"}
