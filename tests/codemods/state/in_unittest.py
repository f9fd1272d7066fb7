"""Runs a suite of TestCases under unittest; prints what each ``look()`` saw, what was left, and how it came out.

It is run as a script, with the path of the suite. Variables count if their name is one letter.
"""

import builtins
import importlib.util
import json
import os
import sys
import unittest

SEEN: list[dict[str, str]] = []


def now() -> dict[str, str]:
    return {name: value for name, value in sorted(os.environ.items()) if len(name) == 1}


def look(value: object = None) -> object:
    SEEN.append(now())
    return value


def main(path: str) -> None:
    builtins.look = look  # type: ignore[attr-defined]
    spec = importlib.util.spec_from_file_location("suite", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["suite"] = module
    spec.loader.exec_module(module)
    before = now()
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromModule(module).run(result)
    failed = [text for _, text in (*result.errors, *result.failures)]
    left = {} if now() == before else now()
    print(json.dumps({"seen": SEEN, "left": left, "ran": result.testsRun, "failed": failed}))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1])
