"""Why a file is left shared, and what to do about it."""

from __future__ import annotations

from codemods.rule import Refusal

SEQUENCE = Refusal(
    "sequence",
    "a test continues with a file that another test made; create it in a fixture that both use",
)
READS_PROJECT = Refusal(
    "reads-project",
    "it also uses the project's files by relative paths; give it paths in tmp_path for its "
    "own files",
)
PATH_SHARED = Refusal(
    "path-shared",
    "other functions or constants of the file use the same path; provide the path by a fixture",
)
PATH_UNCLEAR = Refusal(
    "path-unclear",
    "the path is used as text or built in a way that isolator does not follow; build it on "
    "tmp_path",
)
PATH_IN_CODE = Refusal(
    "path-in-code",
    "the code under test chooses the path; let it take the directory as an argument, and pass"
    " tmp_path",
)
OWN_DIRECTORY = Refusal(
    "own-directory",
    "it changes the working directory itself; change to tmp_path as its first statement",
)
GIVEN = Refusal(
    "given",
    "Hypothesis runs the test many times; create a temporary directory in its body",
)
SIGNATURE = Refusal(
    "signature",
    "tmp_path cannot be added to its parameters, because of how it is called or decorated; "
    "provide the path by a fixture",
)
WIDER_USER = Refusal(
    "wider-user",
    "a fixture of a wider scope uses it; narrow the scope of that fixture first",
)
FIXTURE_UNCLEAR = Refusal(
    "fixture-unclear",
    "several fixtures of a wider scope create temporary files; narrow the scope of the right "
    "one by hand",
)
KEPT_STATE = Refusal(
    "kept-state",
    "it sets up more than each test can have for itself; create a separate directory for each test",
)
