"""Orders that come from another system: true numbers, nobody written to unasked, the same order again."""

import io
from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from backoffice import nightly
from backoffice.books import audit
from backoffice.files import loading
from backoffice.models import JobRun
from backoffice.tests import doors
from inventory.ground.tabular.values.dates import DateReader
from inventory.models import DemandEntry, Movement, Product
from inventory.tests import files
from orders import allocation, demand_feed, fulfillment
from orders.allocation import companions
from orders.mail import digest, notices
from orders.models import (
    Basis,
    Channel,
    CustomerAddress,
    Notice,
    NoticeKind,
    NoticeLine,
    NoticeState,
    Order,
    OrderLine,
    Promise,
    Shipment,
    ShipTo,
    Unsettled,
)
from orders.promising import by_hand, sweep
from orders.resources import pushing
from orders.tests import make

pytestmark = pytest.mark.django_db
HEADER = "reference,placed_at,email,sku,quantity"


@pytest.fixture(autouse=True)
def shop(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    make.warehouse("MAIN")
    make.product("LAMP")
    make.product("CHAIR")


@pytest.fixture(params=doors.BOTH)
def load(request, client, tmp_path):
    """One of the doors: ``load("1001,…", columns="…")`` gives what it said."""
    if request.param == "upload":
        client.force_login(User.objects.create_superuser("ines"))
        door = doors.Upload(client)
    else:
        door = doors.command
    numbers = iter(range(100))

    def through(*rows, columns="", **options):
        text = "\n".join([HEADER + columns, *rows]) + "\n"
        return door("orders", files.text(tmp_path, text, name=f"orders{next(numbers)}.csv"), **options)

    return through


def ago(days, hours=0):
    return (timezone.now() - timedelta(days=days, hours=hours)).replace(microsecond=0)


def written(moment):
    return f"{moment:%Y-%m-%d %H:%M:%S}"


DAY_10, DAY_9, DAY_5 = (written(ago(days)) for days in (10, 9, 5))


def lines(**wanted):
    rows = OrderLine.objects.filter(**wanted).order_by("order__reference", "position")
    return [(line.product.sku, line.quantity, line.shipped, line.canceled, line.open) for line in rows]


def books_balance():
    return audit.balances(audit.run(at=timezone.now()))


# --- What became of it ----------------------------------------------------------------


def test_units_that_left_and_were_canceled_elsewhere_are_true_numbers_here(load):
    load(
        f"1,{DAY_10},a@shop.example,LAMP,5,2,1",
        f"1,{DAY_10},a@shop.example,CHAIR,3,3,0",
        f"1,{DAY_10},a@shop.example,LAMP,4,,4",
        columns=",shipped,canceled",
    )

    assert lines() == [("LAMP", 5, 2, 1, 2), ("CHAIR", 3, 3, 0, 0), ("LAMP", 4, 0, 4, 0)]
    assert list(Shipment.objects.get().lines.order_by("pk").values_list("quantity", flat=True)) == [2, 3]
    assert Movement.objects.count() == 0
    assert books_balance()


def test_a_closed_order_is_demand_and_no_open_order(load):
    load(f"1,{DAY_10},a@shop.example,LAMP,5,fulfilled", columns=",status")

    demand_feed.feed(at=timezone.now())

    assert lines() == [("LAMP", 5, 5, 0, 0)]
    assert [(entry.product.sku, entry.units, entry.day) for entry in DemandEntry.objects.all()] == [
        ("LAMP", 5, ago(10).date())
    ]


def test_what_was_taken_back_within_a_day_there_was_no_demand(load):
    placed = ago(10)
    load(
        f"1,{written(placed)},a@shop.example,LAMP,5,canceled,{written(placed + timedelta(hours=24))}",
        f"2,{written(placed)},a@shop.example,CHAIR,4,canceled,{written(placed + timedelta(hours=24, seconds=1))}",
        columns=",status,canceled_at",
    )

    demand_feed.feed(at=timezone.now())

    assert lines() == [("LAMP", 5, 0, 5, 0), ("CHAIR", 4, 0, 4, 0)]
    assert [(entry.product.sku, entry.units) for entry in DemandEntry.objects.exclude(units=0)] == [("CHAIR", 4)]


def test_more_gone_than_ordered_is_refused_by_row(load):
    answer = load(f"1,{DAY_10},a@shop.example,LAMP,5,3,3", columns=",shipped,canceled")

    assert not answer.is_loaded
    assert "no more units shipped and canceled than the 5 ordered" in answer.told


def test_all_gone_exactly_is_closed(load):
    load(f"1,{DAY_10},a@shop.example,LAMP,5,3,2", columns=",shipped,canceled")

    assert lines() == [("LAMP", 5, 3, 2, 0)]
    assert books_balance()


@pytest.mark.parametrize("column", ["status", "payment"])
@pytest.mark.parametrize("arrives_unpaid", [True, False])
def test_an_order_is_placed_unpaid_or_paid_as_its_rows_say_whatever_its_channel_does(load, column, arrives_unpaid):
    Channel.objects.create(name="shop", arrives_unpaid=arrives_unpaid)

    answer = load(
        f"1,{DAY_10},a@shop.example,LAMP,5,pending",
        f"2,{DAY_10},a@shop.example,LAMP,1,paid",
        f"3,{DAY_10},a@shop.example,LAMP,1,never paid",
        columns=f",{column}",
    )

    assert list(Order.objects.order_by("reference").values_list("reference", "is_unpaid")) == [
        ("1", True),
        ("2", False),
    ]
    assert "Row 4: it was never paid." in answer.told
    assert "3 rows = 2 taken + 1 left out + 0 refused." in answer.told
    assert books_balance()


def test_an_order_whose_file_says_nothing_of_payment_is_as_its_channel_says(load):
    Channel.objects.create(name="shop", arrives_unpaid=True)

    load(f"1,{DAY_10},a@shop.example,LAMP,5,open", columns=",status")

    assert Order.objects.get().is_unpaid


PAY_1, PAY_2 = (f"1,{DAY_10},a@shop.example,LAMP,5,{word}" for word in ("pending", "paid"))


def test_a_newer_file_that_says_paid_pays_it_once_and_an_older_one_does_not(load):
    load(PAY_1, columns=",payment")

    refused = load(PAY_2, columns=",payment")
    assert "payment unpaid → paid" in refused.told
    assert Order.objects.get().is_unpaid

    load(PAY_2, columns=",payment", newer=True)
    load(PAY_2, columns=",payment", newer=True)
    load(PAY_1, columns=",payment")

    order = Order.objects.get()
    assert not order.is_unpaid
    assert list(order.events.filter(kind="paid").values_list("text", flat=True)) == [
        "is paid; it keeps its place: a newer file says so"
    ]
    assert books_balance()


def test_what_was_marked_as_paid_here_stays_paid_though_the_file_says_again_that_it_is_not(load):
    load(PAY_1, columns=",payment")
    fulfillment.pay(Order.objects.get().pk, by=None, at=timezone.now())

    answer = load(PAY_1, columns=",payment", newer=True)

    assert answer.is_loaded
    assert not Order.objects.get().is_unpaid


@pytest.mark.parametrize(
    ("column", "word"),
    [("status", "never paid"), ("status", "voided"), ("status", "canceled"), ("payment", "voided")],
)
def test_a_newer_file_that_says_it_was_never_paid_cancels_it_by_its_number_and_it_is_no_demand(load, column, word):
    load(PAY_1, columns=",payment")

    load(f"1,{DAY_10},a@shop.example,LAMP,5,{word}", columns=f",{column}", newer=True)
    load(f"1,{DAY_10},a@shop.example,LAMP,5,{word}", columns=f",{column}", newer=True)

    assert Order.objects.get().is_unpaid
    assert lines() == [("LAMP", 5, 0, 5, 0)]
    demand_feed.feed(at=timezone.now())
    assert not DemandEntry.objects.exclude(units=0).exists()
    assert books_balance()


def test_what_left_unpaid_has_left(load):
    load(f"1,{DAY_10},a@shop.example,LAMP,5,shipped,pending", columns=",status,payment")

    assert lines() == [("LAMP", 5, 5, 0, 0)]


def test_a_status_that_nobody_knows_is_refused(load):
    answer = load(f"1,{DAY_10},a@shop.example,LAMP,5,frobbed", columns=",status")

    assert not answer.is_loaded
    assert "frobbed" in answer.told
    assert (
        "a status that is known: open, part shipped, shipped, part refunded, canceled, unpaid or never paid"
        in answer.told
    )


# --- Lines that are no product --------------------------------------------------------


def test_lines_that_are_no_product_are_left_out_by_name_and_a_known_sku_never(load, settings):
    settings.NOT_PRODUCTS = ["POST", "TIP*", "LAMP"]

    answer = load(
        f"1,{DAY_10},a@shop.example,LAMP,5",
        f"1,{DAY_10},a@shop.example,POST,1",
        f"1,{DAY_10},a@shop.example,,1",
        f"2,{DAY_10},b@shop.example,TIP-5,1",
    )

    assert lines() == [("LAMP", 5, 0, 0, 5)]
    for told in ("Row 3: no product (POST).", "Row 4: no product: it has no SKU.", "Row 5: no product (TIP-5)."):
        assert told in answer.told
    assert "4 rows = 1 taken + 3 left out + 0 refused." in answer.told


def test_a_code_that_only_begins_like_one_is_refused_as_unknown(load, settings):
    settings.NOT_PRODUCTS = ["POST"]

    answer = load(f"1,{DAY_10},a@shop.example,POSTER,1")

    assert not answer.is_loaded
    assert "a SKU that is known" in answer.told


def test_one_bad_order_is_left_out_by_name_on_request(load):
    rows = [f"1,{DAY_10},a@shop.example,LAMP,5", f"2,{DAY_10},b@shop.example,UNKNOWN,1"]

    refused = load(*rows)
    answer = load(*rows, skip_bad=True)

    assert not refused.is_loaded
    assert answer.is_loaded
    assert list(Order.objects.values_list("reference", flat=True)) == ["1"]
    assert "UNKNOWN" in answer.told


# --- What was told already ------------------------------------------------------------


def test_the_day_told_already_is_the_first_promise_and_stands(load):
    told = ago(-30).date()

    load(
        f"1,{DAY_10},a@shop.example,LAMP,5,{told}",
        f"2,{DAY_9},b@shop.example,LAMP,5,",
        columns=",promised_date",
    )

    line = OrderLine.objects.get(order__reference="1")
    assert (line.first_promised_date, line.promised_date, line.is_promise_pinned, line.told_at) == (
        told,
        told,
        True,
        None,
    )
    assert [(promise.promised_date, promise.basis, promise.reason) for promise in line.promises.all()] == [
        (told, Basis.TYPED, "told before the order came here")
    ]
    assert Notice.objects.count() == 0
    assert books_balance()


def test_a_day_that_has_passed_is_overdue_and_the_night_treats_it(load):
    passed = ago(2).date()
    load(f"1,{DAY_10},a@shop.example,LAMP,5,{passed}", columns=",promised_date")

    assert OrderLine.objects.get().promised_date == passed
    sweep.sweep(at=timezone.now())

    assert OrderLine.objects.get().promised_date is None
    assert OrderLine.objects.get().first_promised_date == passed
    assert [notice.kind for notice in Notice.objects.all()] == [NoticeKind.NEW_DATE]


def test_a_day_before_the_order_was_told_to_nobody(load):
    answer = load(f"1,{DAY_5},a@shop.example,LAMP,5,{ago(6).date()}", columns=",promised_date")

    assert not answer.is_loaded
    assert f"a day on which it could have been told, from {ago(5).date()} on" in answer.told


def test_the_wanted_day_is_judged_where_the_customer_is(load, settings):
    settings.TIME_ZONE = "Europe/Berlin"
    day, next_day = ago(5).date(), ago(4).date()

    here = load(f"1,{next_day} 02:00,a@shop.example,LAMP,1,{day}", columns=",wanted_date")
    there = load(f"2,{day} 22:00:00 -0800,a@shop.example,LAMP,1,{day}", columns=",wanted_date")

    assert not here.is_loaded
    assert "before it was placed" in here.told
    assert there.is_loaded
    assert Order.objects.get().reference == "2"


# --- Who is written to ----------------------------------------------------------------


@pytest.fixture
def waiting():
    """Bea waits for five lamps that come in two weeks; five more come in six."""
    lamp = Product.objects.get(sku="LAMP")
    make.coming(lamp, 5, on=ago(-14).date(), is_confirmed=True, at=ago(3))
    make.coming(lamp, 5, on=ago(-42).date(), is_confirmed=True, at=ago(3))
    line = make.line(lamp, 5, who=make.customer("Bea"), reference="B-1", at=ago(2))
    Notice.objects.all().delete()
    return line


def test_who_is_pushed_back_is_written_to_if_asked(load, waiting):
    later = waiting.promised_date + timedelta(days=28)

    load(f"1,{DAY_10},a@shop.example,LAMP,5", tell=True)

    waiting.refresh_from_db()
    assert waiting.promised_date == later
    alive = Notice.objects.filter(state=NoticeState.QUEUED)
    assert sorted(alive.values_list("customer__name", "kind")) == [
        ("Bea", NoticeKind.NEW_DATE),
        ("a", NoticeKind.BACKORDERED),  # it stood behind Bea for a moment; it is first news
    ]


def test_a_dry_run_says_who_would_be_pushed_back_and_writes_nothing(waiting, tmp_path):
    was, later = waiting.promised_date, waiting.promised_date + timedelta(days=28)
    path = files.text(tmp_path, f"{HEADER}\n1,{DAY_10},a@shop.example,LAMP,5\n")

    answer = doors.command("orders", path, dry_run=True)

    assert "1 line of 1 customer who wait already would be pushed back by these older orders." in answer.told
    assert f"B-1 · Bea · LAMP · {was} · {later} · New date: {was} → {later}" in answer.told
    assert list(Order.objects.values_list("reference", flat=True)) == ["B-1"]
    assert Notice.objects.count() == 0


def test_the_page_says_who_would_be_pushed_back_before_it_loads(client, waiting, tmp_path):
    was, later = waiting.promised_date, waiting.promised_date + timedelta(days=28)
    client.force_login(User.objects.create_superuser("ines"))
    path = files.text(tmp_path, f"{HEADER}\n1,{DAY_10},a@shop.example,LAMP,5\n")

    answer = doors.Upload(client)("orders", path)

    assert "1 line of 1 customer who wait already would be pushed back" in answer.told
    assert f"B-1 Bea LAMP {was} {later} New date: {was} → {later}" in answer.told
    assert answer.is_loaded
    assert Notice.objects.count() == 0


def test_who_is_pushed_back_unasked_is_not_written_to(load, waiting):
    load(f"1,{DAY_10},a@shop.example,LAMP,5")

    assert Notice.objects.count() == 0
    assert books_balance()


def test_closed_orders_and_younger_ones_push_nobody_back(tmp_path, waiting):
    path = files.text(
        tmp_path,
        f"{HEADER},status\n1,{DAY_10},a@shop.example,LAMP,5,shipped\n2,{written(ago(1))},c@shop.example,LAMP,5,\n",
    )

    answer = doors.command("orders", path, dry_run=True)

    assert "pushed back" not in answer.told


def test_of_a_large_file_those_who_stand_behind_are_counted_and_named(monkeypatch, tmp_path, waiting):
    monkeypatch.setattr(pushing, "MOST_ORDERS", 0)
    path = files.text(tmp_path, f"{HEADER}\n1,{DAY_10},a@shop.example,LAMP,5\n")

    answer = doors.command("orders", path, dry_run=True)

    assert "1 line that waits already stands behind these older orders, and may be pushed back." in answer.told
    assert f"B-1 · Bea · LAMP · {waiting.promised_date}" in answer.told


def test_nobody_is_written_to_unless_asked(load):
    load(f"1,{DAY_10},a@shop.example,LAMP,5")

    assert Notice.objects.count() == 0


def test_customers_are_written_to_if_asked(load):
    load(f"1,{DAY_10},a@shop.example,LAMP,5", tell=True)

    notice = Notice.objects.get()
    assert (notice.kind, notice.customer.email) == (NoticeKind.BACKORDERED, "a@shop.example")


def _mail():
    """The one mail that would go now."""
    [notice] = Notice.objects.filter(state=NoticeState.QUEUED)
    return notice.kind, notices.preview(notice, at=timezone.now())


def test_a_day_that_nobody_was_told_is_none_that_we_said(load):
    lamp = Product.objects.get(sku="LAMP")
    coming = make.coming(lamp, 5, on=ago(-14).date(), is_confirmed=True, at=ago(3))
    load(f"1,{DAY_10},a@shop.example,LAMP,5")

    make.moved(coming, ago(-42).date(), at=timezone.now())

    kind, mail = _mail()
    assert kind == NoticeKind.NEW_DATE
    assert "We can give you a date now." in mail.text
    assert "Until now, we said" not in mail.text


def test_that_there_is_no_date_is_no_news_where_none_was_told(load):
    lamp = Product.objects.get(sku="LAMP")
    coming = make.coming(lamp, 5, on=ago(-14).date(), is_confirmed=True, at=ago(3))
    load(f"1,{DAY_10},a@shop.example,LAMP,5")

    make.moved(coming, None, at=timezone.now())

    assert digest.leaving([Notice.objects.get().pk], at=timezone.now()) == []


def test_a_day_that_the_file_says_was_told_is_what_we_said(load):
    lamp = Product.objects.get(sku="LAMP")
    make.coming(lamp, 5, on=ago(-42).date(), is_confirmed=True, at=ago(3))
    load(f"1,{DAY_10},a@shop.example,LAMP,5,{ago(-14).date()}", columns=",promised_date")

    by_hand.release([OrderLine.objects.get().pk], by=None, at=timezone.now())

    kind, mail = _mail()
    assert kind == NoticeKind.NEW_DATE
    assert "Until now, we said by" in mail.text


def test_what_was_here_and_is_lost_is_told_as_first_news_where_nothing_was_told(load):
    lamp = Product.objects.get(sku="LAMP")
    make.on_hand(lamp, 5, at=ago(20))
    load(f"1,{DAY_10},a@shop.example,LAMP,5")

    make.lost(lamp, 5, at=timezone.now())

    kind, mail = _mail()
    assert kind == NoticeKind.LOST
    assert mail.subject.startswith("Will follow: ")
    assert "There is news about your order" not in mail.text


# --- The same order again -------------------------------------------------------------


def test_the_same_order_again_is_no_change_whatever_happened_to_it_here(load):
    rows = [f"1,{DAY_10},a@shop.example,LAMP,5", f"1,{DAY_10},a@shop.example,LAMP,2"]
    load(*rows)
    line = OrderLine.objects.order_by("pk").first()
    fulfillment.cancel([fulfillment.LineUnits(line.pk, 2)], reason="asked to", by=None, at=timezone.now())

    answer = load(*rows)

    assert answer.is_loaded
    assert "1 unchanged" in answer.told
    assert lines() == [("LAMP", 5, 0, 2, 3), ("LAMP", 2, 0, 0, 2)]


def test_other_content_is_refused_until_a_person_says_that_the_file_is_newer(load):
    load(f"1,{DAY_10},a@shop.example,LAMP,5", f"1,{DAY_10},a@shop.example,CHAIR,2")
    newer = [f"1,{DAY_10},a@shop.example,LAMP,3", f"1,{DAY_10},a@shop.example,CHAIR,4"]

    refused = load(*newer)
    assert not refused.is_loaded
    assert "LAMP 5 → 3, CHAIR 2 → 4" in refused.told
    assert lines() == [("LAMP", 5, 0, 0, 5), ("CHAIR", 2, 0, 0, 2)]

    answer = load(*newer, newer=True)
    again = load(*newer)

    assert answer.is_loaded
    assert lines() == [("LAMP", 5, 0, 2, 3), ("CHAIR", 2, 0, 0, 2), ("CHAIR", 2, 0, 0, 2)]
    assert "1 unchanged" in again.told
    assert Notice.objects.count() == 0
    assert books_balance()


def test_the_box_lists_what_changes_from_old_to_new(load):
    load(f"1,{DAY_10},a@shop.example,LAMP,5")

    answer = load(f"1,{DAY_10},a@shop.example,LAMP,3", newer=True)

    assert "1 LAMP 5 3 units change" in answer.told.replace(" · ", " ")


def test_a_line_that_is_gone_is_canceled_and_another_product_in_its_place_replaces_it(load):
    load(
        f"1,{DAY_10},a@shop.example,LAMP,5",
        f"2,{DAY_10},a@shop.example,LAMP,4",
        f"2,{DAY_10},a@shop.example,CHAIR,1",
    )

    answer = load(f"1,{DAY_10},a@shop.example,CHAIR,5", f"2,{DAY_10},a@shop.example,LAMP,4", newer=True)

    assert answer.is_loaded
    assert lines(order__reference="1") == [("LAMP", 5, 0, 5, 0), ("CHAIR", 5, 0, 0, 5)]
    assert lines(order__reference="2") == [("LAMP", 4, 0, 0, 4), ("CHAIR", 1, 0, 1, 0)]
    assert books_balance()


def test_another_customer_is_named_and_not_applied_and_said_once(load):
    load(f"1,{DAY_10},a@shop.example,LAMP,5")
    other = f"1,{DAY_10},b@shop.example,LAMP,5"

    refused = load(other)
    answer = load(other, newer=True)
    again = load(other)

    assert "email a@shop.example → b@shop.example" in refused.told
    assert answer.is_loaded
    told = answer.told.replace(" · ", " ")
    assert "1 email a@shop.example b@shop.example not applied: change the order here" in told
    assert "1 unchanged" in again.told
    assert Order.objects.get().customer.email == "a@shop.example"


def test_a_corrected_address_of_the_same_customer_changes_no_order(load):
    load(f"1,{DAY_10},a@shop.example,LAMP,5,77", columns=",customer_id")

    answer = load(f"1,{DAY_10},b@shop.example,LAMP,3,77", columns=",customer_id", newer=True)

    assert lines() == [("LAMP", 5, 0, 2, 3)]
    assert Order.objects.get().customer.email == "b@shop.example"
    assert "not applied" not in answer.told


def test_a_number_in_another_case_is_the_same_order(load):
    load(f"ab-1,{DAY_10},a@shop.example,LAMP,5,2", columns=",shipped")

    again = load(f"AB-1,{DAY_10},A@shop.example,LAMP,5,2", columns=",shipped")

    assert "1 unchanged" in again.told
    assert lines() == [("LAMP", 5, 2, 0, 3)]


def test_who_has_no_address_moves_in_with_what_left_and_is_found_again(load):
    row = f"1,{DAY_10},,LAMP,5,2"
    load(row, columns=",shipped")

    again = load(row, columns=",shipped")

    assert "1 unchanged" in again.told
    assert lines() == [("LAMP", 5, 2, 0, 3)]
    assert Order.objects.get().customer.email == ""


def test_a_further_product_is_added_and_another_price_is_named_and_not_applied(load):
    load(f"1,{DAY_10},a@shop.example,LAMP,5,9.50", columns=",unit_price")

    answer = load(
        f"1,{DAY_10},a@shop.example,LAMP,5,8.50",
        f"1,{DAY_10},a@shop.example,CHAIR,2,1.00",
        columns=",unit_price",
        newer=True,
    )

    assert answer.is_loaded
    assert lines() == [("LAMP", 5, 0, 0, 5), ("CHAIR", 2, 0, 0, 2)]
    told = answer.told.replace(" · ", " ")
    assert "1 CHAIR 0 2 added" in told
    assert "1 price of LAMP 9.50 8.50 not applied: change the order here" in told


def test_a_document_with_a_newer_time_of_its_own_changes_the_order_and_an_older_one_nothing(load):
    columns = ",updated_at"
    load(f"1,{DAY_10},a@shop.example,LAMP,5,{DAY_9}", columns=columns)

    same = load(f"1,{DAY_10},a@shop.example,LAMP,7,{DAY_9}", columns=columns)
    assert lines() == [("LAMP", 5, 0, 0, 5)]
    newer = load(f"1,{DAY_10},a@shop.example,LAMP,3,{DAY_5}", columns=columns)
    assert lines() == [("LAMP", 5, 0, 2, 3)]
    older = load(f"1,{DAY_10},a@shop.example,LAMP,5,{DAY_9}", columns=columns, newer=True)

    assert lines() == [("LAMP", 5, 0, 2, 3)]
    assert "this document is older than the one loaded before; it changes nothing" in same.told
    assert "1 changed" in newer.told
    assert "1 unchanged" in older.told


def test_a_closed_number_used_again_is_refused_by_name_and_stands_with_its_day_on_request(load):
    load(f"1,{DAY_10},a@shop.example,LAMP,5,shipped", columns=",status")
    again = f"1,{DAY_5},b@shop.example,CHAIR,2"

    refused = load(again)
    answer = load(again, reused=True)
    same = load(again)

    dated = f"1 ({ago(5).date()})"
    assert not refused.is_loaded
    assert f"that of {ago(10).date()} is closed" in refused.told
    assert answer.is_loaded
    assert list(Order.objects.order_by("pk").values_list("reference", flat=True)) == ["1", dated]
    assert "1 unchanged" in same.told
    assert lines() == [("LAMP", 5, 5, 0, 0), ("CHAIR", 2, 0, 0, 2)]


def test_one_number_of_two_days_in_one_file_is_two_orders_on_request(tmp_path):
    path = files.text(tmp_path, f"{HEADER}\n1,{DAY_5},b@shop.example,CHAIR,2\n1,{DAY_10},a@shop.example,LAMP,5\n")

    plan = loading.load(loading.File("orders", path, is_reused=True), by=None, at=timezone.now())

    assert plan.rows == 2
    assert list(Order.objects.order_by("placed_at").values_list("reference", flat=True)) == [
        "1",
        f"1 ({ago(5).date()})",
    ]


def test_promises_of_orders_that_moved_in_are_kept_once(load):
    load(f"1,{DAY_10},a@shop.example,LAMP,5,{ago(-30).date()}", columns=",promised_date")
    load(f"2,{DAY_9},a@shop.example,LAMP,5")

    assert Promise.objects.filter(line__order__reference="1").count() == 1


def test_utc_is_nobodys_zone():
    reader = DateReader(tuple)
    reader.zone = timezone.get_fixed_timezone(60)

    assert reader.zoned("2026-11-20T23:30:00+00:00").date() == date(2026, 11, 21)
    assert reader.zoned("2026-11-20 23:30:00 -0500").date() == date(2026, 11, 20)
    assert reader.zoned("2026-11-20 23:30:00 -0500") == datetime(2026, 11, 21, 4, 30, tzinfo=UTC)


def test_a_day_that_had_passed_before_it_came_here_is_no_fault_of_the_last_night(load):
    yesterday = timezone.localdate() - timedelta(days=1)
    JobRun.objects.create(
        job="nightly",
        business_date=timezone.localdate(),
        started_at=ago(0, 1),
        finished_at=ago(0, 1),
        claimed_until=ago(0, 1),
    )

    load(f"1,{DAY_10},a@shop.example,LAMP,5,{yesterday}", columns=",promised_date")
    assert books_balance()
    Promise.objects.update(at=ago(0, 2))

    assert not books_balance()


def test_numbers_a_day_apart_are_of_two_orders_and_nearer_ones_of_one(tmp_path):
    at = ago(10)
    rows = [f"1,{written(at)},a@shop.example,LAMP,5", f"1,{written(at + timedelta(hours=24))},a@shop.example,CHAIR,2"]
    near = [f"2,{written(at)},a@shop.example,LAMP,5"]
    near += [f"2,{written(at + timedelta(hours=23, minutes=59))},a@shop.example,CHAIR,2"]
    path = files.text(tmp_path, "\n".join([HEADER, *rows, *near]) + "\n")

    loading.load(loading.File("orders", path, is_reused=True), by=None, at=timezone.now())

    found = [(order.reference, order.lines.count()) for order in Order.objects.order_by("reference")]
    assert found == [("1", 1), (f"1 ({(at + timedelta(hours=24)).date()})", 1), ("2", 2)]


def test_the_day_on_which_it_was_ordered_may_have_been_told(load):
    load(f"1,{DAY_5},a@shop.example,LAMP,5,{ago(5).date()}", columns=",promised_date")

    assert OrderLine.objects.get().first_promised_date == ago(5).date()


def test_of_a_large_file_nobody_stands_behind_younger_orders(monkeypatch, tmp_path, waiting):
    monkeypatch.setattr(pushing, "MOST_ORDERS", 0)
    path = files.text(tmp_path, f"{HEADER}\n1,{written(ago(1))},a@shop.example,LAMP,5\n")

    answer = doors.command("orders", path, dry_run=True)

    assert "stand behind" not in answer.told


# --- What a silent load leaves to the clock, and what the command says first -------------


def test_what_a_silent_load_leaves_to_the_clock_is_silent_too(monkeypatch, tmp_path, waiting):
    """The chair ships with Bea's lamp; somebody else holds it while the load pushes her lamp back."""
    chair = Product.objects.get(sku="CHAIR")
    make.coming(chair, 3, on=ago(-7).date(), is_confirmed=True, at=ago(3))
    lamp = Product.objects.get(sku="LAMP")
    make.coming(lamp, 5, on=ago(-20).date(), is_confirmed=True, at=ago(3))
    make.order((lamp, 5), (chair, 2), reference="B-2", at=ago(1), is_ship_complete=True)
    Notice.objects.all().delete()
    monkeypatch.setattr(companions, "lock_free", lambda product_ids: set())

    doors.command("orders", files.text(tmp_path, f"{HEADER}\n1,{DAY_10},a@shop.example,LAMP,5\n"))
    left = list(Unsettled.objects.values_list("product__sku", "is_silent"))
    monkeypatch.undo()
    allocation.settle_companions_left(at=timezone.now())

    assert left == [("CHAIR", True)]
    assert not Unsettled.objects.exists()
    assert NoticeLine.objects.count() == 0


def test_what_is_told_leaves_nothing_silent():
    lamp = Product.objects.get(sku="LAMP")

    with notices.silence():
        companions.leave([lamp.pk], at=timezone.now())
    companions.leave([lamp.pk], at=timezone.now())
    with notices.silence():
        companions.leave([lamp.pk], at=timezone.now())

    assert list(Unsettled.objects.values_list("product__sku", "is_silent")) == [("LAMP", False)]


def test_the_night_after_a_silent_load_tells_nobody_of_it(tmp_path, waiting):
    doors.command("orders", files.text(tmp_path, f"{HEADER}\n1,{DAY_10},a@shop.example,LAMP,5\n"))

    nightly.run(on=timezone.localdate(), at=timezone.now())

    assert NoticeLine.objects.count() == 0


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(("said", "is_loaded"), [("y\n", True), ("n\n", False), ("", False)])
def test_at_a_terminal_the_command_says_who_is_pushed_back_and_asks(monkeypatch, tmp_path, waiting, said, is_loaded):
    monkeypatch.setattr("sys.stdin", Terminal(said))
    path = files.text(tmp_path, f"{HEADER}\n1,{DAY_10},a@shop.example,LAMP,5\n")

    answer = doors.command("orders", path)

    assert answer.is_loaded == is_loaded
    assert Order.objects.filter(reference="1").exists() == is_loaded
    assert "Nothing was loaded." in answer.told or is_loaded


@pytest.mark.parametrize("is_terminal", [True, False])
def test_the_command_says_who_is_pushed_back_before_it_says_that_it_loaded(monkeypatch, tmp_path, waiting, is_terminal):
    monkeypatch.setattr("sys.stdin", Terminal() if is_terminal else io.StringIO())
    path = files.text(tmp_path, f"{HEADER}\n1,{DAY_10},a@shop.example,LAMP,5\n")

    answer = doors.command("orders", path, **({"yes": True} if is_terminal else {}))

    first = answer.told.index("B-1 · Bea · LAMP")
    assert answer.told.startswith("Before anything is loaded:")
    assert first < answer.told.index("Loaded: ")
    assert answer.told.count("B-1 · Bea · LAMP") == 1


@pytest.mark.parametrize(
    ("zone", "is_loaded"), [("America/Los_Angeles", True), ("europe/berlin", False), ("Berlin", False)]
)
def test_a_customers_zone_is_a_column_and_an_unknown_one_is_refused_by_name(load, settings, zone, is_loaded):
    settings.TIME_ZONE = "Europe/Berlin"
    day, next_day = ago(5).date(), ago(4).date()

    answer = load(f"1,{next_day} 02:00,a@shop.example,LAMP,1,{day},{zone}", columns=",wanted_date,zone")

    assert answer.is_loaded == is_loaded
    assert ("the name of a time zone, such as Europe/Berlin" in answer.told) == (zone == "Berlin")
    assert ("before it was placed" in answer.told) == (zone == "europe/berlin")


@pytest.mark.parametrize(
    ("own", "rows", "is_loaded"),
    [
        ("EUR", ["eur"], True),
        ("EUR", ["€"], True),
        ("EUR", ["USD"], False),
        ("", ["USD"], True),
        ("", ["USD", "EUR"], False),
    ],
)
def test_a_currency_column_is_held_against_the_shops(load, settings, own, rows, is_loaded):
    settings.SHOP_CURRENCY = own
    orders = [f"{number},{DAY_10},a@shop.example,LAMP,1,9.00,{money}" for number, money in enumerate(rows)]

    answer = load(*orders, columns=",unit_price,currency")

    assert answer.is_loaded == is_loaded
    assert Order.objects.count() == len(rows) * is_loaded


def test_a_header_that_names_another_currency_is_refused(tmp_path, settings):
    settings.SHOP_CURRENCY = "EUR"
    path = files.text(tmp_path, f"{HEADER},Price (USD)\n1,{DAY_10},a@shop.example,LAMP,1,9.00\n")

    answer = doors.command("orders", path, mapping={"Price (USD)": "unit_price"})

    assert "“Price (USD)” is in USD, and amounts here are in EUR" in answer.told


def test_a_newer_file_changes_what_ships_together_and_when_it_is_wanted(load):
    columns = ",is_ship_complete,wanted_date"
    load(f"1,{DAY_10},a@shop.example,LAMP,5,no,", columns=columns)
    wanted = f"{timezone.localdate() + timedelta(days=9)}"

    answer = load(f"1,{DAY_10},a@shop.example,LAMP,5,yes,{wanted}", columns=columns, newer=True)

    order = Order.objects.get()
    assert (order.is_ship_complete, str(order.wanted_date)) == (True, wanted)
    told = answer.told.replace(" · ", " ")
    assert "1 ship complete no yes changed" in told
    assert f"1 wanted date none {wanted} changed" in told
    again = load(f"1,{DAY_10},a@shop.example,LAMP,5,yes,{wanted}", columns=columns, newer=True)
    assert "1 unchanged" in again.told


def test_a_file_says_after_which_day_an_order_is_of_no_use_and_a_newer_one_another(load):
    columns = ",must_by_date"
    first, then = (f"{timezone.localdate() + timedelta(days=days)}" for days in (9, 12))
    load(f"1,{DAY_10},a@shop.example,LAMP,5,{first}", columns=columns)
    assert str(Order.objects.get().must_by_date) == first

    answer = load(f"1,{DAY_10},a@shop.example,LAMP,5,{then}", columns=columns, newer=True)

    assert str(Order.objects.get().must_by_date) == then
    assert f"1 must-by date {first} {then} changed" in answer.told.replace(" · ", " ")
    assert "1 unchanged" in load(f"1,{DAY_10},a@shop.example,LAMP,5,{then}", columns=columns, newer=True).told
    assert "1 unchanged" in load(f"1,{DAY_10},a@shop.example,LAMP,5").told
    assert str(Order.objects.get().must_by_date) == then


def test_a_last_day_before_the_first_is_named_and_nothing_is_loaded(load):
    wanted, last = (f"{timezone.localdate() + timedelta(days=days)}" for days in (9, 8))

    answer = load(f"1,{DAY_10},a@shop.example,LAMP,5,{wanted},{last}", columns=",wanted_date,must_by_date")

    assert f"a day from {wanted} on, before which it is not wanted" in answer.told
    assert not Order.objects.exists()


THERE = ",ship_name,ship_street,ship_postal_code,ship_city,ship_country"


def test_an_order_of_a_file_goes_where_its_rows_say(load):
    load(
        f"1,{DAY_10},a@shop.example,LAMP,5,Lena Ortiz,Hauptstr. 5,10115,Berlin,Germany",
        f"1,{DAY_10},a@shop.example,CHAIR,2,,,,,",
        f"2,{DAY_10},a@shop.example,LAMP,1,,,,,",
        columns=THERE,
    )

    there = ShipTo.objects.get()
    assert (there.order.reference, there.lines()) == ("1", ["Lena Ortiz", "Hauptstr. 5", "10115 BERLIN", "GERMANY"])
    assert CustomerAddress.objects.get().customer == there.order.customer


def test_half_an_address_and_two_of_them_are_named_and_nothing_is_lost(load):
    answer = load(
        f"1,{DAY_10},a@shop.example,LAMP,5,Lena Ortiz,,10115,Berlin,Germany",
        f"2,{DAY_10},a@shop.example,LAMP,5,Lena Ortiz,Hauptstr. 5,10115,Berlin,Germany",
        f"2,{DAY_10},a@shop.example,CHAIR,2,Lena Ortiz,Hauptstr. 6,10115,Berlin,Germany",
        columns=THERE,
    )

    assert answer.is_loaded
    assert "Order 1: its address has no street or no city, and is not kept." in answer.told
    assert "Order 2 goes to two addresses; the first is taken." in answer.told
    assert [each.street for each in ShipTo.objects.all()] == ["Hauptstr. 5"]


def test_a_country_that_does_not_exist_is_named_with_row_and_column(load):
    answer = load(f"1,{DAY_10},a@shop.example,LAMP,5,Lena Ortiz,Hauptstr. 5,10115,Berlin,Atlantis", columns=THERE)

    assert not answer.is_loaded
    assert "a country, such as DE or Germany" in answer.told


def test_a_newer_file_sends_an_order_elsewhere_and_one_that_says_it_first_changes_nothing(load):
    load(f"1,{DAY_10},a@shop.example,LAMP,5")
    berlin = f"1,{DAY_10},a@shop.example,LAMP,5,Lena Ortiz,Hauptstr. 5,10115,Berlin,Germany"

    assert "1 unchanged" in load(berlin, columns=THERE).told  # an upgrade asks nobody to confirm all that is open
    fulfillment.ship_to(
        Order.objects.get().pk, fulfillment.Address("Lena", "1 Main St", "Reno"), reason="", keeps=False, by=None,
        at=timezone.now(),
    )  # fmt: skip
    refused = load(berlin, columns=THERE)
    answer = load(berlin, columns=THERE, newer=True)

    assert not refused.is_loaded
    assert "1 address Lena, 1 Main St, Reno Lena Ortiz, Hauptstr. 5, 10115 BERLIN, GERMANY changed" in (
        answer.told.replace(" · ", " ")
    )
    assert ShipTo.objects.get().city == "Berlin"
