"""pytest's own set-up and tear-down methods, in pairs."""

from tests.codemods.state.kit import HEAD, case

# pytest knows nothing of this base, and neither does the program.
WITH_BASE = HEAD.replace("import os\n", "import os\nfrom string import Formatter\n")

CASES = [
    case(
        "set_up_and_tear_down_of_one_key",
        """
        class TestIt:
            def setup_method(self):
                os.environ["A"] = "1"

            def teardown_method(self):
                del os.environ["A"]

            def test_it(self):
                look()

            def test_other(self):
                look()
                os.environ["A"] = "2"
                look()
        """,
        """
        class TestIt:
            def setup_method(self):
                self.monkeypatch = pytest.MonkeyPatch()
                self.monkeypatch.setenv("A", "1")

            def teardown_method(self):
                self.monkeypatch.undo()

            def test_it(self):
                look()

            def test_other(self, monkeypatch):
                look()
                monkeypatch.setenv("A", "2")
                look()
        """,
    ),
    case(
        "set_up_and_tear_down_that_do_more",
        '''
        class TestIt:
            def teardown_method(self, method) -> None:
                """Clean up."""
                look()
                self.name = None
                # put it back
                if self.saved is None:
                    os.environ.pop("A", None)
                else:
                    os.environ["A"] = self.saved
                try:
                    del os.environ["C"]
                except KeyError:
                    pass
                os.environ["B"] = self.before  # restore
                # and this stays
                look()
                del self.before

            def setup_method(self, method) -> None:
                """Set up."""
                self.name = "it"
                look()

                # Save it
                self.saved = os.environ.get("A")
                self.before = os.environ["B"]
                os.environ["A"] = self.name  # for now
                if look() is None:
                    os.environ["C"] = "3"
                    del os.environ["B"]

            def test_it(self):
                assert self.name == "it"
                look()
        ''',
        '''
        class TestIt:
            def teardown_method(self, method) -> None:
                """Clean up."""
                look()
                self.name = None
                # put it back
                self.monkeypatch.undo()
                # and this stays
                look()
                del self.before

            def setup_method(self, method) -> None:
                """Set up."""
                self.name = "it"
                look()

                self.monkeypatch = pytest.MonkeyPatch()
                self.before = os.environ["B"]
                self.monkeypatch.setenv("A", self.name)  # for now
                if look() is None:
                    self.monkeypatch.setenv("C", "3")
                    self.monkeypatch.delenv("B")

            def test_it(self):
                assert self.name == "it"
                look()
        ''',
    ),
    case(
        "set_up_of_a_class",
        """
        class TestIt:
            @classmethod
            def setup_class(cls):
                cls.saved = os.environ.get("B")
                os.environ["B"] = "1"

            @classmethod
            def teardown_class(cls):
                look()
                os.environ["B"] = cls.saved
                look()

            def setup_method(self):
                self.keys = ["A", "C"]
                for key in self.keys:
                    os.environ[key] = "2"

            def teardown_method(self):
                for key in self.keys:
                    os.environ.pop(key, None)

            def test_it(self):
                look()
                assert self.saved == "outer"


        class TestOther:
            def setup_class(self):
                os.environ["A"] = "1"

            def teardown_class(cls):
                del os.environ["A"]

            def test_it(self):
                look()
        """,
        """
        class TestIt:
            @classmethod
            def setup_class(cls):
                cls.saved = os.environ.get("B")
                cls.monkeypatch = pytest.MonkeyPatch()
                cls.monkeypatch.setenv("B", "1")

            @classmethod
            def teardown_class(cls):
                look()
                cls.monkeypatch.undo()
                look()

            def setup_method(self):
                self.keys = ["A", "C"]
                self.monkeypatch = pytest.MonkeyPatch()
                for key in self.keys:
                    self.monkeypatch.setenv(key, "2")

            def teardown_method(self):
                self.monkeypatch.undo()

            def test_it(self):
                look()
                assert self.saved == "outer"


        class TestOther:
            def setup_class(self):
                self.monkeypatch = pytest.MonkeyPatch()
                self.monkeypatch.setenv("A", "1")

            def teardown_class(cls):
                cls.monkeypatch.undo()

            def test_it(self):
                look()
        """,
    ),
    case(
        "patcher_that_a_set_up_starts",
        """
        class TestIt:
            def setup_method(self):
                look()
                self.patcher = patch.dict(os.environ, {"A": "1", "B": "2"})
                self.patcher.start()
                look()

            def teardown_method(self):
                self.patcher.stop()
                look()

            def test_it(self):
                look()


        class TestClear:
            @classmethod
            def setup_class(cls):
                cls.patcher = patch.dict("os.environ", {"A": "1"}, clear=True)
                cls.name = "it"
                cls.patcher.start()

            @classmethod
            def teardown_class(cls):
                try:
                    look()
                finally:
                    cls.patcher.stop()

            def test_it(self):
                look()
                assert self.name == "it"
        """,
        """
        class TestIt:
            def setup_method(self):
                look()
                self.monkeypatch = pytest.MonkeyPatch()
                self.monkeypatch.setenv("A", "1")
                self.monkeypatch.setenv("B", "2")
                look()

            def teardown_method(self):
                self.monkeypatch.undo()
                look()

            def test_it(self):
                look()


        class TestClear:
            @classmethod
            def setup_class(cls):
                cls.monkeypatch = pytest.MonkeyPatch()
                cls.name = "it"
                for name in list(os.environ):
                    cls.monkeypatch.delenv(name)
                cls.monkeypatch.setenv("A", "1")

            @classmethod
            def teardown_class(cls):
                try:
                    look()
                finally:
                    cls.monkeypatch.undo()

            def test_it(self):
                look()
                assert self.name == "it"
        """,
    ),
    case(
        "set_up_that_saves_several",
        """
        class TestIt:
            def setup_method(self):
                self.saved = {name: os.environ.get(name) for name in ("A", "B")}
                with patch.dict(os.environ, {"C": "1"}):
                    look()
                os.environ["A"] = "2"
                os.environ["B"] = "3"

            def teardown_method(self):
                for name, value in self.saved.items():
                    if value is None:
                        os.environ.pop(name, None)
                    else:
                        os.environ[name] = value
                look()

            def test_it(self):
                look()


        class TestSentinel:
            def setup_method(self):
                self.missing = object()
                self.saved = os.environ.get("A", self.missing)
                self.had = "C" in os.environ
                if not self.had:
                    os.environ["C"] = "1"
                os.environ["A"] = "2"

            def teardown_method(self):
                if not self.had:
                    del os.environ["C"]
                if self.saved is self.missing:
                    del os.environ["A"]
                else:
                    os.environ["A"] = self.saved
                look()

            def test_it(self):
                look()
        """,
        """
        class TestIt:
            def setup_method(self):
                self.monkeypatch = pytest.MonkeyPatch()
                with pytest.MonkeyPatch.context() as monkeypatch:
                    monkeypatch.setenv("C", "1")
                    look()
                self.monkeypatch.setenv("A", "2")
                self.monkeypatch.setenv("B", "3")

            def teardown_method(self):
                self.monkeypatch.undo()
                look()

            def test_it(self):
                look()


        class TestSentinel:
            def setup_method(self):
                self.missing = object()
                self.monkeypatch = pytest.MonkeyPatch()
                self.had = "C" in os.environ
                if not self.had:
                    self.monkeypatch.setenv("C", "1")
                self.monkeypatch.setenv("A", "2")

            def teardown_method(self):
                self.monkeypatch.undo()
                look()

            def test_it(self):
                look()
        """,
    ),
    case(
        "set_up_that_assigns_several_at_once",
        """
        class TestIt:
            def setup_method(self) -> None:
                self.had: bool = "C" in os.environ
                self.saved, os.environ["A"] = os.environ.get("A"), "1"
                os.environ["C"] = self.name = "2"

            def teardown_method(self) -> None:
                if self.saved is None:
                    os.environ.pop("A")
                if not self.had:
                    del os.environ["C"]
                look()

            def test_it(self) -> None:
                look()
                assert self.name == "2"
        """,
        """
        class TestIt:
            def setup_method(self) -> None:
                self.monkeypatch = pytest.MonkeyPatch()
                self.monkeypatch.setenv("A", "1")
                self.name = "2"
                self.monkeypatch.setenv("C", self.name)

            def teardown_method(self) -> None:
                self.monkeypatch.undo()
                look()

            def test_it(self) -> None:
                look()
                assert self.name == "2"
        """,
    ),
    case(
        "attribute_that_is_taken",
        """
        class TestIt:
            def setup_method(self):
                os.environ["A"] = "1"

            def teardown_method(self):
                os.environ.pop("A")

            @pytest.fixture
            def monkeypatched(self, monkeypatch):
                self.monkeypatch = monkeypatch

            def test_it(self, monkeypatched):
                look()
                self.monkeypatch.setenv("B", "1")
                look()


        class TestFormatter(Formatter):
            def setup_method(self):
                os.environ["A"] = "1"

            def teardown_method(self):
                os.environ.pop("A")

            def test_it(self):
                look()
        """,
        """
        class TestIt:
            def setup_method(self):
                self._monkeypatch = pytest.MonkeyPatch()
                self._monkeypatch.setenv("A", "1")

            def teardown_method(self):
                self._monkeypatch.undo()

            @pytest.fixture
            def monkeypatched(self, monkeypatch):
                self.monkeypatch = monkeypatch

            def test_it(self, monkeypatched):
                look()
                self.monkeypatch.setenv("B", "1")
                look()


        class TestFormatter(Formatter):
            def setup_method(self):
                self.__monkeypatch = pytest.MonkeyPatch()
                self.__monkeypatch.setenv("A", "1")

            def teardown_method(self):
                self.__monkeypatch.undo()

            def test_it(self):
                look()
        """,
        head=WITH_BASE,
    ),
    case(
        "set_up_that_is_inherited",
        """
        class Base:
            def setup_method(self):
                self.saved = os.environ.pop("B", None)
                os.environ["A"] = "1"

            def teardown_method(self):
                if self.saved is not None:
                    os.environ["B"] = self.saved
                del os.environ["A"]

            def helper(self):
                look()


        class TestIt(Base):
            def test_it(self):
                self.helper()


        class TestOther(Base):
            def setup_method(self):
                os.environ["C"] = "1"

            def teardown_method(self):
                os.environ.pop("C")

            def test_it(self):
                self.helper()
        """,
        """
        class Base:
            def setup_method(self):
                self.monkeypatch = pytest.MonkeyPatch()
                self.monkeypatch.delenv("B", raising=False)
                self.monkeypatch.setenv("A", "1")

            def teardown_method(self):
                self.monkeypatch.undo()

            def helper(self):
                look()


        class TestIt(Base):
            def test_it(self):
                self.helper()


        class TestOther(Base):
            def setup_method(self):
                self.monkeypatch = pytest.MonkeyPatch()
                self.monkeypatch.setenv("C", "1")

            def teardown_method(self):
                self.monkeypatch.undo()

            def test_it(self):
                self.helper()
        """,
    ),
    case(
        "set_up_after_a_fixture_that_asks_for_monkeypatch",
        """
        @pytest.fixture(autouse=True)
        def first(monkeypatch):
            look()


        @pytest.fixture
        def value():
            saved = os.environ["A"]
            os.environ["A"] = "4"
            yield
            os.environ["A"] = saved


        class Base:
            def setup_method(self):
                look()
                self.saved = os.environ.get("A")
                os.environ["A"] = "1"

            def teardown_method(self):
                if self.saved is None:
                    del os.environ["A"]
                else:
                    os.environ["A"] = self.saved


        class TestIt(Base):
            def test_same(self):
                os.environ["A"] = "2"
                look()

            @patch.dict(os.environ, {"A": "2"})
            def test_decorated(self):
                look()

            def test_block(self):
                with patch.dict(os.environ, {"B": "2"}):
                    look()

            def test_another(self):
                os.environ["C"] = "2"
                look()

            def test_any(self):
                for name in ["A", "C"]:
                    os.environ[name] = "2"
                look()

            def test_fixture(self, value):
                look()


        def test_function():
            with patch.dict(os.environ, {"A": "2"}):
                look()
        """,
        """
        @pytest.fixture(autouse=True)
        def first(monkeypatch):
            look()


        @pytest.fixture
        def value():
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("A", "4")
                yield


        class Base:
            def setup_method(self):
                look()
                self.monkeypatch = pytest.MonkeyPatch()
                self.monkeypatch.setenv("A", "1")

            def teardown_method(self):
                self.monkeypatch.undo()


        class TestIt(Base):
            def test_same(self):
                with pytest.MonkeyPatch.context() as monkeypatch:
                    monkeypatch.setenv("A", "2")
                    look()

            def test_decorated(self, monkeypatch):
                with monkeypatch.context() as m:
                    m.setenv("A", "2")
                    look()

            def test_block(self, monkeypatch):
                with monkeypatch.context() as m:
                    m.setenv("B", "2")
                    look()

            def test_another(self, monkeypatch):
                monkeypatch.setenv("C", "2")
                look()

            def test_any(self):
                with pytest.MonkeyPatch.context() as monkeypatch:
                    for name in ["A", "C"]:
                        monkeypatch.setenv(name, "2")
                    look()

            def test_fixture(self, value):
                look()


        def test_function(monkeypatch):
            monkeypatch.setenv("A", "2")
            look()
        """,
    ),
    case(
        "set_up_of_a_module",
        """
        def setup_module(module):
            module.old = os.environ.get("A")
            os.environ["A"] = "1"


        def teardown_module(module):
            if module.old is None:
                del os.environ["A"]
            else:
                os.environ["A"] = module.old


        def test_it():
            look()
        """,
        """
        def setup_module(module):
            module._monkeypatch = pytest.MonkeyPatch()
            module._monkeypatch.setenv("A", "1")


        def teardown_module(module):
            module._monkeypatch.undo()


        def test_it():
            look()
        """,
    ),
    case(
        "set_up_of_functions",
        """
        def setup_function(function):
            print(function.__name__)
            os.environ["A"] = "1"


        def test_it():
            look()


        def test_other():
            look()
            os.environ["A"] = "2"
            look()


        def teardown_function(function):
            del os.environ["A"]
            look()
        """,
        """
        def setup_function(function):
            print(function.__name__)
            function._monkeypatch = pytest.MonkeyPatch()
            function._monkeypatch.setenv("A", "1")


        def test_it():
            look()


        def test_other(monkeypatch):
            look()
            monkeypatch.setenv("A", "2")
            look()


        def teardown_function(function):
            function._monkeypatch.undo()
            look()
        """,
    ),
    case(
        "set_up_of_a_module_whose_value_is_read",
        """
        def setup_module(module):
            module.old = os.environ.get("B")
            os.environ["B"] = "1"


        def teardown_module(module):
            os.environ["B"] = module.old


        def test_it():
            look()
            assert old == "outer"
        """,
        """
        def setup_module(module):
            module.old = os.environ.get("B")
            module._monkeypatch = pytest.MonkeyPatch()
            module._monkeypatch.setenv("B", "1")


        def teardown_module(module):
            module._monkeypatch.undo()


        def test_it():
            look()
            assert old == "outer"
        """,
    ),
]
