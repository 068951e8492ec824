"""How a line stands, for whoever answers a caller: its bar, the one window to say, why it waits. It asks nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from inventory.desk.tables import chip, link, money, named, shown
from inventory.ground.plurals import counted
from orders.admin import rows
from orders.answering import around, payments, spoken, turns, why
from orders.answering.briefs import Brief, Briefing
from orders.models import Allocation, OrderLine
from orders.wording import parts, phrases, window

UNFOLDED = 3
"""Lines whose reasons stand open; those of the others are a click away."""
NO_DATE = "no date can be given yet"
NOTHING_SOONER = "Nothing we know of."


@dataclass(frozen=True, slots=True)
class BarSegment:
    """A part of the bar, in hundredths of what was ordered, and the word that belongs to its color."""

    tone: str
    x: str
    width: str
    words: str


@dataclass(frozen=True, slots=True)
class Shown:
    """
    One line as the page shows it.

    :ivar say: the one window
    :ivar was: the day that was promised first, where it is another one
    :ivar note: what staff must know of it and the customer need not
    """

    item: SafeString
    name: str
    order: SafeString | str
    page: SafeString | str
    ordered: str
    price: str
    bar: Sequence[BarSegment]
    say: str
    is_dated: bool
    word: SafeString
    was: str
    note: str
    facts: Sequence[tuple[str, SafeString]]
    is_unfolded: bool
    is_open: bool


def of(briefing: Briefing, *, today: date, names_orders: bool) -> list[Shown]:
    """Put lines into words; ``names_orders``: they are of several orders."""
    return [
        _shown(brief, briefing, today, names_orders=names_orders, is_unfolded=place < UNFOLDED)
        for place, brief in enumerate(briefing.briefs)
    ]


def _shown(brief: Brief, briefing: Briefing, today: date, *, names_orders: bool, is_unfolded: bool) -> Shown:
    line, word = brief.line, rows.kept(brief.line, today)
    first = line.first_promised_date
    popular = bool(getattr(line, "is_popular", False))
    return Shown(
        item=named(link(line.product.sku, "inventory_product_change", line.product_id), is_popular=popular),
        name=line.product.name,
        order=link(line.order, "orders_order_change", line.order_id) if names_orders else "",
        page=link("its page", "orders_backorder_change", line.pk),
        ordered=f"{line.quantity:,} ordered",
        price=f"{shown(money(line.unit_price))} each" if line.unit_price else "",
        bar=list(_bar(line)),
        say=say(line, today),
        is_dated=line.promised_date is not None and not line.is_stopped,
        word=chip(word.text, word.tone),
        was=phrases.day(first, today) if line.open and first and first != line.promised_date else "",
        note=window.disagreement(line, today),
        facts=[(name, text) for name, text in _facts(brief, briefing, today) if text],
        is_unfolded=is_unfolded,
        is_open=line.open > 0,
    )


def folded(briefing: Briefing) -> str:
    """Name the lines of which nothing is open, where they stand behind others: "12 lines shipped"."""
    gone = [line for line in briefing.lines if not line.open]
    if len(gone) == len(briefing.lines):
        return ""
    shipped = sum(line.shipped > 0 for line in gone)
    counts = [(shipped, "shipped"), (len(gone) - shipped, "canceled or replaced")]
    return ", ".join(f"{counted(count, 'line')} {word}" for count, word in counts if count)


def say(line: OrderLine, today: date) -> str:
    """Give the window to say of a line, or the parts it comes in, as its mail says it; nothing of one that is gone."""
    if not line.open:
        return ""
    if line.is_stopped:
        return payments.NOT_PAID if line.order.is_unpaid else STOPPED
    likely, promised = window.standing(line)
    if promised and promised < today:
        return f"we said {window.in_words(None, promised, today=today)}, and that day has passed"
    return parts.in_words(line, today) or window.in_words(likely, promised, today=today) or NO_DATE


STOPPED = "stopped for now"


def _bar(line: OrderLine) -> Iterator[BarSegment]:
    coming = line.backordered - line.uncovered
    replaced, back = spoken.replaced(line), spoken.came_back(line)
    canceled = line.canceled - replaced
    waits = "1 waits" if line.backordered == 1 else f"{line.backordered:,} wait"
    uncovered, later, lacks = line.uncovered, 0, 0
    if line.is_stopped:
        coming, uncovered, lacks = 0, 0, line.backordered
    elif line.is_held_back:
        uncovered, later = 0, line.uncovered
    words = [
        ("gray", line.shipped - back, f"{line.shipped - back:,} shipped"),
        ("green", line.allocated, f"{line.allocated:,} here"),
        ("blue", coming, waits if coming == line.backordered else f"{waits}, {coming:,} of them on the way"),
        ("red", uncovered, f"{waits}, none on the way" if not coming else f"{line.uncovered:,} not covered"),
        ("gray", later, f"{later:,} not yet set aside" if coming else f"{waits}, not yet set aside"),
        ("gray", lacks, f"{lacks:,} not here"),
        ("none", canceled, f"{canceled:,} canceled"),
        ("none", replaced, f"{replaced:,} replaced"),
        ("none", back, f"{back:,} came back"),
    ]
    x = 0.0
    for tone, units, text in words:
        if units > 0:
            width = 100 * units / line.quantity
            yield BarSegment(tone, f"{x:.2f}", f"{width:.2f}", text)
            x += width


def _facts(brief: Brief, briefing: Briefing, today: date) -> Iterator[tuple[str, SafeString]]:
    """Say why a line waits: what covers it, who is before it, what it ships with, what would be sooner."""
    line = brief.line
    yield "Covered by", _lines([_claim(claim, today) for claim in brief.claims])
    if not line.is_stopped:
        yield "Not ordered", _not_ordered(brief)
    if line.is_held_back and line.open:
        text = why.left_to_others(line)
        yield "Left to others", format_html("{}{}.", text[0].upper(), text[1:])
    if brief.turn:
        place = f"{turns.before(brief.turn)} · place {turns.place(line, brief.turn)}"
        yield "Before it", format_html("{}", place)
    if line.order.is_ship_complete:
        yield "Ships with", _together(line, briefing.lines)
    if brief.turn:
        sooner = [*around.sooner(line, brief.around), *why.pinned(line, brief.turn)]
        yield "Sooner?", _lines([format_html("{}", text) for text in sooner or [NOTHING_SOONER]])


def _together(line: OrderLine, lines: Sequence[OrderLine]) -> SafeString:
    """Name what else of its order waits, each with a link to its page."""
    others = [each for each in lines if each.order_id == line.order_id and each.pk != line.pk and each.waits]
    named = [
        link(f"{phrases.units(other.backordered)} of {other.product}", "orders_backorder_change", other.pk)
        for other in others
    ]
    return format_html(phrases.listed(["{}"] * len(named)), *named) if named else SafeString("")


def _not_ordered(brief: Brief) -> SafeString:
    """Say it, and lead whoever buys to the order, or to the supplier that is missing."""
    line, text = brief.line, around.not_ordered(brief.line, brief.around)
    if not text:
        return SafeString("")
    way = "order it" if brief.around.sources else "add a supplier"
    return format_html("{} · {}", text, link(way, "order_product", line.product_id, warehouse=line.order.warehouse_id))


def _claim(claim: Allocation, today: date) -> SafeString:
    fact = why.source(claim, today)
    to = ("inbound_order", claim.inbound_id) if claim.inbound else ("inventory_stock_change", claim.stock_id)
    return format_html("{}: {}", link(fact.name, *to), fact.text)


def _lines(parts: Sequence[SafeString]) -> SafeString:
    return format_html_join("", "<div>{}</div>", ((part,) for part in parts))
