"""Many orders leave at once: each parcel with its own number or none, and who may not leave holds up nobody."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.urls import reverse

from orders import fulfillment
from orders.fulfillment import Label, LineUnits, ready
from orders.mail import notices
from orders.models import Notice, NoticeLine, Order, Shipment

from . import make

pytestmark = pytest.mark.django_db
AT = make.MONDAY
DHL = Label("DHL", "1Z")


@pytest.fixture
def lamp():
    return make.product("LAMP", name="Oak lamp")


@pytest.fixture
def ham():
    return make.warehouse("HAM", rank=2)


def place_of(order, warehouse=None):
    return order.pk, (warehouse or make.warehouse()).pk


def all_of(*orders):
    return [LineUnits(line.pk) for order in orders for line in order.lines.all()]


def numbers():
    return list(Shipment.objects.order_by("pk").values_list("order__reference", "warehouse__code", "tracking"))


# --- One number, one parcel ------------------------------------------------------------


def test_every_order_leaves_with_the_number_of_its_own_parcel_and_its_customer_reads_that_one(lamp):
    make.on_hand(lamp, 3)
    orders = [make.order((lamp, 1), reference=f"SO-{number}") for number in range(3)]
    labels = {place_of(order): Label("DHL", f"1Z{order.reference}") for order in orders[:2]}
    labels[place_of(orders[2])] = Label("UPS")

    fulfillment.ship(all_of(*orders), labels=labels, by=None, at=AT)
    notices.send_due(at=AT)

    assert numbers() == [("SO-0", "BER", "1ZSO-0"), ("SO-1", "BER", "1ZSO-1"), ("SO-2", "BER", "")]
    told = [[line for line in sent.body.splitlines() if line.startswith("Sent with")] for sent in mail.outbox]
    assert told == [["Sent with DHL 1ZSO-0"], ["Sent with DHL 1ZSO-1"], ["Sent with UPS"]]


def test_an_order_from_two_warehouses_is_two_parcels_with_two_numbers(lamp, ham):
    make.on_hand(lamp, 2)
    make.on_hand(lamp, 3, place=ham)
    order = make.order((lamp, 5), reference="SO-1")
    labels = {place_of(order): Label("DHL", "1"), place_of(order, ham): Label("UPS", "2")}

    fulfillment.ship(all_of(order), labels=labels, by=None, at=AT)

    assert sorted(numbers()) == [("SO-1", "BER", "1"), ("SO-1", "HAM", "2")]
    assert NoticeLine.objects.get(kind="shipped").detail in ("DHL 1, UPS 2", "UPS 2, DHL 1")


def test_one_number_for_two_parcels_is_refused_by_name(lamp):
    make.on_hand(lamp, 2)
    orders = [make.order((lamp, 1), reference=f"SO-{number}") for number in (1, 2)]
    labels = {place_of(orders[0]): Label("DHL", "1z 9"), place_of(orders[1]): Label("UPS", "1Z9")}

    with pytest.raises(fulfillment.NumberGivenTwice) as refused:
        fulfillment.ship(all_of(*orders), labels=labels, by=None, at=AT)

    assert str(refused.value) == (
        "1Z9 is the number of one parcel, and was given to 2: SO-1 from BER and SO-2 from BER. Nothing was shipped."
    )
    assert Shipment.objects.count() == 0


def test_an_order_that_leaves_two_warehouses_does_not_take_one_number(lamp, ham):
    make.on_hand(lamp, 1)
    make.on_hand(lamp, 1, place=ham)
    order = make.order((lamp, 2))

    with pytest.raises(fulfillment.NumberGivenTwice):
        fulfillment.ship_order(order.pk, carrier="DHL", tracking="1Z", by=None, at=AT)

    assert Shipment.objects.count() == 0


def test_no_number_is_no_number_however_many_parcels(lamp):
    make.on_hand(lamp, 2)
    orders = [make.order((lamp, 1)) for _ in range(2)]

    fulfillment.ship(all_of(*orders), carrier="DHL", by=None, at=AT)

    assert set(Shipment.objects.values_list("carrier", "tracking")) == {("DHL", "")}


def test_the_number_of_another_order_is_refused_for_half_a_year(lamp):
    make.on_hand(lamp, 3)
    first, second, third = (make.order((lamp, 1), reference=f"SO-{number}") for number in (1, 2, 3))
    fulfillment.ship_order(first.pk, carrier="DHL", tracking="1Z", by=None, at=AT)

    with pytest.raises(
        fulfillment.NumberGivenTwice, match="1Z is the number of SO-1 from BER already, shipped on 2 Ma"
    ):
        fulfillment.ship_order(second.pk, carrier="DHL", tracking="1Z", by=None, at=AT + timedelta(days=179))
    fulfillment.ship_order(third.pk, carrier="DHL", tracking="1Z", by=None, at=AT + timedelta(days=180))

    assert [reference for reference, _, _ in numbers()] == ["SO-1", "SO-3"]


@pytest.mark.parametrize(("first", "second"), [("1Z 999 AA", "1z999aa"), ("1Z999AA", "1Z 999 AA")])
def test_the_number_of_another_order_is_refused_however_it_is_typed(lamp, first, second):
    make.on_hand(lamp, 2)
    one, other = make.order((lamp, 1), reference="SO-1"), make.order((lamp, 1), reference="SO-2")
    fulfillment.ship_order(one.pk, carrier="UPS", tracking=first, by=None, at=AT)

    with pytest.raises(fulfillment.NumberGivenTwice, match=f"{first} is the number of SO-1 from BER already"):
        fulfillment.ship_order(other.pk, carrier="UPS", tracking=second, by=None, at=AT)


def test_a_blank_of_any_kind_is_a_blank(lamp):
    make.on_hand(lamp, 2)
    one, other = make.order((lamp, 1), reference="SO-1"), make.order((lamp, 1), reference="SO-2")
    fulfillment.ship_order(one.pk, carrier="UPS", tracking="1Z\t999\u00a0AA", by=None, at=AT)

    assert numbers() == [("SO-1", "BER", "1Z 999 AA")]
    with pytest.raises(fulfillment.NumberGivenTwice):
        fulfillment.ship_order(other.pk, carrier="UPS", tracking="1Z999AA", by=None, at=AT)


def test_whether_a_number_is_used_is_looked_up_in_its_index(lamp):
    asked = Shipment.objects.numbered(["1z 1"]).filter(shipped_at__gt=AT)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")  # a table of no rows is read whole

    plan = asked.order_by().explain()

    assert "shipment_by_plain_number" in plan
    assert "SCAN orders_shipment" not in plan


def test_a_line_in_three_parcels_of_which_one_has_no_number_says_so(lamp, ham):
    kiel = make.warehouse("KIE", rank=3)
    make.on_hand(lamp, 1)
    make.on_hand(lamp, 1, place=ham)
    make.on_hand(lamp, 1, place=kiel)
    order = make.order((lamp, 3), reference="SO-1")
    given = ((None, "1Z1"), (ham, "1Z2"), (kiel, ""))
    labels = {place_of(order, place): Label("UPS", number) for place, number in given}

    fulfillment.ship(all_of(order), labels=labels, by=None, at=AT)
    notices.send_due(at=AT)

    (sent,) = mail.outbox
    assert "\nSent with UPS 1Z1, UPS 1Z2 and one parcel without a tracking number\n" in sent.body


def test_a_further_parcel_of_the_same_order_may_join_the_first(lamp):
    make.on_hand(lamp, 2)
    line = make.line(lamp, 2)

    for _ in range(2):
        fulfillment.ship([LineUnits(line.pk, 1)], labels={place_of(line.order): DHL}, by=None, at=AT)

    assert Shipment.objects.filter(tracking="1Z").count() == 2


def test_a_parcel_that_nobody_was_asked_about_does_not_leave(lamp, ham):
    make.on_hand(lamp, 1)
    make.on_hand(lamp, 1, place=ham)
    order = make.order((lamp, 2), reference="SO-1")

    with pytest.raises(fulfillment.NoLabel, match="SO-1 from HAM was not among the parcels that were to leave"):
        fulfillment.ship(all_of(order), labels={place_of(order): DHL}, by=None, at=AT)

    assert Shipment.objects.count() == 0


# --- Who may leave ---------------------------------------------------------------------


def test_what_may_not_leave_is_listed_with_its_reason(lamp, django_assert_num_queries):
    make.on_hand(lamp, 3)
    other = make.product()
    leaves = make.order((lamp, 1), (other, 1), reference="SO-1")
    waits = make.order((other, 2), reference="SO-2")
    gone = make.order((lamp, 1), reference="SO-3")
    fulfillment.ship_order(gone.pk, by=None, at=AT)
    canceled = make.order((other, 1), reference="SO-4")
    fulfillment.cancel(all_of(canceled), reason="no", by=None, at=AT)
    complete = make.order((lamp, 2), reference="SO-5", is_ship_complete=True)

    with django_assert_num_queries(3):
        parcels, left_out = ready.of_orders([leaves, waits, gone, canceled, complete])

    assert [(str(parcel), parcel.units) for parcel in parcels] == [("SO-1 from BER", 1)]
    assert {str(order): reason for order, reason in left_out.items()} == {
        "SO-2": ready.NOTHING_HERE,
        "SO-3": ready.NOTHING_OPEN,
        "SO-4": ready.NOTHING_OPEN,
        "SO-5": ready.INCOMPLETE,
    }


def url(*orders):
    return f"{reverse('admin:orders_order_ship')}?ids={','.join(str(order.pk) for order in orders)}"


def field(what, order, warehouse=None):
    return "{}-{}-{}".format(what, *place_of(order, warehouse))


def test_the_page_asks_for_a_number_of_each_parcel_and_writes_each_into_its_own(admin_client, lamp, ham):
    make.on_hand(lamp, 3)
    make.on_hand(lamp, 2, place=ham)
    first, second = make.order((lamp, 2), reference="SO-1"), make.order((lamp, 3), reference="SO-2")
    html = admin_client.get(url(first, second)).content.decode()
    typed = {
        "carrier": "DHL",
        field("tracking", first): "1Z1",
        field("tracking", second): "1Z2",
        field("carrier", second, ham): "UPS",
    }

    response = admin_client.agree(url(first, second), typed, follow=True)

    assert html.count('name="tracking-') == 3
    assert sorted(Shipment.objects.values_list("order__reference", "warehouse__code", "carrier", "tracking")) == [
        ("SO-1", "BER", "DHL", "1Z1"),
        ("SO-2", "BER", "DHL", "1Z2"),
        ("SO-2", "HAM", "UPS", ""),
    ]
    assert "Shipped 5 units in 3 shipments." in response.content.decode()


def test_a_number_typed_twice_is_marked_where_it_stands_and_nothing_leaves(admin_client, lamp):
    make.on_hand(lamp, 2)
    first, second = make.order((lamp, 1), reference="SO-1"), make.order((lamp, 1), reference="SO-2")
    typed = {field("tracking", first): "1Z", field("tracking", second): "1z"}

    response = admin_client.post(url(first, second), {**typed, "preview": "1"})

    told = "SO-1 from BER has this number, too. Each parcel has one of its own, or none."
    assert response.context["form"].errors == {field("tracking", second): [told]}
    assert told in response.content.decode()
    assert Shipment.objects.count() == 0


def test_orders_that_may_not_leave_stand_below_with_the_reason_and_block_nobody(admin_client, lamp):
    make.on_hand(lamp, 1)
    rest = make.product()
    leaves, waits = make.order((lamp, 1), reference="SO-1"), make.order((rest, 1), reference="SO-2")
    whole = make.order((rest, 2), reference="SO-3", is_ship_complete=True)
    make.on_hand(rest, 1)

    shown = admin_client.get(url(leaves, waits, whole)).content.decode()
    response = admin_client.agree(url(leaves, waits, whole), {}, follow=True)

    assert "Left out" in shown
    assert "It has nothing here to ship yet." in shown
    assert [reference for reference, _, _ in numbers()] == ["SO-1", "SO-2"]
    assert "Shipped 2 units in 2 shipments. Left out: SO-3 has nothing here to ship yet." in response.content.decode()


@pytest.mark.proof
def test_two_hundred_orders_are_shown_and_shipped_in_few_statements(admin_client, lamp, django_assert_max_num_queries):
    make.on_hand(lamp, 200)
    orders = [make.order((lamp, 1)) for _ in range(200)]
    typed = {field("tracking", order): f"1Z{order.pk}" for order in orders}

    with django_assert_max_num_queries(12):
        admin_client.get(url(*orders))
    with django_assert_max_num_queries(63):
        shown = admin_client.post(url(*orders), {**typed, "preview": "1"})
    agreed = {"fingerprint": shown.context["outcome"].fingerprint, "apply": "1"}
    with django_assert_max_num_queries(62):
        admin_client.post(url(*orders), {**typed, **agreed})

    assert (shown.context["outcome"].effects.mails, len(shown.context["outcome"].effects.letters)) == (200, 5)

    assert Shipment.objects.count() == 200
    assert set(Shipment.objects.values_list("tracking", flat=True)) == {f"1Z{order.pk}" for order in orders}
    assert Notice.objects.filter(kind="shipped").count() == 200
    assert Order.objects.filter(lines__open__gt=0).count() == 0
