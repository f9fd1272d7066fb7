"""The page as bytes: what test suites name their tests is text in it, and nothing else."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest

from isolator.evidence.model import Evidence, Leak
from isolator.pytest_runs.model import Confirmation, Expectation, Run, Test
from isolator.repair.history import Changed, Changes, TakenBack
from isolator.report.html.gather import gather
from isolator.report.html.material import Material
from isolator.report.html.render import render, seconds
from isolator.report.html.visible import visible, visible_code
from tests.isolator.html.samples import data_of, entry, material, run

NASTY = (
    "t.py::test[<script>window.hacked=1</script>]",
    't.py::test["onmouseover="window.hacked=1"]',
    "t.py::test['\"><img src=x onerror=window.hacked=1>]",
    "t.py::test[</script><script>window.hacked=1</script>]",
    "t.py::test[<!--<script>]",
    "t.py::test[line\nline\r\ttab]",
    "t.py::test[\udcff\ud800]",
    "t.py::test[\u202eesrever\u2028]",
    "t.py::test[{{ 7 * 7 }}{% raw %}]",
    "t.py::test[&lt;&amp;]",
    "t.py::test[__proto__]",
    "<b>.py::\x00::",
    "",
)


class Reader(HTMLParser):
    """The elements of a page, with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def nasty(folder: Path) -> Material:
    """Every place that takes somebody's text, with text of that kind."""
    names = dict.fromkeys(NASTY, "failed")
    tests = {
        name: Test(
            "order-dependent", ("failed", "failed"), role="victim", partner=NASTY[0], commands=NASTY, hung=NASTY[5]
        )
        for name in NASTY
    }
    runs = (run(1, names), replace(run(2, names), problem=NASTY[0]))  # type: ignore[arg-type]
    code = "".join(f"x = {name!r}  # {name}\n" for name in NASTY).encode("utf-8", "surrogatepass")
    found = Confirmation(runs, tests, tuple(Expectation(n, False, NASTY) for n in NASTY), worse=NASTY, left=NASTY)
    leaks = tuple(Leak(name, name, name, 1, name, "call") for name in NASTY)
    back = tuple(TakenBack(name, 1, name, name, dict.fromkeys(NASTY, name)) for name in NASTY)
    files = {name: Changed(name, name, b"", code) for name in NASTY}
    entries, refusals = [], []
    for name in NASTY:
        applied, left = entry(name, 1, name, name), entry(name, 2, name, name)
        applied["message"] = applied["name"] = left["message"] = left["name"] = name
        left["fix"] = None
        entries.append(applied)
        refusals.append(left)
    return replace(
        material(folder, seen=Evidence(leaks=leaks)),
        command=NASTY[0],
        sides=((NASTY[1], found), (NASTY[2], found)),
        changes=Changes(files, 3, back),
        findings=(*entries, *refusals),
        lacking=NASTY[3],
        edited=NASTY,
    )


@pytest.fixture
def page(tmp_path: Path) -> str:
    return render(gather(nasty(tmp_path))).decode("utf-8")


def test_only_our_own_elements_and_attributes(page: str) -> None:
    reader = Reader(page)
    scripts = [attributes for tag, attributes in reader.elements if tag == "script"]
    assert scripts == [{"type": "application/json", "id": "data"}, {}]
    names = {name for _, attributes in reader.elements for name in attributes}
    assert not [name for name in names if name.startswith("on") or name in ("style", "src", "srcset", "action")]
    tags = {tag for tag, _ in reader.elements}
    assert not tags & {"img", "b.py", "iframe", "object", "base", "form", "link"}
    links = [attributes["href"] for tag, attributes in reader.elements if tag == "a"]
    assert all(link is not None and re.fullmatch(r"#[a-z0-9-]+", link) for link in links)


def test_files_that_the_runs_left_are_listed(tmp_path: Path) -> None:
    found = Confirmation((run(1, {}),), {}, left=("cache.db changed; put back",))
    shown = render(gather(replace(material(tmp_path), sides=(("now", found),)))).decode()
    assert "<h3>Files that changed while the tests ran</h3>" in shown
    assert '<li class="id">cache.db changed; put back</li>' in shown
    assert "files-left" not in render(gather(material(tmp_path))).decode()


def test_links_lead_somewhere(page: str) -> None:
    reader = Reader(page)
    ids = [attributes["id"] for _, attributes in reader.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {str(attributes["href"])[1:] for tag, attributes in reader.elements if tag == "a"} <= set(ids)


def test_everything_can_be_seen(page: str) -> None:
    assert "window.hacked=1" in Reader(page).text
    assert "test[{{ 7 * 7 }}{% raw %}]" in Reader(page).text
    assert "line\\nline\\r\\ttab" in page
    assert "\\udcff\\ud800" in page
    assert "\\u202eesrever\\u2028" in page
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u202e\ufffd]", page)


def test_the_data_is_what_was_given(page: str) -> None:
    rows = data_of(page)["rows"]
    assert {row[0] for row in rows} == {visible(name) for name in NASTY}
    block = page.partition('id="data">')[2].partition("</script>")[0]
    assert not set("<>&") & set(block)


def test_the_policy_allows_what_is_in_the_page_and_nothing_else(page: str) -> None:
    policy = next(
        str(attributes["content"])
        for tag, attributes in Reader(page).elements
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    )
    style = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    script = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert (len(style), len(script)) == (1, 1)
    digests = [b64encode(sha256(text.encode()).digest()).decode() for text in (*style, *script)]
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digests[0]}'; script-src 'sha256-{digests[1]}'; "
        "base-uri 'none'; form-action 'none'"
    )


def test_nothing_is_fetched_from_anywhere(page: str) -> None:
    style, script = (re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)[0] for tag in ("style", "script"))
    assert not re.search(r"url\(|@import|@font-face", style)
    assert not re.search(r"https?:|fetch\(|XMLHttpRequest|import\(|innerHTML|eval\(", script)


def test_the_same_data_makes_the_same_page(tmp_path: Path) -> None:
    assert render(gather(material(tmp_path))) == render(gather(material(tmp_path)))


def test_everything_is_there_without_the_script(tmp_path: Path) -> None:
    html = render(gather(material(tmp_path))).decode()
    still = Reader(re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL)).text
    for part in (
        "Confirmed: 4 of 4 tests are stable in 2 runs; before, 2 of 4 were.",
        "Tests that are not, or were not, stable",
        "tests/test_b.py::TestB::test_victim[x::y]",
        "call: AssertionError at tests/test_b.py:7",
        "leaves TOKEN set",
        "TOKEN is changed and never restored",
        'monkeypatch.setenv("TOKEN", "1")',
        "was stable, is flaky",
        "Slowest tests",
        "a file is there",
        "2.50 s",
    ):
        assert part in re.sub(r"\s+", " ", still), part


def test_of_nothing_there_is_a_page_too(tmp_path: Path) -> None:
    bare = Material("isolator confirm", True, (("now", Confirmation((), {})),), material(tmp_path).project)
    html = render(gather(bare)).decode()
    assert "Confirmed: 0 of 0 tests are stable in 0 runs." in html
    assert 'id="rewrites"' not in html


def test_a_hanging_test_shows_its_stack(tmp_path: Path) -> None:
    test = Test("hanging", ("hung",), hung='File "a.py", line 1 in f\nFile "b.py", line 2 in g')
    found = Confirmation((Run("given", 1, 1.0, None),), {"a.py::test": test})
    bare = Material("isolator confirm", False, (("now", found),), material(tmp_path).project)
    assert "File &#34;a.py&#34;, line 1 in f\nFile &#34;b.py&#34;, line 2 in g" in render(gather(bare)).decode()


def test_seconds() -> None:
    shown = [seconds(each) for each in (None, 0.0, 0.012, 0.1, 1.255, 99.99, 312.4)]
    assert shown == ["\u2013", "0 ms", "12 ms", "0.10 s", "1.25 s", "99.99 s", "312 s"]


def test_visible() -> None:
    assert visible("a\tb\x00\x9f\udc80\u200b\ufeff é 日本 😀") == "a\\tb\\x00\\x9f\\udc80\\u200b\\ufeff é 日本 😀"
    assert visible_code("\ta\tb\x0c") == "\ta\tb\\x0c"


def test_what_stands_between_backticks_is_code(tmp_path: Path) -> None:
    page = replace(gather(material(tmp_path)), graph_note="`a <b>` and `c`", graph=None)

    html = render(page).decode()

    assert '<p class="note"><code>a &lt;b&gt;</code> and <code>c</code></p>' in html
