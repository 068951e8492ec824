"""A file of what a shop has canceled, by the number of the order: at both doors, once, and no more than is open."""

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from backoffice.books import audit
from backoffice.tests import doors
from inventory.tests import files
from orders import fulfillment, shipping
from orders.models import LineEvent, Notice, NoticeLine, OrderLine
from orders.tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def lamp(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    lamp = make.product("LAMP")
    make.on_hand(lamp, 5)
    return lamp


@pytest.fixture(params=doors.BOTH)
def load(request, client, tmp_path):
    if request.param == "upload":
        client.force_login(User.objects.create_superuser("ines"))
        door = doors.Upload(client)
    else:
        door = doors.command

    def through(text, **options):
        return door("cancellations", files.text(tmp_path, text, name="canceled.csv"), **options)

    return through


def lines():
    rows = OrderLine.objects.order_by("order__reference", "position", "pk")
    return [(row.order.reference, row.product.sku, row.canceled, row.shipped, row.open) for row in rows]


def test_a_number_alone_cancels_all_that_is_open_and_gives_it_to_the_next_once_and_in_silence(load, lamp):
    make.order((lamp, 4), (make.product("MUG"), 2), reference="SO-1")
    make.order((lamp, 3), reference="SO-2", who=make.customer(email="lena@example.com"))
    before = Notice.objects.count()

    first = load("reference\nso-1\n")
    again = load("reference\nso-1\n")

    assert first.is_loaded
    assert again.is_loaded
    assert lines() == [("SO-1", "LAMP", 4, 0, 0), ("SO-1", "MUG", 2, 0, 0), ("SO-2", "LAMP", 0, 0, 3)]
    assert OrderLine.objects.get(order__reference="SO-2").allocated == 3
    assert Notice.objects.count() == before
    canceled = LineEvent.objects.filter(kind="canceled").values_list("units", "text")
    assert sorted(canceled) == [(2, "canceled by its shop"), (4, "canceled by its shop")]
    assert audit.balances(audit.run(at=timezone.now()))


def test_a_look_says_what_would_go(lamp, tmp_path):
    make.order((lamp, 6), reference="SO-1")

    path = files.text(tmp_path, "reference,sku,canceled\nSO-1,LAMP,2\n")
    answer = doors.command("cancellations", path, dry_run=True)

    assert "Row 2: open units of LAMP in SO-1 6 → 4" in answer.told
    assert lines() == [("SO-1", "LAMP", 0, 0, 6)]


def test_its_customer_is_written_to_if_one_says_so(load, lamp):
    make.order((lamp, 9), reference="SO-1", who=make.customer(email="lena@example.com"))

    load("reference,reason\nSO-1,changed their mind\n", tell=True)

    assert NoticeLine.objects.filter(kind="canceled").values_list("units", flat=True).get() == 9
    assert LineEvent.objects.get(kind="canceled").text == "changed their mind"


def test_units_of_a_product_are_canceled_in_all_and_the_last_line_goes_first(load, lamp):
    make.order((lamp, 2), (lamp, 3), reference="SO-1")

    for _ in range(2):
        load("reference,sku,canceled\nSO-1,lamp,4\n")

    assert lines() == [("SO-1", "LAMP", 1, 0, 1), ("SO-1", "LAMP", 3, 0, 0)]


def test_what_has_left_stays_and_more_than_is_open_is_refused(load, lamp):
    order = make.order((lamp, 5), reference="SO-1")
    line = order.lines.get()
    fulfillment.ship([fulfillment.LineUnits(line.pk, 2)], by=None, at=make.MONDAY)

    refused = load("reference,sku,canceled\nSO-1,LAMP,4\n")
    assert not refused.is_loaded
    assert "3 or fewer: the rest of it has left" in refused.told
    assert lines() == [("SO-1", "LAMP", 0, 2, 3)]

    assert load("reference,sku,canceled\nSO-1,LAMP,1\n").is_loaded
    assert lines() == [("SO-1", "LAMP", 1, 2, 2)]
    assert load("reference,sku,canceled\nSO-1,LAMP,3\n").is_loaded  # no more than is open, to the unit
    assert lines() == [("SO-1", "LAMP", 3, 2, 0)]


@pytest.mark.parametrize(
    ("shipped", "told"),
    [
        (5, "Row 2: 5 units of SO-1 left before, so they are not canceled."),
        (1, "Row 2: 1 unit of SO-1 left before, so it is not canceled."),
        (0, ""),
    ],
)
def test_what_left_of_an_order_that_its_shop_canceled_is_said(load, lamp, shipped, told):
    order = make.order((lamp, 5), reference="SO-1")
    if shipped:
        wanted = [fulfillment.LineUnits(order.lines.get().pk, shipped)]
        fulfillment.ship(wanted, by=None, at=make.MONDAY)

    answer = load("reference\nSO-1\n")

    assert answer.is_loaded
    assert told in answer.told
    assert ("left before" in answer.told) is bool(shipped)
    assert lines() == [("SO-1", "LAMP", 5 - shipped, shipped, 0)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("reference\nSO-9\n", "the number of an order that is here"),
        ("reference,channel\nSO-1,ebay\n", "the number of an order that is here, of ebay"),
        ("reference\nSO-2\n", "one of amazon and shop: each has an order of this number"),
        ("reference,sku\nSO-1,MUG\n", "a product of order SO-1"),
        ("reference,canceled\nSO-1,2\n", "or no units, for all of the order"),
        ("reference,sku\nSO-1,LAMP\nSO-1,LAMP\n", "each only once; row 2 has it already"),
        ("reference,sku\nSO-1,\nSO-1,LAMP\n", "each only once; row 2 has it already"),
        ("reference,sku\nSO-1,LAMP\nSO-1,\n", "each only once; row 2 has it already"),
        ("reference,sku,canceled\nSO-1,LAMP,0\n", "1 or more"),
    ],
)
def test_what_cannot_be_is_refused_by_row_and_nothing_is_canceled(load, lamp, text, said):
    make.order((lamp, 2), reference="SO-1")
    for channel in ("amazon", "shop"):
        make.order((lamp, 1), reference="SO-2", channel=channel)

    answer = load(text)

    assert not answer.is_loaded
    assert said in answer.told
    assert {canceled for _, _, canceled, _, _ in lines()} == {0}


def test_one_of_two_shops_is_named_by_its_channel(load, lamp):
    for channel in ("amazon", "shop"):
        make.order((lamp, 1), reference="SO-2", channel=channel)

    load("reference,channel\nSO-2,Amazon\n")

    assert list(OrderLine.objects.order_by("order__channel").values_list("canceled", flat=True)) == [1, 0]


@pytest.mark.parametrize(("units", "is_possible"), [(1, True), (2, False)])
def test_a_look_foretells_that_what_is_picked_stays(lamp, tmp_path, units, is_possible):
    """Five of six are here and picked: one may go."""
    order = make.order((lamp, 6), reference="SO-1")
    boss = User.objects.create_user("max")
    shipping.make(order.warehouse_id, [order.pk], carrier="UPS", by=boss, at=make.MONDAY)

    path = files.text(tmp_path, f"reference,sku,canceled\nSO-1,LAMP,{units}\n")
    answer = doors.command("cancellations", path, dry_run=True)

    assert ("5 units of LAMP in SO-1 are picked, in batch" in answer.told) is not is_possible
    assert ("open units of LAMP in SO-1 6 → 5" in answer.told) is is_possible
    assert lines() == [("SO-1", "LAMP", 0, 0, 6)]


def test_what_is_picked_is_refused_and_the_others_may_go(load, lamp):
    picked = make.order((lamp, 2), reference="SO-1")
    make.order((lamp, 1), reference="SO-2")
    boss = User.objects.create_user("max")
    shipping.make(picked.warehouse_id, [picked.pk], carrier="UPS", by=boss, at=make.MONDAY)
    text = "reference\nSO-1\nSO-2\n"

    assert not load(text).is_loaded
    assert [canceled for _, _, canceled, _, _ in lines()] == [0, 0]

    load("reference\nSO-2\n")
    assert [canceled for _, _, canceled, _, _ in lines()] == [0, 1]
