"""From what a command found to the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from isolator.report.html import rewrites as rewriting
from isolator.report.html import sides as siding
from isolator.report.html.dependencies.graph import graph
from isolator.report.html.dependencies.links import MOST_ENTRIES, known_roles, seen
from isolator.report.html.dependencies.wrong import leaks_gone, wrong
from isolator.report.html.material import Material
from isolator.report.html.page import Page, Row, Tile, Wrong
from isolator.report.html.rewrites import Rewrites
from isolator.report.html.times import durations
from isolator.system.visible import count

MOST = 500  # of what is listed as plain rows
_UNSEEN = ("hanging", "missing", "gone", "uncollected")  # tests of which it is not known how they end


def gather(material: Material) -> Page:
    """The page of what there is."""
    confirmations = [confirmation for _, confirmation in material.sides]
    found = confirmations[-1]
    rows = siding.rows(confirmations, known_roles(material))
    known = siding.known(rows, confirmations)
    rows = siding.led(rows, known[:MOST])
    rewrites = rewriting.rewrites(material, rows)
    evidence = seen(material)
    sides = tuple(siding.side(name, confirmation) for name, confirmation in material.sides)
    refused = list(rewriting.refused(material))
    was_wrong = list(wrong(material, rows, evidence, rewrites))
    notes = {
        "wrong": _more(len(was_wrong) - MOST, "are in .isolator/confirm.json"),
        "known": _more(len(known) - MOST, "are in .isolator/confirm.json"),
        "rewrites": _more(rewrites.hidden, "are in the files: `git diff` shows them"),
        "files": _more(material.changes.more, "files were rewritten: `git diff` shows them"),
        "source": material.source,
        "evidence": _more(len(evidence.entries) - MOST_ENTRIES, "are in .isolator/evidence.json"),
        "refused": _more(len(refused) - MOST, "are listed by `isolator check`"),
        "worse": _more(len(found.worse) - MOST, "are in .isolator/confirm.json"),
        "left": _more(len(found.left) - MOST, "are in .isolator/confirm.json"),
    }
    return Page(
        name=material.name,
        command=material.command,
        ok=material.ok,
        tiles=tuple(_tiles(rows, was_wrong, rewrites, material)),
        sentence=siding.sentence(material.ok, material.sides),
        sides=sides,
        rows=rows,
        hung=tuple(siding.hung(rows, confirmations)),
        wrong=tuple(was_wrong[:MOST]),
        known=tuple(known[:MOST]),
        expectations=found.expectations,
        worse=found.worse[:MOST],
        files_left=found.left[:MOST],
        graph=graph(evidence.links, rewrites),
        graph_note=material.lacking,
        evidence=tuple(evidence.entries[:MOST_ENTRIES]),
        rewrites=rewrites.shown,
        refused=tuple(refused[:MOST]),
        taken_back=tuple(rewriting.taken_back(material.changes.taken_back)),
        durations=durations(rows, sides),
        notes={name: note for name, note in notes.items() if note},
    )


def _tiles(rows: Sequence[Row], was_wrong: Sequence[Wrong], rewrites: Rewrites, material: Material) -> Iterator[Tile]:
    """The numbers that say most. What was before is counted only where it is known."""
    compared = len(material.sides) > 1
    states = [row.fixed for row in rows if row.fixed is not None]
    now = Counter(row.ends[-1].verdict for row in rows if row.ends[-1] is not None and not row.ends[-1].calm)
    hanging = now["hanging"]
    flaky = sum(number for word, number in now.items() if word not in _UNSEEN)
    if compared:
        yield Tile(sum(states), "fixed", f"of {count(len(states), 'test')} that failed before" if states else "", None)
    yield Tile(flaky, "still flaky" if compared else "flaky", f"of {count(len(rows), 'test')}", not flaky)
    if hanging:
        yield Tile(hanging, "hanging", "", False)
    if compared:
        gone, were = leaks_gone(was_wrong, material)
        yield Tile(gone, "leaks gone", f"of {were}" if were else "none was seen", None)
    number = sum(bool(each.findings) for each in rewrites.shown) + rewrites.hidden
    if number or compared:
        yield Tile(number, "rewrite" if number == 1 else "rewrites")
    runs = [len(confirmation.runs) for _, confirmation in material.sides]
    told = ", ".join(f"{number} {name}" for number, (name, _) in zip(runs, material.sides, strict=True))
    yield Tile(sum(runs), "run" if sum(runs) == 1 else "runs", told if compared else "")


def _more(number: int, where: str) -> str:
    return f"{number} more {where}." if number > 0 else ""
