"""A report as lines: sections, each with a heading and a blank line between two."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import click

from isolator.system.visible import Painted


def in_sections(sections: Mapping[str, Iterable[str]], *, colour: bool) -> Iterator[str]:
    """The lines of sections by their headings; a section without a line is left out."""
    between = False
    for heading, section in sections.items():
        if lines := list(section):
            if between:
                yield ""
            between = True
            yield Painted(click.style(f"{heading}:", bold=True)) if colour else f"{heading}:"
            yield from (type(line)(f"  {line}") for line in lines)
