"""What a customer wants to be written about, as a file says it: in the words of the screen, or in their short form."""

from inventory.ground.tabular import Expected
from orders.models.customer import Hears

_MEANT = {word.lower(): value for value, label in Hears.choices for word in (value, label)}
EXPECTED = ", ".join(label.lower() for label in Hears.labels[:-1]) + f" or {Hears.labels[-1].lower()}"


def hears(cell: str) -> str:
    """
    Read how much a customer wants to hear, in any case.

    >>> hears("only what  comes LATER"), hears("all")
    ('later', 'all')
    >>> hears("no")
    Traceback (most recent call last):
    inventory.ground.tabular.values.words.Expected: all of it, only what comes later or only what has shipped
    """
    found = _MEANT.get(" ".join(cell.split()).lower())
    if found is None:
        raise Expected(EXPECTED)
    return found
