"""Text that others wrote, as something that can be seen."""

from __future__ import annotations

import re

# Control characters, lone surrogates, what turns the direction of the text, and what has no width: shown as Python
# would write them, or a node id could look like another one.
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


def visible(text: str) -> str:
    """The text with an escape, such as ``\\n`` or ``\\udc80``, for each character that does not show itself."""
    return _HIDDEN.sub(_escape, text)


def visible_code(line: str) -> str:
    """The same for a line of code, in which tabs stay."""
    return "\t".join(map(visible, line.split("\t")))


def _escape(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape", "surrogatepass").decode("ascii")
