"""Writes other than a plain assignment on one line: continued or annotated ones, targets that something assigns."""

from tests.codemods.state.kit import case

CASES = [
    case(
        "write_that_goes_on_after_a_backslash",
        """
        def test_subscript():
            os.environ \\
                ["A"] = "1"
            look()


        def test_value():
            os.environ["A"] \\
                = "1"
            look()


        def test_method():
            os.environ \\
                .update(A="1")
            look()
        """,
        """
        def test_subscript(monkeypatch):
            monkeypatch.setenv("A", "1")
            look()


        def test_value(monkeypatch):
            monkeypatch.setenv("A", "1")
            look()


        def test_method(monkeypatch):
            monkeypatch.setenv("A", "1")
            look()
        """,
    ),
    case(
        "write_with_an_annotation",
        """
        def test_it():
            os.environ["A"]: str = "1"
            look()
            os.environ["B"]: str
            look()
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.setenv("A", "1")
            look()
            os.environ["B"]: str
            look()
        """,
    ),
]

REFUSED = {
    "variable_that_something_binds": (
        """
        def test_loop():
            for os.environ["A"] in ("1", "2"):
                run()


        async def test_async_loop():
            async for _, (os.environ["A"], *_) in run():
                run()


        def test_with():
            with open("f") as os.environ["A"]:
                run()


        async def test_async_with():
            async with run() as (used, os.environ["A"]):
                run()


        def test_comprehension():
            return [None for os.environ["A"] in ("1", "2")]


        def test_unpacked():
            used, *os.environ["A"] = run()
        """,
        ["ISO102 binding-target"] * 6,
    ),
    "variable_as_bytes": (
        """
        from os import environb as raw


        @pytest.fixture
        def env():
            os.environb[b"A"] = b"1"
            yield
            del os.environb[b"A"]


        def test_methods():
            raw.pop(b"A", None)
            os.environb.update({b"A": b"1"})
            os.environb |= {b"A": b"1"}
            os.environb[b"A"]: bytes = b"1"


        def test_unpacked():
            used, os.environb[b"A"] = run()


        def test_reads():
            assert os.environb[b"A"] == os.environb.get(b"B")
        """,
        ["ISO102 bytes-environ"] * 5 + ["ISO102 binding-target"],
    ),
    "changes_inside_a_statement_of_the_module": (
        """
        for os.environ["A"] in ("1", "2"):
            run()
        assert os.environ.pop("B")
        os.environb[b"A"] = b"1"


        def later():
            return lambda: os.environ.get("A")
        """,
        ["ISO102 module-level", "ISO102 module-level", "ISO102 bytes-environ"],
    ),
}
