"""Constructors of the code under test that open a client of another service, and the modules that use them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from codemods.context import Initializer
from codemods.python.names import walk
from isolator.init.code import Code, Definitions, calls, is_class_method, methods_of
from isolator.init.files import Files
from isolator.init.found import Noted
from isolator.init.reaching import importing

# What opens a connection when it is called, or as soon as it is used; by the modules that define it.
_CLIENTS = {
    "socket": r"create_connection|socket\(\)\.connect",
    "http.client": r"HTTPS?Connection",
    "urllib.request": r"urlopen|urlretrieve",
    "smtplib": r"SMTP(_SSL)?",
    "ftplib": r"FTP(_TLS)?",
    "requests": r"get|post|put|patch|delete|head|request|[sS]ession",
    "httpx": r"get|post|put|patch|delete|head|request|stream|(Async)?Client",
    "aiohttp": r"ClientSession",
    "urllib3": r"PoolManager|HTTPS?ConnectionPool",
    "websockets": r"connect|(client|sync\.client)\.connect",
    "websocket": r"create_connection|WebSocketApp",
    "redis": r"((asyncio|cluster)\.)*(Strict)?Redis(Cluster)?(\.from_url)?|((asyncio)\.)?from_url",
    "boto3": r"client|resource|[sS]ession(\.Session)?(\(\)\.(client|resource))?",
    "psycopg": r"connect|(Async)?Connection\.connect",
    "psycopg2": r"connect|pool\.\w*ConnectionPool",
    "asyncpg": r"connect|create_pool",
    "pymysql": r"connect",
    "MySQLdb": r"connect",
    "pymongo": r"(Async)?MongoClient",
    "motor": r"motor_asyncio\.\w+Client",
    "sqlalchemy": r"create_engine|ext\.asyncio\.create_async_engine",
    "elasticsearch": r"(Async)?Elasticsearch",
    "opensearchpy": r"(Async)?OpenSearch",
    "kafka": r"Kafka(Producer|Consumer|AdminClient)",
    "confluent_kafka": r"Producer|Consumer",
    "pika": r"BlockingConnection|SelectConnection",
    "grpc": r"(aio\.)?(in)?secure_channel",
    "openai": r"(Async)?(Azure)?OpenAI",
    "anthropic": r"(Async)?Anthropic\w*",
    "google.cloud": r"\w+\.\w*Client",
    "slack_sdk": r"WebClient|web\.async_client\.AsyncWebClient",
    "docker": r"from_env|DockerClient",
    "paramiko": r"SSHClient|Transport",
    "ldap3": r"Connection",
}
_CLIENT = re.compile("|".join(rf"{re.escape(module)}\.({names})" for module, names in _CLIENTS.items()))
_MAY_OPEN = re.compile(
    rb"\b(?:" + "|".join(map(re.escape, _CLIENTS)).replace(r"google\.cloud", "google").encode() + rb")\b"
)
_MAY_MAKE = re.compile(rb"\b__(?:init|new|post_init)__\b")


@dataclass(frozen=True)
class _Opened:
    """What a function or class calls: the client's dotted name, and where."""

    call: str
    line: int
    file: str


def initializers(files: Files) -> list[Noted[Initializer]]:
    """For each class of the code under test that opens a client when it is made, and is made by a module that tests
    import: its factory or its ``__init__``, as a suggestion. Whether a test wants the client is for its owner to say.
    """
    codes = [
        Code(files.modules[name], source, files.context) for name, source in files.mentioning(_MAY_OPEN, files.modules)
    ]
    functions = {name: opened for code in codes for name, opened in _opening_functions(code)}
    found: list[Noted[Initializer]] = []
    for code in _makers(codes, functions, files):
        for name, cls in code.classes.items():
            opened = _opened_by_class(code, cls, functions)
            if opened is not None:
                found += _suggested(code, name, cls, opened, files)
    return sorted(found, key=lambda each: each.value.target)


def _opening_functions(code: Code) -> Iterator[tuple[str, _Opened]]:
    for name, function in code.functions.items():
        opened = _opened_in(function, code)
        if opened is not None:
            yield f"{code.module.name}.{name}", opened


def _opened_in(node: ast.AST, code: Code) -> _Opened | None:
    """The first call in a function that opens a client."""
    names = code.names_in(node)
    for call in calls(node):
        dotted = names.dotted(call.func)
        if dotted is not None and _CLIENT.fullmatch(dotted):
            return _Opened(dotted.replace("()", ""), call.lineno, code.module.file)
    return None


def _makers(codes: list[Code], functions: Mapping[str, _Opened], files: Files) -> Iterator[Code]:
    """The modules with clients, and those that call a function which opens one."""
    yield from codes
    seen = {code.module.file for code in codes}
    if not functions:
        return
    parts = [name.split(".") for name in functions]
    imports = re.compile(rb"\b(" + "|".join(sorted({re.escape(p[-2]) for p in parts})).encode() + rb")\b")
    speaks_of = re.compile(rb"\b(" + "|".join(sorted({re.escape(p[-1]) for p in parts})).encode() + rb")[ \t]*\(")
    others = [n for n in files.modules if n not in seen and imports.search(d := files.data[n]) and speaks_of.search(d)]
    for name, source in files.mentioning(_MAY_MAKE, others):
        yield Code(files.modules[name], source, files.context)


def _opened_by_class(code: Code, cls: ast.ClassDef, functions: Mapping[str, _Opened]) -> _Opened | None:
    """What making an object of the class opens: there and then, or in a function that is called."""
    definitions = Definitions(code.context, frozenset(functions))
    for node in code.made_by(cls):
        opened = _opened_in(node, code)
        if opened is not None:
            return opened
        names = code.names_in(node)
        for call in calls(node):
            name = definitions.find(names.dotted(call.func))
            if name is not None and name in functions:
                return functions[name]
    return None


def _suggested(code: Code, name: str, cls: ast.ClassDef, opened: _Opened, files: Files) -> Iterator[Noted[Initializer]]:
    library = opened.call.partition(".")[0]
    users = {user: tests for user in _users(code, name, files) if (tests := _tests_importing(user, library, files))}
    if not users:
        return
    factory = _factory(cls, files)
    target = f"{code.module.name}.{name}.{factory or '__init__'}"
    tests = list(dict.fromkeys(test for reached in users.values() for test in reached))
    more = f" and {len(tests) - 1} more" if len(tests) > 1 else ""
    why = f"{opened.file}:{opened.line}: {opened.call}; reached by {tests[0]}{more}"
    yield Noted(Initializer(target, None if factory else "None", imports=tuple(users)), why, certain=False)


def _factory(cls: ast.ClassDef, files: Files) -> str | None:
    """The class method that makes the object, if other code gets it from there."""
    for name, method in methods_of(cls).items():
        if is_class_method(method):
            makes = any(isinstance(c.func, ast.Name) and c.func.id in ("cls", cls.name) for c in calls(method))
            used = re.compile(rf"\b{cls.name}\.{name}\b".encode())
            if makes and any(used.search(files.data[file]) for file in files.modules):
                return name
    return None


def _users(code: Code, name: str, files: Files) -> Iterator[str]:
    """The other modules of the code under test that import the class and call it, or a method of it."""
    full = f"{code.module.name}.{name}"
    definitions = Definitions(code.context, frozenset({full}))
    others = [file for file in files.modules if file != code.module.file]
    for file, source in files.mentioning(re.compile(rf"\b{name}\b[\w.]*\(".encode()), others):
        user = Code(files.modules[file], source, files.context)
        tops = {node for node in walk(source.tree) if isinstance(node, ast.Call)}
        if any(_is_of(user.names.dotted(call.func), full, definitions) for call in tops):
            yield user.module.name


def _is_of(dotted: str | None, full: str, definitions: Definitions) -> bool:
    if dotted is None:
        return False
    return full in (definitions.find(dotted), definitions.find(dotted.rpartition(".")[0]))


def _tests_importing(module: str, library: str, files: Files) -> list[str]:
    """The test files that import a module, or something of it, and do not patch anything of the library."""
    patches = re.compile(rf"patch[^\n]*\b{library}\b".encode())
    return [file for file in importing(module, files.tests, files) if not patches.search(files.data[file])]
