"""
Who sees which card: those of their roles, of what they may see; whoever has several roles sees each card once.

Administrators, auditors and people whose roles the shop has made itself see all that they may.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.utils.text import Truncator

from backoffice.people.roles import BUYER, CUSTOMER_SERVICE, OPERATIONS
from backoffice.watching import naming, watch
from orders.mail import outbox

from . import buying, kept, own, waiting
from .cards import Card, Reader, address, fresh, may

MOST_WORDS = 200


@dataclass(frozen=True, slots=True)
class CardsOfRoles:
    """Cards that stand together: whose roles they are for, and all that one must be allowed to see."""

    roles: frozenset[str]
    permissions: tuple[str, ...]
    cards: Callable[..., Iterable[Card]]


def _for(*roles: str) -> frozenset[str]:
    return frozenset(roles)


SHOWN: tuple[CardsOfRoles, ...] = (
    CardsOfRoles(_for(OPERATIONS, CUSTOMER_SERVICE), ("orders.view_orderline",), waiting.promises),
    CardsOfRoles(_for(OPERATIONS), ("orders.view_orderline",), waiting.to_ship),
    CardsOfRoles(_for(OPERATIONS), ("orders.ship_order",), waiting.batches),
    CardsOfRoles(_for(OPERATIONS), ("backoffice.view_weeklyfigure",), kept.promises),
    CardsOfRoles(_for(OPERATIONS, BUYER), ("inventory.view_inbound",), buying.expected),
    CardsOfRoles(_for(CUSTOMER_SERVICE), ("orders.view_orderline",), waiting.untold),
    CardsOfRoles(_for(CUSTOMER_SERVICE), ("orders.view_notice",), waiting.calls),
    CardsOfRoles(_for(CUSTOMER_SERVICE), ("orders.view_refund",), waiting.refunds),
    CardsOfRoles(_for(CUSTOMER_SERVICE), ("inventory.view_alert", "orders.view_notice"), own.did_not_arrive),
    CardsOfRoles(_for(OPERATIONS, CUSTOMER_SERVICE), ("orders.view_restocklist",), waiting.asked_for),
    CardsOfRoles(_for(BUYER), ("inventory.view_reorderpolicy",), buying.running_out),
    CardsOfRoles(_for(BUYER), ("suppliers.view_purchaseorder",), buying.orders),
    CardsOfRoles(_for(BUYER), ("inventory.view_inbound",), buying.overdue),
    CardsOfRoles(_for(BUYER), ("suppliers.view_slip",), buying.slips),
    CardsOfRoles(_for(BUYER), ("orders.view_repeatedbackorder",), buying.again),
)


def cards(user: Reader, *, at: datetime) -> Iterator[Card]:
    """Give the cards of a person: what stands still, what is theirs, what is of their roles."""
    yield from _alarms(user, at)
    if outbox.is_shadow():
        yield Card(
            "Mail is in shadow",
            "None is sent",
            "what would have gone is kept: read it (MAIL=shadow)",
            "amber",
            address("orders_notice_changelist", "?state__exact=shadowed") if may(user, "orders.view_notice") else "",
        )
        if may(user, "suppliers.approve_purchaseorder"):
            yield Card(
                "Letters to suppliers are in shadow",
                "None is sent",
                "send orders by other means; read what would have gone (MAIL=shadow)",
                "amber",
                address("suppliers_orderletter_changelist", "?state__exact=shadowed"),
            )
    roles = _roles(user)
    shown = [
        card
        for each in SHOWN
        if (not roles or roles & each.roles) and all(may(user, name) for name in each.permissions)
        for card in each.cards(at=at)
    ]
    if isinstance(user, User):
        yield from own.mine(user, at=at)
    yield from shown


def _roles(user: Reader) -> set[str]:
    """Give the roles by which a person's cards are chosen; none: all cards are shown."""
    if not isinstance(user, User) or user.is_superuser:
        return set()
    known: set[str] = set().union(*(each.roles for each in SHOWN))
    names = set(user.groups.values_list("name", flat=True))
    return names if names and names <= known else set()


def _alarms(user: Reader, at: datetime) -> Iterator[Card]:
    """What stands still or went wrong, before all else; looked at here and now, since a dead clock notes nothing."""
    found: list[watch.Watched] = fresh("dashboard:wrong", lambda: watch.wrong(at=at))
    for each in found:
        permission, name, query = naming.MENDED[each.name]
        if may(user, permission):
            words = Truncator(each.words).chars(MOST_WORDS)
            yield Card(naming.TITLES[each.name], each.figure, words, "red", address(name, query))
