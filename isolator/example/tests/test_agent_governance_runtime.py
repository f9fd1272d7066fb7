"""Agents under governance, with a real database."""

from unittest.mock import AsyncMock, patch

import pytest

from core.agent_task_registry import agent_task_registry
from core.database import Database
from core.generic_agent import GenericAgent


class TestAgentGovernanceRuntime:
    async def test_student_may_not_delete(self, agent_id):
        """A blocked task is answered with the reason, and recorded."""
        database = Database()
        try:
            agent = GenericAgent(agent_id, 'student', database)
            result = await agent.execute('task-1', 'delete', 'Delete the invoices')

            assert result == {'status': 'blocked', 'reason': 'too young'}
            assert database.tasks(agent_id) == [('task-1', 'blocked', 'too young')]
        finally:
            # The database is the real one
            database.delete_tasks(agent_id)
            database.close()

    @pytest.mark.parametrize('action', ['draft', 'send'])
    async def test_student_may_only_read(self, action, agent_id):
        """Whatever changes something is blocked."""
        database = Database()
        try:
            agent = GenericAgent(agent_id, 'student', database)
            result = await agent.execute('task-1', action, 'Answer the customer')

            assert result['status'] == 'blocked'
        finally:
            database.delete_tasks(agent_id)
            database.close()

    async def test_task_belongs_to_its_agent(self, agent_id):
        """A task that is taken cannot be taken again."""
        database = Database()
        try:
            agent = GenericAgent(agent_id, 'intern', database)
            await agent.execute('task-1', 'send', 'Send the letter')

            assert agent_task_registry.agent_of('task-1') == agent_id
            with pytest.raises(ValueError, match='task-1 is taken'):
                await agent.execute('task-1', 'send', 'Send the letter')
        finally:
            database.delete_tasks(agent_id)
            database.close()

    @patch('core.governance_cache.GovernanceCache.get_instance')
    async def test_allowed_task_is_done(self, mock_get_instance, agent_id):
        """What governance allows is sent to the language model."""
        mock_get_instance.return_value.check_governance.return_value = {'allowed': True, 'reason': None}
        database = Database()
        try:
            agent = GenericAgent(agent_id, 'autonomous', database)
            with patch.object(agent.llm, 'complete', AsyncMock(return_value='sent')):
                result = await agent.execute('task-1', 'send', 'Send the letter')

            assert result == {'status': 'done', 'answer': 'sent'}
            assert database.tasks(agent_id) == [('task-1', 'done', None)]
        finally:
            database.delete_tasks(agent_id)
            database.close()
