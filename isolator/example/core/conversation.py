"""What a customer and an agent say to each other."""

from pathlib import Path

TRANSCRIPT = 'transcript.txt'
GREETINGS = {'en': 'Hello', 'de': 'Guten Tag'}


class Conversation:
    """The messages, in order; all conversations of a deployment are in its language."""

    language = 'en'

    def __init__(self):
        self.messages = []

    def greeting(self):
        """How the agent begins."""
        return GREETINGS[self.language]

    def say(self, who, text):
        """Add a message."""
        self.messages.append(f'{who}: {text}')

    def export(self, path=TRANSCRIPT):
        """Write the messages down for the customer."""
        Path(path).write_text('\n'.join(self.messages), encoding='utf-8')


def exported(path=TRANSCRIPT):
    """What was written down, or None."""
    return Path(path).read_text(encoding='utf-8') if Path(path).exists() else None


def delete_export(path=TRANSCRIPT):
    """A customer may ask for that."""
    Path(path).unlink(missing_ok=True)
