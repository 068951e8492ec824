"""Which currencies there are: the codes of ISO 4217, as the library of that name lists them."""

from iso4217 import Currency

CODES = frozenset(currency.code for currency in Currency)


def objection(code: str) -> str:
    """
    Say why this is no currency; "" if it is one.

    >>> objection("EUR"), objection("EURO")
    ('', '“EURO” is no currency of ISO 4217, which are three capitals such as EUR')
    """
    return "" if code in CODES else f"“{code}” is no currency of ISO 4217, which are three capitals such as EUR"
