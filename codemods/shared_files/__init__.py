"""Files that tests share: what names one, what is done to it, and how each test gets its own."""
