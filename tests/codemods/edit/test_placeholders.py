"""Code beside a change of the environment: what LibCST does not see comes out as if it had."""

from __future__ import annotations

import textwrap

import pytest

from codemods.context import Context
from codemods.edit import placeholders
from isolator.engine.engine import Rewrite, Selection, rewrite

HEAD = "import os\nfrom unittest.mock import patch\n\nimport pytest\n\n\n"
NUMBERS = "".join(f"    {number},  # of {number}\n" for number in range(400))
LIST = f"[\n{NUMBERS}]"
EXPRESSIONS = {
    "list": LIST,
    "one line": str(list(range(2000))),
    "dict": LIST.replace("[", "{").replace("]", "}"),
    "nested": f"[\n\n    [\n{textwrap.indent(NUMBERS, '    ')}    ],\n]",
    "strings": "(\n" + "".join(f"    'line {number}'\n" for number in range(60)) + ")",
    "text": '"""\n' + "    line\n" * 1000 + '"""',
    "calls": "[\n" + "".join(f"    dict(number={number}),\n" for number in range(400)) + "]",
    "chain": "str()" + ".strip()" * 60,
    "in a call": f"sorted({LIST}, key=lambda item: -item)",
}
TESTS = {
    "write": "def test_it():\n    os.environ['K'] = '1'\n    data = EXPRESSION\n    assert data\n",
    "block": (
        "def test_it():\n    with patch.dict(os.environ, {'K': '1'}):\n        data = EXPRESSION\n        assert data\n"
    ),
    "deeper": (
        "def test_it():\n    with patch.dict(os.environ, {'K': '1'}):\n        for _ in 'ab':\n"
        "            data = (EXPRESSION)\n            assert data if data else[0]\n"
    ),
    "decorator": (
        "@pytest.mark.parametrize('item', list(EXPRESSION))\n@patch.dict(os.environ, {'K': '1'})\n"
        "def test_it(item):\n    assert item is not None\n"
    ),
    "statement": (
        "class TestIt:\n    def test_it(self):\n        with patch.dict(os.environ, {'K': '1'}):\n"
        "            print(EXPRESSION)\n"
    ),
}


def module(test: str, expression: str) -> bytes:
    """A file with the expression in its place, indented as its line is."""
    lines = []
    for line in TESTS[test].splitlines(keepends=True):
        indentation = line[: len(line) - len(line.lstrip())]
        text = expression if '"""' in expression else expression.replace("\n", f"\n{indentation}")
        lines.append(line.replace("EXPRESSION", text))
    return (HEAD + "".join(lines)).encode()


def fixed(data: bytes) -> Rewrite:
    return rewrite(data, "test_it.py", Context(), Selection())


@pytest.mark.parametrize("expression", EXPRESSIONS)
@pytest.mark.parametrize("test", TESTS)
def test_the_result_is_that_of_the_whole_text(test: str, expression: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = module(test, EXPRESSIONS[expression])

    short = fixed(data)

    monkeypatch.setattr(placeholders, "_SHORT", len(data))
    whole = fixed(data)
    assert short == whole
    assert short.error is None
    assert len(short.fixed) == 1
    assert fixed(short.source).source == short.source


@pytest.mark.parametrize(
    "expression",
    [
        "str()" + ".strip()" * 700,
        "(str()\n" + "     .strip()\n" * 700 + ")",
        "0" + " + 1" * 900,
        "-" * 900 + "1",
        "(\n" + "    'line'\n" * 3000 + ")",
    ],
    ids=["chain", "chain of lines", "sum", "signs", "strings"],
)
@pytest.mark.parametrize("test", ["write", "block"])
def test_what_libcst_cannot_take_whole(test: str, expression: str) -> None:
    result = fixed(module(test, expression))

    assert result.error is None
    assert len(result.fixed) == 1
    assert expression.replace(" ", "").encode() in result.source.replace(b" ", b"")


def test_what_speaks_of_the_environment_or_of_a_helper_is_seen() -> None:
    values = "".join(f"        'K{number}': '1',\n" for number in range(400))
    helper = "def helper(values):\n    os.environ['H'] = str(values)\n\n\n"
    test = f"def test_it():\n    helper({{\n{values}    }})\n    assert os.environ['H']\n"
    result = fixed(f"{HEAD}{helper}{test}".encode())

    assert result.error is None
    assert b"isolator_" not in result.source


def test_a_mapping_of_thousands_of_variables_is_written_in_time() -> None:
    values = ", ".join(f"'K{number}': '1'" for number in range(2000))
    result = fixed(f"{HEAD}def test_it():\n    with patch.dict(os.environ, {{{values}}}):\n        pass\n".encode())

    assert result.error is None
    assert b"'K1999': '1'" in result.source


def test_a_signature_is_laid_out_by_its_own_length() -> None:
    signature = "def test_it(client: Union[Type[Client], Type[AsyncClient], Type[OtherClient], None]):\n"
    result = fixed(f"{HEAD}{signature}    os.environ['K'] = '1'\n    assert client\n".encode())

    assert result.error is None
    assert max(map(len, result.source.splitlines())) <= 88


STATEMENTS = {
    "plain": "one = 1\ntwo = [one,\n       2]\nprint(two)\n",
    "comments": "# above\none = 1  # beside\n\n# between\nprint(one)\n# below\n",
    "closing comment": "for one in 'ab':\n    print(one)\n    # that is all\n\n    # of it\nprint('end')\n",
    "closing comment at the end": "for one in 'ab':\n    print(one)\n\n    # that is all\n# not of it\n",
    "joined": "one = 1; two = 2\nprint(one); print(two)\n",
    "branches": "if TRUE:\n    one = 1\nelif one:\n    one = 2\nelse:\n    one = 3\nprint(one)\n",
    "on one line": "if TRUE: one = 1\nelse: one = 2\nprint(one)\n",
    "try": "try:\n    print(1)\nexcept OSError:\n    pass\nelse:\n    print(2)\nprint(3)\n",
    "nested": "@staticmethod\n# between\ndef inner(): return 1\n\n\nclass Local:\n    'Text.'\n    one = 1\nprint(2)\n",
    "text": "one = '''\n  one\ntwo\n'''\nprint(one)\n",
    "backslash": "one = 1 + \\\n    2\nprint(one)\n",
    "outdented": "one = [\n1,\n    2,\n]\nprint(one)\n",
    "passing": "pass\n",
    "long": f"one = {'1 + ' * 40}1\nprint(one, {', '.join(map(str, range(30)))})\n",
    "letters": "größe = 'Größe'; maß = größe\nprint(größe)  # ß\n",
}
AROUND = {
    "write": "def test_it():\nBODY    os.environ['K'] = '1'\nBODY",
    "block": "def test_it():\nBODY    with patch.dict(os.environ, {'K': '1'}):\n    BODYBODY",
    "block after which the environment is read": (
        "def test_it():\n    with patch.dict(os.environ, {'K': '1'}):\n    BODY    print(os.environ)\nBODY"
    ),
    "restored by hand": (
        "def test_it():\n    saved = os.environ['K']\n    try:\n    BODY        os.environ['K'] = '1'\n    BODY"
        "    finally:\n        os.environ['K'] = saved\n    print(os.environ)\n"
    ),
    "deep": (
        "class TestIt:\n    TRUE = True\n\n    def test_a(self):\n    BODY\n    def test_it(self):\n        if True:\n"
        "        BODY            os.environ['K'] = '1'\n        BODY\n    def test_last(self):\n    BODY"
    ),
}


def suite(around: str, statements: str, newline: str) -> bytes:
    """A file with the statements wherever they go."""
    text = ""
    for line in AROUND[around].replace("BODY", "BODY\n").splitlines(keepends=True):
        margin = line[: len(line) - len(line.lstrip())]
        inside = textwrap.indent(statements, f"{margin}    ")
        text += inside if line.strip() == "BODY" else line.replace("BODY\n", "")
    return f"{HEAD}TRUE = True\n\n\n{text}".replace("\n", newline).encode()


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("statements", STATEMENTS)
@pytest.mark.parametrize("around", AROUND)
def test_statements_come_out_as_if_they_had_been_seen(
    around: str, statements: str, newline: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = suite(around, STATEMENTS[statements], newline)

    short = fixed(data)

    monkeypatch.setattr(placeholders, "_runs", lambda *_: iter(()))
    assert short == fixed(data)
    assert short.error is None
    assert len(short.fixed) == 1
    assert fixed(short.source).source == short.source


def test_what_libcst_cannot_print_beside_a_change_stays_as_it_is() -> None:
    other = "    try:\n        print(1)\n    except OSError :\n        print(2)\n"
    result = fixed(f"{HEAD}def test_it():\n{other}    os.environ['K'] = '1'\n{other}".encode())

    assert len(result.fixed) == 1
    assert result.source.decode().count(other) == 2
