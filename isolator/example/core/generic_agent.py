"""An agent: asks whether it may, does the task, writes it down."""

from core.agent_task_registry import agent_task_registry
from core.governance_cache import GovernanceCache
from core.llm.byok_handler import BYOKHandler


class GenericAgent:
    """An agent of some maturity, from student to autonomous."""

    def __init__(self, agent_id, maturity, database):
        self.agent_id = agent_id
        self.maturity = maturity
        self.database = database
        self.governance = GovernanceCache.get_instance()
        self.llm = BYOKHandler()

    async def execute(self, task_id, action, prompt):
        """Do a task, if governance allows it."""
        agent_task_registry.register(task_id, self.agent_id)
        decision = self.governance.check_governance(self.maturity, action)
        if not decision['allowed']:
            self.database.record(task_id, self.agent_id, 'blocked', decision['reason'])
            return {'status': 'blocked', 'reason': decision['reason']}
        answer = await self.llm.complete(prompt)
        self.database.record(task_id, self.agent_id, 'done', None)
        return {'status': 'done', 'answer': answer}
