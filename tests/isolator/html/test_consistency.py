"""The parts of a page say the same: the graph never contradicts the table, nor do the tiles. Looked up in a browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from isolator.report.html.gather import MOST, gather
from isolator.report.html.render import render
from tests.isolator.html.generated import generated
from tests.isolator.html.samples import data_of

if TYPE_CHECKING:
    from playwright.sync_api import Page

Open = Callable[..., "Page"]
# What stands on the page, as a reader sees it.
READ = """() => {
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const text = element => element ? element.textContent.replace(/\\s+/g, " ").trim() : "";
  return {
    nodes: all(".node").map(node => ({
      number: Number(node.dataset.number), layer: Number(node.className.baseVal.match(/layer-(\\d)/)[1]),
      word: text(node.querySelector(".word")), title: text(node.querySelector("title")),
      marked: node.classList.contains("victim"),
    })),
    arrows: all(".arrow").map(arrow => ({
      ends: arrow.dataset.ends.split(" ").map(Number), strong: arrow.querySelector(".strong") !== null,
    })),
    hidden: all(".layer").some(title => title.textContent.includes("more below")),
    wrong: all(".wrong tbody tr").map(row => {
      const cells = [...row.cells], last = cells[cells.length - 1], known = cells[0].querySelector(".polluter");
      const victim = cells.find(cell => cell.querySelector(".victim"));
      return {
        polluter: known ? text(cells[0].querySelector(".id")) : "", polluterWord: text(known),
        outside: text(cells[0]).startsWith("the environment"),
        cells: all(".cell", row).map(text), now: text(last),
        word: text(victim.querySelector(".word")), test: text(victim.querySelector(".id")),
      };
    }),
    tiles: Object.fromEntries(all(".tile").map(tile => ["span", "b"].map(part => text(tile.querySelector(part))))),
    graph: text(document.querySelector(".graph")),
  };
}"""
SEEDS = [(seed, 4 if seed % 2 else 10, 1 + seed % 2) for seed in range(10)] + [(99, 60, 2)]


def verdicts(page: str) -> dict[str, list[str]]:
    """What the table of the tests says of each, by its own name; "" for a side that does not know it."""
    data: Any = data_of(page)
    return {
        row[0].rpartition("::")[2]: ["" if side is None else data["told"][side[0]] for side in row[3:]]
        for row in data["rows"]
    }


def names(title: str) -> list[str]:
    """What a node stands for, out of its title: ``victim: test_a in tests/test_x.py``."""
    return title.partition(": ")[2].partition(" in ")[0].split(", ")


@pytest.mark.parametrize(("seed", "polluters", "sides"), SEEDS)
def test_the_graph_and_the_tiles_say_what_the_tables_say(
    tmp_path: Path, opened: Open, seed: int, polluters: int, sides: int
) -> None:
    path = tmp_path / "report.html"
    path.write_bytes(render(gather(generated(tmp_path, seed, polluters, sides))))
    table = verdicts(path.read_text(encoding="utf-8"))
    seen: Any = opened(path).evaluate(READ)
    nodes = {node["number"]: node for node in seen["nodes"]}
    rows = seen["wrong"]

    # What is wrong is what the table of the tests says is.
    calm = {"stable", "new", "failing", ""}
    wrong = {name for name, words in table.items() if not calm.issuperset(words)}
    told_of = {row["test"] for row in rows if row["word"] != "failing"}
    assert told_of == wrong or (len(rows) == MOST and told_of < wrong)
    assert all(row["word"] in table[row["test"]] for row in rows)
    assert all((row["polluterWord"] == "state-setter") == (row["word"] == "brittle") for row in rows if row["polluter"])

    # A node that says what a test is says what the table says of it.
    for node in nodes.values():
        if node["layer"] == 2:
            assert node["marked"] == (node["word"] in ("victim", "brittle")), node
            assert not node["marked"] or node["word"] in table[names(node["title"])[0]], node
    assert "unseen" not in seen["graph"]
    assert "not seen" not in seen["graph"]

    # The solid arrows are the rows, and the rows are the solid arrows.
    drawn = {
        (one, other)
        for arrow in seen["arrows"]
        if arrow["strong"]
        for one in names(nodes[arrow["ends"][0]]["title"])
        for other in names(nodes[arrow["ends"][1]]["title"])
    }
    told = set()
    for row in rows:
        for cell in () if row["outside"] else row["cells"]:
            told |= {(row["polluter"], cell), (cell, row["test"])}
        if row["polluter"] and not row["cells"]:
            told.add((row["polluter"], row["test"]))
    told = {pair for pair in told if pair[0]}
    assert drawn <= told or len(rows) == MOST
    assert drawn == told or seen["hidden"]
    assert drawn == told or polluters > 20
    words = {name: node["word"] for node in nodes.values() if node["layer"] == 0 for name in names(node["title"])}
    for row in rows:
        assert row["polluter"] not in words or row["polluterWord"] in words[row["polluter"]]

    # The tiles count what the table has.
    now = [words[-1] for words in table.values()]
    label = "still flaky" if sides > 1 else "flaky"
    assert int(seen["tiles"][label]) == sum(word not in {*calm, "hanging"} for word in now)
    if sides > 1:
        assert int(seen["tiles"]["fixed"]) == sum(w[0] != "stable" and w[1] == "stable" for w in table.values())
        assert all((row["now"] == "✓ fixed") == (table[row["test"]][-1] == "stable") for row in rows)
    assert int(seen["tiles"].get("hanging", 0)) == now.count("hanging")
