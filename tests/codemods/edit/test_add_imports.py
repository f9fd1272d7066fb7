"""What is added to the imports of a file, to the byte."""

from __future__ import annotations

import ast

import pytest

from codemods.edit.add_imports import add_imports

OS = ("os", None)
PYTEST = ("pytest", None)
PATCH = ("unittest.mock", "patch")

ADDED = {
    "already there": ("import os\n", [OS], "import os\n"),
    "nothing wanted": ("x = (\n", [], "x = (\n"),
    "in try": ("try:\n    import os\nexcept ImportError:\n    os = None\n", [OS], None),
    "in both branches": (
        "if x:\n    from mock import patch\nelse:\n    from unittest.mock import patch\n",
        [PATCH],
        None,
    ),
    "below with": ("with x:\n    import os\n", [OS], None),
    "the backport": ("from mock import patch\n", [PATCH], None),
    "as itself": ("import os as os\nfrom unittest.mock import patch as patch\n", [OS, PATCH], None),
    "submodule": ("import os.path\n", [OS], None),
    "module by from": ("import unittest.mock as mock\n", [("unittest", "mock")], None),
    "under TYPE_CHECKING": (
        "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import os\n",
        [OS],
        "import os\nfrom typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import os\n",
    ),
    "in one branch": ("import sys\n\nif x:\n    import os\n", [OS], "import os\nimport sys\n\nif x:\n    import os\n"),
    "after a definition": (
        "import sys\n\ndef f(): pass\n\nimport os\n",
        [OS],
        "import os\nimport sys\n\ndef f(): pass\n\nimport os\n",
    ),
    "under another name": (
        "from unittest.mock import patch as p\n",
        [PATCH],
        "from unittest.mock import patch as p, patch\n",
    ),
    "package is not its module": (
        "import unittest\n",
        [("unittest.mock", None)],
        "import unittest\nimport unittest.mock\n",
    ),
    # Merging into from … import
    "merge in place": (
        "from unittest.mock import MagicMock, patch  # mocks\n",
        [("unittest.mock", "Mock")],
        "from unittest.mock import MagicMock, Mock, patch  # mocks\n",
    ),
    "merge first": ("from m import b, c\n", [("m", "a")], "from m import a, b, c\n"),
    "merge classes before functions": (
        "from m import Zoo, ant\n",
        [("m", "Bee"), ("m", "BEE")],
        "from m import BEE, Bee, Zoo, ant\n",
    ),
    "merge case-insensitively": ("from m import a, B, c\n", [("m", "Bx")], "from m import a, B, Bx, c\n"),
    "merge into the unsorted": ("from m import c, a\n", [("m", "b")], "from m import c, a, b\n"),
    "merge in parentheses": ("from m import (a, c)\n", [("m", "d")], "from m import (a, c, d)\n"),
    "merge into one a line": (
        "from m import (\n    # the first\n    a,  # why\n    c,\n)\n",
        [("m", "b")],
        "from m import (\n    # the first\n    a,  # why\n    b,\n    c,\n)\n",
    ),
    "merge in front of one a line": (
        "from m import (  # noqa: E501\n    b,\n    c,\n)\n",
        [("m", "a")],
        "from m import (  # noqa: E501\n    a,\n    b,\n    c,\n)\n",
    ),
    "merge after one a line": (
        "from m import (\n    a,\n    b,  # last\n)\n",
        [("m", "c")],
        "from m import (\n    a,\n    b,  # last\n    c,\n)\n",
    ),
    "merge after one a line, no comma": (
        "from m import (\n    a,\n    b  # last\n)\n",
        [("m", "c")],
        "from m import (\n    a,\n    b,  # last\n    c\n)\n",
    ),
    "merge where the bracket closes on the line": (
        "from m import (a,\n               b)\n",
        [("m", "c")],
        "from m import (a,\n               b,\n               c)\n",
    ),
    "merge in front of a hanging list": (
        "from m import (b,\n               c)\n",
        [("m", "a")],
        "from m import (a,\n               b,\n               c)\n",
    ),
    "merge into a filled list": (
        "from m import (\n    a, b,\n    d, e,\n)\n",
        [("m", "c"), ("m", "f")],
        "from m import (\n    a, b, c,\n    d, e, f,\n)\n",
    ),
    "merge with backslash": ("from m import a, \\\n    c\n", [("m", "d")], "from m import a, \\\n    c, d\n"),
    "merge commas first": ("from m import (a\n    , c\n)\n", [("m", "b")], "from m import (a, b\n    , c\n)\n"),
    "merge on a shared line": (
        "import x; from m import a; y = 'é'\n",
        [("m", "b")],
        "import x; from m import a, b; y = 'é'\n",
    ),
    "merge with CRLF": (
        "from m import (\r\n    a,\r\n)\r\n",
        [("m", "b")],
        "from m import (\r\n    a,\r\n    b,\r\n)\r\n",
    ),
    "no merge into a star": ("from m import *\n", [("m", "b")], "from m import *\nfrom m import b\n"),
    "no merge into a relative import": ("from .m import a\n", [("m", "b")], "from m import b\n\nfrom .m import a\n"),
    # A line of its own
    "alphabetical": ("import json\nimport sys\n", [OS], "import json\nimport os\nimport sys\n"),
    "plain before from": (
        "import json\nfrom pathlib import Path\n\nimport pytest\n",
        [OS],
        "import json\nimport os\nfrom pathlib import Path\n\nimport pytest\n",
    ),
    "sorted by module": (
        "from abc import ABC\nimport json\nfrom pathlib import Path\n",
        [OS],
        "from abc import ABC\nimport json\nimport os\nfrom pathlib import Path\n",
    ),
    "unsorted": (
        "import sys\nimport json\nfrom re import I\n",
        [OS],
        "import sys\nimport json\nimport os\nfrom re import I\n",
    ),
    "under a heading": ("# Standard library\nimport sys\n", [OS], "# Standard library\nimport os\nimport sys\n"),
    "stdlib first": ("import pytest\n", [OS], "import os\n\nimport pytest\n"),
    "stdlib before a comment": (
        '"""Doc."""\n\n# installed\nimport pytest\n',
        [OS],
        '"""Doc."""\n\nimport os\n\n# installed\nimport pytest\n',
    ),
    "third party after stdlib": (
        "import os\n\nfrom . import x\n",
        [PYTEST],
        "import os\n\nimport pytest\n\nfrom . import x\n",
    ),
    "third party, code follows": ("import os\nX = 1\n", [PYTEST], "import os\n\nimport pytest\n\nX = 1\n"),
    "third party in a paragraph": (
        "import os\nfrom . import x\n",
        [PYTEST],
        "import os\nimport pytest\nfrom . import x\n",
    ),
    "third party before the project's": (
        "import numpy\nimport yaml\n\nimport app\nimport zebra\n",
        [PYTEST],
        "import numpy\nimport pytest\nimport yaml\n\nimport app\nimport zebra\n",
    ),
    "after __future__": (
        '"""Doc."""\n\nfrom __future__ import annotations\n\nimport sys\n',
        [OS],
        '"""Doc."""\n\nfrom __future__ import annotations\n\nimport os\nimport sys\n',
    ),
    "only __future__": (
        "from __future__ import annotations\n\n\ndef f(): ...\n",
        [OS, PYTEST],
        "from __future__ import annotations\n\nimport os\n\nimport pytest\n\n\ndef f(): ...\n",
    ),
    "three at once": (
        '"""Doc."""\n\n\ndef f(): ...\n',
        [PYTEST, PATCH, OS],
        '"""Doc."""\n\nimport os\nfrom unittest.mock import patch\n\nimport pytest\n\n\ndef f(): ...\n',
    ),
    # No imports
    "empty": ("", [OS], "import os\n"),
    "first line a definition": ("def f(): ...\n", [OS], "import os\n\n\ndef f(): ...\n"),
    "first line decorated": ("@x\ndef f(): ...\n", [OS], "import os\n\n\n@x\ndef f(): ...\n"),
    "first line an assignment": ("X = 1\n", [OS], "import os\n\nX = 1\n"),
    "a comment on the definition": ("# about f\ndef f(): ...\n", [OS], "import os\n\n\n# about f\ndef f(): ...\n"),
    "the file's comment": (
        "# Licence\n# text\n\ndef f(): ...\n",
        [OS],
        "# Licence\n# text\n\nimport os\n\n\ndef f(): ...\n",
    ),
    "shebang and coding": (
        "#!/usr/bin/env python\n# -*- coding: utf-8 -*-\ndef f(): ...\n",
        [OS],
        "#!/usr/bin/env python\n# -*- coding: utf-8 -*-\n\nimport os\n\n\ndef f(): ...\n",
    ),
    "only comments": ("# nothing yet\n", [OS], "# nothing yet\n\nimport os\n"),
    "only a docstring": ('"""Doc."""', [OS], '"""Doc."""\n\nimport os'),
    "a docstring that shares its line": ('"""Doc."""; X = """\n"""\n', [OS], '"""Doc."""; X = """\n"""\n\nimport os\n'),
    # Lines and their ends
    "no final newline": ("import os", [PYTEST], "import os\n\nimport pytest"),
    "no final newline, in front": ("import sys", [OS], "import os\nimport sys"),
    "CRLF": (
        "import sys\r\n\r\nx = 1\r\n",
        [OS, PYTEST],
        "import os\r\nimport sys\r\n\r\nimport pytest\r\n\r\nx = 1\r\n",
    ),
    "several on a line": (
        "import a_; import json; x = '''\n'''\n",
        [OS],
        "import a_; import json; x = '''\n'''\nimport os\n",
    ),
    "a statement goes on after a backslash": (
        "import json; \\\nimport abc\nimport sys\n",
        [OS],
        "import json; \\\nimport abc\nimport sys\nimport os\n",
    ),
    "after a backslash": ("import json; \\\nx = 1\n", [OS], "import json; \\\nx = 1\nimport os\n"),
    "import of several lines": (
        "from json import (\n    dumps,\n)\n",
        [("os", "environ")],
        "from json import (\n    dumps,\n)\nfrom os import environ\n",
    ),
}


@pytest.mark.parametrize(("before", "wanted", "after"), ADDED.values(), ids=ADDED.keys())
def test_adds_what_is_missing(before: str, wanted: list[tuple[str, str | None]], after: str | None) -> None:
    added = add_imports(before, wanted)
    assert added == (before if after is None else after)
    if wanted:
        assert add_imports(added, wanted) == added
        ast.parse(added)


def test_a_text_that_does_not_parse_is_an_error() -> None:
    with pytest.raises(SyntaxError):
        add_imports("x = (\n", [OS])
