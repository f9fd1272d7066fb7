"""The rules that fix, as LibCST commands.

    python -m libcst.tool codemod -x codemods.libcst_commands.EnvironWriteCommand --no-format tests/

A command does what ``isolator fix --write --select CODE`` does, except what belongs to
isolator: the settings of the project, the guard and the atomic writing. Findings that are left
become warnings.
"""

from __future__ import annotations

from abc import ABC
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from keyword import iskeyword
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import libcst as cst
from libcst.codemod import CodemodCommand, CodemodContext, SkipFile

from codemods.conftest.template import conftest_path
from codemods.context import Context, Fixture, Initializer, Precondition
from codemods.edit.statements import NotLosslessError
from codemods.python.expressions import is_expression
from codemods.python.source import Source
from codemods.registry import all_rules, codemods_for, own_codemods
from codemods.restorable import is_file, is_restorable
from codemods.rule import Match, chosen
from codemods.suite.conftests import read_conftests


class RuleCommand(CodemodCommand, ABC):
    """One rule's safe fixes; a subclass says which rule, and what else the context must hold.

    A file that does not parse, or that LibCST does not print as it stands, is skipped.
    """

    CODE: ClassVar[str]

    def __init_subclass__(cls) -> None:
        cls.DESCRIPTION = next(rule.summary for rule in all_rules() if rule.code == cls.CODE)

    def __init__(self, context: CodemodContext, **arguments: object) -> None:
        super().__init__(context)
        root = (
            context.metadata_manager.root_path if context.metadata_manager is not None else Path()
        )
        self._root = root.absolute()
        file = self._root / (context.filename or "test_source.py")
        self._file = file if context.filename is not None else None
        below = file.is_relative_to(self._root)
        self._path = (file.relative_to(self._root) if below else file).as_posix()
        folders = [parent for parent in reversed(file.parents) if parent.is_relative_to(self._root)]
        known = Context(
            root=self._root,
            source_roots=tuple(filter(Path.is_dir, (self._root / "src", self._root))),
            conftests=tuple(read_conftests(folders or [file.parent])),
        )
        self._context = self.told(known, self._path, **arguments)

    def told(self, context: Context, path: str, **_: object) -> Context:
        """The context, with what the arguments of the command line say. ``path`` is that of the
        file.
        """
        del path
        return context

    def transform_module_impl(self, tree: cst.Module) -> cst.Module:
        """The module with every safe fix of the rule; raises SkipFile."""
        self._skip_unfaithful(tree)
        source = Source(tree.code, self._path)
        codemod = next(
            c for c in codemods_for(self._context) if self.CODE in {rule.code for rule in c.rules}
        )
        if codemod.apply is None or not codemod.may_apply(tree.bytes, self._path, self._context):
            return tree
        self._skip_unparsable(source)
        found = chosen(codemod.find(source, self._context), source, self.CODE.__eq__)
        safe = [match for match in found if match.finding.fix == "safe"]
        self._warn_of([match for match in found if match.finding.fix != "safe"])
        if not safe:
            return tree
        try:
            return _parsed(codemod.apply(source, self._context, safe), tree)
        except NotLosslessError:
            self._warn_of(safe)
            return tree

    def _skip_unfaithful(self, tree: cst.Module) -> None:
        """LibCST's runner writes whatever differs from the file, also if nothing was
        transformed.
        """
        data = (
            self._file.read_bytes()
            if self._file is not None and self._file.is_file()
            else tree.bytes
        )
        # Another codemod may have transformed the tree before.
        if data != tree.bytes and cst.parse_module(data).bytes != data:
            raise SkipFile("LibCST does not reproduce this file exactly")

    def _skip_unparsable(self, source: Source) -> None:
        try:
            _ = source.tree
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise SkipFile(f"this Python does not parse it: {error}") from error

    def _warn_of(self, matches: Sequence[Match]) -> None:
        for finding in (match.finding for match in matches):
            reason = f" [{finding.refusal}]" if finding.refusal else ""
            self.warn(f"{self._path}:{finding.span.line}: {finding.code} {finding.message}{reason}")


def _parsed(text: str, tree: cst.Module) -> cst.Module:
    """The module of a text, in the encoding of another; raises SkipFile if LibCST would print
    something else.
    """
    module = cst.parse_module(text, tree.config_for_parsing)
    if module.code != text:
        raise SkipFile("LibCST does not reproduce the rewritten file exactly")
    return module


class EnvironPreconditionCommand(RuleCommand):
    CODE = "ISO104"

    @staticmethod
    def add_args(arg_parser: ArgumentParser) -> None:
        _several(
            arg_parser, "--unset", "NAME", "A variable that the tests need unset.", required=True
        )
        _several(
            arg_parser,
            "--test",
            "NODE_ID",
            "A test that needs it; without, all tests of the files.",
        )

    def told(self, context: Context, path: str, **arguments: object) -> Context:
        tests = _texts(arguments["test"]) or (path,)
        return replace(context, preconditions=(Precondition(_texts(arguments["unset"]), tests),))


class ExternalInitializerCommand(RuleCommand):
    CODE = "ISO201"

    @staticmethod
    def add_args(arg_parser: ArgumentParser) -> None:
        arg_parser.add_argument(
            "--target",
            metavar="DOTTED",
            type=_dotted,
            required=True,
            help="The initializer, with its module.",
        )
        arg_parser.add_argument(
            "--returns", metavar="EXPRESSION", type=_expression, help="What the mock returns."
        )
        arg_parser.add_argument(
            "--argument", metavar="NAME", type=_identifier, help="The name of the parameter."
        )
        _several(
            arg_parser,
            "--test",
            "TEST",
            "Files, globs or node ids; without, all tests of the files.",
        )
        _several(arg_parser, "--imports", "MODULE", "All tests of the files that import it.")

    def told(self, context: Context, path: str, **arguments: object) -> Context:
        tests, imports = _texts(arguments["test"]), _texts(arguments["imports"])
        initializer = Initializer(
            target=str(arguments["target"]),
            returns=_text(arguments["returns"]),
            argument=_text(arguments["argument"]),
            tests=tests if tests or imports else (path,),
            imports=imports,
        )
        return replace(context, initializers=(initializer,))


class IsolationFixtureCommand(RuleCommand):
    CODE = "ISO301"

    @staticmethod
    def add_args(arg_parser: ArgumentParser) -> None:
        _several(
            arg_parser,
            "--variable",
            "NAME",
            "A variable to restore after each test.",
            required=True,
        )
        _conftest(arg_parser)
        arg_parser.add_argument(
            "--template", metavar="NAME", default=Fixture("").template, help="Its template."
        )

    def told(self, context: Context, path: str, **arguments: object) -> Context:
        del path
        conftest = _text(arguments["conftest"]) or conftest_path(context)
        fixture = Fixture(conftest, template=str(arguments["template"]))
        return replace(context, critical_env=_texts(arguments["variable"]), fixture=fixture)


class CachedConfigurationCommand(RuleCommand):
    CODE = "ISO302"

    @staticmethod
    def add_args(arg_parser: ArgumentParser) -> None:
        _several(
            arg_parser,
            "--object",
            "DOTTED",
            "A cache that is filled from the environment.",
            required=True,
            kind=_dotted,
        )
        _conftest(arg_parser)

    def told(self, context: Context, path: str, **arguments: object) -> Context:
        del path
        return replace(
            context, caches=_texts(arguments["object"]), conftest=_text(arguments["conftest"])
        )


class LeakedStateCommand(RuleCommand):
    CODE = "ISO303"

    @staticmethod
    def add_args(arg_parser: ArgumentParser) -> None:
        _several(
            arg_parser,
            "--state",
            "PATH",
            "State to restore after each test.",
            required=True,
            kind=_state,
        )
        _conftest(arg_parser)

    def told(self, context: Context, path: str, **arguments: object) -> Context:
        del path
        return replace(
            context, leaked=_texts(arguments["state"]), conftest=_text(arguments["conftest"])
        )


class SharedTestObjectCommand(RuleCommand):
    CODE = "ISO408"

    @staticmethod
    def add_args(arg_parser: ArgumentParser) -> None:
        about = "State of an object that tests share, tests/test_a.py::TestIt.graph."
        _several(arg_parser, "--state", "PATH", about, required=True, kind=_state)

    def told(self, context: Context, path: str, **arguments: object) -> Context:
        del path
        return replace(context, leaked=_texts(arguments["state"]))


class SharedFileCommand(RuleCommand):
    CODE = "ISO409"

    @staticmethod
    def add_args(arg_parser: ArgumentParser) -> None:
        about = "A file that tests share: ./data/out.csv."
        _several(arg_parser, "--file", "PATH", about, required=True, kind=_file)

    def told(self, context: Context, path: str, **arguments: object) -> Context:
        del path
        return replace(context, leaked=_texts(arguments["file"]))


def _conftest(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--conftest",
        metavar="PATH",
        help="Where the fixture goes; by default tests/conftest.py.",
    )


def _several(
    parser: ArgumentParser,
    name: str,
    metavar: str,
    about: str,
    required: bool = False,
    kind: Callable[[str], str] = str,
) -> None:
    about += " May be given several times."
    parser.add_argument(
        name, metavar=metavar, action="append", default=[], required=required, type=kind, help=about
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _texts(values: object) -> tuple[str, ...]:
    return tuple(values) if isinstance(values, list) else ()


def _identifier(text: str) -> str:
    if not text.isidentifier() or iskeyword(text):
        raise ArgumentTypeError(f"{text!r} is not a valid Python identifier")
    return text


def _dotted(text: str) -> str:
    if "." not in text:
        raise ArgumentTypeError(
            f"{text!r} is not a dotted name, such as package.module.Class.method"
        )
    return ".".join(map(_identifier, text.split(".")))


def _state(text: str) -> str:
    if not is_restorable(text):
        raise ArgumentTypeError(f"{text!r} is not state that a fixture can restore")
    return text


def _file(text: str) -> str:
    if not is_file(text):
        raise ArgumentTypeError(f"{text!r} is not a path: it must begin with ./, ~/ or /")
    return text


def _expression(text: str) -> str:
    if not is_expression(text):
        raise ArgumentTypeError(f"{text!r} is not a valid Python expression")
    return text


def _others() -> Iterator[type[RuleCommand]]:
    """A command for each rule that fixes, and has none above: EnvironWriteCommand is that of
    ``environ-write``. What a test needs of others no command line says: it is found by experiment.
    """
    told = {"ISO304", *(command.CODE for command in RuleCommand.__subclasses__())}
    fixing = (
        rule for codemod in own_codemods() if codemod.apply is not None for rule in codemod.rules
    )
    for rule in (rule for rule in fixing if rule.code not in told):
        name = "".join(word.capitalize() for word in rule.name.split("-")) + "Command"
        yield type(name, (RuleCommand,), {"CODE": rule.code, "__module__": __name__})


if TYPE_CHECKING:

    def __getattr__(name: str) -> type[RuleCommand]: ...


globals().update({command.__name__: command for command in _others()})
