"""What a customer was about to be told when their order left the queue: it is told when the order is back."""

from django.db.models import Q

from orders.allocation import promises, reading
from orders.allocation.door import Queue
from orders.mail import notices
from orders.models import NoticeKind, NoticeLine
from orders.models.kinds import STATES


def tell(line_ids: list[int], queue: Queue, *, cause: str) -> None:
    """Tell what was about to be told when the order stopped, or became true since; what is known is no news."""
    known = NoticeLine.objects.filter(line__in=line_ids, kind__in=STATES).values_list("line_id", flat=True)
    heard_of = set(known)
    facts = [
        promises.fact(line, line, NoticeKind.NEW_DATE, line.backordered or line.open)
        for line in reading.lines(Q(pk__in=line_ids))
        if line.line_id in heard_of
    ]
    if facts and not notices.is_silent():
        notices.queue(facts, cause=f"{cause}{notices.AFTER}told", at=queue.at)
