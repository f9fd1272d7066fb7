"""The page as people see it: screenshots of four reports, and what axe-core says of each.

    python -m benchmarks.shots FOLDER

The reports are those of the example, fixed by `isolator deflake`; of a suite with 30 polluters; of 5,000 tests; and of
a test that hangs. Each is opened at 390, 800 and 1440 pixels, light, dark and as printed. axe-core is asked where
axe-playwright-python is installed. Needs Playwright, and a Chromium or a Chrome.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.report import browser, material
from isolator.commands.demo import copy_example
from isolator.report.html.gather import gather
from isolator.report.html.render import render
from tests.isolator.html.conftest import hanging_page
from tests.isolator.html.generated import generated

if TYPE_CHECKING:
    from playwright.sync_api import Page

WIDTHS = (390, 800, 1440)
LOOKS = ("light", "dark", "print")


def main() -> None:
    """Write the screenshots, and print the violations of each page."""
    from playwright.sync_api import sync_playwright

    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    pages = dict(_pages(folder))
    shots = violations = 0
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser(), args=["--no-sandbox"])
        page = chromium.new_page()
        for name, path in pages.items():
            for width in WIDTHS:
                for look in LOOKS:
                    _show(page, path, width, look)
                    page.screenshot(path=folder / f"{name}-{width}-{look}.png", full_page=True)
                    shots += 1
                    violations += _violations(page, f"{name}-{width}-{look}")
        chromium.close()
    asked = "violations of axe-core" if _axe() else "axe-playwright-python is not installed"
    print(f"{shots} screenshots in {folder}, {violations} {asked}")


def _pages(folder: Path) -> Iterator[tuple[str, Path]]:
    """The reports, by their names."""
    example = copy_example(folder / "example")
    command = [sys.executable, "-m", "isolator", "deflake", "--yes", "--seed", "1", "--html", "report.html", "--quiet"]
    subprocess.run(command, cwd=example, capture_output=True, check=False)
    yield "example", example / "report.html"
    for name, given in {"polluters": generated(folder, 1, polluters=30), "large": material()}.items():
        path = folder / f"{name}.html"
        path.write_bytes(render(gather(given)))
        yield name, path
    yield "hanging", hanging_page(folder)


def _show(page: Page, path: Path, width: int, look: str) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(
        media="print" if look == "print" else "screen", color_scheme="dark" if look == "dark" else "light"
    )
    page.goto(path.resolve().as_uri())


def _axe() -> bool:
    return find_spec("axe_playwright_python") is not None


def _violations(page: Page, name: str) -> int:
    if not _axe():
        return 0
    found = import_module("axe_playwright_python.sync_playwright").Axe().run(page)
    for each in found.response["violations"]:
        print(f"{name}: {each['id']}: {each['help']} ({len(each['nodes'])} places)")
    return int(found.violations_count)


if __name__ == "__main__":
    main()
