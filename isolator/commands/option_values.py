"""Values of the command line that click does not know: each is checked and turned into what it means."""

from __future__ import annotations

import click


def codes(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """``ISO101,ISO2`` as two codes, or beginnings of codes."""
    return tuple(code.strip() for value in values for code in value.split(",") if code.strip())


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
        raise click.BadParameter(f"{value!r} is no {what}")
    return number


def shard(_: click.Context, __: click.Parameter, value: str | None) -> tuple[int, int] | None:
    """``2/3`` as the second of three. Raises BadParameter."""
    if value is None:
        return None
    number, _slash, shards = value.partition("/")
    if not (number.isdecimal() and shards.isdecimal() and 1 <= int(number) <= int(shards)):
        raise click.BadParameter(f"{value!r} is no shard; 2/3 is the second of three")
    return int(number), int(shards)


def orders(_: click.Context, __: click.Parameter, values: str | None) -> tuple[str, ...]:
    """``given,random`` as two orders; none for none. Raises BadParameter."""
    from isolator.project.tables.confirm import KNOWN_ORDERS

    found = tuple(value.strip() for value in (values or "").split(",") if value.strip())
    for order in found:
        if order not in KNOWN_ORDERS:
            raise click.BadParameter(f"{order!r} is no order; there are given, reversed, random and twice")
    return found


def patterns(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Regular expressions, each of which compiles. Raises BadParameter."""
    import re

    for value in values:
        try:
            re.compile(value)
        except re.error as error:
            raise click.BadParameter(f"{value!r} is no regular expression: {error}") from None
    return values
