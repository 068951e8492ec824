"""Suppliers are asked whether what they confirmed has left: when, once, in which words, and what they answer."""

from datetime import date, timedelta
from functools import partial

import pytest

from inventory.models import Inbound
from suppliers import purchasing, splitting
from suppliers.admin.asking import AskedForm, AskNow
from suppliers.asking import answers, questions
from suppliers.letters import asked, writing
from suppliers.models import AskedDate, LetterKind, OrderLetter
from suppliers.splitting import ConfirmedPart
from suppliers.tests import make

pytestmark = pytest.mark.django_db
FRIDAY = make.TODAY + timedelta(days=11)
"""The Friday of the week after; it is asked about from the Tuesday before."""


def at(day: date):
    return make.after((day - make.TODAY).days)


def confirmed(*days: date, who=None, units=12, said=0.0):
    """An order of a line a day, sent on Monday and confirmed so many days later."""
    who = who or make.supplier("Nordlys", email="nordlys@supplier.example")
    offers = [(make.offer(make.product(), who), units) for _ in days]
    order = make.sent(*offers)
    lines = order.lines.order_by("pk")
    dates = {line.pk: day for line, day in zip(lines, days, strict=True)}
    purchasing.confirm(order.pk, dates, by=None, at=make.after(said))
    return order


def asked_on(day: date) -> dict[str, int]:
    return questions.ask(at=at(day))


NOTHING = {"asked": 0, "letters": 0, "calls": 0}
ONE = {"asked": 1, "letters": 1, "calls": 0}


@pytest.mark.parametrize(
    ("before", "expected"),
    [(4, NOTHING), (3, ONE), (0, ONE), (-1, ONE), (-30, ONE), (-31, NOTHING)],
)
def test_a_supplier_is_asked_three_working_days_before_and_until_a_month_after(before, expected):
    confirmed(FRIDAY)

    assert asked_on(FRIDAY - timedelta(days=before)) == expected


def test_a_day_is_asked_about_twice_and_never_again():
    order = confirmed(FRIDAY)

    counts = [asked_on(FRIDAY + timedelta(days=step))["asked"] for step in range(-10, 31)]

    assert [step - 10 for step, count in enumerate(counts) if count] == [-3, 1]
    assert list(AskedDate.objects.order_by("pk").values_list("moment", "asked_on", "silent_from")) == [
        ("before", FRIDAY - timedelta(days=3), FRIDAY - timedelta(days=2)),
        ("passed", FRIDAY + timedelta(days=1), FRIDAY + timedelta(days=4)),
    ]
    assert list(order.letters.order_by("number").values_list("number", "kind")) == [(1, "asked"), (2, "asked")]
    assert Inbound.objects.get().asked_on == FRIDAY + timedelta(days=1)


def test_a_clock_that_jumps_over_the_days_asks_what_is_due_then():
    confirmed(FRIDAY)

    assert (asked_on(FRIDAY - timedelta(days=9)), asked_on(FRIDAY + timedelta(days=3))) == (NOTHING, ONE)
    assert AskedDate.objects.get().moment == "passed"


def test_whoever_named_the_day_just_now_is_not_asked_before_it():
    confirmed(FRIDAY, said=8)  # on the Tuesday of the question

    assert (asked_on(FRIDAY - timedelta(days=2)), asked_on(FRIDAY + timedelta(days=1))) == (NOTHING, ONE)


def test_whoever_named_the_day_on_the_day_before_the_question_is_asked():
    confirmed(FRIDAY, said=7)

    assert asked_on(FRIDAY - timedelta(days=2)) == ONE


def test_a_moved_day_is_asked_about_at_its_own_time():
    order = confirmed(FRIDAY)
    asked_on(FRIDAY - timedelta(days=3))
    later = FRIDAY + timedelta(days=14)

    purchasing.reschedule(make.line(order).pk, later, reason="Strike", by=None, at=at(FRIDAY - timedelta(days=2)))

    assert not AskedDate.objects.unanswered().exists()
    assert [asked_on(FRIDAY + timedelta(days=1)), asked_on(later - timedelta(days=3))] == [NOTHING, ONE]


def test_a_day_that_is_moved_ten_times_in_an_hour_is_asked_about_once_it_has_passed():
    order = confirmed(FRIDAY)
    asked_on(FRIDAY - timedelta(days=3))
    for step in range(10):
        moved = at(FRIDAY - timedelta(days=2)) + timedelta(minutes=6 * step)
        day = FRIDAY + timedelta(days=step % 2 - 1)
        purchasing.reschedule(make.line(order).pk, day, reason="They cannot say", by=None, at=moved)
        questions.ask(at=moved)

    assert asked_on(FRIDAY + timedelta(days=1)) == ONE
    assert list(AskedDate.objects.order_by("pk").values_list("day", "moment")) == [
        (FRIDAY, "before"),
        (FRIDAY, "passed"),
    ]


@pytest.mark.parametrize("email", ["nordlys@supplier.example", ""])
def test_whoever_took_a_day_back_and_names_it_anew_has_answered(email):
    order = confirmed(FRIDAY, who=make.supplier("Nordlys", email=email))
    asked_on(FRIDAY - timedelta(days=3))
    move = partial(purchasing.reschedule, make.line(order).pk, by=None, at=at(FRIDAY - timedelta(days=2)))
    move(FRIDAY + timedelta(days=7), reason="Strike")

    move(FRIDAY, reason="The strike is over")

    assert not AskedDate.objects.unanswered().exists()
    assert asked_on(FRIDAY + timedelta(days=1))["asked"] == 1
    assert AskedDate.objects.unanswered().get().moment == "passed"


@pytest.mark.parametrize("email", ["nordlys@supplier.example", ""])
def test_whoever_names_a_part_for_the_day_and_another_for_a_later_one_has_answered(email):
    order = confirmed(FRIDAY, FRIDAY, who=make.supplier("Nordlys", email=email))
    asked_on(FRIDAY - timedelta(days=3))
    line, other = order.lines.order_by("pk")
    later = FRIDAY + timedelta(days=14)

    splitting.split(line.pk, [ConfirmedPart(5, FRIDAY), ConfirmedPart(7, later)], by=None, at=at(FRIDAY))

    assert list(AskedDate.objects.unanswered().values_list("line", flat=True)) == [other.pk]
    assert asked_on(FRIDAY + timedelta(days=1))["asked"] == 2
    assert AskedDate.objects.unanswered().filter(line=line, moment="passed").exists()


def test_a_day_that_was_named_anew_before_the_question_is_no_answer_to_it():
    order = confirmed(FRIDAY)
    for day in (FRIDAY + timedelta(days=7), FRIDAY):
        purchasing.reschedule(make.line(order).pk, day, reason="Strike", by=None, at=make.after(1))

    questions.ask_now([order.pk], by=None, at=make.after(1) + timedelta(minutes=1))

    assert AskedDate.objects.unanswered().count() == 1


def test_one_letter_asks_for_all_lines_of_an_order_that_are_due():
    order = confirmed(FRIDAY - timedelta(days=7), FRIDAY, FRIDAY + timedelta(days=30), said=1)

    counts = asked_on(FRIDAY - timedelta(days=3))

    letter = OrderLetter.objects.get()
    skus = list(order.lines.order_by("pk").values_list("product__sku", flat=True))
    said = asked.words(asked.AskedFacts.of(letter.facts))
    assert counts == {"asked": 2, "letters": 1, "calls": 0}
    assert said.subject == f"Where is it? Purchase order {order.reference} from Harbor & Pine"
    assert said.text == (
        "Hello Nordlys,\n\n"
        f"of our order {order.reference} this has not reached us on the day you confirmed:\n\n"
        f"- 12 units of {skus[0]}, confirmed for {_said(FRIDAY - timedelta(days=7))}\n\n"
        "Has it left? If so, on which day? If not, on which day will it leave, and when will it be here?\n\n"
        "And this is due with us soon. Has it left, or will it leave in time?\n\n"
        f"- 12 units of {skus[1]}, confirmed for {_said(FRIDAY)}\n\n"
        "Please answer this mail today if you can.\n\n"
        "Harbor & Pine\n"
    )


def _said(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def test_a_supplier_without_an_address_has_to_be_called():
    confirmed(FRIDAY, who=make.supplier("Nordlys"))

    assert asked_on(FRIDAY) == {"asked": 1, "letters": 0, "calls": 1}
    assert (AskedDate.objects.get().letter, Inbound.objects.get().asked_on) == (None, None)


@pytest.mark.parametrize("off", ["shop", "supplier", "canceled", "received", "unconfirmed"])
def test_nobody_is_asked_where_there_is_nothing_to_ask(off, settings):
    who = make.supplier("Nordlys", email="nordlys@supplier.example", is_asked=off != "supplier")
    settings.ASK_SUPPLIERS = off != "shop"
    order = confirmed(FRIDAY, who=who)
    if off == "canceled":
        purchasing.cancel(order.pk, reason="Too late", by=None, at=make.after(1))
    elif off == "received":
        purchasing.receive(order.pk, {make.line(order).pk: (12, 0)}, by=None, at=make.after(1))
    elif off == "unconfirmed":
        Inbound.objects.update(is_confirmed=False)

    assert [asked_on(FRIDAY), asked_on(FRIDAY + timedelta(days=1))] == [NOTHING, NOTHING]


def test_a_country_and_a_closure_say_which_days_a_supplier_works():
    who = make.supplier("Nordlys", email="nordlys@supplier.example", country="SA")  # works from Sunday to Thursday
    make.closed(who, FRIDAY - timedelta(days=4), FRIDAY - timedelta(days=2))  # Monday to Wednesday
    confirmed(FRIDAY, who=who)

    # Thursday and the Sunday before; the Thursday before that
    assert [asked_on(FRIDAY - timedelta(days=9)), asked_on(FRIDAY - timedelta(days=8))] == [NOTHING, ONE]


def test_goods_that_left_are_not_asked_for_until_their_day_has_passed():
    order = confirmed(FRIDAY)
    asked_on(FRIDAY - timedelta(days=3))

    answers.they_left([order.pk], by=None, at=at(FRIDAY - timedelta(days=2)))

    assert not AskedDate.objects.unanswered().exists()
    with pytest.raises(answers.NothingAsked, match="waits for an answer"):
        answers.they_left([order.pk], by=None, at=at(FRIDAY - timedelta(days=2)))
    assert [asked_on(FRIDAY), asked_on(FRIDAY + timedelta(days=1))] == [NOTHING, ONE]


def test_a_question_is_no_word_about_the_order_itself():
    who = make.supplier("Nordlys", email="nordlys@supplier.example")
    order = make.approved((make.offer(make.product(), who), 12))
    writing.send([order.pk], by=None, at=make.MONDAY)
    OrderLetter.objects.update(state="sent", intent_at=make.MONDAY)
    purchasing.confirm(order.pk, {make.line(order).pk: FRIDAY}, by=None, at=make.after(0.1))
    asked_on(FRIDAY)

    [again] = writing.again([order.pk], by=None, at=at(FRIDAY))

    assert (again.number, again.kind) == (3, LetterKind.CORRECTED)


def test_a_person_may_ask_sooner_and_the_night_does_not_ask_again():
    order = confirmed(FRIDAY)
    ines = make.buyer()
    ines.email = "ines@harbor.example"

    [letter] = questions.ask_now([order.pk], by=ines, at=make.after(2))

    assert (letter.kind, letter.reply_to, letter.by) == ("asked", "ines@harbor.example", ines)
    with pytest.raises(questions.NothingToAsk, match="no confirmed day is left"):
        questions.ask_now([order.pk], by=None, at=make.after(2))
    assert [asked_on(FRIDAY), asked_on(FRIDAY + timedelta(days=1))] == [NOTHING, ONE]


def test_nobody_is_asked_by_a_letter_that_has_no_address():
    order = confirmed(FRIDAY, who=make.supplier("Nordlys"))

    with pytest.raises(writing.NoAddress, match="call them"):
        questions.ask_now([order.pk], by=None, at=make.after(2))

    assert not AskedDate.objects.exists()


def test_of_two_orders_to_one_supplier_it_is_said_that_it_is_asked():
    orders = [confirmed(FRIDAY), confirmed(FRIDAY)]

    said = AskNow().act(orders, AskedForm(), by=make.buyer(), at=make.after(2))

    assert said == "nordlys@supplier.example is asked about 2 purchase orders within a minute."
