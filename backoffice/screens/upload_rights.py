"""
Which kinds of files a person may load: those of which they may change as much by hand, on its page.

``manage.py load`` asks nobody: who runs it may do everything.
"""

from collections.abc import Mapping

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied

from backoffice.files import loading

UPLOAD = "backoffice.add_upload"
ASKS: Mapping[str, tuple[str, ...]] = {
    "products": ("inventory.add_product", "inventory.change_product"),
    "stock": ("inventory.adjust_stock",),
    "inbound": ("inventory.reschedule_inbound",),
    "history": ("inventory.view_demandentry",),
    "orders": ("orders.add_order",),
    "cancellations": ("orders.cancel_orderline",),
    "suppliers": ("suppliers.add_supplier", "suppliers.change_supplier"),
    "offers": ("suppliers.add_offer", "suppliers.change_offer"),
    "deliveries": ("suppliers.change_supplier",),
}
"""
What a file of each kind asks for, beside that files may be loaded at all. A count is a count, typed or loaded; past
deliveries change what is known of suppliers. Nobody types what was asked for in the past: who sees it may load it.
"""


def kinds(by: User) -> list[str]:
    """Name the kinds that a person may load, as they are offered."""
    return [kind for kind in loading.KINDS if may(by, kind)]


def asked(kind: str) -> tuple[str, ...]:
    """Give the permissions without which nobody loads a file of this kind."""
    return UPLOAD, *ASKS.get(kind, (UPLOAD,))


def may(by: User, kind: str) -> bool:
    return by.has_perms(asked(kind))


def ask(by: User, kind: str) -> None:
    """:raises PermissionDenied: in words, if a person may not load this kind"""
    if not may(by, kind):
        raise PermissionDenied(refusal(kind))


def refusal(kind: str) -> str:
    return f"You may load files, but none of {kind}: your role does not change those by hand either. Nothing was done."
