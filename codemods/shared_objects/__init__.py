"""Objects that tests share and change, and how each test gets one of its own (ISO408)."""
