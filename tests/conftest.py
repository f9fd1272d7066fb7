"""What the whole test run needs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
# The files that take longest, so that no process is left alone with one of them at the end.
LONGEST = (
    "isolator/html/test_browser.py",
    "isolator/test_cluster.py",
    "isolator/confirm/test_proving.py",
    "isolator/confirm/test_session.py",
    "isolator/deflake/test_deflake.py",
    "isolator/test_interruptions.py",
    "isolator/deflake/test_shapes.py",
    "codemods/state/test_properties.py",
    "isolator/confirm/test_merge.py",
    "isolator/confirm/test_executor.py",
    "codemods/test_libcst_commands.py",
    "isolator/confirm/test_running.py",
    "isolator/confirm/test_trouble.py",
    "isolator/confirm/test_plugin.py",
    "isolator/extensions/test_own_rules.py",
    "isolator/test_bad_streams.py",
    "isolator/test_collection.py",
    "isolator/evidence/test_from_evidence.py",
    "isolator/confirm/test_leftovers.py",
    "isolator/html/test_commands.py",
)

# Most tests start Python. Where it may keep no bytecode, each of these processes compiles isolator again, and each
# pytest rewrites the assertions of its plugins, which takes several times as long as what is tested.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_configure(config: pytest.Config) -> None:
    """Let pytest-xdist hand out files in the order in which they come, not by the number of their tests."""
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False


@pytest.fixture(scope="module")
def without_plugins() -> Iterator[None]:
    """What pytest is started for needs no plugin: those that are installed take half of the time that it needs."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        yield


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Half as many again as there are processors: much of the time a test waits for processes that it has started."""
    return (os.cpu_count() or 1) * 3 // 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first; within a file the order stays."""
    ranks = {HERE / name: rank for rank, name in enumerate(LONGEST)}
    items.sort(key=lambda item: ranks.get(item.path, len(ranks)))
