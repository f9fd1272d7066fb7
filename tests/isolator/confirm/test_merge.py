"""``isolator confirm merge``: the files of the shards joined are what one machine would have found."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from isolator.commands import merge as merging
from isolator.commands.confirm import ConfirmRequest
from isolator.system.errors import Failure
from tests.isolator.confirm.suites import write
from tests.isolator.confirm.test_shards import POLLUTED, isolator

# Its files, the words of the command line, and the verdicts that it gets.
SUITES: dict[str, tuple[dict[str, str], tuple[str, ...], set[str]]] = {
    "each_verdict_and_what_else_must_hold": (
        {
            "test_polluted.py": POLLUTED["test_it.py"],
            "test_hash_seed.py": "def test_a(): assert list({'alpha', 'beta'})[0] == 'alpha'\n",
            "test_missing.py": """
                import os

                def test_always(): pass

                if hash("a") % 2:
                    def test_sometimes(): pass
            """,
            "test_it.py": "print('Initialized it')\ndef test_a(): print('Initialized a client')\ndef test_b(): pass\n",
            "isolator.toml": """
                [confirm]
                forbid-output = ["Initialized .* client", "it$", "nowhere"]
                max-seconds = 0.001

                [[confirm.expect]]
                path = "test_it.py"
                absent = ["test_b"]
                defines = ["test_a"]
            """,
        },
        ("--seed", "1", "--runs", "4", "--", "-q", "."),
        {"stable", "order-dependent", "flaky", "missing"},
    ),
    "hanging_and_dying": (
        {
            "pytest.ini": "[pytest]\npythonpath = .\n",
            "state.py": "seen = False\n",
            "test_it.py": """
                import os, time, state

                def test_slow(): time.sleep(60 if state.seen else 0)
                def test_sees(): state.seen = True
                def test_dies():
                    if not state.seen: os._exit(3)
            """,
        },
        ("--runs", "4", "--test-timeout", "4"),
        {"hanging", "order-dependent", "missing"},
    ),
    "import_that_dies": (
        {"test_it.py": "import os\nif os.environ['PYTHONHASHSEED'] == '2': os._exit(3)\ndef test_a(): pass\n"},
        ("--runs", "4"),
        {"stable"},
    ),
}


def joined(folder: Path, shards: int, *words: str) -> list[str]:
    """The files that so many shards write, the last one first."""
    names = []
    for number in range(shards, 0, -1):
        done = isolator(folder, "--output-format", "json", "--shard", f"{number}/{shards}", *words)
        (folder / f"{number}.json").write_text(done.stdout, encoding="utf-8")
        names.append(f"{number}.json")
    return names


def without_durations(text: str) -> dict[str, Any]:
    """A document without what differs from one time to the next: durations, and addresses and folders in stacks."""
    document: dict[str, Any] = json.loads(re.sub(r"0x[0-9a-f]+|\d+\.\d+ s\b|isolator-\w+", "", text))
    for run in document["runs"]:
        del run["seconds"]
    for test in document["tests"].values():
        test.pop("seconds", None)
    return document


@pytest.mark.parametrize("name", SUITES)
def test_the_same_as_on_one_machine(tmp_path: Path, name: str) -> None:
    files, words, verdicts = SUITES[name]
    write(tmp_path, files)
    seed = () if "--seed" in words else ("--seed", "0")
    one = isolator(tmp_path, "--no-bisect", "--output-format", "json", *seed, *words)
    merged = isolator(tmp_path, "merge", *joined(tmp_path, 3, *words), "--output-format", "json")
    assert without_durations(merged.stdout) == without_durations(one.stdout)
    assert {test["verdict"] for test in json.loads(merged.stdout)["tests"].values()} == verdicts
    assert (merged.returncode, merged.stdout) == (
        one.returncode,
        (tmp_path / ".isolator" / "confirm.json").read_text(encoding="utf-8"),
    )
    assert merged.stderr.splitlines()[0] == one.stderr.splitlines()[-1]


def test_the_report_says_which_command_bisects(tmp_path: Path) -> None:
    done = isolator(write(tmp_path, POLLUTED), "merge", *joined(tmp_path, 2, "--runs", "2", "--", "-q", "."))
    assert done.returncode == 1
    assert "1  given" in done.stdout
    assert "isolator confirm --runs 1 --orders reversed --seed 1 -- -q ." in done.stdout
    hint = done.stderr.splitlines()[-1]
    command = hint.partition("on one machine: isolator confirm ")[2]
    assert command == "--runs 2 --orders given,reversed,random --seed 0 -- -q ."
    assert "a victim of test_it.py::test_leaves" in isolator(tmp_path, *command.split()).stdout
    assert isolator(tmp_path, "merge", "1.json", "2.json", "-q").stderr.count("\n") == 1


def test_the_confidence_is_that_of_the_shards(tmp_path: Path) -> None:
    words = ("--runs", "1", "--max-rate", "50%", "--confidence", "75%")
    done = isolator(write(tmp_path, {"test_it.py": "def test_a(): pass\n"}), "merge", *joined(tmp_path, 2, *words))
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == (
        "  1 stable; 2 of 2 passed: rule out a failure rate above 50 % (75 % confidence)"
    )


def test_against_a_baseline_with_the_other_reports(tmp_path: Path) -> None:
    write(tmp_path, {"test_it.py": "def test_a(): pass\ndef test_b(): pass\n"})
    isolator(tmp_path, "--runs", "2", "--output-format", "json")
    (tmp_path / "before.json").write_bytes((tmp_path / ".isolator" / "confirm.json").read_bytes())
    write(tmp_path, {"test_it.py": "import os\ndef test_a(): os.environ['A'] = '1'\n"})
    shards = joined(tmp_path, 2, "--runs", "2")
    reports = ("--compare", "before.json", "--junit", "j.xml", "--summary", "s.md")
    done = isolator(tmp_path, "merge", *shards, *reports)
    assert done.returncode == 1
    assert "worse       test_it.py::test_b is gone" in done.stdout
    assert "leaks new   test_it.py::test_a: A" in done.stdout
    assert "gone" in (tmp_path / "j.xml").read_text(encoding="utf-8")
    assert "## Worse than before" in (tmp_path / "s.md").read_text(encoding="utf-8")
    assert isolator(tmp_path, "merge", *shards).returncode == 0


def _changed(change: Callable[[Any], object]) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        document = json.loads((folder / "2.json").read_bytes())
        change(document)
        (folder / "2.json").write_text(json.dumps(document), encoding="utf-8")

    return spoil


def _not_utf8(folder: Path) -> None:
    (folder / "2.json").write_bytes(b'{"a": "\xff"}')


def _nothing(_: Path) -> None:
    pass


WRONG: dict[str, tuple[Callable[[Path], None], tuple[str, ...], str]] = {
    "one_missing": (_nothing, ("1.json", "3.json"), "shard 2 of 3 is missing"),
    "two_missing": (_nothing, ("2.json",), "shards 1, 3 of 3 are missing"),
    "twice": (_nothing, ("1.json", "2.json", "3.json", "1.json"), "1.json: is shard 1 of 3, as 1.json is"),
    "no_file": (_nothing, ("1.json", "no.json"), "no.json: cannot be read: No such file or directory"),
    "no_json": (
        _nothing,
        ("1.json", "pytest.ini"),
        "pytest.ini: is not a shard of `isolator confirm`: Expecting value",
    ),
    "not_utf8": (_not_utf8, ("2.json",), "2.json: is not a shard of `isolator confirm`: 'utf-8'"),
    "no_shard": (
        _changed(lambda d: d.pop("shard")),
        ("1.json", "2.json"),
        "2.json: is not a shard of `isolator confirm`: it",
    ),
    "another_version": (_changed(lambda d: d.update(version=2)), ("2.json",), "version 2, expected 1"),
    "another_seed": (
        _changed(lambda d: (d["shard"]["plan"].update(seed=1), [r.update(seed=r["seed"] + 1) for r in d["runs"]])),
        ("1.json", "2.json", "3.json"),
        "2.json: is not part of the same confirmation as 1.json: seed 1, not 0",
    ),
    "other_arguments": (
        _changed(lambda d: d["shard"]["plan"].update(arguments=["-q"])),
        ("1.json", "2.json", "3.json"),
        "2.json: is not part of the same confirmation as 1.json: arguments ('-q',), not ()",
    ),
    "another_python": (
        _changed(lambda d: d["shard"]["plan"].update(python="CPython 3.10.1 on linux")),
        ("1.json", "2.json", "3.json"),
        "2.json: is not part of the same confirmation as 1.json: python 'CPython 3.10.1 on linux', not",
    ),
    "another_confidence": (
        _changed(lambda d: d["shard"]["plan"].update(confidence=0.5)),
        ("1.json", "2.json", "3.json"),
        "2.json: is not part of the same confirmation as 1.json: confidence 0.5, not 0.95",
    ),
    "no_confidence": (
        _changed(lambda d: d.update(confidence=1)),
        ("2.json",),
        "2.json: is not a shard of `isolator confirm`: a confidence must be more than 0 and less than 1, not 1",
    ),
    "other_runs": (
        _changed(lambda d: d["runs"][0].update(order="random")),
        ("1.json", "2.json", "3.json"),
        "2.json: is not a shard of `isolator confirm`: its runs are not those that were planned",
    ),
    "no_such_shard": (_changed(lambda d: d["shard"].update(number=4)), ("2.json",), "there cannot be a shard 4 of 3"),
    "a_run_less": (
        _changed(lambda d: d["shard"]["runs"].pop()),
        ("2.json",),
        "2.json: is not a shard of `isolator confirm`",
    ),
    "no_result": (
        _changed(lambda d: d["shard"]["runs"][0]["attempts"]["test_it.py::test_a"].update(result="odd")),
        ("2.json",),
        "no test ends with odd",
    ),
    "a_key_less": (_changed(lambda d: d["shard"]["plan"].pop("seed")), ("2.json",), "not a shard: TypeError"),
}


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = write(tmp_path_factory.mktemp("three"), {"test_it.py": "def test_a(): pass\n"})
    names = joined(folder, 3, "--runs", "3")
    return {name: (folder / name).read_text(encoding="utf-8") for name in names}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_joined(
    tmp_path: Path, three: dict[str, str], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil, words, message = WRONG[name]
    write(tmp_path, three)
    spoil(tmp_path)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Failure) as failed:
        merging.run([Path(word) for word in words], ConfirmRequest())
    assert message in failed.value.message
    assert "\n" not in failed.value.message
    assert not (tmp_path / ".isolator").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("merge", "1.json", "3.json"), "Error: shard 2 of 3 is missing"),
        (("merge", "1.json", "--", "-q"), "Error: merge does not run pytest, so nothing can follow --"),
        (("--junit", "j.xml", "merge", "1.json"), "Error: Options of merge go after merge"),
        (("merge",), "Error: Missing argument 'FILES...'."),
    ],
)
def test_words_that_make_no_sense(tmp_path: Path, three: dict[str, str], words: tuple[str, ...], message: str) -> None:
    done = isolator(write(tmp_path, three), *words)
    assert (done.returncode, done.stdout, done.stderr.splitlines()[-1]) == (2, "", message)


def test_a_file_as_a_shell_on_windows_writes_it(tmp_path: Path, three: dict[str, str]) -> None:
    for name, text in three.items():
        (tmp_path / name).write_text(text, encoding="utf-16")
    assert isolator(write(tmp_path, {}), "merge", *three).returncode == 0
