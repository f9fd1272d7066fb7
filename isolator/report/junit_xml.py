"""The parts of a JUnit XML document. Characters that XML cannot hold are written ``#x1B``, as pytest does.

So are those that a reader of it would obey instead of showing them: C1 controls, and what turns the direction.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, indent, tostring

_NOT_SHOWN = "\r\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_NOT_XML = re.compile(f"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[{_NOT_SHOWN}]")


def document(name: str, suites: Iterable[tuple[str, Iterable[Element]]]) -> bytes:
    """The document in UTF-8, with a declaration and a newline at its end. A suite without cases is left out."""
    root = Element("testsuites", name=name)
    for suite_name, cases in suites:
        suite = Element("testsuite", name=legal(suite_name))
        suite.extend(cases)
        if len(suite):
            _count(suite)
            root.append(suite)
    _count(root)
    indent(root)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def case(classname: str, name: str, seconds: float = 0.0) -> Element:
    """A testcase that has passed."""
    return Element("testcase", classname=legal(classname), name=legal(name), time=f"{seconds:.3f}")


def add(to: Element, kind: str, message: str, text: str) -> None:
    """Makes it one with a ``failure``, an ``error`` or a ``skipped`` of this message and text."""
    SubElement(to, kind, message=legal(message)).text = legal(text) or None


def legal(text: str) -> str:
    """The text without characters that XML cannot hold."""
    return _NOT_XML.sub(lambda match: f"#x{ord(match[0]):02X}", text)


def _count(suite: Element) -> None:
    suite.set("tests", str(len(suite.findall(".//testcase"))))
    for attribute, kind in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(attribute, str(len(suite.findall(f".//{kind}"))))
    suite.set("time", f"{sum(float(case.get('time', 0)) for case in suite.iter('testcase')):.3f}")
