"""Text on its ground is readable in both schemes (WCAG AA: 4.5 to 1), by calculation from the style sheet."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from isolator.report.html.colours import classes
from isolator.report.html.render import LOOKS

STYLE = (files("isolator.report.html") / "static" / "report.css").read_text(encoding="utf-8")
LIGHT, DARK = (
    dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
    for block in re.findall(r":root \{\s*color-scheme.*?\}", STYLE, re.DOTALL)
)
SCHEMES = {"light": LIGHT, "dark": DARK}
GROUNDS = ("paper", "panel", "hover")
PAIRS = [
    *((ink, ground) for ink in ("ink", "soft", "link") for ground in GROUNDS),
    *((ink, "paper") for ink in ("good", "bad")),
    *((f"{look}-ink", f"{look}-fill") for look in sorted(set(LOOKS.values()))),
    *((ink, ground) for ink in ("ink", "soft") for ground in ("code-fill", "old-fill", "new-fill")),
    *((f"code-{name}", ground) for name in classes() for ground in ("code-fill", "old-fill", "new-fill")),
]


def luminance(colour: str) -> float:
    """As WCAG 2 defines it."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted(map(luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_the_calculation() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_text_is_readable(scheme: str, ink: str, ground: str) -> None:
    colours = SCHEMES[scheme]
    assert contrast(colours[ink], colours[ground]) >= 4.5


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("line", ["focus", "rule-strong", "bad"])
def test_graphics_can_be_made_out(scheme: str, line: str) -> None:
    assert contrast(SCHEMES[scheme][line], SCHEMES[scheme]["paper"]) >= 3.0


def test_both_schemes_have_the_same_colours() -> None:
    assert LIGHT.keys() == DARK.keys()
    used = set(re.findall(r"var\(--([\w-]+)\)", STYLE)) - {"cell", "row", "columns", "most"}
    assert used == set(LIGHT)
