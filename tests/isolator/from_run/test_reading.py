"""What pytest really printed, in many ways, is read as what really ran: see ``record``."""

from __future__ import annotations

import random
from pathlib import Path
from typing import NamedTuple

import pytest

from isolator.pytest_runs.failed_run.matching import matched
from isolator.pytest_runs.failed_run.model import FailedRun, UnreadableError
from isolator.pytest_runs.failed_run.reading import decoded, read
from tests.isolator.from_run.record import OUTPUTS, RECORDED

WITHOUT_ORDER = ("dots", "quiet", "dots_workers", "passed")
# What says of no test which process ran it.
WITHOUT_WORKERS = ("reported_workers", "junit_workers.xml")
ORDERED = [name for name in RECORDED if name not in (*WITHOUT_ORDER, *WITHOUT_WORKERS)]


class Truth(NamedTuple):
    """What really ran: the tests of each process, each once, and which failed."""

    began: dict[str, list[str]]
    failed: set[str]

    @property
    def tests(self) -> list[str]:
        """All of them, in an order that says nothing."""
        return sorted(test for tests in self.began.values() for test in tests)


def text(name: str) -> str:
    return decoded((OUTPUTS / (name if "." in name else f"{name}.txt")).read_bytes())


def truth(name: str) -> Truth:
    lines = (OUTPUTS / f"{name.partition('.')[0]}.order").read_text(encoding="utf-8").splitlines()
    events = [line.split("\t") for line in lines]
    workers = dict.fromkeys(worker for _, worker, _ in events)
    began = {w: [*dict.fromkeys(test for what, of, test in events if (what, of) == ("began", w))] for w in workers}
    return Truth(began, {test for what, _, test in events if what == "failed"})


def understood(run: FailedRun, known: Truth) -> tuple[dict[str, list[str]], set[str]]:
    """The node ids of each worker in their order, and those that failed."""
    names = matched(run, known.tests)
    workers = dict.fromkeys(test.worker for test in run.seen)
    found = {w: [names.get(test.name) for test in run.seen if test.worker == w] for w in workers}
    # One that failed in its tear-down is named twice by the summary, the second time with a message.
    order = {w: [name for name in dict.fromkeys(tests) if name is not None] for w, tests in found.items()}
    return order, {names[test.name] for test in run.failed}


def without_skipped(tests: list[str]) -> list[str]:
    return [test for test in tests if not test.endswith(("test_skipped", "test_elsewhere"))]


@pytest.mark.parametrize("name", ORDERED)
def test_order_and_failures_are_what_really_ran(name: str) -> None:
    run, known = read(text(name)), truth(name)
    order, failed = understood(run, known)
    assert len(known.tests) > 20
    if "reported" in name:  # the summary names no skipped tests
        assert order == {"": without_skipped(known.began[""])}
    else:
        assert order == known.began
    assert failed == known.failed
    assert failed


@pytest.mark.parametrize("name", WITHOUT_WORKERS)
def test_of_several_processes_each_is_in_order_where_none_is_named(name: str) -> None:
    run, known = read(text(name)), truth(name)
    order, failed = understood(run, known)
    assert [*order] == [""]
    for began in known.began.values():
        assert [test for test in order[""] if test in began] == [
            test for test in (began if run.junit else without_skipped(began)) if test in order[""]
        ]
    assert failed == known.failed


def test_order_of_dots_is_that_of_the_seed() -> None:
    run = read(text("dots"))
    assert not run.ordered
    assert run.shuffle is not None
    assert (run.shuffle.plugin, run.shuffle.arguments) == ("pytest-randomly", ("--randomly-seed=11",))
    assert understood(run, truth("dots"))[1] == truth("dots").failed


def test_seed_of_random_order_has_its_bucket() -> None:
    shuffle = read(text("random_order")).shuffle
    assert shuffle is not None
    assert shuffle.arguments == ("--random-order-bucket=global", "--random-order-seed=13")


@pytest.mark.parametrize("name", ["randomly", "workers", "github_colours", "live_log", "printed"])
def test_a_log_that_was_cut_off_says_what_came_before(name: str) -> None:
    whole = text(name)
    known = truth(name)
    cut = whole.index("TestState::test_elsewhere") + len("TestState::test_el")
    try:
        order, failed = understood(read(whole[:cut]), known)
    except UnreadableError:
        assert "FAILED" not in whole[:cut]
        return
    for worker, tests in order.items():
        assert tests == known.began[worker][: len(tests)]
    assert failed <= known.failed


def test_a_test_that_never_ended_is_the_one_that_failed() -> None:
    before, _, _ = text("verbose").partition("test_more PASSED")
    run = read(f"{before}test_more ")
    assert [(test.name, test.ended) for test in run.failed] == [("tests/sub/test_state.py::test_more", "unfinished")]


def test_the_first_of_several_runs_that_failed_counts() -> None:
    run = read(f"make test\n{text('passed')}\n{text('randomly')}\n{text('verbose')}\nmake: *** [test] Error 1\n")
    assert understood(run, truth("randomly"))[0] == truth("randomly").began


@pytest.mark.parametrize("folder", ["backend/", "services\\backend\\", "./"])
def test_names_of_another_folder_are_those_of_this_one(folder: str) -> None:
    known = truth("randomly")
    printed = text("randomly").replace("\ntests/", f"\n{folder}tests/")
    assert understood(read(printed), known) == understood(read(text("randomly")), known)


def test_names_match_where_tests_lie_deeper_here() -> None:
    known = truth("workers")
    deeper = Truth({w: [f"backend/{test}" for test in began] for w, began in known.began.items()}, set())
    assert understood(read(text("workers")), deeper)[0] == deeper.began
    names = truth("junit").tests
    random.Random(1).shuffle(names)
    found = matched(read(text("junit.xml")), [f"a/b/{name}" for name in names])
    assert sorted(found.values()) == sorted(f"a/b/{name}" for name in names)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_files_of_other_shells_are_decoded(encoding: str) -> None:
    data = text("verbose").replace("\n", "\r\n").encode(encoding)
    assert read(decoded(data)) == read(text("verbose"))


UNREADABLE = {
    "dots": ("quiet", "does not say in which order the tests ran; run `pytest -v`, or `pytest --junitxml FILE`"),
    "dots_workers": ("dots_workers", "does not say which process of pytest-xdist ran which tests; run `pytest -v`"),
    "passed": ("passed", "names no failed test"),
}


@pytest.mark.parametrize(("name", "said"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_does_not_tell_the_order_says_what_to_run(name: str, said: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        read(text(name))
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("", "is neither JUnit XML nor output of pytest"),
        ("....F..\n", "is neither JUnit XML nor output of pytest"),
        ("\x00\x01\x02" * 50, "is neither JUnit XML nor output of pytest"),
        ("<html><body>Not found</body></html>", "is XML, but not JUnit XML: it begins with <html>"),
        ("<testsuites><testsuite>", "is not valid XML: no element found: line 1, column 23"),
        ("<testsuites><testsuite/></testsuites>", "is neither JUnit XML nor output of pytest"),
    ],
)
def test_what_is_not_a_run_is_reported(given: str, said: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        read(given)
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


def test_outputs_are_all_recorded() -> None:
    files = {path.name for path in OUTPUTS.iterdir() if path.suffix != ".order"}
    assert files == {name if "." in name else f"{name}.txt" for name in RECORDED}
    assert not [path for path in OUTPUTS.iterdir() if str(Path.home()) in path.read_text(encoding="utf-8")]
