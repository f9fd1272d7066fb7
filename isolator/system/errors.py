"""What ends a command: one line on stderr, and an exit code."""

from __future__ import annotations

import click

from isolator.system.visible import visible


class Failure(click.ClickException):
    """A request that cannot be carried out: one line on stderr, exit code 2."""

    exit_code = 2

    def format_message(self) -> str:
        """The line, which may name a file."""
        return visible(self.message)
