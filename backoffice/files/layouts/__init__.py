"""
Exports of other programs that load by name, one small file each: data, and no code.

A new one: copy the nearest, write its columns as the program writes them, and put it into ``LAYOUTS``.
"""

from collections.abc import Sequence

from inventory.ground.tabular import Layout

from . import amazon, ebay, odoo, own, quickbooks, scms, shopify, square, woocommerce

LAYOUTS: Sequence[Layout] = (
    *shopify.LAYOUTS,
    *woocommerce.LAYOUTS,
    *amazon.LAYOUTS,
    *square.LAYOUTS,
    *ebay.LAYOUTS,
    *odoo.LAYOUTS,
    *quickbooks.LAYOUTS,
    *scms.LAYOUTS,
    *own.LAYOUTS,
)


def of(kind: str) -> list[Layout]:
    """Give the layouts that a kind of file may have."""
    return [layout for layout in LAYOUTS if kind in layout.kinds]


__all__ = ["LAYOUTS", "of"]
