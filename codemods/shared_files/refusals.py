"""Why a file is left shared, and what to do about it."""

from __future__ import annotations

from codemods.rule import Refusal

SEQUENCE = Refusal(
    "sequence",
    "a test goes on with what another one made; let a fixture make it, and have both ask for that",
)
READS_PROJECT = Refusal(
    "reads-project",
    "it uses files of the project by relative paths, too; give it paths in tmp_path for its own",
)
PATH_SHARED = Refusal(
    "path-shared",
    "other functions or constants of the file name the path, too; let one fixture give it to all",
)
PATH_UNCLEAR = Refusal(
    "path-unclear",
    "the path is used as text, or put together in a way that is not followed; build it on tmp_path",
)
PATH_IN_CODE = Refusal(
    "path-in-code",
    "code under test chooses the path; let it take the folder as an argument, and give it tmp_path",
)
OWN_DIRECTORY = Refusal(
    "own-directory",
    "it changes the working directory itself; let it do so first of all, to tmp_path",
)
GIVEN = Refusal(
    "given",
    "Hypothesis runs the test many times; make a temporary directory in its body each time",
)
SIGNATURE = Refusal(
    "signature",
    "it cannot be given tmp_path as it is called or decorated; let a fixture give the path",
)
WIDER_USER = Refusal(
    "wider-user",
    "a fixture of a wider scope asks for it; let that one be made for each test first",
)
FIXTURE_UNCLEAR = Refusal(
    "fixture-unclear",
    "several fixtures of a wider scope make temporary files; narrow the one that is meant",
)
KEPT_STATE = Refusal(
    "kept-state",
    "it sets up more than a test can have for itself; let it make a folder for each test beside it",
)
