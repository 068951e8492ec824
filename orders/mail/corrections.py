"""
"On its way" was said, or is about to be, of units of which it is not true: what nobody has read is not said any more.

Writes ``NoticeLine`` and ``Notice``, in the transaction that finds it out.
"""

from collections.abc import Collection, Mapping
from datetime import date

from orders.models import Notice, NoticeKind, NoticeLine, NoticeState

from . import notices
from .outbox import is_shadow

HowItLeft = tuple[str, date | None]
"""The parcels of a line, as their customer follows them, and the day by which all of them should be there."""
CAUSE, CORRECTION = "shipment", "correction"
"""How the causes begin of what has left, and of another number of a parcel."""


def take_back(units: Mapping[int, int], shipment_id: int, *, left: Mapping[int, HowItLeft]) -> dict[int, int]:
    """
    Take these units of a shipment off the facts that nobody has read yet; one that has none left is overtaken.

    :param units: by line
    :param left: by line, how what is still on its way has left
    :returns: the units, by line, of which the customer may have read that they left
    """
    facts, numbers = _facts(units, shipment_id), _numbers(units, shipment_id)
    read = _read({fact.notice_id for fact in (*facts.values(), *numbers)})
    for fact in (*facts.values(), *numbers):
        if fact.notice_id in read:
            continue
        gone = units[fact.line_id]
        if fact.units > gone:
            # its line had as many units open before as it says
            fact.units, fact.ready = fact.units - gone, fact.ready + gone
            if fact.kind == NoticeKind.SHIPPED:
                fact.detail, fact.arrives_by = left.get(fact.line_id, (fact.detail, fact.arrives_by))
        else:
            fact.is_superseded = True
        fact.save(update_fields=["units", "ready", "detail", "arrives_by", "is_superseded"])
    notices.retire({fact.notice_id for fact in (*facts.values(), *numbers) if fact.is_superseded})
    return {line_id: units[line_id] for line_id, fact in facts.items() if fact.notice_id in read}


def _numbers(line_ids: Collection[int], shipment_id: int) -> list[NoticeLine]:
    """Lock the facts that tell another number of this shipment."""
    rows = NoticeLine.objects.filter(line__in=line_ids, kind=NoticeKind.CORRECTED, is_superseded=False)
    own = rows.filter(event__startswith=f"{CORRECTION}:{shipment_id}:")
    return list(own.select_for_update(no_key=True, of=("self",)).order_by("pk"))


def _facts(line_ids: Collection[int], shipment_id: int) -> dict[int, NoticeLine]:
    """Lock, for each line, the fact that told of this shipment; of several posted at once, the first names it."""
    rows = NoticeLine.objects.filter(line__in=line_ids, kind=NoticeKind.SHIPPED, event__startswith=f"{CAUSE}:")
    found: dict[int, tuple[int, NoticeLine]] = {}
    for fact in rows.select_for_update(no_key=True, of=("self",)).order_by("pk"):
        number = _number(fact.event)
        if number <= shipment_id and number >= found.get(fact.line_id, (0, fact))[0]:
            found[fact.line_id] = (number, fact)
    return {
        line_id: fact for line_id, (_, fact) in found.items() if not (fact.is_superseded and fact.told_waiting is None)
    }


def _number(event: str) -> int:
    digits = event.removeprefix(f"{CAUSE}:").partition("@")[0]
    return int(digits) if digits.isdecimal() else 0


def _read(notice_ids: Collection[int]) -> set[int]:
    """Those of these notices that their customer has, or may have, read; asked once their facts are locked."""
    rows = Notice.objects.filter(pk__in=notice_ids).values_list("pk", "state", "intent_at")
    arrived = {NoticeState.SENT, NoticeState.IN_DOUBT, NoticeState.COMPLAINED}
    arrived |= {NoticeState.SHADOWED} if is_shadow() else set()
    return {pk for pk, state, intent in rows if state in arrived or (state == NoticeState.CLAIMED and intent)}
