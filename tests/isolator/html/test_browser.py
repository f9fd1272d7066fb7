"""The page in a real browser: what a reader does with it, with a mouse and with the keyboard alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from isolator.report.html.gather import gather
from isolator.report.html.render import render
from tests.isolator.html.conftest import ARTIFACTS, screenshot
from tests.isolator.html.samples import material
from tests.isolator.html.test_contrast import DARK, LIGHT
from tests.isolator.html.test_render import NASTY, nasty

if TYPE_CHECKING:
    from playwright.sync_api import Page

Open = Callable[..., "Page"]
VICTIMS = [
    "test_agents_begin_without_tools",
    "test_begins_empty",
    "test_configuration_is_shared",
    "test_default_file",
    "test_default_secret_key_in_development",
    "test_greets_in_english",
    "test_list_price",
    "test_nothing_is_exported_unasked",
    "test_nothing_is_used_at_first",
]


def names(page: Page) -> list[str]:
    """The tests of the first rows, from the top."""
    rows = page.locator(".row").evaluate_all(
        "rows => rows.sort((a, b) => a.dataset.place - b.dataset.place)"
        ".map(row => row.querySelector('.test > *').textContent)"
    )
    return [str(name) for name in rows]


def head(page: Page, key: str) -> str | None:
    return page.locator(f"[data-key={key}]").get_attribute("aria-sort")


def settle(page: Page) -> None:
    """Wait until what was scrolled has said so, and has been drawn."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def in_view(page: Page, anchor: str) -> bool:
    return bool(
        page.evaluate(
            "id => { const box = document.getElementById(id).getBoundingClientRect();"
            " return box.top < innerHeight && box.bottom > 0; }",
            anchor,
        )
    )


def test_the_sentence_and_the_order_of_the_rows(example: Path, opened: Open) -> None:
    page = opened(example)
    assert page.locator("header .command").inner_text() == "agents isolator confirm"
    assert page.locator("h1").inner_text() == "✓Confirmed: 30 of 30 tests are stable in 2 runs; before, 21 of 30 were."
    assert sorted(names(page)) == sorted(VICTIMS)
    assert page.locator(".plain").is_hidden()


def test_stable_tests_are_a_count_until_they_are_asked_for(example: Path, opened: Open) -> None:
    page = opened(example)
    assert page.locator("#shown").inner_text() == "9 of 30 tests"
    page.get_by_role("checkbox", name="also show the 21 that ended the same way in every run").check()
    assert page.locator("#shown").inner_text() == "30 of 30 tests"
    assert sorted(names(page)[: len(VICTIMS)]) == sorted(VICTIMS)


def test_sorting(example: Path, opened: Open) -> None:
    page = opened(example)
    page.locator("#all").check()
    page.get_by_role("button", name="test", exact=True).click()
    by_name = page.evaluate("JSON.parse(document.getElementById('data').textContent).rows.map(row => row[0]).sort()")
    assert names(page)[0] == by_name[0].rpartition("::")[2]
    assert (head(page, "test"), head(page, "failures")) == ("ascending", None)
    page.get_by_role("button", name="test", exact=True).click()
    assert names(page)[0] == by_name[-1].rpartition("::")[2]
    assert head(page, "test") == "descending"
    page.get_by_role("button", name="failures").click()
    assert sorted(names(page)[: len(VICTIMS)]) == sorted(VICTIMS)
    assert head(page, "failures") == "descending"
    page.get_by_role("button", name="time").click()
    assert names(page)[0].startswith("test_")
    times = page.locator(".row > .amount:last-child").all_inner_texts()
    assert "→" in times[0]


def test_filters(example: Path, opened: Open) -> None:
    page = opened(example)
    page.get_by_role("combobox", name="before").select_option("victim")
    assert sorted(names(page)) == sorted(VICTIMS)
    assert page.locator("#shown").inner_text() == "9 of 30 tests"
    page.get_by_role("combobox", name="file").select_option(label="tests/test_database.py")
    assert names(page) == ["test_default_file"]
    page.get_by_role("combobox", name="before").select_option("stable")
    assert set(names(page)) == {"test_url_names_the_file", "test_record_outlives_the_connection"}
    page.get_by_role("combobox", name="after").select_option("stable")
    assert page.locator("#shown").inner_text() == "2 of 30 tests"


def test_details_under_the_mouse(example: Path, opened: Open) -> None:
    page = opened(example)
    row = page.locator(".row", has_text="test_default_secret_key_in_development")
    row.locator(".c").first.hover()
    assert page.locator("#tip").is_visible()
    lines = page.locator("#tip > *").all_inner_texts()
    assert lines[0].startswith("before, run 1 (given, seed 1): failed")
    assert "call: AssertionError at tests/test_security_config.py:18" in lines
    row.locator(".test").hover()
    assert page.locator("#tip b").inner_text().endswith("::test_default_secret_key_in_development")
    page.locator("h1").hover()
    assert page.locator("#tip").is_hidden()


def test_the_keyboard_alone(example: Path, opened: Open) -> None:
    page = opened(example)
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "all":
            page.keyboard.press("Space")
        if page.evaluate("document.activeElement.id") == "grid":
            break
    assert page.evaluate("document.activeElement.id") == "grid"
    page.keyboard.press("ArrowRight")
    settle(page)
    assert page.locator("#tip").is_visible()
    assert page.locator("#tip b").inner_text().startswith("before, run 1 (given, seed 1): passed")
    assert page.locator("#active-cell").get_attribute("aria-label") is not None
    assert page.locator("#grid").get_attribute("aria-activedescendant") == "active-cell"
    page.keyboard.press("End")
    assert page.locator("#tip b").inner_text().startswith("after, run 2 (reversed, seed 2): passed")
    page.keyboard.press("ArrowDown")
    second = names(page)[1]
    assert second in page.locator("#tip").inner_text()
    page.keyboard.press("PageDown")
    settle(page)
    assert page.locator("#tip").is_visible()
    page.keyboard.press("Escape")
    assert page.locator("#tip").is_hidden()
    page.keyboard.press("Control+End")
    assert page.locator(".row .active").count() == 1
    assert page.locator("#active-cell").evaluate("cell => cell.closest('.row').dataset.place") == "29"
    page.keyboard.press("Control+Home")
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#test-1"
    assert in_view(page, "test-1")


def test_a_test_that_is_not_stable_leads_to_what_is_known(example: Path, opened: Open) -> None:
    page = opened(example)
    page.locator(".row a", has_text="test_default_file").click()
    anchor = page.evaluate("location.hash.slice(1)")
    assert in_view(page, anchor)
    assert page.locator(f"#{anchor} h4").inner_text() == "tests/test_database.py::test_default_file"


def test_the_graph_leads_to_the_diff(example: Path, opened: Open) -> None:
    page = opened(example)
    node = page.locator(".node.layer-0", has_text="test_key_of_the_deployment_is_used")
    anchor = str(node.get_attribute("href"))[1:]
    assert anchor.startswith("rewrite-")
    node.click()
    assert in_view(page, anchor)
    rewrite = page.locator(f"#{anchor}")
    assert rewrite.locator("h3").inner_text() == "tests/test_deployment.py::test_key_of_the_deployment_is_used"
    removed, added = (rewrite.locator(f".block:not(.equal) .{side} code").all_inner_texts() for side in ("old", "new"))
    assert "    os.environ['SECRET_KEY'] = 'key-of-the-deployment'" in removed
    assert "    monkeypatch.setenv('SECRET_KEY', 'key-of-the-deployment')" in added
    assert "depended on it" in rewrite.locator(".proof").inner_text()


def test_an_edge_and_the_keyboard(example: Path, opened: Open) -> None:
    page = opened(example)
    edge = page.locator(".arrow", has_text="test_record_outlives_the_connection leaves DATABASE_URL changed")
    page.evaluate("element => element.focus()", edge.element_handle())
    page.keyboard.press("Enter")
    anchor = page.evaluate("location.hash.slice(1)")
    assert in_view(page, anchor)
    assert "test_record_outlives_the_connection" in page.locator(f"#{anchor} h3").inner_text()
    page.locator(".node.layer-0").first.focus()
    page.keyboard.press("Enter")
    assert in_view(page, page.evaluate("location.hash.slice(1)"))


def test_what_has_no_diff_leads_into_the_list(example: Path, opened: Open) -> None:
    page = opened(example)
    assert page.locator("#evidence").get_attribute("open") is None
    node = page.locator(".node.layer-1", has_text="SECRET_KEY")
    anchor = str(node.get_attribute("href"))[1:]
    assert anchor.startswith("seen-")
    node.click()
    page.wait_for_function("document.getElementById('evidence').open")
    assert in_view(page, anchor)
    assert "tests/test_deployment.py:9" in page.locator(f"#{anchor}").inner_text()


def test_a_cache_leads_to_the_fixture_that_resets_it(example: Path, opened: Open) -> None:
    page = opened(example)
    page.locator(".node.layer-1", has_text="cache").click()
    rewrite = page.locator(f"#{page.evaluate('location.hash.slice(1)')}")
    assert rewrite.locator("h3").inner_text() == "tests/conftest.py"
    assert "ISO302" in rewrite.inner_text()


@pytest.mark.parametrize("name", ["example", "many", "hanging"])
def test_a_screen_reader_finds_nothing_wrong(name: str, request: pytest.FixtureRequest, opened: Open) -> None:
    axe = pytest.importorskip("axe_playwright_python", reason="axe-core is not installed")
    page = opened(request.getfixturevalue(name), 1440)
    page.evaluate((Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8"))
    for width, scheme, media in ((1440, "light", "screen"), (390, "dark", "screen"), (800, "light", "print")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme, media=media)  # type: ignore[arg-type]
        found = page.evaluate("axe.run().then(found => found.violations.map(each => [each.id, each.nodes[0].html]))")
        assert found == [], (width, scheme, media)


def test_a_hang_is_seen_at_a_glance(hanging: Path, opened: Open) -> None:
    page = opened(hanging)
    assert "hanging" in page.locator(".tile.bad").all_inner_texts()[-1]
    section = page.locator("#hanging")
    assert section.bounding_box()["y"] < 900  # type: ignore[index]  # without scrolling
    assert "✗ does not end" in section.inner_text()
    assert section.locator(".place").inner_text().startswith("tests/test_agents.py:9 in test_approval")
    lines = section.locator("pre").first.inner_text().splitlines()
    assert lines[1].strip() == "tests/test_agents.py:9 in test_approval: assert await agent.run()"
    assert section.locator("details pre").first.is_hidden()
    section.locator("summary").first.click()
    assert section.locator("details pre").first.is_visible()


def test_printed_diffs_are_unfolded(example: Path, opened: Open) -> None:
    page = opened(example)
    page.evaluate("document.querySelectorAll('details.fold').forEach(each => { each.open = false; })")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details.fold:not([open])").count() == 0


@pytest.mark.parametrize("width", [400, 1280])
@pytest.mark.parametrize("name", ["example", "many"])
def test_nothing_is_wider_than_the_window(name: str, width: int, request: pytest.FixtureRequest, opened: Open) -> None:
    page = opened(request.getfixturevalue(name), width)
    page.locator("#evidence summary").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.body.scrollWidth") <= width
    for row in page.locator(".row").all()[:12]:  # nothing is cut off in silence
        assert row.evaluate(
            "row => [...row.querySelectorAll('.c')].every(c => c.getBoundingClientRect().right <= innerWidth)"
        )


@pytest.mark.parametrize("name", ["example", "many"])
def test_each_coloured_cell_has_a_letter(name: str, request: pytest.FixtureRequest, opened: Open) -> None:
    page = opened(request.getfixturevalue(name))
    cells = page.locator(".c").all_text_contents()
    assert len(cells) > 100
    assert all(cell.strip() for cell in cells)
    assert page.locator(".block:not(.equal) .line").evaluate_all(
        "lines => lines.every(line => ['\\u2212', '+'].includes(line.querySelector('.sign').textContent))"
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark(scheme: str, example: Path, opened: Open) -> None:
    page = opened(example, scheme=scheme)
    paper = (DARK if scheme == "dark" else LIGHT)["paper"]
    wanted = f"rgb({', '.join(str(int(paper[at : at + 2], 16)) for at in (1, 3, 5))})"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == wanted


def test_without_the_script(example: Path, opened: Open) -> None:
    page = opened(example, script=False)
    assert page.locator("#matrix").is_hidden()
    rows = page.locator(".plain tbody tr")
    assert sorted(text.split("::")[-1] for text in rows.locator("th").all_inner_texts()) == sorted(VICTIMS)
    for place in (".graph svg", ".rewrite .diff", ".times", "#expectations"):
        assert page.locator(place).first.is_visible(), place
    screenshot(page, "example-without-script", height=1800)


def test_printed(example: Path, opened: Open) -> None:
    page = opened(example)
    page.emulate_media(media="print")
    assert page.locator("#matrix").is_hidden()
    assert page.locator(".plain tbody tr").count() == len(VICTIMS)
    assert page.locator(".plain").is_visible()
    assert page.locator(".rewrite .diff").first.is_visible()
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    data = page.pdf(path=ARTIFACTS / "example.pdf", format="A4")
    assert data.startswith(b"%PDF")


def test_five_thousand_tests_are_not_all_in_the_document(large: Path, opened: Open) -> None:
    page = opened(large)
    assert page.locator("#shown").inner_text() == "100 of 5000 tests"
    page.locator("#all").check()
    assert page.locator(".row").count() < 60
    assert page.locator("#shown").inner_text() == "5000 of 5000 tests"
    page.locator("#scroller").evaluate("scroller => { scroller.scrollTop = scroller.scrollHeight; }")
    page.wait_for_selector(".row[data-place='4999']")
    assert page.locator(".row").count() < 60
    last = page.locator(".row[data-place='4999']").evaluate("row => row.getBoundingClientRect().bottom")
    bottom = page.locator("#scroller").evaluate("scroller => scroller.getBoundingClientRect().bottom")
    assert last <= bottom + 1
    page.get_by_role("combobox", name="after").select_option("flaky")
    assert page.locator(".row").count() < 60
    assert page.locator("#scroller").evaluate("scroller => scroller.scrollTop") == 0


def test_one_side_only(tmp_path: Path, opened: Open) -> None:
    given = material(tmp_path)
    path = tmp_path / "one.html"
    path.write_bytes(render(gather(replace(given, sides=given.sides[1:]))))
    page = opened(path, 400)
    assert page.locator("#shown").inner_text() == "0 of 4 tests"
    assert page.locator("#scroller").is_hidden()
    page.locator("#all").check()
    assert page.locator(".row").count() == 4
    assert page.locator("#filters select").count() == 2
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


def test_names_that_would_do_harm(tmp_path: Path, opened: Open) -> None:
    path = tmp_path / "nasty.html"
    path.write_bytes(render(gather(nasty(tmp_path))))
    page = opened(path, 400)
    assert page.locator(".row").count() == len(NASTY)
    for key in ("test", "failures", "seconds", "verdict-0"):
        page.locator(f"[data-key={key}] button").click()
    for place in range(len(NASTY)):
        row = page.locator(f".row[data-place='{place}']")
        row.locator(".test").hover()
        row.locator(".c").first.hover()
    page.locator("#grid").focus()
    for key in ("ArrowDown", "ArrowRight", "End", "Enter"):
        page.keyboard.press(key)
    assert page.evaluate("window.hacked") is None
    assert page.get_by_text("test[<script>window.hacked=1</script>]", exact=True).count() > 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


def test_the_policy_is_in_force(example: Path, opened: Open) -> None:
    page = opened(example, calm=False)
    said = page.evaluate(
        """() => new Promise(done => {
            document.addEventListener("securitypolicyviolation", event => done(event.effectiveDirective));
            const image = document.createElement("img");
            image.src = "https://example.invalid/x.png";
            document.body.append(image);
        })"""
    )
    assert said == "img-src"


@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("name", ["example", "many"])
def test_screenshots(name: str, width: int, request: pytest.FixtureRequest, opened: Open) -> None:
    page = opened(request.getfixturevalue(name), width)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        screenshot(page, f"{name}-{width}-{scheme}", height=None if name == "example" else 1600)
        assert (ARTIFACTS / f"{name}-{width}-{scheme}.png").stat().st_size > 10_000
