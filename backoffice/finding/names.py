"""What a screen is called: in the menu, as its heading, in the browser's tab, and on the button that opens it."""

from typing import Any

from django.utils.text import capfirst

from .navigation import GROUPS

ADDING = {
    "auth.user": "Let somebody in",
    "backoffice.upload": "Load a file",
    "inventory.countsheet": "Count some bins",
    "inventory.inbound": "Receive what nobody ordered",
    "inventory.transfer": "Send a transfer",
    "orders.hold": "Hold units for a customer",
    "orders.order": "Place an order",
    "orders.simulationrun": "New simulation",
    "suppliers.purchaseorder": "Draft a purchase order",
}
"""Where something new is not merely added to a list."""
_LISTS = {entry.target: entry.label for _, _, entries in GROUPS for entry in entries if not entry.query}


def of_list(opts: Any) -> str:
    """What the list of a model is called, as the menu calls it."""
    return _LISTS.get(opts.label_lower) or capfirst(str(opts.verbose_name_plural))


def of_adding(opts: Any) -> str:
    """What adding a row is called: its button on the list and its page."""
    return ADDING.get(opts.label_lower) or f"Add {opts.verbose_name}"
