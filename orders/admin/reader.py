"""Who reads a page: what is named on it is a link for those who may open it, and plain text for everybody else."""

from typing import Any

from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from inventory.admin.operations import person
from inventory.admin.tables import link

PAGES = {
    "order": "orders.view_order",
    "backorder": "orders.view_orderline",
    "customer": "orders.view_customer",
    "notice": "orders.view_notice",
    "shipment": "orders.view_shipment",
    "product": "inventory.view_product",
    "inbound": "inventory.view_inbound",
}
"""Who may open the page of a row, by what it is a row of."""


class Reader:
    def __init__(self, request: HttpRequest) -> None:
        self._by = person(request)

    def link(self, text: Any, kind: str, pk: int) -> SafeString:
        """Name a row, and lead to its page."""
        return self._name(text, kind, f"{self._app(kind)}_{kind}_change", pk)

    def search(self, text: Any, kind: str, term: str) -> SafeString:
        """Lead to a list narrowed to what holds this term."""
        return self._name(text, kind, f"{self._app(kind)}_{kind}_changelist", q=term)

    def may(self, permission: str) -> bool:
        return bool(self._by.has_perm(permission))

    def _name(self, text: Any, kind: str, page: str, *args: Any, **query: Any) -> SafeString:
        return link(text, page, *args, **query) if self.may(PAGES[kind]) else format_html("{}", text)

    @staticmethod
    def _app(kind: str) -> str:
        return PAGES[kind].partition(".")[0]
