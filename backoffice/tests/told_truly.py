"""What must hold of what customers were told, whatever happened: no day that has passed stands unanswered."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q

from inventory.supply import calendars
from orders.mail import digest
from orders.models import NoticeLine, NoticeState, OrderLine
from orders.models.kinds import STATES
from orders.rules import mail_hours

DUE = (NoticeState.QUEUED, NoticeState.CALL)


def passed(at: datetime) -> Iterator[OrderLine]:
    """
    Give the open lines whose customers were told a day that has passed, and nothing newer, told or due.

    Due is what goes at the next mail hour of the warehouse of its order; a stopped line has no day.
    """
    today = at.date()
    lines = OrderLine.objects.open().filter(is_stopped=False, has_told_date=True, told_date__lt=today)
    for line in lines.select_related("order__warehouse").order_by("pk"):
        place = line.order.warehouse
        hour = mail_hours.mail_hour(at, digest.hours(calendars.of(place.pk, place.calendar_revision)))
        live = NoticeLine.objects.filter(line=line, is_superseded=False, kind__in=STATES, notice__state__in=DUE)
        newer = live.filter(Q(promised_date=None) | Q(promised_date__gte=today))
        if not newer.filter(notice__due_at__lte=hour).exists():
            yield line


def computed_while_late(at: datetime) -> Iterator[NoticeLine]:
    """
    Give what was told at this moment of a line whose supply is late without a word, if it is a day that nobody named.

    The day that its customer knew may stand, and a person may type one; a new order has its first.
    """
    sent = NoticeLine.objects.filter(notice__sent_at=at, kind__in=STATES, told_waiting__gt=0, told_date__isnull=False)
    is_late = {
        "inbound__isnull": False,
        "inbound__is_confirmed": True,
        "inbound__expected_date__lt": at.date(),
    }
    for fact in sent.exclude(kind="backordered").select_related("line").order_by("pk"):
        claims = fact.line.allocations.filter(**is_late)
        if claims.exists() and not fact.line.is_promise_pinned and fact.told_date not in _told_before(fact):
            yield fact


def _told_before(fact: NoticeLine) -> set[object]:
    facts = NoticeLine.objects.filter(line=fact.line_id, told_waiting__isnull=False, notice__state=NoticeState.SENT)
    before = facts.filter(notice__sent_at__lt=fact.notice.sent_at)
    return set(before.values_list("told_date", flat=True))
