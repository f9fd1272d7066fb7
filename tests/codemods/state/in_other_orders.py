"""Rewrites the texts that come by stdin, as JSON, and prints what became of each: run under several hash seeds."""

import json
import sys

from codemods.context import Context
from isolator.engine.engine import Selection, rewrite

CONTEXTS = (Context(), Context(unittest="convert"))
found = [
    [repr(rewrite(text.encode(), "test_it.py", context, Selection(unsafe_fixes=True))) for context in CONTEXTS]
    for text in json.load(sys.stdin)
]
json.dump(found, sys.stdout)
