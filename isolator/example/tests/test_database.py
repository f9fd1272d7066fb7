"""The database that agents write to."""

import os
from unittest.mock import patch

from core.database import Database


def test_url_names_the_file(tmp_path):
    with patch.dict(os.environ, {'DATABASE_URL': f'sqlite:///{tmp_path}/named.db'}):
        database = Database()
        database.close()

    assert database.path == f'{tmp_path}/named.db'
    assert (tmp_path / 'named.db').exists()


async def test_record_outlives_the_connection(tmp_path, agent_id):
    saved_url = os.environ.get('DATABASE_URL')
    os.environ['DATABASE_URL'] = f'sqlite:///{tmp_path}/kept.db'
    database = Database()
    try:
        database.record('task-1', agent_id, 'done', None)
        database.close()
        database = Database()

        assert database.tasks(agent_id) == [('task-1', 'done', None)]
    finally:
        database.delete_tasks(agent_id)
        database.close()
        # Restore the URL
        if saved_url:
            os.environ['DATABASE_URL'] = saved_url


def test_default_file():
    database = Database()
    database.close()

    assert database.path == 'agents.db'
