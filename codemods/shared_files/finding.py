"""What leaves shared files changed, test by test and fixture by fixture, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from codemods.context import Context, SharedFile
from codemods.python.reading import read_source
from codemods.python.source import Source
from codemods.restorable import is_file
from codemods.rule import Refusal, is_ignored
from codemods.shared_files.deciding import Writer, joined
from codemods.shared_files.mentions import every_host, is_test
from codemods.shared_files.narrowing import Narrowed, narrowed
from codemods.shared_files.own import Own, runs_code
from codemods.suite.hosts import Host, Kind

_MOVES = "code under test that opens files of the project by relative paths would not find them"
_NAMES = "code under test that opens the same file by a different path would not find it"
_NARROWS = "a test that uses files which another one has put there would not find them"


@dataclass(frozen=True)
class Found:
    """A test or a fixture, and what becomes of it; ``caution`` says why that may not be right."""

    host: Host
    change: Own | Narrowed | Refusal
    message: str
    caution: str = ""

    @property
    def fix(self) -> Literal["safe", "unsafe"] | None:
        """How sure the change is; None if there is none."""
        if isinstance(self.change, Refusal):
            return None
        return "unsafe" if self.caution and not self.host.context.proving else "safe"


def shared_files(context: Context) -> list[SharedFile]:
    """The files that make tests fail, with details."""
    known = {each.path: each for each in context.files}
    return [known.get(path, SharedFile(path)) for path in context.leaked if is_file(path)]


def writers(source: Source, context: Context) -> Iterator[Found]:
    """Tests and fixtures that write to a path outside of temporary directories."""
    outside = [each for each in shared_files(context) if not each.path.startswith("…")]
    for host in every_host(source, context):
        if not (is_test(host) or host.kind is Kind.FIXTURE) or not source.wants(host.node_id):
            continue
        every = [Writer(host, each, context) for each in outside]
        decided = [(writer, writer.decided()) for writer in every if writer.writes()]
        left = [(writer, each) for writer, each in decided if each is not None]
        if left:
            paths = " and ".join(writer.shared.path for writer, _ in left)
            message = f"{host.function.name} leaves {paths} changed, which makes other tests fail"
            change = joined([writer for writer, _ in left], [each for _, each in left])
            caution = _MOVES if isinstance(change, Own) and change.moves else _NAMES
            named = all(writer.own or writer.helped for writer, _ in left)
            sure = named and host.kind is not Kind.FIXTURE and not runs_code(host)
            yield Found(host, change, message, "" if sure else caution)


def wide_fixtures(source: Source, context: Context) -> Iterator[Found]:
    """Fixtures of a wider scope in whose temporary folders tests leave something."""
    told: dict[Host, tuple[Narrowed | Refusal, list[str]]] = {}
    for each in shared_files(context):
        found = narrowed(source, context, each) if each.path.startswith("…") else None
        if found is not None:
            told.setdefault(found[0], (found[1], []))[1].append(each.path)
    for host, (change, paths) in told.items():
        left = f"changes to {' and '.join(paths)} there make other tests fail"
        message = f"tests share the folder that {host.function.name} creates, and {left}"
        yield Found(host, change, message, _NARROWS)


@lru_cache(maxsize=4)
def seen_to(context: Context) -> frozenset[str]:
    """The files that nothing need put back, for the tests that were seen to leave them changed get
    their own, or have it already.
    """
    return frozenset(each.path for each in context.files if _is_seen_to(each, context))


def _gets_own(found: Found, context: Context) -> bool:
    """Whether a test or a fixture is rewritten, which a comment may ask not to do."""
    source = found.host.source
    ignored = is_ignored("ISO409", source.name_of(found.host.function), source)
    return found.fix in context.own_files and not ignored


def _is_seen_to(shared: SharedFile, context: Context) -> bool:
    files = {test.partition("::")[0] for test in shared.tests}
    sources = [read_source(context.root / file, file) for file in sorted(files)]
    left = set(shared.tests)
    for source in (each for each in sources if each is not None):
        found = writers(source, context)
        shared_on = {each.host.node_id for each in found if not _gets_own(each, context)}
        left -= {host.node_id for host in every_host(source, context)} - shared_on
    return bool(files) and not left
