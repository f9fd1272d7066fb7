"""What a reference leads to: followed through imports, classes and their bases, where the
text shows them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from codemods.reach.files import Files
from codemods.reach.modules import (
    CALL,
    ENTER,
    OUTSIDE,
    RELOAD,
    SELF,
    SUPER,
    UNKNOWN,
    Class,
    Definition,
    Folder,
    Function,
    Module,
    NamesAt,
    Reference,
    module_of,
)

# What these give back may be anything that they were given.
_GIVE_BACK = frozenset(
    {"asyncio", "collections", "concurrent", "contextlib", "copy", "functools", "importlib"}
) | {*("itertools", "operator", "pickle", "queue", "typing", "weakref")}
_PLAIN = frozenset(
    {"object", "ABC", "Generic", "Protocol", "NamedTuple", "Enum", "Exception", "TypedDict"}
)
_HOOKS = ("validator", "model_post_init", "__attrs_post_init__")
_DEEP = 40  # steps from one name to the next


@dataclass(frozen=True)
class Package:
    """A package without a file of its own: names below some folders."""

    names: tuple[str, ...]
    folders: tuple[str, ...]


@dataclass(frozen=True)
class Instance:
    """An instance of a class; ``exact`` unless it may be one of a subclass."""

    cls: Class
    exact: bool


@dataclass(frozen=True)
class Super:
    """The bases of a class, as ``super()`` has them."""

    cls: Class


Thing = Module | Package | Class | Instance | Super | Function | str


@dataclass
class Found:
    """What a reference may run.

    ``names`` are called on something unknown, ``read`` are attributes of something unknown,
    ``overriding`` methods that a subclass may have in the place of its own.
    """

    functions: dict[Function, None] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    read: set[str] = field(default_factory=set)
    overriding: set[tuple[Class, str]] = field(default_factory=set)


class Project:
    """The modules of a source tree, parsed when they are asked for.

    ``folders`` are where top-level modules are looked up. One that is made from another shares
    its modules.
    """

    def __init__(self, files: Files, root: str) -> None:
        self.files, self.root = files, root
        self.folders = files.roots
        self.modules: dict[str, Module | None] = {}
        self.given: dict[str, Module] = {}
        self.related: dict[Class, list[Class | str]] = {}

    def seen_from(self, modules: list[Module]) -> Project:
        """The same as some files see it that were given as texts: top-level modules stand beside
        them, too.
        """
        seen = Project(self.files, self.root)
        seen.related = self.related
        seen.modules, seen.given = self.modules, {module.path: module for module in modules}
        seen.folders = (*self.folders, *dict.fromkeys(module.folder for module in modules))
        return seen

    def module(self, path: str, data: bytes | None = None) -> Module | None:
        """The module of a file of the tree."""
        if path in self.given:
            return self.given[path]
        if path not in self.modules:
            file = self.files.by_path[path]
            shown = path.removeprefix(f"{self.root}/")
            self.modules[path] = module_of(
                file.read() if data is None else data, path, shown, file.shared
            )
        return self.modules[path]

    def find(self, reference: Reference, found: Found) -> None:
        """Add what a reference may run to what was found."""
        _Walk(self, found).along(reference)

    def bases(self, cls: Class) -> list[Thing]:
        """What the bases of a class are."""
        walk = _Walk(self, Found())
        return [thing for base in cls.bases for thing in walk.along(base)]

    def is_below(self, cls: Class, base: Class) -> bool:
        """Whether a class is, by its bases, a subclass of another one."""
        todo, seen = [cls], {cls}
        for each in todo:
            for above in self.bases(each):
                if above is base:
                    return True
                if isinstance(above, Class) and above not in seen:
                    seen.add(above)
                    todo.append(above)
        return False


class _Walk:
    def __init__(self, project: Project, found: Found) -> None:
        self.project, self.found = project, found
        self.steps = 0

    def along(self, reference: Reference) -> list[Thing]:
        """What stands at the end of a reference; what runs on the way is found."""
        self.steps += 1
        if self.steps > _DEEP:
            return [UNKNOWN]
        first, *rest = reference
        things = [self._first(first)]
        for index, part in enumerate(rest):
            assert isinstance(part, str)
            following = rest[index + 1] if index + 1 < len(rest) else None
            called = following == CALL
            things = list(
                dict.fromkeys(t for thing in things for t in self._step(thing, part, called))
            )
        if not rest or rest[-1] not in (CALL, ENTER, RELOAD):
            for thing in things:
                self._taken(thing)
        return things

    def _first(self, first: str | Module | Class | Folder) -> Thing:
        if isinstance(first, Folder):
            return self._at((), (first.path,)) or Package((), (first.path,))
        if not isinstance(first, str) or first in (UNKNOWN, OUTSIDE):
            return first
        return self._at((first,), self.project.folders) or (
            UNKNOWN if first in _GIVE_BACK else OUTSIDE
        )

    def _at(self, names: tuple[str, ...], folders: tuple[str, ...]) -> Module | Package | None:
        """A module or package by its names below some folders."""
        if not names:
            file = self.project.files.by_path.get(f"{folders[0]}/__init__.py")
        else:
            file = self.project.files.module(names, folders)
        if file is not None:
            module = self.project.module(file.path)
            return module if module is not None else Package((), ())
        return (
            Package(names, folders) if names and self.project.files.folder(names, folders) else None
        )

    def _step(self, thing: Thing, part: str, called: bool) -> Iterator[Thing]:
        if isinstance(thing, str):
            yield self._nowhere(thing, part, called)
        elif isinstance(thing, Package):
            yield (
                self._at((*thing.names, part), thing.folders) or OUTSIDE
                if thing.folders
                else UNKNOWN
            )
        elif isinstance(thing, Module):
            yield from self._of_module(thing, part)
        elif isinstance(thing, Function):
            yield from self._of_function(thing, part)
        elif isinstance(thing, Instance):
            yield from self._of_instance(thing, part, called)
        elif isinstance(thing, Super):
            yield from self._member(thing.cls, part, called, own=False)
        elif part == CALL:
            self._constructed(thing)
            yield Instance(thing, exact=True)
        elif part in (SELF, SUPER):
            yield Instance(thing, exact=False) if part == SELF else Super(thing)
        else:
            yield from self._member(thing, part, called)

    def _nowhere(self, thing: str, part: str, called: bool) -> str:
        if thing == UNKNOWN and part not in (CALL, ENTER, RELOAD, "[]"):
            (self.found.names if called else self.found.read).add(part)
        return thing

    def _of_module(self, module: Module, name: str) -> Iterator[Thing]:
        if name == RELOAD:
            self.found.functions[module.imports] = None
        if name in (CALL, ENTER, RELOAD):
            return
        bound = module.names.get(name, [])
        for definition in bound:
            yield from self._defined(definition)
        inner = self._at((name,), (module.folder,)) if module.is_package else None
        if inner is not None and inner is not module:
            yield inner
        elif not bound:
            stars = [t for star in module.stars for t in self.along(star)]
            named = [
                t
                for s in stars
                if isinstance(s, Module) and s is not module
                for t in self._starred(s, name)
            ]
            yield from named or [UNKNOWN]

    def _starred(self, module: Module, name: str) -> list[Thing]:
        self.steps += 1
        known = name in module.names or module.stars
        return (
            [t for t in self._of_module(module, name) if t != UNKNOWN]
            if known and self.steps < _DEEP
            else []
        )

    def _defined(self, definition: Definition) -> Iterator[Thing]:
        if isinstance(definition, tuple):
            yield from self._quietly(definition)
        else:
            yield definition

    def _quietly(self, reference: Reference) -> list[Thing]:
        """What a variable, or an attribute, stands for: it was made elsewhere, so that nothing
        runs here.
        """
        walk = _Walk(self.project, Found())
        walk.steps = self.steps + 1
        return walk.along(reference)

    def _of_function(self, function: Function, part: str) -> Iterator[Thing]:
        if part != CALL:
            if function.is_property:
                self.found.functions[function] = None
            yield UNKNOWN if function.is_property else OUTSIDE
            return
        self.found.functions[function] = None
        returns = function.node.returns
        known = None if returns is None else NamesAt(function.module)._annotated(returns)
        yield from [UNKNOWN] if known is None else self._quietly(known)

    def _of_instance(self, instance: Instance, part: str, called: bool) -> Iterator[Thing]:
        if part in (CALL, ENTER):
            names = (
                ("__call__",)
                if part == CALL
                else ("__enter__", "__exit__", "__aenter__", "__aexit__")
            )
            for name in names:
                for member in self._member(instance.cls, name, True):
                    if isinstance(member, Function):
                        self.found.functions[member] = None
            yield UNKNOWN if part == CALL else OUTSIDE
            return
        if not instance.exact:
            self.found.overriding.add((instance.cls, part))
        for thing in self._member(instance.cls, part, called):
            if isinstance(thing, Function) and thing.is_property:
                self.found.functions[thing] = None
                yield UNKNOWN
            else:
                yield thing

    def _member(self, cls: Class, name: str, called: bool, *, own: bool = True) -> Iterator[Thing]:
        """What an attribute of a class, or of an instance of it, is; bases are looked at in the
        order of the text.
        """
        related = self._with_bases(cls)[0 if own else 1 :]
        for each in related:
            if isinstance(each, Class) and name in each.members:
                for definition in each.members[name]:
                    yield from self._defined(definition)
                return
        for each in related:
            if isinstance(each, Class) and name in each.attributes:
                for reference in each.attributes[name]:
                    yield from self._quietly(reference)
                return
        if OUTSIDE not in related or name.startswith("__"):
            yield self._nowhere(OUTSIDE if name.startswith("__") else UNKNOWN, name, called)
            return
        if called:  # a method from elsewhere may call any of the class's own
            self.found.functions.update(dict.fromkeys(cls.methods()))
        yield OUTSIDE

    def _with_bases(self, cls: Class) -> list[Class | str]:
        """A class and its bases, the nearest first; OUTSIDE for one that is not of the source
        tree.
        """
        if cls in self.project.related:
            return self.project.related[cls]
        found: list[Class | str] = [cls]
        for each in found:
            if isinstance(each, Class):
                for base in each.bases:
                    if base[-1] in _PLAIN:
                        continue
                    for thing in self._quietly(base):
                        above = thing if isinstance(thing, Class) else OUTSIDE
                        if above not in found:
                            found.append(above)
        self.project.related[cls] = found
        return found

    def _constructed(self, cls: Class) -> None:
        """What making an instance runs, and what its operators may run later."""
        related = self._with_bases(cls)
        for each in related:
            for method in each.methods() if isinstance(each, Class) else ():
                name = method.name.rpartition(".")[2]
                entered = name in ("__enter__", "__exit__", "__aenter__", "__aexit__")
                hook = OUTSIDE in related and any(
                    h in f"{name} {_decorators(method)}" for h in _HOOKS
                )
                if (name[:2] == "__" == name[-2:] and not entered) or hook:
                    self.found.functions[method] = None

    def _taken(self, thing: Thing) -> None:
        """Something is passed on, and may be called by whoever gets it."""
        if isinstance(thing, Function):
            self.found.functions[thing] = None
        elif isinstance(thing, Class):
            self._constructed(thing)


def _decorators(function: Function) -> str:
    from ast import unparse

    return " ".join(unparse(decorator) for decorator in function.node.decorator_list)
