"""
The question to suppliers whether what they confirmed has left, and when what they did not confirm comes: one letter an
order and day, and a row a line.

The night asks, in blocks: each locks its orders, looks again at what was asked, and writes letters and rows together.
So it may be killed anywhere, and run twice at once: nothing is asked twice, and nothing is left out.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from inventory.models import Inbound, Product
from inventory.supply import redated
from suppliers import arrivals, sent
from suppliers.drafts import PurchaseRefused
from suppliers.letters import asked, outbox
from suppliers.letters.writing import NoAddress
from suppliers.models import ONLY_COMPOSED, AskedDate, OrderLetter, PurchaseOrder, PurchaseOrderLine, Slip

from . import calendars, moments

BLOCK = 50
"""Orders that are locked at once, with the products of their lines."""
AHEAD = timedelta(days=60)
"""Days that are further ahead are not looked at: no closure puts three working days so far apart."""


class NothingToAsk(PurchaseRefused):
    """Nothing of an order is to come on a confirmed day that its supplier was not asked about."""


class DueQuestion(NamedTuple):
    """A line that its supplier is to be asked about now, the confirmed day if any, and which question it is."""

    line_id: int
    order_id: int
    inbound_id: int
    day: date | None
    moment: str
    silent_from: date


Due = Callable[[Q, datetime], list[DueQuestion]]
"""Says what is to be asked now among lines."""


def ask(*, at: datetime, block_done: Callable[[], None] | None = None) -> dict[str, int]:
    """
    Ask suppliers about confirmed days that are near, or have passed; commits by block. Run twice, it asks nothing.

    :param block_done: called after each block
    :returns: lines asked about, letters written, and orders whose supplier has to be called
    """
    return _in_blocks(_due, at, block_done)


def ask_when(
    inbound_ids: Collection[int], *, at: datetime, block_done: Callable[[], None] | None = None
) -> dict[str, int]:
    """
    Ask suppliers, once, when these come, as far as they have confirmed no day for them; commits by block.

    Customers wait for them who are promised no day any more: two that were computed have passed.

    :returns: as ``ask`` does
    """
    return _in_blocks(partial(_unsaid, set(inbound_ids)), at, block_done)


def _in_blocks(due: Due, at: datetime, block_done: Callable[[], None] | None) -> dict[str, int]:
    counts = {"asked": 0, "letters": 0, "calls": 0}
    if not outbox.is_shadow():
        _never_asked()
    if not settings.ASK_SUPPLIERS:
        return counts
    orders = sorted({each.order_id for each in due(Q(), at)})
    for start in range(0, len(orders), BLOCK):
        found = _ask(orders[start : start + BLOCK], due, at)
        counts = {name: counts[name] + found[name] for name in counts}
        if block_done:
            block_done()
    return counts


@transaction.atomic
def ask_now(order_ids: Collection[int], *, by: User | None, at: datetime) -> list[OrderLetter]:
    """
    Ask the suppliers of these orders now about every confirmed day that they were not asked about: a person wants it.

    :returns: the letters, one an order; answers go to who asks
    :raises NothingToAsk: if one of them was asked about each confirmed day, or has none that is still to come
    :raises NoAddress: if a supplier has no address
    """
    sent.lock_products_of(order_ids)
    rows = PurchaseOrder.objects.filter(pk__in=order_ids).select_related("supplier", "approved_by").order_by("pk")
    orders = {row.pk: row for row in rows.select_for_update(no_key=True, of=("self",))}
    due: dict[int, list[DueQuestion]] = defaultdict(list)
    for each in _due(Q(purchase_order__in=list(orders)), at, wanted=True):
        due[each.order_id].append(each)
    for pk, order in orders.items():
        if not order.supplier.email:
            raise NoAddress(f"There is no e-mail address for {order.supplier}: call them. Nobody was asked.")
        if pk not in due:
            raise NothingToAsk(f"Of {order} no confirmed day is left that its supplier was not asked about. Call them.")
    wanted = {order: [each.line_id for each in due[pk]] for pk, order in orders.items()}
    letters = asked.write(wanted, by=by, at=at)
    found, today = [each for own in due.values() for each in own], arrivals.day(at)
    _write(found, letters, today)
    redated.asked([each.inbound_id for each in found], on=today)
    return [letters[pk] for pk in sorted(letters)]


@transaction.atomic
def _ask(order_ids: Collection[int], due_now: Due, at: datetime) -> dict[str, int]:
    sent.lock_products_of(order_ids)
    rows = PurchaseOrder.objects.filter(pk__in=order_ids).select_related("supplier", "approved_by").order_by("pk")
    orders = {row.pk: row for row in rows.select_for_update(no_key=True, of=("self",))}
    by_order: dict[int, list[DueQuestion]] = defaultdict(list)
    for each in due_now(Q(purchase_order__in=list(orders)), at):
        by_order[each.order_id].append(each)
    mailed = {pk: [each.line_id for each in due] for pk, due in by_order.items() if orders[pk].supplier.email}
    letters = asked.write({orders[pk]: line_ids for pk, line_ids in mailed.items()}, at=at)
    due = [each for own in by_order.values() for each in own]
    today = arrivals.day(at)
    _write(due, letters, today)
    redated.asked([each.inbound_id for each in due if each.order_id in letters], on=today)
    return {"asked": len(due), "letters": len(letters), "calls": len(by_order) - len(letters)}


def _write(due: Sequence[DueQuestion], letters: Mapping[int, OrderLetter], today: date) -> None:
    """Write down what is asked, in the place of what was only composed in shadow."""
    lines = {each.line_id for each in due}
    unasked = AskedDate.objects.filter(ONLY_COMPOSED, line__in=lines)
    asks = {(each.line_id, each.day, each.moment) for each in due}
    again = [row.pk for row in unasked if (row.line_id, row.day, row.moment) in asks]
    AskedDate.objects.filter(pk__in=again).delete()
    AskedDate.objects.bulk_create(_row(each, letters.get(each.order_id), today) for each in due)


@transaction.atomic
def _never_asked() -> None:
    """Once mail is live, let nobody be told that a sender was asked in a letter that was only composed in shadow."""
    of_it = AskedDate.objects.filter(line__inbound=OuterRef("pk"))
    told = Inbound.objects.filter(Exists(of_it.filter(ONLY_COMPOSED)), outstanding__gt=0, asked_on__isnull=False)
    rows = told.exclude(Exists(of_it.exclude(ONLY_COMPOSED))).values_list("pk", "product_id")
    Product.objects.lock(product_id for _, product_id in rows)
    redated.asked([pk for pk, _ in rows], on=None)


def _counts() -> Q:
    """Narrow to what was asked; in shadow what was composed counts as asked, as it would have been."""
    return Q() if outbox.is_shadow() else ~ONLY_COMPOSED


def _row(each: DueQuestion, letter: OrderLetter | None, today: date) -> AskedDate:
    return AskedDate(
        line_id=each.line_id,
        day=each.day,
        moment=each.moment,
        asked_on=today,
        silent_from=each.silent_from,
        letter=letter,
    )


def _due(among: Q, at: datetime, *, wanted: bool = False) -> list[DueQuestion]:
    """
    Say what is to be asked now among these lines: a constant number of statements.

    :param wanted: a person wants it, whatever day it is
    """
    today = arrivals.day(at)
    near = (today - moments.LATELY, today + AHEAD)
    by_itself = Q(inbound__expected_date__range=near, purchase_order__supplier__is_asked=True)
    rows = list(_candidates(among if wanted else among & by_itself))
    known = calendars.of({row[2] for row in rows}, since=today - moments.LATELY)
    asked_before = _asked(row[0] for row in rows) if rows else set()
    found = []
    for line_id, order_id, supplier_id, inbound_id, day, said_at in rows:
        calendar = known[supplier_id]
        moment = moments.due(day, said_on=arrivals.day(said_at), today=today, calendar=calendar)
        if wanted:
            moment = moments.PASSED if today > day else moments.BEFORE
        if moment and (line_id, day, moment) not in asked_before:
            silent = moments.silent_from(today, calendar)
            found.append(DueQuestion(line_id, order_id, inbound_id, day, moment, silent))
    return found


def _unsaid(inbound_ids: Collection[int], among: Q, at: datetime) -> list[DueQuestion]:
    """Say about which lines of these inbound nobody was asked for which no day is confirmed: three statements."""
    today = arrivals.day(at)
    asked_before = AskedDate.objects.filter(_counts(), line=OuterRef("pk"), day=None)
    lines = _to_come(
        among & Q(inbound__in=inbound_ids, inbound__is_confirmed=False, purchase_order__supplier__is_asked=True)
    ).exclude(Exists(asked_before))
    columns = ("pk", "purchase_order_id", "purchase_order__supplier_id", "inbound_id")
    rows = list(lines.order_by("pk").values_list(*columns))
    known = calendars.of({row[2] for row in rows}, since=today - moments.LATELY) if rows else {}
    return [
        DueQuestion(line_id, order_id, inbound_id, None, moments.UNSAID, moments.silent_from(today, known[supplier_id]))
        for line_id, order_id, supplier_id, inbound_id in rows
    ]


def _to_come(among: Q) -> QuerySet[PurchaseOrderLine]:
    """Narrow lines to those of sent orders of which units are to come."""
    return PurchaseOrderLine.objects.filter(
        among,
        inbound__outstanding__gt=0,
        purchase_order__sent_at__isnull=False,
        purchase_order__canceled_at=None,
    )


def _candidates(among: Q) -> Iterable[tuple[int, int, int, int, date, datetime]]:
    """Read the lines of sent orders with a confirmed day that did not come, and when that day was said."""
    day = OuterRef("inbound__expected_date")
    passed = AskedDate.objects.filter(_counts(), line=OuterRef("pk"), day=day, moment="passed")
    slips = Slip.objects.filter(line=OuterRef("pk"), now=OuterRef("inbound__expected_date"))
    said = Subquery(slips.order_by().values("line").annotate(latest=Max("at")).values("latest"))
    lines = (
        _to_come(among & Q(inbound__is_confirmed=True))
        .exclude(Exists(passed))
        .annotate(said_at=Coalesce(said, F("purchase_order__confirmed_at"), F("purchase_order__sent_at")))
    )
    columns = ("pk", "purchase_order_id", "purchase_order__supplier_id", "inbound_id", "inbound__expected_date")
    return lines.order_by("pk").values_list(*columns, "said_at")


def _asked(line_ids: Iterable[int]) -> set[tuple[int, date | None, str]]:
    wanted = AskedDate.objects.filter(_counts(), line__in=PurchaseOrderLine.objects.filter(pk__in=list(line_ids)))
    return set(wanted.values_list("line_id", "day", "moment"))
