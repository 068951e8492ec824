"""What came free goes to the restock list in order of asking, a part of it, until a deadline, and to nobody twice."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.models import BackorderPolicy, DemandEntry, Stock
from inventory.supply import inbound
from orders import demand_feed
from orders.allocation import offering
from orders.fulfillment import holds
from orders.models import Hold, RestockLetter, RestockList, RestockRequest
from orders.waiting_list import asking, holding, showing, steering
from orders.waiting_list.letters import restock_outbox

from . import books, make
from .askers import asked, waiting

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
NOON = make.MONDAY.replace(hour=12, minute=0)
DEADLINE = NOON + 4 * HOUR


@pytest.fixture(autouse=True)
def is_open(settings):
    settings.RESTOCK_LIST, settings.SHOP_ADDRESS = True, "Harbor & Pine\nQuay 4\n20457 Hamburg"


def lamp(**fields):
    return make.product("LAMP", **fields)


def receive(thing, units, *, at=NOON):
    """A receipt by its use case: asked of nobody, so it is expected and received."""
    row = make.coming(thing, units, on=make.TODAY + timedelta(days=1), at=at)
    inbound.receive([inbound.Receipt(row.pk, units)], by=None, at=at)


def shelf(thing):
    return Stock.objects.values_list("on_hand", "allocated", "held", "available").get(product=thing)


def stands(*requests):
    """State and units held of each."""
    found = []
    for request in requests:
        row = RestockRequest.objects.get(pk=request.pk)
        found.append((row.state, sum(row.holds.values_list("units", flat=True))))
    return found


def told(at=NOON):
    """All letters leave, as the sender marks them."""
    RestockLetter.objects.filter(state="queued", due_at__lte=at).update(state="sent", sent_at=at)


def tick(at):
    return holding.expire(at=at), holding.close(at=at), holding.go_on(at=at)


# --- A wave ---------------------------------------------------------------------------


def test_half_of_a_receipt_is_held_in_the_order_of_asking_and_the_rest_is_on_sale():
    thing = lamp()
    first, second, third = waiting(thing, 2), waiting(thing, 4), waiting(thing, 1)

    receive(thing, 10)

    assert shelf(thing) == (10, 0, 5, 5)
    assert stands(first, second, third) == [("offered", 2), ("offered", 3), ("waiting", 0)]
    assert set(Hold.objects.values_list("until_at", "customer", "by")) == {(DEADLINE, None, None)}
    books.assert_balanced(at=NOON)


def test_lines_that_wait_are_served_before_the_list():
    thing = lamp()
    line = make.line(thing, 7)
    asker = waiting(thing, 5)

    receive(thing, 10)

    line.refresh_from_db()
    assert (line.allocated, stands(asker), shelf(thing)) == (7, [("offered", 1)], (10, 7, 1, 2))


def test_who_has_not_confirmed_is_offered_nothing():
    thing = lamp()
    asker = asked(thing)

    receive(thing, 10)

    assert (stands(asker), shelf(thing)) == ([("asked", 0)], (10, 0, 0, 10))


def test_in_shadow_nothing_is_kept_for_people_who_would_not_be_told(settings):
    thing = lamp()
    asker = waiting(thing, 5)
    settings.MAIL = "shadow"

    receive(thing, 10)

    assert holding.go_on(at=NOON) == 0
    assert (stands(asker), shelf(thing), RestockLetter.objects.count()) == ([("waiting", 0)], (10, 0, 0, 10), 1)
    with pytest.raises(steering.NothingToOffer, match="MAIL=shadow"):
        steering.send_now(thing.pk, at=NOON)
    assert "MAIL=shadow" in showing.why(RestockList.objects.get(), askers=1)


def test_what_is_on_sale_as_somebody_asks_stays_on_sale():
    thing = lamp()
    make.on_hand(thing, 6)
    asker = waiting(thing, 4)

    receive(thing, 4)

    assert (stands(asker), shelf(thing)) == ([("offered", 2)], (10, 0, 2, 8))


def test_what_was_split_is_not_split_again_by_whatever_happens_next():
    thing = lamp()
    asker, late = waiting(thing, 5), waiting(thing, 5)
    receive(thing, 10)

    make.order((thing, 1), at=NOON)
    holding.go_on(at=NOON)

    assert (stands(asker, late), shelf(thing)) == ([("offered", 5), ("waiting", 0)], (10, 1, 5, 4))


def test_what_comes_after_a_sale_is_split_whole():
    thing = lamp()
    asker, late = waiting(thing, 5), waiting(thing, 9)
    receive(thing, 10)
    make.order((thing, 5), at=NOON)

    receive(thing, 10)

    assert (stands(asker, late), shelf(thing)) == ([("offered", 5), ("offered", 5)], (20, 5, 10, 5))


def test_single_units_add_up_until_they_can_be_split():
    thing = lamp()
    asker = waiting(thing, 5)

    receive(thing, 1)
    one = stands(asker)
    receive(thing, 1)

    assert (one, stands(asker), shelf(thing)) == ([("waiting", 0)], [("offered", 1)], (2, 0, 1, 1))


def test_the_share_is_a_setting(settings):
    settings.WAVE_SHARE_PERCENT = 30
    thing = lamp()
    asker = waiting(thing, 90)

    receive(thing, 10)

    assert stands(asker) == [("offered", 3)]


def test_a_closed_list_offers_nothing(settings):
    thing = lamp()
    asker = waiting(thing, 9)
    settings.SHOP_ADDRESS = ""

    receive(thing, 10)

    assert (stands(asker), shelf(thing)) == ([("waiting", 0)], (10, 0, 0, 10))


def test_a_wave_comes_from_several_shelves():
    thing = lamp()
    there = make.warehouse("HAM", rank=2)
    asker, late = waiting(thing, 3), waiting(thing, 2)

    make.on_hand(thing, 4, at=NOON)
    make.on_hand(thing, 6, place=there, at=NOON)

    assert stands(asker, late) == [("offered", 2), ("offered", 2)]
    assert sorted(Hold.objects.values_list("stock__warehouse__code", "units")) == [("BER", 2), ("BER", 2)]
    books.assert_balanced(at=NOON)


def test_a_wave_that_is_too_big_for_one_transaction_goes_on_by_the_clock(monkeypatch):
    monkeypatch.setattr(offering, "MOST", 2)
    thing = lamp()
    askers = [waiting(thing) for _ in range(5)]

    receive(thing, 12)
    at_once = stands(*askers)
    made = holding.go_on(at=NOON)

    assert at_once == [("offered", 1)] * 2 + [("waiting", 0)] * 3
    assert (made, stands(*askers)) == (3, [("offered", 1)] * 5)
    assert (shelf(thing), RestockList.objects.get().on_sale) == ((12, 0, 5, 7), 7)


# --- An order takes its hold ------------------------------------------------------------


def test_an_order_of_the_address_takes_what_is_held_for_it():
    thing = lamp(backorder_policy=BackorderPolicy.NEVER)
    asker = waiting(thing, 3, email="Lena@Example.com")
    receive(thing, 6)
    make.order((thing, 3), at=NOON)  # what was on sale
    lena = make.customer(email="lena@example.com")

    order = make.order((thing, 3), who=lena, at=NOON)

    assert (order.lines.get().allocated, shelf(thing)) == (3, (6, 6, 0, 0))
    assert tick(NOON) == (0, 1, 0)
    assert stands(asker) == [("served", 0)]
    books.assert_balanced(at=NOON)


def test_an_order_of_another_address_does_not():
    thing = lamp()
    asker = waiting(thing, 3)
    receive(thing, 6)

    line = make.line(thing, 6, at=NOON)

    assert (line.allocated, line.backordered, stands(asker)) == (3, 3, [("offered", 3)])


def test_placing_sends_no_statement_more_where_no_product_has_a_list():
    thing, mug = lamp(), make.product("MUG")
    make.on_hand(thing, 9), make.on_hand(mug, 9)
    lena = make.customer()
    make.order((mug, 1), who=lena)

    def sent():
        with CaptureQueriesContext(
            connection,
        ) as seen:
            make.order((mug, 1), who=lena)
        return len(seen)

    before = sent()
    waiting(thing, 3)

    assert sent() == before


# --- The end of an offer ----------------------------------------------------------------


def test_an_offer_ends_at_its_deadline_and_not_before():
    thing = lamp()
    asker = waiting(thing, 5)
    receive(thing, 10)
    told()

    assert tick(DEADLINE - timedelta(seconds=1)) == (0, 0, 0)
    assert stands(asker) == [("offered", 5)]
    assert tick(DEADLINE) == (5, 1, 0)
    assert (stands(asker), shelf(thing)) == ([("lapsed", 0)], (10, 0, 0, 10))


def test_what_comes_back_goes_first_to_lines_backordered_since_and_is_split_again():
    thing = lamp()
    first, second = waiting(thing, 5), waiting(thing, 5)
    receive(thing, 10)
    told()
    line = make.line(thing, 6, at=NOON + HOUR)

    tick(DEADLINE)

    line.refresh_from_db()
    assert line.allocated == 6
    assert (stands(first, second), shelf(thing)) == ([("lapsed", 0), ("offered", 2)], (10, 6, 2, 2))
    books.assert_balanced(at=DEADLINE)


def test_who_was_never_told_keeps_the_place():
    thing = lamp()
    asker = waiting(thing, 5)
    receive(thing, 10)

    tick(DEADLINE)

    assert stands(asker) == [("offered", 2)]
    assert list(RestockLetter.objects.filter(kind="offer").order_by("number").values_list("number", flat=True)) == [
        1,
        2,
    ]


def test_the_letter_of_a_wave_that_is_over_tells_nobody_of_the_next():
    thing = lamp()
    asker = waiting(thing, 5)
    receive(thing, 10)
    tick(DEADLINE)

    late, new = RestockLetter.objects.filter(kind="offer").order_by("number")

    assert stands(asker) == [("offered", 2)]
    assert restock_outbox.compose(late, at=DEADLINE) is None
    assert restock_outbox.compose(new, at=DEADLINE).words.subject == "2 units of LAMP are kept for you"


@pytest.mark.parametrize(
    ("state", "intent_at", "becomes"),
    [
        ("sent", NOON, "lapsed"),
        ("in_doubt", NOON, "lapsed"),
        ("claimed", NOON, "lapsed"),  # its worker was killed as it sent: perhaps they were told
        ("claimed", None, "offered"),
        ("dead", None, "lapsed"),  # nobody can be told there: the list is not held up by it
        ("bounced", NOON, "lapsed"),
        ("queued", None, "offered"),
    ],
)
def test_who_may_have_been_told_is_never_offered_it_again(state, intent_at, becomes):
    thing = lamp()
    asker = waiting(thing, 5)
    receive(thing, 10)
    RestockLetter.objects.filter(kind="offer").update(state=state, intent_at=intent_at)

    tick(DEADLINE)

    assert stands(asker)[0][0] == becomes


def test_units_that_are_lost_are_lost_to_the_list_before_a_customer(django_user_model):
    thing, boss = lamp(), django_user_model.objects.create(username="boss")
    asker = waiting(thing, 3)
    receive(thing, 6)
    told()
    lena = make.customer()
    mine = holds.HoldDraft(thing.pk, make.warehouse().pk, lena.pk, 2, make.TODAY + timedelta(days=3), "called")
    kept = holds.hold(mine, by=boss, at=NOON)

    make.lost(thing, 3, at=NOON)

    kept.refresh_from_db()
    assert (kept.units, shelf(thing)) == (2, (3, 0, 3, 0))
    assert stands(asker) == [("offered", 1)]
    books.assert_balanced(at=NOON)


def test_who_lost_all_that_was_offered_waits_again():
    thing = lamp()
    asker = waiting(thing, 3)
    receive(thing, 6)
    told()

    make.lost(thing, 6, at=NOON)
    tick(NOON)

    assert stands(asker) == [("waiting", 0)]


def test_who_leaves_gives_back_what_was_held():
    thing = lamp()
    first, second = waiting(thing, 4), waiting(thing, 4)
    receive(thing, 8)

    asking.leave(first.pk, at=NOON)
    asking.leave(first.pk, at=NOON)

    assert (stands(first, second), shelf(thing)) == ([("left", 0), ("offered", 2)], (8, 0, 2, 6))
    books.assert_balanced(at=NOON)


# --- Told once --------------------------------------------------------------------------


def test_an_offer_is_told_by_day_and_says_what_is_kept():
    thing = lamp()
    asker = waiting(thing, 4)
    night = NOON.replace(hour=21)
    receive(thing, 6, at=night)
    letter = RestockLetter.objects.get(kind="offer")
    morning = NOON.replace(hour=8) + timedelta(days=1)

    assert letter.due_at == morning
    words = restock_outbox.compose(letter, at=morning).words
    assert words.subject == "3 units of LAMP are kept for you"
    assert (
        "LAMP is back, and 3 units are kept for you until Tuesday, March 3 at 12:00 (UTC). You asked for 4 units"
        in words.text
    )
    assert "Quay 4" in words.text
    assert restock_outbox.compose(letter, at=morning + 4 * HOUR - timedelta(minutes=30)) is None
    assert stands(asker) == [("offered", 3)]


# --- Waves that hold nothing --------------------------------------------------------------


@pytest.fixture
def holds_nothing(settings):
    settings.WAVES_HOLD = False


def offer_letter(asker):
    return RestockLetter.objects.filter(request=asker, kind="offer").latest("number")


def test_without_holds_all_is_on_sale_and_so_many_are_told_as_are_likely_to_order_a_share(holds_nothing):
    thing = lamp()
    askers = [waiting(thing, 4) for _ in range(9)]

    receive(thing, 4)  # half of it is what five of them order, one in ten of whom takes four

    assert (shelf(thing), Hold.objects.count()) == ((4, 0, 0, 4), 0)
    assert stands(*askers) == [("offered", 0)] * 5 + [("waiting", 0)] * 4
    words = restock_outbox.compose(offer_letter(askers[0]), at=NOON).words
    assert words.subject == "LAMP is back, while it lasts"
    assert "Nothing is kept for you: who orders first has it." in words.text
    books.assert_balanced(at=NOON)


def test_nobody_is_told_of_what_is_sold_by_then_and_keeps_the_place(holds_nothing):
    thing = lamp()
    asker = waiting(thing, 1)
    receive(thing, 2)
    make.order((thing, 2), at=NOON)

    assert restock_outbox.compose(offer_letter(asker), at=NOON) is None
    RestockLetter.objects.filter(kind="offer").update(state="superseded")
    tick(NOON)

    assert stands(asker) == [("waiting", 0)]


def test_at_its_end_who_ordered_is_served_and_the_next_are_told_of_what_is_left(holds_nothing):
    thing = lamp()
    askers = [waiting(thing, 4, email=f"{name}@example.com") for name in "abcdefg"]
    receive(thing, 4)
    told()
    make.order((thing, 1), who=make.customer(email="B@example.com"), at=NOON)

    before = (tick(DEADLINE - timedelta(seconds=1)), stands(*askers[:2]))
    tick(DEADLINE)

    assert before == ((0, 0, 0), [("offered", 0), ("offered", 0)])
    assert [state for state, _ in stands(*askers)] == ["lapsed", "served", *["lapsed"] * 3, *["offered"] * 2]
    assert (shelf(thing), Hold.objects.count()) == ((4, 1, 0, 3), 0)


def test_the_take_up_is_learned_from_who_was_told():
    thing = lamp()
    guess = offering.take_up()
    rows = [waiting(thing) for _ in range(20)]
    RestockRequest.objects.filter(pk__in=[row.pk for row in rows[:18]]).update(state="served")
    RestockRequest.objects.filter(pk__in=[row.pk for row in rows[18:]]).update(state="lapsed")

    assert (guess, offering.take_up()) == (0.1, 0.5)


# --- Demand -----------------------------------------------------------------------------


def demand():
    return sorted(DemandEntry.objects.values_list("source", "units"))


def test_a_request_is_demand_once_and_the_order_it_leads_to_no_second_one():
    thing = lamp()
    asker = waiting(thing, 3, email="lena@example.com")
    asked(thing, 9)
    make.warehouse()
    demand_feed.feed(at=NOON)
    alone = demand()
    receive(thing, 8)
    make.order((thing, 2), who=make.customer(email="lena@example.com"), at=NOON)
    told()
    tick(DEADLINE)

    demand_feed.feed(at=DEADLINE)

    assert (alone, demand()) == ([("restock", 3)], [("orders", 2), ("restock", 1)])
    assert stands(asker) == [("served", 0)]


def test_who_buys_without_the_offer_is_demand_once():
    thing, other = lamp(), make.product("MUG")
    waiting(thing, 3, email="lena@example.com")
    make.warehouse()
    lena = make.customer(email="Lena@example.com")
    make.order((thing, 1), (other, 7), who=lena, at=make.MONDAY - HOUR)  # before they asked
    demand_feed.feed(at=NOON)
    before = demand()

    make.order((thing, 2), who=lena, at=NOON)
    make.order((thing, 5), at=NOON)  # somebody else
    demand_feed.feed(at=NOON + HOUR)

    assert before == [("orders", 1), ("orders", 7), ("restock", 3)]
    assert demand() == [("orders", 1), ("orders", 2), ("orders", 5), ("orders", 7), ("restock", 1)]


def test_what_is_ordered_after_the_request_ended_is_demand_of_its_own():
    thing = lamp()
    asker = waiting(thing, 3, email="lena@example.com")
    make.warehouse()
    asking.leave(asker.pk, at=NOON)

    make.order((thing, 2), who=make.customer(email="lena@example.com"), at=NOON + HOUR)
    demand_feed.feed(at=DEADLINE)

    assert demand() == [("orders", 2), ("restock", 3)]
