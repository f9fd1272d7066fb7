"""What language models cost."""

from core.usage import PRICES, get_meter, price_of


def test_nothing_is_used_at_first():
    assert get_meter().cost == 0


def test_tokens_are_counted():
    assert get_meter().count('openai', 2000) == 4


def test_list_price():
    assert price_of('mistral', 4000) == 4


def test_price_of_a_contract():
    PRICES['mistral'] = 0.5

    assert price_of('mistral', 4000) == 2
