"""Several variables saved and put back together, by loops and dicts."""

from tests.codemods.state.kit import case

CASES = [
    case(
        "several_saved_and_put_back_in_loops",
        """
        KEYS = ("A", "B")


        def test_comprehension():
            saved = {key: os.environ.get(key) for key in KEYS}
            os.environ["A"] = "1"
            os.environ.pop("B", None)
            try:
                look()
            finally:
                for key, value in saved.items():
                    if value is None:
                        os.environ.pop(key, None)
                    else:
                        os.environ[key] = value
            look()


        def test_loops():
            saved = {}
            for key in KEYS:
                saved[key] = os.environ.pop(key, None)
            try:
                look()
            finally:
                for key in KEYS:
                    if saved[key] is not None:
                        os.environ[key] = saved[key]


        def test_literal():
            before = {"A": os.environ.get("A"), "B": os.environ.get("B")}
            os.environ.update(A="1", B="2")
            look()
            for name in before:
                if before[name] is None:
                    del os.environ[name]
                else:
                    os.environ[name] = before[name]


        def test_only_those_that_are_set():
            saved = {}
            for key in KEYS:
                if key in os.environ:
                    saved[key] = os.environ.pop(key)
            look()
            os.environ.update(saved)
            look()
        """,
        """
        KEYS = ("A", "B")


        def test_comprehension(monkeypatch):
            with monkeypatch.context() as m:
                m.setenv("A", "1")
                m.setenv("B", "")
                m.delenv("B")
                look()
            look()


        def test_loops(monkeypatch):
            for key in KEYS:
                monkeypatch.delenv(key, raising=False)
            look()


        def test_literal(monkeypatch):
            monkeypatch.setenv("A", "1")
            monkeypatch.setenv("B", "2")
            look()


        def test_only_those_that_are_set(monkeypatch):
            saved = {}
            for key in KEYS:
                if key in os.environ:
                    saved[key] = os.environ[key]
                    monkeypatch.delenv(key)
            look()
            for name, value in saved.items():
                monkeypatch.setenv(name, value)
            look()
        """,
    ),
    case(
        "several_around_a_yield",
        """
        import contextlib


        @pytest.fixture
        def clean():
            saved = {}
            for key in ("A", "B"):
                saved[key] = os.environ.get(key)
                os.environ.pop(key, None)
            yield
            for key, value in saved.items():
                if value is not None:
                    os.environ[key] = value


        @contextlib.contextmanager
        def environ(**env):
            original = {key: os.getenv(key) for key in env}
            os.environ.update(env)
            try:
                yield
            finally:
                for key, value in original.items():
                    if value is None:
                        del os.environ[key]
                    else:
                        os.environ[key] = value


        def test_it(clean):
            with environ(A="1", C="2"):
                look()
            look()
        """,
        """
        import contextlib


        @pytest.fixture
        def clean():
            with pytest.MonkeyPatch.context() as monkeypatch:
                for key in ("A", "B"):
                    monkeypatch.delenv(key, raising=False)
                yield


        @contextlib.contextmanager
        def environ(**env):
            with pytest.MonkeyPatch.context() as monkeypatch:
                for name, setting in dict(env).items():
                    monkeypatch.setenv(name, setting)
                yield


        def test_it(clean):
            with environ(A="1", C="2"):
                look()
            look()
        """,
    ),
    case(
        "one_of_a_whole_copy",
        """
        def test_it():
            saved = os.environ.copy()
            os.environ["B"] = "1"
            try:
                look()
            finally:
                os.environ["B"] = saved["B"]


        def test_in():
            saved = dict(os.environ)
            os.environ["B"] = "1"
            look()
            if "B" in saved:
                os.environ["B"] = saved["B"]
            else:
                del os.environ["B"]
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.setenv("B", "1")
            look()


        def test_in(monkeypatch):
            monkeypatch.setenv("B", "1")
            look()
        """,
    ),
]
