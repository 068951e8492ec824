"""The customer's own page of an order: what it shows, what it does, and that it does it once."""

import random
import string
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from inventory.models import Inbound
from orders import fulfillment, shipping
from orders.fulfillment.afterwards import parcels
from orders.models import (
    Channel,
    Consent,
    EventKind,
    LineEvent,
    Notice,
    NoticeKind,
    NoticeLine,
    Order,
    OrderEvent,
    OrderEventKind,
    OrderLine,
    PageAct,
    PageActKind,
    Shipment,
)
from orders.pages import withdrawing
from orders.pages.standing import KEPT
from orders.tests import make
from orders.tests.pages import address, carried, database, decide, look, preview, text
from orders.wording import links

pytestmark = pytest.mark.django_db
NOW = make.MONDAY + timedelta(hours=2)
NONE_YET = ", no date yet"
TOLD = {
    "backordered": f"2 × Pier floor lamp to come{NONE_YET}",
    "lost": f"2 × Pier floor lamp to come after all{NONE_YET}",
    "new_date": f"2 × Pier floor lamp new date{NONE_YET}",
    "restocked": f"0 × Pier floor lamp here for you{NONE_YET}",
    "shipped": "2 × Pier floor lamp shipped",
    "canceled": "2 × Pier floor lamp canceled",
    "substituted": "2 × Pier floor lamp replaced",
    "not_left": "2 × Pier floor lamp not left yet after all",
    "parcel_lost": "2 × Pier floor lamp lost on its way",
    "exchanged": "2 × Pier floor lamp exchanged",
    "returned": "2 × Pier floor lamp came back to us",
    "corrected": "2 × Pier floor lamp another tracking number",
    "address": "we asked for your address",
    "offered": "another product offered",
    "late": f"2 × Pier floor lamp late{NONE_YET}",
}
ACTS = ("agree", "now", "together", "cancel", "ask", "address", "hears", "offer")
HOME = {"name": "Lena Ortiz", "street": "Elm Street 4", "city": "Springfield", "postal_code": "12345", "country": "DE"}


@pytest.fixture(autouse=True)
def _monday() -> Iterator[None]:
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def boss() -> User:
    return User.objects.create(username="boss")


def waiting(**fields: Any) -> Order:
    """Of 11 lamps 9 are here; the other 2 come on March 20, which is later than was said."""
    lamp = make.product(name="Pier floor lamp")
    make.on_hand(lamp, 9)
    lorry = make.coming(lamp, 40, on=make.TODAY + timedelta(days=7))
    order = make.order((lamp, 11), reference="HP-6807", **fields)
    make.moved(lorry, make.TODAY + timedelta(days=18), at=make.MONDAY + timedelta(hours=1))
    return order


def line(order: Order) -> OrderLine:
    return OrderLine.objects.get(order=order, position=1)


def shipped(order: Order, units: int, carrier: str = "GLS", tracking: str = "9") -> None:
    fulfillment.ship(
        [fulfillment.LineUnits(line(order).pk, units)], carrier=carrier, tracking=tracking, by=None, at=NOW
    )


# --- what it shows ----------------------------------------------------------------------------


def test_it_says_what_was_bought_what_is_here_what_is_to_come_and_when():
    said = text(look(waiting()))

    assert "Your order HP-6807 placed on March 2, 2026" in said
    assert "Pier floor lamp · 11 Here9, set aside for you To come2, by March 23" in said
    assert "Is the new date all right? Yes, I will wait" in said
    assert "At first we said by March 10. We are sorry." in said
    assert "Cancel the 2 that are missing…" in said


def test_who_is_told_that_there_is_no_date_any_more_is_asked_of_none():
    order = waiting()
    make.moved(Inbound.objects.get(), None, at=NOW)

    said = text(look(order))

    assert "At first we said by March 10. We are sorry. Will you wait without a date? Yes, I will wait" in said
    assert "Is the new date all right?" not in said
    assert "Your order HP-6807 Will you wait without a date?" in text(look(order, "agree"))


def test_what_left_is_shown_with_the_page_of_its_carrier():
    order = waiting()
    shipped(order, 4, carrier="UPS", tracking="1Z 999 AA1")

    answer = look(order)

    assert "Sent4UPS 1Z 999 AA1 Here5" in text(answer)
    assert b'href="https://www.ups.com/track?tracknum=1Z999AA1"' in answer.content


def test_a_parcel_that_was_lost_is_followed_by_no_number():
    order = waiting()
    shipped(order, 4, tracking="1")
    shipped(order, 3, tracking="2")
    for number, lost in (("1", 4), ("2", 1)):
        parcel = Shipment.objects.get(tracking=number)
        parcels.lose(parcel.pk, {parcel.lines.get().pk: lost}, reason="gone", by=None, at=NOW)

    said = text(look(order))

    assert "Sent2GLS 2 Here2" in said
    assert "GLS 1" not in said


@pytest.mark.parametrize("kind", [kind for kind in NoticeKind if kind != NoticeKind.NOTED])
def test_every_mail_that_told_something_of_it_is_named(kind):
    order = waiting()
    mailed = Notice.objects.create(
        customer=order.customer, kind=kind, cause="x:1", state="sent", sent_at=NOW, due_at=NOW, created_at=NOW
    )
    NoticeLine.objects.create(notice=mailed, order=order, line=line(order), kind=kind, event="x:1", units=2, waiting=2)

    said = text(look(order))

    assert f"What we told you March 2 · {TOLD[kind]}" in said


def test_a_mail_of_what_left_is_named_with_what_it_said_of_the_rest():
    order = waiting()
    mailed = Notice.objects.create(
        customer=order.customer, kind="shipped", cause="x:1", state="sent", sent_at=NOW, due_at=NOW, created_at=NOW
    )
    of = {"notice": mailed, "order": order, "line": line(order), "kind": "shipped", "units": 9, "waiting": 2}
    fact = NoticeLine.objects.create(**of, event="x:1", told_waiting=2, told_date=make.TODAY + timedelta(days=21))

    assert "March 2 · 9 × Pier floor lamp shipped, 2 to come, by March 23" in text(look(order))

    NoticeLine.objects.filter(pk=fact.pk).update(told_date=None)
    assert "March 2 · 9 × Pier floor lamp shipped, 2 to come, no date yet" in text(look(order))
    NoticeLine.objects.filter(pk=fact.pk).update(told_waiting=0)
    assert "March 2 · 9 × Pier floor lamp shipped " in text(look(order)).replace(" Questions", " ")


def test_thousands_are_readable_and_the_bar_is_as_long_as_what_was_ordered():
    lamp = make.product(name="Lamp")
    make.on_hand(lamp, 1_000)
    make.coming(lamp, 9_000, on=make.TODAY + timedelta(days=9))
    order = make.order((lamp, 4_000))
    shipped(order, 1_000)

    answer = look(order)

    assert "Lamp · 4,000 Sent1,000GLS 9 To come3,000" in text(answer)
    assert b'class="sent" x="0.00" y="0" width="25.00"' in answer.content
    assert b'class="coming" x="25.00" y="0" width="75.00"' in answer.content
    assert "Cancel the 3,000 that are missing…" in text(answer)


def test_it_is_not_kept_not_indexed_and_tells_nobody_where_it_was():
    answer = look(waiting())

    assert answer["Cache-Control"] == "no-store, private"
    assert answer["X-Robots-Tag"] == "noindex, nofollow, noarchive"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert not answer.cookies
    assert b"<script" not in answer.content
    assert b"style=" not in answer.content


def test_it_says_nothing_of_other_customers_or_of_stock_that_is_not_theirs():
    lamp = make.product(name="Pier floor lamp")
    make.on_hand(lamp, 977)
    make.order((lamp, 977), reference="OTHER-1", who=make.customer("Max Muster"))
    for _ in range(3):
        make.line(lamp, 55)
    order = make.order((lamp, 1), reference="MINE-1")

    said = text(look(order))

    assert not [word for word in ("977", "55", "OTHER", "Muster", "fourth", "line") if word in said]


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("shipped", "Nothing of your order HP-6807 is open: all has shipped."),
        ("canceled", "Nothing of your order HP-6807 is open: all was canceled."),
        ("stopped", "Your order HP-6807 is stopped for now: nothing of it ships until it goes on."),
        ("unpaid", "Your order HP-6807 is not paid yet: all of it is kept for you until"),
        ("late", "we said by March 18, and that day has passed"),
    ],
)
def test_every_state_is_said(state, words, boss):
    lamp = make.product(name="Pier floor lamp")
    make.on_hand(lamp, 3 if state != "late" else 1)
    if state == "late":
        make.coming(lamp, 40, on=make.TODAY + timedelta(days=15))
    order = make.order((lamp, 3), reference="HP-6807", is_unpaid=True if state == "unpaid" else None)
    own = [fulfillment.LineUnits(line(order).pk, 3)]
    match state:
        case "shipped":
            shipped(order, 3)
        case "canceled":
            fulfillment.cancel(own, reason="No", by=None, at=NOW)
        case "stopped":
            fulfillment.stop(order.pk, fulfillment.Stop("fraud", boss.pk), by=boss, at=NOW)

    with time_machine.travel(NOW + timedelta(days=25 if state == "late" else 0), tick=False):
        assert words in text(look(order))


def test_a_page_of_many_lines_takes_no_more_questions_than_one_of_few(django_assert_max_num_queries):
    things = [make.product(name=f"Thing {number}") for number in range(60)]
    few, many = make.order((things[0], 2)), make.order(*((thing, 2) for thing in things))

    for order in (few, many):
        path = address(order)
        with django_assert_max_num_queries(8):
            assert Client().get(path).status_code == 200


# --- links ------------------------------------------------------------------------------------


def test_a_mail_carries_the_link_of_each_order_it_tells_of():
    who = make.customer()
    lamp = make.product()
    orders = [make.order((lamp, 2), who=who) for _ in range(2)]

    for order in orders:
        [notice] = Notice.objects.filter(lines__order=order)
        words = notices_preview(notice)
        assert links.url(order) in words.text
        assert links.url(order) in words.html
        assert [links.url(other) in words.text for other in orders if other != order] == [False]


def notices_preview(notice: Notice) -> Any:
    from orders.mail import notices  # noqa: PLC0415  (only here)

    return notices.preview(notice, at=NOW)


def test_of_200_links_with_a_sign_changed_none_opens_anything():
    order = waiting()
    token = links.token(order)
    dice = random.Random(17)
    signs = string.ascii_letters + string.digits + "-_."

    for _ in range(200):
        place = dice.randrange(len(token))
        other = dice.choice([sign for sign in signs if sign != token[place]])
        answer = Client().get(f"{links.PATH}{token[:place]}{other}{token[place + 1 :]}/")
        assert answer.status_code == 404
        assert "HP-6807" not in text(answer)


@pytest.mark.parametrize("token", ["a", "a1-0", "b1-0.x", "x" * 5000, "a-.", "a1-0." + "a" * 43, "ä1", "a1-0\u0660.x"])
def test_what_is_no_link_opens_nothing(token):
    waiting()

    assert Client().get(f"{links.PATH}{token}/").status_code == 404


def test_a_link_of_one_order_shows_nothing_of_another():
    who = make.customer()
    lamp, chair = make.product(name="Lamp"), make.product(name="Chair")
    first, second = make.order((lamp, 2), who=who, reference="A-1"), make.order((chair, 3), who=who, reference="B-2")

    assert "Chair" not in text(look(first))
    assert "B-2" not in text(look(first))
    assert links.token(first) != links.token(second)


def test_withdrawn_links_open_nothing_and_the_next_one_does(boss):
    order = waiting()
    before = address(order)

    withdrawing.withdraw(order.pk, reason="The mail went to somebody else", by=boss, at=NOW)

    assert Client().get(before).status_code == 410
    assert "HP-6807" not in text(Client().get(before))
    assert Client().get(f"{before}ask/").status_code == 410
    assert look(order).status_code == 200
    assert OrderEvent.objects.get(kind=OrderEventKind.LINKS).by == boss


@pytest.mark.parametrize("refused", ["withdrawn", "picked", "often"])
def test_what_was_typed_is_shown_again_where_its_form_cannot_be(refused, boss):
    order = waiting()
    act, typed = ("address", HOME) if refused == "picked" else ("ask", {"question": "Is it <b>blue</b>?\nOr red?"})
    there, sent = address(order, act), {**carried(preview(order, act, **typed)), **typed, "do": "1"}
    match refused:
        case "withdrawn":
            withdrawing.withdraw(order.pk, reason="Mistaken", by=boss, at=NOW)
        case "picked":
            shipping.make(order.warehouse_id, [order.pk], by=boss, at=NOW)
        case "often":
            for _ in range(60):
                look(order)

    answer = Client().post(there, sent)

    assert (answer.status_code, PageAct.objects.count()) == (
        {"withdrawn": 410, "picked": 409, "often": 429}[refused],
        0,
    )
    words = (
        "Lena Ortiz<br>Elm Street 4<br>12345" if refused == "picked" else "Is it &lt;b&gt;blue&lt;/b&gt;?<br>Or red?"
    )
    assert words in answer.content.decode()
    assert "It was not sent. Please copy it if you still need it." in text(answer)
    assert b"What you typed" not in Client().post(f"{links.PATH}1.x/{act}/", sent).content


def test_another_address_is_asked_for_in_lines_of_its_own():
    order = waiting()

    said = text(preview(order, "address", **HOME | {"name": "Lena\r\nBcc: all@example.com", "city": "S\u202epring"}))

    assert "to: Lena Bcc: all@example.com, Elm Street 4, 12345 SPRING, GERMANY." in said


@pytest.mark.parametrize(
    ("act", "typed"), [("address", HOME | {"street": "\u202e"}), ("ask", {"question": "\u202e\u200b"})]
)
def test_what_cannot_be_seen_says_nothing(act, typed):
    answer = decide(waiting(), act, **typed)

    assert answer.status_code == 409
    assert not PageAct.objects.exists()


@pytest.mark.parametrize(
    ("is_unpaid", "given", "said"),
    [
        (False, "", True),
        (False, "We pay back\nwithin a week.", False),
        (True, "We pay back within a week.", False),
    ],
)
def test_what_is_said_of_money_before_a_cancellation_is_true(is_unpaid, given, said, settings):
    settings.CANCELED_MONEY = given
    order = waiting()
    Order.objects.update(is_unpaid=is_unpaid)

    words = text(preview(order, "cancel", **{"keep-1": "9"}))

    assert ("the mail that confirms this says what goes back to you, and by when." in words) is said
    assert ("We pay back within a week." in words) is (bool(given) and not is_unpaid)


@pytest.mark.parametrize(("late", "status"), [(timedelta(), 200), (timedelta(seconds=1), 410)])
def test_a_link_ends_thirty_days_after_the_last_parcel(late, status):
    lamp = make.product()
    make.on_hand(lamp, 1)
    order = make.order((lamp, 1))
    shipped(order, 1)

    with time_machine.travel(NOW + KEPT + late, tick=False):
        assert look(order).status_code == status
        assert look(order, "ask").status_code == status


def test_a_link_lasts_for_what_is_canceled_long_after_a_first_parcel():
    order = waiting()
    shipped(order, 9)
    canceled_at = NOW + KEPT + timedelta(days=10)

    with time_machine.travel(canceled_at, tick=False):
        said = text(decide(order, "cancel", **{"keep-1": "0"}))
    statuses = []
    for late in (timedelta(0), timedelta(seconds=1)):
        with time_machine.travel(canceled_at + KEPT + late, tick=False):
            statuses.append(look(order).status_code)

    assert "Canceled: 2 × Pier floor lamp." in said
    assert statuses == [200, 410]


def test_a_link_does_not_end_while_something_waits():
    order = waiting()
    shipped(order, 9)

    with time_machine.travel(NOW + timedelta(days=400), tick=False):
        assert look(order).status_code == 200


def test_a_link_that_is_opened_very_often_waits_a_minute():
    order = waiting()

    codes = [look(order).status_code for _ in range(61)]

    assert codes == [200] * 60 + [429]
    with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
        assert look(order).status_code == 200


def test_no_log_has_a_link_whatever_is_answered(boss, caplog):
    order = waiting()
    path, token = address(order), links.token(order)
    client = Client()

    codes = [
        client.get(path).status_code,
        client.get(f"{path[:-3]}x/").status_code,
        client.put(path).status_code,
        client.post(f"{path}cancel/", {"do": "1"}).status_code,
    ]
    withdrawing.withdraw(order.pk, reason="x", by=boss, at=NOW)
    codes.append(client.get(path).status_code)

    assert codes == [200, 404, 405, 409, 410]
    assert "/your-order/…/" in caplog.text
    assert token[:-3] not in caplog.text


@pytest.mark.proof
def test_to_look_changes_nothing_whatever_is_looked_at():
    order = waiting(is_ship_complete=True)
    before = database()

    for act in ("", *ACTS, "nothing"):
        cache.clear()
        typed = ({"keep-1": "3"}, {"question": "Why?"}, HOME, {"hears": "later"})
        for query in ({}, *typed, {"do": "1", "seen": "1-x"}, {"done": "1"}):
            assert look(order, act, **query).status_code in (200, 302)
            assert Client().head(address(order, act), query).status_code in (200, 302)
    for act in ACTS:
        assert preview(order, act, **{"keep-1": "3", "question": "Why?", "hears": "later", **HOME}).status_code == 200

    assert database() == before


# --- what it does -----------------------------------------------------------------------------


def test_a_customer_who_agrees_is_noted_with_the_promise_they_agreed_to():
    order = waiting()
    newest = line(order).promises.order_by("-pk")[0]

    said = text(decide(order, "agree"))

    [consent] = Consent.objects.all()
    assert (consent.line, consent.promise, consent.until_date, consent.at) == (
        line(order),
        newest,
        newest.promised_date,
        NOW,
    )
    assert "Thank you. You will wait for 2 × Pier floor lamp, to ship by March 23." in said
    assert "Is the new date all right?" not in said
    [event] = OrderEvent.objects.filter(kind=OrderEventKind.BY_PAGE)
    assert (event.by, event.text) == (None, "You will wait for 2 × Pier floor lamp, to ship by March 23.")


def test_who_agreed_is_asked_again_only_of_a_later_day():
    order = waiting()
    decide(order, "agree")
    lorry = line(order).allocations.get(inbound__isnull=False).inbound

    make.moved(lorry, make.TODAY + timedelta(days=12), at=NOW)
    assert "There is no new date to agree to" in text(look(order, "agree"))
    make.moved(lorry, make.TODAY + timedelta(days=40), at=NOW)
    assert "Yes, I will wait" in text(look(order, "agree"))


def test_what_is_here_ships_by_itself_when_they_ask():
    lamp, chair = make.product(name="Lamp"), make.product(name="Chair")
    make.on_hand(chair, 3)
    make.coming(lamp, 40, on=make.TODAY + timedelta(days=1))
    order = make.order((lamp, 2), (chair, 3), is_ship_complete=True)

    shown = text(look(order, "now"))
    said = text(decide(order, "now"))

    assert "What is here ships by itself, as soon as it is packed: 3 × Chair." in shown
    assert "The rest follows when it comes: 2 × Lamp." in shown
    assert "Thank you. What is here ships now, and the rest follows when it comes." in said
    assert not Order.objects.get(pk=order.pk).is_ship_complete


def test_all_ships_together_when_they_ask_and_back():
    order = waiting()

    said = text(decide(order, "together"))

    assert Order.objects.get(pk=order.pk).is_ship_complete
    assert "Thank you. All that is still to ship goes together" in said
    assert PageAct.objects.get().kind == PageActKind.TOGETHER


def test_a_part_is_canceled_as_it_was_shown_and_a_mail_confirms_it():
    order = waiting()

    shown = text(look(order, "cancel", **{"keep-1": "9"}))
    said = text(decide(order, "cancel", **{"keep-1": "9"}))

    assert "2 × Pier floor lamp are canceled; 9 still come." in shown
    assert "Thank you. Canceled: 2 × Pier floor lamp." in said
    assert (line(order).canceled, line(order).open) == (2, 9)
    assert NoticeLine.objects.filter(order=order, kind=NoticeKind.CANCELED, units=2).count() == 1
    event = LineEvent.objects.get(kind=EventKind.CANCELED)
    assert (event.units, event.text, event.by) == (2, "asked for on the page of the order", None)


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        ({"keep-1": "0"}, "2 × Lamp are canceled; 5 ordered in another line still come."),
        ({"keep-1": "1"}, "1 × Lamp is canceled; 1 of this line and 5 ordered in another line still come."),
        ({"keep-1": "0", "keep-3": "1"}, "2 × Lamp are canceled; 1 ordered in another line still comes."),
        ({"keep-1": "0", "keep-3": "0"}, "5 × Lamp are canceled. All of it: nothing more of it comes."),
    ],
)
def test_what_another_line_of_the_product_brings_is_said_before_one_is_canceled(kept, said):
    lamp, mug = make.product("LAMP", name="Lamp"), make.product("MUG", name="Mug")
    order = make.order((lamp, 2), (mug, 3), (lamp, 5))

    assert said in text(preview(order, "cancel", **kept))


def test_all_is_canceled():
    order = waiting()

    assert "nothing more of it comes." in text(preview(order, "cancel", **{"keep-1": "0"}))
    decide(order, "cancel", **{"keep-1": "0"})

    assert line(order).open == 0
    assert "Nothing of your order HP-6807 is open: all was canceled." in text(look(order))


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("1000000000", "Only 11 are still to ship: here you can take fewer, not more."),
        ("12", "Only 11 are still to ship: here you can take fewer, not more."),
        ("-1", "Enter 0 or more."),
        ("9" * 400, "Only 11 are still to ship: here you can take fewer, not more."),
        ("9" * 5000, "Enter a whole number from 0 to 11."),
        ("two", "Enter a whole number from 0 to 11."),
        ("1.5", "Enter a whole number from 0 to 11."),
        ("11", "This would cancel nothing."),
        ("", "This would cancel nothing."),
    ],
)
def test_a_quantity_that_cannot_be_is_refused_in_words(typed, words):
    order = waiting()

    assert words in text(preview(order, "cancel", **{"keep-1": typed}))
    sent = {"seen": carried(look(order, "cancel", **{"keep-1": "9"}))["seen"], "keep-1": typed, "do": "1"}
    answer = Client().post(address(order, "cancel"), sent)

    assert answer.status_code == 409
    assert words in text(answer)
    assert (line(order).open, PageAct.objects.count()) == (11, 0)


def test_where_the_channel_does_not_let_them_they_ask():
    order = waiting()
    Channel.objects.create(name="Shop", customers_may_cancel=False)

    assert "To cancel something of this order, please ask us" in text(look(order, "cancel"))
    assert "Cancel" not in text(look(order))


def test_what_is_picked_is_not_canceled_there_and_the_rest_is(boss):
    order = waiting()
    shipping.make(order.warehouse_id, [order.pk], by=boss, at=NOW)

    form = text(look(order, "cancel"))
    said = text(preview(order, "cancel", **{"keep-1": "8"}))
    decide(order, "cancel", **{"keep-1": "9"})

    assert "11 are still to ship, 9 of them picked already. 9 is the fewest. Show what this does" in form
    assert "9 of them picked already: 9 or more." in said
    assert "Being packed9 of them" in text(look(order))
    assert (line(order).canceled, line(order).allocated) == (2, 9)
    assert "Some of it is being packed" in text(look(order, "cancel"))
    assert "Some of it is being packed" in text(look(order, "address"))


def test_the_form_says_that_nothing_need_be_kept_where_nothing_is_picked():
    assert "11 are still to ship. 0 cancels all. Show what this does" in text(look(waiting(), "cancel"))


def test_what_is_picked_while_they_look_is_not_canceled_by_an_old_page(boss):
    order = waiting()
    sent = {**carried(look(order, "cancel", **{"keep-1": "0"})), "do": "1"}
    shipping.make(order.warehouse_id, [order.pk], by=boss, at=NOW)

    answer = Client().post(address(order, "cancel"), sent)

    assert (answer.status_code, line(order).canceled, PageAct.objects.count()) == (409, 0, 0)
    assert "9 of them picked already: 9 or more." in text(answer)


def test_a_question_is_kept_with_their_words():
    order = waiting()

    said = text(decide(order, "ask", question="Can it come on a Saturday?\nThank you"))

    [asked] = PageAct.objects.all()
    assert (asked.kind, asked.text) == (PageActKind.ASKED, "Asked: Can it come on a Saturday?\nThank you")
    assert "Asked: Can it come on a Saturday?" in said


@pytest.mark.parametrize("question", ["", "   ", "x" * 2001, "a\x00b"])
def test_a_question_that_cannot_be_is_not_asked(question):
    answer = preview(waiting(), "ask", question=question)

    assert answer.status_code == 200
    assert "This will happen" not in text(answer)


def test_another_address_is_asked_for_and_moves_nothing_by_itself():
    order = waiting()

    said = text(decide(order, "address", **HOME))

    [asked] = PageAct.objects.all()
    assert asked.kind == PageActKind.ADDRESS
    assert {name: asked.address[name] for name in HOME} == HOME
    assert "Asked to send it to Lena Ortiz, Elm Street 4, 12345 SPRINGFIELD, GERMANY." in said
    assert not hasattr(Order.objects.get(pk=order.pk), "ship_to")


# --- once -------------------------------------------------------------------------------------

TYPED = {"cancel": {"keep-1": "9"}, "ask": {"question": "Why?"}, "address": HOME, "hears": {"hears": "later"}}


@pytest.mark.parametrize("act", ["agree", "together", "cancel", "ask", "address", "hears"])
def test_what_is_sent_twice_is_done_once_and_answered_alike(act):
    order = waiting()
    sent = {**carried(preview(order, act, **TYPED.get(act, {}))), "do": "1"}

    first = Client().post(address(order, act), sent)
    after = database()
    second = Client().post(address(order, act), sent)

    assert (first.status_code, second.status_code) == (303, 303)
    assert first["Location"] == second["Location"]
    assert database() == after
    assert PageAct.objects.count() == 1


def test_of_two_answers_from_one_state_the_second_is_shown_how_it_stands_now():
    order = waiting()
    cancel = {**carried(look(order, "cancel", **{"keep-1": "9"})), "do": "1"}

    decide(order, "agree")
    answer = Client().post(address(order, "cancel"), cancel)

    assert answer.status_code == 409
    assert "Something has changed since you opened this page, so nothing was done just now." in text(answer)
    assert "2 × Pier floor lamp are canceled; 9 still come." in text(answer)
    assert line(order).open == 11
    again = Client().post(address(order, "cancel"), {**carried(answer), "do": "1"})
    assert (again.status_code, line(order).open) == (303, 9)


def test_an_answer_after_it_has_shipped_does_nothing_and_says_so():
    order = waiting()
    sent = {**carried(look(order, "cancel", **{"keep-1": "0"})), "do": "1"}
    make.counted(line(order).product, 11, at=NOW)
    shipped(order, 11)

    answer = Client().post(address(order, "cancel"), sent)

    assert answer.status_code == 409
    assert "Nothing of your order HP-6807 is open: all has shipped." in text(answer)
    assert (line(order).canceled, PageAct.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("stopped", "This order is stopped for now. Please ask us what can be done."),
        ("unpaid", "This order is not paid yet, so it has no date."),
    ],
)
def test_who_agrees_to_a_day_of_an_order_that_stopped_since_reads_that_it_did(state, words, boss):
    order = waiting(channel="Bank", is_unpaid=state == "unpaid")
    sent = {**carried(look(order, "agree")), "do": "1"}
    if state == "stopped":
        fulfillment.stop(order.pk, fulfillment.Stop("fraud", boss.pk), by=boss, at=NOW)
    else:
        fulfillment.release_due(at=NOW)

    answer = Client().post(address(order, "agree"), sent)

    assert (answer.status_code, PageAct.objects.count(), Consent.objects.count()) == (409, 0, 0)
    assert f"{words} Back to your order" in text(answer)


@pytest.mark.parametrize("seen", ["", "x", "0-abc", "2-abc", "1-", "99999999999-x", "-1", "1" * 400, "٣-x"])
def test_a_page_that_was_never_shown_decides_nothing(seen):
    order = waiting()

    answer = Client().post(address(order, "cancel"), {"seen": seen, "keep-1": "9", "do": "1"})

    assert answer.status_code == 409
    assert (line(order).open, PageAct.objects.count()) == (11, 0)


def test_an_act_is_kept_with_the_newest_mail_that_had_left():
    order = waiting()
    [notice] = Notice.objects.filter(lines__order=order)[:1]
    Notice.objects.filter(pk=notice.pk).update(state="sent", sent_at=NOW - timedelta(hours=1))

    decide(order, "agree")

    assert PageAct.objects.get().notice == notice
