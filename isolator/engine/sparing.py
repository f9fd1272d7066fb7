"""Findings whose fix would take away a variable that a brittle test needs: they are left as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from codemods.context import Context, Setter
from codemods.rule import Finding
from codemods.source import Source
from isolator.engine.units import unit_of

_MENDS_A_WRITE = ("ISO102", "ISO103", "ISO104")


def spared(findings: Sequence[Finding], source: Source, context: Context) -> list[Finding]:
    """The findings, those without a fix among them that a brittle test lives on, with all of their groups.

    Functions are told by their names: what is mended first moves the lines of what is mended next.
    """
    found = [(finding, _needed(finding, source, context)) for finding in findings]
    groups = {finding.group: setter for finding, setter in found if setter is not None and finding.group is not None}
    return [_left(f, setter or (groups.get(f.group) if f.group is not None else None)) for f, setter in found]


def _needed(finding: Finding, source: Source, context: Context) -> Setter | None:
    if finding.code == "ISO301":
        return next((s for s in context.setters if s.variable in context.critical_env), None)
    if finding.code not in _MENDS_A_WRITE:
        return None
    function = unit_of(finding, source).rpartition("::")[2]
    for setter in context.setters:
        if setter.file == source.path and setter.function is not None and function == _outermost(setter.function):
            return setter
        if finding.code == "ISO104" and finding.test == setter.test and setter.variable in finding.cells:
            return setter
    return None


def _outermost(function: str) -> str:
    """The name of a function or method, or of the one that it is defined in, from its qualified name."""
    return function.partition(".<locals>")[0].rpartition(".")[2]


def _left(finding: Finding, setter: Setter | None) -> Finding:
    if setter is None or finding.fix is None:
        return finding
    name = setter.variable
    who = setter.test if finding.code == "ISO301" else "this"
    call = f'setenv("{name}", …)' if setter.state == "set" else f'delenv("{name}", raising=False)'
    advice = f"the test {setter.brittle} needs {name} as {who} leaves it; first let it call monkeypatch.{call} itself"
    return replace(finding, fix=None, refusal="brittle", message=f"{finding.message}; left as it is: {advice}")
