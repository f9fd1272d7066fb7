"""What names mean, and whether those that the new lines need are bound there."""

from tests.codemods.state.kit import HEAD, Case, case

# pytest is there for the type checker alone.
TYPED = """import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


"""

_WITHOUT = """\
def helper() -> None:
    os.environ["A"] = "1"
    look()
    del os.environ["A"]


def test_it(monkeypatch: "pytest.MonkeyPatch") -> None:
    helper()
    look(os.getcwd()[:0] and monkeypatch)
"""
_WITH = """\
def helper() -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("A", "1")
        look()


def test_it(monkeypatch: "pytest.MonkeyPatch") -> None:
    helper()
    look(os.getcwd()[:0] and monkeypatch)
"""

CASES = [
    case(
        "name_that_a_patcher_gives",
        """
        def test_after_the_block():
            with patch.dict(os.environ, {"A": "1"}) as env:
                env["C"] = "3"
                look()
            env["D"] = "4"
            look()


        def test_twice():
            with patch.dict(os.environ, {"A": "1"}) as env:
                look()
            with patch.dict(os.environ, {"B": "2"}) as env:
                env["C"] = "3"
                look()


        def test_same_name(env={}):
            env["A"] = "1"
            look()
        """,
        """
        def test_after_the_block(monkeypatch):
            with monkeypatch.context() as m:
                m.setenv("A", "1")
                env = os.environ
                m.setenv("C", "3")
                look()
            monkeypatch.setenv("D", "4")
            look()


        def test_twice(monkeypatch):
            with monkeypatch.context() as m:
                m.setenv("A", "1")
                env = os.environ
                look()
            monkeypatch.setenv("B", "2")
            env = os.environ
            monkeypatch.setenv("C", "3")
            look()


        def test_same_name(env={}):
            env["A"] = "1"
            look()
        """,
    ),
    case(
        "imported_above_in_the_function",
        """
        def test_it():
            import os as system

            system.environ.setdefault("A", "1")
            look()


        def test_not_needed():
            os = __import__("os")
            with patch.dict("os.environ", {"A": "1"}):
                look()
            assert os
        """,
        """
        def test_it(monkeypatch):
            import os as system

            if "A" not in system.environ:
                monkeypatch.setenv("A", "1")
            look()


        def test_not_needed(monkeypatch):
            os = __import__("os")
            monkeypatch.setenv("A", "1")
            look()
            assert os
        """,
        head=HEAD.replace("import os\n", "").replace("(os, ", "("),
    ),
    case(
        "pytest_imported_above_in_the_function",
        """
        def helper():
            import pytest

            os.environ["A"] = "1"
            look()
            del os.environ["A"]
            assert pytest


        def test_helper():
            helper()
            look()
        """,
        """
        def helper():
            import pytest

            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("A", "1")
                look()
                assert pytest


        def test_helper():
            helper()
            look()
        """,
        head="import os\n\nused = os\n\n\n",
    ),
    Case(
        "imported_for_the_type_checker",
        TYPED + _WITHOUT,
        TYPED.replace("\nif", "\nimport pytest\n\nif", 1) + _WITH,
    ),
    case(
        "annotated_for_the_type_checker",
        """
        def test_it() -> None:
            os.environ["A"] = "1"
            look(os.getcwd()[:0])
        """,
        """
        def test_it(monkeypatch: pytest.MonkeyPatch) -> None:
            monkeypatch.setenv("A", "1")
            look(os.getcwd()[:0])
        """,
        head="from __future__ import annotations\n\n" + TYPED,
    ),
]

REFUSED = {
    "name_that_is_bound_to_something_else": (
        """
        def test_it():
            with patch.dict(os.environ, {"A": "1"}) as env:
                env["B"] = "2"
            env = {}
            env["C"] = "3"


        def test_blocks():
            with patch.dict(os.environ, {"A": "1"}) as env:
                run(env)
            with patch.dict(used, {"A": "1"}) as env:
                env["B"] = "2"


        def test_walrus():
            with patch.dict(os.environ, {"A": "1"}) as env:
                run(env := {})
        """,
        ["ISO101 name-rebound"] * 3,
    ),
    "import_below_the_new_lines": (
        """
        @patch.dict("os.environ", {"A": "1"}, clear=True)
        def test_it():
            run()
            import os

            run(os)


        @patch.dict("os.environ", {"A": "1"}, clear=True)
        def test_loop():
            for os in run():
                pass


        def helper():
            os.environ["A"] = "1"
            run()
            del os.environ["A"]
            import pytest

            run(pytest)
        """,
        ["ISO101 local-import", "ISO101 local-import", "ISO103 local-import"],
    ),
}

LEFT_ALONE = {
    f"name_that_may_mean_something_else_{number}": f"{above}\n\n\ndef test_it():\n    {body}\n"
    for number, (above, body) in enumerate(
        (
            ("env = os.environ\nfor env in run():\n    pass", 'env["A"] = "1"'),
            ("env = os.environ\nwith run() as env:\n    pass", 'env["A"] = "1"'),
            ("env = os.environ\n\n\ndef change():\n    global env\n    env = {}", 'env["A"] = "1"'),
            (
                "if used:\n    from fake import environ as env\nelse:\n    from os import environ as env",
                'env["A"] = "1"',
            ),
            ("env = os.environ\ndel env", 'env["A"] = "1"'),
            ("", 'env = os.environ\n    run(env := {})\n    env["A"] = "1"'),
            ("", 'for env in run():\n        env = os.environ\n    env["A"] = "1"'),
        )
    )
}
