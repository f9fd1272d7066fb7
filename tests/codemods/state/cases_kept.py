"""Patchers that a function keeps in a name."""

from tests.codemods.state.kit import case

CASES = [
    case(
        "patcher_of_the_module_around_two_tests",
        """
        shared = patch.dict(os.environ, {"A": "1", "B": "2"})


        def test_it():
            with shared:
                look()


        class TestOther:
            def test_other(self):
                with patch("os.getcwd"), shared:
                    look()
                    os.environ["A"] = "3"
                    look()
                look()
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.setenv("A", "1")
            monkeypatch.setenv("B", "2")
            look()


        class TestOther:
            def test_other(self, monkeypatch):
                with patch("os.getcwd"), monkeypatch.context() as m:
                    m.setenv("A", "1")
                    m.setenv("B", "2")
                    look()
                    m.setenv("A", "3")
                    look()
                look()
        """,
    ),
    case(
        "patcher_of_the_module_that_a_comment_explains",
        """
        SIZE = 3
        env = patch.dict("os.environ", A="1")

        # What the service needs to start.
        shared = patch.dict("os.environ", A="1")


        def test_it():
            with shared:
                look()
        """,
        """
        SIZE = 3
        env = patch.dict("os.environ", A="1")

        # What the service needs to start.
        shared = patch.dict("os.environ", A="1")


        def test_it(monkeypatch):
            monkeypatch.setenv("A", "1")
            look()
        """,
    ),
    case(
        "patcher_of_the_module_that_one_test_keeps",
        """
        SIZE = 3
        shared = patch.dict("os.environ", {"A": "1"}, clear=False)
        OTHER = 4


        def test_it():
            with shared:
                look()


        def test_kept():
            with shared:  # isolator: ignore
                look()
        """,
        """
        SIZE = 3
        shared = patch.dict("os.environ", {"A": "1"}, clear=False)
        OTHER = 4


        def test_it(monkeypatch):
            monkeypatch.setenv("A", "1")
            look()


        def test_kept():
            with shared:  # isolator: ignore
                look()
        """,
    ),
    case(
        "patcher_in_a_name_as_a_block",
        """
        def test_it():
            values = {"A": "1"}
            patcher = patch.dict(os.environ, values)  # one
            look()
            with patch("os.getcwd"), patcher:
                look()
                os.environ["B"] = "2"
                look()
            look()
        """,
        """
        def test_it(monkeypatch):
            values = {"A": "1"}
            # one
            look()
            with patch("os.getcwd"), monkeypatch.context() as m:
                for name, value in values.items():
                    m.setenv(name, value)
                look()
                m.setenv("B", "2")
                look()
            look()
        """,
    ),
    case(
        "patcher_that_is_started_and_stopped",
        """
        @pytest.fixture
        def env():
            env = {"A": "1"}
            env_patch = patch.dict(os.environ, env)
            env_patch.start()

            yield env

            env_patch.stop()
            look()


        def test_it(env):
            look()


        def test_finally():
            look()
            patcher = patch.dict("os.environ", A="1")
            patcher.start()
            try:
                os.environ["B"] = "2"
                look()
            finally:
                patcher.stop()
                look()
            look()


        def test_in_the_middle():
            patcher = patch.dict(os.environ, {"A": "1"}, clear=False)
            patcher.start()
            os.environ["B"] = "2"
            look()
            patcher.stop()
            look()
            os.environ["A"] = "2"
            look()
            del os.environ["A"]
            look()


        def test_last():
            patcher = patch.dict(os.environ, {"B": "2"})
            patcher.start()
            seen = look()
            patcher.stop()
            assert seen is None
        """,
        """
        @pytest.fixture
        def env():
            env = {"A": "1"}
            with pytest.MonkeyPatch.context() as monkeypatch:
                for name, value in env.items():
                    monkeypatch.setenv(name, value)

                yield env

            look()


        def test_it(env):
            look()


        def test_finally(monkeypatch):
            look()
            try:
                with monkeypatch.context() as m:
                    m.setenv("A", "1")
                    m.setenv("B", "2")
                    look()
            finally:
                look()
            look()


        def test_in_the_middle(monkeypatch):
            with monkeypatch.context() as m:
                m.setenv("A", "1")
                m.setenv("B", "2")
                look()
            look()
            monkeypatch.setenv("A", "2")
            look()
            monkeypatch.delenv("A")
            look()


        def test_last(monkeypatch):
            monkeypatch.setenv("B", "2")
            seen = look()
            assert seen is None
        """,
    ),
    case(
        "whole_copy_put_back_before_the_end",
        """
        def test_it():
            saved = os.environ.copy()
            os.environ["A"] = "1"
            os.environ.pop("B")
            assert "B" not in os.environ
            os.environ.clear()
            os.environ.update(saved)
            look()
        """,
        """
        def test_it(monkeypatch):
            with monkeypatch.context() as m:
                m.setenv("A", "1")
                m.delenv("B")
                assert "B" not in os.environ
            look()
        """,
    ),
]
