"""String literals in the quotes that a file uses."""

from __future__ import annotations


def quoted(value: str, text: str) -> str:
    """A string literal in the quotes that the text uses most; triple ones do not count."""
    plain = text.replace('"""', "").replace("'''", "")
    literal = repr(value)
    if plain.count("'") <= plain.count('"') and '"' not in literal:
        return f'"{literal[1:-1]}"'
    return literal
