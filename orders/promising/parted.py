"""
Parts of a line that do not ship on the day its customer was told, though the day promised for all of it stands.

The night looks for them on the last working day of the warehouse before that day: what moves to and fro until then is
no news, and a delivery that its sender is silent about is late by then. Writes facts alone, through
``orders.mail.notices``.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime

from django.conf import settings
from django.db import transaction

from inventory.models import Product
from inventory.supply import calendars
from orders.allocation.dating import day_of
from orders.mail import notices, told
from orders.models import NoticeKind, NoticeLine, NoticeState, OrderLine
from orders.rules import news
from orders.rules.parts import Portion, is_later, until
from orders.wording import parts, window

BLOCK = 200
"""Products that are locked at once."""
CAUSE = f"{notices.AFTER}parts"
"""How the causes end of what is told here."""
LastDays = Mapping[int, date]
"""By warehouse."""


def tell(*, at: datetime) -> int:
    """
    Tell customers of the parts that were told for today or the next working day, or earlier, and come later than that.

    Commits by block; run twice, it tells once.

    :returns: lines that are told of
    """
    last = _last_days(day_of(at))
    found = dict(_told(last))
    products = sorted(set(found.values()))
    return sum(_tell(products[start : start + BLOCK], found, last, at) for start in range(0, len(products), BLOCK))


def _last_days(today: date) -> LastDays:
    """Say up to which day what was told has its last day for news today: of each warehouse."""
    return {pk: news.next_day(today, calendar) for pk, calendar in calendars.of_all().items()}


def _told(last: LastDays) -> Iterator[tuple[int, int]]:
    """Give the lines, and their products, that a mail told in parts of which one was due by then."""
    facts = NoticeLine.objects.filter(
        told_parts__isnull=False,
        notice__state__in=(NoticeState.SENT, NoticeState.SHADOWED),
        line__backordered__gt=0,
        line__promised_date__gt=min(last.values(), default=date.max),
        line__is_stopped=False,
    )
    columns = ("line_id", "line__product_id", "order__warehouse", "line__promised_date", "told_parts")
    for line_id, product_id, place, promised, said in facts.order_by("pk").values_list(*columns):
        if promised > last[place] and until(last[place], parts.read(said)):
            yield line_id, product_id


@transaction.atomic
def _tell(products: Collection[int], line_ids: Iterable[int], last: LastDays, at: datetime) -> int:
    """Look again under the lock of these products, and write what is news."""
    Product.objects.lock(products)
    mine = OrderLine.objects.backordered().filter(pk__in=list(line_ids), product__in=products, is_stopped=False)
    lines = list(mine.select_related("order").order_by("pk"))
    said = told.of_lines(line.pk for line in lines)
    coming = parts.of_lines(lines, at=at)
    late = [
        line
        for line in lines
        if _comes_later(line, said[line.pk], coming.get(line.pk, ()), last[line.order.warehouse_id])
    ]
    return notices.queue([_fact(line) for line in late], cause=f"time:{day_of(at)}{CAUSE}", at=at)


def _comes_later(line: OrderLine, said: Sequence[told.Said], coming: Collection[Portion], last: date) -> bool:
    """
    Whether units that were told by that day come later, and no mail is to say so, or could not.

    Units came if fewer wait than were told: of what came somebody may have chosen not to hear.
    """
    if any(_is_untold(each) for each in said):
        return False
    known = told.heard(said, NoticeKind.NEW_DATE)
    if known is None or not known.is_sure or known.waiting < line.backordered or line.promised_date is None:
        return False
    came = [Portion(units, None, date.min)] if (units := known.waiting - line.backordered) else []
    now = [*came, *(coming or [Portion(line.backordered, None, line.promised_date)])]
    return is_later(until(last, known.parts), now, settings.MATERIAL_DELAY_DAYS)


def _is_untold(each: told.Said) -> bool:
    """Whether a mail is to go, which says the parts anyway; or what was written here came back, or is not wanted."""
    if each.is_superseded or each.state == NoticeState.SENT:
        return False
    return each.state in notices.WAITING or each.event.endswith(CAUSE)


def _fact(line: OrderLine) -> notices.Fact:
    likely_date, promised_date = window.standing(line)
    return notices.Fact(
        line_id=line.pk,
        order_id=line.order_id,
        customer_id=line.order.customer_id,
        kind=NoticeKind.NEW_DATE,
        units=line.backordered,
        ready=line.allocated,
        waiting=line.backordered,
        was_date=line.promised_date,
        likely_date=likely_date,
        promised_date=promised_date,
        is_of_parts=True,
    )
