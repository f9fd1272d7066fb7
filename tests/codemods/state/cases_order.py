"""Where a restoration in a finally ends what it restores."""

from tests.codemods.state.kit import case

CASES = [
    case(
        "restored_before_a_module_is_reloaded",
        """
        import importlib
        import string as module


        def test_reload():
            value = "1"
            os.environ["A"] = value
            importlib.reload(module)

            try:
                look()
            finally:
                del os.environ["A"]
                importlib.reload(module)

            look()


        def test_it():
            value = "1"
            os.environ["A"] = value
            importlib.reload(module)

            try:
                look()
            finally:
                del os.environ["A"]
                importlib.reload(module)
                look()

            look()
        """,
        """
        import importlib
        import string as module


        def test_reload(monkeypatch):
            value = "1"
            monkeypatch.setenv("A", value)
            importlib.reload(module)

            try:
                look()
            finally:
                monkeypatch.delenv("A")
                importlib.reload(module)

            look()


        def test_it(monkeypatch):
            value = "1"
            monkeypatch.setenv("A", value)
            importlib.reload(module)

            try:
                look()
            finally:
                monkeypatch.delenv("A")
                importlib.reload(module)
                look()

            look()
        """,
    ),
    case(
        "clean_up_that_may_not_run_if_the_set_up_fails",
        """
        def test_it():
            saved = os.environ.get("B")
            os.environ["A"] = "1"
            os.environ["B"] = "2"
            look()
            try:
                look()
            finally:
                del os.environ["A"]
                if saved is None:
                    del os.environ["B"]
                else:
                    os.environ["B"] = saved
                look()
        """,
        """
        def test_it(monkeypatch):
            saved = os.environ.get("B")
            monkeypatch.setenv("A", "1")
            monkeypatch.setenv("B", "2")
            look()
            try:
                look()
            finally:
                monkeypatch.delenv("A")
                if saved is None:
                    monkeypatch.delenv("B")
                else:
                    monkeypatch.setenv("B", saved)
                look()
        """,
    ),
    case(
        "clean_up_on_both_sides_of_the_restoration",
        """
        def test_it():
            os.environ["A"] = "1"
            try:
                look()
            finally:
                look()
                del os.environ["A"]
                look()
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.setenv("A", "1")
            try:
                look()
            finally:
                look()
                monkeypatch.delenv("A")
                look()
        """,
    ),
    case(
        "other_variables_in_the_try",
        """
        def test_it():
            os.environ["A"] = "1"
            try:
                os.environ["C"] = "2"
                look()
            finally:
                del os.environ["A"]
            look()
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.setenv("A", "1")
            try:
                monkeypatch.setenv("C", "2")
                look()
            finally:
                monkeypatch.delenv("A")
            look()
        """,
    ),
    case(
        "clean_up_of_what_the_code_set_ahead_of_the_restoration",
        """
        import contextlib


        @contextlib.contextmanager
        def home():
            saved = os.environ.get("B")
            try:
                os.environ["B"] = "home"
                yield
            finally:
                os.environ.pop("C", "")
                if saved is None:
                    del os.environ["B"]
                else:
                    os.environ["B"] = saved
                look()


        def test_it():
            with home():
                look()
            look()
        """,
        """
        import contextlib


        @contextlib.contextmanager
        def home():
            try:
                with pytest.MonkeyPatch.context() as monkeypatch:
                    try:
                        monkeypatch.setenv("B", "home")
                        yield
                    finally:
                        os.environ.pop("C", "")
            finally:
                look()


        def test_it():
            with home():
                look()
            look()
        """,
    ),
]
