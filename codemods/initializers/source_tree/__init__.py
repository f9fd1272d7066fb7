"""The source tree: its modules, what each binds, and what a dotted target stands for."""
