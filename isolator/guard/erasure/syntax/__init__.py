"""What the parts of a test file mean for the environment and for monkeypatch."""
