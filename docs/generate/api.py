"""The page about the functions for other programs: their signatures and docstrings."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import isolator
from codemods.python.source import Span
from codemods.rule import Finding
from docs.generate.markdown import code, prose, table
from isolator import api
from isolator.engine.engine import Rewrite


def page() -> str:
    """What ``isolator`` exports, and what its functions return."""
    exported = [getattr(isolator, name) for name in isolator.__all__]
    functions = [each for each in exported if inspect.isfunction(each)]
    classes = [each for each in exported if inspect.isclass(each)]
    parts = ["# From Python", prose(api.__doc__ or "", "python")]
    for function in functions:
        parts += [f"## isolator.{function.__name__}", _signature(function), prose(function.__doc__ or "")]
    for cls in [*classes, *(each for each in (Rewrite, Finding, Span) if each not in classes)]:
        parts += _class(cls, "isolator" if cls in classes else cls.__module__)
    return "\n\n".join(parts)


def _signature(function: object) -> str:
    """The signature, an argument a line, without the quotes and the modules of annotations."""
    assert callable(function)
    signature = inspect.signature(function)
    shown, keyword_only = [], False
    for parameter in signature.parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and not keyword_only:
            shown.append("    *,")
            keyword_only = True
        default = "" if parameter.default is parameter.empty else f" = {parameter.default!r}".replace("'", '"')
        shown.append(f"    {parameter.name}: {parameter.annotation}{default},")
    result = str(signature.return_annotation)
    name = getattr(function, "__name__", "")
    return "\n".join(["```python", f"isolator.{name}(", *map(_plain, shown), f") -> {_plain(result)}", "```"])


def _plain(text: str) -> str:
    return re.sub(r"\b(?:os|collections\.abc|typing)\.", "", text)


def _class(cls: type, module: str) -> Iterator[str]:
    yield f"## {module}.{cls.__name__}"
    yield prose(cls.__doc__ or "")
    yield fields_of(cls)


def fields_of(cls: type) -> str:
    """A table of the fields of a dataclass, a named tuple or a typed dictionary, and their types."""
    annotations = inspect.get_annotations(cls)
    rows = [(code(name), code(_plain(_type(kind)).replace(" | ", " or "))) for name, kind in annotations.items()]
    return table(("field", "type"), rows) if rows else ""


def _type(kind: object) -> str:
    return str(getattr(kind, "__forward_arg__", kind))
