"""Blocks of context managers that the file defines."""

from tests.codemods.state.kit import case

CASES = [
    case(
        "in_a_block_of_a_manager_that_changes_the_same",
        """
        import contextlib


        @contextlib.contextmanager
        def fresh_env():
            old = os.environ.copy()

            try:
                os.environ.clear()
                yield
            finally:
                os.environ.clear()
                os.environ.update(old)


        @contextlib.contextmanager
        def one(name):
            with patch.dict(os.environ, {"A": name}):
                yield name


        def test_whole():
            with fresh_env():
                look()
                os.environ["B"] = "inner"
                look()
            look()


        def test_several_items(monkeypatch):
            with (
                patch("os.getcwd"),
                one("1") as name,
            ):
                os.environ["A"] = "2"
                look(name)
            look()


        def test_other_variable():
            with one("1"):
                os.environ["C"] = "2"
                look()
            look()
            with fresh_env(), patch.dict(os.environ, {"A": "1"}):
                look()
                os.environ["B"] = "2"
                look()
            look()
        """,
        """
        import contextlib


        @contextlib.contextmanager
        def fresh_env():
            old = os.environ.copy()

            try:
                os.environ.clear()
                yield
            finally:
                os.environ.clear()
                os.environ.update(old)


        @contextlib.contextmanager
        def one(name):
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("A", name)
                yield name


        def test_whole(monkeypatch):
            with fresh_env(), monkeypatch.context() as m:
                look()
                m.setenv("B", "inner")
                look()
            look()


        def test_several_items(monkeypatch):
            with (
                patch("os.getcwd"),
                one("1") as name,
                monkeypatch.context() as m,
            ):
                m.setenv("A", "2")
                look(name)
            look()


        def test_other_variable(monkeypatch):
            with one("1"), monkeypatch.context() as m:
                m.setenv("C", "2")
                look()
            look()
            with fresh_env(), monkeypatch.context() as m:
                m.setenv("A", "1")
                look()
                m.setenv("B", "2")
                look()
            look()
        """,
    ),
    case(
        "known_by_the_constants_of_a_name",
        """
        import contextlib
        import sys

        if sys.platform == "win32":
            HOME = "USERPROFILE"
        else:
            HOME = "B"


        @contextlib.contextmanager
        def fake_home():
            saved = os.environ[HOME]
            os.environ[HOME] = "home"
            try:
                yield
            finally:
                os.environ[HOME] = saved
                look()


        def test_it():
            with fake_home():
                os.environ["A"] = "1"
                look()
        """,
        """
        import contextlib
        import sys

        if sys.platform == "win32":
            HOME = "USERPROFILE"
        else:
            HOME = "B"


        @contextlib.contextmanager
        def fake_home():
            try:
                with pytest.MonkeyPatch.context() as monkeypatch:
                    monkeypatch.setenv(HOME, "home")
                    yield
            finally:
                look()


        def test_it(monkeypatch):
            with fake_home():
                monkeypatch.setenv("A", "1")
                look()
        """,
    ),
]
