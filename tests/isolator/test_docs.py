"""What the documentation says is what the program does, and its generated pages are current."""

from __future__ import annotations

import dataclasses
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from codemods.registry import all_rules
from docs.generate import __main__ as generate
from docs.generate import kinds
from docs.generate.markdown import prose
from isolator.cli import cli, split_words
from isolator.project.settings import find_settings
from isolator.project.tables.gate import KINDS

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
# Where the shell's own words begin: a comment, a redirection, another command.
SHELL = re.compile(r"\s(?:[|<>;]|&&|\|\||2>|#)(?:\s.*)?$|\s*>+\s*\S+")


def blocks(path: Path, languages: str) -> list[str]:
    text = path.read_text(encoding="utf-8")
    return re.findall(rf"^ *```(?:{languages})\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)


def commands(path: Path) -> Iterator[str]:
    """What a page has the reader type that begins with `isolator`, without what is the shell's."""
    text = (
        "\n".join(blocks(path, "sh|console|yaml"))
        + "\n"
        + "\n".join(re.findall(r"`(isolator [^`\n]+)`", text_of(path)))
    )
    for found in re.finditer(r"(?m)^[ $]*(?:- run: |- )?(?:\S*bin/)?(isolator .*)$", text):
        yield SHELL.split(re.sub(r"\$(\w+|\{\{.*?\}\})", "1", found[1]), maxsplit=1)[0]  # what a workflow fills in


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_the_generated_pages_are_current() -> None:
    command = [sys.executable, "-m", "docs.generate", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def test_a_stale_page_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generate, "_DOCS", tmp_path)
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0
    assert capsys.readouterr().err == ""
    written = {path: path.read_bytes() for path in tmp_path.rglob("*.md")}
    page = tmp_path / "reference" / "commands.md"
    page.write_text("old")
    (tmp_path / "reference" / "rules" / "ISO999.md").write_text("of a rule that is gone")

    assert generate.main(["--check"]) == 1

    assert capsys.readouterr().err == (
        "docs/reference/commands.md is not current; run `python -m docs.generate`\n"
        "docs/reference/rules/ISO999.md is about what there is not any more; run `python -m docs.generate`\n"
    )
    assert generate.main([]) == 0
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.md")} == written


def test_every_command_and_option_has_its_place() -> None:
    text = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    for name, command in cli.commands.items():
        section = text.partition(f"## isolator {name}\n")[2].partition("\n## ")[0]
        options = [o for p in command.params if isinstance(p, click.Option) for o in p.opts]

        assert [option for option in options if f"`{option}" not in section] == []


def test_every_refusal_has_its_line() -> None:
    text = (ROOT / "docs" / "reference" / "refusals.md").read_text(encoding="utf-8")
    for rule in all_rules():
        section = text.partition(f"## [{rule.code}]")[2].partition("\n## ")[0]

        assert [r.code for r in rule.refusals] == re.findall(r"^\| `([\w-]+)`", section, re.MULTILINE)


@pytest.mark.parametrize("path", PAGES, ids=[path.relative_to(ROOT).as_posix() for path in PAGES])
def test_the_commands_are_understood(path: Path) -> None:
    for line in commands(path):
        name, *words = shlex.split(line)[1:] or ["--help"]
        if name.startswith("-"):
            continue
        assert name in cli.commands, line
        ours, _ = split_words([name, *words])
        above = click.Context(cli, info_name="isolator", **cli.context_settings)
        cli.commands[name].make_context(name, ours[1:], parent=above)  # raises for an option that there is not


def test_commands_are_found() -> None:
    found = {line for path in PAGES for line in commands(path)}

    assert {shlex.split(line)[1] for line in found if " " in line} >= set(cli.commands)
    assert len(found) > 40


@pytest.mark.parametrize("path", PAGES, ids=[path.relative_to(ROOT).as_posix() for path in PAGES])
def test_the_settings_are_accepted(path: Path, tmp_path: Path) -> None:
    for text in blocks(path, "toml"):
        shared = re.search(r"^\[+tool\.", text, re.MULTILINE)
        for name in ("pyproject.toml", "isolator.toml"):
            (tmp_path / name).unlink(missing_ok=True)
        (tmp_path / ("pyproject.toml" if shared else "isolator.toml")).write_text(text, encoding="utf-8")

        assert find_settings(tmp_path) is not None


def test_every_setting_is_in_the_reference(tmp_path: Path) -> None:
    (text,) = blocks(ROOT / "docs" / "reference" / "settings.md", "toml")
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")

    settings = find_settings(tmp_path)

    assert settings is not None
    assert list(unset(settings)) == []
    own = tmp_path / "isolator.toml"
    own.write_text(text.replace("[tool.isolator]\n", "").replace("[tool.isolator.", "["), encoding="utf-8")
    (tmp_path / "pyproject.toml").unlink()
    assert find_settings(tmp_path) == dataclasses.replace(settings, file=own)


def unset(value: object) -> Iterator[str]:
    """The fields of settings that hold nothing: keys that the example lacks."""
    if isinstance(value, tuple):
        for each in value:
            yield from unset(each)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            inner = getattr(value, field.name)
            if not inner:
                yield f"{type(value).__name__}.{field.name}"
            yield from unset(inner)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A ``name``.", "A `name`."),
        ("One:\n\n    code = 1\n\n    more = 2\n\nTwo.", "One:\n\n```py\ncode = 1\n\nmore = 2\n```\n\nTwo."),
        ("Two:\n- an item\n  that goes on\n\n    and on", "Two:\n- an item\n  that goes on\n\n    and on"),
        ("```python\nif a:\n    b\n```", "```python\nif a:\n    b\n```"),
        ("One:\n\n    code\nTwo.", "One:\n\n```py\ncode\n```\nTwo."),
    ],
)
def test_prose(text: str, expected: str) -> None:
    assert prose(text, "py") == expected


def test_the_menu_names_every_rule() -> None:
    menu = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    lines = re.findall(r"- (ISO\d+) ([\w-]+): reference/rules/(\w+)\.md$", menu, re.MULTILINE)
    assert lines == [(rule.code, rule.name, rule.code) for rule in all_rules()]


def test_the_menu_names_every_kind_of_state() -> None:
    menu = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    names = re.findall(r"- \w+: reference/kinds/(\w+)\.md$", menu, re.MULTILINE)

    assert names == [name for name, _ in kinds.pages()]


def test_a_page_of_a_kind_has_the_names_of_its_places() -> None:
    pages = dict(kinds.pages())

    assert {"os.getcwd()", "sys.path", "signal.getsignal(SIGTERM)", "threading.enumerate()"} <= set(
        re.findall(r"^- `(.*)`$", pages["process"], re.MULTILINE)
    )
    assert 'logging.getLogger("app").handlers' in pages["loggers"]
    assert all(name in pages[name] for name in KINDS)


def test_the_figures_of_what_was_measured_add_up() -> None:
    """The causes are those of all tests; what was not fixed is told of each."""
    page = text_of(ROOT / "docs" / "explanation" / "measured.md")
    causes, reasons = page.partition("| cause |")[2].partition("## The judge")[0], page.partition("| why |")[2]
    total = int(re.findall(r"\*\*(\d+) tests of \d+ projects", page)[0])
    named = int(re.findall(r"\d+ of \d+ fixed, (\d+) named", page)[0])

    assert sum(map(int, re.findall(r"\| (\d+) \|$", causes, re.MULTILINE))) == total
    assert sum(map(int, re.findall(r"^\| [^|]+ \| (\d+)\b", reasons, re.MULTILINE))) == named
