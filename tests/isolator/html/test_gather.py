"""What a page is made of, from what the commands found."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from isolator.evidence import model as seen
from isolator.evidence.model import Cache, Edge, Evidence, Leak
from isolator.pytest_runs.model import Confirmation, Expectation, Run, Test
from isolator.repair.history import Changes
from isolator.report.html.evident import MOST_NODES
from isolator.report.html.gather import gather
from isolator.report.html.material import from_confirm
from isolator.report.html.page import Spent
from isolator.report.html.sides import sentence
from tests.isolator.html.samples import CALM, LEAVES, NEW, SHARED, VICTIM, WAY, after, before, entry, evidence, material

PLAIN = Evidence()


def test_the_sentence() -> None:
    sides = (("before", before()), ("after", after()))
    assert sentence(True, sides) == "Confirmed: 4 of 4 tests are stable in 2 runs; before, 2 of 4 were."
    assert sentence(False, sides[:1]) == "Not confirmed: 2 of 4 tests are stable in 2 runs (2 order-dependent)."
    worse = replace(
        after(),
        worse=("a", "b"),
        expectations=(Expectation("x", False), Expectation("y", True)),
        runs=(Run("given", 1, 1.0, 2, problem="died"),),
        tests={"a.py::test": Test("failing", ("failed",))},
    )
    assert sentence(False, (("now", worse),)) == (
        "Not confirmed: 0 of 1 test is stable in 1 run (1 failing); 1 of 2 expectations not met; 2 worse than before; "
        "1 run with a problem."
    )


def test_the_rows(tmp_path: Path) -> None:
    page = gather(material(tmp_path))
    assert [row.test for row in page.rows] == [VICTIM, SHARED, LEAVES, CALM]
    first, second = page.rows[0].ends
    assert first is not None
    assert second is not None
    assert (first.verdict, first.letters, first.failures, first.ways) == ("victim", "F.", 1, ((1, WAY),))
    assert (second.verdict, second.letters, second.failures, second.seconds) == ("stable", "..", 0, (0.01, 0.02))
    assert (page.rows[0].anchor, page.rows[2].anchor, page.rows[0].file) == ("test-1", None, "tests/test_b.py")
    assert [(each.test, each.told) for each in page.known] == [
        (VICTIM, f"was order-dependent, a victim of {LEAVES}"),
        (SHARED, f"was order-dependent, a victim of {CALM}"),
    ]
    assert (page.known[0].ways, page.known[0].commands) == ((f"run 1: {WAY}",), ("pytest a", "b"))


def test_a_test_that_is_gone_or_new(tmp_path: Path) -> None:
    found = after()
    tests = {"tests/new.py::test": Test("new", ("passed", "passed")), LEAVES: Test("gone", (None, None))}
    given = replace(material(tmp_path), sides=(("before", before()), ("after", replace(found, tests=tests))))
    rows = {row.test: row.ends for row in gather(given).rows}
    assert rows["tests/new.py::test"][0] is None
    gone = rows[LEAVES][1]
    assert gone is not None
    assert (gone.letters, gone.verdict) == ("  ", "gone")


def test_the_time(tmp_path: Path) -> None:
    spent = gather(material(tmp_path)).durations
    assert spent.runs == (Spent("run 1 (given)", (2.5, 0.5)), Spent("run 2 (reversed)", (2.0, 0.25)))
    assert [each.name for each in spent.files] == ["tests/test_b.py", "tests/test_a.py"]
    assert [each.seconds[0] for each in spent.files] == pytest.approx([0.045, 0.015])
    assert [each.seconds[1] for each in spent.files] == pytest.approx([0.045, 0.015])
    assert len(spent.tests) == 4


def test_the_time_of_an_earlier_isolator_is_not_known(tmp_path: Path) -> None:
    bare = replace(before(), runs=tuple(replace(each, attempts={}) for each in before().runs))
    spent = gather(replace(material(tmp_path), sides=(("before", bare), ("after", after())))).durations
    assert [each.seconds[0] for each in spent.tests] == [None] * 4


def test_a_rewrite_and_who_speaks_for_it(tmp_path: Path) -> None:
    (rewrite, rest) = gather(material(tmp_path)).rewrites
    assert (rewrite.title, [each.code for each in rewrite.findings]) == (LEAVES, ["ISO102"])
    assert [(each.row.test, each.part) for each in rewrite.proved] == [(LEAVES, "itself"), (VICTIM, "depended on it")]
    assert (rest.title, rest.findings, rest.proved) == ("tests/test_a.py, the rest of it", (), ())
    assert (rewrite.serves, rest.serves) == ("", "")


def test_a_finding_of_no_test_is_with_the_rest_of_its_file(tmp_path: Path) -> None:
    given = replace(material(tmp_path), findings=(entry(None, 1, code="ISO301"),))
    (only,) = gather(given).rewrites
    assert (only.title, [each.code for each in only.findings]) == ("tests/test_a.py", ["ISO301"])
    assert [block.equal for block in only.blocks] == [False, True]
    assert only.proved == ()
    assert only.serves == "It serves all tests: before, 2 of 4 were stable in 2 runs; after, 4 of 4 in 2 runs."


def test_refused_and_taken_back(tmp_path: Path) -> None:
    page = gather(material(tmp_path))
    assert [(each.path, each.line) for each in page.refused] == [("tests/helper.py", 9)]
    assert [(each.finding.path, each.worse) for each in page.taken_back] == [
        ("tests/test_c.py", (f"{CALM} was stable, is flaky",))
    ]


def test_the_graph(tmp_path: Path) -> None:
    page = gather(material(tmp_path))
    assert page.graph is not None
    nodes = [(node.layer, node.label, node.mark, node.anchor) for node in page.graph.nodes]
    assert nodes == [
        (0, "test_leaves", "", "rewrite-1"),
        (0, "test_calm", "", "seen-4"),
        (1, "TOKEN", "variable", "seen-1"),
        (1, "app.config.get", "cache", "seen-4"),
        (2, "test_victim[x::y]", "victim", "seen-2"),
        (2, "test_calm", "reads it", "seen-3"),
        (2, "test_shared", "victim", "seen-5"),
    ]
    names = [node.label for node in page.graph.nodes]
    arrows = {(names[each.start], names[each.end]): (each.strong, each.anchor) for each in page.graph.arrows}
    assert arrows == {
        ("test_leaves", "TOKEN"): (True, "rewrite-1"),
        ("TOKEN", "test_victim[x::y]"): (True, "seen-2"),
        ("TOKEN", "test_calm"): (False, "seen-3"),
        ("test_calm", "app.config.get"): (True, "seen-5"),
        ("app.config.get", "test_shared"): (True, "seen-5"),
    }
    assert [(each.anchor, each.place) for each in page.evidence] == [
        ("seen-1", "tests/test_a.py:5"),
        ("seen-2", "app/config.py:3"),
        ("seen-3", "app/config.py:3"),
        ("seen-4", "app/config.py:1"),
        ("seen-5", ""),
    ]
    assert page.evidence[0].sentence == "leaves TOKEN set"
    assert [each.kind for each in page.evidence] == ["polluter", "victim", "reader", "cache", "victim"]


def test_a_brittle_reader_is_no_victim(tmp_path: Path) -> None:
    seen = evidence()
    needy = replace(seen, tests={**(seen.tests or {}), VICTIM: ("passed", "failed")})
    page = gather(replace(material(tmp_path, seen=needy), sides=(("now", after()),)))
    assert page.graph is not None
    marks = {node.label: node.mark for node in page.graph.nodes if node.layer == 2}
    assert marks == {"test_victim[x::y]": "brittle", "test_calm": "reads it"}
    assert [each.kind for each in page.evidence] == ["polluter", "brittle", "reader", "cache"]


def test_every_anchor_of_the_graph_is_in_the_page(tmp_path: Path) -> None:
    page = gather(material(tmp_path))
    assert page.graph is not None
    there = {each.anchor for each in page.evidence} | {each.anchor for each in page.rewrites}
    assert {each.anchor for each in page.graph.nodes} | {each.anchor for each in page.graph.arrows} <= there


def test_a_large_graph_shows_the_most_important_and_counts_the_others(tmp_path: Path) -> None:
    leaks = tuple(Leak(f"V{n}", f"a.py::test_{n}", "a.py", n, None, "call") for n in range(40))
    edges = tuple(
        Edge(f"a.py::test_{n}", f"b.py::test_{n}_{m}", f"V{n}", "c.py", 1) for n in range(40) for m in range(n)
    )
    given = replace(material(tmp_path, seen=Evidence(leaks=leaks, edges=edges)), sides=(("now", after()),))
    page = gather(given)
    assert page.graph is not None
    layers = [[node.label for node in page.graph.nodes if node.layer == layer] for layer in range(3)]
    assert [len(each) for each in layers] == [MOST_NODES] * 3
    assert page.graph.hidden == (40 - MOST_NODES, 40 - MOST_NODES, sum(range(40)) - MOST_NODES)
    assert layers[1] == [f"V{n}" for n in range(24, 40)]
    assert page.notes["evidence"] == "320 more are in .isolator/evidence.json."


def test_what_was_not_seen_is_said(tmp_path: Path) -> None:
    lonely = replace(
        before(), tests={n: replace(t, partner=None) for n, t in before().tests.items() if n in (VICTIM, SHARED)}
    )
    page = gather(replace(material(tmp_path, seen=PLAIN), sides=(("now", lonely),)))
    assert page.graph is None
    assert page.notes["unexplained"] == "2 tests depend on the order, and on what was not seen."
    assert [each.subject for each in page.evidence] == [VICTIM, SHARED]


def test_several_partners_are_said_to_be_several(tmp_path: Path) -> None:
    test = Test("order-dependent", ("failed", "passed"), role="victim", commands=("pytest a", "pytest b c a"))
    page = gather(replace(material(tmp_path, seen=PLAIN), sides=(("now", replace(before(), tests={VICTIM: test})),)))
    assert [each.sentence for each in page.evidence] == ["depends on the order; on several tests together"]


def test_a_partner_without_a_reason_that_was_seen(tmp_path: Path) -> None:
    page = gather(replace(material(tmp_path, seen=PLAIN), sides=(("now", before()),)))
    assert page.graph is not None
    assert [node.label for node in page.graph.nodes if node.layer == 1] == ["not seen", "not seen"]


def test_a_cache_leads_to_the_rewrite_that_resets_it(tmp_path: Path) -> None:
    cached = {**entry(None, 1, code="ISO302"), "message": "no autouse fixture resets app.config.get"}
    given = replace(material(tmp_path), findings=(cached,))  # type: ignore[arg-type]
    page = gather(given)
    assert page.graph is not None
    (node,) = [node for node in page.graph.nodes if node.label == "app.config.get"]
    assert node.anchor == page.rewrites[-1].anchor


WATCHED = {
    "absent": (None, "No run was watched: `isolator observe` sees which tests pollute and which are affected."),
    "broken": (b"{", ".isolator/evidence.json cannot be read; run `isolator observe` again."),
    "too_deep": (b"[" * 100_000, ".isolator/evidence.json cannot be read; run `isolator observe` again."),
    "other_tests": (
        seen.to_json(Evidence(tests={"x.py::test": ("passed",)})).encode(),
        ".isolator/evidence.json is of other tests; run `isolator observe` again.",
    ),
}


@pytest.mark.parametrize("name", WATCHED)
def test_evidence_that_cannot_be_shown(tmp_path: Path, name: str) -> None:
    data, note = WATCHED[name]
    (tmp_path / ".isolator").mkdir()
    if data is not None:
        (tmp_path / ".isolator" / "evidence.json").write_bytes(data)
    given = from_confirm(after(), None, material(tmp_path).project)
    assert (given.evidence, given.lacking) == (None, note)


def test_evidence_that_is_older_than_the_code(tmp_path: Path) -> None:
    (tmp_path / ".isolator").mkdir()
    found = replace(evidence(), caches=(Cache("a.b", "global", "tests/test_a.py", 1, (), ()),))
    for name in ("app/config.py", "tests/test_a.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(NEW)
        os.utime(tmp_path / name, (1, 1))
    (tmp_path / ".isolator" / "evidence.json").write_text(seen.to_json(found), encoding="utf-8")
    assert from_confirm(after(), None, material(tmp_path).project).lacking == ""
    os.utime(tmp_path / "app" / "config.py")
    os.utime(tmp_path / ".isolator" / "evidence.json", (2, 2))
    told = from_confirm(after(), None, material(tmp_path).project).lacking
    assert told == "1 file changed since it was watched: lines may have moved."


def test_findings_that_are_not_ours_are_left_aside(tmp_path: Path) -> None:
    (tmp_path / ".isolator").mkdir()
    fixes = tmp_path / ".isolator" / "fixes.json"
    for text in ("{", "{}", "[1, {}, null]", json.dumps([{"code": "ISO101"}])):
        fixes.write_text(text, encoding="utf-8")
        assert from_confirm(after(), None, material(tmp_path).project).findings == ()
    fixes.write_text(json.dumps([entry()]), encoding="utf-8")
    assert from_confirm(after(), None, material(tmp_path).project).findings == (entry(),)


def test_nothing_at_all(tmp_path: Path) -> None:
    empty = Confirmation((), {})
    page = gather(replace(material(tmp_path, seen=PLAIN), sides=(("now", empty),), changes=Changes(), findings=()))
    assert (page.rows, page.rewrites, page.graph, page.durations.runs) == ((), (), None, ())
