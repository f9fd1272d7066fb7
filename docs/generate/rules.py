"""The pages about rules, and the list of refusals."""

from __future__ import annotations

import re
from collections.abc import Iterator

from codemods.registry import all_rules
from docs.generate.markdown import code, prose, table

_REFUSALS = """# Refusals

A *refusal* is a finding without a fix: isolator leaves code unchanged if it cannot be sure that the test still does the
same. The line of a finding ends with the code of the reason, in brackets. `isolator explain` prints this list."""
_ONLY_REPORTS = "This rule only reports: you need to decide which was intended."


def index() -> str:
    """The table of all rules."""
    rows = [(f"[{rule.code}]({rule.code}.md)", rule.name, rule.summary.rstrip(".")) for rule in all_rules()]
    return f"""# Rules

{table(("code", "name", "what it finds"), rows)}

`isolator rules` prints this table, and `isolator explain CODE` the page of a rule. A [refusal](../refusals.md) is a
finding that is not fixed. The [settings](../settings.md) tell the rules about your project.
"""


def pages() -> Iterator[tuple[str, str]]:
    """Each rule's code and its page, which is its docstring."""
    for rule in all_rules():
        advice = "For what to do about each refusal, see [refusals](../refusals.md)." if rule.refusals else ""
        off = f"To ignore this rule on a line: `# isolator: ignore[{rule.code}]`. Everywhere: `--ignore {rule.code}`."
        about = _linked(prose(rule.doc), rule.code)
        yield rule.code, f"# {rule.code} {rule.name}\n\n{about}\n\n---\n\n{off} {advice}"


def _linked(text: str, own: str) -> str:
    """The text with the codes of other rules as links, except what is code."""
    codes = "|".join(rule.code for rule in all_rules() if rule.code != own)
    parts = re.split(r"(^```.*?^```|`[^`\n]*`)", text, flags=re.MULTILINE | re.DOTALL)
    return "".join(re.sub(rf"\b({codes})\b", r"[\1](\1.md)", p) if n % 2 == 0 else p for n, p in enumerate(parts))


def refusals() -> str:
    """Every reason to leave a finding as it is, by rule."""
    parts = [_REFUSALS]
    for rule in all_rules():
        rows = [(code(refusal.code), refusal.advice) for refusal in rule.refusals]
        parts.append(f"## [{rule.code}](rules/{rule.code}.md) {rule.name}")
        parts.append(table(("reason", "what to do"), rows) if rows else _ONLY_REPORTS)
    return "\n\n".join(parts)
