"""The file of evidence: what is written is what is read, and anything else is turned down."""

from __future__ import annotations

import json

import pytest

from isolator.evidence.model import (
    Assumed,
    Cache,
    Edge,
    Evidence,
    Hang,
    Inherited,
    Initializer,
    Leak,
    WatchedRun,
    from_json,
    to_json,
)

WHOLE = Evidence(
    runs=(WatchedRun("given", 1, 0.5, 1), WatchedRun("reversed", 2, 0.5, None, "hung")),
    tests={"test_x.py::test_z[ö]": ("passed", None), "test_x.py::test_a": ("failed", "passed")},
    leaks=(Leak("KEY", "test_x.py::test_a", None, None, None, "setup", "class", "unset"),),
    edges=(Edge("test_x.py::test_a", "test_x.py::test_z", "KEY", "core.py", 3),),
    assumed=(Assumed("test_x.py::test_a", "KEY", "unset", "core.py", 3),),
    caches=(Cache("core.get", "lru_cache", "core.py", 7, ("KEY",), ("test_x.py::test_a",)),),
    initializers=(Initializer("core.Client.__init__", "socket.connect", "core.py", 9, ("test_x.py::test_a",), 1.5),),
    hangs=(Hang("test_x.py::test_a", "File core.py, line 9"),),
    problems=("a write was not seen",),
    inherited=(Inherited("test_x.py::test_z[ö]", ("KEY", "MODE")),),
)


@pytest.mark.parametrize("evidence", [Evidence(), WHOLE])
def test_there_and_back(evidence: Evidence) -> None:
    text = to_json(evidence)
    assert from_json(text) == evidence
    assert to_json(from_json(text)) == text
    assert list(from_json(text).tests or {}) == list(evidence.tests or {})


def test_an_earlier_isolator_called_every_reader_a_victim() -> None:
    document = json.loads(to_json(WHOLE))
    (edge,) = document["edges"]
    edge["victim"] = edge.pop("reader")
    assert from_json(json.dumps(document)) == WHOLE
    assert from_json(json.dumps({**document, "edges": []})).edges == ()


DOCUMENT = json.loads(to_json(WHOLE))
BROKEN: list[dict[str, object]] = [
    {"leaks": [{}]},
    {"leaks": {}, "version": "1"},
    {"leaks": [{**DOCUMENT["leaks"][0], "variable": 5}]},
    {"leaks": [{**DOCUMENT["leaks"][0], "line": "5"}]},
    {"leaks": [{**DOCUMENT["leaks"][0], "test": None}]},
    {"caches": [{**DOCUMENT["caches"][0], "tests": [1]}]},
    {"caches": [{**DOCUMENT["caches"][0], "tests": "test"}]},
    {"caches": [{**DOCUMENT["caches"][0], "kind": ["global"]}]},
    {"inherited": [{"test": "test_x.py::test_a", "variables": "KEY"}]},
    {"edges": [None]},
    {"edges": [{**DOCUMENT["edges"][0], "reader": None}]},
    {"edges": [{**DOCUMENT["edges"][0], "victim": 1}]},
    {"tests": ["test_x.py"]},
    {"tests": {"test_x.py::test_a": 1}},
    {"runs": 1},
]


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", "null", '{"version": 2}', *(json.dumps({**DOCUMENT, **change}) for change in BROKEN)],
)
def test_what_is_none(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the words are json's
        from_json(text)


def test_what_an_earlier_isolator_wrote() -> None:
    text = json.dumps({key: value for key, value in DOCUMENT.items() if key != "inherited"})
    assert from_json(text).inherited == ()
