"""The command line: words in, exit code out. What a command does not use it does not import."""

from __future__ import annotations

import gc
import sys
from importlib.util import find_spec
from pathlib import Path

import click
from click.core import ParameterSource

from isolator.commands import option_values, options
from isolator.system.signals import interrupted_by_signals
from isolator.system.streams import OutputError

_RUN_PYTEST = ("confirm", "observe", "deflake")


def main() -> None:
    """The program. Exits with 0 (nothing to do), 1 (findings, or a diff) or 2 (isolator or its input failed)."""
    _put_own_packages_first()
    gc.set_threshold(50_000, 20, 100)  # syntax trees are many objects and hardly any garbage
    # click reads the words itself, and on Windows expands them; what follows `--` it must not see.
    sys.argv[1:], for_pytest = split_words(sys.argv[1:])
    try:
        with interrupted_by_signals():  # at any moment: no pytest goes on alone, and no file stays half done
            code = cli.main(prog_name="isolator", standalone_mode=False, obj=for_pytest)
            sys.stdout.flush()  # here, where a full disk is reported
    except click.ClickException as error:
        error.show()
        code = 2
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        code = 2
    except OSError as error:
        where = "stdout: " if isinstance(error, OutputError) else f"{error.filename}: " if error.filename else ""
        click.echo(f"{where}error: {error.strerror or error}", err=True)
        code = 2
    gc.freeze()  # the process ends here: looking for garbage once more would cost a tenth of a run
    sys.exit(code or 0)


def split_words(words: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """The words for isolator, and those after the first ``--``, which are pytest's, for the commands that run it.

    Any other command takes what follows ``--`` for paths, as usual.
    """
    if "--" not in words:
        return words, ()
    at = words.index("--")
    if words[0] not in _RUN_PYTEST and not (words[0] == "fix" and "--confirm" in words[:at]):
        return words, ()
    return words[:at], tuple(words[at + 1 :])


def _put_own_packages_first() -> None:
    """A project's own package called `codemods`, on its PYTHONPATH, must not hide ours."""
    home = Path(__file__).parents[1]
    spec = find_spec("codemods")
    if spec is not None and spec.origin != str(home / "codemods" / "__init__.py"):
        sys.path.insert(0, str(home))


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(None, "-V", "--version", package_name="pytest-isolator", prog_name="isolator")
def cli() -> None:
    """Rewrites flaky tests so that they stop sharing process state.

    \b
    Examples:
      isolator init                    write initial settings, based on the source of the project
      isolator check tests/            list the findings
      isolator fix tests/              show the diff that fixes them
      isolator fix tests/ | git apply
      isolator fix --write tests/      apply it
      isolator confirm -- -q tests/    run pytest in several orders, and report a verdict for each test
      isolator observe -- -q tests/    record which tests pollute, which are affected, which use the network
      isolator deflake -- -q tests/    observe, fix and confirm in one command
      isolator explain ISO101          explain a rule
      isolator demo                    show all of it on a small project

    Exit codes: 0 nothing to do, 1 findings or a diff, 2 isolator or its input failed.
    """


@cli.command()
@options.finding
@options.checking
@options.baseline
@click.pass_context
def check(ctx: click.Context, /, **_: object) -> None:
    """List findings; nothing is changed unless --fix is given.

    PATHS are files, directories, pytest node ids, or `-` for stdin. [*] marks a finding with a safe fix.

    \b
    Examples:
      isolator check
      isolator check tests/unit tests/test_app.py::TestApp::test_start
      isolator check --select ISO1 --ignore ISO102,ISO103 --output-format json
      isolator check --fix tests/
    """
    from isolator.commands.checking.modes import check as run
    from isolator.project.request import Request

    ctx.exit(run(Request(**ctx.params)))


@cli.command()
@options.finding
@click.option("--write", is_flag=True, help="Change the files instead of printing a diff.")
@options.unsafe_fixes
@options.accept_initializers("Patch the initializers that `isolator observe` saw.")
@click.option(
    "--confirm",
    is_flag=True,
    help="Keep only rewrites that do not make tests worse; everything after -- is passed to pytest.",
)
@options.python("Python interpreter that runs pytest, for --confirm (default: isolator's own).")
@click.pass_context
def fix(ctx: click.Context, /, **_: object) -> None:
    """Print the diff that fixes the findings, or apply it.

    PATHS are files, directories or pytest node ids; with a node id only that test is rewritten. With `-` the source
    is read from stdin; --write then prints the complete fixed source.

    \b
    Examples:
      isolator fix tests/ > fixes.diff && git apply fixes.diff
      isolator fix --write tests/test_app.py::TestApp::test_start
      isolator fix --write - --stdin-filename tests/test_app.py < tests/test_app.py
      isolator fix --write --confirm tests/ -- -q tests/
    """
    from isolator.commands import findings as commands
    from isolator.project.request import Request

    ctx.exit(commands.fix(Request(**ctx.params, pytest_arguments=ctx.obj or ())))


class _ConfirmGroup(click.Group):
    """``confirm`` runs pytest unless ``merge`` stands there; what else stands there was meant for pytest."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in self.commands:
            ctx.fail(
                f"Got unexpected extra argument ({args[0]}); pass arguments to pytest after --, as in: -- {args[0]}"
            )
        if any(ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE for name in ctx.params):
            ctx.fail(f"Options of {args[0]} go after {args[0]}")
        return super().resolve_command(ctx, args)


@cli.group(cls=_ConfirmGroup, invoke_without_command=True, subcommand_metavar="[-- PYTEST_ARGS... | merge FILES...]")
@click.option("--runs", type=click.IntRange(min=1), help="Number of runs (default: 6).")
@options.orders("Orders to run in: given, reversed, random, twice (default: the first three).")
@click.option(
    "--max-rate",
    callback=option_values.rate,
    metavar="RATE",
    help="Make as many runs as it takes to rule out a failure rate above this.",
)
@click.option(
    "--confidence", callback=option_values.confidence, metavar="P", help="Confidence for --max-rate (default: 95%)."
)
@click.option("--alone", is_flag=True, help="Also run each test in its own process (slow).")
@options.jobs("Number of runs in parallel (default: 1).")
@options.executor("dask://HOST:PORT", "Run on a Dask cluster.")
@click.option(
    "--shard",
    callback=option_values.shard,
    metavar="I/N",
    help="Make only part I of N of the runs (see the subcommand merge).",
)
@click.option("-x", "--exitfirst", is_flag=True, help="Stop at the first sign of flakiness.")
@click.option("--no-bisect", is_flag=True, help="Do not search for the tests that a test depends on.")
@click.option(
    "--forbid-output",
    multiple=True,
    callback=option_values.patterns,
    metavar="REGEX",
    help="Fail if a test prints this.",
)
@options.seconds("--max-seconds", "Fail if a run takes longer.")
@options.confirmation_files
@options.page
@options.running_pytest
@click.pass_context
def confirm(ctx: click.Context, /, **_: object) -> None:
    """Run pytest several times, in several orders, and report a verdict for each test.

    Everything after -- is passed to pytest. The result is also written to .isolator/confirm.json. Exit code 0 if no
    test is flaky, depends on the order, needs a rerun, hangs or is missing, and nothing is worse than the baseline.

    \b
    Examples:
      isolator confirm
      isolator confirm --runs 10 --orders given,random --seed 1 -- -q tests/
      isolator confirm --shard 2/3 --output-format json -- tests/ > 2.json
      isolator confirm merge 1.json 2.json 3.json
      isolator confirm --compare baseline.json --summary summary.md -- tests/unit
      isolator confirm --html report.html --open
    """
    from isolator.commands import confirm as command

    if ctx.invoked_subcommand is None:
        ctx.exit(command.run(command.ConfirmRequest(**ctx.params, pytest_arguments=ctx.obj or ())))


@confirm.command()
@click.argument("files", nargs=-1, required=True, type=options.FILE)
@options.confirmation_files
@options.text_or_json
@options.color
@options.quiet("No hints.")
@options.page
@click.pass_context
def merge(ctx: click.Context, /, files: tuple[Path, ...], **_: object) -> None:
    """Merge the results of several shards into one result.

    FILES are the results of all shards, each made with --shard. Nothing is run, so isolator does not search
    for the tests that a test depends on. The result is also written to .isolator/confirm.json; exit codes are
    those of confirm.

    \b
    Examples:
      isolator confirm merge shards/*.json
      isolator confirm merge 1.json 2.json --compare baseline.json --junit confirm.xml
    """
    from isolator.commands import merge as merging
    from isolator.commands.confirm import ConfirmRequest

    words = {name: value for name, value in ctx.params.items() if name != "files"}
    ctx.exit(merging.run(files, ConfirmRequest(**words, pytest_arguments=ctx.obj or ())))


@cli.command()
@options.orders("Orders to run in, one run each (default: given,reversed).")
@click.option(
    "--no-heap", is_flag=True, help="Do not check what tests leave changed in modules, objects and the process."
)
@options.running_pytest
@click.pass_context
def observe(ctx: click.Context, /, **_: object) -> None:
    """Run pytest once in each order, and record which tests pollute, which are affected, which use the network.

    Everything after -- is passed to pytest. It watches the environment, the contents of the project's modules (names,
    attributes of classes and objects, lists, dicts and sets), files, and the process: working directory, sys, loggers,
    signals. The evidence is also written to .isolator/evidence.json: names and paths, never values. Exit code 0 if
    nothing is left changed or cached, and no test uses the network or starts a process.

    \b
    Examples:
      isolator observe
      isolator observe --orders given,reversed,random --seed 1 -- -q tests/
      isolator observe --output-format json -- tests/unit > evidence.json
    """
    from isolator.commands import observe as observe_command

    ctx.exit(observe_command.run(observe_command.ObserveRequest(**ctx.params, pytest_arguments=ctx.obj or ())))


@cli.command()
@click.option("-y", "--yes", is_flag=True, help="Do not ask before files are written.")
@options.selecting
@options.unsafe_fixes
@options.accept_initializers("Also patch initializers that were seen to use the network or start processes.")
@click.option(
    "--from-run",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Start from a failed run: JUnit XML or the output of `pytest -v` (- for stdin).",
)
@click.option("--no-twice", is_flag=True, help="Do not search for tests that fail when run a second time.")
@click.option("--all", is_flag=True, help="Also keep rewrites that no unstable test needs.")
@options.page
@options.running_pytest
@click.pass_context
def deflake(ctx: click.Context, /, **_: object) -> None:
    """Observe, fix and confirm in one command: fix the code that makes tests order-dependent.

    Everything after -- is passed to pytest. The diff is shown before files are written; rewrites that make tests worse
    are reverted. A rewrite is kept only if a test fails without it (--all keeps the others as well), and nothing is
    rewritten if all tests are stable in several orders. Exit code 0 if no test is flaky, or depends on the order or on
    the shell's variables, any more. --from-run first repeats the order of that run, up to the test that failed.

    \b
    Examples:
      isolator deflake
      isolator deflake --yes -- -q tests/
      isolator deflake --from-run ci.log -- tests/
      isolator deflake --html report.html -- tests/unit
    """
    from isolator.commands.deflake import DeflakeRequest, run

    ctx.exit(run(DeflakeRequest(**ctx.params, pytest_arguments=ctx.obj or ())))


@cli.command()
@click.option("--dry-run", is_flag=True, help="Print the diff and write nothing.")
@click.pass_context
def init(ctx: click.Context, dry_run: bool) -> None:
    """Write initial settings for the project, based on its source; nothing is run.

    They are added to the end of pyproject.toml, or written to isolator.toml if there is none. Settings that may change
    what tests do are commented out. Existing settings are never changed: missing ones are printed, with exit code 1.
    With --dry-run the exit code is 1 as well.

    \b
    Examples:
      isolator init
      isolator init --dry-run
    """
    from isolator.commands import init as command

    ctx.exit(command.run(dry_run))


@cli.command()
@click.pass_context
def rules(ctx: click.Context) -> None:
    """List the rules."""
    from isolator.commands import findings as commands

    ctx.exit(commands.rules())


@cli.command()
@click.argument("code", required=False)
@options.color
@click.pass_context
def explain(ctx: click.Context, code: str | None) -> None:
    """Explain a rule, or what to do about a reason why a finding is not fixed.

    A rule's page says what it finds, why that makes tests flaky, and when it refuses. The reason why a finding is
    not fixed is at the end of its line, in brackets. Without a CODE, list all reasons.

    \b
    Examples:
      isolator explain ISO101
      isolator explain helper
      isolator explain
    """
    from isolator.commands import findings as commands

    ctx.exit(commands.explain(code))


@cli.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print a script that enables shell completion for isolator.

    \b
    Examples:
      isolator completion bash >> ~/.bashrc
      isolator completion zsh >> ~/.zshrc
      isolator completion fish > ~/.config/fish/completions/isolator.fish
    """
    from isolator.commands.completion import run

    ctx.exit(run(shell, cli))


@cli.command()
@click.option("--folder", type=click.Path(path_type=Path), help="Directory to create for the copy.")
@click.option("--copy-only", is_flag=True, help="Only copy the project, without running anything.")
@click.pass_context
def demo(ctx: click.Context, folder: Path | None, copy_only: bool) -> None:
    """Fix the tests of a small project that comes with isolator, and run them before and after.

    \b
    Examples:
      isolator demo
      isolator demo --copy-only --folder agents
    """
    from isolator.commands.demo import run

    ctx.exit(run(folder, copy_only))
