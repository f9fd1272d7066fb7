"""What patch.dict and monkeypatch do to the variables: the rows E1 to E11, and why to rewrite at all."""

from tests.semantics.kit import fact, ran

OUTER = "B=outer"
FACTS = [
    fact(
        "raw_write",
        """
        shared = True


        def test_polluter():
            os.environ["A"] = "1"


        def test_victim():
            look()
        """,
        {"test_polluter": ran(left="A=1"), "test_victim": ran("A=1 B=outer")},
        codes="ISO102",
        rewritten={"test_polluter": ran(), "test_victim": ran(OUTER)},
    ),
    fact(
        "E1",
        """
        def test_patch_dict():
            with patch.dict(os.environ, {"A": "1"}):
                put("C", "added")


        def test_monkeypatch(monkeypatch):
            monkeypatch.setenv("A", "1")
            put("C", "added")


        class TestCovered:
            @pytest.fixture(autouse=True)
            def isolate(self):
                yield
                os.environ.pop("C", None)

            def test_it(self, monkeypatch):
                monkeypatch.setenv("A", "1")
                put("C", "added")
        """,
        {"test_patch_dict": ran(), "test_monkeypatch": ran(left="C=added"), "TestCovered::test_it": ran()},
        codes="ISO101",
        rewritten={"test_patch_dict": ran(left="C=added")},
    ),
    fact(
        "E2",
        """
        def test_patch_dict():
            with patch.dict(os.environ, {"A": "1"}):
                drop("B")


        def test_monkeypatch(monkeypatch):
            monkeypatch.setenv("A", "1")
            drop("B")
        """,
        {"test_patch_dict": ran(), "test_monkeypatch": ran(left="B=unset")},
        codes="ISO101",
        rewritten={"test_patch_dict": ran(left="B=unset")},
    ),
    fact(
        "E3",
        """
        @pytest.mark.parametrize("write", [lambda: put("B", "2"), lambda: drop("B")], ids=["overwrite", "delete"])
        def test_patch_dict(write):
            with patch.dict(os.environ, {"B": "1"}):
                write()
                look()


        @pytest.mark.parametrize("write", [lambda: put("B", "2"), lambda: drop("B")], ids=["overwrite", "delete"])
        def test_monkeypatch(monkeypatch, write):
            monkeypatch.setenv("B", "1")
            write()
            look()
        """,
        {
            "test_patch_dict[overwrite]": ran("B=2"),
            "test_patch_dict[delete]": ran(""),
            "test_monkeypatch[overwrite]": ran("B=2"),
            "test_monkeypatch[delete]": ran(""),
        },
        codes="ISO101",
    ),
    fact(
        "E4",
        """
        def test_patch_dict():
            with patch.dict(os.environ, {"A": "1", "C": 2}):
                pass


        @pytest.mark.parametrize("value", [2, None])
        def test_monkeypatch(monkeypatch, value):
            with pytest.warns(pytest.PytestWarning, match="converted to str"):
                monkeypatch.setenv("C", value)
            look()
        """,
        {
            "test_patch_dict": ran(left="A=1", failed="call TypeError: str expected, not int"),
            "test_monkeypatch[2]": ran("B=outer C=2"),
            "test_monkeypatch[None]": ran("B=outer C=None"),
        },
        refused=("value-not-string",),
    ),
    fact(
        "E4_value_not_known",
        """
        @pytest.mark.parametrize("value", [2, None])
        def test_patch_dict(value):
            with pytest.raises(TypeError):
                with patch.dict(os.environ, {"A": "1", "C": value}):
                    pass
        """,
        {"test_patch_dict[2]": ran(left="A=1"), "test_patch_dict[None]": ran(left="A=1")},
        refused=("value-not-string",),
    ),
    fact(
        "E5",
        """
        def test_delenv(monkeypatch):
            monkeypatch.delenv("A", raising=False)
            put("A", "1")


        def test_setenv_then_delenv(monkeypatch):
            monkeypatch.setenv("A", "")
            monkeypatch.delenv("A")
            look()
            put("A", "1")


        def test_snapshot():
            with patch.dict(os.environ):
                os.environ.pop("A", None)
                put("A", "1")
                look()
        """,
        {
            "test_delenv": ran(left="A=1"),
            "test_setenv_then_delenv": ran(OUTER),
            "test_snapshot": ran("A=1 B=outer"),
        },
        refused=("snapshot",),
    ),
    fact(
        "E5_by_hand",
        """
        def test_it():
            saved = os.environ.pop("A", None)
            try:
                put("A", "1")
                look()
            finally:
                if saved is None:
                    os.environ.pop("A", None)
                else:
                    os.environ["A"] = saved
        """,
        {"test_it": ran("A=1 B=outer")},
        codes="ISO103",
    ),
    fact(
        "E6",
        """
        GONE = ("PATH", "HOME", "PYTEST_CURRENT_TEST")


        def test_patch_dict():
            names = list(os.environ)
            with patch.dict(os.environ, {"A": "1"}, clear=True):
                look(dict(os.environ))
                look(any(name in os.environ for name in GONE))
            look(list(os.environ) == names)


        def test_monkeypatch(monkeypatch):
            names = list(os.environ)
            with monkeypatch.context() as m:
                for name in names:
                    m.delenv(name)
                m.setenv("A", "1")
                look(dict(os.environ))
                look(any(name in os.environ for name in GONE))
            look(list(os.environ) == names)
            look(set(os.environ) == set(names))


        def test_whole_call_phase(monkeypatch):
            for name in list(os.environ):
                monkeypatch.delenv(name)
            look(len(os.environ))
        """,
        {
            "test_patch_dict": ran("{'A': '1'}", "False", "True"),
            "test_monkeypatch": ran("{'A': '1'}", "False", "False", "True"),
            "test_whole_call_phase": ran("0"),
        },
        codes="ISO101",
        rewritten={"test_patch_dict": ran("{'A': '1'}", "False", "False")},
    ),
    fact(
        "E7",
        """
        def test_block(monkeypatch):
            with patch.dict(os.environ, {"A": "1"}):
                monkeypatch.setenv("A", "2")
                look()


        @pytest.fixture
        def env(monkeypatch):
            with patch.dict(os.environ, {"A": "1"}):
                monkeypatch.setenv("A", "2")
                yield


        def test_fixture(env):
            look()
        """,
        {
            "test_block": ran("A=2 B=outer", left="A=1"),
            "test_fixture": ran("A=2 B=outer", left="A=1"),
        },
        codes="ISO101 ISO101",
        rewritten={"test_block": ran("A=2 B=outer"), "test_fixture": ran("A=2 B=outer")},
    ),
    fact(
        "E7_code_follows",
        """
        def test_it(monkeypatch):
            with patch.dict(os.environ, {"A": "1"}):
                monkeypatch.setenv("A", "2")
                look()
            look()
        """,
        {"test_it": ran("A=2 B=outer", OUTER, left="A=1")},
        refused=("undo-order",),
    ),
    fact(
        "E8",
        """
        def test_patch_dict():
            with patch.dict(os.environ, {"A": "1"}):
                look()
            look()


        def test_flat(monkeypatch):
            monkeypatch.setenv("A", "1")
            look()
            look()
        """,
        {"test_patch_dict": ran("A=1 B=outer", OUTER), "test_flat": ran("A=1 B=outer", "A=1 B=outer")},
        codes="ISO101",
    ),
    fact(
        "E9",
        """
        def test_object():
            with patch.dict(os.environ, {"A": "1"}) as d:
                look()
                look(d is os.environ)


        def test_string():
            with patch.dict("os.environ", {"A": "1"}) as d:
                look()
                look(d is os.environ)


        def test_keywords():
            with patch.dict(os.environ, A="1"):
                look()


        def test_pairs():
            with patch.dict(os.environ, [("A", "1"), ("C", "3")]):
                look()


        def test_nothing():
            with patch.dict(os.environ):
                put("A", "1")
                look()
        """,
        {
            "test_object": ran("A=1 B=outer", "True"),
            "test_string": ran("A=1 B=outer", "True"),
            "test_keywords": ran("A=1 B=outer"),
            "test_pairs": ran("A=1 B=outer C=3"),
            "test_nothing": ran("A=1 B=outer"),
        },
        codes="ISO101 ISO101 ISO101 ISO101",
        refused=("snapshot",),
    ),
    fact(
        "E10",
        """
        def test_rebound():
            saved = os.environ
            os.environ = {**saved, "A": "1"}
            look(type(os.environ).__name__)
            look(child("A"))
            os.environ = saved


        def test_patch_dict():
            with patch.dict(os.environ, {"A": "1"}):
                look(child("A"))
        """,
        {
            "test_rebound": ran("dict", "None"),
            "test_patch_dict": ran("1"),
        },
        codes="ISO101",
        refused=("rebinds-environ", "rebinds-environ"),
    ),
    fact(
        "E10_patch",
        """
        def test_patch():
            with patch("os.environ", {"A": "1"}):
                look(type(os.environ).__name__)
                look(child("A"))
        """,
        {"test_patch": ran("dict", "None")},
        refused=("rebinds-environ",),
    ),
    fact(
        "E11",
        """
        def test_patch_dict():
            with patch.dict(os.environ, {"B": "1", "A": os.environ["B"]}):
                look()


        def test_split(monkeypatch):
            monkeypatch.setenv("B", "1")
            monkeypatch.setenv("A", os.environ["B"])
            look()
        """,
        {"test_patch_dict": ran("A=outer B=1"), "test_split": ran("A=1 B=1")},
        codes="ISO101",
    ),
]
