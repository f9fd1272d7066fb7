"""Where a file speaks of a kind of state at all: what stands elsewhere need not be walked through.

``os.environ["K"] = "1"``, ``monkeypatch.setenv("K", "1")``; the line of ``return ENV`` too,
where the file has ``ENV = patch.dict(os.environ, K="1")``.
"""

from __future__ import annotations

from codemods.python.source import Source, fact, is_on
from codemods.state.model.kind import kind_of


@fact
def mentioning_lines(source: Source) -> list[int]:
    """The numbers of the lines, in order, with a word for the kind, or a name that stands for it
    or a patcher.
    """
    kind = kind_of(source)
    lines = source.lines_with(*kind.mentioned)
    bound = {name for name, value in source.names.values.items() if is_on(value, lines)}
    aliases = {name for name, target in source.names.table.items() if target in kind.targets}
    return sorted({*lines, *source.lines_with(*sorted(bound | aliases))})
