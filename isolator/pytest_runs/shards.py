"""``isolator confirm --shard I/N``: a part of the planned runs, and the file that lets all parts be joined.

Shard I of N makes every N-th run of the plan, from the I-th on, so that each shard has its share of each order. All of
them have to plan the same: the seed is 0 where none is given. The file is the document of ``isolator confirm`` with one
key more, which holds what the verdicts are made from:

    "shard": {"number": I,
              "plan": {"shards": N, "runs", "orders", "seed", "arguments", "python", "run_timeout", "test_timeout",
                       "forbid_output", "max_seconds", "confidence"},
              "files": [{"what", "met", "where"}…],  # what files had to be like
              "runs": [{"seconds", "usable", "stack", "forbidden",
                        "attempts": {node id: {"result", "way", "reruns", "leaks", "forbidden", "seconds", "subtest"}}
                       }…]}

Of an attempt, what is as usual is left out. pytest's arguments stand in it as they were given.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, get_args

from isolator.project.tables.confirm import Order
from isolator.pytest_runs.document import from_document, to_document
from isolator.pytest_runs.model import Attempt, Confirmation, Expectation, Result, Run
from isolator.pytest_runs.options import Options
from isolator.pytest_runs.planning import part, plan
from isolator.pytest_runs.run.running import Planned
from isolator.system.errors import Failure
from isolator.system.files.stored import dump, shaped, typed

_USUAL = vars(Attempt("passed"))
_INTERPRETER = """
import platform, sys
print(platform.python_implementation(), platform.python_version(), "on", sys.platform)
"""


@dataclass(frozen=True)
class Plan:
    """What all shards of one confirmation have in common. ``python`` is which one of what version on what system."""

    shards: int
    runs: int
    orders: tuple[Order, ...]
    seed: int
    arguments: tuple[str, ...]
    python: str
    run_timeout: float | None
    test_timeout: float
    forbid_output: tuple[str, ...]
    max_seconds: float | None
    confidence: float


@dataclass(frozen=True)
class Shard:
    """One file: ``found`` are its own runs, with their attempts; ``files`` is what files had to be like."""

    number: int
    plan: Plan
    found: Confirmation
    files: tuple[Expectation, ...]


def for_shard(options: Options, shard: tuple[int, int], seed: int | None) -> Options:
    """The options for one shard, which makes all its runs. ``seed`` is the one that was asked for, if one was.

    Raises Failure where the runs of the shards could not be joined, or one would have none.
    """
    number, shards = shard
    for asked, word in ((options.stop_first, "--exitfirst"), (options.alone, "--alone")):
        if asked:
            raise Failure(f"{word} cannot be used with --shard: each shard only makes its part of the runs")
    if shards > options.runs:
        raise Failure(f"--shard {number}/{shards}: only {options.runs} runs are planned; take no more shards than runs")
    return replace(options, shard=shard, seed=seed or 0, bisect=False, least=None)


def to_shard_json(found: Confirmation, options: Options, files: Sequence[Expectation]) -> str:
    """The document of one shard, with a newline at its end. ``files`` is what was found of files.

    Raises ValueError if the options are those of no shard, OSError if the interpreter cannot be started.
    """
    if options.shard is None:
        raise ValueError("no shard")
    number, shards = options.shard
    shard = {
        "number": number,
        "plan": asdict(_plan(options, shards)),
        "files": [asdict(each) for each in files],
        "runs": [_run(run) for run in found.runs],
    }
    return dump({**to_document(found), "shard": shard})


def read_shard(document: dict[str, Any]) -> Shard:
    """The shard that a document describes. Raises ValueError for one that ``to_shard_json`` did not make."""
    found = from_document(document)
    if "shard" not in document:
        raise ValueError("it was made without --shard")
    with shaped("not a shard"):
        shard = document["shard"]
        its_plan = typed(Plan, shard["plan"])
        runs = tuple(_read_run(run, more) for run, more in zip(found.runs, shard["runs"], strict=True))
        files = tuple(typed(Expectation, each) for each in shard["files"])
        if [Planned(run.order, run.seed) for run in runs] != _planned(its_plan, shard["number"]):
            raise ValueError("its runs are not those that were planned")
        return Shard(shard["number"], its_plan, replace(found, runs=runs), files)


def _plan(options: Options, shards: int) -> Plan:
    # -I, for a platform.py of the project is not meant.
    command = [options.python or sys.executable, "-I", "-c", _INTERPRETER]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    others = (field.name for field in fields(Plan) if field.name not in ("shards", "python"))
    return Plan(shards=shards, python=done.stdout.strip(), **{name: getattr(options, name) for name in others})


def _planned(its_plan: Plan, number: int) -> list[Planned]:
    """The runs of one shard. Raises ValueError if there is no such shard."""
    if not 1 <= number <= its_plan.shards <= its_plan.runs:
        raise ValueError(f"there cannot be a shard {number} of {its_plan.shards} with {its_plan.runs} runs")
    return list(part(plan(its_plan.runs, its_plan.orders, its_plan.seed), number, its_plan.shards))


def _run(run: Run) -> dict[str, object]:
    # The rest stands among the runs of the document, except the seconds, which are rounded there.
    return {
        "seconds": run.seconds,
        "usable": run.usable,
        "stack": run.stack,
        "forbidden": run.forbidden,
        "attempts": {name: _attempt(attempt) for name, attempt in run.attempts.items()},
    }


def _attempt(attempt: Attempt) -> dict[str, object]:
    return {key: value for key, value in vars(attempt).items() if key == "result" or value != _USUAL[key]}


def _read_run(run: Run, more: dict[str, Any]) -> Run:
    """A run of the document with what stands in the part of the shard."""
    if unknown := {attempt["result"] for attempt in more["attempts"].values()} - set(get_args(Result)):
        raise ValueError(f"no test ends with {', '.join(sorted(map(str, unknown)))}")
    return typed(Run, {**asdict(replace(run, attempts={})), **more})
