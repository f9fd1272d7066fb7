"""Findings whose fix would remove a variable that a brittle test needs: they are not fixed."""

from __future__ import annotations

from collections.abc import Sequence

from codemods.context import Context, Setter
from codemods.python.source import Source
from codemods.registry import codemods_for
from codemods.rule import Finding, Rule
from isolator.engine.units import unit_of


def spared(findings: Sequence[Finding], source: Source, context: Context) -> list[Finding]:
    """The findings, those without a fix among them that a brittle test lives on, with all of their groups.

    Functions are identified by their names: each fix moves the lines of the code below.
    """
    rules = {rule.code: rule for codemod in codemods_for(context) for rule in codemod.rules}
    found = [(f, _needed(f, rules[f.code], source, context)) for f in findings]
    groups = {f.group: setter for f, setter in found if setter is not None}
    groups.pop(None, None)  # what is in no group goes with nothing
    return [_left(f, rules[f.code], setter or groups.get(f.group)) for f, setter in found]


def _needed(finding: Finding, rule: Rule, source: Source, context: Context) -> Setter | None:
    """Who sets what a brittle test needs and the fix would take back; None if nobody does."""
    if rule.undoes is None:
        return None
    if rule.undoes == "suite":
        return next((s for s in context.setters if s.variable in context.critical_env), None)
    function = unit_of(finding, source).rpartition("::")[2]
    for setter in context.setters:
        if function == _function_of(setter, source.path):
            return setter
        in_test = rule.undoes == "test" and finding.test == setter.test
        if in_test and setter.variable in finding.cells:
            return setter
    return None


def _function_of(setter: Setter, path: str) -> str | None:
    """The name of the function or method of this file that does it, or of the one around that.

    None if it is in another file, or was not seen.
    """
    if setter.file != path or setter.function is None:
        return None
    return setter.function.partition(".<locals>")[0].rpartition(".")[2]


def _left(finding: Finding, rule: Rule, setter: Setter | None) -> Finding:
    if setter is None or finding.fix is None:
        return finding
    name = setter.variable
    who = setter.test if rule.undoes == "suite" else "this"
    call = f'setenv("{name}", …)' if setter.state == "set" else f'delenv("{name}", raising=False)'
    needs = f"the test {setter.brittle} depends on {name} as left by {who}"
    return finding.refused("brittle", f"{needs}; first let it call monkeypatch.{call} itself")
