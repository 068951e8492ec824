"""What a customer does on the page of their order is confirmed by a mail: once, at once, and as nothing but that."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.cache import cache
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from inventory.models import Inbound
from orders import fulfillment
from orders.mail import notices, told
from orders.mail.outbox import notice_outbox
from orders.models import Customer, Notice, NoticeKind, NoticeLine, NoticeState, Order, OrderLine, PageAct
from orders.pages import acts, deciding, standing
from orders.queue import questions
from orders.tests import books, make
from orders.tests.pages import address, carried, decide, look, preview, text
from orders.wording import links

from .test_pages import HOME, NOW, line, waiting
from .test_told import MINUTE, Story

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NIGHT = NOW.replace(hour=23)
ASK = {"question": "Can it come on a Saturday?"}


@pytest.fixture(autouse=True)
def _monday() -> Iterator[None]:
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield


def done(order: Order, name: str, *, at: datetime = NOW, **typed: str) -> PageAct:
    """Do it as the page does, at that moment."""
    deed, sent = acts.BY_NAME[name], QueryDict(mutable=True)
    sent.update({**typed, deciding.SEEN: deciding.seen(deed, standing.of(order, at=at))})
    return deciding.decide(deed, Order.objects.select_related("customer").get(pk=order.pk), sent, at=at).act


def sent(at: datetime = NOW) -> list[Any]:
    """Give the mails that leave now."""
    mail.outbox.clear()
    notices.send_due(at=at)
    return list(mail.outbox)


def known(order: Order) -> Order:
    """An order of which its customer has read all mails until now."""
    sent()
    mail.outbox.clear()
    return order


def stands() -> list[tuple[str, str, int]]:
    """Each notice that confirms: its state, and how many acts."""
    rows = Notice.objects.filter(kind=NoticeKind.NOTED).order_by("pk")
    return [(row.state, row.cause, row.lines.count()) for row in rows]


def offered() -> Order:
    """Two of 11 lamps and three chairs wait, and a birch lamp is offered in place of either."""
    lamp, chair = make.product(name="Pier floor lamp"), make.product(name="Chair")
    birch = make.product("BIRCH", name="Birch lamp")
    make.on_hand(lamp, 9)
    make.on_hand(birch, 50)
    order = make.order((lamp, 11), (chair, 3), reference="HP-6807")
    own = [each.pk for each in order.lines.order_by("position")]
    fulfillment.offer_substitute(own, birch.pk, unit_price=None, reason="Oak is late", by=None, at=NOW)
    return order


# --- its words --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "typed", "subject", "words", "follows"),
    [
        (
            "agree",
            {},
            "Noted: you will wait",
            "You will wait for 2 × Pier floor lamp, to ship by March 23.",
            "Until it ships you can still change your mind.",
        ),
        (
            "together",
            {},
            "Noted: all of it ships together",
            "All that is still to ship goes together, once all of it is here.",
            "You can change this back on that page, as long as it has not shipped.",
        ),
        (
            "ask",
            ASK,
            "We have your question",
            "Asked: Can it come on a Saturday?",
            "A person reads it, and answers you by e-mail.",
        ),
        (
            "address",
            HOME,
            "We have the address you ask for",
            "Asked to send it to Lena Ortiz, Elm Street 4, 12345 SPRINGFIELD, GERMANY.",
            "A person looks at it first. Until they have said yes, it goes where it was to go.",
        ),
        (
            "hears",
            {"hears": "later"},
            "Noted: what we write to you about",
            "You chose what we write to you about: only what comes later than we said.",
            "This is so for all your orders with us, and you can change it there again.",
        ),
    ],
)
def test_each_act_is_confirmed_in_the_words_of_its_page(act, typed, subject, words, follows):
    order = known(waiting())

    said = text(decide(order, act, **typed))

    [confirmed] = sent()
    assert confirmed.subject == f"{subject} (order HP-6807)"
    less = "You asked us to write less; what is done in your name we confirm all the same. " if act == "hears" else ""
    assert confirmed.body == (
        "Hello Lena Ortiz,\n\nThis is what you did on the page of your order.\n\nOrder HP-6807\n\n- On March 2\n"
        f"  {words}\n\n  {follows}\n\nHow it stands, and what you can change: {links.url(order)}\n\n"
        f"{less}If it was not you, or not what you wanted, just reply to this mail. "
        "Leave “order HP-6807” in the subject, so that your answer finds its way.\n\nHarbor & Pine\n"
    )
    assert words in said
    html = confirmed.alternatives[0][0]
    assert f"<strong>On March 2</strong><br>\n{words}<br>  <br>  {follows}\n</td>" in html
    assert f'href="{links.url(order)}"' in html


def test_what_is_here_is_confirmed_to_ship_now():
    lamp, chair = make.product(name="Lamp"), make.product(name="Chair")
    make.on_hand(chair, 3)
    make.coming(lamp, 40, on=make.TODAY + DAY)
    order = known(make.order((lamp, 2), (chair, 3), reference="HP-6807", is_ship_complete=True))

    decide(order, "now")

    confirmed = sent()[0]
    assert confirmed.subject == "Noted: it need not ship together (order HP-6807)"
    assert "- On March 2\n  What is here ships now, and the rest follows when it comes.\n\nHow it" in confirmed.body


def test_an_offer_that_is_declined_is_confirmed():
    order = known(offered())

    decide(order, "offer", **{"offer-2": "no"})

    [confirmed] = sent()
    assert confirmed.subject == "Noted: your answer to our offer (order HP-6807)"
    assert "- On March 2\n  You wait on for 3 × Chair.\n\nHow it" in confirmed.body


def test_a_question_is_confirmed_whole_with_its_lines_and_nothing_of_it_is_html():
    order = known(waiting())
    question = "\n".join(["<b>Why</b> & when?", "x" * 900, "y" * 1000])

    done(order, "ask", question=question)

    [confirmed] = sent()
    assert f"  Asked: <b>Why</b> & when?\n  {'x' * 900}\n  {'y' * 1000}\n\n  A person" in confirmed.body
    html = confirmed.alternatives[0][0]
    assert f"Asked: &lt;b&gt;Why&lt;/b&gt; &amp; when?<br>  {'x' * 900}<br>" in html


def test_who_hears_less_is_told_why_they_hear_this():
    order = known(waiting())
    Customer.objects.update(hears="shipped")

    done(order, "together")

    assert [each.subject for each in sent()] == ["Noted: all of it ships together (order HP-6807)"]
    assert (
        "\n\nYou asked us to write less; what is done in your name we confirm all the same. If" in mail.outbox[0].body
    )


def test_the_page_says_that_a_mail_confirms_it_where_one_does():
    order = waiting()

    assert "A mail confirms it. Yes, I will wait" in text(look(order, "agree"))
    assert text(look(order, "cancel", **{"keep-1": "9"})).count("A mail confirms it.") == 1
    Customer.objects.update(email="")
    assert "A mail confirms it." not in text(look(order, "agree"))


@pytest.mark.parametrize("act", ["agree", "together", "cancel", "ask", "address", "hears"])
def test_who_was_promised_a_mail_and_has_no_address_any_more_is_shown_that_first(act):
    order = known(waiting())
    typed = {"ask": ASK, "address": HOME, "hears": {"hears": "later"}, "cancel": {"keep-1": "9"}}.get(act, {})
    page = {**carried(preview(order, act, **typed)), "do": "1"}
    Customer.objects.update(email="")

    answer = Client().post(address(order, act), page)

    assert answer.status_code == 409
    assert "nothing was done just now" in text(answer)
    assert "mail confirms" not in text(answer)
    assert not PageAct.objects.exists()
    if act != "hears":
        assert Client().post(address(order, act), {**carried(answer), "do": "1"}).status_code == 303


# --- once -------------------------------------------------------------------------------------


@pytest.mark.parametrize("act", ["agree", "together", "ask", "address", "hears"])
def test_what_is_sent_twice_is_confirmed_once(act):
    order = known(waiting())
    typed = {"ask": ASK, "address": HOME, "hears": {"hears": "later"}}.get(act, {})
    page = {**carried(preview(order, act, **typed)), "do": "1"}

    for _ in range(2):
        Client().post(address(order, act), page)
    assert len(sent()) == 1
    Client().post(address(order, act), page)

    assert sent() == []
    assert stands() == [("sent", PageAct.objects.get().event, 1)]


@pytest.mark.parametrize(
    ("act", "typed", "kind"),
    [("cancel", {"keep-1": "9"}, "canceled"), ("offer", {"offer-1": "take"}, "substituted")],
)
def test_what_a_mail_tells_already_is_not_confirmed_by_another(act, typed, kind):
    order = known(offered())

    decide(order, act, **typed)

    assert len(sent()) == 1
    assert Notice.objects.latest("pk").kind == kind
    assert stands() == []


def test_what_takes_one_offer_and_declines_another_is_told_and_confirmed():
    order = known(offered())

    decide(order, "offer", **{"offer-1": "take", "offer-2": "no"})

    assert sorted(each.subject for each in sent()) == [
        "Another product for you: 2 × Birch lamp (order HP-6807)",
        "Noted: your answer to our offer (order HP-6807)",
    ]
    [confirmed] = [each for each in mail.outbox if each.subject.startswith("Noted")]
    assert (
        "You take Birch lamp, at the same price, in place of 2 × Pier floor lamp. You wait on for 3 × Chair."
        in confirmed.body
    )


def test_what_is_not_done_is_not_confirmed():
    order = known(waiting())
    page = {**carried(preview(order, "together")), "do": "1"}
    make.moved(line(order).allocations.get(inbound__isnull=False).inbound, make.TODAY + 30 * DAY, at=NOW)

    assert Client().post(address(order, "together"), page).status_code == 409

    assert (PageAct.objects.count(), stands()) == (0, [])


def test_act_and_mail_are_of_one_transaction(monkeypatch):
    order = known(waiting())
    monkeypatch.setattr(notices, "record", lambda *given: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        done(order, "together")

    assert (PageAct.objects.count(), stands()) == (0, [])
    assert not Order.objects.get(pk=order.pk).is_ship_complete


def test_what_a_killed_worker_had_taken_is_sent_once():
    order = known(waiting())
    done(order, "ask", **ASK)
    Notice.objects.filter(kind="noted").update(state="claimed", claim="gone", claimed_until=NOW - MINUTE)

    assert len(sent()) == 1
    assert sent() == []


def test_acts_that_follow_each_other_before_it_leaves_are_one_mail():
    order = known(waiting())

    first = done(order, "agree")
    done(order, "together")
    done(order, "hears", hears="later")

    [confirmed] = sent()
    assert confirmed.subject == "Noted: what you did on the page of your order (order HP-6807)"
    assert [said.strip() for said in confirmed.body.splitlines() if said.startswith("  You") or "goes" in said] == [
        "You will wait for 2 × Pier floor lamp, to ship by March 23.",
        "All that is still to ship goes together, once all of it is here.",
        "You can change this back on that page, as long as it has not shipped.",
        "You chose what we write to you about: only what comes later than we said.",
    ]
    assert stands() == [("sent", first.event, 3)]
    other = done(order, "ask", **ASK)
    assert len(sent()) == 1
    assert stands()[1:] == [("sent", other.event, 1)]


def test_acts_on_two_orders_are_two_mails():
    first, second = known(waiting()), known(make.order((make.product(), 1), who=Customer.objects.get()))

    done(first, "ask", **ASK)
    done(second, "ask", **ASK)

    assert len(sent()) == 2


@pytest.mark.proof
def test_who_presses_all_day_gets_six_mails_at_once_and_then_one_an_hour():
    order = known(waiting())
    left = []

    for minute in range(200):
        at = NOW + minute * MINUTE
        done(order, "ask", at=at, question=f"Is it {minute}?")
        left += [(minute, each.body.count("Is it")) for each in sent(at)]

    assert left == [*((minute, 1) for minute in range(6)), (66, 61), (127, 61), (188, 61)]
    assert [count for *_, count in stands()] == [1] * 6 + [61] * 3 + [11]


@pytest.mark.parametrize(("late", "mails"), [(DAY - MINUTE, 0), (DAY, 1)])
def test_a_day_after_the_first_of_six_the_next_goes_at_once(late, mails):
    order = known(waiting())
    for minute in range(6):
        done(order, "ask", at=NOW + minute * MINUTE, **ASK)
        sent(NOW + minute * MINUTE)

    done(order, "ask", at=NOW + late, **ASK)

    assert len(sent(NOW + late)) == mails
    assert len(sent(NOW + late + HOUR)) == 1 - mails


# --- when, and to whom ------------------------------------------------------------------------


def test_it_goes_by_night_too(settings):
    settings.MAIL_NIGHT_FROM, settings.MAIL_NIGHT_TO = 20, 8
    order = known(waiting())

    done(order, "agree", at=NIGHT)

    assert len(sent(NIGHT)) == 1


@pytest.mark.parametrize("by_page", [True, False])
def test_what_they_cancel_themselves_is_told_by_night_and_what_staff_cancel_in_the_morning(by_page, settings):
    settings.MAIL_NIGHT_FROM, settings.MAIL_NIGHT_TO = 20, 8
    order = known(waiting())

    if by_page:
        done(order, "cancel", at=NIGHT, **{"keep-1": "9"})
    else:
        fulfillment.cancel([fulfillment.LineUnits(line(order).pk, 2)], reason="No", by=None, at=NIGHT)

    assert len(sent(NIGHT)) == by_page
    assert len(sent(NIGHT + 9 * HOUR)) == (not by_page)


def test_who_has_no_address_is_neither_written_to_nor_called():
    order = known(waiting())
    Customer.objects.update(email="")

    done(order, "agree")
    done(order, "ask", **ASK)

    assert (stands(), sent()) == ([], [])
    assert not Notice.objects.filter(state=NoticeState.CALL).exists()


def test_who_has_no_address_any_more_is_not_called():
    order = known(waiting())
    done(order, "agree")
    Customer.objects.update(email="")

    assert sent() == []

    notice = Notice.objects.get(kind="noted")
    assert (notice.state, notice.error) == ("superseded", "There was no e-mail address any more.")
    assert not Notice.objects.filter(state=NoticeState.CALL).exists()


# --- as nothing but that ----------------------------------------------------------------------


def test_nothing_counts_as_told_by_it():
    """A line of which no mail has told: what its customer asks is confirmed, and the mail of the line goes as ever."""
    order = waiting()
    Notice.objects.update(due_at=NOW + HOUR)

    done(order, "ask", **ASK)
    assert len(sent()) == 1

    own = OrderLine.objects.get(order=order)
    assert (own.told_at, own.has_told_date, own.promises.filter(told_at__isnull=False).count()) == (None, False, 0)
    assert [each.kind for each in told.of_lines([own.pk])[own.pk]] == ["backordered", "backordered"]
    books.assert_balanced(at=NOW)
    assert [each.subject for each in sent(NOW + HOUR)] == ["Will follow: 2 × Pier floor lamp (order HP-6807)"]
    books.assert_balanced(at=NOW + HOUR)


def test_a_promise_without_a_date_is_not_told_by_it():
    order = known(waiting())
    make.moved(line(order).allocations.get(inbound__isnull=False).inbound, None, at=NOW + MINUTE)
    Notice.objects.filter(state="queued").update(due_at=NOW + HOUR)
    done(order, "ask", at=NOW + 2 * MINUTE, **ASK)
    assert len(sent(NOW + 3 * MINUTE)) == 1

    make.moved(Inbound.objects.get(), make.TODAY + 40 * DAY, at=NOW + 4 * MINUTE)

    assert [each.subject for each in sent(NOW + 2 * HOUR)] == ["New shipping date: 2 × Pier floor lamp (order HP-6807)"]
    untold = line(order).promises.filter(told_at=None).values_list("promised_date", flat=True)
    assert None in untold
    books.assert_balanced(at=NOW + 2 * HOUR)


def test_the_mail_of_a_new_date_goes_beside_it_and_is_held_against_what_was_told_before():
    story = Story()
    story.redate(30)

    done(story.order, "ask", at=next(story.clock), **ASK)
    assert [subject for subject, _ in story.mails()] == ["New shipping date", "We have your question (order R-1)"]
    story.redate(60)
    done(story.order, "ask", at=next(story.clock), **ASK)
    story.next_morning()

    subjects = dict(story.mails())
    assert "Until now, we said by April 2." in subjects["New shipping date"][0]


def test_it_stands_in_no_list_of_what_was_told_of_a_line():
    order = known(waiting())
    own = line(order)
    before = text(look(order)).partition("What we told you")[2]

    done(order, "ask", **ASK)
    assert questions.unsent([own.pk]) == {}
    sent()

    assert text(look(order)).partition("What we told you")[2] == before


def test_an_act_that_follows_it_does_not_count_as_led_to_by_it():
    order = known(waiting())
    first = done(order, "ask", at=NOW + MINUTE, **ASK)
    sent(NOW + MINUTE)

    second = done(order, "ask", at=NOW + 2 * MINUTE, question="And when?")

    assert first.notice
    assert second.notice == first.notice
    assert second.notice.kind == "backordered"


def test_one_that_comes_back_untells_nothing_and_is_sent_again_in_its_words():
    order = known(waiting())
    done(order, "ask", at=NOW + MINUTE, **ASK)
    [first] = sent(NOW + MINUTE)
    notice = Notice.objects.get(kind="noted")
    was_told_at = line(order).told_at
    Notice.objects.filter(pk=notice.pk).update(state=NoticeState.BOUNCED)
    notice.refresh_from_db()

    notice_outbox.came_back(notice)
    assert was_told_at
    assert line(order).told_at == was_told_at
    assert notices.resend([notice.pk], by=None, at=NOW + HOUR) == 1

    [again] = sent(NOW + HOUR)
    assert (again.subject, again.body) == (first.subject, first.body)


def test_the_mail_of_a_line_that_comes_back_is_not_told_by_it():
    order = waiting()
    notices.send_due(at=NOW)
    done(order, "ask", at=NOW + MINUTE, **ASK)
    sent(NOW + MINUTE)
    notice = Notice.objects.get(state="sent", kind="backordered")
    Notice.objects.filter(pk=notice.pk).update(state=NoticeState.BOUNCED)
    notice.refresh_from_db()

    notice_outbox.came_back(notice)

    assert line(order).told_at is None


def test_in_shadow_it_is_composed_and_not_sent(settings):
    settings.MAIL = "shadow"
    order = waiting()

    done(order, "ask", **ASK)

    assert sent() == []
    notice = Notice.objects.get(kind="noted")
    assert (notice.state, notice.subject) == ("shadowed", "We have your question (order HP-6807)")


def test_what_came_of_it_since_changes_nothing_of_what_it_confirms():
    order = known(waiting())
    done(order, "agree")
    fulfillment.cancel([fulfillment.LineUnits(line(order).pk, 11)], reason="No", by=None, at=NOW)

    subjects = {each.subject: each.body for each in sent()}

    assert (
        "You will wait for 2 × Pier floor lamp, to ship by March 23."
        in subjects["Noted: you will wait (order HP-6807)"]
    )
    assert NoticeLine.objects.filter(kind="noted", is_superseded=False).count() == 1


def test_staff_read_what_they_did_with_the_mail_and_not_with_a_line(admin_client):
    order = known(waiting())
    done(order, "ask", **ASK)
    notice = Notice.objects.get(kind="noted")

    told = text(admin_client.get(reverse("admin:orders_notice_change", args=[notice.pk])))
    of_line = text(admin_client.get(reverse("admin:orders_backorder_change", args=[line(order).pk])))

    assert "What they did HP-6807Asked a question" in told
    assert "Asked: Can it come on a Saturday?" in told
    assert "Act confirmed" not in of_line
