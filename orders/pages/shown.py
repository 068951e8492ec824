"""
What the page says of an order, in words for its customer. Facts in, words out; how it stands is said as staff say it.

No place in a queue is said, no number of others and no stock that is not theirs.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any

from django.conf import settings
from django.utils import timezone

from orders.answering import spoken
from orders.answering.around import Around
from orders.answering.briefs import Brief, Briefing, Totals
from orders.mail import causes
from orders.models import NoticeKind, NoticeLine, SubstituteOffer
from orders.models.kinds import EVENTS, EXPLAINED, QUESTIONS, STATES
from orders.rules.carriers import tracking_url
from orders.wording import parts, phrases, window
from orders.wording.causes import confirmed

from .standing import InParcel, OrderStanding, known_until

TOLD = {
    NoticeKind.BACKORDERED: "to come",
    NoticeKind.LOST: "to come after all",
    NoticeKind.NEW_DATE: "new date",
    NoticeKind.RESTOCKED: "here for you",
    NoticeKind.SHIPPED: "shipped",
    NoticeKind.CANCELED: "canceled",
    NoticeKind.SUBSTITUTED: "replaced",
    NoticeKind.NOT_LEFT: "not left yet after all",
    NoticeKind.PARCEL_LOST: "lost on its way",
    NoticeKind.EXCHANGED: "exchanged",
    NoticeKind.RETURNED: "came back to us",
    NoticeKind.CORRECTED: "another tracking number",
    NoticeKind.ADDRESS: "we asked for your address",
    NoticeKind.OFFERED: "another product offered",
    NoticeKind.LATE: "late",
}
"""What a mail told of a line, in a few words."""
NOT_ENOUGH = "There is not enough of it any more. Please ask us."
MOST_TOLD = 12
"""Mails that are named, the newest."""


@dataclass(frozen=True, slots=True)
class Track:
    """One parcel: its carrier and number, and the carrier's page of it, if that is known."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class ShownLine:
    """
    One line in numbers and words.

    :ivar number: which it is of its order, as text: a number is written by the customs of a place, at a cost
    :ivar parts: what became of its units, and how many, for the bar: a tone, and where it begins and how long it is
        in hundredths
    :ivar rows: a name and what is to be said of it
    """

    number: str
    name: str
    sku: str
    quantity: str
    parts: list[tuple[str, str, str]]
    rows: list[tuple[str, str]]
    sent: str = ""
    tracks: list[Track] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ToldThen:
    """One mail: the day it went, and what it said of this order."""

    day: str
    words: str


def name(line: Any) -> str:
    return str(line.product.name or line.product.sku)


def sentence(standing: OrderStanding) -> str:
    """Say how the order stands, as staff would read it aloud; without a place in a queue."""
    order, found = standing.order, standing.lines
    if not found:
        return f"There is nothing in your order {order}."
    first = sorted(found, key=lambda line: (not line.waits, not line.open))
    days = [line.promised_date for line in standing.open if line.promised_date and not line.is_stopped]
    totals = Totals(
        len(found),
        len(standing.open),
        len(standing.waiting),
        sum(line.promised_date is None for line in standing.waiting),
        max(days, default=None),
    )
    return spoken.of_order(
        order, Briefing([Brief(line, (), None, Around()) for line in first], totals), today=standing.today
    )


def sorry(standing: OrderStanding) -> str:
    """Say what we said before of what comes later; "" if nothing does, beyond what its customer agreed to."""
    days = {known_until(line) for line in standing.to_agree}
    if not days:
        return ""
    if len(days) > 1:
        return "Some of it comes later than we said. We are sorry."
    # a mail may have named another day since, which nobody has agreed to
    has_agreed = any(line.agreed_promise_id or line.wished_promise_id for line in standing.to_agree)
    since = "Until now" if has_agreed else "At first"
    return f"{since} we said {window.in_words(None, days.pop(), today=standing.today)}. We are sorry."


def lines(standing: OrderStanding) -> list[ShownLine]:
    """Put the lines of an order into words, in their order."""
    sent: dict[int, list[InParcel]] = defaultdict(list)
    for parcel in standing.sent:
        sent[parcel.line_id].append(parcel)
    reasons = why(standing)
    return [_line(line, sent[line.pk], reasons.get(line.pk, ""), standing.today) for line in standing.lines]


def _line(line: Any, sent: Sequence[InParcel], reason: str, today: date) -> ShownLine:
    back, gone = spoken.came_back(line), spoken.replaced(line)
    rows = [
        ("Here", f"{line.allocated:,}, set aside for you" if line.allocated else ""),
        ("Being packed", f"{line.picked:,} of them" if line.picked else ""),
        ("To come", to_come(line, today)),
        ("Why", reason if line.waits else ""),
        ("Sent back", f"{back:,}" if back else ""),
        ("Replaced", f"{gone:,}, by another product of this order" if gone else ""),
        ("Canceled", f"{line.canceled - gone:,}" if line.canceled > gone else ""),
    ]
    return ShownLine(
        number=str(line.position),
        name=name(line),
        sku=line.product.sku,
        quantity=f"{line.quantity:,}",
        parts=list(_parts(line)),
        rows=[(title, words) for title, words in rows if words],
        sent=f"{line.shipped:,}" if line.shipped else "",
        tracks=list(dict.fromkeys(_track(parcel) for parcel in sent if parcel.tracking)),
    )


def _parts(line: Any) -> Iterator[tuple[str, str, str]]:
    """Give the parts of the bar, shares of what was ordered."""
    begins = 0.0
    tones = (
        ("sent", line.shipped),
        ("here", line.allocated),
        ("coming", line.backordered),
        ("gone", line.canceled),
    )
    for tone, units in tones:
        if units:
            share = 100 * units / line.quantity
            yield tone, f"{begins:.2f}", f"{share:.2f}"
            begins += share


def _track(parcel: InParcel) -> Track:
    label = " ".join(filter(None, (parcel.carrier, parcel.tracking)))
    return Track(label, tracking_url(parcel.carrier, parcel.tracking))


def to_come(line: Any, today: date) -> str:
    """Say how many of a line are to come, and when; "" if none are."""
    if not line.backordered:
        return ""
    if line.is_stopped:
        return f"{line.backordered:,}"
    return f"{line.backordered:,}{':' if parts.of(line) else ','} {when(line, today)}"


def when(line: Any, today: date) -> str:
    """Say when what is open of a line ships: the window of the promise that stands."""
    likely, promised = window.standing(line)
    if promised is None:
        return "no date can be given yet"
    if promised < today:
        return f"we said {window.in_words(None, promised, today=today)}, and that day has passed; we look into it"
    return parts.in_words(line, today) or window.in_words(likely, promised, today=today)


def all_of_it(standing: OrderStanding) -> str:
    """Say when the last of an order ships, as it stands."""
    days = [line.promised_date for line in standing.waiting]
    if None in days:
        return "For some of it no date can be given yet."
    last = max(days)
    return (
        f"As it stands that is {window.in_words(None, last, today=standing.today)}." if last >= standing.today else ""
    )


def offered(offer: SubstituteOffer) -> str:
    """Name another product that is offered, and its price where that is another one."""
    other = offer.product
    return phrases.priced(other.name or other.sku, offer.unit_price, offer.line.unit_price, settings.SHOP_CURRENCY)


def comes(offer: SubstituteOffer, standing: OrderStanding) -> str:
    """Say whether another product that is offered is here, when it ships if not, or that it cannot be had any more."""
    found = standing.of_others[offer.pk]
    if not found.waiting:
        return "It is here."
    if found.is_short:
        return NOT_ENOUGH
    first = "A part of it is here, the rest has to come first" if found.here else "It has to come first, too"
    if standing.order.is_ship_complete or standing.wanted_later:
        return f"{first}: this page says when."
    day = window.in_words(None, found.ships_on, today=standing.today)
    return f"{first}. As it stands it ships {day}." if day else f"{first}, and no date can be given for it yet."


def why(standing: OrderStanding) -> dict[int, str]:
    """
    Give the reason that the newest mail about each line gave for its date, in the words of that mail; else what a
    person has confirmed, where the channel tells causes.
    """
    found: dict[int, str] = {}
    for fact in standing.news:
        if fact.kind in EXPLAINED and fact.line_id not in found:
            found[fact.line_id] = causes.because(fact)
    if standing.tells_cause:
        found |= {line.pk: confirmed(line) for line in standing.waiting if not found.get(line.pk)}
    return found


def cancels_missing(standing: OrderStanding) -> str:
    """Name the way to cancel what is not here."""
    units = sum(line.backordered for line in standing.waiting)
    return f"Cancel the {units:,} that {'is' if units == 1 else 'are'} missing…"


def waits_for(line: Any) -> str:
    """Name what waits of a line: 2 × Lamp."""
    return f"{line.backordered:,} × {name(line)}"


def agreed(line: Any, today: date) -> str:
    """Say what a customer agrees to of a line."""
    if line.promised_date is None:
        return f"{waits_for(line)}, without a date for now"
    said = parts.in_words(line, today) or window.in_words(*window.standing(line), today=today)
    return f"{waits_for(line)}, to ship {said}"


def told(standing: OrderStanding) -> list[ToldThen]:
    """Say what mails told of this order, newest first."""
    today, found = standing.today, []
    for at, facts in groupby(standing.news, key=lambda fact: fact.notice.sent_at):
        assert at
        words = list(dict.fromkeys(_told(fact, today) for fact in facts))
        found.append(ToldThen(phrases.day(timezone.localtime(at).date(), today), "; ".join(words)))
    return found[:MOST_TOLD]


def _told(fact: NoticeLine, today: date) -> str:
    kind = NoticeKind(fact.kind)
    if kind in QUESTIONS:
        return TOLD[kind]
    units = kind.declared.about(fact)
    words = f"{units:,} × {name(fact.line)} {TOLD[kind]}"
    if kind in EVENTS:
        if not fact.told_waiting:
            return words
        words = f"{words}, {fact.told_waiting:,} to come"
    elif kind not in STATES or not fact.waiting:
        return words
    day = fact.promised_date if fact.told_waiting is None else fact.told_date
    likely = fact.likely_date if day == fact.promised_date else None
    if fact.told_parts:
        return f"{words}: {window.in_parts(parts.read(fact.told_parts), today=today)}"
    said = window.in_words(likely, day, today=today)
    return f"{words}, {said or 'no date yet'}"
