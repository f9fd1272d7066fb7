"""What a rule is, what it finds, and why it sometimes leaves a finding unfixed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from codemods.context import Context
from codemods.python.source import Source, Span

if TYPE_CHECKING:
    from codemods.extending import Extension

# What a watched run may show: a line of a test that leaves a variable changed, a test that needs
# one unset, a variable that something else changes, a cached configuration, other state that is
# left changed, a call out of the process.
Shown = Literal["write", "precondition", "variable", "cache", "state", "initializer"]
OWN = "ISO"  # what the codes of isolator's own rules begin with, those to come as well
_LEFT = "; not fixed: "
IGNORE = re.compile(r"#\s*isolator:\s*ignore(?:\[([A-Z0-9,\s]*)\])?")


@dataclass(frozen=True)
class Refusal:
    """A reason not to rewrite: its code, and what the user can do about it."""

    code: str
    advice: str


@dataclass(frozen=True)
class Finding:
    """One finding of a rule. Lines and columns count from 1, columns in characters.

    ``fix`` says whether the rewrite is safe, and is None if there is none; ``refusal`` is then
    the code of the reason, or None for a rule that never rewrites. Findings of one ``group`` are
    fixed together or not at all. ``note`` says why the fix is not the simple one that a reader
    may expect; ``--verbose`` shows it. ``cells`` names the state that the finding is about:
    environment variables, or what a fixture restores. ``caution``: why a fix is unsafe.
    ``fixture`` is the name of the fixture that the fix adds: if a rule adds several, each can be
    dropped on its own.
    """

    code: str
    name: str
    message: str
    span: Span
    test: str | None = None
    fix: Literal["safe", "unsafe"] | None = None
    refusal: str | None = None
    group: int | None = None
    cells: tuple[str, ...] = ()
    caution: str = ""
    note: str | None = None
    fixture: str = ""

    @property
    def brief(self) -> str:
        """The message without the reason why there is no fix, which may be long."""
        return self.message.partition(_LEFT)[0]

    def refused(self, refusal: str, reason: str) -> Finding:
        """The same finding without a fix: the refusal's code is kept, the reason is added to the
        message.
        """
        return replace(self, fix=None, refusal=refusal, message=f"{self.message}{_LEFT}{reason}")


@dataclass(frozen=True)
class Match:
    """A finding, and what ``apply`` needs to fix it.

    ``change`` is the codemod's own affair, and None where it needs nothing; nobody else looks at
    it, and it stays in the process that found it.
    """

    finding: Finding
    change: object = None


@dataclass(frozen=True)
class Rule:
    """One rule: its code and name, and its documentation, which is the docstring of the module it
    stands in.

    The first line of ``doc`` says what the rule finds; the rest, in Markdown, why, before and
    after, and when it refuses. ``refusals`` are all that its findings may have.

    ``answers`` is what a watched run shows of what the rule is about. ``undoes`` says where a fix
    takes back what was left changed in the environment until then, so that other tests do not
    find it any more: in the function of the finding, in the whole test, or in all of the suite.
    """

    code: str
    name: str
    doc: str
    refusals: tuple[Refusal, ...] = ()
    answers: Shown | None = None
    undoes: Literal["function", "test", "suite"] | None = None

    @property
    def summary(self) -> str:
        """The first line of the documentation: what the rule finds."""
        return self.doc.strip().splitlines()[0]

    def finding(
        self,
        span: Span,
        message: str,
        *,
        test: str | None = None,
        fix: Literal["safe", "unsafe"] | None = None,
        refusal: Refusal | None = None,
        group: int | None = None,
        cells: tuple[str, ...] = (),
        caution: str = "",
    ) -> Finding:
        """A finding of this rule; the advice of the refusal, if any, is added to the message.

        ``span`` is where it stands (see ``Source.span``), ``test`` the node id of the test it is
        in, None outside of tests. A refusal rules out a fix. ``cells`` are the variables that it
        is about; ``caution`` says why a fix is unsafe.
        """
        finding = Finding(
            self.code, self.name, message, span, test, fix, None, group, cells, caution
        )
        return finding if refusal is None else finding.refused(refusal.code, refusal.advice)


@dataclass(frozen=True)
class Additions:
    """What else a rewrite may add to a file, for the guard to accept; nothing, unless a
    codemod says so.

    ``patched`` are targets of ``@patch`` decorators, ``unset`` variables that a test may unset
    first of all. ``templates`` are the texts of which a conftest may get definitions, None where
    it gets none. ``there`` are attributes, by their full names, that are sure to be there.
    ``clean_ups``: lines that register the undoing of a change. ``recreated``: objects that tests
    share are made for each of them. ``own_files``: folders for single tests, and names of files in
    these. ``set_ups`` are the texts of fixtures that tests may ask for.
    """

    patched: tuple[str, ...] = ()
    unset: frozenset[str] = frozenset()
    templates: tuple[str, ...] | None = None
    there: frozenset[str] = frozenset()
    clean_ups: bool = False
    recreated: bool = False
    own_files: bool = False
    set_ups: tuple[str, ...] = ()

    def __or__(self, other: Additions) -> Additions:
        """What either of two may add."""
        found = [each for each in (self.templates, other.templates) if each is not None]
        return Additions(
            patched=(*self.patched, *other.patched),
            unset=self.unset | other.unset,
            templates=tuple(text for texts in found for text in texts) if found else None,
            there=self.there | other.there,
            clean_ups=self.clean_ups or other.clean_ups,
            recreated=self.recreated or other.recreated,
            own_files=self.own_files or other.own_files,
            set_ups=(*self.set_ups, *other.set_ups),
        )


def _nothing(_source: Source, _context: Context) -> Additions:
    return Additions()


@dataclass(frozen=True)
class Codemod:
    """Rules that are found together and fixed together.

    ``may_apply(data, path, context)`` looks at the file's bytes only and must be quick; it may
    say yes wrongly, never no. ``find(source, context)`` returns a match for each place and uses
    ``ast`` only. ``apply(source, context, matches)`` takes those of them that are to be fixed,
    found in that very source, and returns the new text of the whole file; it alone may import
    LibCST, and does so when it is called. It changes nothing in the matches: it may be called
    again with others. It is None where all the rules only report. ``adds(source, context)`` says
    what else that new text may have; rules of others are not asked. ``reads_tree``: what is
    found depends on the source tree, not on the file alone.

    The four are called in any process, for any file and in any order: what they return depends
    on what they are given and on nothing else. ``extension`` says whose the rules are, and is
    None for those of isolator.
    """

    rules: tuple[Rule, ...]
    may_apply: Callable[[bytes, str, Context], bool]
    find: Callable[[Source, Context], list[Match]]
    apply: Callable[[Source, Context, Sequence[Match]], str] | None = field(default=None)
    extension: Extension | None = field(default=None)
    adds: Callable[[Source, Context], Additions] = field(default=_nothing)
    reads_tree: bool = True


class ExtensionError(Exception):
    """A rule of somebody else's cannot be used, or failed: one line that says whose it is, and
    what to do.
    """


def chosen(found: Sequence[Match], source: Source, takes: Callable[[str], bool]) -> list[Match]:
    """Those of a codemod's matches whose code is taken and whose line does not ask to ignore them.

    ``found`` are all that it finds in the file: a group that is not wanted whole loses its fixes.
    """
    wanted, broken = [], set()
    for match in found:
        if takes(match.finding.code) and not is_ignored(
            match.finding.code, match.finding.span, source
        ):
            wanted.append(match)
        else:
            broken.add(match.finding.group)
    broken.discard(None)
    return [_alone(m) if m.finding.group in broken and m.finding.fix else m for m in wanted]


def _alone(match: Match) -> Match:
    """A match whose fix would need others that were ignored or not selected."""
    reason = (
        "it must be rewritten together with findings of this function that are ignored "
        "or not selected"
    )
    return replace(match, finding=match.finding.refused("undo-order", reason))


def is_ignored(code: str, span: Span, source: Source) -> bool:
    """Whether the line of a finding asks to ignore it: ``x = []  # isolator: ignore[ISO408]``."""
    match = IGNORE.search(source.lines[span.line - 1]) if source.lines else None
    if match is None:
        return False
    return match[1] is None or code in re.split(r"[,\s]+", match[1])
