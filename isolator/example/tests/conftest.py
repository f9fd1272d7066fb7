"""What the tests share."""

import asyncio
import inspect

import pytest

from core.agent_task_registry import agent_task_registry
from core.conversation import delete_export


def pytest_sessionfinish():
    """Leave no transcript behind."""
    delete_export()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """Run async tests, each in an event loop of its own."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    asyncio.run(pyfuncitem.obj(**arguments))
    return True


@pytest.fixture(autouse=True)
def reset_agent_task_registry():
    """No test sees the tasks of another one."""
    agent_task_registry.clear()
    yield
    agent_task_registry.clear()


@pytest.fixture
def agent_id(request):
    """A name for an agent that no other test uses."""
    return f'agent-of-{request.node.name}'
