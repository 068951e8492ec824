"""A count sheet is posted by two people while its shelves are shipped from and received on: the books are right."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from backoffice.books import audit
from inventory.models import Movement, MovementKind, Stock
from inventory.supply import bins, inbound, sheets
from orders import fulfillment
from orders.models import OrderLine
from orders.tests import make

from . import race

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
COUNTED, LATER = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
SKUS, EACH, MISSING = 12, 20, 3
SHIPS, COMES = 4, 5
"""Units that one parcel takes of each product, and that arrive of each, after it was counted."""


def post(pks):
    """Post one sheet after the other; give what they did to the books, those that somebody else has posted left out."""
    units = 0
    for pk in pks:
        with suppress(sheets.SheetClosed):
            units += sum(each.difference for each in sheets.post(pk, by=None, at=LATER + timedelta(hours=1)))
    return units


def ship(lines):
    return sum(len(fulfillment.ship([fulfillment.LineUnits(line, SHIPS)], by=None, at=LATER)) for line in lines)


def receive(rows):
    for row in rows:
        inbound.receive([inbound.Receipt(row, COMES)], by=None, at=LATER)
    return len(rows)


def floor():
    """Twelve shelves of which three units each are missing, as sheets say; one order wants of each, more comes."""
    place, lena = make.warehouse("BER"), make.customer()
    things = [make.product() for _ in range(SKUS)]
    for thing in things:
        make.on_hand(thing, EACH, place=place, at=NOW)
        bins.put({(thing.pk, place.pk): thing.sku})
    lines = [make.line(thing, SHIPS, who=lena, place=place, at=NOW).pk for thing in things]
    rows = [make.coming(thing, COMES, on=NOW.date(), place=place, at=NOW).pk for thing in things]
    made = []
    for thing in things:
        (sheet,) = sheets.open_sheets(sheets.Wanted(place.pk, thing.sku, thing.sku), by=None, at=NOW)
        sheets.enter(sheet.pk, {thing.pk: EACH - MISSING}, counted_at=COUNTED, by=None, at=COUNTED)
        made.append(sheet.pk)
    return made, lines, rows, [thing.pk for thing in things]


def meet(number, given):
    """One of four hands on the floor; by name, since another process has to find it."""
    return (post, post, ship, receive)[number](given)


def together(*, unguarded=False):
    """Give what each of the four did, and whether every shelf is right."""
    made, lines, rows, things = floor()
    answers = race.run(meet, list(enumerate((made, made, lines, rows))), unguarded=unguarded)
    counted = Movement.objects.filter(kind=MovementKind.COUNT, product__in=things)
    left = set(Stock.objects.filter(product__in=things).values_list("on_hand", flat=True))
    is_right = left == {EACH - MISSING - SHIPS + COMES}
    return answers, is_right and sorted(counted.values_list("quantity", flat=True)) == [-MISSING] * SKUS


def test_two_who_post_and_two_who_move_leave_what_is_on_the_shelf():
    answers, is_right = together()

    assert is_right
    assert (sum(answers[:2]), *answers[2:]) == (-MISSING * SKUS, SKUS, SKUS)
    assert set(OrderLine.objects.values_list("shipped", flat=True)) == {SHIPS}
    assert audit.balances(audit.run(at=LATER))


def test_without_the_lock_a_count_is_wrong_or_somebody_is_refused():
    # each round is another chance for two of them to meet
    assert any(goes_wrong() for _ in range(60))


def goes_wrong():
    answers, is_right = together(unguarded=True)
    return not is_right or answers[2:] != [SKUS, SKUS] or not audit.balances(audit.run(at=LATER))
