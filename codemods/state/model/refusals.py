"""Why an operation on the environment is not fixed. The rules' pages say the same at length."""

from __future__ import annotations

from codemods.rule import Refusal


class RefusedError(Exception):
    """An operation that cannot be written another way, and why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


VALUE_NOT_STRING = Refusal(
    "value-not-string",
    "environment variables must be strings; convert the value to a string first",
)
CLEAR_UNKNOWN = Refusal(
    "clear-unknown",
    "whether it clears the environment is only known at run time; write clear=True or clear=False",
)
CLEAR_NAMES = Refusal(
    "clear-names",
    "any non-empty value of clear unsets every variable, which may be a bug; write "
    "clear=True, or unset only the variable it names",
)
IMPORT_TIME_VALUE = Refusal(
    "import-time-value",
    "the decorator computes its values at import, and they cannot be kept in a name above it;"
    " use constants or a with block",
)
CLASS_DECORATOR = Refusal(
    "class-decorator",
    "the decorator covers every test of the class, and a fixture would not cover the same "
    "code; write an autouse fixture with monkeypatch in the class",
)
CLASS_CLEARS = Refusal(
    "class-clears",
    "pytest sets PYTEST_CURRENT_TEST after a fixture has cleared the environment; clear it in"
    " the tests themselves",
)
GENERATOR = Refusal(
    "generator",
    "the decorator ends when the generator is created, not when it runs; patch inside the body",
)
DECORATOR_ORDER = Refusal(
    "decorator-order",
    "a decorator below it may run code that needs the variables; patch in the body, or list "
    "the decorator in transparent-decorators",
)
PATCHER_OBJECT = Refusal(
    "patcher-object",
    "the patcher is stored or passed on; use monkeypatch.setenv where it is started",
)
SNAPSHOT = Refusal(
    "snapshot",
    "it undoes whatever the code inside writes, which monkeypatch cannot do; patch.dict is "
    "the right tool here",
)
ROLLBACK = Refusal(
    "snapshot",
    "it undoes everything written in between, which one setenv does not; use `with "
    "patch.dict(os.environ):` here, or the fixture snapshot_environment (see ISO301) for "
    "every test",
)
CODE_SETS = Refusal(
    "code-sets",
    "the test asserts on a variable that the code under test sets, and only patch.dict undoes that",
)
VALUE_USED = Refusal(
    "value-used",
    "it is part of a larger expression; make it a separate statement",
)
BINDING_TARGET = Refusal(
    "binding-target",
    "it is assigned by a for loop, a with block or unpacking; assign to a plain name there, "
    "then set the variable in its own statement",
)
PATH_UNCLEAR = Refusal(
    "path-unclear",
    "it uses a file descriptor, or its path is not a single argument; call os.chdir with a path",
)
BYTES_ENVIRON = Refusal(
    "bytes-environ",
    "it writes bytes; use os.environ, or monkeypatch.setitem(os.environb, …)",
)
EVALUATION_ORDER = Refusal(
    "evaluation-order",
    "rewritten as a call, its parts would be evaluated in another order or a different number"
    " of times; assign them to names first",
)
REBINDS_ENVIRON = Refusal(
    "rebinds-environ",
    "os.environ is replaced, so child processes no longer see its changes; change variables "
    "of os.environ instead",
)
HELPER = Refusal(
    "helper",
    "the change persists after the helper returns; let the tests that call it use "
    "monkeypatch, or make it a fixture",
)
HOOK = Refusal(
    "hook",
    "a hook of pytest changes it, and it lasts for the tests that follow; change it in an autouse "
    "fixture with monkeypatch, or restore it after the `yield` of a hook wrapper",
)
FIXTURE_RETURNS = Refusal(
    "fixture-returns",
    "the change must last for the whole test, but the fixture returns; let it yield once, as "
    "its last statement, inside `with pytest.MonkeyPatch.context() as monkeypatch:`",
)
NESTED_FUNCTION = Refusal(
    "nested-function",
    "it is not known when the nested function runs; move the change into the test itself",
)
SETUP_TEARDOWN = Refusal(
    "setup-teardown",
    "it is set in one method and restored in another; write an autouse fixture with "
    "monkeypatch, or in a TestCase restore it last in the tear-down",
)
MODULE_LEVEL = Refusal(
    "module-level",
    "it runs when the file is imported and lasts for all tests; move it into a fixture with "
    "monkeypatch",
)
NAME_REBOUND = Refusal(
    "name-rebound",
    "a name for os.environ is reassigned in the same function; write os.environ itself",
)
LOCAL_IMPORT = Refusal(
    "local-import",
    "the new lines need a module that the function imports later or not at all; import it at "
    "the top of the file",
)
NAME_TAKEN = Refusal(
    "name-taken",
    "the name monkeypatch is already used for something else here; rename that",
)
UNDO_CALLED = Refusal(
    "undo-called",
    "monkeypatch.undo() is or may be called, which would undo this change too early; use "
    "monkeypatch.context() for what is undone early",
)
RESTORATION_ORDER = Refusal(
    "restoration-order",
    "code that may fail or read the variable runs between the change and its restoration; "
    "make the change right before the try, or use a with block",
)
RESTORATION_UNCLEAR = Refusal(
    "restoration-unclear",
    "isolator does not understand how it is restored; use monkeypatch instead",
)
COMMENT_OBJECTS = Refusal(
    "comment-objects",
    "a comment in the function says why monkeypatch is not used; remove the comment to have "
    "it rewritten, or add `# isolator: ignore`",
)
UNDO_ORDER = Refusal(
    "undo-order",
    "another change in or around the function is not rewritten, and changes must be undone in"
    " reverse order",
)
BRITTLE = Refusal(
    "brittle",
    "another test passes only after this one because it needs the variable; let that test set"
    " the variable itself first",
)
CODE_WRITES = Refusal(
    "code-writes",
    "code that it calls writes a variable, which only patch.dict undoes; add an isolation "
    "fixture for that variable",
)
IN_PLACE = Refusal(
    "in-place",
    "it may change the value in place, which cannot be undone; assign a new value instead",
)
ATTRIBUTE_UNKNOWN = Refusal(
    "attribute-unknown",
    "which attribute it sets is only known at run time; write the attribute's name",
)
ATTRIBUTE_SPECIAL = Refusal(
    "attribute-special",
    "it changes the object's class or identity, which cannot always be undone; use a separate"
    " object",
)
DJANGO_SETTINGS = Refusal(
    "django-settings",
    "Django's settings are a proxy; use override_settings, or pytest-django's settings fixture",
)
PASSED_ON = Refusal(
    "passed-on",
    "tests pass it on to each other; create it in a fixture that each of them uses",
)
ALL_ITEMS = Refusal(
    "all-items",
    "which items it changes is only known at run time; keep a copy and restore it in a fixture",
)
NOT_A_DICT = Refusal(
    "not-a-dict",
    "it may be an item of a list, or not an item at all; keep a copy and restore it in a fixture",
)
