"""The page as a file, for the commands."""

from __future__ import annotations

from pathlib import Path

from isolator.report.html.gather import gather
from isolator.report.html.material import Material
from isolator.report.html.render import render
from isolator.system.errors import Failure
from isolator.system.files.atomic import write_whole
from isolator.system.files.writing import not_written


def write(material: Material, path: Path, *, show: bool = False) -> None:
    """Write the page, and show it in the browser if that is asked for. Raises Failure if it cannot be written."""
    try:
        write_whole(path, render(gather(material)))
    except OSError as error:
        raise Failure(f"{path}: {not_written(error)}") from None
    if show:
        import webbrowser

        webbrowser.open(path.resolve().as_uri())
