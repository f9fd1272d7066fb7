"""Modules made at random, whose tests change attributes, items of dicts and what ``sys`` holds, in every kind of host.

    python -m tests.codemods.state.generated_kinds --modules 300 --seed 1

Each is rewritten and run before and after: every look sees the same, the outcomes are the same, nothing is left that
was not left before, and where nothing was refused nothing is left at all.
"""

from __future__ import annotations

import random
import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import click

from codemods.context import Context
from isolator.engine.engine import Rewrite, Selection, rewrite
from tests.codemods.state.kit import Record, run_suites

HEAD = """\
import contextlib
import logging
import random
import socket
import sys
import unittest
from unittest.mock import patch

import places
import pytest
from places import HANDLERS, Service, config, service

LOG = logging.getLogger("places")
used = (contextlib, logging, random, socket, patch, sys, unittest, places, pytest, HANDLERS, Service, config, service)


"""
NUMBERS = ("places.count", "Service.limit", "config.level", 'HANDLERS["json"]')
TEXTS = ("places.name", "places.flag", "service.extra", 'places.SETTINGS["debug"]', "sys.platform")
HERE = Path(__file__).parent  # with the module that the tests change
ABSENT = ('HANDLERS["xml"]', "service.extra", "places.other")
# What is undone by a line beside it; the number is another one each time.
SETTERS = (
    "random.seed({})",
    "socket.setdefaulttimeout({})",
    "LOG.setLevel({})",
    "LOG.propagate = {} < 0",
    "logging.disable({})",
    "places.QUEUE.append({})",
    "places.QUEUE[0] = {}",
    'places.TAGS.add("{}")',
    'places.TAGS.discard("first")',
    'patch("places.tag", {}).start()',
    'patcher = patch("places.tag", {})\npatcher.start()',
)
BATCH = 50


@dataclass
class Writer:
    """Writes functions; ``chance`` decides what is in them."""

    chance: random.Random
    count: int = 0
    saved: int = 0
    lines: list[str] = field(default_factory=list)

    def number(self) -> int:
        """Another number each time."""
        self.count += 1
        return self.count

    def cell(self) -> str:
        """Something that outlives a test."""
        return self.chance.choice((*NUMBERS, *TEXTS, *ABSENT, "sys.argv"))

    def value(self, cell: str) -> str:
        """A value for it, which may be what a call gives."""
        number = self.number()
        if cell in NUMBERS:
            return self.chance.choice((f"{number}", f"look({number})"))
        if cell == "sys.argv":
            return f'["program", "{number}"]'
        return self.chance.choice((f'"{number}"', f'look("{number}")', f'"{number}" + places.name[:0]'))

    def written(self, cell: str) -> str:
        """A statement that gives it a value."""
        value = self.value(cell)
        owner, _, name = cell.rpartition(".")
        forms = [f"{cell} = {value}"] * 3
        if "[" not in cell:
            forms.append(f'setattr({owner}, "{name}", {value})')
        elif cell.startswith("HANDLERS"):
            forms.append(f"HANDLERS.update({{{cell[9:-1]}: {value}}})")
        if cell in NUMBERS:
            forms.append(f"{cell} += {self.number()}")
        if not value.startswith("look"):
            forms.append(f"mine = {cell} = {value}")
        return self.chance.choice(forms)

    def look(self) -> str:
        """A statement that looks, in one way or another."""
        return self.chance.choice(("look()", "look(places.run())", "look(places.handled())", "assert look(1) == 1"))

    def body(self, depth: int = 0) -> list[str]:
        """Some statements."""
        return [line for _ in range(self.chance.randint(1, 3)) for line in self.statement(depth)]

    def statement(self, depth: int) -> list[str]:
        """One statement, or several that belong together."""
        kinds = ["write", "look", "set"] + ["restore", "remove"] * (depth < 3)
        kinds += ["if", "for", "raises", "suppress", "nested"] * (depth < 2)
        kind = self.chance.choice(kinds)
        if kind == "write":
            return [self.written(self.cell()), self.look()]
        if kind == "look":
            return [self.look()]
        if kind == "set":
            return [*self.chance.choice(SETTERS).format(self.number()).split("\n"), "look()"]
        if kind == "restore":
            return self.restored(depth)
        if kind == "remove":
            # One that nothing else sets: that it is gone afterwards is what it was before.
            number = self.number()
            forms = (f'HANDLERS["k{number}"]', f"places.a{number}", f"service.a{number}", f'sys.modules["m{number}"]')
            cell = self.chance.choice(forms)
            return [f"{cell} = {self.value(cell)}", *self.ended(self.body(depth + 1), [f"del {cell}"])]
        inside = self.block(self.body(depth + 1))
        if kind == "if":
            return [
                f"if places.count is {self.chance.choice(('not ', ''))}None:",
                *inside,
                *self.chance.choice(([], ["look()"])),
            ]
        if kind == "for":
            return ["for step in range(2):", *inside, "    look(step)"]
        if kind == "raises":
            return ["with pytest.raises(ValueError):", *inside, "    raise ValueError"]
        if kind == "suppress":
            return ["with contextlib.suppress(KeyError):", *inside]
        name = f"inner_{self.number()}"
        return [f"def {name}():", *inside, "    return look()", self.chance.choice((f"{name}()", "look()"))]

    def restored(self, depth: int) -> list[str]:
        """A cell that is saved, changed and put back."""
        cell = self.chance.choice((*NUMBERS, "places.name", "places.flag", "sys.platform", "sys.argv"))
        self.saved += 1
        name = f"saved_{self.saved}"
        save = f"{name} = {cell}"
        change = f"{cell} = {self.value(cell)}"
        if self.chance.random() < 0.2 and "look" not in change:
            save, change = "", f"{name}, {cell} = {cell}, {change.partition(' = ')[2]}"
        return [*filter(None, [save]), change, *self.ended(self.body(depth + 1), [f"{cell} = {name}"])]

    def ended(self, body: list[str], end: list[str]) -> list[str]:
        """Statements, and what undoes something at their end: in a ``finally``, or not."""
        if self.chance.random() < 0.6:
            return ["try:", *self.block(body), "finally:", *self.block(end), *self.chance.choice(([], ["look()"]))]
        return [*body, *end, *self.chance.choice(([], ["look()"]))]

    def block(self, lines: list[str]) -> list[str]:
        """Some lines, indented."""
        return [f"    {line}" for line in lines]

    def host(self) -> list[str]:
        """Functions of one kind: a test, a fixture with its test, a class."""
        number = self.number()
        kind = self.chance.choice(("test", "test", "fixture", "testcase", "setup"))
        if kind == "test":
            return [f"def test_{number}():", *self.block(self.body()), "    look()"]
        cell = self.chance.choice((*NUMBERS, "places.name", "sys.platform", "sys.argv"))
        change = f"{cell} = {self.value(cell)}"
        if kind == "fixture":
            saved = self.chance.random() < 0.7
            lines = [f"saved = {cell}"] * saved + [change, "look()", "yield"] + [f"{cell} = saved"] * saved
            scope = self.chance.choice(("", '(scope="module")'))
            test = [f"def test_{number}(made_{number}):", *self.block(self.body()), "    look()"]
            return [f"@pytest.fixture{scope}", f"def made_{number}():", *self.block(lines), "", "", *test]
        case = kind == "testcase"
        up, down = ("setUp", "tearDown") if case else ("setup_method", "teardown_method")
        tests = [line for n in range(2) for line in (f"def test_{n}(self):", *self.block([*self.body(), "look()"]), "")]
        set_up = [f"def {up}(self):", *self.block([f"self.saved = {cell}", change, "look()"]), ""]
        tear_down = [f"def {down}(self):", f"    {cell} = self.saved", ""]
        head = f"class Test{number}{'(unittest.TestCase)' if case else ''}:"
        return [head, *self.block([*set_up, *tear_down, *tests])]


def module(seed: int) -> str:
    """The text of a module."""
    writer = Writer(random.Random(seed))
    hosts = ["\n".join(writer.host()) for _ in range(writer.chance.randint(1, 3))]
    return HEAD + re.sub(r"[ ]+\n", "\n", "\n\n\n".join(hosts)).rstrip("\n") + "\n"


def rewritten(text: str) -> Rewrite:
    """A module with all that can be fixed in it fixed."""
    return rewrite(text.encode(), "test_it.py", Context(HERE, (Path(),)), Selection(select=("ISO4",)))


@dataclass
class Compared:
    """What was found of some modules, and each that is not as it should be, with why."""

    changed: int = 0
    fixed: int = 0
    refused: int = 0
    rejected: int = 0
    wrong: list[str] = field(default_factory=list)


def compared(seeds: range, folder: Path) -> Compared:
    """Rewrite and run the modules of some seeds."""
    found = Compared()
    texts = {seed: module(seed) for seed in seeds}
    done = {seed: rewritten(text) for seed, text in texts.items()}
    for seed, result in done.items():
        found.fixed += len(result.fixed)
        found.refused += len(result.left)
        found.changed += result.source != texts[seed].encode()
        if result.problems:
            found.rejected += len(result.problems)
        if result.error:
            found.wrong.append(f"{seed}: {result.error}")
        again = rewritten(result.source.decode())
        if again.source != result.source or again.fixed:
            found.wrong.append(f"{seed}: not idempotent")
    before = run_suites(folder / "before", {str(seed): text for seed, text in texts.items()})
    after = run_suites(folder / "after", {str(seed): result.source.decode() for seed, result in done.items()})
    if before.keys() != after.keys():
        found.wrong.append(f"other tests: {sorted(before.keys() ^ after.keys())[:3]}")
    for test in before.keys() & after.keys():
        seed = int(test.removeprefix("test_").partition(".")[0])
        found.wrong += [
            f"{seed}: {test}: {why}" for why in _differences(before, after, test, clean=not done[seed].left)
        ]
    return found


def _differences(before: Record, after: Record, test: str, *, clean: bool) -> list[str]:
    was, now = before[test], after[test]
    found = [f"{what}: {was[what]} became {now[what]}" for what in ("outcomes", "seen") if was[what] != now[what]]
    left = {str(item) for item in now["left"]} - {str(item) for item in was["left"]}
    if (left or (clean and now["left"])) and not _shared(was, now):
        found.append(f"left: {sorted(left) or now['left']}")
    return found


def _shared(was: dict[str, list[object]], now: dict[str, list[object]]) -> bool:
    """Whether what is left is what a wider fixture set, which lasts."""
    return bool(was.get("wide") or now.get("wide"))


@click.command()
@click.option("--modules", default=300)
@click.option("--seed", default=1)
def main(modules: int, seed: int) -> None:
    """Print what was found; exit code 1 if anything is not as it should be."""
    every = Compared()
    first = seed * 1_000_000
    for start in range(first, first + modules, BATCH):
        with tempfile.TemporaryDirectory() as folder:
            found = compared(range(start, min(start + BATCH, first + modules)), Path(folder) / "suites")
        every.changed += found.changed
        every.fixed += found.fixed
        every.refused += found.refused
        every.rejected += found.rejected
        every.wrong += found.wrong
        for line in found.wrong:
            click.echo(line[:400])
    click.echo(
        f"modules {modules}, changed {every.changed}, fixed {every.fixed}, refused {every.refused}, "
        f"rejected {every.rejected}, "
        f"wrong {len(every.wrong)}"
    )
    raise SystemExit(bool(every.wrong))


if __name__ == "__main__":
    main()
