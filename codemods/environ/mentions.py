"""Where a file speaks of the environment at all: what stands elsewhere need not be walked through.

``os.environ["K"] = "1"``, ``monkeypatch.setenv("K", "1")``; the line of ``return ENV`` too, where the file has
``ENV = patch.dict(os.environ, K="1")``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from codemods.source import Source, fact, is_on

_TARGETS = ("os.environ", "os.environb", "unittest.mock.patch.dict()")


@fact
def mentioning_lines(source: Source) -> list[int]:
    """The numbers of the lines, in order, with a word for the environment or a name that stands for it or a patcher."""
    lines = _with_words(source, ("environ", "tenv"))  # setenv, delenv, putenv, unsetenv
    bound = {name for name, value in source.names.values.items() if is_on(value, lines)}
    aliases = {name for name, target in source.names.table.items() if target in _TARGETS}
    return sorted({*lines, *_with_words(source, sorted(bound | aliases))})


def _with_words(source: Source, words: Iterable[str]) -> list[int]:
    """One at a time, for a search for plain words is quick."""
    found = (match.start() for word in words for match in re.finditer(re.escape(word), source.text))
    return sorted({source.line_at(at) for at in found})
