"""Functions whose owners say why they do not use monkeypatch: ``test_refusals`` runs them."""

REFUSED = {
    "owner_says_why_not": (
        """
        def test_block():
            # monkeypatch cannot be used: the plugin calls this without fixtures
            with patch.dict(os.environ, {"A": "1"}):
                pass


        def test_write():
            os.environ["A"] = "1"  # we don't want monkeypatch to undo this


        # Not with monkeypatch, for this is called by hand.
        @patch.dict(os.environ, {"A": "1"})
        def test_above():
            pass


        def test_restores():
            # Written by hand because
            # pytest's monkeypatch does
            # not reach child processes.
            saved = os.environ.get("A")
            os.environ["A"] = "1"
            try:
                run()
            finally:
                if saved is None:
                    del os.environ["A"]
                else:
                    os.environ["A"] = saved
        """,
        ["ISO101 comment-objects", "ISO102 comment-objects", "ISO101 comment-objects", "ISO103 comment-objects"],
    ),
}
