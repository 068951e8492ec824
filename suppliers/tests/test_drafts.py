from decimal import Decimal

import pytest

from suppliers import proposals, purchasing
from suppliers.models import PurchaseOrder, PurchaseOrderLine

from . import make

pytestmark = pytest.mark.django_db
TEN = Decimal(10)


def test_there_is_one_open_draft_per_supplier_and_warehouse():
    lamp, chair = make.offer(make.product()), make.offer(make.product())
    desk = make.offer(make.product(), make.supplier("Birk"))

    first = make.draft((lamp, 3))
    second = make.draft((chair, 4))
    other_supplier = make.draft((desk, 1))
    other_place = make.draft((lamp, 2), place=make.warehouse("OSL"))

    assert first == second
    assert len({first.pk, other_supplier.pk, other_place.pk}) == 3
    assert sorted(first.lines.values_list("quantity", flat=True)) == [3, 4]


def test_purchase_orders_are_numbered_from_1001_in_a_new_shop():
    order = make.draft((make.offer(make.product()), 3))

    assert order.reference == f"PO-{1000 + order.pk}"
    assert PurchaseOrder.objects.get().reference == order.reference


def test_a_line_has_the_price_of_the_tier_it_reaches():
    lamp = make.offer(make.product(), prices=((1, "10"), (50, "8")))

    assert make.line(make.draft((lamp, 49))).unit_price == Decimal("10")
    assert make.line(make.draft((lamp, 50))).unit_price == Decimal("8")


def test_no_line_has_a_price_of_zero_because_a_row_was_missing():
    unpriced = make.offer(make.product("LAMP"), prices=())
    from_ten = make.offer(make.product("DESK"), prices=((10, "5"),))

    with pytest.raises(purchasing.NoPrice, match="LAMP: the supplier has no price for 3 of it"):
        make.draft((unpriced, 3))
    with pytest.raises(purchasing.NoPrice, match="DESK: the supplier has no price for 9 of it"):
        make.draft((from_ten, 9))

    assert not PurchaseOrder.objects.exists()


def test_an_edited_line_is_priced_again_and_marked_as_a_persons():
    lamp = make.offer(make.product(), prices=((1, "10"), (50, "8")))
    line = make.line(make.draft((lamp, 10)))

    purchasing.edit_line(line.pk, quantity=60, by=make.buyer("ines"), at=make.MONDAY)

    line.refresh_from_db()
    assert (line.quantity, line.unit_price) == (60, Decimal("8"))
    assert line.parts == {"touched_by": "ines", "edited_from": 10, "edited_at": make.MONDAY.isoformat()}


def test_a_negotiated_price_stands():
    line = make.line(make.draft((make.offer(make.product()), 10)))

    purchasing.edit_line(line.pk, quantity=10, unit_price=Decimal("7.25"), by=make.buyer(), at=make.MONDAY)

    line.refresh_from_db()
    assert line.unit_price == Decimal("7.25")


def test_an_approved_order_is_not_edited_any_more():
    line = make.line(make.approved((make.offer(make.product()), 10)))

    with pytest.raises(purchasing.NotADraft, match=r"PO-\d+ is not a draft any more: it is approved"):
        purchasing.edit_line(line.pk, quantity=60, by=make.buyer(), at=make.MONDAY)
    with pytest.raises(purchasing.NotADraft):
        purchasing.remove_line(line.pk, at=make.MONDAY)

    line.refresh_from_db()
    assert line.quantity == 10


def test_a_draft_goes_with_its_last_line():
    lamp, chair = make.offer(make.product()), make.offer(make.product())
    order = make.draft((lamp, 10), (chair, 2))

    purchasing.remove_line(make.line(order, lamp.product).pk, at=make.MONDAY)
    assert list(order.lines.values_list("product", flat=True)) == [chair.product_id]

    purchasing.remove_line(make.line(order).pk, at=make.MONDAY)
    assert not PurchaseOrder.objects.exists()


def test_approving_names_who_and_when():
    order = make.draft((make.offer(make.product()), 10))

    assert purchasing.approve([order.pk], by=make.buyer("ines"), at=make.after(1)) == 1

    order.refresh_from_db()
    assert (order.words, order.approved_by, order.approved_at) == ("Approved", make.buyer("ines"), make.after(1))


def test_approving_is_all_or_nothing():
    birk = make.supplier("Birk")
    done = make.approved((make.offer(make.product()), 10))
    waiting = make.draft((make.offer(make.product(), birk), 10))

    with pytest.raises(purchasing.NotADraft, match=f"{done.reference} is not a draft any more: it is approved"):
        purchasing.approve([done.pk, waiting.pk], by=None, at=make.after(1))

    waiting.refresh_from_db()
    assert waiting.approved_at is None


def test_after_an_approval_the_next_proposal_opens_a_new_draft():
    lamp = make.offer(make.product())
    order = make.approved((lamp, 10))

    assert make.draft((lamp, 4)) != order
    assert make.line(order).quantity == 10


def night(day, *wanted):
    """The night proposes units of offers, whatever is needed."""
    hand = proposals.ProposalWriter(on=make.after(day).date(), at=make.after(day))
    block = (0, max(each.product_id for each, _ in wanted))
    lines = [
        proposals.Proposal((each.product_id, make.warehouse().pk), each.supplier_id, each.pk, units, TEN, "", {})
        for each, units in wanted
    ]
    hand.write(lines, standing=hand.standing(block), kept=[])
    return hand.close({})


def test_the_nights_proposals_replace_those_of_the_night_before():
    chair, lamp = make.offer(make.product()), make.offer(make.product())
    desk = make.offer(make.product(), make.supplier("Birk"))

    assert night(0, (lamp, 5), (chair, 6), (desk, 7)) == proposals.Changes(created=3, updated=0, removed=0, orders=2)
    assert night(0, (lamp, 5), (chair, 6), (desk, 7)) == proposals.Changes(created=0, updated=0, removed=0, orders=0)
    assert night(1, (lamp, 9), (desk, 7)) == proposals.Changes(created=0, updated=1, removed=1, orders=0)

    units = dict(PurchaseOrderLine.objects.values_list("product", "quantity"))
    assert units == {lamp.product_id: 9, desk.product_id: 7}
    assert set(PurchaseOrder.objects.values_list("proposed_on", flat=True)) == {make.after(1).date()}


def test_a_draft_of_which_nothing_is_left_goes():
    lamp, desk = make.offer(make.product()), make.offer(make.product(), make.supplier("Birk"))
    night(0, (lamp, 5), (desk, 7))

    assert night(1, (desk, 7)) == proposals.Changes(created=0, updated=0, removed=1, orders=1)
    assert PurchaseOrder.objects.get().supplier == desk.supplier


def test_what_a_person_wrote_outlives_the_night_and_what_it_proposes_stands_beside():
    lamp, chair, desk = (make.offer(make.product()) for _ in range(3))
    by_night = make.draft((lamp, 5), (chair, 6))
    purchasing.edit_line(make.line(by_night, lamp.product).pk, quantity=7, by=make.buyer(), at=make.MONDAY)
    make.draft((desk, 2), by=make.buyer())

    changes = night(0, (lamp, 99), (desk, 1))

    assert changes == proposals.Changes(created=2, updated=0, removed=1, orders=0)
    assert {(line.product, line.quantity, line.is_touched) for line in by_night.lines.all()} == {
        (lamp.product, 7, True),
        (lamp.product, 99, False),
        (desk.product, 2, True),
        (desk.product, 1, False),
    }


def test_every_column_of_a_line_is_written_by_the_night_but_a_persons_mark_and_what_is_expected_of_it():
    kept = {"id", "is_touched", "inbound_id", "part_of_id"}

    assert {field.column for field in PurchaseOrderLine._meta.concrete_fields} - kept == set(proposals._WRITTEN)
