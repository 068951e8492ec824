"""
Do it, look at what it did, and take it back unless that is what was agreed to.

A preview made this way can never disagree with the act: it *is* the act, rolled back. Applying it carries the
fingerprint of the preview; if the facts have moved since, nothing is written and the new preview is shown.
"""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from . import queue
from .models import NoticeLine, OrderLine, Promise


@dataclass(frozen=True, slots=True)
class Effects:
    """
    What an act did, or would do: its own result, the promises it made, and the news its customers get.

    ``mails`` counts e-mails, ``customers`` people; one mail may carry several facts.
    """

    result: int
    promises: Sequence[Promise]
    news: Sequence[NoticeLine]
    places: Mapping[int, tuple[int, int]]
    mails: int
    customers: int
    fingerprint: str
    is_done: bool


def rehearse(
    act: Callable[[], int], *, at: datetime, agreed: str | None = None, line_ids: Collection[int] = ()
) -> Effects:
    """
    Run ``act``, which stamps what it writes with ``at``, and keep it only if its effects are those agreed to.

    :param line_ids: lines whose place in the queue afterwards is to be known
    :param agreed: the fingerprint of the preview a person has seen; None only previews
    """
    with transaction.atomic():
        first_promise = Promise.objects.aggregate(last=Max("pk"))["last"] or 0
        first_news = NoticeLine.objects.aggregate(last=Max("pk"))["last"] or 0
        result = act()
        made = Promise.objects.filter(pk__gt=first_promise, at=at)
        promises = list(made.select_related("line__order__customer", "line__product"))
        told = NoticeLine.objects.filter(pk__gt=first_news, notice__created_at=at, is_superseded=False)
        news = list(told.select_related("notice__customer", "order", "line__product").order_by("pk"))
        places = queue.places(list(OrderLine.objects.filter(pk__in=line_ids)))
        fingerprint = _fingerprint(result, promises, news, places)
        is_done = agreed == fingerprint
        if not is_done:
            transaction.set_rollback(True)
    return Effects(
        result=result,
        promises=promises,
        news=news,
        places=places,
        mails=len({row.notice_id for row in news}),
        customers=len({row.notice.customer_id for row in news}),
        fingerprint=fingerprint,
        is_done=is_done,
    )


def _fingerprint(
    result: int, promises: Sequence[Promise], news: Sequence[NoticeLine], places: Mapping[int, tuple[int, int]]
) -> str:
    facts: list[tuple[object, ...]] = [
        *places.items(),
        *((row.line_id, row.promised_date, row.basis) for row in promises),
        *((row.line_id, row.kind, row.units, row.ready, row.waiting, row.was_date, row.promised_date) for row in news),
    ]
    return hashlib.sha256(repr((result, sorted(map(repr, facts)))).encode()).hexdigest()[:16]
