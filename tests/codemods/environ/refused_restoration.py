"""Restorations and deletions that stay as they are, and why."""

REFUSED = {
    "set_after_what_code_set_was_deleted": (
        """
        def test_it():
            run()
            os.environ.pop("A")
            assert run()
            os.environ["A"] = "1"
        """,
        ["ISO102 restoration-unclear"],
    ),
}

LEFT_ALONE = {
    "deletion_after_what_may_have_set_it": """
        def test_function():
            start_server()
            del os.environ["A"]
            assert run()


        def test_manager():
            with used.server():
                os.environ.pop("A", None)
                assert run()


        def test_generator():
            next(used)
            del os.environ["A"]
            assert run()


        def test_expected_error():
            with pytest.raises(ValueError):
                run()
            if "A" in os.environ:
                del os.environ["A"]
            run()


        @pytest.fixture
        def server():
            yield_this = start_server()
            del os.environ["A"]
            yield yield_this
        """,
}
