"""Plain words in a file that is not parsed yet: finding one is ten times as quick as searching
for a pattern.
"""

from __future__ import annotations

from collections.abc import Iterator


def positions(data: bytes, *words: bytes) -> Iterator[int]:
    """Where each of the words stands in the bytes of a file: all places of the first one, then
    those of the next.
    """
    for word in words:
        at = data.find(word)
        while at >= 0:
            yield at
            at = data.find(word, at + 1)
