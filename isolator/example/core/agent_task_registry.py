"""The tasks that agents work on at the moment."""


class AgentTaskRegistry:
    """Task ids and the agents that have them."""

    def __init__(self):
        self._agents = {}

    def register(self, task_id, agent_id):
        """Give a task to an agent; a task is done by one agent only."""
        if task_id in self._agents:
            raise ValueError(f'task {task_id} is taken by {self._agents[task_id]}')
        self._agents[task_id] = agent_id

    def agent_of(self, task_id):
        """Who has the task, or None."""
        return self._agents.get(task_id)

    def clear(self):
        """Forget every task."""
        self._agents.clear()


agent_task_registry = AgentTaskRegistry()
