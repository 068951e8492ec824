"""
Take the last change of places or typed dates back, as long as nobody has been told of it.

A memory is how lines stood before an act and after it; it fits into a session. Nothing is written here: places go
back through ``orders.queue.ordering``, dates through ``orders.allocation.promises``, so that history, plan and mails
follow.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from inventory.models import Product
from inventory.models.folded import NOTHING
from orders.mail import notices
from orders.models import Consent, Notice, NoticeLine, NoticeState, OrderLine
from orders.promising import by_hand

from . import ordering
from .ordering import QueuePlace

UNTOLD = (
    NoticeState.QUEUED, NoticeState.CALL, NoticeState.SUPERSEDED, NoticeState.SHADOWED, NoticeState.NOT_WANTED,
)  # fmt: skip
"""What became of notices that nobody has read."""
MOST_LINES = 200
"""Lines of an act that can be taken back; a memory of more is no burden for a session to carry."""


class TooLate(Exception):
    """A mail about it has gone out, a customer agreed to it, or a line has been changed again since."""


class Stood(NamedTuple):
    """How a line stands: its place, and its typed date if it has one."""

    place: QueuePlace
    typed_date: date | None


@dataclass(frozen=True, slots=True)
class Memory:
    """
    What an act did to the places and typed dates of lines.

    :ivar at: what it stamped what it wrote with
    """

    what: str
    at: datetime
    before: Mapping[int, Stood]
    after: Mapping[int, Stood]

    def as_json(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "at": self.at.isoformat(),
            "before": {str(pk): _as_json(stood) for pk, stood in self.before.items()},
            "after": {str(pk): _as_json(stood) for pk, stood in self.after.items()},
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Memory":
        before, after = ({int(pk): _from_json(row) for pk, row in kept[name].items()} for name in ("before", "after"))
        return cls(kept["what"], datetime.fromisoformat(kept["at"]), before, after)


def _as_json(stood: Stood) -> list[Any]:
    rank, when, priority, reason = stood.place
    return [rank, when.isoformat(), priority, reason, stood.typed_date.isoformat() if stood.typed_date else None]


def _from_json(row: list[Any]) -> Stood:
    rank, when, priority, reason, typed = row
    place = QueuePlace(rank, datetime.fromisoformat(when), priority, reason)
    return Stood(place, date.fromisoformat(typed) if typed else None)


def standing(line_ids: Collection[int]) -> dict[int, Stood]:
    """Read how these lines stand."""
    columns = ("pk", "pin_rank", "queue_at", "priority", "priority_reason", "is_promise_pinned", "promised_date")
    rows = OrderLine.objects.filter(pk__in=line_ids).values_list(*columns)
    return {pk: Stood(QueuePlace(*place), typed if is_typed else None) for pk, *place, is_typed, typed in rows}


def _is_told(at: datetime) -> bool:
    """Whether a mail has gone out that tells what was written then: its own, or one that took its facts along."""
    facts = NoticeLine.objects.filter(Q(is_superseded=False) | Q(told_waiting__isnull=False))
    own = set(Notice.objects.filter(created_at=at).values_list("customer", "cause"))
    events = [Q(event=cause) | Q(event__startswith=f"{cause}{notices.AFTER}") for cause in {cause for _, cause in own}]
    theirs = facts.filter(reduce(or_, events, NOTHING), order__customer__in={customer_id for customer_id, _ in own})
    return theirs.exclude(notice__state__in=UNTOLD).exists()


@transaction.atomic
def undo(memory: Memory, *, reason: str, by: User | None, at: datetime) -> int:
    """
    Put lines back to where they stood, and typed dates to what they were.

    :returns: lines that stand otherwise now; one that is not open any more has no place
    :raises TooLate: if a line has been changed again, or somebody was told; nothing is written then
    """
    lines = OrderLine.objects.filter(pk__in=memory.before)
    Product.objects.lock(lines.values_list("product_id", flat=True))
    if standing(memory.before) != memory.after:
        raise TooLate("One of these lines has been changed again since: nothing was taken back.")
    if _is_told(memory.at):
        raise TooLate("A mail about this has gone out, so it stands. Change it once more instead.")
    if Consent.objects.filter(promise__at=memory.at).exists():
        raise TooLate("A customer has agreed to this on the page of their order, so it stands. Change it once more.")
    moved = {pk: was.place for pk, was in memory.before.items() if was.place != memory.after[pk].place}
    dated = {pk: was.typed_date for pk, was in memory.before.items() if was.typed_date != memory.after[pk].typed_date}
    returned = ordering.put_back(moved, reason=reason, by=by, at=at)
    by_date: dict[date | None, list[int]] = defaultdict(list)
    for pk, typed in dated.items():
        by_date[typed].append(pk)
    by_hand.release(by_date.pop(None, []), reason=reason, by=by, at=at)
    for typed, pks in by_date.items():
        assert typed
        by_hand.set_date(pks, typed, reason=reason, by=by, at=at)
    return returned + len(dated.keys() - moved.keys())
