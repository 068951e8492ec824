"""
Do it, look at what it did, and take it back unless that is what was agreed to.

A preview made this way can never disagree with the act: it *is* the act, rolled back. Applying it carries the
fingerprint of the preview; if the facts have moved since, nothing is written and the new preview is shown.
"""

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Max, Model

from inventory.models import Product

from . import queue
from .models import NoticeLine, OrderLine, Promise


class Standing(NamedTuple):
    """What a customer would notice of a line."""

    here: int
    waiting: int
    likely_date: date | None
    safe_date: date | None
    promised_date: date | None

    def keeps(self, promised: date) -> bool:
        """Whether it can ship by the day that was promised."""
        return not self.waiting or (self.safe_date is not None and self.safe_date <= promised)


class Moved(NamedTuple):
    """One line before and after."""

    line_id: int
    was: Standing
    now: Standing

    @property
    def days(self) -> int:
        """How much later it can ship; sooner is negative, and no date is later than any."""
        if not self.was.waiting and not self.now.waiting:
            return 0
        then, now = (each.safe_date or date.max for each in (self.was, self.now))
        return (now - then).days

    @property
    def breaks(self) -> bool:
        """Whether what was promised before held, and no longer does."""
        promised = self.was.promised_date
        return promised is not None and self.was.keeps(promised) and not self.now.keeps(promised)


@dataclass(frozen=True, slots=True)
class Effects:
    """
    What an act did, or would do: its own result, the promises it made, and the news its customers get.

    ``mails`` counts e-mails, ``customers`` people; one mail may carry several facts.
    ``moved`` are the lines that stand otherwise, ``added`` those it made.
    """

    result: int
    promises: Sequence[Promise]
    news: Sequence[NoticeLine]
    places: Mapping[int, tuple[int, int]]
    moved: Sequence[Moved]
    added: Sequence[OrderLine]
    is_done: bool = False

    @property
    def mails(self) -> int:
        return len({row.notice_id for row in self.news})

    @property
    def customers(self) -> int:
        return len({row.notice.customer_id for row in self.news})

    @property
    def fingerprint(self) -> str:
        # a line that is made gets another number each time
        name = {line.pk: -number for number, line in enumerate(self.added, start=1)}
        facts: list[tuple[object, ...]] = [
            *((name.get(pk, pk), place) for pk, place in self.places.items()),
            *((name[line.pk], line.order_id, line.product_id, line.quantity) for line in self.added),
            *self.moved,
            *((name.get(row.line_id, row.line_id), row.promised_date, row.basis) for row in self.promises),
            *((name.get(row.line_id, row.line_id), *_said(row)) for row in self.news),
        ]
        return hashlib.sha256(repr((self.result, sorted(map(repr, facts)))).encode()).hexdigest()[:16]


def _said(row: NoticeLine) -> tuple[object, ...]:
    return row.kind, row.units, row.ready, row.waiting, row.was_date, row.promised_date


def rehearse(
    act: Callable[[], int],
    *,
    at: datetime,
    agreed: str | None = None,
    line_ids: Collection[int] = (),
    product_ids: Collection[int] = (),
) -> Effects:
    """
    Run ``act``, which stamps what it writes with ``at``, and keep it only if its effects are those agreed to.

    :param line_ids: lines whose place in the queue afterwards is to be known
    :param product_ids: all products whose queue it may change; they are locked first
    :param agreed: the fingerprint of the preview a person has seen; None only previews
    """
    with transaction.atomic():
        Product.objects.lock(product_ids)
        first_promise, first_news, first_line = (_newest(model) for model in (Promise, NoticeLine, OrderLine))
        before = _standings(product_ids)
        result = act()
        moved = list(_differences(before, _standings(product_ids)))
        made = Promise.objects.filter(pk__gt=first_promise, at=at)
        told = NoticeLine.objects.filter(pk__gt=first_news, notice__created_at=at, is_superseded=False)
        fresh = OrderLine.objects.filter(pk__gt=first_line, changed_at=at, product__in=product_ids)
        added = list(fresh.select_related("order__customer", "product").order_by("pk"))
        promises = list(made.select_related("line__order__customer", "line__product"))
        news = list(told.select_related("notice__customer", "order", "line__product").order_by("pk"))
        places = queue.places(list(OrderLine.objects.filter(pk__in=[*line_ids, *(line.pk for line in added)])))
        effects = Effects(result, promises, news, places, moved, added)
        effects = replace(effects, is_done=agreed == effects.fingerprint)
        if not effects.is_done:
            transaction.set_rollback(True)
    return effects


def _newest(model: type[Model]) -> int:
    newest: int | None = model._default_manager.aggregate(last=Max("pk"))["last"]
    return newest or 0


def _standings(product_ids: Collection[int]) -> dict[int, Standing]:
    if not product_ids:
        return {}
    lines = OrderLine.objects.open().filter(product__in=product_ids).in_queue_order()
    rows = lines.values_list("pk", "allocated", "backordered", "likely_date", "safe_date", "promised_date")
    return {pk: Standing(*state) for pk, *state in rows}


def _differences(before: Mapping[int, Standing], after: Mapping[int, Standing]) -> Iterator[Moved]:
    for pk, was in before.items():
        now = after.get(pk, was)
        if now != was:
            yield Moved(pk, was, now)
