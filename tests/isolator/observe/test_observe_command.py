"""``isolator observe`` as a command: what it prints, keeps and exits with; on the example project, without settings."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from isolator.commands.demo import EXAMPLE
from isolator.evidence.model import from_json
from tests.isolator.confirm.suites import write
from tests.isolator.inside import inside


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return inside("observe", *words, folder=folder)


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("example") / "agents"
    shutil.copytree(EXAMPLE, folder)
    settings = folder / "pyproject.toml"
    settings.write_text(settings.read_text().partition("[tool.isolator]")[0])
    return folder


def test_example(example: Path) -> None:
    done = run(example, "--seed", "1")
    assert done.returncode == 1
    rows = [" ".join(line.split()) for line in done.stdout.splitlines()]
    polluter = "tests/test_deployment.py::test_key_of_the_deployment_is_used"
    victim = "tests/test_security_config.py::TestSecurityConfig::test_default_secret_key_in_development"
    assert f"ISO102 1 4 SECRET_KEY tests/test_deployment.py:9 {polluter}" in rows
    read = "core/security_config.py:19"
    assert f"ISO104 victim failed/passed SECRET_KEY {read} {victim}, after {polluter}" in rows
    assert f"ISO104 SECRET_KEY unset 4 {read}" in rows
    variables = "ALLOW_DEV_TEMP_USERS, ENVIRONMENT, SECRET_KEY"
    filled = "core/security_config.py:29 1 test"
    assert f"ISO302 core.security_config._config global {filled} {variables}" in rows
    initializer = "core.generic_agent.GenericAgent.__init__ socket.connect core/generic_agent.py:11 5"
    assert f"ISO201 {initializer}" in rows
    test = "tests/test_security_config.py::TestSecurityConfig::test_production_uses_the_key_given"
    assert f"ISO303 1 core.security_config._config core/security_config.py:40 {test}" in rows
    assert any(
        row.startswith("ISO303 2 core.governance_cache.GovernanceCache._instance core/governance_cache.py:")
        for row in rows
    )
    assert done.stderr.splitlines()[-1] == (
        "Observed in 2 runs: 2 polluters, 2 victims, 10 readers, 1 cache, 1 initializer, 12 places left changed, "
        "9 of 30 tests with differing outcomes."
    )
    kept = (example / ".isolator" / "evidence.json").read_text(encoding="utf-8")
    assert [run.order for run in from_json(kept).runs] == ["given", "reversed"]
    for secret in ("key-of-the-deployment", "key-of-production", "first-key"):
        assert secret not in kept + done.stdout + done.stderr


READING = """
    import os

    def test_sets(): os.environ["ISO_KEY"] = "1"
    def test_suffers(): assert os.environ.get("ISO_KEY") is None
    def test_only_reads(): os.environ.get("ISO_KEY")
    def test_needs(): assert os.environ.get("ISO_KEY") is not None
"""


def test_a_reader_is_a_victim_only_where_its_outcome_differs(tmp_path: Path) -> None:
    done = run(write(tmp_path, {"test_it.py": READING}), "--no-heap")
    rows = [" ".join(line.split()) for line in done.stdout.splitlines()]
    first = rows.index("Polluters:")
    assert rows[first : first + 9] == [
        "Polluters:",
        "rule victims readers variable changed at test",
        "ISO102 1 3 ISO_KEY test_it.py:3 test_it.py::test_sets",
        "",
        "Readers:",
        "rule role ends variable read at test, and who left it",
        "ISO104 victim failed/passed ISO_KEY test_it.py:4 test_it.py::test_suffers, after test_it.py::test_sets",
        "ISO104 brittle passed/failed ISO_KEY test_it.py:6 test_it.py::test_needs, after test_it.py::test_sets",
        "ISO104 reader passed/passed ISO_KEY test_it.py:5 test_it.py::test_only_reads, after test_it.py::test_sets",
    ]
    assert done.stderr.splitlines()[-1] == (
        "Observed in 2 runs: 1 polluter, 1 victim, 1 brittle test, 3 readers, 0 caches, 0 initializers, "
        "2 of 4 tests with differing outcomes."
    )


def test_nothing_found(tmp_path: Path) -> None:
    write(tmp_path, {"test_it.py": "def test_it():\n    pass\n"})
    done = run(tmp_path, "-q", "--orders", "given", "--output-format", "json", "--", "-q", "test_it.py")
    assert done.returncode == 0
    assert done.stderr == (
        "Observed in 1 run: 0 polluters, 0 victims, 0 readers, 0 caches, 0 initializers, "
        "0 of 1 test with differing outcomes.\n"
    )
    document = json.loads(done.stdout)
    assert document["version"] == 1
    assert document["tests"] == {"test_it.py::test_it": ["passed"]}
    assert (tmp_path / ".isolator" / "evidence.json").read_text(encoding="utf-8") == done.stdout


def test_pytest_cannot_run(tmp_path: Path) -> None:
    done = run(write(tmp_path, {}), "--", "missing")
    assert done.returncode == 2
    assert "not found: missing" in done.stderr
    assert not (tmp_path / ".isolator").exists()


def test_no_such_order(tmp_path: Path) -> None:
    done = run(tmp_path, "--orders", "sideways")
    assert done.returncode == 2
    assert "'sideways' is not a valid order" in done.stderr
