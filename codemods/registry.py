"""Every rule, in the order in which their rewrites are carried out: a line each."""

from __future__ import annotations

import codemods.conftest.cached_configuration
import codemods.conftest.isolation_fixture
import codemods.environ.codemod
import codemods.environ.precondition
import codemods.initializers.external_initializer
import codemods.initializers.patch_target_bypassed
import codemods.initializers.patch_target_missing
from codemods.rule import Codemod

CODEMODS: tuple[Codemod, ...] = (
    codemods.environ.codemod.CODEMOD,
    codemods.environ.precondition.CODEMOD,
    codemods.initializers.external_initializer.CODEMOD,
    codemods.initializers.patch_target_missing.CODEMOD,
    codemods.initializers.patch_target_bypassed.CODEMOD,
    codemods.conftest.isolation_fixture.CODEMOD,
    codemods.conftest.cached_configuration.CODEMOD,
)
