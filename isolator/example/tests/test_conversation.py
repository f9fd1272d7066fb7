"""Conversations with customers."""

from core.conversation import Conversation, exported


class TestMessages:
    conversation = Conversation()

    def test_begins_empty(self):
        assert self.conversation.messages == []

    def test_message_is_kept(self):
        self.conversation.say('customer', 'Where is my invoice?')

        assert self.conversation.messages[-1] == 'customer: Where is my invoice?'


def test_greets_in_english():
    assert Conversation().greeting() == 'Hello'


def test_greets_in_the_language_of_the_deployment():
    Conversation.language = 'de'

    assert Conversation().greeting() == 'Guten Tag'


def test_nothing_is_exported_unasked():
    Conversation().say('customer', 'Hello')

    assert exported() is None


def test_export():
    conversation = Conversation()
    conversation.say('agent', 'Here it is.')
    conversation.export()

    assert exported() == 'agent: Here it is.'
