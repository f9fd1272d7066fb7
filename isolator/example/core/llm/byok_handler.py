"""Bring your own key: a client for each provider that a customer may have a key for."""

import logging

from core.network import connect

logger = logging.getLogger(__name__)

# Where the gateway to each provider listens. Nothing listens on these ports of a developer's machine.
PROVIDERS = {'openai': 1, 'anthropic': 2, 'mistral': 3}


class BYOKHandler:
    """Sends prompts to the first provider that answers."""

    def __init__(self):
        self.clients = {}
        for provider, port in PROVIDERS.items():
            self.clients[provider] = connect(port)
            logger.info('Initialized %s client', provider)

    async def complete(self, prompt):
        """The answer to a prompt."""
        for provider, client in self.clients.items():
            if client is not None:
                client.sendall(prompt.encode())
                return f'{provider}: {client.recv(4096).decode()}'
        raise ConnectionError('no provider answers')
