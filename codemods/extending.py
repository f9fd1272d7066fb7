"""Rules of other packages: imported, checked, and called so that failures name the package."""

from __future__ import annotations

import importlib
import pkgutil
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from traceback import walk_tb

from codemods.context import Context
from codemods.python.source import Source
from codemods.registry import all_rules
from codemods.rule import OWN, Codemod, ExtensionError, Finding, Match, Refusal, Rule

_CODE = re.compile(r"[A-Z]+[0-9]+")
_FAILURES = (
    Exception,
    SystemExit,
)  # a module may call sys.exit, which would end the run as if nothing were wrong


@dataclass(frozen=True)
class Extension:
    """A codemod of another package: ``codemod`` is where it is, as ``module:attribute``.

    ``name`` is what its ``distribution`` calls it. Its text names both, for messages.
    """

    codemod: str
    name: str
    distribution: str

    def __str__(self) -> str:
        return f"entry point {self.name} = {self.codemod} of {self.distribution}"


@dataclass(frozen=True)
class Loaded:
    """The codemods that can be used, and a line about each extension that cannot."""

    codemods: tuple[Codemod, ...]
    problems: tuple[tuple[Extension, str], ...]

    def all(self) -> tuple[Codemod, ...]:
        """The codemods, if every one can be used; raises ExtensionError otherwise."""
        for _, problem in self.problems:
            raise ExtensionError(problem)
        return self.codemods


@lru_cache(maxsize=4)
def load(extensions: tuple[Extension, ...]) -> Loaded:
    """Imports the codemods of some extensions. If two use the same code the first one counts."""
    codemods: list[Codemod] = []
    problems: list[tuple[Extension, str]] = []
    taken = {rule.code: "isolator" for rule in all_rules()}
    for extension in extensions:
        try:
            codemod = _import(extension)
            _look_over(codemod, taken)
        except ExtensionError as error:
            advice = f"fix {extension.distribution}, or uninstall it"
            problems.append((extension, f"{extension}: {error}; {advice}"))
        else:
            taken |= {rule.code: str(extension) for rule in codemod.rules}
            codemods.append(_blamed(codemod, extension))
    return Loaded(tuple(codemods), tuple(problems))


def _import(extension: Extension) -> Codemod:
    if ":" not in extension.codemod:
        raise ExtensionError("is not of the form module:attribute")
    try:
        with redirect_stdout(sys.stderr):
            found = pkgutil.resolve_name(extension.codemod)
    except _FAILURES as error:
        raise ExtensionError(f"cannot be imported: {_described(error)}") from error
    if not isinstance(found, Codemod):
        raise ExtensionError(f"is not a codemods.rule.Codemod but {type(found).__name__}")
    return found


def _look_over(codemod: Codemod, taken: dict[str, str]) -> None:
    """Raises ExtensionError for rules that clash with others or are not valid."""
    if (
        not isinstance(codemod.rules, tuple)
        or not codemod.rules
        or not all(map(_is_whole, codemod.rules))
    ):
        raise ExtensionError(
            "its rules are not a tuple of codemods.rule.Rule, each with a name and documentation"
        )
    if not all(
        callable(each) for each in (codemod.may_apply, codemod.find, codemod.apply or codemod.find)
    ):
        raise ExtensionError("may_apply, find and apply must be functions")
    codes = [rule.code for rule in codemod.rules]
    for code in codes:
        if not _CODE.fullmatch(code):
            raise ExtensionError(f"the code {code!r} is not capital letters followed by digits")
        if code in taken or codes.count(code) > 1:
            raise ExtensionError(
                f"the code {code} is taken by {taken.get(code, 'another of its rules')}"
            )
        if code.rstrip("0123456789") == OWN:
            raise ExtensionError(
                f"the code {code} begins with {OWN}, which is reserved for isolator"
            )


def _is_whole(rule: object) -> bool:
    """Whether this is a complete rule, which can be listed and explained."""
    if not isinstance(rule, Rule):
        return False
    texts = [rule.code, rule.name, rule.doc]
    return all(isinstance(t, str) and t.strip() for t in texts) and all(
        isinstance(r, Refusal) for r in rule.refusals
    )


def _blamed(codemod: Codemod, extension: Extension) -> Codemod:
    """The codemod, with functions that raise ExtensionError when they fail or return something
    invalid.
    """
    codes = frozenset(rule.code for rule in codemod.rules)

    def may_apply(data: bytes, path: str, context: Context) -> bool:
        with _failing("may_apply", codes, extension):
            return bool(codemod.may_apply(data, path, context))

    def find(source: Source, context: Context) -> list[Match]:
        with _failing("find", codes, extension):
            found = list(codemod.find(source, context))
            for match in found:
                _check(match, codes, source, fixes=codemod.apply is not None)
            return [match for match in found if source.wants(match.finding.test)]

    def apply(source: Source, context: Context, accepted: Sequence[Match]) -> str:
        with _failing("apply", codes, extension):
            text = codemod.apply(source, context, accepted) if codemod.apply else None
            if not isinstance(text, str) or text == source.text:
                raise ValueError("it returned no text, or unchanged text")
            return text

    fixes = apply if codemod.apply else None
    return replace(codemod, may_apply=may_apply, find=find, apply=fixes, extension=extension)


def _check(match: Match, codes: frozenset[str], source: Source, fixes: bool) -> None:
    """Raises ValueError for a match whose finding cannot be reported as it is."""
    if not isinstance(match, Match):
        raise ValueError(f"it returned {match!r}, which is not a codemods.rule.Match")
    finding = match.finding
    if not isinstance(finding, Finding) or finding.code not in codes:
        raise ValueError(f"it returned {finding!r}, which is not a finding of its rules")
    last = max(1, len(source.lines))
    if not (1 <= finding.span.line <= finding.span.end_line <= last and finding.span.column >= 1):
        raise ValueError(
            f"{finding.code} is found at {tuple(finding.span)}, in a file of {last} lines"
        )
    if finding.fix not in (("safe", "unsafe", None) if fixes else (None,)):
        raise ValueError(
            f"{finding.code} is found with the fix {finding.fix!r}, which does not exist"
        )


@contextmanager
def _failing(function: str, codes: frozenset[str], extension: Extension) -> Iterator[None]:
    """Turns an exception of a function into an ExtensionError that names it; code that LibCST
    cannot print is not a failure.

    What the function prints goes to stderr: stdout is for data.
    """
    try:
        with redirect_stdout(sys.stderr):
            yield
    except _FAILURES as error:
        if function == "apply":
            from codemods.edit.statements import NotLosslessError

            if isinstance(error, NotLosslessError):
                raise
        advice = f"fix it, or skip it with --ignore {','.join(sorted(codes))}"
        raise ExtensionError(
            f"{extension}: {function} failed: {_described(error)}; {advice}"
        ) from error


def _described(error: BaseException) -> str:
    """The error as one line, with the place it comes from, unless that is the import system."""
    place = ""
    for frame, line in walk_tb(error.__traceback__):
        file = frame.f_code.co_filename
        if not file.startswith("<frozen") and file not in (
            __file__,
            pkgutil.__file__,
            importlib.__file__,
        ):
            place = f" ({Path(file).name}:{line})"
    return ": ".join(filter(None, [type(error).__name__, " ".join(str(error).split())])) + place
