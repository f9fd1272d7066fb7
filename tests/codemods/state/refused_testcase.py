"""Methods of a ``unittest.TestCase`` that stay as they are: what is refused, and what is not reported."""

REFUSED = {
    "tear_down_goes_on_after_its_restoration": (
        """
        import unittest


        class ItTests(unittest.TestCase):
            def setUp(self):
                os.environ["A"] = "1"

            def tearDown(self):
                del os.environ["A"]
                run()
        """,
        ["ISO103 setup-teardown"],
    ),
    "tear_down_that_restores_under_a_condition": (
        """
        import unittest


        class ItTests(unittest.TestCase):
            def setUp(self):
                os.environ["A"] = "1"

            def tearDown(self):
                if self.changed:
                    del os.environ["A"]
        """,
        ["ISO103 setup-teardown"],
    ),
    "clean_up_after_the_tear_down": (
        """
        import unittest


        class ItTests(unittest.TestCase):
            def setUp(self):
                self.addCleanup(run)
                os.environ["A"] = "1"

            def tearDown(self):
                del os.environ["A"]
        """,
        ["ISO103 setup-teardown"],
    ),
    "environment_that_is_bound_again": (
        """
        import unittest


        class ItTests(unittest.TestCase):
            def setUp(self):
                self.saved = os.environ
                os.environ = {"A": "1"}

            def tearDown(self):
                os.environ = self.saved
        """,
        ["ISO102 rebinds-environ", "ISO102 rebinds-environ"],
    ),
    "set_up_that_stays": (
        """
        import unittest


        class ItTests(unittest.TestCase):
            def setUp(self):
                os.environ["A"] = 1

            def tearDown(self):
                del os.environ["A"]

            def test_it(self):
                os.environ["A"] = "2"
        """,
        ["ISO102 value-not-string", "ISO102 undo-order"],
    ),
    "tear_down_of_the_class_expects_it": (
        """
        import unittest


        class ItTests(unittest.TestCase):
            @classmethod
            def tearDownClass(cls):
                del os.environ["A"]

            def test_it(self):
                os.environ["A"] = "1"
        """,
        ["ISO102 undo-order"],
    ),
    "clean_up_that_may_not_be_registered": (
        """
        import unittest


        class ItTests(unittest.TestCase):
            def test_it(self):
                if run():
                    self.addCleanup(os.environ.pop, "A")
                os.environ["A"] = "1"
        """,
        ["ISO102 restoration-unclear"],
    ),
    "clean_up_that_is_registered_after_another": (
        """
        import unittest


        class ItTests(unittest.TestCase):
            def test_it(self):
                saved = os.environ["A"]
                self.addCleanup(run)
                self.addCleanup(os.environ.__setitem__, "A", saved)
                os.environ["A"] = "1"
        """,
        ["ISO103 restoration-unclear"],
    ),
    "clean_up_of_another_variable": (
        """
        import unittest


        class ItTests(unittest.TestCase):
            def test_it(self):
                self.addCleanup(os.environ.pop, "C", None)
                os.environ["A"] = "1"
        """,
        ["ISO102 restoration-unclear"],
    ),
    "clean_up_that_binds_the_environment_again": (
        """
        import unittest


        class ItTests(unittest.TestCase):
            def test_it(self):
                self.addCleanup(setattr, os, "environ", os.environ)
                os.environ["A"] = "1"
        """,
        ["ISO102 restoration-unclear"],
    ),
    "set_up_without_an_instance": (
        """
        import unittest


        class ItTests(unittest.TestCase):
            @classmethod
            def setUpClass(*args):
                os.environ["A"] = "1"

            @classmethod
            def tearDownClass(*args):
                del os.environ["A"]
        """,
        ["ISO103 setup-teardown"],
    ),
    "module_whose_clean_ups_pytest_does_not_run": (
        """
        def setUpModule():
            os.environ["A"] = "1"


        def tearDownModule():
            del os.environ["A"]
        """,
        ["ISO102 setup-teardown"],
    ),
}

LEFT_ALONE = {
    "snapshot_by_hand": """
        import unittest


        class Base(unittest.TestCase):
            def setUp(self):
                self.saved = os.environ.copy()

            def tearDown(self):
                os.environ.clear()
                os.environ.update(self.saved)

            def test_it(self):
                os.environ["A"] = "1"


        class ItTests(Base):
            def setUp(self):
                super().setUp()
                os.environ["A"] = "2"

            def test_more(self):
                os.environ["B"] = "1"
        """,
    "clean_up_of_what_the_code_sets": """
        import unittest


        class ItTests(unittest.TestCase):
            def setUp(self):
                self.addCleanup(os.environ.pop, "A", None)

            def tearDown(self):
                os.environ.pop("B", None)
        """,
}
