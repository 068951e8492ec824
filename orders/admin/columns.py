"""
The columns of the queue: what each is called, shows, sorts by and is in a file. Add one here, and nowhere else.

A cell is made of what ``orders.admin.rows`` says of a line; it asks the database nothing.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from inventory.desk import naming, tables
from inventory.desk.columns import ListColumn, Sort, headings
from inventory.notebook import glance
from orders.models import OrderLine

from .rows import Row

EVERY = "-every-column"
FILES = ("csv", "xlsx", f"csv{EVERY}", f"xlsx{EVERY}")
"""As what the list is to be had: the columns that it shows, or every one that there is."""
NOTE_SIGNS = 40
"""Of a note, in the list; more when it is pointed at, all of it on the page of the line."""


def _order(row: Row) -> SafeString:
    order, address = row.line.order, reverse("admin:orders_backorder_change", args=[row.line.pk])
    return format_html('<a href="{}"><b>{}</b></a>{}', address, order.reference, _small(naming.to(order.customer)))


def _product(row: Row) -> SafeString:
    product = row.line.product
    sku = tables.link(product.sku, "inventory_product_change", product.pk)
    is_popular = getattr(row.line, "is_popular", False)
    return format_html("{}{}", tables.named(sku, is_popular=is_popular), _small(product.name))


def _waits(row: Row) -> SafeString:
    line = row.line
    waits = format_html("<b>{}</b>", intcomma(line.backordered))
    if line.backordered == line.quantity:
        return waits
    parts = [(line.quantity, "of {:,}"), (line.allocated, "{:,} set aside"), (line.shipped, "{:,} shipped")]
    return format_html("{}{}", waits, _small(" · ".join(words.format(units) for units, words in parts if units)))


def _covered(row: Row) -> SafeString:
    return format_html_join(" ", "{}", ((chip.shown,) for chip in row.cover))


def _arrives(row: Row) -> SafeString:
    return format_html("{}{}", row.arrives, _small(row.basis))


def _promised(row: Row) -> SafeString:
    first = _small(f"first {row.first_promised}") if row.first_promised else ""
    typed = _small("typed") if row.line.is_promise_pinned else ""
    return format_html("{} {}{}{}", row.promised, row.word.shown, first, typed)


def _cause(row: Row) -> SafeString:
    """Plain: as a chip it would be too wide for a column beside so many."""
    return format_html('<span title="{}">{}</span>', row.cause.title, row.cause.text) if row.cause else SafeString("")


def _told(row: Row) -> SafeString:
    return format_html("{} {}", row.told, row.news.shown if row.news else "")


def _place(row: Row) -> SafeString:
    size = format_html(" {}", _small(f"of {row.size}")) if row.size else ""
    return format_html("{}{}{}", row.place, size, format_html_join(" ", "{}", ((mark.shown,) for mark in row.marks)))


def _desk(row: Row) -> SafeString:
    whose = tables.chip(row.desk.owner, "blue") if row.desk.owner else ""
    words = Truncator(row.desk.note).chars(NOTE_SIGNS)
    note = format_html('<small title="{}">{}</small>', Truncator(row.desk.note).chars(500), words) if words else ""
    return format_html("{}{}", whose, note)


def _small(text: str) -> SafeString:
    return format_html("<small>{}</small>", text)


COLUMNS: tuple[ListColumn[Row], ...] = (
    ListColumn(
        "Order · customer",
        _order,
        css="title",
        head="order",
        in_file={"Order": "order__reference", "Customer": "order__customer__name"},
        beside={
            "Channel": "order__channel",
            "E-mail": "order__customer__email",
            "Wants to hear": "order__customer__hears",
        },
    ),
    ListColumn(
        "Product",
        _product,
        css="product",
        sort=Sort("sku", "By product", F("product__sku").asc()),
        in_file={"SKU": "product__sku", "Product": "product__name"},
        beside={"Warehouse": "order__warehouse__code"},
    ),
    ListColumn(
        "Waits",
        _waits,
        css="waits n",
        sort=Sort("units", "Most units first", F("backordered").desc()),
        in_file={"Waits": "backordered", "Ordered": "quantity", "Set aside": "allocated", "Shipped": "shipped"},
    ),
    ListColumn(
        "Age",
        lambda row: row.age,
        css="age n",
        sort=Sort("age", "Oldest first", F("placed_at").asc()),
        in_file={"Placed": "placed_at"},
    ),
    ListColumn(
        "Covered by",
        _covered,
        css="covered",
        in_file={"Set aside": "allocated", "On its way": "pegged", "No supply": "uncovered"},
    ),
    ListColumn(
        "Arrives",
        _arrives,
        css="arrives",
        in_file={"Likely": "likely_date", "Safe": "safe_date", "How we know": "basis"},
    ),
    ListColumn(
        "Promised",
        _promised,
        css="promised",
        sort=Sort("promised", "Promised soonest", F("promised_date").asc(nulls_last=True)),
        in_file={"First promised": "first_promised_date", "Promised": "promised_date"},
    ),
    ListColumn(
        "Risk",
        lambda row: "" if row.line.chance_to_break is None else f"{row.line.chance_to_break:.0%}",
        css="risk n",
        sort=Sort("risk", "Most likely to break first", F("chance_to_break").desc(nulls_last=True)),
        in_file={"Chance to break": "chance_to_break"},
    ),
    ListColumn(
        "Cause",
        _cause,
        css="cause",
        in_file={"Cause": "backorder_cause__cause"},
        beside={"Cause suggested": "backorder_cause__suggested", "Cause confirmed": "backorder_cause__confirmed"},
    ),
    ListColumn("Told", _told, head="told", in_file={"Told": "told_at"}),
    ListColumn("Turn · note", _desk, css="desk", in_file={"Turn": "turn", "Note": "first_note"}),
    ListColumn("Place", _place, css="place", in_file={"Priority": "priority"}, beside={"Reason": "priority_reason"}),
)


def written(
    lines: QuerySet[Any], shown: Sequence[ListColumn[Row]], *, every: bool
) -> tuple[QuerySet[Any], dict[str, str]]:
    """
    Give lines with what a file of these columns is read from, and its headings.

    :param every: what stands beside the columns, too
    """
    fields = headings(shown, every=every)
    return lines.annotate(turn=glance.owner(OrderLine), first_note=glance.note(OrderLine)), fields


def heads(found: Any, shown: Sequence[ListColumn[Row]]) -> Iterator[tuple[ListColumn[Row], str, str]]:
    """Give each column with the address that sorts by it, or no more, and with how the list is sorted by it now."""
    current = found.filterset.form.cleaned_data.get("sort")
    for column in shown:
        sort = column.sort
        is_current = sort is not None and sort.name == current
        url = found.get_query_string({"sort": None if is_current else sort.name}) if sort else ""
        yield column, url, ("descending" if sort.by.descending else "ascending") if sort and is_current else ""
