"""Why an operation on the environment is left as it is. The rules' pages say the same at length."""

from __future__ import annotations

from codemods.rule import Refusal


class RefusedError(Exception):
    """An operation that cannot be written another way, and why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


VALUE_NOT_STRING = Refusal(
    "value-not-string", "a variable can only be a str; write the value as one first"
)
CLEAR_UNKNOWN = Refusal(
    "clear-unknown", "whether it clears is decided at run time; write clear=True or clear=False"
)
CLEAR_NAMES = Refusal(
    "clear-names",
    "clear is true whatever it names, so all is unset, which may be the bug; write "
    "clear=True, or unset only that",
)
IMPORT_TIME_VALUE = Refusal(
    "import-time-value",
    "the decorator's values are computed at import, and no name above can hold them; "
    "use constants, or a with block",
)
CLASS_DECORATOR = Refusal(
    "class-decorator",
    "it covers every test of the class, which a fixture would not do alike; write "
    "one there that uses monkeypatch",
)
CLASS_CLEARS = Refusal(
    "class-clears",
    "pytest sets PYTEST_CURRENT_TEST after a fixture has cleared; clear in the tests themselves",
)
GENERATOR = Refusal(
    "generator",
    "the decorator ends when the generator is created, not when it runs; patch inside the body",
)
DECORATOR_ORDER = Refusal(
    "decorator-order",
    "a decorator below it may run code that needs the variables; patch in the body, "
    "or set transparent-decorators",
)
PATCHER_OBJECT = Refusal(
    "patcher-object",
    "the patcher is kept or passed on; where it is started, use monkeypatch.setenv instead",
)
SNAPSHOT = Refusal(
    "snapshot",
    "it undoes whatever the code inside writes, which monkeypatch cannot; patch.dict "
    "is the right tool here",
)
ROLLBACK = Refusal(
    "snapshot",
    "it undoes whatever runs in between writes, and one setenv does not; `with "
    "patch.dict(os.environ):` does as much "
    "here, and the fixture snapshot_environment (see ISO301) around every test",
)
CODE_SETS = Refusal(
    "code-sets",
    "the code under test sets a variable that the test asserts on, which only "
    "patch.dict takes back",
)
VALUE_USED = Refusal(
    "value-used", "it is part of an expression; write it as a statement of its own"
)
BINDING_TARGET = Refusal(
    "binding-target",
    "a loop, a with or an unpacking binds it; bind a name there, and set the variable by itself",
)
PATH_UNCLEAR = Refusal(
    "path-unclear",
    "it goes by a file descriptor, or does not say where in one argument; call "
    "os.chdir with a path",
)
BYTES_ENVIRON = Refusal(
    "bytes-environ",
    "it is written as bytes; write os.environ instead, or use monkeypatch.setitem(os.environb, …)",
)
EVALUATION_ORDER = Refusal(
    "evaluation-order",
    "as a call, its parts would be computed in another order, or not as often; give "
    "what they compute names first",
)
REBINDS_ENVIRON = Refusal(
    "rebinds-environ",
    "os.environ and the environment of child processes are not the same after it; "
    "change the variables of os.environ",
)
HELPER = Refusal(
    "helper",
    "its change outlives the call; let the tests that call it use monkeypatch, or "
    "make it a fixture",
)
FIXTURE_RETURNS = Refusal(
    "fixture-returns",
    "its change must last for the test, but it returns; let it yield, once and last, inside "
    "`with pytest.MonkeyPatch.context() as monkeypatch:`",
)
NESTED_FUNCTION = Refusal(
    "nested-function", "when it runs is not known here; move the write into the test itself"
)
SETUP_TEARDOWN = Refusal(
    "setup-teardown",
    "it is set up in one method and undone in another; write an autouse fixture with "
    "monkeypatch, or in a TestCase "
    "restore last in the tear-down",
)
MODULE_LEVEL = Refusal(
    "module-level",
    "it runs while the file is imported and lasts for all tests; move it into a "
    "fixture with monkeypatch",
)
NAME_REBOUND = Refusal(
    "name-rebound",
    "a name for os.environ is bound to something else in the same function; write "
    "os.environ itself",
)
LOCAL_IMPORT = Refusal(
    "local-import",
    "the new lines need a module that the function imports further down, if at all; "
    "import it at the top of the file",
)
NAME_TAKEN = Refusal("name-taken", "monkeypatch is a variable of its own here; rename it")
UNDO_CALLED = Refusal(
    "undo-called",
    "monkeypatch.undo() is called, or may be, which would end this change too early; "
    "undo in monkeypatch.context()",
)
RESTORATION_ORDER = Refusal(
    "restoration-order",
    "it is put back amid code that may fail or look; start it right before the try, "
    "or use a with block",
)
RESTORATION_UNCLEAR = Refusal(
    "restoration-unclear",
    "it is put back in a way that is not understood here; use monkeypatch in its place",
)
COMMENT_OBJECTS = Refusal(
    "comment-objects",
    "a comment in the function says why monkeypatch is not used; take the comment "
    "out to have it rewritten, or add "
    "`# isolator: ignore`",
)
UNDO_ORDER = Refusal(
    "undo-order",
    "another change, in the function or around it, stays, and the last must be undone first",
)
BRITTLE = Refusal(
    "brittle",
    "a test that passes only behind this one needs the variable; let it set the "
    "variable itself first",
)
CODE_WRITES = Refusal(
    "code-writes",
    "what it calls writes a variable, which only patch.dict takes back; add an "
    "isolation fixture for that variable",
)
IN_PLACE = Refusal(
    "in-place",
    "it may change the value in place, which no undoing takes back; set a new value",
)
ATTRIBUTE_UNKNOWN = Refusal(
    "attribute-unknown",
    "which attribute it sets is decided at run time; write its name",
)
ATTRIBUTE_SPECIAL = Refusal(
    "attribute-special",
    "it changes what the object is, which cannot always be taken back; use an object of its own",
)
DJANGO_SETTINGS = Refusal(
    "django-settings",
    "Django's settings are a proxy; use override_settings, or pytest-django's fixture settings",
)
PASSED_ON = Refusal(
    "passed-on",
    "tests pass it on to each other; let a fixture make it, and have each ask for that",
)
ALL_ITEMS = Refusal(
    "all-items",
    "which items it changes is decided at run time; keep a copy, and put it back in a fixture",
)
NOT_A_DICT = Refusal(
    "not-a-dict",
    "it may be an item of a list, or no item at all; keep a copy, and put it back in a fixture",
)
