"""
Who reads the page: kept while one request is answered, as Django keeps its language.

Every name on every page is a link for those who may open what it names, and plain text with the reason for the others;
``tables.link`` asks here. The desk of the page itself answers, and nothing is asked of the database for it: the
permissions of a person are read once for a request.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest

SCREENS = {"order_product": "suppliers_purchaseorder_add", "inbound_order": "suppliers_purchaseorder_change"}
"""Screens of their own, and the page of the admin whose reader may open them."""
INSTEAD = {"inbound_order": "inventory_inbound_change"}
"""Where those are led who may not open the one: what comes of a purchase order, instead of the purchase order."""
_reading: ContextVar[HttpRequest | None] = ContextVar("reading", default=None)


@contextmanager
def of(request: HttpRequest) -> Iterator[None]:
    """Keep who reads until what they asked for is answered."""
    token = _reading.set(request)
    try:
        yield
    finally:
        _reading.reset(token)


def may(permission: str) -> bool:
    """Say whether the reader has this permission; where nobody reads, nobody is refused."""
    request = _reading.get()
    return request is None or (isinstance(request.user, User) and request.user.has_perm(permission))


def why_not(name: str) -> str:
    """
    Say why the reader may not open this page of the admin; empty if they may, and where nobody reads.

    :param name: as its address is called: "orders_order_change". Of screens of their own who links to them knows it.
    """
    request = _reading.get()
    app, _, rest = SCREENS.get(name, name).partition("_")
    model, _, kind = rest.rpartition("_")
    if request is None or kind not in ("change", "changelist", "add"):
        return ""
    try:
        desk = admin.site._registry.get(apps.get_model(app, model))
    except LookupError:
        return ""
    if desk is None:
        return ""
    if kind == "add":
        return "" if desk.has_add_permission(request) else f"You may not add {desk.opts.verbose_name_plural}."
    return "" if desk.has_view_or_change_permission(request) else f"You may not open {desk.opts.verbose_name_plural}."
