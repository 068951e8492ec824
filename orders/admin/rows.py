"""What one row of the queue says, in words and chips. Facts in, words out: it asks the database nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from inventory.desk.tables import address, link
from inventory.notebook import glance
from inventory.notebook.glance import Glance
from orders.answering import why
from orders.models import Allocation, BackorderCause, Basis, NoticeState, OrderLine
from orders.queue import covers, questions

FAR_DAYS = 300
"""A day further away than this is written with its year."""


@dataclass(frozen=True, slots=True)
class Chip:
    """A word and its tone: color is never alone. ``to``: the page it leads to, and what its address holds."""

    text: str
    tone: str
    title: str = ""
    to: tuple[Any, ...] = ()
    query: tuple[tuple[str, Any], ...] = ()

    @property
    def shown(self) -> SafeString:
        """A link for those who may open what it is about, plain with the reason for the others."""
        url, why_not = address(*self.to, **dict(self.query)) if self.to else ("", "")
        title = f"{self.title} {why_not}".strip()
        if url:
            return format_html('<a class="chip {}" href="{}" title="{}">{}</a>', self.tone, url, title, self.text)
        return format_html('<span class="chip {}" title="{}">{}</span>', self.tone, title, self.text)


_QUEUED = Chip("queued", "blue", "An e-mail is about to go out.")
NEWS: Mapping[str, Chip] = {
    NoticeState.QUEUED: _QUEUED,
    NoticeState.CLAIMED: _QUEUED,
    NoticeState.CALL: Chip("to call", "amber", "Its customer has no e-mail address: somebody has to call."),
    NoticeState.DEAD: Chip("not delivered", "red", "The last e-mail could not be delivered."),
    NoticeState.IN_DOUBT: Chip("in doubt", "amber", "The last e-mail may or may not have gone out."),
}
"""What a notice that is not settled says of its line."""
NEVER_TOLD = "It waits, and its customer has heard nothing of it from us."


NO_GLANCE = Glance()


@dataclass(frozen=True, slots=True)
class Row:
    line: OrderLine
    age: str
    cover: tuple[Chip, ...]
    arrives: str
    basis: str
    promised: str
    first_promised: str
    word: Chip
    told: str
    news: Chip | None
    place: str
    size: str
    marks: tuple[Chip, ...]
    cause: Chip | None = None
    desk: Glance = NO_GLANCE


def rows(lines: Sequence[OrderLine], *, at: datetime) -> list[Row]:
    """
    Read what stands around these lines, five statements for all of them, and put it into words.

    They come with their ``backorder_cause``.
    """
    ids = [line.pk for line in lines]
    cover, places, news = questions.cover(ids), questions.places(lines), questions.unsent(ids)
    desk = glance.of(OrderLine, ids)
    found = (_row(line, cover.get(line.pk, ()), places, news, at) for line in lines)
    return [replace(row, desk=desk[row.line.pk]) if row.line.pk in desk else row for row in found]


def _row(
    line: OrderLine,
    claims: Sequence[Allocation],
    places: Mapping[int, tuple[int, int]],
    news: Mapping[int, tuple[str, int]],
    at: datetime,
) -> Row:
    today = timezone.localdate(at)
    place, size = places.get(line.pk, (0, 0))
    first = line.first_promised_date
    return Row(
        line=line,
        age=ago(line.placed_at, at),
        cover=tuple(chips(line, claims, today)),
        arrives=_arrives(line, today),
        basis=how(line, claims),
        promised=day(line.promised_date, today) if line.promised_date else "",
        first_promised=day(first, today) if first and first != line.promised_date else "",
        word=replace(kept(line, today), to=("orders_backorder_change", line.pk)),
        told=f"{ago(line.told_at, at)} ago" if line.told_at else "",
        news=_news(line, *news.get(line.pk, ("", 0))),
        place=_bounded(place) if place else "–",
        size=_bounded(size) if size else "",
        marks=tuple(replace(mark, to=("orders_backorder_change", line.pk)) for mark in _marks(line)),
        cause=cause(getattr(line, "backorder_cause", None)),
    )


def cause(found: BackorderCause | None) -> Chip | None:
    """Say why a line went on backorder: as a question until a person has said so; None if nobody knows."""
    if found is None or not found.words:
        return None
    if found.confirmed:
        return Chip(found.words, "blue", f"Said by {found.by}." if found.by else "Said by a colleague.")
    return Chip(found.words, "gray", "Suggested from the record, and confirmed by nobody.")


def _arrives(line: OrderLine, today: date) -> str:
    if line.waits:
        return window(line.likely_date, line.safe_date, today)
    return "here" if line.allocated and not line.backordered else "–"


def day(value: date, today: date) -> str:
    """Write a day the short way."""
    return date_format(value, "j M Y" if abs((value - today).days) > FAR_DAYS else "j M")


def window(likely: date | None, safe: date | None, today: date) -> str:
    """Write from the likely to the safe day: 12–16 Dec."""
    if not likely or not safe:
        return "no date"
    if likely == safe:
        return day(safe, today)
    if (likely.year, likely.month) == (safe.year, safe.month):
        return f"{likely.day}–{day(safe, today)}"
    return f"{day(likely, today)} – {day(safe, today)}"


def ago(then: datetime, at: datetime) -> str:
    """
    Write how long ago: hours on the first day, then days.

    >>> from datetime import UTC
    >>> ago(datetime(2026, 11, 20, 9, tzinfo=UTC), datetime(2026, 11, 23, 15, tzinfo=UTC))
    '3 d'
    """
    passed = max(timedelta(), at - then)
    if passed.days:
        return f"{passed.days:,} d"
    return f"{passed.seconds // 3600} h" if passed.seconds >= 3600 else f"{passed.seconds // 60} min"


def chips(line: OrderLine, claims: Sequence[Allocation], today: date) -> list[Chip]:
    """Say what covers each part of a line: on hand, on its way, overdue, or nothing."""
    found = [_chip(claim, today) for claim in claims]
    if line.uncovered > 0 and not line.is_stopped:
        found.append(_uncovered(line))
    return found


def _uncovered(line: OrderLine) -> Chip:
    if line.is_held_back:
        text = why.left_to_others(line)
        title = f"{text[0].upper()}{text[1:]}."
        return Chip(f"not yet · {line.uncovered:,}", "gray", title, ("orders_order_change", line.order_id))
    to, query = ("order_product", line.product_id), (("warehouse", line.order.warehouse_id),)
    if line.basis == Basis.LEAD_TIME:
        return Chip(f"not ordered · {line.uncovered:,}", "gray", "No inbound covers these units: order it.", to, query)
    title = "No inbound covers these units: order it, or add a supplier."
    return Chip(f"no supply · {line.uncovered:,}", "red", title, to, query)


def _chip(claim: Allocation, today: date) -> Chip:
    if claim.stock:
        text = f"on hand · {claim.stock.warehouse} · {claim.quantity:,}"
        return Chip(text, "green", "Set aside on the shelf.", ("inventory_stock_change", claim.stock_id))
    inbound = claim.inbound
    assert inbound
    what = f"{inbound.reference} · {claim.quantity:,}"
    about = f"{inbound.sender}, to {inbound.warehouse}"
    to = ("inbound_order", inbound.pk)
    if since := inbound.overdue_since(today):
        title = f"{about}; expected on {day(since, today)}"
        return Chip(f"{what} · overdue {(today - since).days:,} d", "amber", title, to)
    return Chip(what, "blue", about, to)


def recovered(change: covers.Recovered | None) -> SafeString:
    """Say what covered a line and what does now, each with a link to it; nothing where it is the same."""
    if change is None:
        return SafeString("")
    was, now = (format_html_join(", ", "{}", ((_part(part),) for part in cover.parts())) for cover in change)
    return format_html("{} → <b>{}</b>", was, now)


def _part(part: covers.Coming) -> SafeString:
    text = covers.said(part)
    return link(text, "inbound_order", part.inbound_id) if part.inbound_id else format_html("{}", text)


def how(line: OrderLine, claims: Sequence[Allocation]) -> str:
    """Say how we know when it arrives, and from whom."""
    if not line.waits:
        return ""
    words = {Basis.CONFIRMED: "confirmed", Basis.LEARNED: "learned", Basis.LEAD_TIME: "lead time", Basis.TYPED: "typed"}
    senders = list(dict.fromkeys(claim.inbound.sender for claim in claims if claim.inbound))
    return " · ".join([words.get(Basis(line.basis), ""), *senders[:1]]).strip(" ·")


def kept(line: OrderLine, today: date) -> Chip:
    """Hold the promise against what is computed: kept, due today, at risk, late, or none made."""
    promised = line.promised_date
    if not line.open:
        return Chip(line.words.lower(), "gray")
    if line.order.is_unpaid and not line.is_stopped:
        return Chip("unpaid", "amber", "Its units are kept for a while, and nothing of it leaves before it is paid.")
    if line.order.is_unpaid:
        return Chip("not paid", "violet", "It was not paid in time, and is not in the queue.")
    if line.is_stopped:
        return Chip("stopped", "violet", "The order is stopped: nothing of it ships until it goes on.")
    if promised is None:
        return Chip("no date", "gray")
    if promised < today:
        return Chip(f"late {(today - promised).days:,} d", "red")
    if line.is_at_risk:
        return Chip("at risk", "amber", "What is on its way may well come later than promised.")
    if promised == today and line.allocated:
        return Chip("due today", "amber", "It is here, and promised to leave today.")
    return Chip("kept", "green")


def _news(line: OrderLine, state: str, notice_id: int) -> Chip | None:
    """Say what its mail waits for; that there was none, only of a line that waits: of others none is owed."""
    if state not in NEWS:
        is_owed = line.waits and not line.told_at
        return Chip("never told", "amber", NEVER_TOLD, ("orders_backorder_change", line.pk)) if is_owed else None
    return replace(NEWS[state], to=("orders_notice_change", notice_id))


def _marks(line: OrderLine) -> list[Chip]:
    marks = [Chip(f"pinned {line.pin_rank}", "violet", "Pinned by staff, before all others.")] if line.is_pinned else []
    if line.priority:
        marks.append(Chip(f"priority {line.priority}", "amber", line.priority_reason))
    return marks


def _bounded(count: int) -> str:
    return f"{questions.EXACT_PLACES:,}+" if count > questions.EXACT_PLACES else f"{count:,}"
