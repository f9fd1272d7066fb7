"""The record of what agents did, in SQLite."""

import os
import sqlite3


class Database:
    """A connection to the file that DATABASE_URL names."""

    def __init__(self):
        url = os.environ.get('DATABASE_URL', 'sqlite:///agents.db')
        self.path = url.removeprefix('sqlite:///')
        self.connection = sqlite3.connect(self.path)
        self.connection.execute('CREATE TABLE IF NOT EXISTS task (id TEXT, agent TEXT, status TEXT, reason TEXT)')

    def record(self, task_id, agent_id, status, reason):
        """Write down what became of a task."""
        with self.connection:
            self.connection.execute('INSERT INTO task VALUES (?, ?, ?, ?)', (task_id, agent_id, status, reason))

    def tasks(self, agent_id):
        """What an agent did: task, status and reason."""
        rows = self.connection.execute('SELECT id, status, reason FROM task WHERE agent = ?', (agent_id,))
        return rows.fetchall()

    def delete_tasks(self, agent_id):
        """Forget what an agent did."""
        with self.connection:
            self.connection.execute('DELETE FROM task WHERE agent = ?', (agent_id,))

    def close(self):
        """Let go of the file."""
        self.connection.close()
