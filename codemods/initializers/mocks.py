"""The mock that a test gets for an initializer: what is written, or why nothing can be."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from codemods.context import Initializer
from codemods.edit.quotes import quoted
from codemods.initializers.signature import SHAPES
from codemods.initializers.spelling import Speller
from codemods.rule import Refusal
from codemods.suite.hosts import Host

INIT_RETURNS = Refusal(
    "init-returns", 'an __init__ must return None; add returns = "None" to the settings'
)
UNBOUND_NAME = Refusal(
    "unbound-name",
    "an expression in the settings uses a name that the file does not define; import it",
)
NAME_TAKEN = Refusal(
    "name-taken",
    "the parameter's name, or `patch`, is already used for something else here; set "
    "`argument` in the settings",
)
REFUSALS = (INIT_RETURNS, UNBOUND_NAME, NAME_TAKEN, *SHAPES)


@dataclass(frozen=True)
class Mock:
    """A decorator, the parameter that it fills, the lines that set the mock up, and what they
    need imported.
    """

    host: Host
    decorator: str
    argument: str
    annotation: str | None
    lines: tuple[str, ...]
    wanted: frozenset[str]


def mock_for(
    host: Host, initializer: Initializer, taken: set[str], speller: Speller
) -> Mock | Refusal:
    """The mock for an initializer in a test that can take one; ``taken`` are the names of others
    that it gets.

    Raises SyntaxError if an expression of the settings is none.
    """
    argument = argument_name(initializer)
    configured = [value for _, value in initializer.configure]
    if initializer.target.endswith(".__init__") and not _returns_none(initializer):
        return INIT_RETURNS
    patch = speller.spell("patch", host)
    if patch is None or argument in taken or _uses(host, argument):
        return NAME_TAKEN
    importable, unbound = speller.unbound([*configured, *filter(None, [initializer.returns])], host)
    if unbound:
        return UNBOUND_NAME
    annotation = speller.spell("MagicMock", host) if host.annotated else None
    return Mock(
        host,
        f"{patch.text}({quoted(initializer.target, host.source.text)}{_returned(initializer)})",
        argument,
        annotation.text if annotation else None,
        tuple(
            f"{argument}.{attribute} = {value.strip()}"
            for attribute, value in initializer.configure
        ),
        frozenset({*importable, *(s.wanted for s in (patch, annotation) if s and s.wanted)}),
    )


def argument_name(initializer: Initializer) -> str:
    """The parameter's name: as set, or ``mock_`` and the target's last name, with that of its
    class if it has one.
    """
    if initializer.argument is not None:
        return initializer.argument
    *_, owner, name = ("", *initializer.target.split("."))
    names = [owner, name] if owner.lstrip("_")[:1].isupper() else [name]
    snake = (
        re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", n.strip("_")).lower()
        for n in names
    )
    return "_".join(["mock", *snake])


def _returned(initializer: Initializer) -> str:
    return (
        f", return_value={initializer.returns.strip()}" if initializer.returns is not None else ""
    )


def _returns_none(initializer: Initializer) -> bool:
    configured = dict(initializer.configure)
    returns = configured.get("return_value", initializer.returns)
    return "side_effect" in configured or (returns is not None and returns.strip() == "None")


def _uses(host: Host, name: str) -> bool:
    return any(
        (isinstance(node, ast.Name) and node.id == name)
        or (isinstance(node, ast.arg) and node.arg == name)
        for node in ast.walk(host.function)
    )
