"""Calls out of the process, and below which function of the project they happen."""

from __future__ import annotations

from pathlib import Path

from isolator.evidence.model import Initializer
from tests.isolator.observe.suites import observed

APP = """
    import asyncio
    import contextlib
    import os
    import socket
    import subprocess
    import sys
    import threading


    def connect():
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", 1), timeout=0.2)


    class Client:
        def __init__(self):
            connect()

        class Inner:
            @staticmethod
            def open():
                connect()


    class Agent:
        def __init__(self):
            self.client = Client()


    def in_thread():
        thread = threading.Thread(target=connect)
        thread.start()
        thread.join()


    async def stream():
        with contextlib.suppress(OSError):
            await asyncio.open_connection("127.0.0.1", 1)


    async def by_name():
        with contextlib.suppress(OSError):
            await asyncio.open_connection("localhost.invalid", 1)


    def process():
        subprocess.run([sys.executable, "-c", ""])


    def shell():
        os.system("true")
"""

TESTS = """
    import asyncio

    import pytest

    import app


    @pytest.fixture(params=[1, 2])
    def agent(request):
        return app.Agent()


    def test_fixture(agent):
        pass


    def test_nested():
        app.Client.Inner.open()


    def test_thread():
        app.in_thread()


    def test_asyncio():
        asyncio.run(app.stream())


    def test_task():
        async def main():
            await asyncio.gather(asyncio.create_task(app.by_name()))

        asyncio.run(main())


    def test_process():
        app.process()


    def test_shell():
        app.shell()


    def test_own_call():
        app.subprocess.run([app.sys.executable, "-c", ""])
"""


def test_targets(tmp_path: Path) -> None:
    evidence = observed(tmp_path, {"app.py": APP, "tests/test_it.py": TESTS})
    path = "tests/test_it.py::"
    both = (f"{path}test_fixture[1]", f"{path}test_fixture[2]")
    expected = {
        Initializer("app.Agent.__init__", "socket.connect", "app.py", 26, both),
        Initializer("app.Client.Inner.open", "socket.connect", "app.py", 20, (f"{path}test_nested",)),
        Initializer("app.connect", "socket.connect", "app.py", 10, (f"{path}test_thread",)),
        Initializer("app.stream", "socket.connect", "app.py", 36, (f"{path}test_asyncio",)),
        Initializer("app.by_name", "socket.getaddrinfo", "app.py", 41, (f"{path}test_task",)),
        Initializer("app.process", "subprocess.Popen", "app.py", 46, (f"{path}test_process",)),
        Initializer("app.shell", "os.system", "app.py", 50, (f"{path}test_shell",)),
    }
    assert set(evidence.initializers) == expected


def test_a_decorator_is_not_taken_for_what_it_decorates(tmp_path: Path) -> None:
    app = """
        import contextlib
        import functools
        import socket


        def logged(function):
            @functools.wraps(function)
            def wrapper(*args):
                return function(*args)

            return wrapper


        @logged
        def other():
            pass


        @logged
        def connect():
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", 1), timeout=0.2)
    """
    files = {"app.py": app, "test_it.py": "import app\n\n\ndef test_it():\n    app.connect()\n"}
    (found,) = observed(tmp_path, files).initializers
    assert (found.target, found.line) == ("app.connect", 19)
