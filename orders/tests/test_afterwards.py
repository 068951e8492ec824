"""What becomes of parcels after they were posted: lost, never left, come back, found; what their customers hear."""

import pytest
from django.contrib.auth.models import User
from django.core import mail

from inventory.models import DemandEntry, Movement, Stock
from orders import demand_feed, fulfillment
from orders.fulfillment.afterwards import parcels, returns
from orders.fulfillment.afterwards.returns import Becomes, CameBack
from orders.mail import notices
from orders.models import Notice, NoticeState, OrderLine, Return, ShipmentLine

from . import books, make
from .test_told import DAY, MINUTE, said

pytestmark = pytest.mark.django_db
LATER = make.MONDAY + 3 * DAY


def shipped(units=5, *, here=None, told=True, who=None, **fields):
    """A line of Ada's of which all has left, and what the parcel holds of it."""
    lamp = make.product("LAMP", name="Oslo lamp")
    make.on_hand(lamp, units if here is None else here)
    line = make.line(lamp, units, who=who or make.customer("Ada", "ada@shop.example"), reference="R-1", **fields)
    fulfillment.ship([fulfillment.LineUnits(line.pk)], carrier="UPS", tracking="1Z", by=None, at=make.MONDAY + MINUTE)
    if told:
        notices.send_due(at=make.MONDAY + 2 * MINUTE)
        mail.outbox.clear()
    return line, ShipmentLine.objects.get(line=line)


def mails(at):
    mail.outbox.clear()
    notices.send_due(at=at + MINUTE)
    return [(sent.subject, said(sent.body)) for sent in mail.outbox]


def lose(row, units, at=LATER):
    return parcels.lose(row.shipment_id, {row.pk: units}, reason="UPS says so", by=None, at=at)


def reverse(row, units, at=LATER):
    return parcels.reverse(row.shipment_id, {row.pk: units}, reason="Still on the ramp", by=None, at=at)


def back(row, units, at=LATER, **said):
    return returns.take_in(row.shipment_id, {row.pk: units}, CameBack(**said), by=None, at=at)


def stands(line):
    line.refresh_from_db()
    return line.shipped, line.allocated, line.backordered


def shelf():
    return Stock.objects.values_list("on_hand", "allocated").get()


# --- Lost -------------------------------------------------------------------------------


def test_what_is_canceled_before_its_mail_leaves_is_not_said_to_be_sent_again():
    line, row = shipped()
    lose(row, 2)
    fulfillment.cancel([fulfillment.LineUnits(line.pk, 2)], reason="She asked", by=None, at=LATER)

    notices.send_due(at=LATER + MINUTE)

    [lost] = [sent for sent in mail.outbox if sent.subject.startswith("Lost")]
    assert lost.subject == "Lost on its way: 2 × Oslo lamp (order R-1)"
    assert "A parcel was lost on its way to you, and we are sorry.\n" in lost.body
    assert "If it has reached you after all, just reply to this mail." in lost.body
    assert said(lost.body) == ["2 were lost."]


def test_what_has_left_again_before_its_mail_does_is_said_to_be_sent_again():
    line, row = shipped()
    make.on_hand(line.product, 2, at=LATER)
    lose(row, 2)
    fulfillment.ship([fulfillment.LineUnits(line.pk)], carrier="UPS", tracking="2Z", by=None, at=LATER)

    assert "Lost on its way, we send it again: 2 × Oslo lamp (order R-1)" in dict(mails(LATER))


def test_what_is_exchanged_and_canceled_before_its_mail_leaves_is_only_said_to_be_here():
    line, row = shipped()
    back(row, 2, wish="exchange", becomes=Becomes.DISCARD)
    fulfillment.cancel([fulfillment.LineUnits(line.pk, 2)], reason="She asked", by=None, at=LATER)

    notices.send_due(at=LATER + MINUTE)

    [came] = [sent for sent in mail.outbox if sent.subject.startswith("What you sent back")]
    assert came.subject == "What you sent back is here: 2 × Oslo lamp (order R-1)"
    assert "What you sent back has arrived.\n" in came.body


def test_a_lost_parcel_ships_again_from_the_same_line_in_its_place_and_is_told_once():
    line, row = shipped(5, here=5)
    make.on_hand(line.product, 3, at=LATER - DAY)
    behind = make.line(line.product, 5, at=LATER - DAY)

    lose(row, 5)

    assert stands(line) == (0, 0, 5)
    assert stands(behind) == (0, 3, 2)
    lorry = make.coming(line.product, 5, on=LATER.date() + 2 * DAY, at=LATER)
    assert lorry.reference
    line.refresh_from_db()
    assert line.pegged == 5
    [lost, *others] = [(subject, words) for subject, words in mails(LATER) if "R-1" in subject]
    assert lost[0] == "Lost on its way, we send it again: 5 × Oslo lamp (order R-1)"
    assert lost[1] == ["5 were lost. We expect to ship them by March 10."]
    [body] = [sent.body for sent in mail.outbox if "R-1" in sent.subject]
    assert "You pay nothing for that." in body
    assert "Sent with UPS 1Z" in body
    assert others == []
    books.assert_balanced(at=LATER)


def test_what_is_here_goes_out_again_at_once_and_the_mail_says_so_without_a_second_one():
    line, row = shipped(2, here=9)

    lose(row, 2)

    assert stands(line) == (0, 2, 0)
    assert mails(LATER) == [
        (
            "Lost on its way, we send it again: 2 × Oslo lamp (order R-1)",
            ["2 were lost. 2 are here and set aside for you. We expect to ship them by March 6."],
        )
    ]
    assert mails(LATER + DAY) == []
    fulfillment.ship([fulfillment.LineUnits(line.pk)], by=None, at=LATER + DAY)
    assert stands(line) == (2, 0, 0)
    books.assert_balanced(at=LATER + DAY)


def test_a_lost_parcel_is_no_new_demand_and_its_units_stay_gone():
    _, row = shipped(5)
    demand_feed.feed(at=LATER)

    lose(row, 5)
    demand_feed.feed(at=LATER + DAY)

    assert list(DemandEntry.objects.values_list("units", flat=True)) == [5]
    assert shelf() == (0, 0)


@pytest.mark.parametrize("units", [0, 6])
def test_no_more_is_lost_than_left(units):
    _, row = shipped(5)

    with pytest.raises(parcels.NotInTheParcel, match="LAMP: of 5 units shipped, 5 can be lost"):
        lose(row, units)

    row.refresh_from_db()
    assert row.lost == 0


def test_what_was_lost_and_came_back_is_a_return_that_nobody_is_owed_anything_for():
    line, row = shipped(3)
    lose(row, 2)

    with pytest.raises(parcels.NotInTheParcel, match="2 can be found again, not 3"):
        back(row, 3, is_found=True)
    with pytest.raises(parcels.NotInTheParcel, match="ships again already"):
        back(row, 2, is_found=True, wish="exchange")
    back(row, 2, is_found=True, becomes=Becomes.RESTOCK, may_be_theirs=True)

    row.refresh_from_db()
    assert (row.lost, row.found, row.returned) == (2, 2, 0)
    assert stands(line) == (1, 2, 0)
    books.assert_balanced(at=LATER)


# --- Never left -------------------------------------------------------------------------


def test_what_never_left_is_set_aside_again_and_the_mail_that_has_not_gone_never_goes():
    line, row = shipped(5, told=False)

    reverse(row, 5, at=make.MONDAY + 2 * MINUTE)

    assert stands(line) == (0, 5, 0)
    assert shelf() == (5, 5)
    assert mails(make.MONDAY + 2 * MINUTE) == []
    assert set(Notice.objects.values_list("state", flat=True)) == {NoticeState.SUPERSEDED}
    books.assert_balanced(at=LATER)


def test_of_a_mail_that_has_not_gone_what_never_left_is_taken_off():
    line, row = shipped(5, told=False)

    reverse(row, 2, at=make.MONDAY + 2 * MINUTE)

    [(subject, [words])] = mails(make.MONDAY + 2 * MINUTE)
    assert subject == "On its way: 3 × Oslo lamp (order R-1)"
    assert words == "3 of your 5 are on their way, 2 more are here and will ship next."
    assert stands(line) == (3, 2, 0)


def test_what_was_told_to_be_on_its_way_and_is_not_is_corrected_once():
    line, row = shipped(5)

    reverse(row, 5)

    assert mails(LATER) == [
        (
            "Has not left yet: 5 × Oslo lamp (order R-1)",
            ["5 have not left yet. 5 are here, set aside for you, and ship next."],
        )
    ]
    assert mails(LATER + DAY) == []
    assert stands(line) == (0, 5, 0)
    assert list(Movement.objects.order_by("pk").values_list("kind", "quantity"))[1:] == [
        ("shipment", -5),
        ("shipment", 5),
    ]


def test_nobody_takes_what_never_left_from_its_line():
    line, row = shipped(5)
    behind = make.line(line.product, 5, at=LATER)

    reverse(row, 5)

    assert stands(line) == (0, 5, 0)
    assert stands(behind) == (0, 0, 5)
    books.assert_balanced(at=LATER)


@pytest.mark.parametrize(("act", "words"), [(lose, "2 lost on the way"), (back, "2 came back")])
def test_what_was_lost_or_came_back_cannot_have_stayed(act, words):
    _, row = shipped(5)
    act(row, 2)

    with pytest.raises(parcels.NotInTheParcel, match=words):
        reverse(row, 4)

    row.refresh_from_db()
    assert row.reversed == 0


def test_what_reopens_in_a_stopped_order_is_stopped_as_the_rest_of_it():
    lamp = make.product("LAMP", name="Oslo lamp")
    make.on_hand(lamp, 2)
    order = make.order((lamp, 2), (make.product("MUG"), 1))
    line = order.lines.get(product=lamp)
    fulfillment.ship([fulfillment.LineUnits(line.pk)], by=None, at=make.MONDAY)
    boss = User.objects.create(username="boss")
    fulfillment.stop(order.pk, fulfillment.Stop("customer", boss.pk), by=boss, at=LATER)
    row = ShipmentLine.objects.get()

    reverse(row, 1)
    lose(row, 1)

    line.refresh_from_db()
    assert (line.is_stopped, line.waits, line.allocated, line.backordered) == (True, False, 1, 1)
    books.assert_balanced(at=LATER)
    fulfillment.go_on(order.pk, by=boss, at=LATER)
    books.assert_balanced(at=LATER)


# --- Returns ----------------------------------------------------------------------------


def test_what_comes_back_to_the_shelf_goes_to_the_next_in_the_queue():
    line, row = shipped(5)
    waits = make.line(line.product, 4, at=LATER - DAY)

    [made] = back(row, 3, becomes=Becomes.RESTOCK, condition="unopened")

    assert (made.units, made.restocked, made.inspecting) == (3, 3, 0)
    assert stands(waits) == (0, 3, 1)
    assert stands(line) == (5, 0, 0)
    books.assert_balanced(at=LATER)


def test_what_comes_back_is_not_for_who_sent_it_back_but_for_who_waits_behind():
    ada = make.customer("Ada", "ada@shop.example")
    line, row = shipped(5, who=ada)
    own = make.line(line.product, 4, who=ada, at=LATER - 2 * DAY)
    behind = make.line(line.product, 1, at=LATER - DAY)

    [made] = back(row, 3, becomes=Becomes.RESTOCK)

    assert (stands(own), stands(behind)) == ((0, 0, 4), (0, 1, 0))
    assert (made.restocked, made.inspecting) == (1, 2)
    assert shelf() == (1, 1)
    books.assert_balanced(at=LATER)

    with pytest.raises(returns.NotToDecide, match="Only Ada, who sent it back, waits for LAMP"):
        returns.decide(made.pk, Becomes.RESTOCK, 2, by=None, at=LATER)
    returns.decide(made.pk, Becomes.RESTOCK, 1, may_be_theirs=True, by=None, at=LATER)
    returns.decide(made.pk, Becomes.DISCARD, 1, by=None, at=LATER)

    assert stands(own) == (0, 1, 3)
    made.refresh_from_db()
    assert (made.restocked, made.discarded, made.inspecting) == (2, 1, 0)
    with pytest.raises(returns.NotToDecide, match="nothing can be decided on, not 1"):
        returns.decide(made.pk, Becomes.DISCARD, 1, by=None, at=LATER)
    books.assert_balanced(at=LATER)


def test_what_comes_back_may_be_theirs_if_a_person_says_so():
    ada = make.customer("Ada", "ada@shop.example")
    line, row = shipped(5, who=ada)
    own = make.line(line.product, 4, who=ada, at=LATER - 2 * DAY)

    back(row, 3, becomes=Becomes.RESTOCK, may_be_theirs=True)

    assert stands(own) == (0, 3, 1)


def test_an_exchange_keeps_the_place_of_its_line_and_never_gets_what_was_sent_back():
    line, row = shipped(5)
    behind = make.line(line.product, 5, at=LATER - DAY)
    make.coming(line.product, 6, on=LATER.date() + DAY, at=LATER - DAY)

    [made] = back(row, 2, wish="exchange", becomes=Becomes.RESTOCK)

    row.refresh_from_db()
    assert (row.returned, row.exchanged) == (2, 2)
    assert stands(line) == (3, 0, 2)
    assert stands(behind) == (0, 2, 3)
    line.refresh_from_db()
    assert line.pegged == 2
    assert (made.restocked, made.inspecting) == (2, 0)
    told = [(subject, words) for subject, words in mails(LATER) if "R-1" in subject]
    assert told == [
        ("We send you another: 2 × Oslo lamp (order R-1)", ["2 are exchanged. We expect to ship them by March 9."])
    ]
    books.assert_balanced(at=LATER)


def test_what_is_inspected_or_thrown_away_is_on_no_shelf():
    line, row = shipped(5)
    waits = make.line(line.product, 5, at=LATER - DAY)

    back(row, 2, becomes=Becomes.INSPECT, condition="used", wish="refund")
    back(row, 1, becomes=Becomes.DISCARD, condition="damaged")

    assert shelf() == (0, 0)
    assert stands(waits) == (0, 0, 5)
    assert list(Return.objects.order_by("pk").values_list("inspecting", "discarded")) == [(2, 0), (0, 1)]
    assert list(Movement.objects.order_by("pk").values_list("kind", "quantity"))[2:] == [("return", 1), ("damage", -1)]
    assert mails(LATER)[0][0].startswith("Will follow")
    books.assert_balanced(at=LATER)


def test_more_than_was_sent_does_not_come_back():
    _, row = shipped(5)
    reverse(row, 1)
    lose(row, 1)
    back(row, 1)

    with pytest.raises(parcels.NotInTheParcel) as refused:
        back(row, 3)

    assert str(refused.value) == (
        "LAMP: of 5 units shipped (1 never left, 1 lost on the way, 1 came back), 2 can be taken back, not 3. "
        "Nothing was written."
    )
    assert Return.objects.count() == 1


def test_units_of_another_parcel_are_refused():
    _, row = shipped(5)

    with pytest.raises(parcels.NotInTheParcel, match="in this parcel"):
        parcels.lose(row.shipment_id + 1, {row.pk: 1}, reason="", by=None, at=LATER)


def test_what_left_before_the_order_came_here_never_lay_on_our_shelf():
    _, row = shipped(5)
    Movement.objects.filter(kind="shipment").update(reference="")

    with pytest.raises(parcels.NeverOnTheShelf, match="R-1 had left before it came here"):
        reverse(row, 1)

    assert OrderLine.objects.get().shipped == 5
