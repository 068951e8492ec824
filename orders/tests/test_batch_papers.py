"""The papers of a batch are opened and read back: text in three alphabets, in the order of the floor, and barcodes."""

from datetime import timedelta

import pypdfium2
import pytest
import zxingcpp
from django.contrib.auth.models import User

from inventory.models import Stock
from inventory.supply.stock import UnitsPicked
from orders import fulfillment, shipping
from orders.fulfillment import Address
from orders.models import Order
from orders.shipping import facts, papers
from orders.tests import make
from orders.tests.make import MONDAY

pytestmark = pytest.mark.django_db


def pages(content):
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(content)]


def scanned(content, page=0):
    picture = pypdfium2.PdfDocument(content)[page].render(scale=3).to_pil()
    return [found.text for found in zxingcpp.read_barcodes(picture)]


@pytest.fixture
def batch():
    """Two orders: one goes to Athens in two parcels and waits for the rest; one has no address and is Cyrillic."""
    lamp, vase, rug = (
        make.product(sku=sku, name=name) for sku, name in (("L-1", "Λάμπα"), ("V-1", "Ваза"), ("R-1", "Rug"))
    )
    for thing, units, place in ((lamp, 7, "B-02"), (vase, 3, "A-11"), (rug, 1, "A-02")):
        make.on_hand(thing, units)
        Stock.objects.filter(product=thing).update(bin=place)
    greek = make.order((lamp, 6), (vase, 5), (rug, 1), who=make.customer("Ελένη"), reference="SO-71")
    Order.objects.filter(pk=greek.pk).update(note="Ring twice")
    there = Address("Ελένη Παππά", "Οδός Ερμού 5", "Αθήνα", postal_code="105 63", country="GR")
    fulfillment.ship_to(greek.pk, there, reason="told", keeps=False, by=None, at=MONDAY)
    other = make.order((lamp, 1), who=make.customer("Ирина Жукова"), reference="SO-72")
    floor = User.objects.create_user("robin")
    made, _ = shipping.make(make.warehouse().pk, [greek.pk, other.pk], by=floor, at=MONDAY)
    first = made.parcels.order_by("pk")[0]
    shipping.split(first.pk, {greek.lines.get(product=lamp).pk: 2}, at=MONDAY + timedelta(minutes=1))
    return made


def test_the_pick_list_goes_by_bin_and_then_by_sku(batch):
    content = papers.pick_list(facts.of(batch), shop="Harbor & Pine", day="2 March 2026")

    [page] = pages(content)
    lines = page.replace("\r\n", "\n").split("\n")
    rows = [line for line in lines if line.startswith(("A-", "B-"))]
    assert rows == ["A-02 R-1 Rug 1 1", "A-11 V-1 Ваза 1 3", "B-02 L-1 Λάμπα 3 7"]
    assert "11 units in 3 parcels" in page
    assert scanned(content) == [f"BATCH-{batch.pk}"]
    assert b"NotoSans" in content


def test_the_pick_list_goes_as_somebody_walks_and_what_has_no_bin_comes_last():
    wanted = []
    for sku, place in (("M-1", "A-10"), ("L-1", "A-2"), ("K-1", ""), ("N-1", "b-1"), ("O-1", "C-1"), ("A-1", "A-10")):
        thing = make.product(sku)
        make.on_hand(thing, 1)
        Stock.objects.filter(product=thing).update(bin=place)
        wanted.append((thing, 1))
    floor = User.objects.create_user("robin")
    made, _ = shipping.make(make.warehouse().pk, [make.order(*wanted).pk], by=floor, at=MONDAY)

    picks = [(pick.bin, pick.sku) for pick in facts.of(made).picks]

    assert picks == [("A-2", "L-1"), ("A-10", "A-1"), ("A-10", "M-1"), ("b-1", "N-1"), ("C-1", "O-1"), ("", "K-1")]


def test_each_parcel_has_a_slip_with_what_is_in_it_and_what_still_comes(batch):
    content = papers.slips(facts.of(batch), shop="Harbor & Pine", day="2 March 2026")

    first, other, second = (page.replace("\r\n", "\n") for page in pages(content))
    assert "Parcel 1 of 2" in first
    assert "Ελένη Παππά" in first
    assert "Οδός Ερμού 5" in first
    assert "L-1 Λάμπα 4 –" in first
    assert "V-1 Ваза 3 2" in first
    assert "8 units in this parcel. 2 more of this order follow later." in first
    assert "Ring twice" in first
    assert "Parcel 2 of 2" in second
    assert "L-1 Λάμπα 2 –" in second
    assert "2 units in this parcel. 2 more of this order follow later." in second
    assert "Ирина Жукова" in other
    assert "1 unit in this parcel." in other
    assert "follow later." not in other
    assert [scanned(content, page) for page in range(3)] == [["SO-71"], ["SO-72"], ["SO-71"]]


def test_a_note_that_a_slip_says_changes_only_when_its_parcel_is_stopped(batch):
    order = Order.objects.get(reference="SO-71")

    def noted():
        return fulfillment.change_terms(order.pk, {"note": "Do not ring"}, reason="rang", by=batch.by, at=MONDAY)

    with pytest.raises(UnitsPicked) as refused:
        noted()
    words = f"SO-71 is picked, in {str(batch).lower()}. Stop the parcel first, or wait until it has left."
    assert str(refused.value) == words
    order.refresh_from_db()
    assert (order.note, order.events.count()) == ("Ring twice", 1)

    shipping.stop_of_orders([order.pk], why="another note", by=batch.by, at=MONDAY)
    assert noted() == ["Note: “Ring twice” → “Do not ring”: rang"]


def test_what_was_stopped_is_on_no_paper(batch):
    stopped = batch.parcels.order_by("pk")[1]
    shipping.stop_parcels([stopped.pk], why="asked", by=batch.by, at=MONDAY)

    said = facts.of(batch)

    assert [slip.parcel.order.reference for slip in said.slips] == ["SO-71", "SO-71"]
    assert said.units == 10


def test_a_note_longer_than_a_page_is_printed_to_its_end_and_keeps_no_other_slip_from_being(batch):
    Order.objects.filter(reference="SO-72").update(note="\n".join(f"line {number}" for number in range(1, 121)))

    content = papers.slips(facts.of(batch), shop="Harbor & Pine", day="2 March 2026")

    text = [page.replace("\r\n", "\n") for page in pages(content)]
    assert [page.split("\n")[0] for page in text if page.startswith("SO-7")] == ["SO-71", "SO-72", "SO-71"]
    noted = [line for page in text for line in page.split("\n") if line.startswith("line ")]
    assert noted == [f"line {number}" for number in range(1, 121)]
