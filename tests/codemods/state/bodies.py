"""A Hypothesis generator for the bodies of tests, composed of every form that changes the environment.

A body is written like a diff: a line that begins with ``-`` stands in the file only, one that begins with ``+`` only in
its *ideal*, which puts back what the file forgets to (``if saved: …`` without an ``else``). A blank stands before the
lines of both, and a dot before those of both that save or restore, so that they carry no comment that must survive.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from hypothesis import strategies as st

T = TypeVar("T")
Lines = list[str]


def inside(head: str, *bodies: Lines) -> Lines:
    """Some blocks below a line of code."""
    return [head, *(f"{line[0]}    {line[1:]}" for body in bodies for line in body)]


@dataclass
class Body:
    """Makes the statements of one function. ``texts`` are local names that hold strings."""

    draw: Callable[[st.SearchStrategy[object]], object]
    helpers: list[str]
    managers: list[str] = field(default_factory=list)
    monkeypatch: bool = False
    asynchronous: bool = False
    count: int = 0
    depth: int = 0
    in_loop: bool = False
    cleaning: bool = False
    texts: list[str] = field(default_factory=list)

    def one(self, *options: T) -> T:
        chosen: T = self.draw(st.sampled_from(options))  # type: ignore[assignment]
        return chosen

    def rarely(self) -> bool:
        return self.one(False, False, False, False, False, True)

    def number(self) -> int:
        self.count += 1
        return self.count

    # Expressions

    def environ(self) -> str:
        return self.one("os.environ", "os.environ", "os.environ", "environ", "alias", "system.environ")

    def key(self) -> str:
        return self.one('"A"', '"A"', '"B"', '"C"', "NAME")

    def value(self) -> str:
        number = self.number()
        plain = [f'"{number}"', f'"{number}"', f'"{number}"', "VALUE", 'f"{VALUE}{NAME}"', "str(3)"]
        looking = [
            f'os.environ.get({self.one("NAME", chr(34) + "A" + chr(34))}, "none") + "x"',
            'os.environ["B"]',
            f'look("{number}")',
            f'reading("{number}")',
            *self.texts,
        ]
        return self.one(*plain, *looking)

    def constant(self) -> str:
        return self.one(f'"{self.number()}"', "VALUE", 'VALUE + "x"')

    def imported(self) -> str:
        """What a decorator may hold: it is computed while the file is imported."""
        return self.one(*[self.constant()] * 3, 'os.environ.get("B", "none") + "x"', 'SETTINGS["A"]', "os.sep.strip()")

    def mapping(self, value: Callable[[], str]) -> str:
        pairs = [(key, value()) for key in self.one(("A",), ("B",), ("A", "B"), ("B", "C", "A"), ("C",) * 2)]
        literal = "{" + ", ".join(f'"{k}": {v}' for k, v in pairs) + "}"
        lines = "{\n        " + "\n        ".join(f'"{k}": {v},  # keep {self.number()}' for k, v in pairs) + "\n    }"
        return self.one(
            *[literal] * 5,
            lines,
            "[" + ", ".join(f'("{k}", {v})' for k, v in pairs) + "]",
            "dict(" + ", ".join(f"{k}={v}" for k, v in dict(pairs).items()) + ")",
            "SETTINGS",
            f'{{**SETTINGS, "B": {value()}}}',
            f'{{"B": {value()}, **SETTINGS}}',
            f'[(k, v) for k, v in zip("AB", ("{self.number()}", VALUE))]',
            *(["{}"] if self.rarely() else []),
        )

    def patcher(self, value: Callable[[], str] | None = None) -> str:
        """A call of ``patch.dict``."""
        value = value or self.value
        target = self.one("os.environ", "os.environ", '"os.environ"', "environ", "alias")
        values = self.one(
            *[f", {self.mapping(value)}"] * 5,
            f", A={value()}, B={value()}",
            f', {{"C": {value()}}}, A={value()}',
            f", values={self.mapping(value)}",
        )
        clear = self.one("", "", "", ", clear=True", ", clear=False")
        if self.rarely() and self.rarely():
            values = ""
        return f"{self.one('patch.dict', 'patch.dict', 'mock.patch.dict')}({target}{values}{clear})"

    # Statements

    def block(self, most: int = 3) -> Lines:
        """A few statements; names that they assign are not used after them."""
        known = len(self.texts)
        self.depth += 1
        most = max(1, min(most, 4 - self.depth))
        lines = [line for _ in range(self.one(*range(1, most + 1))) for line in self.statement()]
        self.depth -= 1
        del self.texts[known:]
        return lines

    def clean_up(self) -> Lines:
        """Statements in a ``finally``, where what is written is taken for a restoration."""
        outer, self.cleaning = self.cleaning, True
        lines = self.block(2)
        self.cleaning = outer
        return lines

    def looks(self) -> Lines:
        """The same, where nothing may fail: before a restoration, or in a tear-down that may see more than it did."""
        return [" look()", *([f" look(os.environ.get({self.key()}))"] if self.one(False, True) else [])]

    def statement(self) -> Lines:
        simple = [
            self.look,
            self.look,
            self.look,
            self.assertion,
            self.local,
            self.write,
            self.write,
            self.two_on_a_line,
            self.several_targets,
        ]
        compound = [
            *(self.patched, self.patched, self.patched, self.saved, self.saved, self.saved_in_line),
            *(self.managed, self.branch, self.loop, self.handled, self.finalized, self.raising, self.nested, self.kept),
        ]
        if self.cleaning:
            return self.one(
                self.look, self.look, self.assertion, self.local, *([self.patched] if self.depth < 3 else [])
            )()
        if self.monkeypatch:
            compound.append(self.own_context)
            if self.depth == 1:
                simple.append(self.own_call)
        made: Lines = self.one(*simple, *(compound if self.depth < 3 else ()))()
        return made

    def look(self) -> Lines:
        key = self.key()
        calls = [f"{helper}({self.constant()})" for helper in self.helpers]
        waits = ["await asyncio.sleep(0, look())"] if self.asynchronous else []
        return [" " + self.one("look()", "look()", f"look(os.environ.get({key}))", 'reading("x")', *calls, *waits)]

    def assertion(self) -> Lines:
        key = self.key()
        return [
            " "
            + self.one(
                f'assert os.environ.get({key}) != "x"',
                f"assert os.environ[{key}]",
                f"assert look({key}) in (NAME, {key})",
                f'assert os.getenv({key}, "{self.number()}"), look()',
                "assert len(NAME) == 1",
                *(f"assert {name} != 3" for name in self.texts),
            )
        ]

    def local(self) -> Lines:
        value, name = self.value(), f"text_{self.number()}"
        self.texts.append(name)
        return [f" {name} = {value}"]

    def write(self) -> Lines:
        environ, key, value = self.environ(), self.key(), self.value()
        unset = [
            f".del {environ}[{key}]",
            *[f".{environ}.pop({key}, None)"] * 2,
            f".{environ}.pop({key})",
            f".if {key} in {environ}: del {environ}[{key}]",
            f".popped_{self.number()} = {environ}.pop({key}, None)",
            f".{environ}.clear()",
        ]
        return [
            self.one(
                *[f" {environ}[{key}] = {value}"] * 4,
                f" {environ}.update({self.mapping(self.value).replace('{}', 'SETTINGS')})",
                f" {environ}.update(C={value})",
                f" {environ}.setdefault({key}, {self.constant()})",
                f" os.environ |= {{{key}: {value}}}",
                f" {environ}[{key}] += {value}",
                *unset,
            )
        ]

    def several_targets(self) -> Lines:
        environ, key, value, name = self.environ(), self.key(), self.value(), f"text_{self.number()}"
        lines = self.one(
            f" {environ}[{key}] = {name} = {value}",
            f" {name} = {environ}[{key}] = {value}",
            f" {name}, {environ}[{key}] = {self.constant()}, {value}",
            f" {name} = {environ}.setdefault({key}, {self.constant()})",
            f' {environ}[{key}] = {environ}["D"] = {self.constant()}',
        )
        if name in lines:
            self.texts.append(name)
        return [lines]

    def two_on_a_line(self) -> Lines:
        lines = [*self.look(), *self.write(), *self.look()][self.one(0, 1) :]
        if any("\n" in line or line[1:].startswith("if") for line in lines):
            return lines
        return ["." + "; ".join(line[1:] for line in lines)]

    def patched(self, body: Lines | None = None) -> Lines:
        """``with patch.dict``, alone or among other items."""
        items = [self.patcher()]
        if self.rarely():
            items[0] += f" as env_{self.number()}"
        if self.one(False, False, True):
            items.insert(self.one(0, 1), self.item())
        if self.rarely():
            items.insert(self.one(0, 1), self.patcher())
        body = self.block() if body is None else body
        short = len(body) == 1 and not items[1:] and body[0].startswith((" look", " assert", " reading"))
        if short and self.one(False, False, True):
            return [f" with {items[0]}: {body[0][1:]}"]
        if len(items) > 1 and self.one(False, True):
            head = ["with (", *(f"    {item},  # keep {self.number()}" for item in items), "):"]
            return inside(" " + "\n".join(head), body)
        return inside(f" with {', '.join(items)}:", body)

    def item(self) -> str:
        """Another context manager."""
        number = self.number()
        return self.one(
            f"Looking() as looking_{number}",
            f'looking("{number}")',
            f"looking({self.value()}) as looking_{number}",
            f'patch("os.getcwd", return_value="{number}") as mock_{number}',
            "contextlib.nullcontext()",
            *(f'{manager}("{number}")' for manager in self.managers * 3),
        )

    def managed(self) -> Lines:
        return inside(f" with {self.item()}:", self.block())

    def branch(self) -> Lines:
        test = self.one('os.environ.get("A")', "NAME", '"B" in os.environ', "not VALUE", 'look("x")')
        lines = inside(f" if {test}:", self.block())
        if self.one(False, True):
            lines += inside(" else:", self.block())
        return lines

    def loop(self) -> Lines:
        name = f"text_{self.number()}"
        outer, self.in_loop = self.in_loop, True
        self.texts.append(name)
        body = self.block()
        if self.rarely():
            body.append(f' if {name} == "1": {self.one("break", "continue")}')
            body += self.look()
        self.texts.remove(name)
        self.in_loop = outer
        return inside(f' for {name} in ("1", "2"):', body)

    def handled(self) -> Lines:
        error = [" raise ValueError"] if self.one(False, True) else []
        lines = [*inside(" try:", self.block(), error), *inside(" except (KeyError, ValueError):", self.block())]
        if not error and self.rarely():
            lines += inside(" else:", self.block())
        return lines

    def finalized(self) -> Lines:
        return [*inside(" try:", self.block()), *inside(" finally:", self.clean_up())]

    def raising(self) -> Lines:
        body = [*self.block(), " raise ValueError"]
        if self.one(False, True):
            return inside(" with pytest.raises(ValueError):", self.patched(body))
        return inside(f" with pytest.raises(ValueError), {self.patcher()}:", body)

    def nested(self) -> Lines:
        name = f"inner_{self.number()}"
        outer, self.asynchronous = self.asynchronous, False
        body = self.one(lambda: [" look()"], self.look, self.patched, self.patched)()
        self.asynchronous = outer
        decorators = [f" @{self.patcher(self.constant)}"] if self.rarely() else []
        looked = self.look() if self.one(False, True) else []
        return [*decorators, *inside(f" def {name}():", body, [" look()"]), f" {name}()", *looked]

    def kept(self) -> Lines:
        """A patcher that has a name: a block, or started and stopped."""
        name = f"patcher_{self.number()}"
        made = [f" {name} = {self.patcher()}", *(self.look() if self.rarely() else [])]
        body = self.block(2)
        if self.one(False, True):
            items = [name, *([self.item()] if self.rarely() else [])]
            return [*made, *inside(f" with {', '.join(items)}:", body)]
        if self.one(False, True):
            after = self.clean_up() if self.rarely() else []
            return [*made, f" {name}.start()", *inside(" try:", body), *inside(" finally:", [f" {name}.stop()"], after)]
        return [*made, f" {name}.start()", *body, f" {name}.stop()"]

    def own_call(self) -> Lines:
        return [f' monkeypatch.setenv("M", "{self.number()}")']

    def own_context(self) -> Lines:
        name = self.one("m", "patched")
        return inside(f" with monkeypatch.context() as {name}:", [f' {name}.setenv("M", {self.value()})'], self.block())

    # Saving and restoring by hand

    def saved(self, body: Lines | None = None) -> Lines:
        """Save, write, ``try``, restore in ``finally``."""
        save, back, key = self.saving()
        change, inner = self.change(key), self.block() if body is None else body
        before = self.looks() if self.rarely() else []
        after = self.clean_up() if self.rarely() else []
        between = self.block(1) if self.rarely() else []
        if self.one(False, True):
            tried = [*change, *between, *inner]
            return [*save, *inside(" try:", tried), *inside(".finally:", before, back, after)]
        return [*save, *change, *between, *inside(" try:", inner), *inside(".finally:", before, back, after)]

    def saved_in_line(self, body: Lines | None = None) -> Lines:
        """The same without ``try``; a restoration that is wrong may stay so, for nothing forbids it."""
        save, back, key = self.saving()
        if back[-1][0] == "+" and back[-2].startswith("-  "):  # what stays could fail where it did not before
            back = [*back[:-2], f".{back[-1][1:]}"]
        return [*save, *self.change(key), *(self.block() if body is None else body), *back]

    def change(self, key: str) -> Lines:
        environ, value = self.environ(), self.value()
        if key == "*":
            return self.write()
        if key == "-":
            return []
        unset = [] if key[0] == "=" else [f"{environ}.pop({key}, None)"]
        key = key.removeprefix("=")
        put = f"{environ}[{key}] = {value}"
        return [" " + self.one(put, put, f"{environ}.update({{{key}: {value}}})", *unset)]

    def saving(self) -> tuple[Lines, Lines, str]:
        """Lines that save, lines that restore, and the key that is to be written between.

        ``-``: it has been; ``*``: any; with ``=`` in front: to be given a value.
        """
        single = [self.saved_value] * 3
        return self.one(*single, self.saved_all, self.saved_several, self.not_saved)()

    def saved_value(self) -> tuple[Lines, Lines, str]:
        key, number = self.one('"A"', '"B"', "NAME", '"D"'), self.number()
        saved, had, environ = f"saved_{number}", f"had_{number}", self.environ()
        put, pop, drop = f"{environ}[{key}] = {saved}", f"{environ}.pop({key}, None)", f"del {environ}[{key}]"
        get = [f".{saved} = {self.one(f'{environ}.get({key})', f'os.getenv({key})', f'os.environ.get({key}, None)')}"]
        right = [f".if {saved} is not None:", f".    {put}", ".else:", f".    {pop}"]
        dropping = [*right[:3], f"-    {drop}", f"+    {pop}"]
        turned = [f".if {saved} is None:", f".    {pop}", ".else:", f".    {put}"]
        sentinel = [f".if {saved} is MISSING:", f".    {pop}", ".else:", f".    {put}"]
        forgets = [f".if {self.one(saved, f'{saved} is not None')}:", f".    {put}", "+else:", f"+    {pop}"]
        whether = [f".if {had}:", f".    {put}", ".else:", f".    {pop}"]
        always = [f"-{put}", *(f"+{line[1:]}" for line in right)]
        read = [f"-{saved} = {environ}[{key}]", f"+{saved} = {environ}.get({key})"]
        is_set = key == '"D"'  # a failure to save goes with the restoration
        popped = [f".{saved} = {environ}.pop({key}, None)"]
        had_it = [f".{had} = {key} in os.environ", *get]
        return self.one(
            *((get, back, key) for back in (right, dropping, turned, forgets, forgets)),
            (read if is_set else get, always if is_set else right, key),
            ([f".{saved} = {environ}.get({key}, MISSING)"], sentinel, key),
            *((popped, back, "-") for back in (right, forgets)),
            (had_it, whether, key),
        )

    def saved_all(self) -> tuple[Lines, Lines, str]:
        saved = f"saved_{self.number()}"
        copy = self.one("dict(os.environ)", "os.environ.copy()", "{**os.environ}", "dict(environ)")
        return [f".{saved} = {copy}"], [".os.environ.clear()", f".os.environ.update({saved})"], "*"

    def saved_several(self) -> tuple[Lines, Lines, str]:
        """Two variables in a dict, put back by a loop."""
        saved, keys = f"saved_{self.number()}", self.one('("A", "B")', '["B", "A"]', "SEVERAL")
        save = self.one(
            [f".{saved} = {{key: os.environ.get(key) for key in {keys}}}"],
            [f'.{saved} = {{"A": os.environ.get("A"), "B": os.getenv("B")}}'],
            [f".{saved} = {{}}", f".for key in {keys}:", f".    {saved}[key] = os.environ.get(key)"],
            [f".{saved} = {{}}", f".for key in {keys}:", f".    {saved}[key] = os.environ.pop(key, None)"],
        )
        turn, value = self.one(
            (f"for key, value in {saved}.items():", "value"),
            (f"for key in {keys}:", f"{saved}[key]"),
            (f"for key in {saved}:", f"{saved}[key]"),
        )
        put, pop = f".        os.environ[key] = {value}", ".        os.environ.pop(key, None)"
        back = self.one(
            [f".    if {value} is None:", pop, ".    else:", put],
            [f".    if {value} is not None:", put, ".    else:", pop],
            [f".    if {value}:", put, "+    else:", f"+{pop[1:]}"],
        )
        return save, [f".{turn}", *back], self.one('"A"', '"B"')

    def not_saved(self) -> tuple[Lines, Lines, str]:
        """A variable that is unset at the end, whatever it was: what it is from there on is a matter of opinion."""
        key, was = self.key(), f"was_{self.number()}"
        back = self.one(f"del {self.environ()}[{key}]", f"{self.environ()}.pop({key}, None)")
        ideal = [f"+os.environ.pop({key}, None)", f"+if {was} is not None: ambiguous()"]
        return [f"+{was} = os.environ.get({key})"], [f"-{back}", *ideal], f"={key}"

    # Whole functions

    def function(self, head: str, decorators: Lines = [], first: Lines = [], body: Lines | None = None) -> Lines:  # noqa: B006
        body = self.block(4) if body is None else body
        lines = [*decorators, *inside(f" {head}:", first, body)]
        return self.commented(lines)

    def around_yield(self) -> Lines:
        """The body of a fixture: what stands before and after the yield, and what is put around it."""
        before = self.block(1) if self.one(False, True) else []
        after = self.looks() if self.one(False, False, True) else []
        hole = [" " + self.one("yield", "yield os.environ", 'yield "text"')]
        wrapped: Callable[[Lines], Lines] | None
        wrapped = self.one(None, self.patched, self.saved, self.saved_in_line, self.patched)
        return [*before, *(wrapped(hole) if wrapped else hole), *after]

    def commented(self, lines: Lines) -> Lines:
        """The lines with a few comments beside or above them."""
        at: list[int] = self.draw(st.lists(st.integers(0, len(lines) - 1), max_size=3))  # type: ignore[assignment]
        result = []
        for index, line in enumerate(lines):
            code = line[1:]
            if index in at and line[0] == " " and code.strip() and "\n" not in code and "#" not in code:
                comment = f"# keep {self.number()}"
                if self.one(False, True):
                    line = f"{line}  {comment}"
                else:
                    indent = code[: len(code) - len(code.lstrip())]
                    result.append(f" {indent}{comment}")
            result.append(line)
        return [
            line[0] + part if number == 0 else line[0] + _indent_of(line) + part
            for line in result
            for number, part in enumerate(line[1:].split("\n"))
        ]


def _indent_of(line: str) -> str:
    code = line[1:]
    return code[: len(code) - len(code.lstrip())]
