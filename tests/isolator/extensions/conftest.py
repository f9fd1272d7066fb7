"""An environment with isolator, and an empty project beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.isolator.extensions.environments import Environment, environment


@pytest.fixture
def env(tmp_path: Path) -> Environment:
    return environment(tmp_path / "env")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder
