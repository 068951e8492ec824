"""A buyer's hand on drafts: it adds, is held against the terms, and the night proposes the rest beside it."""

from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from suppliers import purchasing, remarks, replenishment
from suppliers.models import Offer, PurchaseOrder, PurchaseOrderLine

from . import make

pytestmark = pytest.mark.django_db


def night(days=0):
    return replenishment.propose(on=make.after(days).date(), at=make.after(days))


def typed(offer, units, *, at=make.MONDAY, **fields):
    """What a buyer types, who has not been asked anything yet."""
    line = purchasing.DraftLine(offer_id=offer.pk, warehouse_id=make.warehouse().pk, quantity=units, **fields)
    return purchasing.propose([line], by=make.buyer("ines"), at=at)[0]


def drafted():
    """Units in open drafts: supplier, units, and whether a person touched the line."""
    lines = PurchaseOrderLine.objects.filter(purchase_order__approved_at=None, purchase_order__canceled_at=None)
    rows = lines.order_by("-is_touched", "pk").select_related("purchase_order__supplier")
    return [(row.purchase_order.supplier.name, row.quantity, row.is_touched) for row in rows]


def the_line(**fields):
    return PurchaseOrderLine.objects.get(**fields)


# Typing


def test_what_is_typed_adds_to_what_the_night_proposed():
    lamp = make.needed(162)
    night()

    typed(lamp, 1)

    assert drafted() == [("Nordlys", 163, True)]
    assert (the_line().parts["touched_by"], the_line().parts["edited_from"]) == ("ines", 162)
    assert night(1)["needs"] == 0
    assert drafted() == [("Nordlys", 163, True)]


def test_what_is_typed_adds_to_what_another_buyer_typed():
    lamp = make.offer(make.product())

    typed(lamp, 40)
    typed(lamp, 5)

    assert drafted() == [("Nordlys", 45, True)]


def test_what_is_typed_replaces_where_that_is_what_was_chosen_and_the_rest_is_proposed_beside_it():
    lamp = make.needed(162)
    night()

    typed(lamp, 1, replaces=True, seen=162)
    assert drafted() == [("Nordlys", 1, True)]

    night(1)
    assert drafted() == [("Nordlys", 1, True), ("Nordlys", 161, False)]
    assert remarks.needed(the_line(is_touched=True)) == "needs 162 now"
    assert the_line(is_touched=False).reason.startswith(
        "Position -162 is below the reorder point 0: 162 needed, all for customers who wait."
        " 1 of them stand in drafts that a person wrote. 161 from Nordlys at 10.00"
    )


def test_who_has_not_seen_what_is_drafted_is_told_and_nothing_is_done():
    lamp = make.needed(162)
    night()

    with pytest.raises(purchasing.AlreadyDrafted, match=r"PO-\d+ from Nordlys holds 162. Nothing was done yet."):
        typed(lamp, 1, seen=0)

    assert drafted() == [("Nordlys", 162, False)]


def test_who_saw_another_figure_than_there_is_now_is_told():
    lamp = make.needed(162)
    night()
    typed(lamp, 8)

    with pytest.raises(purchasing.AlreadyDrafted, match="holds 170"):
        typed(lamp, 1, replaces=True, seen=162)

    assert drafted() == [("Nordlys", 170, True)]


def test_a_draft_that_was_approved_meanwhile_is_not_replaced():
    lamp = make.needed(162)
    night()
    purchasing.approve([PurchaseOrder.objects.get().pk], by=None, at=make.MONDAY)

    with pytest.raises(purchasing.AlreadyDrafted, match=r"No open draft holds .* any more"):
        typed(lamp, 1, replaces=True, seen=162)

    assert drafted() == []
    assert the_line().quantity == 162


def test_a_draft_of_another_supplier_is_seen_too_and_replacing_takes_its_units_away():
    thing = make.product("LAMP")
    make.owing(thing, 162)
    make.offer(thing, make.supplier("Cheap"), prices=((1, "5"),))
    dear = make.offer(thing, make.supplier("Dear"))
    night()
    assert drafted() == [("Cheap", 162, False)]

    with pytest.raises(purchasing.AlreadyDrafted, match=r"LAMP: PO-\d+ from Cheap holds 162."):
        typed(dear, 100, seen=0)
    typed(dear, 100, seen=162, replaces=True)

    assert drafted() == [("Dear", 100, True)]
    assert PurchaseOrder.objects.count() == 1
    night(1)
    assert drafted() == [("Dear", 100, True), ("Cheap", 62, False)]


def test_what_is_added_from_another_supplier_stays_beside_what_was_proposed():
    lamp = make.product("LAMP")
    make.offer(lamp, make.supplier("Cheap"), prices=((1, "5"),))
    dear = make.offer(lamp, make.supplier("Dear"))
    make.owing(lamp, 162)
    night()

    typed(dear, 100, seen=162)
    night(1)

    lines = PurchaseOrderLine.objects.order_by("pk")
    assert list(lines.values_list("purchase_order__supplier__name", "quantity")) == [("Cheap", 162), ("Dear", 100)]


def test_another_warehouse_is_another_draft():
    lamp = make.needed(162)
    night()
    oslo = make.warehouse("OSL")
    line = purchasing.DraftLine(offer_id=lamp.pk, warehouse_id=oslo.pk, quantity=7, seen=0)

    purchasing.propose([line], by=make.buyer(), at=make.MONDAY)

    assert drafted() == [("Nordlys", 7, True), ("Nordlys", 162, False)]


# Terms


@pytest.mark.parametrize(
    ("units", "against"),
    [
        (7, "7 is below the minimum of 15 and not in packs of 6; 18 would do."),
        (12, "12 is below the minimum of 15; 18 would do."),
        (19, "19 is not in packs of 6; 24 would do."),
        (66, "66 is more than the 60 it delivers in one order; 60 would do."),
    ],
)
def test_minimum_pack_and_capacity_are_named_and_overruled_for_just_those_units(units, against):
    lamp = make.offer(make.product("LAMP"), minimum=15, pack=6, capacity=60)

    with pytest.raises(purchasing.AgainstTerms, match=f"^LAMP: {against}$"):
        typed(lamp, units)
    with pytest.raises(purchasing.AgainstTerms):
        typed(lamp, units, overrules=units - 1)
    assert drafted() == []

    typed(lamp, units, overrules=units)
    assert drafted() == [("Nordlys", units, True)]


@pytest.mark.parametrize("units", [18, 60])
def test_what_the_terms_allow_needs_no_word(units):
    typed(make.offer(make.product(), minimum=18, pack=6, capacity=60), units)

    assert drafted() == [("Nordlys", units, True)]


def test_the_terms_are_held_against_all_that_the_draft_would_hold():
    lamp = make.offer(make.product(), minimum=15, pack=6, capacity=60)
    typed(lamp, 24)

    typed(lamp, 6)
    with pytest.raises(purchasing.AgainstTerms, match="66 is more than the 60"):
        typed(lamp, 36)

    assert drafted() == [("Nordlys", 30, True)]


def test_an_edited_line_is_held_against_the_terms_too():
    lamp = make.offer(make.product(), minimum=15, pack=6)
    line = make.line(typed(lamp, 18))

    with pytest.raises(purchasing.AgainstTerms, match="7 is below the minimum of 15 and not in packs of 6"):
        purchasing.edit_line(line.pk, quantity=7, by=make.buyer(), at=make.MONDAY)
    purchasing.edit_line(line.pk, quantity=7, overrules=7, by=make.buyer(), at=make.MONDAY)

    assert drafted() == [("Nordlys", 7, True)]


@pytest.mark.parametrize("price", ["0", "0.00001", "-3"])
def test_a_price_that_is_none_is_refused_and_never_the_price_of_the_tier(price):
    lamp = make.offer(make.product("LAMP"))

    with pytest.raises(purchasing.NoPrice, match=f"LAMP: a line needs a price of more than 0; {price} is none."):
        typed(lamp, 7, unit_price=Decimal(price))
    line = make.line(typed(lamp, 7))
    with pytest.raises(purchasing.NoPrice, match="Leave it empty for the price of the offer, 10"):
        purchasing.edit_line(line.pk, quantity=8, unit_price=Decimal(price), by=make.buyer(), at=make.MONDAY)

    assert drafted() == [("Nordlys", 7, True)]


def test_a_typed_price_outlives_other_units():
    lamp = make.offer(make.product(), prices=((1, "10"), (50, "8")))
    line = make.line(typed(lamp, 7, unit_price=Decimal("9.25")))

    purchasing.edit_line(line.pk, quantity=60, by=make.buyer(), at=make.MONDAY)
    typed(lamp, 2)

    assert (the_line().quantity, the_line().unit_price) == (62, Decimal("9.25"))


def test_units_at_a_price_of_their_own_are_a_line_of_their_own():
    lamp = make.offer(make.product())
    typed(lamp, 7)

    typed(lamp, 5, unit_price=Decimal("9.25"))

    lines = PurchaseOrder.objects.get().lines.order_by("pk").values_list("quantity", "unit_price", "is_touched")
    assert list(lines) == [(7, Decimal("10"), True), (5, Decimal("9.25"), True)]


# The night after


@pytest.mark.parametrize(
    ("needed", "said", "beside"),
    [
        (40, "", []),
        (43, "needs 43 now", [("Nordlys", 3, False)]),
        (41, "needs 41 now", [("Nordlys", 1, False)]),
        (20, "needs 20 now, 20 fewer than drafted", []),
        (0, "needs none now", []),
    ],
)
def test_a_touched_draft_stays_says_what_is_needed_now_and_the_rest_is_beside_it(needed, said, beside):
    lamp = make.needed(40)
    night()
    typed(lamp, 40, replaces=True)

    make.owing(lamp.product, needed - 40)
    night(1)

    assert drafted() == [("Nordlys", 40, True), *beside]
    assert remarks.needed(the_line(is_touched=True)) == said


def test_the_rest_joins_the_order_so_that_minimum_and_tier_are_those_of_the_whole():
    lamp = make.needed(40, prices=((1, "10"), (43, "8")), minimum=15, pack=1)
    night()
    typed(lamp, 40, replaces=True)

    make.owing(lamp.product, 3)
    night(1)

    assert drafted() == [("Nordlys", 40, True), ("Nordlys", 3, False)]
    assert the_line(is_touched=False).unit_price == Decimal("8")


def test_what_capacity_leaves_beside_a_hand_is_asked_of_another():
    thing = make.product()
    make.owing(thing, 50)
    cheap = make.offer(thing, make.supplier("Cheap"), prices=((1, "5"),), capacity=40)
    make.offer(thing, make.supplier("Dear"))
    typed(cheap, 30)

    night()

    assert drafted() == [("Cheap", 30, True), ("Cheap", 10, False), ("Dear", 10, False)]


def test_the_night_run_again_changes_nothing():
    lamp = make.needed(40)
    typed(lamp, 12)
    night()
    before = list(PurchaseOrderLine.objects.order_by("pk").values())

    counts = night()

    assert (counts["created"], counts["updated"], counts["removed"]) == (0, 0, 0)
    assert list(PurchaseOrderLine.objects.order_by("pk").values()) == before


def test_what_stands_beside_a_hand_becomes_the_hands_when_it_is_edited_or_added_to():
    lamp = make.needed(43)
    typed(lamp, 40)
    night()
    beside = the_line(is_touched=False)

    purchasing.edit_line(beside.pk, quantity=5, by=make.buyer(), at=make.MONDAY)
    night(1)
    assert drafted() == [("Nordlys", 40, True), ("Nordlys", 5, True)]

    typed(lamp, 2)
    assert drafted() == [("Nordlys", 42, True), ("Nordlys", 5, True)]
    typed(lamp, 50, replaces=True)
    assert drafted() == [("Nordlys", 50, True)]


def test_a_line_that_was_taken_off_is_proposed_again_while_it_is_needed():
    make.needed(40)
    night()

    purchasing.remove_line(the_line().pk, at=make.MONDAY)
    assert drafted() == []

    night(1)
    assert drafted() == [("Nordlys", 40, False)]


def test_an_approved_hand_counts_as_on_order_and_what_is_still_needed_opens_a_new_draft():
    lamp = make.needed(40)
    order = typed(lamp, 12)
    purchasing.approve([order.pk], by=None, at=make.MONDAY)

    night(1)

    assert drafted() == [("Nordlys", 28, False)]
    assert the_line(is_touched=True).purchase_order == order


def test_a_hand_whose_offer_was_withdrawn_covers_nothing_and_is_not_approved():
    thing = make.product("LAMP")
    make.owing(thing, 40)
    gone = make.offer(thing, make.supplier("Gone"))
    make.offer(thing, make.supplier("Other"))
    order = typed(gone, 40)
    Offer.objects.filter(pk=gone.pk).update(is_active=False)

    night(1)

    assert drafted() == [("Gone", 40, True), ("Other", 40, False)]
    with pytest.raises(purchasing.WithdrawnOffer, match="Gone has no active offer for LAMP any more"):
        purchasing.approve([order.pk], by=None, at=make.after(1))
    order.refresh_from_db()
    assert order.approved_at is None


def test_who_edits_or_removes_what_somebody_changed_meanwhile_is_told():
    line = make.line(typed(make.offer(make.product("LAMP")), 40))
    purchasing.edit_line(line.pk, quantity=50, by=make.buyer("paul"), at=make.MONDAY)

    with pytest.raises(purchasing.LineMoved, match="LAMP: somebody changed this line from 40 to 50 units meanwhile"):
        purchasing.edit_line(line.pk, quantity=41, seen=40, by=make.buyer(), at=make.MONDAY)
    with pytest.raises(purchasing.LineMoved):
        purchasing.remove_line(line.pk, seen=40, at=make.MONDAY)

    assert drafted() == [("Nordlys", 50, True)]


def test_more_units_than_a_line_can_say_are_refused():
    lamp = make.offer(make.product("LAMP"))
    typed(lamp, 2_147_483_647)

    with pytest.raises(purchasing.TooManyUnits, match="LAMP: 2,147,483,648 units are more than a line can say"):
        typed(lamp, 1)

    line = PurchaseOrderLine.objects.get()
    with pytest.raises(purchasing.TooManyUnits, match="LAMP: 2,147,483,648 units are more than a line can say"):
        purchasing.edit_line(line.pk, quantity=2_147_483_648, by=None, at=make.MONDAY)


# Whatever they do

STEPS = st.one_of(
    st.tuples(st.just("owe"), st.integers(-30, 60)),
    st.tuples(st.just("add"), st.integers(1, 40)),
    st.tuples(st.just("replace"), st.integers(1, 40)),
    st.tuples(st.just("edit"), st.integers(1, 40)),
    st.tuples(st.just("remove"), st.just(0)),
    st.tuples(st.just("approve"), st.just(0)),
    st.tuples(st.just("send"), st.just(0)),
    st.tuples(st.just("night"), st.just(0)),
)


def step(name, units, offers, owed):
    drafts = PurchaseOrderLine.objects.filter(purchase_order__approved_at=None).order_by("pk")
    orders = PurchaseOrder.objects.filter(sent_at=None).order_by("pk")
    offer = offers[units % 2]
    match name:
        case "owe":
            more = max(units, -owed[0])
            owed[0] += more
            make.owing(offer.product, more)
        case "add" | "replace":
            typed(offer, units, replaces=name == "replace")
        case "edit" if drafts:
            purchasing.edit_line(drafts[0].pk, quantity=units, by=make.buyer(), at=make.MONDAY)
        case "remove" if drafts:
            purchasing.remove_line(drafts[0].pk, at=make.MONDAY)
        case "approve":
            purchasing.approve([o.pk for o in orders.filter(approved_at=None)[:1]], by=None, at=make.MONDAY)
        case "send":
            purchasing.send([o.pk for o in orders.exclude(approved_at=None)[:1]], by=None, at=make.MONDAY)
        case "night":
            night()


@pytest.mark.proof
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, max_size=8), first=st.integers(1, 60))
def test_after_any_hands_and_any_nights_what_is_drafted_is_what_is_needed_or_what_hands_wrote(steps, first):
    """20 is the reorder point, 60 the level: 60 less the position are needed once it is at 20, nothing before."""
    with transaction.atomic():
        thing = make.product()
        offers = [make.offer(thing, make.supplier(name)) for name in ("Birk", "Nordlys")]
        make.policy(thing, 20, 60)
        make.on_hand(thing, first)
        owed = [0]
        for name, units in steps:
            step(name, units, offers, owed)

        night()

        drafts = PurchaseOrderLine.objects.filter(purchase_order__approved_at=None)
        position = first - owed[0] + units_of(PurchaseOrderLine.objects.exclude(purchase_order__approved_at=None))
        needed = 60 - position if position <= 20 else 0
        by_hand = units_of(drafts.filter(is_touched=True))
        assert units_of(drafts.filter(is_touched=False)) == max(0, needed - by_hand)
        before = list(PurchaseOrderLine.objects.order_by("pk").values())
        night()
        assert list(PurchaseOrderLine.objects.order_by("pk").values()) == before
        transaction.set_rollback(True)


def units_of(lines):
    return sum(lines.values_list("quantity", flat=True))
