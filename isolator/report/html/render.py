"""The bytes of the page: Jinja2's template, with the style sheet, the script and its data put in."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from isolator.report.html.dependencies.layout import COLUMNS, INSIDE, TOTAL, draw
from isolator.report.html.page import Ends, Page, last_part
from isolator.report.html.visible import visible, visible_code
from isolator.report.runs.confirm_matrix import CELLS, ORDERS, UNSTABLE

# How a cell looks, by its letter; every cell has its letter, too.
LOOKS = {".": "pass", "F": "fail", "E": "fail", "s": "skip", "x": "skip", "X": "odd", "C": "dead", "H": "dead"}
LOOKS |= {"R": "odd", "-": "none", " ": "none"}
_JOINTS = re.compile(r"(?<=[_/\[.])|(?<=::)")
_MEANINGS = {letter: result for result, (letter, _) in CELLS.items()} | {" ": "not collected"}


def render(page: Page) -> bytes:
    """The page in UTF-8; the same for the same data."""
    style, script = _static("report.css"), _static("report.js")
    html = (
        _environment()
        .get_template("page.html.j2")
        .render(
            page=page,
            drawing=None if page.graph is None else draw(page.graph),
            columns=COLUMNS,
            inside=INSIDE,
            numbers={} if page.graph is None else {node: number for number, node in enumerate(page.graph.nodes)},
            total=TOTAL,
            letters=_letters(page),
            orders={
                order: ORDERS[order] for order in ORDERS if any(r.order == order for s in page.sides for r in s.runs)
            },
            # What is put into style and script elements is ours, and the data cannot end its element.
            style=Markup(style),
            script=Markup(script),
            data=Markup(_data(page)),
            policy=f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
            "base-uri 'none'; form-action 'none'",
        )
    )
    return html.encode("utf-8")


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("isolator.report.html"),
        autoescape=True,
        finalize=_shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"code": _code, "words": _words, "seconds": seconds, "most": _most}
    environment.filters |= {"last": last_part, "inside": _inside, "joints": _joints}
    environment.globals |= {"looks": LOOKS, "meanings": _MEANINGS, "signs": {True: "✓", False: "✗"}}
    return environment


def seconds(value: float | None) -> str:
    """A time with as many digits as it deserves: ``12 ms``, ``1.25 s``, ``312 s``."""
    if value is None:
        return "\u2013"
    if value < 0.1:
        return f"{1000 * value:.0f} ms"
    return f"{value:.2f} s" if value < 100 else f"{value:.0f} s"


def _shown(value: object) -> object:
    """What the template prints: text of others as something that can be seen, which Jinja2 then escapes."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _code(line: str) -> Markup:
    return escape(visible_code(line))


def _words(sentence: str) -> Markup:
    """A sentence of ours, with what stands between backticks as code."""
    parts = [escape(visible(part)) for part in sentence.split("`")]
    return Markup("").join(Markup("<code>{}</code>").format(part) if n % 2 else part for n, part in enumerate(parts))


def _inside(node_id: str) -> str:
    """What a test stands in: its file, and its class."""
    return node_id.removesuffix(last_part(node_id)).removesuffix("::")


def _joints(name: str) -> Markup:
    """A name that may be broken into lines at its joints."""
    pieces = (escape(visible(piece)) for piece in _JOINTS.split(name))
    return Markup("<wbr>").join(pieces)


def _most(values: Sequence[float | None]) -> float:
    return max((value for value in values if value is not None), default=0.0)


def _static(name: str) -> str:
    return (files("isolator.report.html") / "static" / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _letters(page: Page) -> dict[str, str]:
    """The letters that occur, for the legend."""
    seen = {letter for row in page.rows for ends in row.ends if ends is not None for letter in ends.letters}
    return {letter: meaning for letter, meaning in _MEANINGS.items() if letter in seen and letter != " "}


def _data(page: Page) -> str:
    """The rows for the script, as JSON in which nothing can be taken for a tag. Its form stands in ``report.js``."""
    files = {name: number for number, name in enumerate(dict.fromkeys(row.file for row in page.rows))}
    told = _Numbers()
    document = {
        "sides": [
            {"name": s.name, "runs": [[r.order, r.seed, r.seconds, r.problem or ""] for r in s.runs]}
            for s in page.sides
        ],
        "orders": ORDERS,
        "meanings": _MEANINGS,
        "looks": LOOKS,
        "files": [visible(name) for name in files],
        "rows": [
            [visible(row.test), files[row.file], row.anchor or "", *(_ends(ends, told) for ends in row.ends)]
            for row in page.rows
        ],
        "told": told.texts,
        "calm": UNSTABLE.index("failing"),
    }
    text = json.dumps(document, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


class _Numbers:
    """Texts, each once, by their numbers."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def of(self, text: str) -> int:
        return self._numbers.setdefault(visible(text), len(self._numbers))

    @property
    def texts(self) -> list[str]:
        return list(self._numbers)


def _ends(ends: Ends | None, told: _Numbers) -> list[object] | None:
    if ends is None:
        return None
    times = [None if each is None else round(1000 * each) for each in ends.seconds]
    ways = [[number, told.of(way)] for number, way in ends.ways]
    known = times if any(each is not None for each in times) else 0
    return [told.of(ends.verdict), told.of(ends.told), ends.letters, ends.failures, ends.rank, known, ways]
