"""JUnit XML, as ``pytest --junitxml`` and others write it: the test cases stand in the order in which they ran."""

from __future__ import annotations

from xml.etree import ElementTree

from isolator.pytest_runs.failed_run.model import Ended, Seen, UnreadableError

_ENDS: dict[str, Ended] = {"failure": "failed", "error": "error", "skipped": "skipped"}


def read_junit(text: str) -> list[Seen]:
    """The test cases. Raises UnreadableError for any other document."""
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise UnreadableError(f"is not valid XML: {error}") from None
    if root.tag not in ("testsuites", "testsuite"):
        raise UnreadableError(f"is XML, but not JUnit XML: it begins with <{root.tag}>")
    return [Seen(name(case.get("classname", ""), case.get("name", "")), _end(case)) for case in root.iter("testcase")]


def name(class_name: str, test: str) -> str:
    """What a test case is called here."""
    return f"{class_name}::{test}"


def address(node_id: str) -> str:
    """What the test case of a node id is called: pytest puts dots in place of slashes and colons, and no suffix."""
    names, bracket, parameters = node_id.partition("[")
    path, *inner = names.split("::")
    parts = [path.replace("/", ".").removesuffix(".py"), *inner]
    return name(".".join(parts[:-1]), parts[-1] + bracket + parameters)


def _end(case: ElementTree.Element) -> Ended:
    ends = [_ENDS[child.tag] for child in case if child.tag in _ENDS]
    if any("xfail" in child.get("type", "") for child in case.iter("skipped")):
        return "xfailed"
    return ends[0] if ends else "passed"
