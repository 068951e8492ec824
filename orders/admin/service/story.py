"""Everything that happened to an order or to a customer, as one line of time with filters. It reads no rows itself."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import BadRequest
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from inventory.desk import moments
from inventory.desk.tables import chip, link
from orders.admin.notices import TONES
from orders.answering.chronicle import KINDS, Chronicle, Happening
from orders.models import Basis, EventKind, NoticeKind, NoticeState, OrderEventKind
from orders.wording import phrases, window

SHOW = "show"
"""The parameter of an address that names the one kind of entries to show."""


UNFOLDED = 30
"""Entries that are seen at once; the older ones are a click away."""
NOTE_SIGNS = 500
"""Of a note; all of it stands on the page of what it is on."""
WHEN_IT_LEAVES = "Its words are written when it leaves."
UNWRITTEN: Mapping[str, str] = {
    NoticeState.QUEUED: WHEN_IT_LEAVES,
    NoticeState.CLAIMED: WHEN_IT_LEAVES,
    NoticeState.CALL: "What to say stands on its page.",
    NoticeState.SUPERSEDED: "It did not leave: newer news took its place.",
    NoticeState.NOT_WANTED: "It did not leave: its reader chose not to hear such news.",
}
"""What is said in place of the words of a mail that has none, or whose words nobody was told."""


@dataclass(frozen=True, slots=True)
class StoryEntry:
    """
    One entry in words.

    :ivar exact: the subject and the words of a mail, for a fold
    """

    at: str
    kind: str
    what: SafeString
    detail: str
    by: str
    subject: str = ""
    exact: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    label: str
    url: str
    is_current: bool


def asked(request: HttpRequest) -> str:
    """
    Say which kind of entries is asked for; "": all.

    :raises BadRequest: if there is no such kind
    """
    kind = request.GET.get(SHOW, "")
    if kind and kind not in KINDS:
        raise BadRequest(f"The story has no part named “{kind[:40]}”. It is one of: {', '.join(KINDS)}.")
    return kind


def filters(kind: str) -> Iterator[Filter]:
    yield Filter("All", "?#story", not kind)
    for name, label in KINDS.items():
        yield Filter(label, f"?{SHOW}={name}#story", name == kind)


def told(chronicle: Chronicle, *, names_orders: bool) -> list[StoryEntry]:
    """Put entries into words; ``names_orders``: they are of several orders."""
    return [_told(entry, names_orders) for entry in chronicle.entries]


def _told(entry: Happening, names_orders: bool) -> StoryEntry:
    words = {
        "placed": _placed,
        "promised": _promised,
        "mailed": _mailed,
        "changed": _changed,
        "shipped": _shipped,
        "noted": _noted,
    }
    what, detail = words[entry.kind](entry)
    if names_orders and entry.order and entry.kind != "placed":
        what = format_html("{} · {}", link(entry.order, "orders_order_change", entry.order_id), what)
    return StoryEntry(
        at=moments.said(entry.at),
        kind=KINDS[entry.kind],
        what=what,
        detail=detail,
        by=entry.by,
        subject=entry.text if entry.kind == "mailed" else "",
        exact=entry.exact,
    )


def _placed(entry: Happening) -> tuple[SafeString, str]:
    return format_html("{}", link(entry.order, "orders_order_change", entry.order_id)), f"channel {entry.word}"


def _promised(entry: Happening) -> tuple[SafeString, str]:
    said = window.in_words(entry.likely, entry.promised, today=_day(entry.at))
    if not said:
        return format_html("{}: <b>no date can be given</b>", _line(entry)), entry.text
    basis = Basis(entry.word).label
    how = format_html("{}", basis)
    if entry.about:
        how = format_html("{}, {}", basis, link(entry.about, "inbound_order", entry.about_id))
    return format_html("{}: <b>{}</b> · {}", _line(entry), said, how), entry.text


def _mailed(entry: Happening) -> tuple[SafeString, str]:
    state = chip(NoticeState(entry.about).label.partition(":")[0].lower(), TONES[NoticeState(entry.about)])
    if entry.by:
        state = chip("told by phone", "green")
    what = format_html("{} {}", link(NoticeKind(entry.word).label, "orders_notice_change", entry.pk), state)
    is_unwritten = not entry.exact or entry.about in (NoticeState.SUPERSEDED, NoticeState.NOT_WANTED)
    return what, UNWRITTEN.get(entry.about, "") if is_unwritten else ""


def _changed(entry: Happening) -> tuple[SafeString, str]:
    if not entry.line_id:
        what = format_html("<b>{}</b>", OrderEventKind(entry.word).label)
        return what, phrases.with_days(entry.text)
    return format_html("{}: <b>{}</b>", _line(entry), EventKind(entry.word).label), phrases.with_days(entry.text)


def _shipped(entry: Happening) -> tuple[SafeString, str]:
    units = f"{phrases.units(entry.units)} from {entry.word}" if entry.units else f"never left {entry.word}"
    label = " ".join(filter(None, (entry.text, entry.about))) or "no tracking number"
    arrives = f"should be there by {phrases.written(entry.promised)}" if entry.promised and entry.units else ""
    return format_html("<b>{}</b> · {}", units, link(label, "orders_shipment_change", entry.pk)), arrives


def _noted(entry: Happening) -> tuple[SafeString, str]:
    what = _line(entry) if entry.word == "line" else format_html("on the {}", entry.word)
    return what, Truncator(entry.text).chars(NOTE_SIGNS)


def _line(entry: Happening) -> SafeString:
    return link(entry.sku, "orders_backorder_change", entry.line_id)


def _day(at: datetime) -> date:
    return timezone.localtime(at).date()
