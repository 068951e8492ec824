"""
The link to an order's own page, as mails carry it: signed, of one order, good until staff withdraw it. Writes nothing.

It names the order by its number here and the edition of its links; ``KEY`` says which way of signing made it, so that
another one can come beside it. With another ``SECRET_KEY`` it opens nothing, unless that is kept in
``SECRET_KEY_FALLBACKS``.
"""

from typing import NamedTuple

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.utils.http import base36_to_int, int_to_base36

from orders.models import Order

KEY = "a"
PATH = "/your-order/"
MOST_SIGNS = 100
"""No link of ours is longer."""


class LinkedOrder(NamedTuple):
    """Which order a link names, and of which edition it is."""

    order_id: int
    edition: int


def token(order: Order) -> str:
    """Give the token of an order's links as they are good now; reads ``page_links`` unless it was read with it."""
    links = getattr(order, "page_links", None)
    edition = links.edition if links else 0
    return _signer(KEY).sign(f"{KEY}{int_to_base36(order.pk)}-{int_to_base36(edition)}")


def url(order: Order) -> str:
    """Give the whole address, as a mail carries it."""
    return f"{settings.SITE_URL}{PATH}{token(order)}/"


def named(given: str) -> LinkedOrder | None:
    """Say which order a token names; None: it was not made here, or not as it stands."""
    if len(given) > MOST_SIGNS or given[:1] != KEY:
        return None
    try:
        value = _signer(KEY).unsign(given)
        order_id, _, edition = value.removeprefix(KEY).partition("-")
        return LinkedOrder(base36_to_int(order_id), base36_to_int(edition))
    except (BadSignature, ValueError):
        return None


def unsaid(path: str) -> str:
    """
    Give the path of a request as a log may keep it: who has a link can act by it.

    >>> unsaid("/your-order/a1-0.xyz/cancel/"), unsaid("/admin/")
    ('/your-order/…/cancel/', '/admin/')
    """
    if not path.startswith(PATH):
        return path
    return f"{PATH}…/{path.removeprefix(PATH).partition('/')[2]}"


def _signer(key: str) -> Signer:
    return Signer(salt=f"{__name__}:{key}", sep=".")
