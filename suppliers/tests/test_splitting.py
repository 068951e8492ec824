"""A line confirmed in several dated parts: each with a day of its own, and one lesson for all of them."""

from datetime import date

import pytest

from inventory.models import Inbound, Movement, MovementKind, Stock
from inventory.supply import inbound
from inventory.supply.arriving import dividing
from suppliers import closing, lessons, purchasing, shortening, splitting
from suppliers.letters import facts
from suppliers.models import Delivery, Lesson, PurchaseOrder, PurchaseOrderLine, Slip
from suppliers.splitting import ConfirmedPart

from . import make

pytestmark = pytest.mark.django_db
AT = make.after(0)


def on(day: int) -> date:
    return make.after(day).date()


@pytest.fixture
def order() -> PurchaseOrder:
    return make.sent((make.offer(make.product("LAMP"), prices=((1, "10"), (100, "8"))), 100))


def split(order: PurchaseOrder, *parts: tuple[int, int | None], at: float = 0) -> list[PurchaseOrderLine]:
    """Confirm the first line that is open in these parts: units, and days after Monday."""
    line = order.lines.filter(inbound__outstanding__gt=0).order_by("pk")[0]
    named = [ConfirmedPart(units, None if day is None else on(day)) for units, day in parts]
    return list(splitting.split(line.pk, named, by=None, at=make.after(at)))


def halves(order: PurchaseOrder) -> list[PurchaseOrderLine]:
    return split(order, (40, 1), (60, 15))


def stands(order: PurchaseOrder) -> list[tuple[int, int, int, int, date | None]]:
    """Of each part: ordered, received, canceled, outstanding, and the day its supplier says."""
    names = ("quantity", "received", "canceled", "outstanding", "expected_date")
    rows = Inbound.objects.filter(purchase_line__purchase_order=order).order_by("purchase_line")
    return list(rows.values_list(*names))


def came(line: PurchaseOrderLine, units: int, day: float, damaged: int = 0, **how: bool) -> list[Delivery]:
    return purchasing.receive(line.purchase_order_id, {line.pk: (units, damaged)}, by=None, at=make.after(day), **how)


def test_each_part_is_a_line_with_its_own_units_and_day_and_the_earliest_stays_with_what_was_ordered(order):
    ordered = make.line(order)

    lines = split(order, (60, 15), (40, 1))

    assert stands(order) == [(40, 0, 0, 40, on(1)), (60, 0, 0, 60, on(15))]
    assert lines[0] == ordered
    first, second = order.lines.order_by("pk")
    assert [(each.pk, each.quantity, each.part_of_id, each.ordered_as) for each in (first, second)] == [
        (ordered.pk, 40, None, ordered.pk),
        (second.pk, 60, ordered.pk, ordered.pk),
    ]
    assert {(each.product_id, each.offer_id, each.unit_price) for each in (first, second)} == {
        (ordered.product_id, ordered.offer_id, ordered.unit_price)
    }
    rows = [each.inbound for each in (first, second)]
    assert {(row.reference, row.sender, row.sent_at, row.is_confirmed) for row in rows} == {
        (order.reference, "Nordlys", make.MONDAY, True)
    }
    assert [(row.first_date, row.likely_date, row.safe_date) for row in rows] == [
        (on(1), on(1), on(1)),
        (on(15), on(15), on(15)),
    ]
    order.refresh_from_db()
    assert (order.confirmed_at, Slip.objects.count()) == (AT, 0)


def test_what_was_received_and_canceled_stays_with_the_first_part(order):
    came(make.line(order), 20, 0)
    shortening.shorten(order.pk, {make.line(order).pk: 10}, reason="No more", by=None, at=AT)

    split(order, (30, 1), (40, 15))

    assert stands(order) == [(60, 20, 10, 30, on(1)), (40, 0, 0, 40, on(15))]
    assert list(order.lines.order_by("pk").values_list("quantity", flat=True)) == [60, 40]


def test_a_rest_that_is_not_confirmed_is_dated_as_the_supplier_usually_delivers_until_it_is(order):
    before = make.expected(order)

    _, rest = split(order, (40, 1), (60, None))

    row = Inbound.objects.get(purchase_line=rest)
    assert (row.expected_date, row.first_date, row.is_confirmed) == (None, None, False)
    assert (row.likely_date, row.safe_date, row.days) == (before.likely_date, before.safe_date, before.days)
    order.refresh_from_db()
    assert order.confirmed_at is None

    purchasing.confirm(order.pk, {rest.pk: on(30)}, by=None, at=make.after(1))

    order.refresh_from_db()
    assert order.confirmed_at == make.after(1)
    assert stands(order) == [(40, 0, 0, 40, on(1)), (60, 0, 0, 60, on(30))]


def test_a_part_on_another_day_than_was_known_is_a_slip_and_the_day_confirmed_first_is_kept_by_all(order):
    purchasing.confirm(order.pk, {make.line(order).pk: on(10)}, by=None, at=AT)

    first, second, third = split(order, (40, 10), (50, 20), (10, None), at=2)

    assert list(Slip.objects.order_by("pk").values_list("line", "was", "now", "reason")) == [
        (second.pk, on(10), on(20), "Confirmed in parts"),
        (third.pk, on(10), None, "Confirmed in parts"),
    ]
    rows = [Inbound.objects.get(purchase_line=each) for each in (first, second, third)]
    assert [row.first_date for row in rows] == [on(10)] * 3
    assert [row.is_confirmed for row in rows] == [True, True, False]


def test_a_part_may_come_in_parts_again_and_is_of_the_line_that_was_ordered(order):
    ordered, second = halves(order)

    splitting.split(second.pk, [ConfirmedPart(10, on(15)), ConfirmedPart(50, on(30))], by=None, at=AT)

    assert stands(order) == [(40, 0, 0, 40, on(1)), (10, 0, 0, 10, on(15)), (50, 0, 0, 50, on(30))]
    assert [each.ordered_as for each in order.lines.all()] == [ordered.pk] * 3


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ([(40, 1), (50, 15)], "The parts are 90 units, and 100 outstanding: 10 are missing."),
        ([(40, 1), (61, 15)], "The parts are 101 units, and 100 outstanding: 1 is too many."),
        ([(100, 1)], "That is one part. Name at least two, each with its day"),
        ([(100, None)], "That is one part. Name at least two, each with its day"),
        ([], "That is one part. Name at least two, each with its day"),
        ([(40, 1), (60, 1)], "Two parts come on 3 March 2026: add them up."),
        ([(40, 1), (30, None), (30, None)], "Two parts come on no confirmed day: add them up."),
        ([(100, 1), (0, 15)], "Each part has at least 1 unit."),
        ([(140, 1), (-40, 15)], "Each part has at least 1 unit."),
    ],
)
def test_what_are_no_parts_is_refused_in_words_and_nothing_is_written(order, parts, why):
    before = stands(order)

    with pytest.raises(splitting.NotInParts, match=rf"^LAMP of {order}: {why}.*Nothing was written\.$"):
        split(order, *parts)

    assert (stands(order), order.lines.count()) == (before, 1)


@pytest.mark.parametrize("day", [-1, 800])
def test_a_day_that_has_passed_or_is_years_ahead_is_no_day_of_a_part(order, day):
    with pytest.raises(purchasing.ImpossibleDate):
        split(order, (40, 1), (60, day))

    assert stands(order) == [(100, 0, 0, 100, None)]


def test_a_line_that_is_complete_or_was_not_sent_or_is_gone_comes_in_no_parts(order):
    line = make.line(order)
    came(line, 100, 1)
    parts = [ConfirmedPart(40, on(1)), ConfirmedPart(60, on(15))]
    with pytest.raises(purchasing.NothingOutstanding):
        splitting.split(line.pk, parts, by=None, at=AT)
    draft = make.draft((make.offer(make.product()), 100))
    with pytest.raises(purchasing.NotSent):
        splitting.split(make.line(draft).pk, parts, by=None, at=AT)
    with pytest.raises(purchasing.UnknownLine):
        splitting.split(0, parts, by=None, at=AT)

    assert PurchaseOrderLine.objects.count() == 2


def test_parts_of_an_inbound_are_all_of_what_is_outstanding():
    row = make.coming(make.product("LAMP"), 10, on=on(5))
    for units in ((4, 5), (10,), (0, 10), ()):
        parts = [dividing.DatedPart(count, None) for count in units]
        with pytest.raises(dividing.NotDivided, match="10 are outstanding"):
            dividing.divide(row.pk, parts, by=None, at=AT)
    with pytest.raises(inbound.NotAnInbound):
        dividing.divide(0, [dividing.DatedPart(1, None)] * 2, by=None, at=AT)

    assert Inbound.objects.get().quantity == 10


def test_a_new_date_a_shortage_and_a_cancellation_are_of_one_part(order):
    first, second = halves(order)

    purchasing.reschedule(second.pk, on(20), reason="A storm", by=None, at=AT)
    shortening.shorten(order.pk, {second.pk: 25}, reason="No more", by=None, at=AT)
    assert stands(order) == [(40, 0, 0, 40, on(1)), (60, 0, 25, 35, on(20))]
    purchasing.cancel(order.pk, line_ids=[first.pk], reason="Too early", by=None, at=AT)
    assert stands(order) == [(40, 0, 40, 0, on(1)), (60, 0, 25, 35, on(20))]
    purchasing.cancel(order.pk, reason="Not at all", by=None, at=AT)

    order.refresh_from_db()
    assert (stands(order), order.words) == ([(40, 0, 40, 0, on(1)), (60, 0, 60, 0, on(20))], "Canceled")


def test_what_comes_beyond_one_part_is_of_the_others_the_earliest_first(order):
    first, second, third = split(order, (40, 1), (30, 15), (30, 30))

    deliveries = came(first, 75, 2)

    assert stands(order) == [(40, 40, 0, 0, on(1)), (30, 30, 0, 0, on(15)), (30, 5, 0, 25, on(30))]
    assert {(each.line_id, each.quantity) for each in deliveries} == {(first.pk, 40), (second.pk, 30), (third.pk, 5)}
    assert (Stock.objects.get().on_hand, Inbound.objects.filter(surplus__gt=0).exists()) == (75, False)


def test_what_comes_for_a_part_that_is_complete_is_of_the_next(order):
    first, second = halves(order)
    came(first, 40, 1)

    came(first, 10, 2)

    assert stands(order) == [(40, 40, 0, 0, on(1)), (60, 10, 0, 50, on(15))]
    assert list(Delivery.objects.order_by("pk").values_list("line", "quantity")) == [(first.pk, 40), (second.pk, 10)]


def test_of_a_count_with_damaged_units_no_part_has_more_damaged_than_came(order):
    first, _ = halves(order)

    came(first, 100, 2, damaged=50)

    assert sorted(Delivery.objects.values_list("quantity", "damaged")) == [(40, 40), (60, 10)]
    assert Stock.objects.get().on_hand == 50
    broken = Movement.objects.filter(kind=MovementKind.DAMAGE).order_by("quantity").values_list("quantity", flat=True)
    assert list(broken) == [-40, -10]


def test_damaged_units_that_are_replaced_stay_outstanding_on_the_part_they_came_for(order):
    first, _ = halves(order)

    came(first, 100, 2, damaged=10, is_replaced=True)

    assert stands(order) == [(40, 40, 0, 0, on(1)), (60, 50, 0, 10, on(15))]
    assert Stock.objects.get().on_hand == 90


def test_a_few_more_than_the_whole_line_are_taken_and_one_more_is_a_question(order):
    first, _ = halves(order)

    with pytest.raises(purchasing.OverReceipt, match="46 arrived, but 40 are outstanding and at most 42 are accepted"):
        came(first, 106, 2)
    assert stands(order) == [(40, 0, 0, 40, on(1)), (60, 0, 0, 60, on(15))]
    came(first, 105, 2)

    assert list(Inbound.objects.order_by("pk").values_list("received", "surplus")) == [(40, 2), (60, 3)]
    assert Stock.objects.get().on_hand == 105


def test_a_surplus_that_is_asked_about_is_set_apart_once(order):
    first, _ = halves(order)

    came(first, 110, 2, sets_apart=True)

    assert list(Inbound.objects.order_by("pk").values_list("received", "surplus", "set_apart")) == [
        (40, 0, 10),
        (60, 0, 0),
    ]


def test_lines_of_one_product_that_were_ordered_apart_share_nothing():
    lamp = make.offer(make.product("LAMP"))
    order = make.sent((lamp, 10))
    other = PurchaseOrderLine.objects.create(
        purchase_order=order, product=lamp.product, offer=lamp, quantity=10, unit_price=9, is_touched=True
    )
    other.inbound = make.coming(lamp.product, 10, on=on(5))
    other.save()

    with pytest.raises(purchasing.OverReceipt):
        came(order.lines.order_by("pk")[0], 15, 1)


def test_a_receipt_that_is_taken_back_goes_to_the_part_it_came_for(order):
    first, second = halves(order)
    came(first, 100, 2)
    assert Lesson.objects.count() == 1

    purchasing.unreceive(order.pk, {second.pk: (60, 0)}, reason="Another lorry", by=None, at=make.after(3))

    assert stands(order) == [(40, 40, 0, 0, on(1)), (60, 0, 0, 60, on(15))]
    assert (Lesson.objects.count(), list(Delivery.objects.values_list("line", "quantity"))) == (0, [(first.pk, 40)])


def test_parts_teach_one_lesson_against_the_day_by_which_nine_tenths_were_to_come(order):
    first, second = split(order, (40, 10), (60, 20))
    came(first, 40, 10)
    came(second, 49, 21)
    assert not Lesson.objects.exists()

    came(second, 1, 23)
    came(second, 10, 60)

    lesson = Lesson.objects.get()
    assert (lesson.line, lesson.days, lesson.confirmed_days, lesson.days_late) == (first, 23, 20, 3)
    assert (lesson.came_on, lesson.item) == (on(23), "LAMP")


def test_a_small_last_part_is_no_measure(order):
    first, second = split(order, (90, 10), (10, 40))

    came(first, 90, 11)
    came(second, 10, 40)

    lesson = Lesson.objects.get()
    assert (lesson.days, lesson.confirmed_days, lesson.days_late) == (11, 10, 1)


def test_parts_of_which_half_was_never_confirmed_teach_the_quote_alone(order):
    first, second = split(order, (40, 10), (60, None))

    came(first, 40, 10)
    came(second, 60, 30)

    lesson = Lesson.objects.get()
    assert (lesson.days, lesson.confirmed_days, lesson.days_late) == (30, None, None)


def test_a_line_that_was_confirmed_before_is_measured_by_that_day(order):
    purchasing.confirm(order.pk, {make.line(order).pk: on(5)}, by=None, at=AT)
    first, second = split(order, (40, 5), (60, 20))

    came(first, 40, 5)
    came(second, 60, 20)

    assert (Lesson.objects.get().confirmed_days, Lesson.objects.get().days_late) == (5, 15)


def test_a_part_that_is_called_off_closes_the_line_once_the_others_have_come(order):
    first, second = split(order, (40, 10), (60, 20))
    shortening.shorten(order.pk, {second.pk: 60}, reason="No more", by=None, at=make.after(3))
    assert not Lesson.objects.exists()

    came(first, 40, 12)

    assert Lesson.objects.get().days == 12


def test_a_line_that_has_taught_and_comes_in_parts_then_teaches_nothing_more(order):
    came(make.line(order), 90, 4)
    taught = Lesson.objects.get()

    _, second = split(order, (5, 10), (5, 20), at=5)
    came(second, 10, 20)

    assert Lesson.objects.get() == taught
    assert (Lesson.objects.get().days, stands(order)[1][1]) == (4, 5)


def test_lessons_of_before_are_filled_in_once_for_all_parts(order):
    first, second = split(order, (40, 10), (60, 20))
    came(first, 40, 10)
    came(second, 60, 22)
    Lesson.objects.all().delete()

    assert (lessons.fill(), lessons.fill()) == (1, 0)

    assert list(Lesson.objects.values_list("line", "days", "days_late")) == [(first.pk, 22, 2)]


def test_a_closure_of_the_supplier_moves_the_part_that_is_not_confirmed_alone(order):
    _, rest = split(order, (40, 30), (60, None))
    before = dict(Inbound.objects.values_list("purchase_line", "safe_date"))

    closing.close(make.supplier().pk, on(2), on(8), by=None, at=AT)

    after = dict(Inbound.objects.values_list("purchase_line", "safe_date"))
    assert {pk: (after[pk] - before[pk]).days for pk in before} == {rest.part_of_id: 0, rest.pk: 7}


def test_a_letter_names_each_part_with_its_day_and_the_price_that_was_agreed(order):
    before = facts.read([order], by=None, at=AT)[order.pk]

    halves(order)

    now = facts.read([order], by=None, at=AT)[order.pk]
    assert [(line.units, line.price, line.day) for line in now.lines] == [
        (40, "8.0000", "2026-03-03"),
        (60, "8.0000", "2026-03-17"),
    ]
    assert (now.units, now.value) == (before.units, before.value)
    assert now.agreed != before.agreed
