"""pytest's own set-up and tear-down methods that stay as they are, and why."""

REFUSED = {
    "restoration_that_the_tear_down_sees_half_done": (
        """
        class TestIt:
            def setup_method(self):
                os.environ["A"] = "1"
                os.environ["C"] = "1"

            def teardown_method(self):
                del os.environ["A"]
                run()
                del os.environ["C"]
        """,
        ["ISO102 setup-teardown", "ISO102 setup-teardown"],
    ),
    "set_up_without_a_tear_down": (
        """
        class TestIt:
            def setup_method(self):
                os.environ["A"] = "1"
        """,
        ["ISO102 setup-teardown"],
    ),
    "tear_down_under_another_condition": (
        """
        class TestIt:
            def setup_method(self):
                os.environ["A"] = "1"

            def teardown_method(self):
                if used:
                    del os.environ["A"]
        """,
        ["ISO102 setup-teardown"],
    ),
    "set_up_of_which_one_key_stays": (
        """
        class TestIt:
            def setup_method(self):
                os.environ["A"] = "1"
                os.environ["C"] = "1"

            def teardown_method(self):
                del os.environ["A"]
        """,
        ["ISO102 setup-teardown", "ISO102 setup-teardown"],
    ),
    "set_up_that_a_derived_class_overrides": (
        """
        class TestIt:
            def setup_method(self):
                os.environ["A"] = "1"

            def teardown_method(self):
                del os.environ["A"]


        class TestDerived(TestIt):
            def setup_method(self):
                pass
        """,
        ["ISO102 setup-teardown"],
    ),
    "set_up_that_a_mixin_overrides": (
        """
        class Mixin:
            def setup_method(self):
                pass


        class Base:
            def setup_method(self):
                os.environ["A"] = "1"

            def teardown_method(self):
                del os.environ["A"]


        class TestIt(Mixin, Base):
            def test_it(self):
                pass
        """,
        ["ISO102 setup-teardown"],
    ),
    "set_up_that_a_derived_class_calls": (
        """
        class TestIt:
            def setup_method(self):
                os.environ["A"] = "1"

            def teardown_method(self):
                del os.environ["A"]


        class TestDerived(TestIt):
            def setup_method(self):
                super().setup_method()

            def teardown_method(self):
                super().teardown_method()
        """,
        ["ISO102 setup-teardown"],
    ),
    "set_up_that_a_test_calls": (
        """
        class TestIt:
            def setup_method(self):
                os.environ["A"] = "1"

            def teardown_method(self):
                del os.environ["A"]

            def test_it(self):
                self.setup_method()
        """,
        ["ISO102 setup-teardown"],
    ),
    "set_up_of_a_module": (
        """
        def setup_function():
            os.environ["A"] = "1"


        def teardown_function():
            del os.environ["A"]


        def setup_module(module):
            module.saved = os.environ.copy()
            os.environ["A"] = "1"


        def teardown_module(module):
            os.environ.clear()
            os.environ.update(module.saved)
        """,
        ["ISO102 setup-teardown", "ISO103 snapshot", "ISO103 snapshot"],
    ),
    "set_up_or_tear_down_that_returns": (
        """
        class TestIt:
            def setup_method(self):
                if used:
                    return
                os.environ["A"] = "1"

            def teardown_method(self):
                os.environ.pop("A", None)


        class TestOther:
            def setup_method(self):
                os.environ["A"] = "1"

            def teardown_method(self):
                if used:
                    return
                os.environ.pop("A", None)
        """,
        ["ISO102 setup-teardown", "ISO102 setup-teardown"],
    ),
    "set_up_that_is_decorated": (
        """
        class TestIt:
            @used
            def setup_method(self):
                os.environ["A"] = "1"

            def teardown_method(self):
                del os.environ["A"]
        """,
        ["ISO102 setup-teardown"],
    ),
    "set_up_in_a_block_that_may_restore": (
        """
        class TestIt:
            def setup_method(self):
                with isolated():
                    os.environ["A"] = "1"

            def teardown_method(self):
                os.environ.pop("A", None)
        """,
        ["ISO102 setup-teardown"],
    ),
    "set_up_of_a_class_that_is_not_collected": (
        """
        class Mixin:
            def setup_method(self):
                os.environ["A"] = "1"

            def teardown_method(self):
                del os.environ["A"]
        """,
        ["ISO102 setup-teardown"],
    ),
    "set_up_in_a_class_in_a_class": (
        """
        class TestOuter:
            class TestIt:
                def setup_method(self):
                    os.environ["A"] = "1"

                def teardown_method(self):
                    del os.environ["A"]
        """,
        ["ISO102 setup-teardown"],
    ),
    "copy_of_everything_that_is_only_put_back": (
        """
        class TestIt:
            def setup_method(self):
                self.env = os.environ.copy()

            def teardown_method(self):
                os.environ.clear()
                os.environ.update(self.env)

            def test_it(self):
                run()
        """,
        ["ISO102 setup-teardown", "ISO102 setup-teardown"],
    ),
    "copy_of_everything_around_a_change_that_stays": (
        """
        def change():
            os.environ["B"] = "2"


        class TestIt:
            def setup_method(self):
                self.env = os.environ.copy()
                os.environ["A"] = "1"

            def teardown_method(self):
                os.environ.clear()
                os.environ.update(self.env)

            def test_it(self):
                change()
                self.change()

            def change(self):
                change()
        """,
        ["ISO102 helper", "ISO103 snapshot", "ISO103 snapshot"],
    ),
    "copy_of_everything_around_a_test_that_stays": (
        """
        class TestIt:
            def setup_method(self):
                self.env = os.environ.copy()
                os.environ["A"] = "1"

            def teardown_method(self):
                os.environ.clear()
                os.environ.update(self.env)

            def test_it(self):
                os.environ["B"] = 2
        """,
        ["ISO103 snapshot", "ISO103 snapshot", "ISO102 value-not-string"],
    ),
    "patcher_of_a_set_up_that_a_test_uses": (
        """
        class TestIt:
            def setup_method(self):
                self.patcher = patch.dict(os.environ, {"A": "1"})
                self.patcher.start()

            def teardown_method(self):
                self.patcher.stop()

            def test_it(self):
                self.patcher.stop()
        """,
        ["ISO101 patcher-object"],
    ),
    "patcher_of_a_set_up_that_names_nothing": (
        """
        class TestIt:
            def setup_method(self):
                self.patcher = patch.dict(os.environ)
                self.patcher.start()

            def teardown_method(self):
                self.patcher.stop()
        """,
        ["ISO101 patcher-object"],
    ),
}
