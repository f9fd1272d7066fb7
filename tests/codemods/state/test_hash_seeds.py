"""What a file becomes, and what is said of it, is the same in every process: no order of a set gets there."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests.codemods.state.generated import File, files

SEVERAL_NAMES = """\
import os
from unittest.mock import patch


def helper():
    import pytest as alpha, pytest as beta, pytest as gamma
    with patch.dict(os.environ, {"A": "1"}):
        return look()


def test_clear():
    import os as one, os as two, os as three
    with patch.dict(one.environ, {"A": "1"}, clear=True):
        look()
"""
SEVERAL_KEYS = """\
import os
from unittest.mock import patch


def helper():
    os.environ["A"] = os.environ["B"] = os.environ["C"] = "1"
    os.environ.update(D="1", E="2")
    del os.environ["F"], os.environ["G"]


@patch.dict(os.environ, {"A": "1"})
@patch.dict(os.environ, {"B": "1"})
def test_it():
    kept = {key: os.environ.get(key) for key in ("A", "B", "C")}
    helper()
    for key, value in kept.items():
        if value is None:
            os.environ.pop(key, None)
        else:
            os.environ[key] = value
"""


def outcomes(texts: Sequence[str], seed: int) -> list[list[str]]:
    """What becomes of some files in a process of its own."""
    script = Path(__file__).with_name("in_other_orders.py")
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, str(script)],
        input=json.dumps(texts),
        env={**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[list[str]] = json.loads(done.stdout)
    return found


def of_cases() -> Iterator[str]:
    """The files of all cases and refusals."""
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if not path.stem.startswith(("cases_", "refused_", "test_")) or path == Path(__file__):
            continue
        module = importlib.import_module(f"tests.codemods.state.{path.stem}")
        for held in vars(module).values():
            for case in held if isinstance(held, list) else held.values() if isinstance(held, dict) else ():
                text = case[0] if isinstance(case, tuple) and case else getattr(case, "before", case)
                if isinstance(text, str) and "environ" in text:
                    yield text


def generated(number: int) -> list[str]:
    """The files of the generated tests, the same each time."""
    found: list[str] = []

    @settings(max_examples=number, derandomize=True, deadline=None, database=None, suppress_health_check=[*HealthCheck])
    @given(files())
    def collect(file: File) -> None:
        found.append(file.text())

    collect()
    return found


def test_names_are_chosen_in_the_order_of_the_file() -> None:
    first = outcomes([SEVERAL_NAMES, SEVERAL_KEYS], 0)
    assert "alpha.MonkeyPatch" in first[0][0]
    assert all(outcomes([SEVERAL_NAMES, SEVERAL_KEYS], seed) == first for seed in (1, 2, 3))


@pytest.mark.slow
def test_the_same_under_every_seed() -> None:
    texts = list(dict.fromkeys([SEVERAL_NAMES, SEVERAL_KEYS, *of_cases(), *generated(300)]))
    assert len(texts) > 500
    first = outcomes(texts, 0)
    for seed in (1, 2, 3, 4):
        for text, one, other in zip(texts, first, outcomes(texts, seed), strict=True):
            assert one == other, text
