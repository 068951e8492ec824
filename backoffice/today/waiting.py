"""The cards of those who ship and of those who answer customers: what waits, what is here, what was promised."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count, Min, Q
from django.utils import timezone

from backoffice import kpi
from inventory.desk.tables import day
from inventory.ground.plurals import counted, plural
from inventory.ground.sql import paging
from orders.models import Batch
from orders.queue import counting
from orders.waiting_list import showing

from .cards import Card, address, fresh, money, tab


def promises(*, at: datetime) -> Iterator[Card]:
    """Give what waits, and of which the promise is broken, at risk (if any is) or missing."""
    total, lines = counting.summary(at=at), counting.counts(at=at)
    stake = fresh("dashboard:at-stake", lambda: kpi.at_stake(at=at))
    oldest = f", oldest {counted((at - total.oldest_at).days, 'day')}" if total.oldest_at else ""
    yield Card(
        "Waiting units",
        f"{total.units:,}",
        f"on {counted(total.lines, 'line')}{oldest}",
        "gray",
        tab("waiting"),
        lines["waiting"],
    )
    yield Card(
        "Past promise",
        f"{total.past_lines:,}",
        f"{plural(total.past_lines, 'line')} in {counted(total.past_orders, 'order')}"
        if total.past_lines
        else "no promised day has passed",
        "red" if total.past_lines else "green",
        tab("past"),
        lines["past"],
        money(stake.past_value),
    )
    if stake.risk_lines:
        yield Card(
            "Promise at risk",
            f"{stake.risk_lines:,}",
            f"{plural(stake.risk_lines, 'line')} in {counted(stake.risk_orders, 'order')}",
            "amber",
            tab("risk"),
            lines["risk"],
            money(stake.risk_value),
        )
    yield Card(
        "No date",
        f"{total.undated_lines:,}",
        f"{plural(total.undated_lines, 'line')}, {counted(total.undated_units, 'unit')}"
        if total.undated_lines
        else "every line has a date",
        "amber" if total.undated_lines else "green",
        tab("undated"),
        lines["undated"],
    )


def refunds(*, at: datetime) -> Iterator[Card]:
    """Give what is owed back to customers, if anything is: red once the day of one has passed."""
    due = fresh("dashboard:refunds", lambda: kpi.refunds(at=at))
    if not due.count:
        return
    words = f"{plural(due.count, 'refund')} to pay back"
    late = f", {due.overdue:,} overdue ({money(due.overdue_amount)})" if due.overdue else ""
    yield Card(
        "Refunds due",
        f"{due.count:,}",
        f"{words}{late}",
        "red" if due.overdue else "amber",
        address("orders_refund_changelist", "?is=open"),
        due.count,
        money(due.amount),
    )


def to_ship(*, at: datetime) -> Iterator[Card]:
    """Give what can leave today, what of it was promised for today, and what a person must decide first."""
    lines = counting.counts(at=at)
    ready = fresh("dashboard:ready", lambda: kpi.ready(at=at))
    late = f", {counted(ready.broken_lines, 'line')} late" if ready.broken_lines else ""
    yield Card(
        "Can ship now",
        f"{ready.units:,}",
        f"{plural(ready.units, 'unit')} in {counted(ready.orders, 'order')}" if ready.units else "nothing stands ready",
        "green" if ready.units else "gray",
        tab("ship"),
        lines["ship"],
        money(ready.value),
    )
    yield Card(
        "Ready, promise due",
        f"{ready.due_units:,}",
        f"{plural(ready.due_units, 'unit')} in {counted(ready.due_orders, 'order')}{late}"
        if ready.due_units
        else "nothing that is here is due",
        "red" if ready.broken_lines else "amber" if ready.due_units else "green",
        tab("due"),
        lines["due"],
        money(ready.due_value),
    )
    yield Card(
        "Needs a decision",
        paging.in_words(lines["decide"]),
        plural(lines["decide"], "line") if lines["decide"] else "every date holds",
        "amber" if lines["decide"] else "green",
        tab("decide"),
        lines["decide"],
    )


def batches(*, at: datetime) -> Iterator[Card]:
    """Give the parcels that are picked and have not left, and say if they stand since yesterday or longer."""
    parcels, standing, oldest = fresh("dashboard:batches", _batches)
    is_old = oldest is not None and timezone.localdate(oldest) < timezone.localdate(at)
    since = f", the oldest since {day(timezone.localdate(oldest))}" if is_old and oldest else ""
    yield Card(
        "Shipping desk",
        f"{parcels:,}",
        f"{plural(parcels, 'parcel')} on the floor, in {standing:,} {'batch' if standing == 1 else 'batches'}{since}"
        if standing
        else "no batch is on the floor",
        "red" if is_old else "blue" if standing else "gray",
        address("shipping_desk"),
    )


def _batches() -> tuple[int, int, datetime | None]:
    """Count the parcels and the batches that stand, and give when the oldest of them was printed."""
    found = Batch.objects.filter(posted_at=None, put_away_at=None).aggregate(
        standing=Count("pk", distinct=True), parcels=Count("parcels", filter=STANDING), oldest=Min("printed_at")
    )
    return found["parcels"], found["standing"], found["oldest"]


STANDING = Q(parcels__shipment=None, parcels__stopped_at=None)


def untold(*, at: datetime) -> Iterator[Card]:
    """Give the lines whose customers have not heard that they wait."""
    lines = counting.counts(at=at)["untold"]
    yield Card(
        "Never told",
        paging.in_words(lines),
        plural(lines, "line") if lines else "every customer who waits has heard",
        "amber" if lines else "green",
        tab("untold"),
        lines,
    )


def calls(*, at: datetime) -> Iterator[Card]:
    """Give the calls to make, if there are any."""
    count = kpi.attention(at=at)["calls"]
    if count:
        yield Card(
            "Calls to make",
            paging.in_words(count),
            "news of customers without an e-mail address",
            "amber",
            address("orders_notice_changelist", f"?{kpi.CALLS}"),
            count,
        )


def asked_for(*, at: datetime) -> Iterator[Card]:
    """Give who waits on restock lists, while the shop keeps any."""
    found = fresh("dashboard:restock", showing.summary)
    if found["people"]:
        yield Card(
            "Ask to be told",
            f"{found['people']:,}",
            f"{'person wants' if found['people'] == 1 else 'people want'} {counted(found['units'], 'unit')} "
            f"of {counted(found['products'], 'product')}",
            "gray",
            address("orders_restocklist_changelist"),
        )
