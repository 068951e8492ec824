"""
Why something comes later, or why units are gone that were set aside: what became of the supply, in words for customers.

What staff did to the queue, and what others ordered, is no customer's business. Where nothing is known of the supply,
what a person has confirmed of the backorder, if the channel tells causes. Writes nothing.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from inventory.ground import keys
from inventory.supply import calendars, inbound, redated, stock, unreceiving
from orders.models import Basis, Channel, NoticeLine
from orders.models.kinds import LOSSES
from orders.wording.causes import confirmed

from .said import Said

NOT_AS_ANNOUNCED = "A delivery to us does not come as it was announced."
LONGER = "A delivery to us takes longer than we had reckoned."
FEWER = "When we counted our shelf, fewer were there than we had noted."
DAMAGED = "Units in our warehouse were damaged or lost."
ARRIVED_DAMAGED = "Units of a delivery to us arrived damaged."
NOT_ARRIVED = "A delivery to us that we had noted has not arrived."
SENDER_CLOSED = "Our supplier is closed on days that we had counted."
FEWER_DAYS = "Our warehouse is closed on days that we had counted."

WORDS = {
    inbound.INBOUND: NOT_AS_ANNOUNCED,
    stock.COUNT: FEWER,
    stock.DAMAGE: DAMAGED,
    stock.ARRIVED_DAMAGED: ARRIVED_DAMAGED,
    unreceiving.UNRECEIVED: NOT_ARRIVED,
    calendars.CALENDAR: FEWER_DAYS,
    redated.CLOSED: SENDER_CLOSED,
}
OF_THE_NIGHT = ("time:", f"{redated.REDATED}:", "dated:", "together:")
"""How the causes begin of what no person, supplier or parcel brought about: a day went by."""
OF_ORDERING = ("order:", "further:", "quantity:")
"""How the causes begin of what a customer has just ordered."""
BY_TIME = (redated.REDATED, "time")
"""Causes by which a line comes later that is on its way; of any other line they say nothing."""


def because(fact: NoticeLine) -> str:
    """
    Say why a line comes later, or waits again, than its customer was told; "" if that is not known, or not so.

    Asked of news of a kind that says why (``kinds.EXPLAINED``).
    """
    is_later = fact.was_date is not None and _day(fact.promised_date) > fact.was_date
    is_lost = fact.was_waiting is not None and fact.waiting > fact.was_waiting
    if not (is_later or is_lost):
        return ""
    events = (fact.event,) if fact.causes is None else fact.causes
    known = (_words(event, fact.line.basis) for event in events)
    return next((words for words in known if words), fact.cause_told if is_later else "")


def tell(facts: Iterable[NoticeLine]) -> None:
    """Let facts that say why say what a person has confirmed of their backorders, where their channels tell that."""
    said = [(fact, words) for fact in facts if (words := confirmed(fact.line))]
    telling = Channel.telling(fact.order.channel for fact, _ in said)
    for fact, words in said:
        fact.cause_told = words if keys.key(fact.order.channel) in telling else ""


def standing(unread: Sequence[Said], now: NoticeLine) -> tuple[str, ...]:
    """
    Name the events that made a line later, or took units from it, and that no other took back: newest first.

    :param unread: what became true of how the line stands since its customer last heard, oldest first
    """
    found = []
    days, waits = _day(now.promised_date), now.waiting
    for said in reversed(unread):
        was, waited = _day(said.was_date), said.waiting
        if said.kind in LOSSES:
            waited -= said.units
        if was < min(days, _day(said.promised_date)) or waited < min(waits, said.waiting):
            found.append(said.event)
        days, waits = min(days, was), min(waits, waited)
    return tuple(found)


def _words(event: str, basis: str) -> str:
    what = event.partition(":")[0]
    if what in BY_TIME and basis in (Basis.CONFIRMED, Basis.LEARNED):
        return LONGER
    return WORDS.get(what, "")


def _day(day: date | None) -> date:
    return day or date.max
