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
    "copy_of_everything_around_code_that_may_write": (
        """
        def test_finally():
            saved = dict(os.environ)
            os.environ["MODE"] = "test"
            try:
                run()
            finally:
                os.environ.clear()
                os.environ.update(saved)


        def test_update_alone():
            saved = {**os.environ}
            try:
                os.environ["MODE"] = "test"
                assert run()
            finally:
                os.environ.update(saved)


        def test_in_a_loop():
            saved = dict(os.environ.items())
            for value in ("1", "2"):
                os.environ["MODE"] = value
                os.environ.clear()
                os.environ.update(saved)
                run()


        @pytest.fixture(autouse=True)
        def isolated():
            saved = {key: value for key, value in os.environ.items()}
            os.environ["MODE"] = "test"
            yield
            os.environ.clear()
            os.environ.update(saved)


        class TestIt:
            def setup_method(self):
                self.saved = os.environ.copy()
                os.environ["MODE"] = "test"

            def teardown_method(self):
                os.environ.clear()
                os.environ.update(self.saved)

            def test_it(self):
                run()
        """,
        ["ISO103 snapshot"] * 9,
    ),
    "copy_of_everything_that_a_clean_up_puts_back": (
        """
        import unittest


        class TestIt(unittest.TestCase):
            def test_it(self):
                saved = os.environ.copy()
                self.addCleanup(os.environ.update, saved)
                self.addCleanup(os.environ.clear)
                os.environ["MODE"] = "test"
                run()

            def test_other(self):
                os.environ["MODE"] = 2
        """,
        ["ISO103 snapshot", "ISO103 snapshot", "ISO102 value-not-string"],
    ),
    "patcher_that_only_takes_a_copy": (
        """
        @patch.dict(os.environ, os.environ.copy(), clear=True)
        def test_copy():
            os.environ["MODE"] = "test"
            run()


        @patch.dict(os.environ, {**os.environ})
        def test_spread():
            run()


        def test_block():
            with patch.dict(os.environ, dict(os.environ), clear=True):
                os.environ["MODE"] = "test"
                run()


        def test_name():
            saved = os.environ.copy()
            with patch.dict(os.environ, saved, clear=True):
                run()


        def test_empty():
            with patch.dict(os.environ):
                os.environ["MODE"] = "test"
                run()
        """,
        ["ISO101 snapshot"] * 5,
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
    "copy_of_everything_around_the_tests_of_a_class": """
        import unittest


        class TestIt(unittest.TestCase):
            def setUp(self):
                self.saved = os.environ.copy()
                os.environ["MODE"] = "test"

            def tearDown(self):
                os.environ.pop("B", None)
                os.environ.clear()
                os.environ.update(self.saved)

            def test_it(self):
                os.environ["MODE"] = "other"
                run()


        class TestClass(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                cls.saved = dict(os.environ)
                os.environ["MODE"] = "test"

            @classmethod
            def tearDownClass(cls):
                os.environ.clear()
                os.environ.update(cls.saved)

            def test_it(self):
                run()


        class TestCleanUp(unittest.TestCase):
            def setUp(self):
                saved = os.environ.copy()
                self.addCleanup(os.environ.update, saved)
                self.addCleanup(os.environ.clear)
                os.environ["MODE"] = "test"

            def test_it(self):
                run()
        """,
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
