"""``.isolator/confirm.json``: what a confirmation found, for programs, and for the next one to compare with.

    {"version": 1,
     "runs": [{"order", "seed", "seconds", "exit", "problem"}…],
     "tests": {node id: {"verdict", "outcomes": [one a run], "reruns", "leaks": [names], "role", "partner",
                         "commands": [lines], "hung"}},
     "expectations": [{"what", "met", "where": [places]}…],
     "worse": [sentence…],
     "pytest_runs": n,
     "ok": bool}

- Of a run: ``order`` is "given", "reversed" or "random"; ``seed`` that of the order, if it is random, and of Python's
  hashes; ``exit`` pytest's exit code, null if the run was ended because it hung; ``problem`` a line on why the run
  tells nothing, or not all, or null.
- Of a test: ``verdict`` is "stable", "failing", "flaky", "order-dependent", "rerun", "hanging", "missing", "new" or
  "gone"; ``outcomes`` are "passed", "failed", "error", "skipped", "xfailed", "xpassed", "crashed", "hung" or "not run",
  null where it was not collected; ``leaks`` the variables it leaves changed; ``role`` is "victim" or "brittle" where
  the test depends on the order and that is known, ``partner`` the polluter or the state-setter, ``commands`` the
  shortest that show the difference; ``hung`` is the stack of a test that did not end.
- ``worse`` says what is worse than the baseline; ``pytest_runs`` counts every start of pytest.

Of environment variables it holds names, never values.
"""

from __future__ import annotations

import json
from typing import Any

from isolator.confirm.model import Confirmation, Expectation, Run, Test

VERSION = 1


def to_json(confirmation: Confirmation) -> str:
    """The document, with a newline at its end."""
    document = {
        "version": VERSION,
        "runs": [
            {"order": r.order, "seed": r.seed, "seconds": round(r.seconds, 3), "exit": r.exit, "problem": r.problem}
            for r in confirmation.runs
        ],
        "tests": {name: _test(test) for name, test in confirmation.tests.items()},
        "expectations": [{"what": e.what, "met": e.met, "where": e.where} for e in confirmation.expectations],
        "worse": confirmation.worse,
        "pytest_runs": confirmation.pytest_runs,
        "ok": confirmation.ok,
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def from_json(text: str) -> Confirmation:
    """The confirmation that a document describes, without what it does not hold: attempts and stacks.

    Raises ValueError for anything that ``to_json`` did not write.
    """
    return from_document(json.loads(text))


def from_document(document: dict[str, Any]) -> Confirmation:
    """The same for what ``json`` has read. Other keys, such as that of a shard, are passed over."""
    try:
        if document["version"] != VERSION:
            raise ValueError(f"version {document['version']}, expected {VERSION}")
        return Confirmation(
            runs=tuple(
                Run(r["order"], r["seed"], r["seconds"], r["exit"], problem=r["problem"]) for r in document["runs"]
            ),
            tests={name: _read(test) for name, test in document["tests"].items()},
            expectations=tuple(Expectation(e["what"], e["met"], tuple(e["where"])) for e in document["expectations"]),
            worse=tuple(document["worse"]),
            pytest_runs=document["pytest_runs"],
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a confirmation: {error!r}") from None


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


def _read(test: dict[str, Any]) -> Test:
    return Test(
        verdict=test["verdict"],
        outcomes=tuple(test["outcomes"]),
        reruns=test["reruns"],
        leaks=tuple(test["leaks"]),
        role=test["role"],
        partner=test["partner"],
        commands=tuple(test["commands"]),
        hung=test["hung"],
    )
