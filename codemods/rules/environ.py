"""ISO101, ISO102 and ISO103 together: what one function does to the environment is rewritten as a whole."""

from __future__ import annotations

from codemods.rules import environ_restoration, environ_write, patch_dict_environ
from codemods.state.codemod import codemod_of
from codemods.state.kinds import environ

CODEMOD = codemod_of(
    environ.KIND,
    {
        "patch-dict": patch_dict_environ.RULE,
        "write": environ_write.RULE,
        "restoration": environ_restoration.RULE,
    },
)
