"""Cells that name a currency: one that there is, or the one that a shop's amounts are in."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from inventory.ground import currencies

from . import money, signs
from .words import Expected, Parser


def currency_code(cell: str) -> str:
    """
    Read a currency.

    >>> currency_code("eur")
    'EUR'
    """
    found = signs.western(cell).upper()
    if found not in currencies.CODES:
        raise Expected("a currency in three letters, such as EUR")
    return found


@dataclass(frozen=True, slots=True)
class ShopCurrency:
    """
    A parser of the currency that a row's amounts are in, which has to be the shop's; alone it takes any.

    :ivar own: the shop's; "" where nobody has told: then all rows of a file are in one
    :ivar values: reads the column again from its start
    """

    own: str = ""
    values: Callable[[], Iterable[str]] = tuple

    def of(self, own: str, values: Callable[[], Iterable[str]]) -> Parser:
        """Give the parser of one file's column."""
        return ShopCurrency(own, values)

    def __call__(self, cell: str) -> str:
        found = signs.western(cell).upper()
        if found not in currencies.CODES and not money.is_currency(found):
            raise Expected("a currency in three letters, such as EUR")
        if self.own and not money.is_of(found, self.own):
            raise Expected(f"{self.own}, which amounts are in here: nothing is converted")
        if not self.own:
            named = sorted({signs.western(value).upper() for value in self.values() if value.strip()})
            if len(named) > 1:
                raise Expected(f"amounts in one currency; the column has {' and '.join(named[:5])}")
        return found
