"""Many composed files, rewritten, and run under pytest before and after.

``python -m tests.codemods.state.generated_run --modules 3000 --seed 1``

The last line counts, and holds a digest of all that the files became: it is the same under every PYTHONHASHSEED. Each
file that fails is written to a folder, with what it became and why, and with a part of it that fails alike.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from codemods.context import Context
from isolator.engine.engine import Rewrite, Selection, rewrite
from tests.codemods.state.comparing import Texts, difference
from tests.codemods.state.composed import composed
from tests.codemods.state.kit import run_suites

COUNTS = ("modules", "rewritten", "refused", "differences", "crashes", "rejected", "not idempotent")
FAULTS = COUNTS[3:]
BATCH = 50


@dataclass
class Outcome:
    """What came of some files."""

    counts: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    digest: str = ""
    failures: dict[str, str] = field(default_factory=dict)

    def fail(self, name: str, kind: str, told: str, before: str, after: str) -> None:
        self.counts[kind] += 1
        comment = "".join(f"# {line}\n" for line in told.splitlines())
        self.failures[f"{kind.replace(' ', '_')}_{name}"] = f"# {kind}\n{comment}{before}\n\n# AFTER\n\n{after}"


def rewritten(text: str) -> tuple[Rewrite | None, str, str]:
    """What becomes of a text, and which fault this shows, if any, told at length."""
    try:
        result = rewrite(text.encode(), "test_generated.py", Context(), Selection())
        again = rewrite(result.source, "test_generated.py", Context(), Selection())
    except Exception:  # whatever it is
        return None, "crashes", traceback.format_exc()
    if result.error or result.problems:
        return result, "rejected", "\n".join([result.error or "", *result.problems])
    if again.source != result.source or again.fixed or again.error or again.problems:
        return result, "not idempotent", again.source.decode() + str(again.error)
    return result, "", ""


def judge(texts: dict[str, str]) -> Outcome:
    """Rewrite some files, and compare what their tests do."""
    outcome, changed = Outcome(), dict[str, Texts]()
    digest = hashlib.sha256()
    for name, text in texts.items():
        result, fault, told = rewritten(text)
        after = result.source.decode() if result else ""
        left = [f"{f.span.line} {f.code} {f.refusal}" for f in result.left] if result else []
        digest.update(repr((name, after, left)).encode())
        outcome.counts["modules"] += 1
        outcome.counts["rewritten"] += after != text
        outcome.counts["refused"] += len(left)
        outcome.refusals.update(line.split(" ", 1)[1] for line in left)
        if fault:
            outcome.fail(name, fault, told, text, after)
        elif after != text:
            changed[name] = Texts(text, after)
    for name, told in differences(changed).items():
        outcome.fail(name, "differences", told, changed[name].before, changed[name].after)
    outcome.digest = digest.hexdigest()
    return outcome


def differences(texts: dict[str, Texts]) -> dict[str, str]:
    """What the tests of some files do in another way after the rewrite, by the name of the file."""
    if not texts:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        old = {name: each.before for name, each in texts.items()}
        new = {name: each.after for name, each in texts.items()}
        before = run_suites(Path(folder, "before"), old)
        after = run_suites(Path(folder, "after"), new)
    told = {}
    for name, each in texts.items():
        told[name] = "\n".join(difference(before, after, f"test_{name}.py::", each))
    return {name: found for name, found in told.items() if found}


# A smaller part that fails alike


def smaller(text: str, kind: str, tries: int = 8) -> str:
    """A part of a file that shows the same kind of fault: statements are left out one by one."""
    known = judge({"0": text}).failures
    if not known or f"{kind.replace(' ', '_')}_0" not in known:
        return text
    for _ in range(tries):
        parts = {str(number): part for number, part in enumerate(parts_of(text))}
        failing = {name for name in judge(parts).failures if name.startswith(kind.replace(" ", "_"))}
        found = [parts[name.rpartition("_")[2]] for name in failing]
        if not found:
            break
        text = min(found, key=lambda part: (len(part), part))
    return text


def parts_of(text: str) -> Iterator[str]:
    """The file without one of its statements, for each; larger ones first, and no more than go into one run."""
    number = 0
    while number < 60:
        tree = ast.parse(text)
        lists = [
            (node, getattr(node, name, None)) for node in ast.walk(tree) for name in ("body", "orelse", "finalbody")
        ]
        places = [(held, at) for _, held in lists if isinstance(held, list) for at in range(len(held))]
        if number >= len(places):
            return
        held, at = places[number]
        number += 1
        if isinstance(held[at], (ast.Import, ast.ImportFrom)) or (len(held) == 1 and held is not tree.body):
            kept = [line for one in held for line in getattr(one, "body", [])]
            if not kept:
                continue
            held[:] = kept  # what stands in a block takes its place
        else:
            del held[at]
        yield ast.unparse(ast.fix_missing_locations(tree)) + "\n"


# The command


def batch(seed: str, numbers: range) -> Outcome:
    """The files of some numbers."""
    return judge({str(number): composed(f"{seed}-{number}") for number in numbers})


def run(modules: int, seed: str, jobs: int) -> Outcome:
    """All files; what comes of them is put together in order."""
    batches = [range(start, min(start + BATCH, modules)) for start in range(0, modules, BATCH)]
    total, digest = Outcome(), hashlib.sha256()
    with ProcessPoolExecutor(jobs) as pool:
        for outcome in pool.map(batch, [seed] * len(batches), batches):
            total.counts += outcome.counts
            total.refusals += outcome.refusals
            total.failures |= outcome.failures
            digest.update(outcome.digest.encode())
    total.digest = digest.hexdigest()[:16]
    return total


def closing_line(outcome: Outcome) -> str:
    return ", ".join(f"{name} {outcome.counts[name]}" for name in COUNTS) + f", digest {outcome.digest}"


def main() -> int:
    parser = argparse.ArgumentParser(description="Rewrite and run composed test files.")
    parser.add_argument("--modules", type=int, default=3000)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--failures", type=Path, default=None, help="a folder for the files that fail")
    parser.add_argument("--shrink", type=int, default=5, help="how many of them to make smaller")
    given = parser.parse_args()
    outcome = run(given.modules, given.seed, given.jobs)
    folder = given.failures or Path(tempfile.mkdtemp(prefix="generated-"))
    for number, (name, text) in enumerate(sorted(outcome.failures.items())):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
        if number < given.shrink:
            kind = next(kind for kind in FAULTS if name.startswith(kind.replace(" ", "_")))
            part = smaller(composed(f"{given.seed}-{name.rpartition('_')[2]}"), kind)
            (folder / f"{name}.small.py").write_text(part, encoding="utf-8")
    for code, number in outcome.refusals.most_common():
        print(f"{number:6} {code}")  # noqa: T201
    if outcome.failures:
        print(f"failures in {folder}")  # noqa: T201
    print(closing_line(outcome))  # noqa: T201
    return int(any(outcome.counts[name] for name in FAULTS))


if __name__ == "__main__":
    sys.exit(main())
