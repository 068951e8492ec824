"""
"On its way" was said, or is about to be, of units of which it is not true: what nobody has read is not said any more.

Writes ``NoticeLine`` and ``Notice``, in the transaction that finds it out.
"""

from collections.abc import Collection, Mapping

from orders.models import Notice, NoticeKind, NoticeLine, NoticeState

from . import notices
from .outbox import is_shadow

CAUSE = "shipment"


def take_back(units: Mapping[int, int], shipment_id: int) -> dict[int, int]:
    """
    Take these units of a shipment off the facts that nobody has read yet; one that has none left is overtaken.

    :param units: by line
    :returns: the units, by line, of which the customer may have read that they left
    """
    facts = _facts(units, shipment_id)
    read = _read({fact.notice_id for fact in facts.values()})
    emptied = []
    for line_id, fact in facts.items():
        if fact.notice_id in read:
            continue
        if fact.units > units[line_id]:
            # its line had as many units open before as it says
            fact.units, fact.ready = fact.units - units[line_id], fact.ready + units[line_id]
        else:
            fact.is_superseded = True
            emptied.append(fact.notice_id)
        fact.save(update_fields=["units", "ready", "is_superseded"])
    notices.retire(emptied)
    return {line_id: units[line_id] for line_id, fact in facts.items() if fact.notice_id in read}


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
