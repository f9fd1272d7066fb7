"""Restorations and deletions that stay as they are, and why."""

REFUSED = {
    "set_after_what_code_set_was_deleted": (
        """
        def test_it():
            run()
            os.environ.pop("A")
            assert run()
            os.environ["A"] = "1"
        """,
        ["ISO102 restoration-unclear"],
    ),
    "method_that_is_registered": (
        """
        import unittest


        class TestIt(unittest.TestCase):
            def setUp(self):
                self.saved = os.environ.get("A")
                os.environ["A"] = "1"
                self.addCleanup(self._restore)

            def _restore(self):
                if self.saved is None:
                    os.environ.pop("A", None)
                else:
                    os.environ["A"] = self.saved
        """,
        ["ISO102 restoration-unclear"] * 3,
    ),
    "method_that_a_clean_up_calls": (
        """
        import functools
        import unittest


        class TestTearDown(unittest.TestCase):
            def tearDown(self):
                self._reset()

            def _reset(self):
                self._set("0")

            def _set(self, value):
                os.environ["A"] = value


        class TestPartial(unittest.TestCase):
            def test_it(self):
                self.addCleanup(functools.partial(self._set, "0"))

            def _set(self, value):
                os.environ["A"] = value


        class TestFunction(unittest.TestCase):
            def test_it(self):
                self.addCleanup(lambda: self._set("0"))

            def test_finally(self):
                try:
                    run()
                finally:
                    self._clear()

            def _set(self, value):
                os.environ["A"] = value

            def _clear(self):
                os.environ.clear()


        class TestDerived(TestFunction):
            def test_other(self):
                os.environ["B"] = "1"
        """,
        ["ISO102 restoration-unclear"] * 5,
    ),
    "function_that_is_registered": (
        """
        import atexit


        @pytest.fixture
        def changed(request):
            def restore():
                os.environ["A"] = "0"

            request.addfinalizer(restore)
            yield


        def test_it():
            def restore():
                os.environ["A"] = "0"

            atexit.register(lambda: restore())
        """,
        ["ISO102 nested-function"] * 2,
    ),
}

LEFT_ALONE = {
    "deletion_after_what_may_have_set_it": """
        def test_function():
            start_server()
            del os.environ["A"]
            assert run()


        def test_manager():
            with used.server():
                os.environ.pop("A", None)
                assert run()


        def test_generator():
            next(used)
            del os.environ["A"]
            assert run()


        def test_expected_error():
            with pytest.raises(ValueError):
                run()
            if "A" in os.environ:
                del os.environ["A"]
            run()


        @pytest.fixture
        def server():
            yield_this = start_server()
            del os.environ["A"]
            yield yield_this
        """,
}
