"""What the README says is what the program does."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

from codemods.context import Context
from codemods.registry import all_rules
from isolator.cli import cli
from isolator.commands.demo import EXAMPLE
from isolator.engine import engine

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_every_rule_is_in_the_table() -> None:
    expected = [f"| {rule.code} | {rule.name} | {rule.summary.rstrip('.')} |" for rule in all_rules()]

    assert re.findall(r"^\| ISO.*$", README, re.MULTILINE) == expected


def test_the_diff_is_what_comes_of_the_example() -> None:
    (diff,) = blocks("diff")
    lines = [line or " " for line in diff.splitlines()]
    before = "\n".join(line[1:] for line in lines if line[0] != "+")
    after = "\n".join(line[1:] for line in lines if line[0] != "-")
    path = "tests/test_security_config.py"
    source = (EXAMPLE / path).read_bytes().replace(b"\r\n", b"\n")

    fixed = engine.rewrite(source, path, Context(), engine.Selection()).source

    assert before in source.decode()
    assert after in fixed.decode()


def test_the_first_page_of_the_documentation_shows_the_same() -> None:
    (diff,) = blocks("diff")
    page = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    shown = [textwrap.dedent(text) for text in re.findall(r"^    ```python\n(.*?)^    ```", page, re.M | re.S)]
    lines = [line or " " for line in diff.splitlines()]

    sides = ["".join(f"{line[1:]}\n" for line in lines if line[0] != sign) for sign in "+-"]

    assert shown == [textwrap.dedent(side) for side in sides]


def test_the_commands_exist() -> None:
    used = set(re.findall(r"(?:^|bin/)isolator (\w+)", "".join(blocks("sh")), re.MULTILINE))

    assert used == set(cli.commands)


def test_the_links_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", README)

    assert [link for link in links if not (ROOT / link).is_file()] == []
    assert len(links) > 20
