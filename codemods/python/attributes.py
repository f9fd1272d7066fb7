"""How Python sets an attribute, in whatever form."""

from __future__ import annotations

import ast


def set_attribute(node: ast.AST) -> tuple[ast.expr, str] | None:
    """The owner and the name of the attribute that a node sets or deletes, at once or when what it
    hands over is called; None if it does not, or the name is not written out.

    ``app.debug = 1``, ``setattr(app, "debug", 1)``, ``self.addCleanup(setattr, app, "debug", 1)``
    """
    match node:
        case (
            ast.Attribute(owner, name, ast.Store() | ast.Del())
            | ast.Call(ast.Name("setattr" | "delattr"), [owner, ast.Constant(str(name)), *_])
            | ast.Call(_, [ast.Name("setattr" | "delattr"), owner, ast.Constant(str(name)), *_])
        ):
            return owner, name
    return None
