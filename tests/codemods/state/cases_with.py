"""``with patch.dict(os.environ, …)`` in every place."""

from tests.codemods.state.kit import HEAD, case

CASES = [
    case(
        "whole_body",
        """
        def test_it():
            with patch.dict(os.environ, {"A": "1", "B": "2"}):
                look()
                assert os.environ["A"] == "1"
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.setenv("A", "1")
            monkeypatch.setenv("B", "2")
            look()
            assert os.environ["A"] == "1"
        """,
    ),
    case(
        "method_after_docstring_and_statements",
        '''
        class TestIt:
            def test_it(self, tmp_path):
                """What it is."""
                path = tmp_path / "x"

                # The block.
                with patch.dict("os.environ", A=path.name):
                    # The look.
                    look()

                    text = """
            not indented
                """
                    assert text
                    # The end.

            def test_other(self):
                look()
        ''',
        '''
        class TestIt:
            def test_it(self, tmp_path, monkeypatch):
                """What it is."""
                path = tmp_path / "x"

                # The block.
                monkeypatch.setenv("A", path.name)
                # The look.
                look()

                text = """
            not indented
                """
                assert text
                # The end.

            def test_other(self):
                look()
        ''',
    ),
    case(
        "code_that_may_look_follows",
        """
        def test_it():
            with patch.dict(os.environ, {"A": "1"}):
                look()
            look()
        """,
        """
        def test_it(monkeypatch):
            with monkeypatch.context() as m:
                m.setenv("A", "1")
                look()
            look()
        """,
    ),
    case(
        "only_local_names_follow",
        """
        def test_it():
            with patch.dict(os.environ, {"A": "1"}):
                found = look(3)
            assert found == 3
            assert len([found]) == 1
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.setenv("A", "1")
            found = look(3)
            assert found == 3
            assert len([found]) == 1
        """,
    ),
    case(
        "one_after_the_other",
        """
        def test_it():
            with patch.dict(os.environ, {"A": "1"}):
                look()
            with patch.dict(os.environ, {"B": "2"}):
                look()
        """,
        """
        def test_it(monkeypatch):
            with monkeypatch.context() as m:
                m.setenv("A", "1")
                look()
            monkeypatch.setenv("B", "2")
            look()
        """,
    ),
    case(
        "loop_and_branch",
        """
        def test_it():
            for value in ("1", "2"):
                with patch.dict(os.environ, {"A": value}):
                    look()
            if value:
                with patch.dict(os.environ, {"B": value}):
                    look()
        """,
        """
        def test_it(monkeypatch):
            for value in ("1", "2"):
                with monkeypatch.context() as m:
                    m.setenv("A", value)
                    look()
            if value:
                with monkeypatch.context() as m:
                    m.setenv("B", value)
                    look()
        """,
    ),
    case(
        "nested_in_each_other",
        """
        def test_it():
            with patch.dict(os.environ, {"A": "1"}):
                look()
                with patch.dict(os.environ, {"A": "2"}):
                    look()
                look()
                with patch.dict(os.environ, {"B": "3"}):
                    look()
            look()
        """,
        """
        def test_it(monkeypatch):
            with monkeypatch.context() as m:
                m.setenv("A", "1")
                look()
                with monkeypatch.context() as patched:
                    patched.setenv("A", "2")
                    look()
                look()
                m.setenv("B", "3")
                look()
            look()
        """,
    ),
    case(
        "between_other_items",
        """
        class Looking:
            def __enter__(self):
                look()
                return 5

            def __exit__(self, *error):
                look()


        def test_it():
            with Looking() as one, patch.dict(os.environ, {"A": "1"}), Looking() as two:
                look(one + two)
        """,
        """
        class Looking:
            def __enter__(self):
                look()
                return 5

            def __exit__(self, *error):
                look()


        def test_it(monkeypatch):
            with Looking() as one, monkeypatch.context() as m:
                m.setenv("A", "1")
                with Looking() as two:
                    look(one + two)
        """,
    ),
    case(
        "first_of_several_items_in_brackets",
        """
        def test_it():
            with (
                patch.dict(os.environ, {"A": "1"}),  # set
                patch("os.getcwd") as getcwd,
                patch("os.getpid"),
            ):
                look()
                assert not getcwd.called
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.setenv("A", "1")  # set
            with (
                patch("os.getcwd") as getcwd,
                patch("os.getpid"),
            ):
                look()
                assert not getcwd.called
        """,
    ),
    case(
        "after_a_mock_and_a_raises",
        """
        def test_it():
            with patch("os.getcwd") as getcwd, patch.dict(os.environ, {"A": "1"}):
                look()
                assert not getcwd.called


        def test_raises():
            with pytest.raises(ValueError):
                with patch.dict(os.environ, {"A": "1"}):
                    look()
                    raise ValueError
        """,
        """
        def test_it(monkeypatch):
            with patch("os.getcwd") as getcwd:
                monkeypatch.setenv("A", "1")
                look()
                assert not getcwd.called


        def test_raises(monkeypatch):
            with pytest.raises(ValueError):
                monkeypatch.setenv("A", "1")
                look()
                raise ValueError
        """,
    ),
    case(
        "clear",
        """
        def test_literal():
            with patch.dict(os.environ, {"A": "1"}, clear=True):
                look()


        def test_nothing():
            with patch.dict(os.environ, clear=True):
                look()
            look()


        def test_false():
            with patch.dict(os.environ, {"A": "1"}, clear=False):
                look()
        """,
        """
        def test_literal(monkeypatch):
            for name in list(os.environ):
                monkeypatch.delenv(name)
            monkeypatch.setenv("A", "1")
            look()


        def test_nothing(monkeypatch):
            with monkeypatch.context() as m:
                for name in list(os.environ):
                    m.delenv(name)
                look()
            look()


        def test_false(monkeypatch):
            monkeypatch.setenv("A", "1")
            look()
        """,
    ),
    case(
        "values_that_read_what_is_cleared",
        """
        def test_it():
            with patch.dict(os.environ, {"A": os.environ["B"]}, clear=True):
                look()
        """,
        """
        def test_it(monkeypatch):
            environment = {"A": os.environ["B"]}
            for name in list(os.environ):
                monkeypatch.delenv(name)
            for name, value in environment.items():
                monkeypatch.setenv(name, value)
            look()
        """,
    ),
    case(
        "values_that_read_an_earlier_key",
        """
        def test_it():
            with patch.dict(os.environ, {"B": "1", "A": os.environ["B"]}):
                look()
        """,
        """
        def test_it(monkeypatch):
            for name, value in {"B": "1", "A": os.environ["B"]}.items():
                monkeypatch.setenv(name, value)
            look()
        """,
    ),
    case(
        "mappings_that_are_not_written_out",
        """
        SETTINGS = {"A": "1"}


        def test_name():
            with patch.dict(os.environ, SETTINGS):
                look()


        @pytest.mark.parametrize("pairs", [[("A", "1")], {"A": "2"}])
        def test_parameter(pairs):
            with patch.dict(os.environ, pairs):
                look()


        def test_spread():
            with patch.dict(os.environ, {**SETTINGS, "C": "3"}):
                look()


        def test_list():
            with patch.dict(os.environ, [(name, "x") for name in "AC"]):
                look()
        """,
        """
        SETTINGS = {"A": "1"}


        def test_name(monkeypatch):
            for name, value in SETTINGS.items():
                monkeypatch.setenv(name, value)
            look()


        @pytest.mark.parametrize("pairs", [[("A", "1")], {"A": "2"}])
        def test_parameter(pairs, monkeypatch):
            for name, value in dict(pairs).items():
                monkeypatch.setenv(name, value)
            look()


        def test_spread(monkeypatch):
            for name, value in {**SETTINGS, "C": "3"}.items():
                monkeypatch.setenv(name, value)
            look()


        def test_list(monkeypatch):
            for variable, value in [(name, "x") for name in "AC"]:
                monkeypatch.setenv(variable, value)
            look()
        """,
    ),
    case(
        "comments_in_the_header",
        """
        def test_it():
            # above
            with patch.dict(  # opened
                os.environ,  # target
                {
                    "A": "1",  # first
                    # about the second
                    "B": "2",
                    # after the last
                },
            ):  # colon
                # body
                look()
        """,
        """
        def test_it(monkeypatch):
            # above
            # opened
            # target
            monkeypatch.setenv("A", "1")  # first
            # about the second
            monkeypatch.setenv("B", "2")
            # after the last
            # colon
            # body
            look()
        """,
    ),
    case(
        "values_over_several_lines",
        """
        def test_it():
            with patch.dict(
                os.environ,
                {
                    "A": "1"
                    "2",
                    "B": str(
                        3,
                    ),
                },
            ):
                look()
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.setenv(
                "A",
                (
                    "1"
                    "2"
                ),
            )
            monkeypatch.setenv(
                "B",
                str(
                    3,
                ),
            )
            look()
        """,
    ),
    case(
        "as_a_name",
        """
        def test_it():
            with patch.dict(os.environ, {"A": "1"}) as env:
                env["B"] = "2"
                look(env["A"])
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.setenv("A", "1")
            env = os.environ
            monkeypatch.setenv("B", "2")
            look(env["A"])
        """,
    ),
    case(
        "on_one_line",
        """
        def test_it():
            with patch.dict(os.environ, {"A": "1"}): look(); assert os.environ["A"] == "1"
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.setenv("A", "1")
            look(); assert os.environ["A"] == "1"
        """,
    ),
    case(
        "writes_inside_go_along",
        """
        def test_it():
            with patch.dict(os.environ, {"A": "1"}):
                os.environ["B"] = "2"
                del os.environ["A"]
                os.environ.pop("C", None)
                os.environ.update({"D": "4"})
                os.environ.setdefault("E", "5")
                look()
            look()
        """,
        """
        def test_it(monkeypatch):
            with monkeypatch.context() as m:
                m.setenv("A", "1")
                m.setenv("B", "2")
                m.delenv("A")
                m.delenv("C", raising=False)
                m.setenv("D", "4")
                if "E" not in os.environ:
                    m.setenv("E", "5")
                look()
            look()
        """,
    ),
    case(
        "snapshot_of_nothing_but_writes",
        """
        def test_it():
            with patch.dict(os.environ):
                os.environ["A"] = "1"
                assert os.environ["A"] == "1"
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.setenv("A", "1")
            assert os.environ["A"] == "1"
        """,
    ),
    case(
        "signatures",
        """
        @pytest.mark.parametrize("n", [1, 2])
        @patch("os.getcwd")
        def test_mock(getcwd, n):
            with patch.dict(os.environ, {"A": str(n)}):
                look()


        def test_has_it(monkeypatch, tmp_path):
            with patch.dict(os.environ, {"A": "1"}):
                look()


        def test_default(n=3):
            with patch.dict(os.environ, {"A": "1"}):
                look()


        def test_star(*args):
            with patch.dict(os.environ, {"A": "1"}):
                look()


        def test_annotated(tmp_path: object) -> None:
            with patch.dict(os.environ, {"A": "1"}):
                look()


        def test_lines(
            tmp_path,
            capsys,
        ):
            with patch.dict(os.environ, {"A": "1"}):
                look()


        def test_hanging(
            tmp_path, capsys
        ):
            with patch.dict(os.environ, {"A": "1"}):
                look()


        def test_name_in_use():
            m = name = 1
            with patch.dict(os.environ, {"A": "1"}, clear=True):
                look()
            look(m + name)
        """,
        """
        @pytest.mark.parametrize("n", [1, 2])
        @patch("os.getcwd")
        def test_mock(getcwd, n, monkeypatch):
            monkeypatch.setenv("A", str(n))
            look()


        def test_has_it(monkeypatch, tmp_path):
            monkeypatch.setenv("A", "1")
            look()


        def test_default(n=3, *, monkeypatch):
            monkeypatch.setenv("A", "1")
            look()


        def test_star(*args, monkeypatch):
            monkeypatch.setenv("A", "1")
            look()


        def test_annotated(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
            monkeypatch.setenv("A", "1")
            look()


        def test_lines(
            tmp_path,
            capsys,
            monkeypatch,
        ):
            monkeypatch.setenv("A", "1")
            look()


        def test_hanging(
            tmp_path, capsys, monkeypatch
        ):
            monkeypatch.setenv("A", "1")
            look()


        def test_name_in_use(monkeypatch):
            m = name = 1
            with monkeypatch.context() as patched:
                for variable in list(os.environ):
                    patched.delenv(variable)
                patched.setenv("A", "1")
                look()
            look(m + name)
        """,
    ),
    case(
        "async",
        """
        async def test_it():
            with patch.dict(os.environ, {"A": "1"}):
                look()
        """,
        """
        async def test_it(monkeypatch):
            monkeypatch.setenv("A", "1")
            look()
        """,
    ),
    case(
        "own_context_has_its_own_name",
        """
        def test_it(monkeypatch):
            with monkeypatch.context() as m:
                with patch.dict(os.environ, {"A": "1"}):
                    look()
                look()
                os.environ["B"] = "2"
                look()
        """,
        """
        def test_it(monkeypatch):
            with monkeypatch.context() as m:
                with monkeypatch.context() as patched:
                    patched.setenv("A", "1")
                    look()
                look()
                m.setenv("B", "2")
                look()
        """,
    ),
    case(
        "finalizer_must_see_the_end",
        """
        def test_it(request):
            request.addfinalizer(look)
            with patch.dict(os.environ, {"A": "1"}):
                look()
        """,
        """
        def test_it(request, monkeypatch):
            request.addfinalizer(look)
            with monkeypatch.context() as m:
                m.setenv("A", "1")
                look()
        """,
    ),
    case(
        "patcher_with_a_name_stays",
        """
        in_a = patch.dict(os.environ, {"A": "1"})


        def test_it():
            with in_a:
                look()
                os.environ["B"] = "2"
                with patch.dict(os.environ, {"A": "3"}):
                    look()
                look()
            with patch.dict(os.environ, {"B": "4"}):
                look()


        @in_a
        def test_decorated():
            os.environ["B"] = "2"
            with patch.dict(os.environ, {"A": "3"}):
                look()
        """,
        """
        in_a = patch.dict(os.environ, {"A": "1"})


        def test_it(monkeypatch):
            with in_a:
                look()
                os.environ["B"] = "2"
                with monkeypatch.context() as m:
                    m.setenv("A", "3")
                    look()
                look()
            monkeypatch.setenv("B", "4")
            look()


        @in_a
        def test_decorated(monkeypatch):
            os.environ["B"] = "2"
            with monkeypatch.context() as m:
                m.setenv("A", "3")
                look()
        """,
    ),
    case(
        "what_the_code_under_test_sets",
        """
        def load():
            exec("os.environ['A'] = '1'")


        @patch.dict(os.environ, {"B": "2"}, clear=True)
        def test_whole():
            load()
            look()
            assert os.environ == {"A": "1", "B": "2"}


        def test_one():
            with patch.dict(os.environ, clear=True):
                load()
                assert os.environ["A"] == "1" and "A" in os.environ
                assert os.environ.get("C") is None
            look()
        """,
        """
        def load():
            exec("os.environ['A'] = '1'")


        def test_whole(monkeypatch):
            for name in list(os.environ):
                monkeypatch.delenv(name)
            monkeypatch.setenv("A", "")
            monkeypatch.delenv("A")
            monkeypatch.setenv("B", "2")
            load()
            look()
            assert os.environ == {"A": "1", "B": "2"}


        def test_one(monkeypatch):
            with monkeypatch.context() as m:
                for name in list(os.environ):
                    m.delenv(name)
                m.setenv("A", "")
                m.delenv("A")
                load()
                assert os.environ["A"] == "1" and "A" in os.environ
                assert os.environ.get("C") is None
            look()
        """,
    ),
    case(
        "imports_in_order",
        """
        import os
        from unittest import mock


        class TestIt:
            def test_it(self):
                with mock.patch.dict("os.environ", {"A": "1"}, clear=True):
                    look()
        """,
        """
        import os


        class TestIt:
            def test_it(self, monkeypatch):
                for name in list(os.environ):
                    monkeypatch.delenv(name)
                monkeypatch.setenv("A", "1")
                look()
        """,
        head="",
    ),
    case(
        "imports_that_are_missing",
        """
        from unittest.mock import patch


        def helper():
            with patch.dict("os.environ", clear=True):
                look()


        def test_it():
            helper()
        """,
        """
        import os

        import pytest


        def helper():
            with pytest.MonkeyPatch.context() as monkeypatch:
                for name in list(os.environ):
                    monkeypatch.delenv(name)
                look()


        def test_it():
            helper()
        """,
        head="",
    ),
    case(
        "comment_of_a_block_that_stays_one",
        """
        def test_it():
            with patch.dict(os.environ, {"A": "1"}):  # why
                look()
            with (
                patch.dict(os.environ, {"A": "1"}),  # first
                patch("os.getcwd"),  # second
            ):
                os.environ.pop("A")
            # third
            with patch.dict(os.environ, {"A": "1"}): look()  # fourth
            look()
        """,
        """
        def test_it(monkeypatch):
            with monkeypatch.context() as m:  # why
                m.setenv("A", "1")
                look()
            with monkeypatch.context() as m:
                m.setenv("A", "1")  # first
                with patch("os.getcwd"):
                    pass
                    # second
            # third
            with monkeypatch.context() as m:
                m.setenv("A", "1")
                look()  # fourth
            look()
        """,
    ),
    case(
        "value_that_is_read_and_not_used",
        """
        def test_it():
            with patch.dict(os.environ, {"A": "1"}):
                value = os.environ["B"]
                look()
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.setenv("A", "1")
            value = os.environ["B"]
            look()
        """,
    ),
    case(
        "mapping_that_may_hold_what_is_asserted",
        """
        SETTINGS = {"A": "1"}


        def test_clear():
            with patch.dict(os.environ, SETTINGS, clear=True):
                look()
                assert os.environ["A"] == "1"


        def test_more():
            with patch.dict(os.environ, SETTINGS):
                look()
                assert os.environ["A"] == "1"
        """,
        """
        SETTINGS = {"A": "1"}


        def test_clear(monkeypatch):
            for name in list(os.environ):
                monkeypatch.delenv(name)
            for name, value in SETTINGS.items():
                monkeypatch.setenv(name, value)
            look()
            assert os.environ["A"] == "1"


        def test_more(monkeypatch):
            for name, value in SETTINGS.items():
                monkeypatch.setenv(name, value)
            look()
            assert os.environ["A"] == "1"
        """,
    ),
]

CRLF = [
    case(
        "newlines_and_mark",
        "def test_it():\r\n    with patch.dict(os.environ, {'A': '1'}, clear=True):  # why\r\n        look()\r\n",
        "def test_it(monkeypatch):\r\n    for name in list(os.environ):\r\n        monkeypatch.delenv(name)\r\n"
        "    monkeypatch.setenv('A', '1')  # why\r\n    look()\r\n",
        head="\ufeff" + HEAD.replace("\n", "\r\n"),
    ),
]
