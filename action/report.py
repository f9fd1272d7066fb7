"""What ``isolator deflake --output-format json`` wrote, for GitHub: its annotations, or with a patch the job's summary.

It runs in the project's Python and imports the standard library only.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_MOST = 60_000  # characters of the patch that the summary has room for
_IN_MESSAGES = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTIES = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def commands(report: dict[str, Any]) -> Iterator[str]:
    """A line for each test that failed, and for each finding that was fixed for one."""
    for each in report.get("replayed", ()):
        path = each["test"].partition("::")[0]
        yield _command("error", path, None, "flaky test" if _is_flaky(each) else "failed test", _again(each))
    for fix in report["fixes"]:
        yield _command("warning", fix["path"], fix["line"], fix["code"], fix["message"])


def summary(report: dict[str, Any], patch: str) -> Iterator[str]:
    """The same as Markdown, with what became of each test and the patch."""
    yield "## isolator deflake\n"
    yield from (f"- {_again(each)}" for each in report.get("replayed", ()))
    yield "\n| test | before | after |\n| --- | --- | --- |"
    for name, test in report["tests"].items():
        if (test["before"], test["after"]) != ("stable", "stable"):
            yield f"| {_code(name)} | {test['before']} | {test['after']} |"
    if patch:
        shown = patch if len(patch) <= _MOST else f"{patch[:_MOST]}\n… cut off: the whole is in the output `patch`"
        yield f"\n<details><summary>The change</summary>\n\n````diff\n{shown}\n````\n</details>"


def _again(each: dict[str, Any]) -> str:
    where = f"after {each['before']} other tests" + (f" of {each['worker']}" if "worker" in each else "")
    if each["result"] not in ("failed", "error", "crashed", "hung"):
        return f"{each['test']} passes in the same order now, {where}"
    if each.get("alone", "passed") != "passed":
        return f"{each['test']} fails again, and alone, too"
    because = f", because of {' and '.join(each['partners'])}" if each.get("partners") else ""
    return f"{each['test']} fails again {where}{because}"


def _is_flaky(each: dict[str, Any]) -> bool:
    return bool(each.get("alone", "passed") == "passed")


def _code(name: str) -> str:
    return f"`{name}`".replace("|", "\\|")


def _command(kind: str, path: str, line: int | None, title: str, message: str) -> str:
    """A workflow command; paths of annotations begin at the root of the repository."""
    root = Path(os.environ.get("GITHUB_WORKSPACE", Path.cwd()))
    properties = {"file": Path(os.path.relpath(Path.cwd() / path, root)).as_posix(), "title": title}
    if line is not None:
        properties["line"] = str(line)
    words = ",".join(f"{name}={value.translate(_IN_PROPERTIES)}" for name, value in properties.items())
    return f"::{kind} {words}::{message.translate(_IN_MESSAGES)}"


if __name__ == "__main__":
    document = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    changed = [Path(path).read_text(encoding="utf-8", errors="replace") for path in sys.argv[2:]]
    lines = summary(document, changed[0]) if changed else commands(document)
    sys.stdout.buffer.write("".join(f"{line}\n" for line in lines).encode())
