"""What a page is made of, from what the commands found."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from isolator.evidence import model as seen
from isolator.evidence.model import Cache, Cell, Edge, Evidence, Leak
from isolator.pytest_runs.model import Confirmation, Expectation, Run, Test
from isolator.repair.history import Changes
from isolator.report.html.dependencies.graph import MOST
from isolator.report.html.gather import gather
from isolator.report.html.material import from_confirm
from isolator.report.html.page import Spent
from isolator.report.html.sides import sentence
from isolator.report.html.times import change
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
    assert spent.runs == (
        Spent("run 1 (given)", (2.5, 0.5)),
        Spent("run 2 (reversed)", (2.0, 0.25)),
        Spent("a run, the median", (2.25, 0.375), "83 % faster"),
    )
    assert {each.change for each in (*spent.files, *spent.tests)} == {""}
    assert [each.name for each in spent.files] == ["tests/test_b.py", "tests/test_a.py"]
    assert [each.seconds[0] for each in spent.files] == pytest.approx([0.045, 0.015])
    assert [each.seconds[1] for each in spent.files] == pytest.approx([0.045, 0.015])
    assert len(spent.tests) == 4


def test_a_difference_of_time_is_one_beyond_the_spread_of_the_runs() -> None:
    assert change(((2.0, 2.2), (1.0, 1.1))) == "50 % faster"
    assert change(((1.0, 1.1), (1.5, 1.6, None))) == "48 % slower"
    assert change(((0.5, 0.6), (2.0, 2.2))) == "more than twice as slow"
    assert change(((0.001, 0.002), (0.01, 0.011))) == ""  # who would notice
    assert change(((2.0, 2.2), (1.0, 2.05))) == ""  # one of them took longer than one before
    assert change(((2.0,), (1.0,))) == ""  # who knows how much a run differs from another
    assert change(((2.0, 2.2),)) == change(((), (1.0, 1.0))) == ""


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
    nodes = [(node.layer, node.label, node.word, node.anchor) for node in page.graph.nodes]
    assert nodes == [
        (0, "test_leaves", "polluter", "rewrite-1"),
        (0, "test_calm", "polluter", "seen-5"),
        (1, "TOKEN", "variable", "seen-1"),
        (1, "app.config.get", "cache", "seen-4"),
        (2, "test_victim[x::y]", "victim", "seen-2"),
        (2, "test_shared", "victim", "seen-5"),
        (2, "test_calm", "reader", "seen-3"),
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


def test_what_was_wrong(tmp_path: Path) -> None:
    page = gather(material(tmp_path))
    told = [(each.polluter, each.told, each.cells, each.place, each.word, each.row.test) for each in page.wrong]
    assert told == [
        (LEAVES, "polluter", ("TOKEN",), "tests/test_a.py:5", "victim", VICTIM),
        (CALM, "polluter", ("app.config.get",), "", "victim", SHARED),
    ]
    assert [each.row.fixed for each in page.wrong] == [True, True]
    assert [(tile.number, tile.label, tile.note) for tile in page.tiles] == [
        (2, "fixed", "of 2 tests that failed before"),
        (0, "still flaky", "of 4 tests"),
        (2, "leaks gone", "of 2"),
        (1, "rewrite", ""),
        (4, "runs", "2 before, 2 after"),
    ]


def test_tests_that_no_other_one_makes_fail_are_said_too(tmp_path: Path) -> None:
    stack = (
        "the main thread\n  tests/test_b.py:3 in test_shared: wait()\n  app.py:4 in wait: pause()\n    time.py:1 in f"
    )
    tests = {
        SHARED: Test("hanging", ("hung", "hung"), hung=stack),
        VICTIM: Test("flaky", ("passed", "failed")),
        LEAVES: Test("order-dependent", ("passed", "failed"), role="victim", commands=("pytest a b c",)),
        CALM: Test("failing", ("failed", "failed")),
    }
    runs = (Run("given", 1, 1.0, 1), Run("given", 2, 1.0, 1))
    page = gather(replace(material(tmp_path, seen=PLAIN), sides=(("now", Confirmation(runs, tests)),)))
    at = "tests/test_b.py:3 in test_shared: wait(), in app.py:4 in wait: pause()"
    assert [(each.polluter, each.told, each.place, each.word, each.row.test) for each in page.wrong] == [
        ("", "does not end", at, "hanging", SHARED),
        ("", "has differing outcomes in the same order", "", "flaky", VICTIM),
        ("", "several tests together", "", "victim", LEAVES),
    ]
    (hung,) = page.hung
    assert (hung.runs, hung.place, [part.folded for part in hung.parts]) == ("runs 1, 2", at, ["", "1 line of time"])
    assert {tile.label: tile.number for tile in page.tiles} == {"flaky": 2, "hanging": 1, "rewrite": 1, "runs": 2}


def test_the_name_of_the_project(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    given = material(tmp_path / "shop")
    assert given.name == "shop"
    written = {
        '[project]\nname = "till"\n': "till",
        '[tool.poetry]\nname = "desk"\n': "desk",
        "[project\n": "shop",
        'name = "x"\ntool = 1\n': "shop",
    }
    for text, name in written.items():
        (tmp_path / "shop" / "pyproject.toml").write_text(text, encoding="utf-8")
        assert gather(given).name == name


def test_state_with_the_same_arrows_is_one_node_and_so_are_those_who_only_read(tmp_path: Path) -> None:
    seen = evidence()
    other = Leak("ZONE", LEAVES, "tests/test_a.py", 6, "test_leaves", "call")
    pairs = [(edge.reader, v) for edge in seen.edges for v in ("TOKEN", "ZONE")]
    pairs += [(f"tests/test_b.py::test_{n}", v) for n in (1, 2) for v in ("TOKEN", "ZONE")]
    edges = tuple(Edge(LEAVES, reader, variable, "x.py", 1) for reader, variable in pairs)
    found = replace(seen, leaks=(*seen.leaks, other), edges=edges, caches=())
    page = gather(replace(material(tmp_path, seen=found), sides=(("now", before()),)))
    assert page.graph is not None
    assert [(node.names, node.word) for node in page.graph.nodes if node.layer > 0] == [
        (("TOKEN", "ZONE"), "variable"),
        (("test_victim[x::y]",), "victim"),
        (("test_shared",), "victim"),
        (("test_calm", "test_1", "test_2"), "3 readers"),
    ]
    assert page.wrong[0].cells == ("TOKEN", "ZONE")


def test_a_brittle_reader_is_not_a_victim(tmp_path: Path) -> None:
    seen = evidence()
    needy = replace(seen, tests={**(seen.tests or {}), VICTIM: ("passed", "failed")})
    found = replace(after(), tests={**after().tests, VICTIM: Test("order-dependent", ("passed", "failed"))})
    page = gather(replace(material(tmp_path, seen=needy), sides=(("now", found),)))
    assert page.graph is not None
    words = {node.label: node.word for node in page.graph.nodes}
    assert words["test_victim[x::y]"] == "brittle"
    assert words["test_leaves"] == "state-setter"
    assert [each.kind for each in page.evidence] == ["polluter", "brittle", "reader", "cache"]
    assert page.rows[0].word == "brittle"
    assert [(each.told, each.word) for each in page.wrong] == [("state-setter", "brittle")]


def test_what_the_table_says_is_stronger_than_evidence_of_an_earlier_day(tmp_path: Path) -> None:
    tests = before().tests
    found = replace(before(), tests={**tests, VICTIM: replace(tests[VICTIM], role="brittle")})
    page = gather(replace(material(tmp_path), sides=(("now", found),)))  # evidence says that it is a victim
    assert page.graph is not None
    words = {node.label: node.word for node in page.graph.nodes if node.layer != 1}
    assert (words["test_victim[x::y]"], words["test_leaves"]) == ("brittle", "state-setter")
    stable = gather(replace(material(tmp_path), sides=(("now", after()),)))
    assert stable.graph is not None
    assert {node.word for node in stable.graph.nodes if node.layer == 2} == {"2 readers"}
    assert not [arrow for arrow in stable.graph.arrows if arrow.strong]
    assert stable.wrong == ()


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
    assert [len(each) for each in layers] == [MOST] * 3
    assert page.graph.hidden == (40 - MOST, 40 - MOST, sum(range(40 - MOST)))
    assert layers[1] == [f"V{n}" for n in range(24, 40)]
    assert page.notes["evidence"] == "320 more are in .isolator/evidence.json."


def test_what_was_not_seen_is_said(tmp_path: Path) -> None:
    lonely = replace(
        before(), tests={n: replace(t, partner=None) for n, t in before().tests.items() if n in (VICTIM, SHARED)}
    )
    page = gather(replace(material(tmp_path, seen=PLAIN), sides=(("now", lonely),)))
    assert page.graph is None
    assert [(each.polluter, each.told) for each in page.wrong] == [
        ("", "several tests together"),
        ("", "other tests; it is not known which ones"),
    ]
    untried = gather(replace(material(tmp_path, seen=PLAIN), sides=(("now", lonely),), untried=frozenset({SHARED})))
    assert [each.told for each in untried.wrong] == [
        "several tests together",
        "other tests; which ones was not tried: `--all` keeps every rewrite without experiments",
    ]
    assert [each.subject for each in page.evidence] == [VICTIM, SHARED]


def test_several_partners_are_said_to_be_several(tmp_path: Path) -> None:
    test = Test("order-dependent", ("failed", "passed"), role="victim", commands=("pytest a", "pytest b c a"))
    page = gather(replace(material(tmp_path, seen=PLAIN), sides=(("now", replace(before(), tests={VICTIM: test})),)))
    assert [each.sentence for each in page.evidence] == ["depends on the order; on several tests together"]


def test_where_nobody_knows_what_is_left_the_arrow_leads_to_the_test(tmp_path: Path) -> None:
    silent = {name: replace(test, leaks=()) for name, test in before().tests.items()}
    page = gather(replace(material(tmp_path, seen=PLAIN), sides=(("now", replace(before(), tests=silent)),)))
    assert page.graph is not None
    assert [node.label for node in page.graph.nodes if node.layer == 1] == []
    names = [node.label for node in page.graph.nodes]
    arrows = [(names[each.start], names[each.end], each.strong) for each in page.graph.arrows]
    assert arrows == [("test_leaves", "test_victim[x::y]", True), ("test_calm", "test_shared", True)]
    assert [each.cells for each in page.wrong] == [(), ()]
    assert page.wrong[0].finding is not None  # what was fixed in the polluter
    assert page.wrong[0].finding.message == "TOKEN is changed and never restored"
    seen = gather(replace(material(tmp_path, seen=PLAIN), sides=(("now", before()),)))  # each run counts variables
    assert [each.cells for each in seen.wrong] == [("TOKEN",), ()]


def test_what_an_experiment_found_is_drawn(tmp_path: Path) -> None:
    test = replace(before().tests[VICTIM], cells=("app.A", "app.B[1]"), places=("app.py:4", ""))
    found = replace(before(), tests={**before().tests, VICTIM: test})
    page = gather(replace(material(tmp_path, seen=PLAIN), sides=(("now", found),)))
    assert page.graph is not None
    assert [node.names for node in page.graph.nodes if node.layer == 1] == [("app.A", "app.B[1]")]
    assert (page.wrong[0].polluter, page.wrong[0].cells, page.wrong[0].place) == (
        LEAVES,
        ("app.A", "app.B[1]"),
        "app.py:4",
    )


def test_who_fails_after_whom_without_a_rewrite(tmp_path: Path) -> None:
    alone = {name: replace(test, partner=None, commands=(), leaks=()) for name, test in before().tests.items()}
    left = Evidence(cells=(Cell("app.X", (LEAVES,), ("app.py:1",)), Cell("app.X.y", (LEAVES,), ("app.py:2",))))
    given = replace(material(tmp_path, seen=left), sides=(("now", replace(before(), tests=alone)),))
    page = gather(replace(given, partners={VICTIM: LEAVES}))
    assert [(each.polluter, each.cells, each.place) for each in page.wrong] == [
        (LEAVES, ("app.X",), "app.py:1"),
        ("", (), ""),
    ]


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


def test_findings_that_are_not_ours_are_ignored(tmp_path: Path) -> None:
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
