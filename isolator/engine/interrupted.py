"""What a run that was cut off has written."""

from __future__ import annotations

from dataclasses import dataclass, field

from isolator.system.visible import count


@dataclass
class Written:
    """How many files were written, and which: the first three and the last."""

    number: int = 0
    first: list[str] = field(default_factory=list)
    last: str = ""

    def add(self, path: str) -> None:
        """One more was."""
        self.number += 1
        self.last = path
        if self.number <= 3:
            self.first.append(path)


def interruption(written: Written, why: str = "interrupted") -> str:
    """What a run that was cut off has done."""
    if not written.number:
        return f"{why}: no file was written"
    names = ", ".join(written.first) if written.number < 4 else f"{written.first[0]} … {written.last}"
    return f"{why}: {count(written.number, 'file')} written ({names}); all other files are unchanged"
