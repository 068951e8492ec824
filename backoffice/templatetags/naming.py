"""Names on pages, as links for those who may open what they name: for templates what ``naming`` is for tables."""

from typing import Any

from django import template
from django.utils.safestring import SafeString

from inventory.desk import naming, tables

register = template.Library()


@register.simple_tag
def link_to(text: Any, name: str, *args: Any, **query: Any) -> SafeString:
    """Write a text that leads to a page of the admin, by its URL name."""
    return tables.link(text, name, *args, **query)


@register.filter
def linked(row: Any) -> Any:
    """Name a row, with a link to its page."""
    return naming.to(row)


@register.filter
def sku(product: Any) -> SafeString:
    """Name a product by its SKU, with a link to its page and the badge of the popular."""
    return tables.item(product)
