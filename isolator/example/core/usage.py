"""What the language models cost."""

# In cents, for a thousand tokens.
PRICES = {'openai': 2, 'anthropic': 3, 'mistral': 1}


def price_of(provider, tokens):
    """What so many tokens of a provider cost."""
    return PRICES[provider] * tokens / 1000


class UsageMeter:
    """Adds up what was used."""

    def __init__(self):
        self.cost = 0

    def count(self, provider, tokens):
        """Add the price of a prompt and its answer, and return it."""
        price = price_of(provider, tokens)
        self.cost += price
        return price


_meter = None


def get_meter():
    """The one meter of this process."""
    global _meter
    if _meter is None:
        _meter = UsageMeter()
    return _meter
