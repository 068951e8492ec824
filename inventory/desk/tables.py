"""Small tables on the pages of the admin: what a cell holds decides how it is shown."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.forms import BoundField
from django.urls import NoReverseMatch, reverse
from django.utils import formats
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from inventory.models import Product

from . import moments, reader

NOTHING = format_html('<span class="dim">{}</span>', "–")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount and what it is in; "" where the shop has not told."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Cell:
    """``column``: what a small screen, which has no room for the head, writes before the text."""

    text: str
    is_number: bool = False
    column: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """
    Rows of values under their columns. A value is text, a number of units, money, a date or a form's field.

    :ivar numbers: the columns, by name, whose head stands at the right, over its numbers
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    empty: str = ""
    note: str = ""
    numbers: Sequence[str] = ()

    def head(self) -> Iterator[Cell]:
        for column in self.columns:
            yield Cell(column, column in self.numbers)

    def body(self) -> Iterator[list[Cell]]:
        for row in self.rows:
            yield [
                Cell(shown(value), _is_number(value) or (value in (None, "") and column in self.numbers), column)
                for column, value in zip(self.columns, row, strict=True)
            ]

    def fields(self) -> set[str]:
        """Name the form fields that stand in the table, so that the page does not show them twice."""
        return {value.html_name for row in self.rows for value in row if isinstance(value, BoundField)}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal | Money) and not isinstance(value, bool)


def shown(value: Any) -> str:
    """Write a value: 1,204; 12.50; 12.50 EUR; 3 Mar 2026; yes and no; a dash for what is not known."""
    match value:
        case SafeString():
            return value
        case BoundField():
            return format_html("{}{}", value.as_widget(), value.errors)
        case None | "":
            return NOTHING
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case Decimal():
            return f"{value:,.2f}"
        case float():
            return f"{value:,.1f}"
        case Money():
            return f"{value.amount:,.2f} {value.currency}".rstrip()
    return day(value) if isinstance(value, date) else str(value)


def day(value: date | datetime | None) -> str:
    """Write a date; with a moment the time of day, in the shop's zone and the reader's own."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return moments.said(value)
    return formats.date_format(value, "DATE_FORMAT")


def window(likely: date | None, safe: date | None) -> str:
    """Write from when to when something may come: one day, or "3 Mar – 9 Mar 2026"."""
    if likely is None or safe is None or likely == safe:
        return day(safe or likely)
    return f"{formats.date_format(likely, 'j M')} – {day(safe)}"


def chip(word: str, tone: str) -> SafeString:
    """A word on its color: gray, green, blue, amber, red or violet."""
    return format_html('<span class="chip {}">{}</span>', tone, word)


def item(product: Product) -> SafeString:
    """
    Name a product, with a link to it, and let a popular one (``inventory.night.popular``) stand out, in words and not
    by color alone.
    """
    return named(link(product.sku, "inventory_product_change", product.pk), is_popular=product.is_popular)


def named(sku: Any, *, is_popular: bool) -> SafeString:
    """Write a SKU, or a link that says it, with the badge of the popular."""
    if not is_popular:
        return format_html("{}", sku)
    return format_html(
        '{} <span class="chip violet popular" title="{}">★ A</span>',
        sku,
        "Popular: earns most, and is asked for week after week",
    )


def money(amount: Decimal | None, currency: str | None = None) -> Money | None:
    """Give an amount with its currency, the shop's own if none is named."""
    return None if amount is None else Money(amount, settings.SHOP_CURRENCY if currency is None else currency)


def number(value: float | Decimal | Money | str | None) -> SafeString:
    """A number at the right of its column, for lists."""
    return format_html('<span class="number">{}</span>', shown(value))


def link(text: Any, name: str, *args: Any, **query: Any) -> SafeString:
    """
    Link to a page of the admin by URL name.

    Only the text where there is no such page; and with the reason where the reader may not open it (``reader``).
    """
    url, words = address(name, *args, **query)
    if words:
        return format_html('<span title="{}">{}</span>', words, text)
    return format_html('<a href="{}">{}</a>', url, text) if url else format_html("{}", text)


def address(name: str, *args: Any, **query: Any) -> tuple[str, str]:
    """Give the address of a page of the admin, or why the reader may not open it; neither where there is no such."""
    try:
        url = reverse(f"admin:{name}", args=args)
    except NoReverseMatch:
        return "", ""
    if words := reader.why_not(name):
        return address(reader.INSTEAD[name], *args, **query) if name in reader.INSTEAD else ("", words)
    return f"{url}?{urlencode(query)}" if query else url, ""


def lines(parts: Iterable[Any]) -> SafeString:
    """Stack parts, one under the other, in one cell."""
    return format_html_join("", "<div>{}</div>", ((part,) for part in parts))
