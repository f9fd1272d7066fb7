"""The tools that agents may use."""

TOOLS = {}


def register_tool(name, tool):
    """Offer a tool to every agent of this process."""
    TOOLS[name] = tool


def describe_tools():
    """What an agent is told about its tools."""
    return ', '.join(sorted(TOOLS)) or 'no tools'
