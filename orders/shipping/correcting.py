"""Another tracking number for a parcel that has left: who was told the wrong one is told the right one, nobody else."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from orders.allocation import promises, reading
from orders.fulfillment import Label, NumberGivenTwice, transit
from orders.fulfillment.labels import as_they_left, names, refuse_twice, tidied
from orders.mail import notices
from orders.mail.corrections import CORRECTION
from orders.models import EventKind, LineEvent, NoticeKind, NoticeLine, NoticeState, Parcel, Shipment, ShipmentLine
from orders.models.records import plain

TOLD = (NoticeState.SENT, NoticeState.CLAIMED, NoticeState.IN_DOUBT, NoticeState.COMPLAINED)
"""Of a mail that says a number: its reader has it, or may have it."""
KINDS = (NoticeKind.SHIPPED, NoticeKind.CORRECTED)


class NotACorrection(Exception):
    """It is so already."""


def correct(shipment_id: int, label: Label, *, reason: str, by: User, at: datetime) -> bool:
    """
    Let a parcel that has left be followed by another number, or have gone with another carrier.

    What has not been mailed yet says the right one when it leaves. Its customer gets a mail if a wrong one was told,
    of what is still in it: units that never left, or were lost, go by no number.

    :returns: whether a mail goes
    :raises NotACorrection: if nothing changes; nothing is written then
    :raises NumberGivenTwice: if the number is that of another parcel; nothing is written then
    """
    with transaction.atomic():
        shipment = (
            Shipment.objects.select_for_update(of=("self",), no_key=True).select_related("order").get(pk=shipment_id)
        )
        was, now = Label(shipment.carrier, shipment.tracking), tidied(label)
        if was == now:
            raise NotACorrection("This changes nothing: it is so already.")
        if plain(now.tracking) != plain(was.tracking):
            _refuse_used(shipment, now, at)
        if now.carrier != was.carrier:
            place = (shipment.order_id, shipment.warehouse_id)
            [shipment.arrives_by] = transit.arrivals([(place, now)], at=shipment.shipped_at)
        shipment.carrier, shipment.tracking = now.carrier, now.tracking
        shipment.save(update_fields=["carrier", "tracking", "arrives_by"])
        how = {} if now.carrier == was.carrier else {"carrier": now.carrier, "service": ""}
        Parcel.objects.filter(shipment=shipment).update(tracking=now.tracking, **how)
        lines = list(ShipmentLine.objects.filter(shipment=shipment).order_by("pk"))
        events = LineEvent.objects.bulk_create(
            LineEvent(
                line_id=row.line_id,
                kind=EventKind.CORRECTED,
                units=row.quantity,
                text=f"{str(was) or 'none'} → {str(now) or 'none'}: {reason}"[:300],
                cause=f"{CORRECTION}:{shipment.pk}",
                by=by,
                at=at,
            )
            for row in lines
        )
        still = {row.line_id: units for row in lines if (units := row.quantity - row.reversed - row.lost)}
        is_told = bool(was.tracking and still) and _is_told([row.line_id for row in lines], was)
        _reword(shipment, [row.line_id for row in lines], was)
        if is_told:
            _tell(still, now, shipment.arrives_by, cause=f"{CORRECTION}:{shipment.pk}:{events[0].pk}", at=at)
    return is_told


def _refuse_used(shipment: Shipment, now: Label, at: datetime) -> None:
    place = (shipment.order_id, shipment.warehouse_id)
    refuse_twice([(place, now)], at=at)
    siblings = Shipment.objects.filter(order=shipment.order_id, warehouse=shipment.warehouse_id)
    if siblings.numbered([now.tracking]).that_left().exclude(pk=shipment.pk).exists():
        raise NumberGivenTwice(f"{now.tracking} is the number of another parcel of {shipment.order}.")


def _said(line_ids: Sequence[int]) -> Q:
    return Q(line__in=line_ids, kind__in=KINDS, is_superseded=False)


def _is_told(line_ids: Sequence[int], was: Label) -> bool:
    told = NoticeLine.objects.filter(_said(line_ids), detail__contains=was.tracking, notice__state__in=TOLD)
    return any(names(detail, was) for detail in told.values_list("detail", flat=True))


def _reword(shipment: Shipment, line_ids: Sequence[int], was: Label) -> None:
    """Let mail that has not left say how the parcels that left then are labeled now."""
    waiting = NoticeLine.objects.filter(_said(line_ids)).exclude(notice__state__in=TOLD)
    those = Q(detail__contains=was.tracking) if was.tracking else Q(notice__created_at=shipment.shipped_at)
    facts = [fact for fact in waiting.filter(those) if not was.tracking or names(fact.detail, was)]
    left = as_they_left(shipment, [fact.line_id for fact in facts if fact.kind == NoticeKind.SHIPPED])
    known = _known(shipment, [fact.line_id for fact in facts if fact.kind == NoticeKind.CORRECTED])
    for fact in facts:
        if fact.kind == NoticeKind.CORRECTED:
            fact.is_superseded = fact.line_id in known
            fact.detail, fact.arrives_by = str(Label(shipment.carrier, shipment.tracking))[:300], shipment.arrives_by
        else:
            fact.detail, fact.arrives_by = left.get(fact.line_id, (fact.detail, fact.arrives_by))
    NoticeLine.objects.bulk_update(facts, ["detail", "arrives_by", "is_superseded"], batch_size=500)
    notices.retire({fact.notice_id for fact in facts if fact.is_superseded})


def _known(shipment: Shipment, line_ids: Sequence[int]) -> set[int]:
    """Those of these lines of which the last mail that says how this parcel goes says what is right now, too."""
    label = Label(shipment.carrier, shipment.tracking)
    known: dict[int, bool] = {}
    for fact in NoticeLine.objects.filter(_said(line_ids), notice__state__in=TOLD).order_by("pk"):
        if fact.kind == NoticeKind.SHIPPED:
            known[fact.line_id] = known.get(fact.line_id, False) or names(fact.detail, label)
        elif fact.event.startswith(f"{CORRECTION}:{shipment.pk}:"):
            known[fact.line_id] = names(fact.detail, label)
    return {line_id for line_id, is_known in known.items() if is_known}


def _tell(units: Mapping[int, int], now: Label, arrives_by: date | None, *, cause: str, at: datetime) -> None:
    states = reading.lines(Q(pk__in=units))
    facts = [
        promises.fact(line, line, NoticeKind.CORRECTED, units[line.line_id], detail=str(now), arrives_by=arrives_by)
        for line in states
    ]
    notices.queue(facts, cause=cause, at=at)
