"""The page about the commands: what click knows of them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import click

from docs.generate.markdown import code, prose, table
from isolator.cli import cli


def page() -> str:
    """Every command with its words."""
    # Without these, click would remember for good that there is no `-h`.
    context = click.Context(cli, info_name="isolator", **cli.context_settings)
    return "\n\n".join(["# Commands", *_parts(context, cli)])


def _parts(context: click.Context, command: click.Command) -> Iterator[str]:
    yield f"{'#' * max(2, len(context.command_path.split()))} {context.command_path}"
    yield f"```text\n{' '.join([context.command_path, *command.collect_usage_pieces(context)])}\n```"
    yield _help(command.help or "")
    rows = [_row(parameter) for parameter in command.params if isinstance(parameter, click.Option)]
    if rows:
        yield table(("option", "what it does"), rows)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found is not None and not found.hidden:
                yield from _parts(click.Context(found, info_name=name, parent=context), found)


def _help(text: str) -> str:
    """The help: a block that click is told not to wrap is one of examples, or keeps its lines as code."""
    paragraphs = []
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        head, mark, block = paragraph.partition("\b\n")
        if not mark or head:
            paragraphs.append(prose(paragraph))
            continue
        title, _, lines = block.partition("\n")
        commands = re.sub(r"(?<=\S)(\s{2,})(?=\S)", r"\1# ", re.sub("(?m)^  ", "", lines))
        paragraphs.append(f"{title}\n\n```sh\n{commands}\n```")
    return "\n\n".join(paragraphs)


def _row(option: click.Option) -> tuple[str, str]:
    names = ", ".join(map(code, [*option.opts, *option.secondary_opts]))
    choices = option.type.choices if isinstance(option.type, click.Choice) else ()
    value = "" if option.is_flag or option.count or choices else f" {_value(option)}"
    words = [option.help or "", f"One of {', '.join(code(str(choice)) for choice in choices)}." if choices else ""]
    if option.show_default and not option.is_flag:
        words.append(f"Default: {code(str(option.default))}.")
    words.append("May be given several times." if option.multiple else "")
    return names[:-1] + value + "`", " ".join(filter(None, words))


def _value(option: click.Option) -> str:
    """What stands for the option's value."""
    if option.metavar:
        return option.metavar
    number = isinstance(option.type, click.types.IntParamType | click.types.FloatParamType)
    return "N" if number else (option.name or "value").upper()
