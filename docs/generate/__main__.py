"""``python -m docs.generate`` writes the generated pages of docs/; with ``--check`` it says which are not current."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from docs.generate import api, commands, files, kinds, rules, settings

_DOCS = Path(__file__).parents[1]
_RULES = "reference/rules"
_KINDS = "reference/kinds"
_COMMAND = "python -m docs.generate"
_MARK = f"<!-- Made by `{_COMMAND}`: change the docstrings that it is made from, not this page. -->"


def pages() -> dict[str, str]:
    """Every generated page: its path below docs/, and its text."""
    found = {
        "reference/commands.md": commands.page(),
        "reference/settings.md": settings.page(),
        "reference/refusals.md": rules.refusals(),
        "reference/files.md": files.page(),
        "reference/api.md": api.page(),
        f"{_RULES}/index.md": rules.index(),
        f"{_KINDS}/index.md": kinds.index(),
    }
    found |= {f"{_RULES}/{code}.md": text for code, text in rules.pages()}
    found |= {f"{_KINDS}/{name}.md": text for name, text in kinds.pages()}
    return {path: f"{_MARK}\n\n{text.strip()}\n" for path, text in found.items()}


def main(arguments: list[str]) -> int:
    """Write the pages, or check them: 0 if all is well, 1 if a page is stale, 2 for other words."""
    if arguments not in ([], ["--check"]):
        sys.stderr.write(f"usage: {_COMMAND} [--check]\n")
        return 2
    wanted = pages()
    stale = [path for path, text in wanted.items() if _text(_DOCS / path) != text]
    left = [path for path in _pages_of_lists() if path not in wanted]
    if arguments:
        for path in stale:
            sys.stderr.write(f"docs/{path} is not current; run `{_COMMAND}`\n")
        for path in left:
            sys.stderr.write(f"docs/{path} is about what there is not any more; run `{_COMMAND}`\n")
        return 1 if stale or left else 0
    for path in stale:
        (_DOCS / path).parent.mkdir(parents=True, exist_ok=True)
        (_DOCS / path).write_text(wanted[path], encoding="utf-8", newline="\n")
    for path in left:
        (_DOCS / path).unlink()
    return 0


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _pages_of_lists() -> Iterator[str]:
    """What is there of rules and of kinds, a page each."""
    return (f"{folder}/{path.name}" for folder in (_RULES, _KINDS) for path in sorted((_DOCS / folder).glob("*.md")))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
