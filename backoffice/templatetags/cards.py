"""Rows of stock lists that a phone shows as cards: there is no room for a head, so each cell names its column."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

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


def _labeled(cell: str, head: Mapping[str, Any] | None) -> str:
    if head is None or BOX in head["class_attrib"]:
        return cell
    opening, rest = SafeString(cell[:TAG]), SafeString(cell[TAG:])
    return format_html('{} data-label="{}"{}', opening, capfirst(head["text"]), rest)
