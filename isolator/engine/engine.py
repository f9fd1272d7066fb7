"""One file: find, rewrite, guard. Bytes in, bytes and findings out; nothing is read from or written to a disk here."""

from __future__ import annotations

import codecs
import gc
import io
import tokenize
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, reduce, wraps
from operator import or_
from typing import TYPE_CHECKING, TypeVar, cast

from codemods.context import Context
from codemods.python.source import Source
from codemods.registry import codemods_for
from codemods.rule import Additions, Codemod, ExtensionError, Finding, Match, chosen
from isolator.project.gitignore import Ignores
from isolator.project.overrides import PerFile

if TYPE_CHECKING:
    from codemods.extending import Extension
    from isolator.engine.choosing.afterwards import Afterwards
    from isolator.engine.rejecting import Judged
    from isolator.project.others.changed_lines import Lines


@dataclass(frozen=True)
class Selection:
    """Which rules count (codes or prefixes of codes, none for all; ``ignore`` wins), and whether unsafe fixes do.

    ``without`` are units, as ``unit_of`` names them, whose findings are left as they are; so are those of
    ``rejected``, for the reason that is given for each. ``in_some_files`` are codes that do not count in files like a
    pattern of .gitignore, or with a ``!`` in all others; the folder that the patterns are relative to is their first.
    ``changed``: of each file, by its absolute path, only these ``lines`` are asked for (see ``choosing.changed``).
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    unsafe_fixes: bool = False
    without: frozenset[str] = frozenset()
    rejected: tuple[tuple[str, str], ...] = ()
    in_some_files: tuple[str, PerFile] = ("", ())
    changed: Mapping[str, Lines] | None = None
    lines: Lines | None = None

    def in_file(self, path: str) -> Selection:
        """What is selected in the file with this absolute path."""
        folder, ignored = self.in_some_files
        if not ignored and self.changed is None:
            return self
        codes = [code for pattern, some in ignored if _is_like(path, folder, pattern) for code in some]
        lines = None if self.changed is None else self.changed.get(path, ())
        return replace(self, ignore=(*self.ignore, *codes), in_some_files=("", ()), changed=None, lines=lines)

    def takes(self, code: str) -> bool:
        """Whether findings with this code are selected."""
        return (not self.select or code.startswith(self.select)) and not code.startswith(self.ignore)

    def fixes_of(self, code: str, *, proving: bool) -> tuple[str, ...]:
        """Which fixes of a rule are made: none, the safe ones, or all."""
        if not self.takes(code):
            return ()
        return ("safe", "unsafe") if self.unsafe_fixes or proving else ("safe",)

    def runs(self, codemod: Codemod) -> bool:
        """Whether a rule of the codemod is selected."""
        return any(self.takes(rule.code) for rule in codemod.rules)


def _is_like(path: str, folder: str, pattern: str) -> bool:
    if not path.startswith(folder):
        return False
    name = pattern.removeprefix("!")
    return _pattern(folder, name).ignore(path) == (name == pattern)


@cache
def _pattern(folder: str, name: str) -> Ignores:
    return Ignores().plus(folder, [name])


@dataclass(frozen=True)
class Kept:
    """What was found in a file of which these are the bytes: ``digest`` stands for them; ``read`` as in ``Rewrite``."""

    digest: str
    read: bool
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Rewrite:
    """The result for one file.

    ``source`` is the new content, or the given one if nothing changed. ``fixed`` are findings that the new content
    fixes, ``left`` the others, both in the order of the given file. ``error`` is one line that says why the
    file could not be read or rewritten (ISO000), or None; ``unreadable`` says that it is not valid Python at all.
    ``problems`` are such lines about single rewrites that are not applied; the others of the file are. ``read``: a
    rule had to read the file, so the findings may depend on other files. ``kept`` is for the cache of a later run.
    """

    path: str
    source: bytes
    fixed: tuple[Finding, ...] = ()
    left: tuple[Finding, ...] = ()
    error: str | None = None
    unreadable: bool = False
    problems: tuple[str, ...] = ()
    read: bool = False
    kept: Kept | None = None


class UnreadableError(Exception):
    """The bytes are not valid Python for this interpreter; the message says why and where."""


@contextmanager
def _uncollected() -> Iterator[None]:
    """No cyclic garbage is looked for meanwhile: syntax trees hold none, and going through them costs a third."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


OneFile = TypeVar("OneFile", bound=Callable[..., Rewrite])


def _within_limits(one_file: OneFile) -> OneFile:
    """The same, for files too that recursion cannot get to the end of: these stay as they are, and it says why."""

    @wraps(one_file)
    def limited(data: bytes, path: str, *arguments: object, **named: object) -> Rewrite:
        try:
            return one_file(data, path, *arguments, **named)
        except RecursionError:
            return Rewrite(path, data, error="has an expression that is nested too deep to be rewritten")

    return cast(OneFile, limited)


@_within_limits
@_uncollected()
def check(
    data: bytes, path: str, context: Context, selection: Selection, tests: tuple[str, ...] | None = None
) -> Rewrite:
    """Findings only, all of them in ``left``; LibCST is never imported. ``tests`` as in ``Source``."""
    with _looked(data, path, context, selection, tests) as looked:
        return looked.checked


@_within_limits
@_uncollected()
def rewrite(
    data: bytes, path: str, context: Context, selection: Selection, tests: tuple[str, ...] | None = None
) -> Rewrite:
    """Findings, and the file with every selected fix applied but those that the guard rejects, which are problems."""
    with _looked(data, path, context, selection, tests) as looked:
        fixes = not looked.checked.error and any(_takes_fix(finding, selection) for finding in looked.checked.left)
        return _rewritten(looked, data, context, selection) if fixes else looked.checked


def _rewritten(looked: _Looked, data: bytes, context: Context, selection: Selection) -> Rewrite:
    """The file with what can be fixed in it fixed."""
    found, path = list(looked.checked.left), looked.checked.path
    try:
        judged = _judged(looked, found, context, selection)
    except ExtensionError as error:
        return Rewrite(path, data, left=tuple(found), error=str(error))
    if judged.rejected:
        selection = replace(selection, rejected=_reasons(judged))
        found = _findings(looked, context, selection)
    unfaithful = judged.attempt.unfaithful
    fixes = [f for f in found if _takes_fix(f, selection) and f.code not in unfaithful]
    now = _looked_again(looked, found, fixes, judged.attempt.text, context, selection)
    made = {**{f: f for f in fixes if f not in now.unmade}, **now.gone}
    fixed = tuple(made[f] for f in found if f in made)
    left = tuple(now.unmade.get(f, f) for f in found if f not in made)
    problems = tuple(
        f"internal check failed at {unit}; left unchanged; please report ({difference})"
        for unit, difference in judged.rejected.items()
    )
    return Rewrite(path, encode(judged.attempt.text, data), fixed, left, problems=problems)


def _looked_again(
    looked: _Looked, found: list[Finding], fixes: list[Finding], text: str, context: Context, selection: Selection
) -> Afterwards:
    """Look for the findings again in the functions of which some are fixed, and where several rules met."""
    from isolator.engine.choosing.afterwards import Afterwards, compared
    from isolator.engine.units import unit_of

    before = looked.source
    assert before is not None, "what has findings was read"
    units_before = {finding: unit_of(finding, before) for finding in found}
    rewritten = {units_before[finding] for finding in fixes}
    beside = [finding for finding in found if finding not in fixes and units_before[finding] in rewritten]
    codes = {finding.code for finding in (*fixes, *beside)}
    codemods = [codemod for codemod, _ in looked.matches if any(rule.code in codes for rule in codemod.rules)]
    if len(codemods) < 2 and not beside:
        return Afterwards()
    after = Source(text, before.path, before.tests)
    again = list(_find(codemods, after, context, []))
    now = [m.finding for _, matches in again for m in _selected(matches, after, context, selection)]
    units_now = [(unit_of(finding, after), finding) for finding in now]
    after.facts.clear()
    known = {rule.code for codemod, _ in again for rule in codemod.rules}
    return compared(
        [(units_before[finding], finding) for finding in fixes],
        [(units_before[finding], finding) for finding in beside if finding.code in known],
        units_now,
    )


@dataclass(frozen=True)
class _Looked:
    """What ``check`` says of a file, its source if it was read, and what each codemod found there.

    ``matches`` are all, selected or not.
    """

    checked: Rewrite
    source: Source | None = None
    matches: tuple[tuple[Codemod, list[Match]], ...] = ()


@contextmanager
def _looked(
    data: bytes, path: str, context: Context, selection: Selection, tests: tuple[str, ...] | None
) -> Iterator[_Looked]:
    """``_look``; the facts of the source are dropped in the end, so that its tree goes without a collection."""
    looked = _look(data, path, context, selection, tests)
    try:
        yield looked
    finally:
        if looked.source is not None:
            looked.source.facts.clear()


def _look(data: bytes, path: str, context: Context, selection: Selection, tests: tuple[str, ...] | None) -> _Looked:
    """Find what the selected rules find; a file in whose bytes none can find anything is not parsed."""
    errors: list[str] = []
    codemods = _candidates(data, path, context, selection, errors)
    if not codemods:
        return _Looked(Rewrite(path, data, error=_joined(errors)))
    try:
        source = read(data, path, tests)
    except UnreadableError as error:
        return _Looked(Rewrite(path, data, error=_joined([*errors, str(error)]), unreadable=not errors))
    matches = tuple(_find(codemods, source, context, errors))
    looked = _Looked(Rewrite(path, data), source, matches)
    found = _findings(looked, context, selection)
    return replace(looked, checked=Rewrite(path, data, left=tuple(found), error=_joined(errors), read=True))


def _find(
    codemods: list[Codemod], source: Source, context: Context, errors: list[str]
) -> Iterator[tuple[Codemod, list[Match]]]:
    """What each of the codemods finds; one that fails is left out, with a line in ``errors``."""
    for codemod in codemods:
        try:
            yield codemod, codemod.find(source, context)
        except ExtensionError as error:
            errors.append(str(error))


def _findings(looked: _Looked, context: Context, selection: Selection) -> list[Finding]:
    """The selected findings in the order of the file."""
    assert looked.source is not None, "what has matches was read"
    every = (_selected(matches, looked.source, context, selection) for _, matches in looked.matches)
    found = [match.finding for matches in every for match in matches]
    return sorted(found, key=lambda finding: (finding.span, finding.code))


def _judged(looked: _Looked, found: list[Finding], context: Context, selection: Selection) -> Judged:
    """The file with the rewrites that the guard accepts. Raises ExtensionError."""
    from isolator.engine.rejecting import Attempt, judge
    from isolator.engine.units import unit_of

    source = looked.source
    assert source is not None, "what has findings was read"
    fixed = [finding for finding in found if _takes_fix(finding, selection)]
    unit_codes = [(unit_of(finding, source), finding.code) for finding in fixed]

    def attempt(without: frozenset[str]) -> Attempt:
        kept = replace(selection, rejected=tuple((unit, "") for unit in sorted(without)))
        codes = {code for unit, code in unit_codes if unit not in without}
        if not codes:
            return Attempt(source.text)
        text, unfaithful = _apply(looked, source, context, kept)
        applied = [c for c, _ in looked.matches if any(rule.code in codes for rule in c.rules)]
        own = [codemod for codemod in applied if codemod.extension is None]
        additions = reduce(or_, (codemod.adds(source, context) for codemod in own), Additions())
        foreign = len(own) < len(applied)
        return Attempt(text, frozenset(unfaithful), _guard(source, text, additions, foreign))

    return judge(list(dict.fromkeys(unit for unit, _ in unit_codes)), source, attempt)


def _reasons(judged: Judged) -> tuple[tuple[str, str], ...]:
    """Why the findings of the units that were left out are not fixed."""
    own = "the rewrite failed an internal check, which is a bug of isolator; please report it"
    other = "it depends on {}, whose rewrite failed an internal check"
    with_others = ((unit, other.format(cause)) for unit, cause in judged.left_with.items())
    return (*((unit, own) for unit in judged.rejected), *with_others)


def units(data: bytes, path: str, findings: Sequence[Finding]) -> list[str]:
    """The unit that each of the findings in a file belongs to. Raises UnreadableError."""
    from isolator.engine.units import unit_of

    source = read(data, path)
    return [unit_of(finding, source) for finding in findings]


def _joined(errors: list[str]) -> str | None:
    return "; ".join(errors) or None


def _candidates(data: bytes, path: str, context: Context, selection: Selection, errors: list[str]) -> list[Codemod]:
    """The codemods that may find something in the bytes; one question that several ask is asked once.

    What rules of others fail with is added to ``errors``: the others go on.
    """
    answers: dict[object, bool] = {}
    found = []
    for codemod in codemods_for(context):
        if selection.runs(codemod):
            if codemod.may_apply not in answers:
                try:
                    answers[codemod.may_apply] = codemod.may_apply(data, path, context)
                except ExtensionError as error:
                    errors.append(str(error))
                    continue
            if answers[codemod.may_apply]:
                found.append(codemod)
    return found


def _selected(found: list[Match], source: Source, context: Context, selection: Selection) -> list[Match]:
    """Those of one codemod's matches that are selected; without their fix where it must not be made."""
    if context.setters:
        from isolator.engine.sparing import spared

        findings = spared([match.finding for match in found], source, context)
        found = [replace(m, finding=f) for m, f in zip(found, findings, strict=True)]
    wanted = chosen(found, source, selection.takes)
    if not (selection.without or selection.rejected):
        return wanted
    return [replace(m, finding=_taken_back(m.finding, source, selection)) for m in wanted]


def _taken_back(finding: Finding, source: Source, selection: Selection) -> Finding:
    """The finding; without its fix if no run of the tests confirms it, or the guard rejects it."""
    from isolator.engine.units import unit_of

    unit = unit_of(finding, source)
    if finding.fix is None:
        return finding
    if unit in selection.without:
        return finding.refused("not-confirmed", "the rewrite made tests worse, or they did not run")
    reasons = dict(selection.rejected)
    return finding.refused("internal-check", reasons[unit]) if unit in reasons else finding


def _takes_fix(finding: Finding, selection: Selection) -> bool:
    return finding.fix == "safe" or (finding.fix == "unsafe" and selection.unsafe_fixes)


def _apply(looked: _Looked, given: Source, context: Context, selection: Selection) -> tuple[str, set[str]]:
    """The new text, and the codes of the rules whose statements LibCST could not print.

    What was found in the file is fixed; a codemod whose turn comes when others have changed the
    text looks again.
    """
    from codemods.edit.statements import NotLosslessError

    unfaithful: set[str] = set()
    source = given
    for codemod, found in looked.matches:
        if codemod.apply is None or not found:
            continue  # what others change gives it nothing to find, and parsing the new text costs
        found = found if source is given else codemod.find(source, context)
        selected = _selected(found, source, context, selection)
        accepted = [match for match in selected if _takes_fix(match.finding, selection)]
        if accepted:
            try:
                text = codemod.apply(source, context, accepted)
            except NotLosslessError:
                unfaithful |= {rule.code for rule in codemod.rules}
            else:
                if codemod.extension is not None:
                    _guard_against(codemod.extension, source, text)
                if text != source.text:
                    _forget(source, given)
                    source = Source(text, source.path, source.tests)
    _forget(source, given)
    return source.text, unfaithful


def _forget(made: Source, given: Source) -> None:
    """Drop the facts of a source that was made meanwhile."""
    if made is not given:
        made.facts.clear()


def _guard_against(extension: Extension, source: Source, after: str) -> None:
    """Raises ExtensionError if somebody else's rules change more than they may."""
    difference = _guard(source, after, Additions(), raising=True)
    if difference is not None:
        raise ExtensionError(f"{extension}: the rewrite was rejected by the guard: {difference}")


def _guard(source: Source, after: str, additions: Additions, raising: bool) -> str | None:
    """What the rewrite changed more than the rules that were applied may change, None if nothing.

    ``raising``: rules of others are among them, which may change the ``raising=`` of a ``monkeypatch.delenv``.
    """
    from isolator.guard.compare import differences

    return differences(
        source.text,
        after,
        patched=additions.patched,
        additions=additions.templates is not None,
        templates=additions.templates,
        tree=source.tree,
        unset=additions.unset,
        raising=raising,
        there=additions.there,
        clean_ups=additions.clean_ups,
        recreated=additions.recreated,
        own_files=additions.own_files,
        set_ups=additions.set_ups,
    )


def read(data: bytes, path: str, tests: tuple[str, ...] | None = None) -> Source:
    """The file's text and tree, which is parsed already; raises UnreadableError."""
    try:
        text = data.decode(_encoding(data))
    except (SyntaxError, LookupError) as error:
        raise UnreadableError(f"its encoding is not known: {error}") from None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableError(f"line {line} is not {error.encoding} (byte {data[error.start]:#04x})") from None
    source = Source(text, path, tests)
    try:
        _ = source.tree
    except SyntaxError as error:
        where = "" if error.lineno is None else f"line {error.lineno} "
        raise UnreadableError(f"{where}does not parse: {error.msg}") from None
    except ValueError as error:
        raise UnreadableError(f"does not parse: {error}") from None
    except (RecursionError, MemoryError):
        raise UnreadableError("is nested too deep for the parser") from None
    return source


def _encoding(data: bytes) -> str:
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    return encoding


def encode(text: str, data: bytes) -> bytes:
    """The text in the encoding of the bytes it was read from, with their byte order mark."""
    encoding = _encoding(data)
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    return mark + text.encode("utf-8" if mark else encoding)
