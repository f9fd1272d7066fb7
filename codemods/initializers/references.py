"""References of their own that modules hold to what another module defines: patching the definition passes them by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from codemods.initializers.import_statements import Import
from codemods.initializers.modules import Module
from codemods.initializers.scopes import scope_of
from codemods.initializers.target import Missing, SourceTree, defined


class References:
    """The modules that a test file imports at once, and what they took from others by name."""

    def __init__(self, tree: SourceTree, imports: Sequence[Import]) -> None:
        self._tree = tree
        self._imports = imports

    def bypassing(self, target: str) -> list[str]:
        """The dotted references to a target which a patch of it does not reach; none unless it is in a module."""
        owner, _, name = target.rpartition(".")
        module = self._owner(owner)
        if module is None or name not in scope_of(module).bindings or self._looked_up(module, name):
            return []
        users = [m for m in self._modules if m.name != module.name]
        return [f"{user.name}.{alias}" for user in users for alias in self._aliases(user, module, name)]

    def _owner(self, name: str) -> Module | None:
        found = self._tree.resolve(name)
        things = [] if isinstance(found, Missing) else found
        return things[0] if len(things) == 1 and isinstance(things[0], Module) else None

    @cached_property
    def _modules(self) -> list[Module]:
        """The modules that the test file imports, and those that define what it imports from them."""
        found: dict[str, Module] = {}
        for imported in self._imports:
            things = self._tree.resolve(f"{imported.module}.{imported.name}" if imported.name else imported.module)
            names = [imported.module]
            for thing in () if isinstance(things, Missing) else filter(defined, things):
                names.append(thing.name if isinstance(thing, Module) else thing.name.rpartition(".")[0])
            for module in map(self._tree.module, names):
                if module is not None:
                    found[module.name] = module
        return list(found.values())

    def _aliases(self, user: Module, module: Module, name: str) -> Iterator[str]:
        """The names under which a module took the definition at its top level and uses it."""
        scope = scope_of(user)
        for alias, bindings in scope.bindings.items():
            if alias in scope.used and any(isinstance(b, Import) and self._leads(b, module, name) for b in bindings):
                yield alias

    def _leads(self, binding: Import, module: Module, name: str) -> bool:
        """Whether an import takes the name from the module, directly or through others that re-export it."""
        seen: set[Import] = set()
        todo = [binding]
        while todo:
            step = todo.pop()
            if step.name is None or step in seen:
                continue
            if (step.module, step.name) == (module.name, name):
                return True
            seen.add(step)
            through = self._tree.module(step.module)
            if through is not None:
                todo += [b for b in scope_of(through).bindings.get(step.name, ()) if isinstance(b, Import)]
        return False

    def _looked_up(self, module: Module, name: str) -> bool:
        """Whether a patch in the defining module may well be meant for a look-up there, at the time of a call.

        That is by its own functions, if the test or what it imports takes something else from the module too, or by a
        module that the test imports: ``agent.get_client()``, or an import in a function.
        """
        if any(self._asks(user, module, name) for user in self._modules):
            return True
        if name not in scope_of(module).used:
            return False
        bindings = (b for user in self._modules for bs in scope_of(user).bindings.values() for b in bs)
        taken = [b for b in bindings if isinstance(b, Import)]
        return any(_takes_other(imported, module, name) for imported in (*self._imports, *taken))

    def _asks(self, user: Module, module: Module, name: str) -> bool:
        scope = scope_of(user)
        if any(self._leads(imported, module, name) for imported in scope.lazy):
            return True
        aliases = {module.name} | {
            alias
            for alias, bindings in scope.bindings.items()
            if any(isinstance(b, Import) and _is(b, module) for b in bindings)
        }
        return any(f"{alias}.{name}" in scope.read for alias in aliases)


def _is(imported: Import, module: Module) -> bool:
    parent, _, last = module.name.rpartition(".")
    return imported in (Import(module.name, None), Import(parent, last))


def _takes_other(imported: Import, module: Module, name: str) -> bool:
    return _is(imported, module) or (imported.module == module.name and imported.name not in (None, name))
