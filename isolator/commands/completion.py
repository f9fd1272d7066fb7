"""``isolator completion``: the script that has a shell complete the words of isolator."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from isolator.commands.output import print_document

_VARIABLE = "_ISOLATOR_COMPLETE"  # what click asks for, of a program called isolator


def run(shell: str, command: click.Command) -> int:
    """Prints the script: 0. ``shell`` is one of those of the command line."""
    found = get_completion_class(shell)
    assert found is not None, "click knows these shells"
    completion = found(command, {}, "isolator", _VARIABLE)
    # ``source()`` would start bash to ask for its version; the script says the same when it is read.
    print_document(completion.source_template % completion.source_vars())
    return 0
