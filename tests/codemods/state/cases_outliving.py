"""Functions in functions whose changes are still there when they have ended."""

from tests.codemods.state.kit import case

CASES = [
    case(
        "nested_changes_that_last",
        """
        def test_saved_twice():
            def change():
                saved = os.environ.get("B")
                os.environ["B"] = saved + "1"
                saved = os.environ["B"]
                os.environ["B"] = "2"
                look()
                os.environ["B"] = saved

            change()
            look()


        def test_may_return_before():
            def change(done):
                os.environ["A"] = "1"
                if done:
                    return
                del os.environ["A"]

            change(done=False)
            look()
            change(done=True)
            look()


        def test_sets_in_a_branch_only(monkeypatch):
            def change(value):
                if value:
                    os.environ["B"] = value
                look()
                os.environ.pop("B", None)

            change("")
            look()
            change("1")
            look()


        def test_deletes_what_was_set_around():
            def change():
                os.environ["A"] = "1"
                look()
                del os.environ["A"]

            os.environ["A"] = "0"
            change()
            look()
        """,
        """
        def test_saved_twice(monkeypatch):
            def change():
                saved = os.environ.get("B")
                monkeypatch.setenv("B", saved + "1")
                saved = os.environ["B"]
                with monkeypatch.context() as m:
                    m.setenv("B", "2")
                    look()

            change()
            look()


        def test_may_return_before(monkeypatch):
            def change(done):
                monkeypatch.setenv("A", "1")
                if done:
                    return
                monkeypatch.delenv("A")

            change(done=False)
            look()
            change(done=True)
            look()


        def test_sets_in_a_branch_only(monkeypatch):
            def change(value):
                if value:
                    monkeypatch.setenv("B", value)
                look()
                monkeypatch.delenv("B", raising=False)

            change("")
            look()
            change("1")
            look()


        def test_deletes_what_was_set_around(monkeypatch):
            def change():
                monkeypatch.setenv("A", "1")
                look()
                monkeypatch.delenv("A")

            monkeypatch.setenv("A", "0")
            change()
            look()
        """,
    ),
]

REFUSED = {
    "nested_changes_in_a_block": (
        """
        def test_write():
            def change():
                os.environ["A"] = "1"

            with patch.dict(os.environ, {"B": "1"}):
                change()
            run()


        def test_deletion():
            with patch.dict(os.environ, {"B": "1"}):

                def clean():
                    run()
                    os.environ.pop("A", None)

                clean()
            run()
        """,
        ["ISO102 nested-function", "ISO101 undo-order", "ISO101 undo-order", "ISO102 nested-function"],
    ),
    "helper_that_may_return_before_it_restores": (
        """
        def change(done):
            os.environ["A"] = "1"
            if done:
                return
            del os.environ["A"]
        """,
        ["ISO102 helper", "ISO102 helper"],
    ),
}
