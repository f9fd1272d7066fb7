"""Values of the command line that click does not know: each is checked and turned into what it means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from isolator.project.overrides import Overrides, PerFile


def commas(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """``ISO101,ISO2`` as two codes, or beginnings of codes; ``tests/old,tests/a.py`` as two patterns."""
    return tuple(code.strip() for value in values for code in value.split(",") if code.strip())


def color(context: click.Context, _: click.Parameter, value: str | None) -> None:
    """Whether there are colours is asked of the context, wherever something is printed."""
    if value is not None:
        context.color = {"always": True, "never": False}.get(value)


def config(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> Overrides:
    """Files of settings, and ``key = value`` in TOML. Raises BadParameter."""
    from isolator.project.overrides import read_overrides
    from isolator.project.toml import SettingsError

    try:
        return read_overrides(values)
    except SettingsError as error:
        raise click.BadParameter(error.problem) from None


def per_file(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> PerFile:
    """``tests/old/*:ISO101,tests/a.py:ISO2`` as patterns and their codes. Raises BadParameter."""
    found: dict[str, list[str]] = {}
    pattern = ""
    for word in (word.strip() for value in values for word in value.split(",") if word.strip()):
        before, colon, code = word.rpartition(":")
        pattern = before.strip() if colon else pattern
        if not pattern.lstrip("!") or not code.strip():
            raise click.BadParameter(f"{word!r} is not a pattern and a code, such as 'tests/old/*:ISO101'")
        found.setdefault(pattern, []).append(code.strip())
    return tuple((pattern, tuple(codes)) for pattern, codes in found.items())


def rate(_: click.Context, __: click.Parameter, value: str | None) -> float | None:
    """``5%`` or ``0.05`` as a number between 0 and 1. Raises BadParameter."""
    return _share(value, "rate, such as 5% or 0.05")


def confidence(_: click.Context, __: click.Parameter, value: str | None) -> float | None:
    """``99%`` or ``0.99`` as a number between 0 and 1. Raises BadParameter."""
    return _share(value, "confidence, such as 99% or 0.99")


def _share(value: str | None, what: str) -> float | None:
    if value is None:
        return None
    text = value.strip()
    try:
        number = float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 1:
        raise click.BadParameter(f"{value!r} is not a valid {what}")
    return number


def shard(_: click.Context, __: click.Parameter, value: str | None) -> tuple[int, int] | None:
    """``2/3`` as the second of three. Raises BadParameter."""
    if value is None:
        return None
    number, _slash, shards = value.partition("/")
    if not (number.isdecimal() and shards.isdecimal() and 1 <= int(number) <= int(shards)):
        raise click.BadParameter(f"{value!r} is not a valid shard; 2/3 is the second of three")
    return int(number), int(shards)


def orders(_: click.Context, __: click.Parameter, values: str | None) -> tuple[str, ...]:
    """``given,random`` as two orders; none for none. Raises BadParameter."""
    from isolator.project.tables.confirm import KNOWN_ORDERS

    found = tuple(value.strip() for value in (values or "").split(",") if value.strip())
    for order in found:
        if order not in KNOWN_ORDERS:
            raise click.BadParameter(f"{order!r} is not a valid order; use given, reversed, random or twice")
    return found


def patterns(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Regular expressions, each of which compiles. Raises BadParameter."""
    import re

    for value in values:
        try:
            re.compile(value)
        except re.error as error:
            raise click.BadParameter(f"{value!r} is not a valid regular expression: {error}") from None
    return values
