"""``python -m isolator``, and the command ``isolator``: the same."""

import os  # Python has imported both before any path is looked at; pathlib would come from the current directory
import sys


def trust_own_path() -> None:
    """Take the current directory off the path, and put what PYTHONPATH names after what is installed.

    What is there belongs to the project that is looked at: its typing.py, its click, its package called codemods.
    """
    home = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
    own = {home, os.path.dirname(os.path.abspath(os.__file__))}  # noqa: PTH100, PTH120
    try:
        here = os.getcwd()  # noqa: PTH109
    except OSError:  # it does not exist any more
        here = ""
    words = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    named = {os.path.normpath(os.path.join(here, each)) for each in words}  # noqa: PTH118
    entries = [each for each in sys.path if each in own or each not in ("", here)]
    sys.path[:] = sorted(entries, key=(named - own).__contains__)  # the others stay in their order


def main() -> None:
    """The program."""
    trust_own_path()
    from isolator.system.streams import prepare

    prepare()
    try:
        os.getcwd()  # noqa: PTH109
    except OSError:
        sys.stderr.write("error: the current directory is gone, or cannot be read\n")
        sys.exit(2)
    from isolator.cli import main as run

    try:
        run()
    except SystemExit as end:
        leave(end.code)


def leave(code: object) -> None:
    """End the process with an exit code.

    At once where nothing waits to be cleaned up, as processes and threads would: to take apart what has been imported
    and read costs a twentieth of ``isolator check``.
    """
    threads = sys.modules.get("threading")
    alone = "multiprocessing" not in sys.modules and (threads is None or threads.active_count() == 1)
    if isinstance(code, int) and alone:
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except OSError:  # the loss has been reported, or the command failed before
                code = code or 2
        os._exit(code)
    raise SystemExit(code)


if __name__ == "__main__":
    main()
