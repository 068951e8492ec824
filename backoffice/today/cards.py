"""What a card is, and the words and addresses that cards are made of."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.core.cache import cache
from django.urls import NoReverseMatch, reverse

from inventory.desk import tables
from orders.queue import counting

Reader = User | AbstractBaseUser | AnonymousUser


@dataclass(frozen=True, slots=True)
class Card:
    """
    One figure: what it counts, in which grain, and the list behind it. ``tone``: gray, red, amber, green or blue.

    :ivar rows: how many rows that list shows, up to ``paging.BOUND`` + 1; None: it is no list of one row each
    :ivar money: what hangs on it, in the shop's currency
    """

    label: str
    figure: str
    detail: str
    tone: str
    url: str
    rows: int | None = None
    money: str = ""


def address(name: str, query: str = "") -> str:
    """Give the address of an admin list, or nothing where there is no such list."""
    try:
        return reverse(f"admin:{name}") + query
    except NoReverseMatch:
        return ""


def fresh(key: str, read: Any) -> Any:
    return cache.get_or_set(key, read, counting.FRESH_SECONDS)


def may(user: Reader, permission: str) -> bool:
    return isinstance(user, User) and user.has_perm(permission)


def tab(name: str) -> str:
    return address("orders_backorder_changelist", f"?tab={name}")


def money(amount: Decimal) -> str:
    """Write an amount in the shop's currency, to the whole unit; nothing of nothing."""
    said = tables.money(amount)
    return f"{said.amount:,.0f} {said.currency}".rstrip() if said and amount else ""
