"""Rows of stock lists: each cell names its column, since a phone shows cards without a head; chosen columns alone."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from inventory.desk.lists import choosing

register = template.Library()
BOX = "action-checkbox-column"
TAG = len("<td")


@register.filter
def labeled(cells: Iterable[str], heads: Sequence[Mapping[str, Any]]) -> list[str]:
    """
    Give the cells of a row, as the stock admin writes them, the names of their columns.

    The box that selects a row has none, nor has what stands beyond the head: the hidden key of a row with fields.
    """
    return [_labeled(cell, head) for cell, head in zip_longest(cells, heads)]


@register.filter
def chosen(cells: Sequence[Any], found: Any) -> list[Any]:
    """Leave out what stands in columns of a list that were not chosen; what stands beyond its columns stays."""
    shown = found.asked_columns.shown | {choosing.BOX}
    hidden = {place for place, name in enumerate(found.list_display) if choosing.called(name) not in shown}
    return [cell for place, cell in enumerate(cells) if place not in hidden]


def _labeled(cell: str, head: Mapping[str, Any] | None) -> str:
    if head is None or BOX in head["class_attrib"]:
        return cell
    opening, rest = SafeString(cell[:TAG]), SafeString(cell[TAG:])
    return format_html('{} data-label="{}"{}', opening, capfirst(head["text"]), rest)
