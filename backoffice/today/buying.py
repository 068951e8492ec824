"""The cards of those who buy, and of those who receive: what runs out, what to order, what comes and what is late."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.http import urlencode

from backoffice import kpi
from inventory.ground.plurals import counted, plural
from inventory.ground.sql import paging
from orders.models import RepeatedBackorder
from orders.promising import order_by
from orders.queue.again import OFTEN, WEEKS

from .cards import Card, address, fresh, money


def expected(*, at: datetime) -> Iterator[Card]:
    """Give what is likely to come within a week."""
    found = _figures(at)
    week, today = found["week"], found["today"]
    yield Card(
        "Receipts expected",
        paging.in_words(week),
        f"within 7 days, {paging.in_words(today)} of them today" if week else "nothing within 7 days",
        "blue" if today else "gray",
        address("inventory_inbound_changelist", "?is=week"),
        week,
    )


def running_out(*, at: datetime) -> Iterator[Card]:
    """Give the SKUs that will be out before the next order could arrive."""
    flags = kpi.attention(at=at)
    yield Card(
        "About to run out",
        paging.in_words(flags["out"]),
        _running_out(flags["out"], flags["gone"]),
        "red" if flags["gone"] else "amber" if flags["out"] else "green",
        address("inventory_reorderpolicy_changelist", "?runs_out=likely"),
        flags["out"],
    )


def _running_out(likely: int, out: int) -> str:
    if not likely:
        return "no SKU"
    if out:
        return f"{plural(likely, 'SKU')}; {paging.in_words(out)} out already, and customers wait"
    return f"{plural(likely, 'SKU')}, before the next order can arrive"


def orders(*, at: datetime) -> Iterator[Card]:
    """Give what to order today, the drafts, and what waits too long for a person, if anything does."""
    yield _order_today(at)
    flags = kpi.attention(at=at)
    yield Card(
        "Drafts to approve",
        paging.in_words(flags["drafts"]),
        plural(flags["drafts"], "purchase order") if flags["drafts"] else "nothing to approve",
        "blue" if flags["drafts"] else "green",
        address("suppliers_purchaseorder_changelist", "?is=draft"),
        flags["drafts"],
        money(fresh("dashboard:drafts", kpi.drafted)) if flags["drafts"] else "",
    )
    for name, label, detail in (
        ("unsent", "Approved, not sent", "beyond the approval time"),
        ("untouched", "Drafts left lying", "untouched for a week"),
    ):
        if flags[name]:
            url = address("suppliers_purchaseorder_changelist", f"?is={name}")
            words = f"{plural(flags[name], 'purchase order')}, {detail}"
            tone = "red" if name == "unsent" else "amber"
            yield Card(label, paging.in_words(flags[name]), words, tone, url, flags[name])


def _order_today(at: datetime) -> Card:
    """What hangs on an order of today, in products and the promises that break without it."""
    today = timezone.localdate(at)
    products, promises, undated, value = fresh(f"dashboard:order-by:{today}", lambda: _hangs(at))
    if promises:
        breaks = "breaks" if promises == 1 else "break"
        detail = f"{plural(products, 'product')}, or {counted(promises, 'promise')} {breaks}"
    else:
        detail = (
            f"{plural(products, 'product')}, {counted(undated, 'line')} without a date"
            if undated
            else "no promise hangs on it"
        )
    tone = "red" if promises else "amber" if undated else "green"
    return Card("Order today", f"{products:,}", detail, tone, address("order_today"), money=money(value))


def _hangs(at: datetime) -> tuple[int, int, int, Decimal]:
    due = order_by.due(timezone.localdate(at))
    return (
        len(due),
        sum(row.promises for row in due),
        sum(row.undated for row in due),
        sum((row.value for row in due), Decimal()),
    )


def overdue(*, at: datetime) -> Iterator[Card]:
    """Give what has not come by the day that its sender named, if there is any."""
    if count := _figures(at)["overdue"]:
        url = address("inventory_inbound_changelist", "?is=late")
        words = f"{plural(count, 'receipt')} past the day the sender named"
        yield Card("Overdue", paging.in_words(count), words, "red", url, count)


def again(*, at: datetime) -> Iterator[Card]:
    """Give the products that go on backorder again and again, if there are any."""
    if count := fresh("dashboard:again", RepeatedBackorder.objects.count):
        yield Card(
            "On backorder again and again",
            paging.in_words(count),
            f"{plural(count, 'product')}, {OFTEN} times or more in {WEEKS} weeks",
            "amber",
            address("orders_repeatedbackorder_changelist"),
            count,
        )


def slips(*, at: datetime) -> Iterator[Card]:
    """Give the dates that suppliers have moved since yesterday, if there are any."""
    if count := _figures(at)["slips"]:
        since = {"at__gte": kpi.yesterday(at).isoformat(sep=" ")}
        url = address("suppliers_slip_changelist", f"?{urlencode(since)}")
        yield Card(
            "Slips", paging.in_words(count), f"{plural(count, 'date')} moved since yesterday", "amber", url, count
        )


def _figures(at: datetime) -> dict[str, int]:
    found: dict[str, int] = fresh("dashboard:buying", lambda: kpi.coming(at=at))
    return found
