"""Attributes of loggers: ``propagate``, ``disabled``, lists of handlers and filters."""

from __future__ import annotations

from dataclasses import dataclass

from codemods.context import Context
from codemods.python.source import Source
from codemods.state.expressions.cells.attributes import logger_cells
from codemods.state.expressions.cells.resets import kept_by_conftests
from codemods.state.kinds.attribute import Attributes


@dataclass(frozen=True)
class LoggerAttributes(Attributes):
    """Attributes of loggers that a file has a name for; ``there`` are all of them."""

    noun = "a logger"
    whole = "a logger"
    at_import = "a logger is changed"

    def takes(self, cell: str) -> bool:
        """Whether an attribute, by its full name, is one of a logger."""
        return cell in self.there

    def may_change(self, data: bytes) -> bool:
        """Whether the file speaks of logging, and an attribute may be written."""
        return b"logging" in data and super().may_change(data)

    def in_file(self, source: Source, context: Context) -> LoggerAttributes | None:
        """The kind, with the names of the attributes that the file writes."""
        cells = logger_cells(source)
        if not cells:
            return None
        names = tuple(sorted({cell.rpartition(".")[2] for cell in cells}))
        return LoggerAttributes(names, kept_by_conftests(source, context), cells)
