"""References of their own that modules hold to what another module defines: patching the
definition passes them by.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from codemods.initializers.source_tree.import_statements import Import
from codemods.initializers.source_tree.modules import Module
from codemods.initializers.source_tree.target import Missing, SourceTree, defined

# A module and a name in it.
_Definition = tuple[str, str]


class References:
    """The modules that a test file imports at once, and what they took from others by name."""

    def __init__(self, tree: SourceTree, imports: Sequence[Import]) -> None:
        self._tree = tree
        self._imports = imports
        self._known_origins: dict[Import, frozenset[_Definition]] = {}

    def bypassing(self, target: str) -> list[str]:
        """The dotted references to a target which a patch of it does not reach; none unless it
        is in a module.
        """
        owner, _, name = target.rpartition(".")
        module = self._owner(owner)
        if (
            module is None
            or name not in self._tree.scope(module).bindings
            or self._looked_up(module, name)
        ):
            return []
        return [
            f"{user}.{alias}"
            for user, alias in self._taken.get((module.name, name), ())
            if user != module.name
        ]

    def _owner(self, name: str) -> Module | None:
        found = self._tree.resolve(name)
        things = [] if isinstance(found, Missing) else found
        return things[0] if len(things) == 1 and isinstance(things[0], Module) else None

    @cached_property
    def _modules(self) -> list[Module]:
        """The modules that the test file imports, and those that define what it imports from
        them.
        """
        found: dict[str, Module] = {}
        for imported in self._imports:
            things = self._tree.resolve(
                f"{imported.module}.{imported.name}" if imported.name else imported.module
            )
            names = [imported.module]
            for thing in () if isinstance(things, Missing) else filter(defined, things):
                names.append(
                    thing.name if isinstance(thing, Module) else thing.name.rpartition(".")[0]
                )
            for module in map(self._tree.module, names):
                if module is not None:
                    found[module.name] = module
        return list(found.values())

    @cached_property
    def _taken(self) -> Mapping[_Definition, list[tuple[str, str]]]:
        """Who took a definition at its top level and uses it, by any way: the module and the
        name it has there.
        """
        found: dict[_Definition, list[tuple[str, str]]] = {}
        for user in self._modules:
            scope = self._tree.scope(user)
            for alias in (name for name in scope.bindings if name in scope.used):
                imports = (b for b in scope.bindings[alias] if isinstance(b, Import))
                for definition in {each for binding in imports for each in self._origins(binding)}:
                    found.setdefault(definition, []).append((user.name, alias))
        return found

    @cached_property
    def _lazy(self) -> frozenset[_Definition]:
        """The definitions that the modules import in a function: they are looked up at the time
        of a call.
        """
        lazy = (imported for user in self._modules for imported in self._tree.scope(user).lazy)
        return frozenset(each for imported in lazy for each in self._origins(imported))

    @cached_property
    def _read(self) -> frozenset[_Definition]:
        """The attributes of modules that the modules read: a module's dotted name, or what it
        was called there.
        """
        found: set[_Definition] = set()
        for user in self._modules:
            scope = self._tree.scope(user)
            for owner, _, name in (read.rpartition(".") for read in scope.read):
                found.add((owner, name))
                bindings = scope.bindings.get(owner, ())
                found.update((_as_module(b), name) for b in bindings if isinstance(b, Import))
        return frozenset(found)

    @cached_property
    def _names_taken(self) -> Mapping[str, frozenset[str | None]]:
        """What the test file and the modules import from each module at once; None for the
        module itself.
        """
        bound = (bs for user in self._modules for bs in self._tree.scope(user).bindings.values())
        found: dict[str, set[str | None]] = {}
        for imported in (*self._imports, *(b for bs in bound for b in bs if isinstance(b, Import))):
            if imported.name is not None:
                found.setdefault(imported.module, set()).add(imported.name)
            found.setdefault(_as_module(imported), set()).add(None)
        return {module: frozenset(names) for module, names in found.items()}

    def _origins(self, imported: Import) -> frozenset[_Definition]:
        """What an import takes a name from: a module, and those from which that one has it in
        turn.
        """
        if imported not in self._known_origins:
            seen: dict[Import, _Definition] = {}
            todo = [imported]
            while todo:
                step = todo.pop()
                if step.name is None or step in seen:
                    continue
                seen[step] = (step.module, step.name)
                through = self._tree.module(step.module)
                if through is not None:
                    bindings = self._tree.scope(through).bindings.get(step.name, ())
                    todo += [b for b in bindings if isinstance(b, Import)]
            self._known_origins[imported] = frozenset(seen.values())
        return self._known_origins[imported]

    def _looked_up(self, module: Module, name: str) -> bool:
        """Whether a patch in the defining module may well be meant for a look-up there, at the time
        of a call.

        That is by its own functions, if the test or what it imports takes something else from
        the module too, or by a module that the test imports: ``agent.get_client()``, or an
        import in a function.
        """
        if (module.name, name) in self._lazy or (module.name, name) in self._read:
            return True
        if name not in self._tree.scope(module).used:
            return False
        return bool(self._names_taken.get(module.name, frozenset()) - {name})


def _as_module(imported: Import) -> str:
    """The module that an import may bind: ``from core import agent`` takes ``core.agent``, if
    that is a module.
    """
    return (
        imported.module
        if imported.name is None
        else f"{imported.module}.{imported.name}".lstrip(".")
    )
