"""Loops in loops, whose variables have one name."""

from tests.codemods.state.kit import case

CASES = [
    case(
        "loops_with_one_variable",
        """
        def test_sets():
            for x in ("A", "C"):
                for x in ("A", "D"):
                    os.environ[x] = "1"
            look()


        def test_restores():
            saved = {x: os.environ.get(x) for x in ("A", "B")}
            for x in ("A", "B"):
                os.environ[x] = "1"
            look()
            for x in ("A", "B"):
                for x in ("A", "B"):
                    if saved[x] is None:
                        os.environ.pop(x, None)
                    else:
                        os.environ[x] = saved[x]


        def test_hides_a_saved_value():
            value = os.environ.get("B")
            saved = {"A": os.environ.get("A")}
            os.environ.update(A="1", B="1")
            try:
                look()
            finally:
                for key, value in saved.items():
                    if value is None:
                        del os.environ[key]
                    else:
                        os.environ[key] = value
                os.environ.pop("B", value)
        """,
        """
        def test_sets(monkeypatch):
            for x in ("A", "C"):
                for x in ("A", "D"):
                    monkeypatch.setenv(x, "1")
            look()


        def test_restores(monkeypatch):
            for x in ("A", "B"):
                monkeypatch.setenv(x, "1")
            look()


        def test_hides_a_saved_value(monkeypatch):
            monkeypatch.setenv("A", "1")
            monkeypatch.setenv("B", "1")
            look()
        """,
    ),
]
