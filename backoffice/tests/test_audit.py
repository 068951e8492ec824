"""The audit names every figure that disagrees with the rows it comes from, and reads all of them as of one moment."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F, Model

from backoffice.books import audit
from backoffice.tests import people
from inventory.models import Inbound, Movement, Owed, Product, Stock, TransferLine
from inventory.supply import inbound
from orders import fulfillment
from orders.mail import stood_by
from orders.models import (
    Allocation,
    Hold,
    LineEvent,
    Notice,
    NoticeLine,
    NoticeState,
    OrderLine,
    Promise,
    Return,
    ShipmentLine,
)
from orders.promising import by_hand
from orders.tests import make
from suppliers.models import PurchaseOrderLine

AT = make.MONDAY
SOON = make.TODAY + timedelta(days=9)
SOON_AT = AT + timedelta(hours=3)


def broken() -> set[str]:
    return {finding.rule for finding in audit.run(at=AT) if finding.broken}


def told(line: OrderLine) -> None:
    """Say that the mails about this line went out."""
    notices = Notice.objects.filter(lines__line=line)
    notices.filter(pk__in=list(notices.values_list("pk", flat=True))).update(
        state=NoticeState.SENT, intent_at=AT, sent_at=AT
    )
    OrderLine.objects.filter(pk=line.pk).update(told_at=AT)
    stood_by.mark([line.pk])


@pytest.fixture(scope="module")
def opening():
    return falsifiable


def falsifiable() -> people.Shop:
    """
    A shop with one of everything.

    Its line of 20 lamps has units here, on the road and none at all; one was shipped in part and canceled in part, one
    has a typed date, and its customer was told.
    """
    shop = people.shop()
    box = make.product("BOX-1")
    half = make.order((box, 4), reference="SO-4").lines.get()
    make.on_hand(box, 2)
    fulfillment.ship_order(half.order_id, by=None, at=AT)
    fulfillment.cancel([fulfillment.LineUnits(half.pk, 1)], reason="Too late", by=None, at=AT)
    by_hand.set_date([half.pk], SOON, reason="By phone", by=None, at=AT)
    told(half)
    return shop


def test_the_books_of_a_shop_with_one_of_everything_balance(shop):
    assert broken() == set()


def test_the_books_balance_after_units_were_replaced_changed_lost_and_canceled_on_the_road(shop):
    half = OrderLine.objects.get(order__reference="SO-4")
    lamps = shop.rows["orders.backorder"]
    mug = Product.objects.get(sku="MUG-1")

    fulfillment.substitute([fulfillment.LineUnits(half.pk, 1)], mug.pk, reason="Sold out", by=None, at=AT)
    fulfillment.change_quantity([fulfillment.LineUnits(lamps.pk, 22)], reason="A bigger hall", by=None, at=AT)
    fulfillment.change_quantity([fulfillment.LineUnits(lamps.pk, 12)], reason="A smaller one", by=None, at=AT)
    make.lost(lamps.product, 2)
    lorry = shop.rows["suppliers.sent"].lines.get().inbound
    inbound.receive([inbound.Receipt(lorry.pk, 4, damaged=1)], by=None, at=AT)
    inbound.cancel([inbound.Cancellation(lorry.pk, 20)], by=None, at=AT)

    half.refresh_from_db()
    lamps.refresh_from_db()
    assert (half.shipped, half.canceled, lamps.canceled) == (2, 2, 8)
    assert broken() == set()


OWED = "Owed is what lines still wait for"
SHELF = "A line's allocated is the sum of its claims on stock"
ASKED = "A purchase order expects what it asks for"
CAME = "Received, with what came beyond it, is the sum of receipts"
PICKED_OF_SHELF = "Picked of a shelf is the sum of what is picked of it"
FALSIFIED = [
    # what is written past the domain, and which rules name it
    (Stock, "on_hand", 1, {"On hand is the sum of movements"}),
    (Movement, "quantity", 1, {"On hand is the sum of movements"}),
    (Stock, "held", 1, {"Held is the sum of holds"}),
    (Stock, "stopped", 1, {"Stopped is what is set aside for stopped orders"}),
    (Stock, "picked", 1, {PICKED_OF_SHELF}),
    (Allocation, "picked", 1, {PICKED_OF_SHELF, "Picked is what lies in parcels that have not left"}),
    (Hold, "taken", 1, {"Held is the sum of holds"}),
    (Hold, "lost", 1, {"Held is the sum of holds"}),
    (Hold, "released", 1, {"Held is the sum of holds"}),
    (Hold, "quantity", 1, {"Held is the sum of holds"}),
    (Stock, "allocated", -1, {"Allocated is the sum of allocations"}),
    (Inbound, "committed", -1, {"Committed is the sum of claims"}),
    (Inbound, "received", 1, {CAME}),
    (Inbound, "surplus", 1, {CAME}),
    (Inbound, "quantity", 1, {"A transfer is on its way with what left"}),
    (TransferLine, "quantity", 1, {"A transfer is on its way with what left"}),
    (OrderLine, "allocated", -1, {SHELF}),
    (OrderLine, "pegged", -1, {"A line's pegged is the sum of its claims on inbound", OWED}),
    (OrderLine, "shipped", 1, {"A line's shipped is the sum of its shipments"}),
    (ShipmentLine, "quantity", 1, {"A line's shipped is the sum of its shipments"}),
    (OrderLine, "canceled", 1, {"A line's canceled is what its history took off"}),
    (Owed, "units", 1, {OWED}),
    (Owed, "lines", 1, {OWED}),
    (Owed, "promised_date", timedelta(days=1), {OWED}),
    (OrderLine, "promised_date", timedelta(days=1), {"The promised date is the newest promise", OWED}),
    (OrderLine, "first_promised_date", timedelta(days=1), {"The first promised date is the first promise"}),
    (OrderLine, "told_at", timedelta(seconds=1), {"Who was told got a mail at that moment"}),
    (Promise, "told_at", timedelta(seconds=1), {"A promise was told by a mail that went then"}),
    (OrderLine, "told_date", timedelta(days=1), {"What a customer was told is the newest promise told"}),
    (PurchaseOrderLine, "quantity", 1, {ASKED}),
    (Inbound, "quantity", -1, {ASKED}),
]


@pytest.mark.parametrize(
    ("written", "rule"),
    [({"told_at": None}, "Who got a mail was told"), ({"is_promise_pinned": False}, "A typed date is pinned until it")],
)
def test_what_was_wiped_off_a_line_is_named(shop, written, rule):
    line = OrderLine.objects.get(order__reference="SO-4")

    OrderLine.objects.filter(pk=line.pk).update(**written)

    (found,) = [each for each in audit.run(at=AT) if each.broken]
    assert found.rule.startswith(rule)
    assert found.examples[0].startswith("SO-4: ")


@pytest.mark.parametrize("day", [SOON, make.TODAY + timedelta(days=40)])
def test_a_typed_date_that_was_let_go_is_rightly_pinned_no_more(shop, day):
    line = OrderLine.objects.get(order__reference="SO-4")
    by_hand.set_date([line.pk], day, reason="By phone", by=None, at=AT)

    by_hand.release([line.pk], by=None, at=AT)

    line.refresh_from_db()
    assert line.is_promise_pinned is False
    assert broken() == set()
    by_hand.set_date([line.pk], day + timedelta(days=1), reason="By phone", by=None, at=AT + timedelta(minutes=1))
    OrderLine.objects.filter(pk=line.pk).update(is_promise_pinned=False)
    assert broken() == {"A typed date is pinned until it is let go"}


@pytest.mark.parametrize(("model", "column", "by", "rules"), FALSIFIED)
def test_a_figure_that_was_falsified_is_named(shop, model, column, by, rules):
    falsified = falsify(model, column, by)

    assert falsified == 1
    assert rules <= broken()


def falsify(model: type[Model], column: str, by: object) -> int:
    """Write past the domain, in the first row that takes it: as another program would."""
    rows = model._default_manager.filter(**{f"{column}__isnull": False})
    if isinstance(by, int) and by < 0:
        rows = rows.filter(**{f"{column}__gt": 0})
    if model is OrderLine and column in ("shipped", "canceled"):
        rows = rows.filter(uncovered__gt=0)
    if model is Hold and column != "quantity":
        rows = rows.filter(units__gt=0)
    if column == "picked":
        rows = rows.filter(**{"allocated__gt": 0} if model is Stock else {"stock__isnull": False})
    if model is Stock and column == "held":
        rows = rows.filter(available__gt=0)
    if model is Inbound and column == "quantity":
        rows = rows.filter(**{f"{'transfer' if by == 1 else 'purchase'}_line__isnull": False})
    if model is Inbound and by == -1 and column == "quantity":
        rows = rows.filter(uncommitted__gt=0)
    if model is PurchaseOrderLine:
        rows = rows.filter(inbound__isnull=False)
    if model is Inbound and column == "received":
        rows = rows.filter(uncommitted__gt=0)
    first = rows.order_by("pk").values_list("pk", flat=True)[:1]
    table, key = model._meta.db_table, first[0]
    value = getattr(model._default_manager.get(pk=key), column)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", [value + by, key])
        return int(cursor.rowcount)


@pytest.mark.parametrize("column", ["promised_date", "first_promised_date"])
def test_a_date_that_was_emptied_or_made_up_is_named(shop, column):
    OrderLine.objects.filter(promised_date__isnull=False).update(**{column: None})
    emptied = broken()
    OrderLine.objects.update(promised_date=SOON + timedelta(days=90), first_promised_date=SOON + timedelta(days=90))

    rule = {"promised_date": "The promised date is the newest promise"}
    assert rule.get(column, "The first promised date is the first promise") in emptied
    assert broken() >= {"The promised date is the newest promise", "The first promised date is the first promise"}


def test_a_pin_that_nobody_typed_is_named(shop):
    OrderLine.objects.filter(is_promise_pinned=False).update(is_promise_pinned=True)

    assert broken() == {"A pinned date was typed"}


def test_a_row_that_is_gone_is_named(shop):
    Return.objects.all().delete()
    for rows, rule in (
        (Allocation.objects.filter(stock__isnull=False), SHELF),
        (ShipmentLine.objects.all(), "A line's shipped is the sum of its shipments"),
        (LineEvent.objects.filter(kind="canceled"), "A line's canceled is what its history took off"),
        (Promise.objects.all(), "The promised date is the newest promise"),
        (NoticeLine.objects.all(), "Who was told got a mail at that moment"),
        (Owed.objects.all(), OWED),
    ):
        rows._raw_delete(rows.db)
        assert rule in broken()


@pytest.mark.parametrize("model", [Stock, OrderLine])
def test_a_row_that_was_given_another_product_is_named_and_the_rest_is_still_looked_at(shop, model):
    claim = Allocation.objects.filter(stock__isnull=False, line__backordered__gt=0).first()
    row = {Stock: claim.stock, OrderLine: claim.line}[model]

    model.objects.filter(pk=row.pk).update(product=make.product("OTHER-1"))

    assert "A claim is on units of its line's product" in broken()


def test_units_whose_shelf_is_gone_are_named(shop):
    make.on_hand(make.product("VASE-1"), 5)
    gone = Stock.objects.filter(product__sku="VASE-1")
    gone._raw_delete(gone.db)

    found = {finding.rule: finding.examples for finding in audit.run(at=AT) if finding.broken}

    assert found == {"What moved has a shelf": ("VASE-1: BER against 5",)}


def test_a_finding_shows_what_stands_against_what(shop):
    OrderLine.objects.filter(order__reference="SO-4").update(shipped=F("shipped") - 1)

    shown = {finding.rule: finding.examples for finding in audit.run(at=AT)}

    assert shown["A line's shipped is the sum of its shipments"] == ("SO-4: 1 against 2",)


def test_what_is_owed_by_a_wrong_day_is_shown_with_both(shop):
    lamp = Product.objects.get(sku="BOX-1")
    Owed.objects.filter(product=lamp).exclude(units=0).update(promised_date=SOON + timedelta(days=1))

    shown = {finding.rule: finding.examples for finding in audit.run(at=AT)}

    assert set(shown[OWED]) == {
        f"BOX-1 by {SOON}: 0 against 1",
        f"BOX-1 by {SOON + timedelta(days=1)}: 1 against 0",
    }
