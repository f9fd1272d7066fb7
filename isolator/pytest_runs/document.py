"""``.isolator/confirm.json``: what a confirmation found, for programs, and for the next one to compare with.

    {"version": 1,
     "runs": [{"order", "seed", "seconds", "exit", "problem"}…],
     "tests": {node id: {"verdict", "outcomes": [one a run], "reruns", "leaks": [names], "role", "partner",
                         "commands": [lines], "hung", "seconds": [one a run],
                         "ways": {how it failed: [numbers of runs]}, "rerun": [numbers of runs]}},
     "expectations": [{"what", "met", "where": [places]}…],
     "worse": [sentence…],
     "pytest_runs": n,
     "left": [line…],
     "confidence": p,
     "uncollected": [line…],
     "ok": bool}

- Of a run: ``order`` is "given", "reversed", "random" or "twice"; ``seed`` is the seed of the order, if it is random,
  and of Python's hashes; ``exit`` is pytest's exit code, null if the run was ended because it hung; ``problem`` is a
  line on why the run has no result or only part of it, or null.
- Of a test: ``verdict`` is "stable", "failing", "flaky", "order-dependent", "nio" (it fails when it runs a second time
  in one process), "rerun", "hanging", "missing", "uncollected" (not a test, but a file that cannot be collected),
  "new" or "gone"; ``outcomes`` are "passed", "failed", "error", "skipped", "xfailed", "xpassed", "crashed", "hung" or
  "not run", null if it was not collected; ``leaks`` are the variables it leaves changed; ``role`` is "victim" or
  "brittle" if the test is order-dependent and its role is known, ``partner`` is the polluter or the state-setter,
  ``commands`` are the shortest that show the difference, without a ``partner`` if only several tests together make it;
  ``hung`` is where a test that did not end waits: the stack from its own line inwards, then those of other threads and
  of tasks. ``seconds`` has one number per run; ``ways`` says how it failed, with the numbers of the runs, from 1, and
  ``rerun`` has the numbers of the runs in which it was rerun.
- ``worse`` lists what is worse than the baseline; ``pytest_runs`` counts every start of pytest; ``left`` are the files
  that changed while the tests ran, each with what isolator did about it; ``confidence``, between 0 and 1, is the
  confidence of the ruled-out failure rates in the report; ``uncollected`` has a line for each file that cannot be
  collected, with the option to continue without it.

Environment variables are stored by name, never with their values.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from isolator.pytest_runs.model import CONFIDENCE, Attempt, Confirmation, Expectation, Run, Test, ways
from isolator.system.files.stored import check_version, dump, load, shaped, typed

VERSION = 1


def to_json(confirmation: Confirmation) -> str:
    """The document, with a newline at its end."""
    return dump(to_document(confirmation))


def to_document(confirmation: Confirmation) -> dict[str, object]:
    """The same before it is written out."""
    return {
        "version": VERSION,
        "runs": [
            {"order": r.order, "seed": r.seed, "seconds": round(r.seconds, 3), "exit": r.exit, "problem": r.problem}
            for r in confirmation.runs
        ],
        "tests": {
            name: {**_test(test), **_by_run(name, confirmation.runs)} for name, test in confirmation.tests.items()
        },
        "expectations": [{"what": e.what, "met": e.met, "where": e.where} for e in confirmation.expectations],
        "worse": confirmation.worse,
        "pytest_runs": confirmation.pytest_runs,
        "left": confirmation.left,
        "confidence": confirmation.confidence,
        "uncollected": confirmation.uncollected,
        "ok": confirmation.ok,
    }


def from_json(text: str) -> Confirmation:
    """The confirmation that a document describes, without what it does not hold: stacks, and a test's leaks by run.

    One of an earlier isolator has no attempts either. Raises ValueError for anything that ``to_json`` did not write.
    """
    return from_document(load(text))


def from_document(document: dict[str, Any]) -> Confirmation:
    """The same for what ``json`` has read. Other keys, such as that of a shard, are ignored."""
    with shaped("not a confirmation"):
        check_version(document, VERSION)
        return Confirmation(
            runs=tuple(
                replace(typed(Run, run), attempts=dict(_attempts(number, document["tests"])))
                for number, run in enumerate(document["runs"], 1)
            ),
            tests={name: _read(test, len(document["runs"])) for name, test in document["tests"].items()},
            expectations=tuple(typed(Expectation, each) for each in document["expectations"]),
            worse=typed(tuple[str, ...], document["worse"]),
            pytest_runs=typed(int, document["pytest_runs"]),
            left=typed(tuple[str, ...], document.get("left", [])),
            confidence=_confidence(document.get("confidence", CONFIDENCE)),
            uncollected=typed(tuple[str, ...], document.get("uncollected", [])),
        )


def _test(test: Test) -> dict[str, object]:
    return {
        "verdict": test.verdict,
        "outcomes": test.outcomes,
        "reruns": test.reruns,
        "leaks": test.leaks,
        "role": test.role,
        "partner": test.partner,
        "commands": test.commands,
        "hung": test.hung,
    }


def _by_run(name: str, runs: Sequence[Run]) -> dict[str, object]:
    """What the attempts of a test were like; nothing of runs that are not known so well."""
    attempts = {number: run.attempts[name] for number, run in enumerate(runs, 1) if name in run.attempts}
    if not attempts:
        return {}
    seconds = (attempts.get(number) for number in range(1, len(runs) + 1))
    return {
        "seconds": [None if attempt is None else round(attempt.seconds, 4) for attempt in seconds],
        "ways": ways(name, runs),
        "rerun": [number for number, attempt in attempts.items() if attempt.reruns],
    }


def _attempts(number: int, tests: dict[str, Any]) -> Iterator[tuple[str, Attempt]]:
    """What a run, which has this number, did with each test."""
    for name, test in tests.items():
        if "seconds" in test and test["seconds"][number - 1] is not None:
            way = next((way for way, numbers in test["ways"].items() if number in numbers), "")
            reruns = int(number in test["rerun"])
            seconds, result = test["seconds"][number - 1], test["outcomes"][number - 1]
            yield name, typed(Attempt, {"result": result, "way": way, "reruns": reruns, "seconds": seconds})


def _confidence(value: object) -> float:
    confidence = typed(float, value)
    if not 0 < confidence < 1:
        raise ValueError(f"a confidence must be more than 0 and less than 1, not {confidence}")
    return confidence


def _read(test: dict[str, Any], runs: int) -> Test:
    found = typed(Test, test)
    if len(found.outcomes) != runs:
        raise ValueError(f"{len(found.outcomes)} outcomes of {runs} runs")
    return found
