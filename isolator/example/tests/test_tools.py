"""The tools of the agents."""

from core.tools import describe_tools, register_tool


def test_agents_begin_without_tools():
    assert describe_tools() == 'no tools'


def test_registered_tool_is_offered():
    register_tool('calendar', lambda: 'nothing today')

    assert describe_tools() == 'calendar'
