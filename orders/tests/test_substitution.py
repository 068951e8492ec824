from datetime import timedelta
from decimal import Decimal

import pytest

from inventory.models import BackorderPolicy, DemandEntry
from orders import demand_feed, fulfillment
from orders.fulfillment import LineUnits
from orders.mail import letters
from orders.models import AddedLine, LineEvent, Notice, NoticeLine, OrderLine
from orders.queue import ordering
from orders.wording import links

from . import books, make

pytestmark = pytest.mark.django_db
TUESDAY = make.MONDAY + timedelta(days=1)
LATER = make.MONDAY + timedelta(days=5)


@pytest.fixture
def oak():
    return make.product("OAK", name="Oak lamp")


@pytest.fixture
def birch():
    return make.product("BIRCH", name="Birch lamp")


def replace(line, other, units=None, at=TUESDAY, **terms):
    wanted = [LineUnits(line.pk, units)]
    return fulfillment.substitute(wanted, other.pk, reason="The oak is sold out.", by=None, at=at, **terms)


def quantities(line):
    line.refresh_from_db()
    return (line.quantity, line.canceled, line.allocated, line.pegged, line.uncovered)


def stand_in(line):
    return OrderLine.objects.get(addition__beside=line)


def books_balance():
    return books.balance(at=LATER)


def test_the_open_units_of_a_line_are_replaced_by_another_product(oak, birch):
    make.on_hand(birch, 9)
    line = make.line(oak, 3)

    assert replace(line, birch) == 3

    new = stand_in(line)
    assert quantities(line) == (3, 3, 0, 0, 0)
    assert quantities(new) == (3, 0, 3, 0, 0)
    assert (new.order_id, new.product, new.position) == (line.order_id, birch, 2)
    assert AddedLine.objects.get().is_substitute is True
    assert [(each.line_id, each.units, each.text) for each in LineEvent.objects.filter(kind="substitute")] == [
        (line.pk, -3, "replaced: The oak is sold out."),
        (new.pk, 3, "3 in place of OAK, 3 here, 0 waiting"),
    ]
    assert books_balance()


def test_some_of_the_units_can_be_replaced_those_that_nobody_sends_first(oak, birch):
    make.on_hand(oak, 2)
    make.on_hand(birch, 1)
    line = make.line(oak, 5)

    replace(line, birch, 2)

    assert quantities(line) == (5, 2, 2, 0, 1)
    assert quantities(stand_in(line)) == (2, 0, 1, 0, 1)
    assert books_balance()


def test_the_customer_is_told_once_in_one_mail(oak, birch):
    make.coming(birch, 9, on=make.TODAY + timedelta(days=4))
    line = make.line(oak, 3, reference="SO-1")

    replace(line, birch)

    notice = Notice.objects.get(state="queued")
    letter = letters.preview(notice, at=make.MONDAY)
    assert letter.subject == "Another product for you: 3 × Birch lamp (order SO-1)"
    assert letter.text == (
        "Hello Lena Ortiz,\n\n"
        "We have replaced something in your order by another product. This is what changes.\n\n"
        "Order SO-1\n\n"
        "- Oak lamp (OAK)\n  All 3 are replaced.\n\n"
        "- Birch lamp (BIRCH)\n  3 come in place of Oak lamp. We expect to ship them by March 9.\n\n"
        "Reason: The oak is sold out.\n\n"
        f"How it stands, and what you can change: {links.url(line.order)}\n\n"
        "You need not do anything. To change or cancel what has not shipped yet, just reply to this mail. "
        "Leave “order SO-1” in the subject, so that your answer finds its way.\n\n"
        "Backoffice\n"
    ).replace("Backoffice", letter.text.strip().rpartition("\n")[2])


def test_the_mail_says_what_remains_and_what_another_price_is(oak, birch):
    make.on_hand(oak, 1)
    make.coming(birch, 1, on=make.TODAY + timedelta(days=4))
    make.on_hand(birch, 1)
    line = make.line(oak, 3)

    replace(line, birch, 2, unit_price=Decimal("12.50"))

    text = letters.preview(Notice.objects.get(state="queued"), at=make.MONDAY).text
    assert "2 of your 3 are replaced, 1 remains and is here, set aside for you." in text
    assert "2 come in place of Oak lamp. 1 is here, 1 will follow. We expect to ship the other one by March 9." in text
    assert "The price of one is 12.50; it was 0.00." in text


def test_it_costs_the_same_unless_a_price_is_given(oak, birch):
    order = fulfillment.place(
        fulfillment.OrderDraft(
            "shop",
            "SO-1",
            make.customer().pk,
            make.warehouse().pk,
            (fulfillment.LineDraft(oak.pk, 4, Decimal("20.00")),),
            make.MONDAY,
        ),
        by=None,
        at=make.MONDAY,
    )
    line = order.lines.get()

    replace(line, birch, 1)
    replace(line, birch, 1, unit_price=Decimal("0.00"))

    prices = order.lines.order_by("position").values_list("product__sku", "unit_price")
    assert list(prices) == [("OAK", Decimal("20.00")), ("BIRCH", Decimal("20.00")), ("BIRCH", Decimal("0.00"))]


def test_the_new_line_stands_where_the_age_of_the_old_one_puts_it(oak, birch):
    make.coming(birch, 3, on=make.TODAY + timedelta(days=4))
    older = make.line(birch, 1, placed_at=make.MONDAY - timedelta(days=9), keeps_age=True)
    line = make.line(oak, 2, at=make.MONDAY - timedelta(days=5))
    younger = make.line(birch, 2)

    replace(line, birch)

    new = stand_in(line)
    assert [older.pk, new.pk, younger.pk] == list(
        OrderLine.objects.filter(product=birch).in_queue_order().values_list("pk", flat=True)
    )
    assert (quantities(older), quantities(new), quantities(younger)) == (
        (1, 0, 0, 1, 0),
        (2, 0, 0, 2, 0),
        (2, 0, 0, 0, 2),
    )
    assert new.placed_at == line.placed_at
    told = NoticeLine.objects.filter(line__in=[new, younger], is_superseded=False).values_list("line", "kind")
    assert sorted(told) == sorted([(new.pk, "substituted"), (younger.pk, "backordered")])
    assert books_balance()


def test_a_priority_goes_with_it_and_a_pin_does_not(oak, birch):
    line = make.line(oak, 2)
    ordering.set_priority([line.pk], 2, reason="hospital", by=None, at=make.MONDAY)
    ordering.pin(line.pk, 1, reason="board", by=None, at=make.MONDAY)

    replace(line, birch)

    new = stand_in(line)
    assert (new.priority, new.priority_reason, new.is_pinned) == (2, "hospital", False)
    assert new.queue_at == line.placed_at - timedelta(days=14)


def test_units_on_hand_that_it_frees_go_to_the_next(oak, birch):
    make.on_hand(oak, 3)
    line = make.line(oak, 3)
    behind = make.line(oak, 2)

    replace(line, birch)

    assert quantities(behind) == (2, 0, 2, 0, 0)


@pytest.mark.parametrize("after", [timedelta(hours=1), timedelta(days=3)])
def test_demand_counts_for_the_product_that_was_asked_for(oak, birch, after):
    line = make.line(oak, 3)
    demand_feed.feed(at=make.MONDAY)

    replace(line, birch, 2, at=make.MONDAY + after)
    demand_feed.feed(at=LATER)

    assert list(DemandEntry.objects.values_list("product__sku", "units")) == [("OAK", 3)]


def test_a_substitute_taken_back_within_a_day_of_the_order_was_a_change_of_mind_about_the_first(oak, birch):
    elm = make.product("ELM")
    line = make.line(oak, 3)
    replace(line, birch, at=make.MONDAY + timedelta(hours=1))
    replace(stand_in(line), elm, at=make.MONDAY + timedelta(hours=2))
    last = OrderLine.objects.get(product=elm)

    fulfillment.cancel([LineUnits(last.pk, 1)], reason="no", by=None, at=make.MONDAY + timedelta(hours=24))
    demand_feed.feed(at=LATER)

    assert list(DemandEntry.objects.values_list("product__sku", "units")) == [("OAK", 2)]


def test_a_substitute_can_be_replaced_too_and_its_mail_names_what_was_ordered(oak, birch):
    elm = make.product("ELM", name="Elm lamp")
    line = make.line(oak, 3)
    replace(line, birch)

    replace(stand_in(line), elm)

    text = letters.preview(Notice.objects.latest("pk"), at=make.MONDAY).text
    assert "- Oak lamp (OAK)\n  All 3 are replaced." in text
    assert "- Elm lamp (ELM)\n  3 come in place of Oak lamp." in text
    assert "Birch" not in text


def test_lines_of_many_customers_are_replaced_at_once(oak, birch):
    make.on_hand(birch, 4)
    lines = [make.line(oak, 3), make.line(oak, 2)]

    units = fulfillment.substitute(
        [LineUnits(line.pk) for line in lines], birch.pk, reason="Sold out.", by=None, at=TUESDAY
    )

    assert units == 5
    assert [quantities(stand_in(line)) for line in lines] == [(3, 0, 3, 0, 0), (2, 0, 1, 0, 1)]
    assert Notice.objects.filter(kind="substituted").count() == 2


@pytest.mark.parametrize(
    ("units", "terms", "error"),
    [
        (0, {}, "3 units of this line are open, 0 cannot be replaced"),
        (-1, {}, "-1 cannot be replaced"),
        (4, {}, "3 units of this line are open, 4 cannot be replaced"),
        (1, {"unit_price": Decimal(-1)}, "A price is 0 or more"),
    ],
    ids=["none", "negative", "too many", "a price below zero"],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(oak, birch, units, terms, error):
    line = make.line(oak, 3)
    events = LineEvent.objects.count()

    with pytest.raises(fulfillment.NotASubstitute, match=error):
        replace(line, birch, units, **terms)

    assert quantities(line) == (3, 0, 0, 0, 3)
    assert (OrderLine.objects.count(), LineEvent.objects.count()) == (1, events)


def test_the_same_product_an_unknown_one_and_no_reason_are_refused(oak, birch):
    line = make.line(oak, 3)

    with pytest.raises(fulfillment.NotASubstitute, match="OAK is what was ordered: choose another product"):
        replace(line, oak)
    with pytest.raises(fulfillment.NotASubstitute, match="The other product is not known"):
        fulfillment.substitute([LineUnits(line.pk)], 0, reason="x", by=None, at=TUESDAY)
    with pytest.raises(fulfillment.NotASubstitute, match="A substitution has a reason"):
        fulfillment.substitute([LineUnits(line.pk)], birch.pk, reason=" ", by=None, at=TUESDAY)

    assert OrderLine.objects.count() == 1


def test_a_product_that_is_not_backordered_is_no_substitute_beyond_what_is_here(oak):
    birch = make.product("BIRCH", backorder_policy=BackorderPolicy.NEVER)
    make.on_hand(birch, 2)
    line = make.line(oak, 3)

    with pytest.raises(fulfillment.BackorderLimit, match="3 asked for, 2 can be sold now"):
        replace(line, birch)

    assert quantities(line) == (3, 0, 0, 0, 3)
    assert replace(line, birch, 2) == 2
