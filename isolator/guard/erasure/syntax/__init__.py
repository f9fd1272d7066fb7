"""What the parts of a test file mean, as far as the environment and monkeypatch are concerned."""
