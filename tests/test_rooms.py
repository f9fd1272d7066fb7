"""A package is something one can find one's way in: at most a dozen entries, unless all are the same kind of thing."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[1]
MOST = 12
# What may have more, since each entry is one of a list.
LISTS = {
    "isolator/report/findings": "formats",
    "isolator/commands": "the commands, and their options",
    "isolator": "the packages, and the ways in",
    "codemods": "the packages, and what rules are made of",
    "codemods/rules": "the rules",
}


def _entries(package: Path) -> list[str]:
    """The modules and packages in a package, by their names."""
    modules = [path.stem for path in package.glob("*.py") if path.stem != "__init__"]
    return modules + [path.parent.name for path in package.glob("*/__init__.py")]


def test_packages_have_at_most_a_dozen_entries() -> None:
    packages = [init.parent for name in ("isolator", "codemods") for init in (ROOT / name).rglob("__init__.py")]
    sizes = {package.relative_to(ROOT).as_posix(): len(_entries(package)) for package in packages}

    assert len(sizes) > 30
    assert {name: size for name, size in sizes.items() if size > MOST and name not in LISTS} == {}
    assert all(sizes[name] > MOST for name in LISTS), "no longer one that has more"
