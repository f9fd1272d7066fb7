"""Files changed on trial: kept if the caller says so, put back in any other case."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from isolator.system import journal as undo
from isolator.system.files.originals import forget_compiled
from isolator.system.files.workdir import begun, exclusive, pending
from isolator.system.files.writing import ChangedError, not_written, replace_file
from isolator.system.guardian import Guardian, guarded
from isolator.system.journal import Change
from isolator.system.signals import interrupted_by_signals, undisturbed

Tell = Callable[[str], None]


class Trial:
    """The changes of a trial. ``failed`` says why files were not written, by path."""

    def __init__(self) -> None:
        self.failed: dict[str, str] = {}
        self.kept = False
        self.settled = False
        self.then: Callable[[], None] = lambda: None

    def keep(self, then: Callable[[], None] = lambda: None) -> None:
        """Let the changes stay when the trial ends; ``then`` is called once they do."""
        self.kept, self.then = True, then


def recover(root: Path) -> list[str]:
    """Puts back what an isolator that was cut off has left on trial. Returns lines that say so, if there was any.

    Raises BusyError if that isolator still runs, ValueError for a manifest that is not isolator's, OSError if a file
    cannot be put back.
    """
    if not begun(root):
        return []
    with exclusive(root):
        if not pending(root):
            undo.forget(root)  # it was cut off before it had changed anything
            return []
        lines = undo.restore(root)
    if pending(root):
        raise OSError("; ".join(lines))
    return ["an interrupted run of isolator had left files on trial; they have been restored", *lines]


@contextmanager
def trial(root: Path, changes: Sequence[Change], tell: Tell) -> Iterator[Trial]:
    """Writes the changes, and puts all back when the block ends, in whatever way, unless ``keep`` was called.

    The caller holds ``exclusive``. Files are written as ``replace_file`` does; one that has changed since it was read
    or is read-only is not written. Raises OSError, and KeyboardInterrupt for a signal that would end the process.
    """
    with interrupted_by_signals(), guarded() as guardian:
        made = Trial()
        guardian.take("restore", root)
        try:
            undo.keep(root, changes)
            for change in changes:
                _write(change, made)
            yield made
        except BaseException:
            made.kept = False
            raise
        finally:
            try:
                _settle(root, made, guardian, tell)
            except KeyboardInterrupt:  # the signal may have come before it had begun
                made.kept = False
                _settle(root, made, guardian, tell)
                raise


def _settle(root: Path, made: Trial, guardian: Guardian, tell: Tell) -> None:
    """Puts the changes back once, unless they are kept."""
    with undisturbed():
        if made.settled:
            return
        lines = [] if made.kept else undo.restore(root)
        if made.kept:
            undo.forget(root)
            made.then()
        made.settled = True
        guardian.call_off("restore", root)
        for line in lines:
            tell(line)


def _write(change: Change, made: Trial) -> None:
    try:
        replace_file(change.path, change.before, change.after)
    except ChangedError as error:
        made.failed[change.path] = str(error)
    except PermissionError as error:
        made.failed[change.path] = not_written(error)
    else:
        forget_compiled(Path(change.path).resolve())
