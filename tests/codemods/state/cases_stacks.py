"""A ``patch.dict`` that is entered on a stack lasts as long as the stack."""

from tests.codemods.state.kit import case

HEAD = """\
import os
from contextlib import AsyncExitStack, ExitStack, contextmanager
from unittest.mock import patch

import pytest

used = (os, patch, pytest)


@contextmanager
def looking():
    look()
    yield
    look()


"""

CASES = [
    case(
        "block_before_a_stack",
        """
        def test_it():
            with patch.dict(os.environ, {"A": "1"}):
                os.environ["B"] = "2"
                look()
            look()
            with ExitStack() as stack:
                stack.enter_context(patch.dict(os.environ, {"A": "3"}))
                look()
            look()
        """,
        """
        def test_it(monkeypatch):
            with monkeypatch.context() as m:
                m.setenv("A", "1")
                m.setenv("B", "2")
                look()
            look()
            with ExitStack() as stack:
                m = stack.enter_context(monkeypatch.context())
                m.setenv("A", "3")
                look()
            look()
        """,
        head=HEAD,
    ),
    case(
        "stack_of_several",
        """
        def test_it():
            look()
            with ExitStack() as stack:
                stack.enter_context(looking())
                # first
                stack.enter_context(patch.dict(os.environ, {"A": "1"}))  # one
                stack.enter_context(looking())
                env = stack.enter_context(
                    patch.dict(
                        os.environ,
                        {
                            "B": "2",  # two
                        },
                        clear=True,
                    )
                )
                stack.enter_context(looking())
                env["C"] = "3"
                if env:
                    os.environ["A"] = "4"
                look()
            look()


        def test_with_others(monkeypatch):
            os.environ["C"] = "0"
            with looking(), ExitStack() as stack, looking():
                stack.enter_context(patch.dict(os.environ, A="1"))
                os.environ["C"] = "2"
                with patch.dict(os.environ, A="2"):
                    look()
                look()
            look()
        """,
        """
        def test_it(monkeypatch):
            look()
            with ExitStack() as stack:
                stack.enter_context(looking())
                # first
                m = stack.enter_context(monkeypatch.context())
                m.setenv("A", "1")  # one
                stack.enter_context(looking())
                patched = stack.enter_context(monkeypatch.context())
                for name in list(os.environ):
                    patched.delenv(name)
                patched.setenv("B", "2")  # two
                env = os.environ
                stack.enter_context(looking())
                patched.setenv("C", "3")
                if env:
                    patched.setenv("A", "4")
                look()
            look()


        def test_with_others(monkeypatch):
            monkeypatch.setenv("C", "0")
            with looking(), ExitStack() as stack, looking():
                m = stack.enter_context(monkeypatch.context())
                m.setenv("A", "1")
                m.setenv("C", "2")
                with monkeypatch.context() as patched:
                    patched.setenv("A", "2")
                    look()
                look()
            look()
        """,
        head=HEAD,
    ),
    case(
        "stacks_of_fixtures_and_helpers",
        """
        @pytest.fixture
        def narrow():
            with ExitStack() as stack:
                stack.enter_context(patch.dict(os.environ, {"A": "1"}))
                yield


        @pytest.fixture(scope="module")
        def wide():
            with ExitStack() as stack:
                stack.enter_context(patch.dict(os.environ, {"C": "1"}))
                yield


        def helper():
            with ExitStack() as stack:
                stack.enter_context(looking())
                stack.enter_context(patch.dict(os.environ, {"D": "1"}))
                os.environ["E"] = "2"
                return look()


        async def test_it(narrow, wide):
            helper()
            async with AsyncExitStack() as stack:
                stack.enter_context(patch.dict(os.environ, {"A": "2"}))
                look()
            look()
        """,
        """
        @pytest.fixture
        def narrow():
            with ExitStack() as stack:
                monkeypatch = stack.enter_context(pytest.MonkeyPatch.context())
                monkeypatch.setenv("A", "1")
                yield


        @pytest.fixture(scope="module")
        def wide():
            with ExitStack() as stack:
                monkeypatch = stack.enter_context(pytest.MonkeyPatch.context())
                monkeypatch.setenv("C", "1")
                yield


        def helper():
            with ExitStack() as stack:
                stack.enter_context(looking())
                monkeypatch = stack.enter_context(pytest.MonkeyPatch.context())
                monkeypatch.setenv("D", "1")
                monkeypatch.setenv("E", "2")
                return look()


        async def test_it(narrow, wide, monkeypatch):
            helper()
            async with AsyncExitStack() as stack:
                m = stack.enter_context(monkeypatch.context())
                m.setenv("A", "2")
                look()
            look()
        """,
        head=HEAD,
        leaves=True,
    ),
]

REFUSED = {
    "stack_from_elsewhere": (
        """
        def test_it(stack):
            stack.enter_context(patch.dict(os.environ, {"A": "1"}))
            os.environ["B"] = "2"
        """,
        ["ISO101 patcher-object"],
    ),
    "stack_in_a_branch": (
        """
        from contextlib import ExitStack


        def test_it(flag):
            with ExitStack() as stack:
                if flag:
                    stack.enter_context(patch.dict(os.environ, {"A": "1"}))
                os.environ["B"] = "2"
        """,
        ["ISO101 patcher-object", "ISO102 undo-order"],
    ),
    "snapshot_on_a_stack": (
        """
        from contextlib import ExitStack


        def test_it():
            with ExitStack() as stack:
                stack.enter_context(patch.dict(os.environ))
                run()
        """,
        ["ISO101 snapshot"],
    ),
    "bound_to_an_attribute": (
        """
        from contextlib import ExitStack


        def test_it(it):
            with ExitStack() as stack:
                it.env = stack.enter_context(patch.dict(os.environ, {"A": "1"}))
        """,
        ["ISO101 value-used"],
    ),
    "monkeypatch_around_the_stack": (
        """
        from contextlib import ExitStack


        def test_it(monkeypatch):
            with ExitStack() as stack:
                stack.enter_context(patch.dict(os.environ, {"A": "1"}))
                monkeypatch.setenv("A", "2")
        """,
        ["ISO101 undo-order"],
    ),
    "own_context_on_a_stack": (
        """
        from contextlib import ExitStack


        def test_it(monkeypatch):
            with ExitStack() as stack:
                m = stack.enter_context(monkeypatch.context())
                m.setenv("A", "1")
                os.environ["A"] = "2"
        """,
        ["ISO102 undo-order", "ISO102 undo-order"],
    ),
}
LEFT_ALONE = {
    "stack_in_a_testcase": """
        import unittest
        from contextlib import ExitStack


        class ItTests(unittest.TestCase):
            def test_it(self):
                with ExitStack() as stack:
                    stack.enter_context(patch.dict(os.environ, {"A": "1"}))
                    os.environ["A"] = "2"
        """,
}
