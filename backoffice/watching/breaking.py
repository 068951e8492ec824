"""
Promises that may break, and what is here and has not left: grounds of alerts, one for what brings it. Reads only.

Of one inbound there is one of these: it is overdue and nobody was asked, or its sender moved it, or it may be late.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from backoffice.models import JobRun
from inventory.desk.tables import day
from inventory.ground.plurals import counted
from inventory.models import Inbound
from orders.models import Allocation, OrderLine
from orders.promising import must_by
from orders.queue.questions import QUESTIONS
from suppliers.models import ONLY_COMPOSED, AskedDate

from .matters import Waiting

MOST_NAMED = 3
UNDER_WAY = timedelta(days=7)
"""How long after its sender said that it left it may be on its way, before somebody is told again."""
Stakes = dict[int, tuple[int, date]]
"""How many promises at risk rest on what is on its way, and the first of them, by inbound."""
_WAITS = Q(line__is_stopped=False, line__backordered__gt=0)


def overdue(*, at: datetime) -> Iterator[Waiting]:
    """
    What did not come on the day its sender had confirmed, for which customers wait, and about which nobody asked: in
    shadow nobody was. And what has left, as they say, and is not here a week later.

    What did not come yesterday is asked about by the night: until it has run, that nobody was asked is no news.
    """
    today = timezone.localdate(at)
    asked = _asked_since()
    late = Inbound.objects.open().filter(is_confirmed=True, expected_date__lt=today, committed__gt=0)
    rows = late.annotate(left_at=Subquery(asked.values("answered_at")[:1]))
    rows = rows.filter(~Exists(asked) | Q(left_at__date__lte=today - UNDER_WAY))
    ran = JobRun.objects.filter(job="nightly", business_date=today, finished_at__isnull=False)
    yesterday = today - timedelta(days=1)
    rows = rows.exclude(~Exists(asked), ~Exists(ran), expected_date=yesterday, purchase_line__isnull=False)
    for row in _with_units(rows):
        if row.expected_date is None:
            continue  # not so of what was asked for
        heard = "nobody was asked why."
        if row.left_at:
            heard = f"nobody has asked since. They said on {day(timezone.localdate(row.left_at))} that it left."
        words = f"{_name(row)} was confirmed for {day(row.expected_date)}, is not here, and {heard}"
        yield Waiting(row.pk, words, row.expected_date)


def slipped(*, at: datetime) -> Iterator[Waiting]:
    """What its sender has moved to a later day, with promises at risk."""
    for row, lines, promised in _at_risk(_stakes(), Q(expected_date__gt=F("first_date")), at):
        moved = f"was confirmed for {day(row.first_date)} and comes on {day(row.expected_date)}"
        yield Waiting(row.pk, f"{_name(row)} {moved}: {_break(lines, promised)}.", promised)


def may_break(*, at: datetime) -> Iterator[Waiting]:
    """
    What may well come too late for promises that rest on it, though its sender has not moved it; or did so that often
    that their customers are promised no day any more, and nobody has confirmed one. So may what was to be here and is
    under way by the word of its sender.
    """
    stakes, at_risk = _stakes(), set()
    for row, lines, promised in _under_way(stakes, at):
        left = f"was confirmed for {day(row.expected_date)} and left, as they said on"
        words = f"{_name(row)} {left} {day(timezone.localdate(row.left_at))}: {_break(lines, promised)}."
        yield Waiting(row.pk, words, promised)
    for row, lines, promised in _at_risk(stakes, ~Q(expected_date__gt=F("first_date")), at):
        at_risk.add(row.pk)
        comes = f"comes on {day(row.expected_date)}" if row.expected_date else "has no confirmed day"
        yield Waiting(row.pk, f"{_name(row)} {comes}: {_break(lines, promised)}.", promised)
    for row, lines, first in _taken_back():
        if row.pk not in at_risk:
            waits = f"{counted(lines, 'line')} {'waits' if lines == 1 else 'wait'} without a date"
            words = f"{_name(row)} has no confirmed day: {waits}, first promised for {day(first)}."
            yield Waiting(row.pk, words, first)


def not_left(*, at: datetime) -> Iterator[Waiting]:
    """Warehouses where units stand that may leave, were promised for today or before, and have not left."""
    due = Allocation.objects.filter(stock__isnull=False, line__in=OrderLine.objects.filter(QUESTIONS["due"].ask(at)))
    rows = (
        due.order_by()
        .values_list("stock__warehouse_id", "stock__warehouse__code")
        .annotate(
            lines=Count("line", distinct=True),
            orders=Count("line__order", distinct=True),
            first=Min(Coalesce("line__promised_date", "line__first_promised_date")),
        )
    )
    for pk, code, lines, orders, first in rows.order_by("stock__warehouse_id"):
        is_are = "is" if lines == 1 else "are"
        since = f"{counted(lines, 'line')} of {counted(orders, 'order')} {is_are} here in {code} and should have left"
        yield Waiting(pk, f"{since}, the first by {day(first)}.", first)


def missed_days(*, at: datetime) -> Iterator[Waiting]:
    """Orders that must ship by a day and may well not: their customers are asked what they want."""
    for each in must_by.due(at=at):
        named = ", ".join(each.skus[:MOST_NAMED])
        more = f" and {len(each.skus) - MOST_NAMED:,} more" if len(each.skus) > MOST_NAMED else ""
        words = (
            f"{each.reference} of {each.customer} must ship by {day(each.must_by)} and misses it with a chance of"
            f" {each.chance:.0%}: {named}{more}. Ask what they want."
        )
        yield Waiting(each.order_id, words, each.must_by)


def _at_risk(stakes: Stakes, among: Q, at: datetime) -> Iterator[tuple[Any, int, date]]:
    """Give what is not overdue, how many promises at risk rest on it, and the first of them."""
    for row in _with_units(Inbound.objects.open().filter(~_was_due(at), among, pk__in=stakes)):
        yield row, *stakes[row.pk]


def _under_way(stakes: Stakes, at: datetime) -> Iterator[tuple[Any, int, date]]:
    """
    Give the same of what is overdue, and left so lately, as they say, that nobody is to ask again: what was asked about
    has an alert as soon as its sender is silent, and all else that is overdue has one at once.
    """
    answers = _asked_since().filter(answered_at__isnull=False).values("answered_at")[:1]
    rows = Inbound.objects.open().filter(_was_due(at), pk__in=stakes).annotate(left_at=Subquery(answers))
    for row in _with_units(rows.filter(left_at__date__gt=timezone.localdate(at) - UNDER_WAY)):
        yield row, *stakes[row.pk]


def _was_due(at: datetime) -> Q:
    return Q(is_confirmed=True, expected_date__lt=timezone.localdate(at))


def _asked_since() -> QuerySet[AskedDate]:
    """What senders were asked about an inbound once the day had passed that is confirmed for it."""
    asked = AskedDate.objects.filter(line__inbound=OuterRef("pk"), day=OuterRef("expected_date"), moment="passed")
    return asked.exclude(ONLY_COMPOSED)


def _stakes() -> Stakes:
    claims = Allocation.objects.filter(_WAITS, inbound__isnull=False, line__is_at_risk=True)
    rows = claims.order_by().values_list("inbound").annotate(Count("line"), Min("line__promised_date"))
    stakes = {pk: (lines, first) for pk, lines, first in rows}
    for pk, lines, first in _of_their_orders():
        others, earliest = stakes.get(pk, (0, first))
        stakes[pk] = others + lines, min(first, earliest)
    return stakes


def _of_their_orders() -> Iterator[tuple[int, int, date]]:
    """
    Give the same of lines to which nothing on its way is theirs, since their order ships complete: they rest on what
    comes last of it.
    """
    own = Allocation.objects.filter(line=OuterRef("pk"), inbound__isnull=False)
    alone = OrderLine.objects.filter(
        ~Exists(own), order__is_ship_complete=True, is_at_risk=True, is_stopped=False, backordered__gt=0
    ).order_by()
    orders = list(alone.values_list("order").annotate(Count("pk"), Min("promised_date")))
    if not orders:
        return
    last_of = Allocation.objects.filter(_WAITS, inbound__isnull=False, line__order__in=alone.values("order"))
    last_of = last_of.order_by(F("inbound__safe_date").asc(nulls_last=True), "inbound")
    last = dict(last_of.values_list("line__order", "inbound"))
    for order, lines, first in orders:
        if order in last:
            yield last[order], lines, first


def _taken_back() -> Iterator[tuple[Any, int, date]]:
    """Give what nobody confirmed, how many lines rest on it whose day was taken back, and the first day of these."""
    claims = Allocation.objects.filter(
        _WAITS, inbound__is_confirmed=False, line__promised_date=None, line__first_promised_date__isnull=False
    )
    rows = claims.order_by().values_list("inbound").annotate(Count("line"), Min("line__first_promised_date"))
    stakes = {pk: (lines, first) for pk, lines, first in rows}
    for row in _with_units(Inbound.objects.open().filter(pk__in=stakes)) if stakes else ():
        yield row, *stakes[row.pk]


def _with_units(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.select_related("product").order_by("pk")


def _name(row: Inbound) -> str:
    return f"{row.outstanding:,} {row.product.sku} of {row.reference} from {row.sender}"


def _break(lines: int, promised: date) -> str:
    return f"{counted(lines, 'promise')} may break, the first of {day(promised)}"
