"""Changes that something around them, or after them, may undo too soon or too late."""

from __future__ import annotations

PATCHED = """
        from contextlib import AsyncExitStack, ExitStack

        from helpers import override, set_env, temporary


        def patched():
            return patch.dict(os.environ, {"A": "1"})


        class Changed:
            def __init__(self, **values):
                self.values = values

            def __enter__(self):
                self.saved = dict(os.environ)
                os.environ |= self.values

            def __exit__(self, *_):
                os.environ |= self.saved


"""
# The findings of these three, which stay too.
_STAYING = ["ISO101 patcher-object", "ISO102 helper", "ISO102 helper"]

REFUSED = {
    # If A was unset, the MonkeyPatch has nothing to put back, and what the block sets stays (row E5).
    "manager_that_unsets_what_may_be_unset": (
        """
        import contextlib


        @contextlib.contextmanager
        def unset():
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.delenv("A", raising=False)
                yield


        def test_it():
            with unset():
                os.environ["A"] = "1"
                look()
            look()
        """,
        ["ISO102 undo-order"],
    ),
    "manager_that_is_a_class": (
        PATCHED
        + """
        def test_it():
            with Changed(A="1"):
                os.environ["A"] = "2"
        """,
        [*_STAYING, "ISO102 undo-order"],
    ),
    "manager_on_a_stack": (
        PATCHED
        + """
        def test_stack():
            with ExitStack() as stack:
                stack.enter_context(patched())
                os.environ["A"] = "2"


        async def test_async():
            async with AsyncExitStack() as stack:
                await stack.enter_async_context(override("A"))
                os.environ["A"] = "2"


        def test_started():
            patcher = patched()
            patcher.start()
            os.environ["A"] = "2"
            patcher.stop()


        @pytest.fixture
        def env():
            with ExitStack() as stack:
                stack.enter_context(Changed())
                os.environ["A"] = "2"
                yield
        """,
        [*_STAYING, *["ISO102 undo-order"] * 4],
    ),
    "manager_from_elsewhere": (
        PATCHED
        + """
        def test_keyword():
            with set_env(A="1"):
                os.environ["A"] = "2"


        def test_key():
            with temporary("A", "1"):
                os.environ["A"] = "2"


        def test_mapping():
            with override({"A": "1"}):
                os.environ["A"] = "2"


        async def test_async():
            async with override("A"):
                os.environ["A"] = "2"


        def test_environ():
            with override(os.environ):
                os.environ["A"] = "2"


        def test_unknown(values):
            with set_env(values):
                os.environ["A"] = "2"
        """,
        [*_STAYING, *["ISO102 undo-order"] * 6],
    ),
    "patcher_of_the_module_below_another": (
        """
        patcher = patch.dict(os.environ, {"A": "1"})


        @patch.dict(os.environ, {"A": "2"})
        @patcher
        def test_it():
            assert os.environ["A"] == "1"
        """,
        ["ISO101 patcher-object", "ISO101 decorator-order"],
    ),
    "stopped_before_the_end": (
        """
        def tidy(mocker):
            mocker.stopall()


        @pytest.fixture
        def env(mocker):
            mocker.patch.dict(os.environ, {"A": "1"})


        def test_env(env, mocker):
            mocker.stopall()
            run()


        def test_mocker(mocker):
            mocker.patch.dict(os.environ, {"A": "1"})
            mocker.stopall()
            run()


        def test_patch(mocker):
            mocker.patch.dict(os.environ, {"A": "1"})
            patch.stopall()
            run()


        def test_helper(mocker):
            mocker.patch.dict(os.environ, {"A": "1"})
            tidy(mocker)
            run()


        def test_nested(mocker):
            def tidy_up():
                patch.stopall()

            mocker.patch.dict(os.environ, {"A": "1"})
            tidy_up()
            run()


        def test_started():
            patcher = patch.dict(os.environ, {"A": "1"})
            patcher.start()
            patch.stopall()
            run()


        def test_loop(mocker):
            for _ in range(2):
                mocker.stopall()
                mocker.patch.dict(os.environ, {"A": "1"})


        def test_stopped_alone(mocker):
            mocker.patch.dict(os.environ, {"A": "1"})
            mocker.stop(os.environ)
            run()
        """,
        ["ISO101 restoration-unclear"] * 8,
    ),
}
