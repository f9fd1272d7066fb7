"""Direct writes that nothing restores."""

from tests.codemods.state.kit import case

CASES = [
    case(
        "writes",
        """
        def test_it():
            os.environ["A"] = "1"  # why
            os.environ.pop("B", None)
            os.environ.update({"C": "3", "D": "4"}, E="5")
            os.environ.setdefault("F", "6")
            os.environ |= {"G": "7"}
            look()
            del os.environ["A"], os.environ["C"]
            os.environ.pop("D")
            os.environ["E"] += "e"
            look()
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.setenv("A", "1")  # why
            monkeypatch.delenv("B", raising=False)
            monkeypatch.setenv("C", "3")
            monkeypatch.setenv("D", "4")
            monkeypatch.setenv("E", "5")
            if "F" not in os.environ:
                monkeypatch.setenv("F", "6")
            monkeypatch.setenv("G", "7")
            look()
            monkeypatch.delenv("A")
            monkeypatch.delenv("C")
            monkeypatch.delenv("D")
            monkeypatch.setenv("E", os.environ["E"] + "e")
            look()
        """,
    ),
    case(
        "in_branches_and_loops",
        """
        @pytest.mark.parametrize("value", ["1", None])
        def test_it(value):
            if value is None:
                os.environ.pop("A", None)
            else:
                os.environ["A"] = value
            for name in ("C", "D"): os.environ[name] = "x"
            try:
                os.environ["E"] = "5"
                look()
            except KeyError:
                os.environ["F"] = "6"
            look()
        """,
        """
        @pytest.mark.parametrize("value", ["1", None])
        def test_it(value, monkeypatch):
            if value is None:
                monkeypatch.delenv("A", raising=False)
            else:
                monkeypatch.setenv("A", value)
            for name in ("C", "D"):
                monkeypatch.setenv(name, "x")
            try:
                monkeypatch.setenv("E", "5")
                look()
            except KeyError:
                monkeypatch.setenv("F", "6")
            look()
        """,
    ),
    case(
        "unset_if_set",
        """
        def test_it():
            if "B" in os.environ:
                del os.environ["B"]
            if "A" in os.environ: del os.environ["A"]
            look()
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.delenv("B", raising=False)
            monkeypatch.delenv("A", raising=False)
            look()
        """,
    ),
    case(
        "everything_is_cleared",
        """
        def test_it():
            os.environ.clear()
            os.environ["A"] = "1"
            look()
        """,
        """
        def test_it(monkeypatch):
            for name in list(os.environ):
                monkeypatch.delenv(name)
            monkeypatch.setenv("A", "1")
            look()
        """,
    ),
    case(
        "joined_by_semicolons",
        """
        def test_it():
            os.environ["A"] = "1"; look(); os.environ["B"] = "2"  # end
            look()
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.setenv("A", "1")
            look()
            monkeypatch.setenv("B", "2")  # end
            look()
        """,
    ),
    case(
        "fixtures",
        """
        @pytest.fixture
        def env():
            os.environ["A"] = "1"


        @pytest.fixture()
        def yielding():
            os.environ["C"] = "3"
            yield
            look()


        def test_it(env, yielding):
            look()
        """,
        """
        @pytest.fixture
        def env():
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("A", "1")
                yield


        @pytest.fixture()
        def yielding():
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("C", "3")
                yield
                look()


        def test_it(env, yielding):
            look()
        """,
    ),
    case(
        "other_names_for_it",
        """
        from os import environ
        import os as system

        alias = system.environ


        def test_it():
            environ["A"] = "1"
            system.environ["B"] = "2"
            alias["C"] = "3"
            env = os.environ
            env["D"] = "4"
            look(env)
        """,
        """
        import os as system

        alias = system.environ


        def test_it(monkeypatch):
            monkeypatch.setenv("A", "1")
            monkeypatch.setenv("B", "2")
            monkeypatch.setenv("C", "3")
            env = os.environ
            monkeypatch.setenv("D", "4")
            look(env)
        """,
    ),
    case(
        "with_mocker",
        """
        def test_it(mocker):
            mocker.patch.dict(os.environ, {"A": "1"}, clear=True)
            look()
        """,
        """
        def test_it(monkeypatch):
            for name in list(os.environ):
                monkeypatch.delenv(name)
            monkeypatch.setenv("A", "1")
            look()
        """,
    ),
    case(
        "popped_values",
        """
        def test_it():
            was = os.environ.pop("B", None)
            look()
            assert was == "outer"
        """,
        """
        def test_it(monkeypatch):
            was = os.environ.get("B")
            monkeypatch.delenv("B", raising=False)
            look()
            assert was == "outer"
        """,
    ),
    case(
        "unset_before_and_after_the_code_under_test",
        """
        def test_it():
            os.environ.pop("A", None)
            os.environ["C"] = "3"
            look()
            os.environ.pop("A", None)
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.delenv("A", raising=False)
            monkeypatch.setenv("C", "3")
            look()
            os.environ.pop("A", None)
        """,
    ),
]
