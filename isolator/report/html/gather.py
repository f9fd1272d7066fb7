"""From what a command found to the page."""

from __future__ import annotations

from isolator.report.html import rewrites as rewriting
from isolator.report.html import sides as siding
from isolator.report.html.evident import seen
from isolator.report.html.material import Material
from isolator.report.html.page import Page
from isolator.system.visible import count

MOST = 500  # of what is listed as plain rows


def gather(material: Material) -> Page:
    """The page of what there is."""
    confirmations = [confirmation for _, confirmation in material.sides]
    found = confirmations[-1]
    rows = siding.rows(confirmations)
    known = siding.known(rows, confirmations)
    rewrites = rewriting.rewrites(material, rows)
    evidence = seen(material, rewrites)
    sides = tuple(siding.side(name, confirmation) for name, confirmation in material.sides)
    refused = list(rewriting.refused(material))
    notes = {
        "known": _more(len(known) - MOST, "are in .isolator/confirm.json"),
        "rewrites": _more(rewrites.hidden, "are in the files: `git diff` shows them"),
        "files": _more(material.changes.more, "files were rewritten: `git diff` shows them"),
        "source": material.source,
        "evidence": _more(evidence.hidden, "are in .isolator/evidence.json"),
        "unexplained": _unexplained(evidence.unexplained),
        "refused": _more(len(refused) - MOST, "are listed by `isolator check`"),
        "worse": _more(len(found.worse) - MOST, "are in .isolator/confirm.json"),
        "left": _more(len(found.left) - MOST, "are in .isolator/confirm.json"),
    }
    return Page(
        command=material.command,
        ok=material.ok,
        sentence=siding.sentence(material.ok, material.sides),
        sides=sides,
        rows=siding.led(rows, known[:MOST]),
        known=tuple(known[:MOST]),
        expectations=found.expectations,
        worse=found.worse[:MOST],
        files_left=found.left[:MOST],
        graph=evidence.graph,
        graph_note=material.lacking,
        evidence=tuple(evidence.entries),
        rewrites=rewrites.shown,
        refused=tuple(refused[:MOST]),
        taken_back=tuple(rewriting.taken_back(material.changes.taken_back)),
        durations=siding.durations(rows, sides),
        notes={name: note for name, note in notes.items() if note},
    )


def _more(number: int, where: str) -> str:
    return f"{number} more {where}." if number > 0 else ""


def _unexplained(number: int) -> str:
    if not number:
        return ""
    depend = "depends" if number == 1 else "depend"
    return f"{count(number, 'test')} {depend} on the order, and on what was not seen."
