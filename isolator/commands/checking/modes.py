"""``isolator check`` with its options: what is printed, what is written, and the exit code."""

from __future__ import annotations

from dataclasses import replace

from isolator.commands import findings
from isolator.project.request import Request
from isolator.system.errors import Failure


def check(request: Request) -> int:
    """Does what the options say: 0 if there is nothing to do, 1 if there is, 2 if a file failed. Raises Failure."""
    if request.write_baseline and _does_more(request):
        raise Failure(
            "--write-baseline cannot be used with options that fix, list or count: run `isolator check` with those"
        )
    if request.watch:
        from isolator.commands.checking.watching import watch

        return watch(request, lambda: _checked(request))
    code = _checked(request)
    return 0 if code == 1 and request.exit_zero else code


def _does_more(request: Request) -> bool:
    """Whether something is asked for that is not done while the baseline is written."""
    done = (request.fix, request.diff, request.add_ignore, request.watch, request.statistics)
    return any((*done, request.show_files, request.show_settings))


def _checked(request: Request) -> int:
    if request.show_files or request.show_settings:
        from isolator.commands.checking.showing import show

        return show(request)
    if request.write_baseline:
        from isolator.commands.checking.baseline import write_baseline

        return write_baseline(request)
    if request.statistics:
        from isolator.commands.checking.counting import count_findings

        return count_findings(request)
    if request.add_ignore:
        from isolator.commands.checking.ignoring import add_ignore

        return add_ignore(replace(request, write=not request.diff, no_cache=True))
    if request.diff:  # as in ruff, also together with --fix
        return findings.fix(request)
    if request.fix:
        from isolator.commands.checking.fixing import fix

        return fix(replace(request, write=True))
    return findings.check(request)
