"""What a mail says beside its news: all of a new order, why it is later, the money, how answers are sorted."""

from datetime import date, timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.models import Product
from inventory.supply import inbound
from orders import fulfillment
from orders.fulfillment import LineUnits
from orders.mail import calls, letters, notices
from orders.models import Notice, NoticeKind, Order, OrderLine
from orders.promising import by_hand
from orders.queue import ordering
from orders.tests import mailbox, make
from orders.wording import links

pytestmark = pytest.mark.django_db
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
ANNOUNCED = "A delivery to us does not come as it was announced."
LONGER = "A delivery to us takes longer than we had reckoned."
FEWER = "When we counted our shelf, fewer were there than we had noted."
DAMAGED = "Units in our warehouse were damaged or lost."
ARRIVED_DAMAGED = "Units of a delivery to us arrived damaged."


def sent(after: timedelta = MINUTE) -> str:
    """The text of the one mail that leaves now."""
    mail.outbox.clear()
    notices.send_due(at=make.MONDAY + after)
    [only] = mail.outbox
    return str(only.body)


def new_order(**fields):
    """Of one order: a lamp that is here, chairs of which some are, and a table that waits."""
    lamp, chair, table = (make.product(sku, name=sku.title()) for sku in ("LAMP", "CHAIR", "TABLE"))
    make.on_hand(lamp, 1)
    make.on_hand(chair, 2)
    for thing, days in ((chair, 10), (table, 20)):
        make.coming(thing, 9, on=make.TODAY + days * DAY)
    return make.order((lamp, 1), (chair, 5), (table, 2), who=make.customer("Ada"), reference="SO-1", **fields)


def test_the_first_mail_says_of_every_line_of_the_order_what_comes_when():
    order = new_order()

    assert sent() == (
        "Hello Ada,\n\n"
        "Thank you for your order. Not all of it is here yet, and we want you to know when it will be.\n\n"
        "Order SO-1\n\n"
        "- Lamp (LAMP)\n"
        "  It is here. We expect to ship it by March 3.\n\n"
        "- Chair (CHAIR)\n"
        "  2 of your 5 are here, 3 will follow. We expect to ship the other 3 by March 13.\n\n"
        "- Table (TABLE)\n"
        "  Your 2 are not here yet and will follow. We expect to ship them by March 24.\n\n"
        "What is here leaves first, the rest when it has arrived.\n\n"
        f"How it stands, and what you can change: {links.url(order)}\n\n"
        "You need not do anything. To change or cancel what has not shipped yet, just reply to this mail. "
        "Leave “order SO-1” in the subject, so that your answer finds its way.\n\n"
        "Harbor & Pine\n"
    )
    assert mail.outbox[0].subject == "Will follow: 2 items (order SO-1)"


def test_an_order_that_ships_complete_or_later_says_so_in_its_first_mail():
    new_order(is_ship_complete=True)
    complete = sent()
    wanted = make.order((Product.objects.get(sku="TABLE"), 9), reference="SO-2", wanted_date=date(2026, 4, 20))
    later = letters.preview(wanted.lines.get().notice_lines.get().notice, at=make.MONDAY).text

    assert "You asked for one complete shipment: it leaves when the last unit of this order is here.\n" in complete
    assert "leaves first" not in complete
    assert "You asked for it on April 20: it does not leave before.\n" in later


def test_what_has_left_or_was_canceled_meanwhile_is_said_as_it_is_then():
    order = new_order()
    lamp, chair, table = order.lines.order_by("position")
    fulfillment.ship([LineUnits(lamp.pk)], by=None, at=make.MONDAY)
    fulfillment.cancel([LineUnits(chair.pk)], reason="x", by=None, at=make.MONDAY)
    first = table.notice_lines.get().notice

    text = letters.preview(first, at=make.MONDAY).text

    assert "- Lamp (LAMP)\n  Already on its way.\n" in text
    assert "Chair" not in text


def test_other_mails_say_nothing_of_lines_without_news():
    order = new_order()
    sent()
    fulfillment.cancel([LineUnits(order.lines.get(product__sku="TABLE").pk)], reason="x", by=None, at=make.MONDAY)

    text = sent(2 * MINUTE)

    assert "Table" in text
    assert "Lamp" not in text


# --- why later ----------------------------------------------------------------------------


@pytest.fixture
def waiting() -> OrderLine:
    """Two lamps of a lorry in ten days, as their customer was told."""
    lamp = make.product("LAMP", name="Lamp")
    make.coming(lamp, 9, on=make.TODAY + 10 * DAY)
    line = make.line(lamp, 2, who=make.customer("Ada"))
    sent()
    return line


def test_a_later_date_names_the_delivery_that_moved_it(waiting):
    make.moved(inbound.Inbound.objects.get(), make.TODAY + 30 * DAY, at=make.MONDAY + MINUTE)

    assert f"Until now, we said by March 13. {ANNOUNCED}\n" in sent(2 * MINUTE)


def test_an_earlier_date_names_none(waiting):
    make.moved(inbound.Inbound.objects.get(), make.TODAY + 4 * DAY, at=make.MONDAY + MINUTE)

    assert "Until now, we said by March 13.\n" in sent(2 * MINUTE)


@pytest.mark.parametrize(
    ("event", "basis", "words"),
    [
        ("inbound:7:3", "confirmed", ANNOUNCED),
        ("inbound:7:3+1", "none", ANNOUNCED),
        ("redated:7:3", "learned", LONGER),
        ("time:2026-12-01+101010", "confirmed", LONGER),
        ("time:2026-12-01+101010", "lead_time", ""),
        ("time:2026-12-01+101010", "none", ""),
        ("priority:7:1", "confirmed", ""),
        ("order:7:queue", "confirmed", ""),
        ("typed:7:2", "typed", ""),
        ("movement:7", "confirmed", ""),
        ("count:7", "confirmed", FEWER),
        ("count:7+1", "none", FEWER),
        ("damage:7", "lead_time", DAMAGED),
        ("damaged:7", "confirmed", ARRIVED_DAMAGED),
    ],
)
def test_only_what_the_supply_did_is_named_and_nothing_that_staff_did(event, basis, words):
    line = mailbox.line(7)
    OrderLine.objects.filter(pk=line.pk).update(basis=basis)
    notice = mailbox.tell(mailbox.fact(line, was_date=date(2026, 12, 9)), cause=event)

    text = letters.preview(notice, at=mailbox.NOW).text

    assert f"Until now, we said by December 9.{f' {words}' if words else ''}\n" in text


@pytest.mark.parametrize(("is_told", "words"), [(True, "Reason: The mill burned down.\n"), (False, "")])
def test_a_typed_date_gives_its_reason_if_who_typed_it_says_so(is_told, words, waiting):
    day, at = make.TODAY + 40 * DAY, make.MONDAY + MINUTE
    by_hand.set_date([waiting.pk], day, reason="The mill burned down.", tells_reason=is_told, by=None, at=at)

    text = sent(2 * MINUTE)

    assert words in text
    assert ("mill" in text) is is_told


def test_whose_place_in_the_queue_was_taken_reads_no_reason(waiting):
    lamp = waiting.product
    make.coming(lamp, 9, on=make.TODAY + 60 * DAY)
    other = make.line(lamp, 9, reference="SO-9", who=make.customer("Ben"))
    ordering.pin_lines([other.pk], 1, reason="They rang", by=None, at=make.MONDAY + MINUTE)
    mail.outbox.clear()
    notices.send_due(at=make.MONDAY + 2 * MINUTE)

    [text] = [str(each.body) for each in mail.outbox if str(each.body).startswith("Hello Ada,")]

    assert "Until now, we said by March 13.\n" in text
    assert "They rang" not in text


def take_place(lamp, at):
    """Somebody else is put before all others, and takes what comes."""
    other = make.line(lamp, 8, reference="SO-9", who=make.customer("Ben", ""))
    ordering.pin_lines([other.pk], 1, reason="They rang", by=None, at=at)


@pytest.mark.parametrize(("days", "words"), [((30,), ANNOUNCED), ((30, 10), ""), ((4,), "")])
def test_newer_news_keeps_the_cause_of_what_it_overtakes_unless_that_was_taken_back(days, words, waiting):
    lorry = inbound.Inbound.objects.get()
    make.coming(waiting.product, 9, on=make.TODAY + 60 * DAY)
    for minute, day in enumerate(days, 1):
        make.moved(lorry, make.TODAY + day * DAY, at=make.MONDAY + minute * MINUTE)
    take_place(waiting.product, make.MONDAY + 5 * MINUTE)

    text = sent(6 * MINUTE)

    assert "Until now, we said by March 13." in text
    assert [each for each in (ANNOUNCED, LONGER, FEWER, DAMAGED) if each in text] == [words][: bool(words)]


@pytest.fixture
def set_aside() -> OrderLine:
    """Two lamps on the shelf, as their customer was told; more come in ten days."""
    lamp = make.product("LAMP", name="Lamp")
    make.on_hand(lamp, 2)
    make.coming(lamp, 9, on=make.TODAY + 10 * DAY)
    return make.line(lamp, 2, who=make.customer("Ada"))


def test_units_that_a_count_does_not_find_are_told_with_the_count(set_aside):
    make.counted(set_aside.product, 1, at=make.MONDAY + MINUTE)

    text = sent(2 * MINUTE)

    assert "units that were set aside for you can no longer be shipped." in text
    assert f" {FEWER}\n" in text


def test_units_that_were_damaged_are_told_so(set_aside):
    make.lost(set_aside.product, 2, at=make.MONDAY + MINUTE)

    text = sent(2 * MINUTE)

    assert "units that were set aside for you can no longer be shipped." in text
    assert f" {DAMAGED}\n" in text


@pytest.mark.parametrize(("damaged", "word"), [(2, "damaged"), (0, "movement")])
def test_a_receipt_is_called_damaged_only_if_units_of_it_are(damaged, word, waiting):
    [lorry] = inbound.Inbound.objects.all()

    posted = inbound.receive([inbound.Receipt(lorry.pk, 2, damaged)], by=None, at=make.MONDAY + MINUTE)

    assert posted.cause.partition(":")[0] == word


def test_a_receipt_of_two_products_of_which_one_is_damaged_names_no_cause_for_the_other(waiting):
    [lorry] = inbound.Inbound.objects.all()
    chairs = make.coming(make.product("CHAIR"), 5, on=make.TODAY)
    receipts = [inbound.Receipt(lorry.pk, 2, 2), inbound.Receipt(chairs.pk, 5)]

    posted = inbound.receive(receipts, by=None, at=make.MONDAY + MINUTE)

    assert posted.cause.partition(":")[0] == "movement"


# --- money, and whom to answer ------------------------------------------------------------

ASK = "If this is not what you wanted, or you want to know about money you have paid for it, just reply to this mail."
SET = "What you have paid for it goes back within 7 working days."


def test_a_canceled_mail_promises_no_money_unless_the_shop_has_set_what_becomes_of_it(settings):
    notice = mailbox.tell(mailbox.fact(mailbox.line(), NoticeKind.CANCELED, waiting=0))

    asked = letters.preview(notice, at=mailbox.NOW)
    settings.CANCELED_MONEY = f" {SET}\n"
    told = letters.preview(notice, at=mailbox.NOW)

    assert ASK in asked.text
    assert ASK in asked.html
    assert f"{SET} If this is not what you wanted, just reply to this mail." in told.text
    assert SET in told.html
    assert ASK not in told.text


def test_of_what_was_never_paid_no_mail_says_that_money_goes_back(settings):
    settings.CANCELED_MONEY = SET
    line = mailbox.line()
    Order.objects.filter(pk=line.order_id).update(is_unpaid=True)

    letter = letters.preview(mailbox.tell(mailbox.fact(line, NoticeKind.CANCELED, waiting=0)), at=mailbox.NOW)

    assert SET not in letter.text + letter.html
    assert ASK in letter.text


ABOUT_MONEY = (NoticeKind.CANCELED, NoticeKind.RETURNED)


@pytest.mark.parametrize("kind", [kind for kind in NoticeKind if kind not in ABOUT_MONEY])
def test_no_other_mail_speaks_of_money(kind, settings):
    settings.CANCELED_MONEY = SET

    letter = letters.preview(mailbox.tell(mailbox.fact(mailbox.line(), kind)), at=mailbox.NOW)

    assert SET not in letter.text + letter.html
    assert "money" not in letter.text


@pytest.mark.parametrize("kind", NoticeKind)
@pytest.mark.parametrize(("orders", "reference"), [(1, 12), (5, 12), (3, 80), (1, 80)])
def test_every_subject_ends_with_a_reference_however_long_the_names_are(kind, orders, reference):
    ada = mailbox.customer()
    names = [f"{number}-{'R' * (reference - 2)}" for number in range(orders)]
    lines = [mailbox.line(to=mailbox.order(name, ada), name="Lamp " + "A" * 190) for name in names]

    letter = letters.preview(mailbox.tell(*(mailbox.fact(line, kind) for line in lines)), at=mailbox.NOW)

    shown = letter.subject.rpartition("(")[2].removesuffix(")")
    assert letter.subject.endswith(")")
    assert len(letter.subject) < 300
    assert names[0] in shown
    assert f"Leave “{shown}” in the subject" in letter.text


def test_the_words_of_many_calls_ask_as_often_as_those_of_few(django_assert_num_queries):
    lamp, mug = make.product("LAMP", name="Lamp"), make.product("MUG", name="Mug")
    make.on_hand(mug, 20)
    for number in range(12):
        make.order((lamp, 1), (mug, 1), reference=f"SO-{number}", who=make.customer(f"Kim {number}", email=""))
    notices.send_due(at=make.MONDAY + MINUTE)
    waiting = list(Notice.objects.filter(state="call").select_related("customer"))
    assert len(waiting) == 12

    with CaptureQueriesContext(connection) as few:
        calls.words(waiting[:3], at=make.MONDAY)
    with django_assert_num_queries(len(few)):
        words = calls.words(waiting, at=make.MONDAY)

    assert all("- Mug (MUG)\n  It is here." in text for text in words.values())


def test_what_came_while_another_line_still_waits_is_a_part_and_says_which():
    order = new_order()
    sent()
    make.arrived(Product.objects.get(sku="CHAIR").inbound.get(), 9, at=make.MONDAY + 2 * MINUTE)

    text = sent(3 * MINUTE)

    assert "Good news: part of what you have been waiting for has arrived at our warehouse." in text
    assert "- Chair (CHAIR)\n  All 5 are here and set aside for you." in text
    assert "- Table (TABLE)\n  2 will follow. We expect to ship them" in text
    assert "- Lamp" not in text
    assert order.lines.count() == 3


def test_what_came_at_last_is_all_of_it():
    new_order()
    sent()
    for number, sku in enumerate(("CHAIR", "TABLE"), 2):
        hours = (number - 2) * 25 * timedelta(hours=1)  # one digest a day
        make.arrived(Product.objects.get(sku=sku).inbound.get(), 9, at=make.MONDAY + hours + number * MINUTE)
        text = sent(hours + (number + 0.5) * MINUTE)

    assert "Good news: what you have been waiting for has arrived at our warehouse." in text
    assert "- Chair" not in text


def test_what_is_here_and_waits_for_the_rest_of_its_order_says_so():
    whole = mailbox.order("R-9", mailbox.customer(), is_ship_complete=True)
    line = mailbox.line(1, to=whole)
    none = {"likely_date": None, "promised_date": None}
    told = mailbox.fact(line, NoticeKind.NEW_DATE, ready=1, waiting=0, was_date=date(2026, 12, 9), **none)

    text = letters.preview(mailbox.tell(told), at=mailbox.NOW).text

    assert (
        "It is here. It ships with the rest of your order, and no date can be given for that yet. "
        "We will write to you as soon as we have one. Until now, we said by December 9."
    ) in text
