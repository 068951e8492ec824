"""Every mail is true when it leaves: what newer facts contradict does not go, and nothing that is news is lost."""

from datetime import timedelta
from itertools import count

import pytest
from django.core import mail

from inventory.supply import inbound
from orders import fulfillment
from orders.fulfillment import LineUnits
from orders.mail import causes, notices
from orders.models import Notice, NoticeLine, NoticeState
from orders.promising import by_hand, sweep

from . import make

pytestmark = pytest.mark.django_db
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


class Story:
    """One customer who waits for 7 lamps of a lorry; each act is a minute after the one before."""

    def __init__(self, *, here=0, ordered=7, told=True):
        self.clock = (make.MONDAY + MINUTE * number for number in count(1))
        self.lamp = make.product("LAMP", name="Oslo lamp")
        if here:
            make.on_hand(self.lamp, here)
        self.lorry = make.coming(self.lamp, 20, on=make.TODAY + 10 * DAY)
        self.ada = make.customer("Ada", "ada@shop.example")
        self.order = make.order((self.lamp, ordered), who=self.ada, reference="R-1")
        self.line = self.order.lines.get()
        if told:
            self.mails()

    def arrive(self, units):
        make.arrived(self.lorry, units, at=next(self.clock))

    def lose(self, units):
        make.lost(self.lamp, units, at=next(self.clock))

    def find(self, units):
        make.on_hand(self.lamp, units, at=next(self.clock))

    def redate(self, days):
        make.moved(self.lorry, make.TODAY + timedelta(days=days), at=next(self.clock))

    def promise(self, days):
        day = make.TODAY + timedelta(days=days)
        by_hand.set_date([self.line.pk], day, reason="asked", by=None, at=next(self.clock))

    def call_off(self):
        inbound.cancel([inbound.Cancellation(self.lorry.pk)], by=None, at=next(self.clock))

    def ship(self, units):
        fulfillment.ship([LineUnits(self.line.pk, units)], by=None, at=next(self.clock))

    def cancel(self, units=None):
        wanted = [LineUnits(self.line.pk, units)]
        fulfillment.cancel(wanted, reason="You asked us to.", by=None, at=next(self.clock))

    def substitute(self, units=None):
        other = make.product("LAMP-2", name="Bergen lamp")
        make.on_hand(other, 7)
        wanted = [LineUnits(self.line.pk, units)]
        fulfillment.substitute(wanted, other.pk, reason="Sold out.", by=None, at=next(self.clock))

    def next_morning(self):
        """She had a digest today: the next one goes at the mail hour of another day."""
        tomorrow = next(self.clock).replace(hour=10, minute=0) + DAY
        self.clock = (tomorrow + MINUTE * number for number in count(1))

    def mails(self):
        """What Ada reads now: the subject, and what is said of each line."""
        mail.outbox.clear()
        notices.send_due(at=next(self.clock))
        return [(sent.subject.partition(":")[0], said(sent.body)) for sent in mail.outbox]


def said(body):
    """The words about each line, in which every number stands."""
    lines = body.splitlines()
    return [lines[place + 1].strip() for place, line in enumerate(lines) if line.startswith("- ")]


def test_what_is_restocked_and_lost_before_the_mail_leaves_is_told_to_nobody():
    story = Story()

    story.arrive(7)
    story.lose(7)

    assert story.mails() == []
    assert set(NoticeLine.objects.filter(kind="restocked").values_list("notice__state")) == {("superseded",)}


def test_what_is_here_and_can_no_longer_be_shipped_is_never_told_in_one_tick():
    story = Story()

    story.arrive(7)
    story.lose(2)

    assert story.mails() == [
        (
            "Arrived at our warehouse",
            ["5 of your 7 are here and set aside for you, 2 will follow. We expect to ship the other 2 by March 13."],
        )
    ]


def test_two_receipts_before_the_mail_leaves_are_one_true_mail():
    story = Story()

    story.arrive(3)
    story.arrive(4)

    assert story.mails() == [
        ("Arrived at our warehouse", ["All 7 are here and set aside for you. We expect to ship them by March 3."])
    ]


def test_a_loss_that_is_found_again_is_told_to_nobody():
    story = Story(here=7)

    story.lose(7)
    story.find(7)

    assert story.mails() == []


def test_a_loss_of_which_some_is_found_again_is_told_as_the_loss_that_it_is():
    story = Story(here=7)

    story.lose(7)
    story.find(3)

    [(subject, [words])] = story.mails()
    assert subject == "Delayed"
    assert words.startswith("We are sorry: units that were set aside for you can no longer be shipped. 3 of your 7 are")


def test_what_was_told_to_be_here_and_is_lost_and_partly_found_is_no_good_news():
    story = Story()
    story.arrive(7)
    assert [subject for subject, _ in story.mails()] == ["Arrived at our warehouse"]

    story.lose(7)
    story.find(3)

    [(subject, [words])] = story.mails()
    assert subject == "Delayed after all"
    assert "3 of your 7 are here, 4 will follow." in words


def test_nothing_was_told_so_what_came_and_went_is_no_loss():
    story = Story(told=False)

    story.arrive(7)
    story.lose(2)

    assert [subject for subject, _ in story.mails()] == ["Will follow"]
    assert "sorry" not in mail.outbox[0].body
    assert "Thank you for your order." in mail.outbox[0].body
    assert "5 of your 7 are here, 2 will follow." in mail.outbox[0].body


def test_an_order_placed_and_restocked_before_its_first_mail_is_one_mail():
    story = Story(told=False)

    story.arrive(7)

    assert story.mails() == [
        ("Arrived at our warehouse", ["All 7 are here and set aside for you. We expect to ship them by March 3."])
    ]


def test_what_waits_and_is_canceled_before_the_mail_leaves_is_only_canceled():
    story = Story(told=False)

    story.cancel()

    assert story.mails() == [("Canceled", ["All 7 are canceled."])]


def test_a_new_date_and_then_the_units_is_only_that_they_are_here():
    story = Story()

    story.redate(30)
    story.arrive(7)

    assert [subject for subject, _ in story.mails()] == ["Arrived at our warehouse"]


def test_units_and_then_a_new_date_of_the_rest_is_one_mail_that_says_both():
    story = Story()

    story.arrive(5)
    story.redate(30)

    assert story.mails() == [
        (
            "Arrived at our warehouse",
            [
                (
                    "5 of your 7 are here and set aside for you, 2 will follow. "
                    "We expect to ship the other 2 by April 2. Until now, we said by March 13."
                )
            ],
        )
    ]


def test_two_new_dates_are_one_mail_that_says_what_was_told_before_the_first():
    story = Story()

    story.redate(30)
    story.redate(45)

    assert story.mails() == [
        (
            "New shipping date",
            [f"We now expect to ship them by April 17. Until now, we said by March 13. {causes.NOT_AS_ANNOUNCED}"],
        )
    ]


def test_a_new_date_that_came_back_is_no_mail():
    story = Story()

    story.redate(30)
    story.redate(10)

    assert story.mails() == []


def test_a_new_date_and_then_none_is_only_that_none_can_be_given():
    story = Story()

    story.redate(30)
    story.call_off()

    [(subject, [words])] = story.mails()
    assert subject == "Delayed, no date yet"
    assert words.endswith("Until now, we said by March 13. A delivery to us does not come as it was announced.")


def test_two_typed_dates_are_one_mail():
    story = Story()

    story.promise(20)
    story.promise(25)

    [(_, [words])] = story.mails()
    assert words == "We now expect to ship them by March 27. Until now, we said by March 13."


def test_what_is_here_and_ships_is_only_on_its_way():
    story = Story()

    story.arrive(7)
    story.ship(7)

    assert story.mails() == [("On its way", ["All 7 are on their way."])]


def test_what_ships_in_two_parcels_is_two_mails_and_none_promises_what_has_left():
    story = Story(here=7)

    story.ship(3)
    story.ship(4)

    assert story.mails() == [
        ("On its way", ["3 of your 7 are on their way."]),
        ("On its way", ["The last 4 are on their way."]),
    ]


def test_what_ships_while_the_rest_is_canceled_does_not_say_that_it_will_follow():
    story = Story(here=5)

    story.ship(5)
    story.cancel(2)

    assert story.mails() == [
        ("On its way", ["5 of your 7 are on their way."]),
        ("Canceled", ["The 2 that were still open are canceled."]),
    ]


def test_what_ships_while_the_rest_gets_another_date_says_that_date_and_that_is_all():
    story = Story(here=5)

    story.ship(5)
    story.redate(30)

    assert story.mails() == [
        ("On its way", ["5 of your 7 are on their way, 2 will follow. We expect to ship them by April 2."])
    ]


def test_what_ships_while_the_rest_arrives_says_so_and_that_is_all():
    story = Story(here=5)

    story.ship(5)
    story.arrive(2)

    assert story.mails() == [
        ("On its way", ["5 of your 7 are on their way, 2 more are here and will ship next."]),
    ]


def test_a_loss_after_something_left_is_never_swallowed():
    story = Story(here=7)

    story.ship(5)
    story.lose(2)

    (first, [on_its_way]), (second, [lost]) = story.mails()
    assert (first, second) == ("On its way", "Delayed")
    assert on_its_way.startswith("5 of your 7 are on their way, 2 will follow.")
    assert lost.startswith("We are sorry: units that were set aside for you can no longer be shipped.")


def test_what_is_replaced_and_then_canceled_does_not_say_that_it_comes():
    story = Story()

    story.substitute()
    story.line = story.order.lines.get(product__sku="LAMP-2")
    story.cancel()

    assert story.mails() == [("Canceled", ["All 7 are canceled."])]
    assert "- Oslo lamp (LAMP)" in mail.outbox[0].body
    assert "Reason: You asked us to." in mail.outbox[0].body
    assert "Sold out" not in mail.outbox[0].body


def test_what_is_replaced_and_ships_at_once_does_not_say_that_it_is_still_here():
    story = Story()

    story.substitute()
    story.line = story.order.lines.get(product__sku="LAMP-2")
    story.ship(7)

    assert story.mails() == [
        ("Another product for you", ["All 7 are replaced.", "7 come in place of Oslo lamp."]),
        ("On its way", ["All 7 are on their way."]),
    ]


def test_of_a_mail_about_several_lines_only_the_true_ones_are_told():
    story = Story()
    other = make.order((story.lamp, 4), who=story.ada, reference="R-2").lines.get()
    story.mails()

    story.arrive(11)
    story.lose(4)

    assert story.mails() == [
        ("Arrived at our warehouse", ["All 7 are here and set aside for you. We expect to ship them by March 3."])
    ]
    [fact] = NoticeLine.objects.filter(line=other, kind="restocked")
    assert (fact.notice.state, fact.is_superseded, fact.told_waiting) == (NoticeState.SENT, True, None)


def test_what_a_mail_said_is_kept_beside_its_fact():
    story = Story()

    story.arrive(5)
    story.mails()

    fact = NoticeLine.objects.get(kind="restocked")
    assert (fact.told_waiting, str(fact.told_date)) == (2, "2026-03-13")


def test_a_fact_that_lost_its_place_in_a_mail_was_not_told_by_it():
    """A first attempt failed, a part of it was overtaken, and the second one went without it."""
    story = Story()
    make.order((story.lamp, 4), who=story.ada, reference="R-2")
    story.mails()
    story.arrive(11)
    NoticeLine.objects.filter(kind="restocked").update(told_waiting=0, told_date=make.TODAY + DAY)

    story.lose(4)
    story.mails()
    story.find(4)
    assert story.mails() == []
    story.next_morning()

    assert story.mails() == [
        ("Arrived at our warehouse", ["All 4 are here and set aside for you. We expect to ship them by March 3."])
    ]


def test_a_loss_from_what_the_server_never_took_is_no_loss_to_its_customer():
    story = Story()
    story.arrive(5)
    restocked = Notice.objects.filter(kind="restocked")
    restocked.update(state=NoticeState.CLAIMED, intent_at=make.MONDAY + 3 * MINUTE, claimed_until=make.MONDAY + DAY)
    NoticeLine.objects.filter(kind="restocked").update(told_waiting=2, told_date=make.TODAY + 11 * DAY)
    story.lose(2)
    restocked.update(state=NoticeState.QUEUED, intent_at=None, claimed_until=None)

    [(_, [words])] = story.mails()

    assert words.startswith("3 of your 7 are here, 4 will follow.")


def test_what_a_late_mail_said_is_what_its_customer_believes():
    """The mail of what left was delayed, and told of a loss before the mail about that."""
    story = Story(here=5)
    story.ship(5)
    Notice.objects.filter(kind="shipped").update(due_at=make.MONDAY + DAY)
    story.arrive(2)
    assert [subject for subject, _ in story.mails()] == ["Arrived at our warehouse"]
    story.lose(2)
    Notice.objects.filter(kind="backordered", state="queued").update(due_at=make.MONDAY + DAY)
    Notice.objects.filter(kind="shipped").update(due_at=make.MONDAY)
    [(_, [words])] = story.mails()
    assert "2 will follow." in words

    story.find(2)
    assert story.mails() == []
    story.next_morning()

    assert [subject for subject, _ in story.mails()] == ["Arrived at our warehouse"]


def test_a_mail_that_is_in_doubt_silences_nothing():
    story = Story()
    story.arrive(7)
    story.mails()
    Notice.objects.filter(kind="restocked").update(state=NoticeState.IN_DOUBT)

    story.lose(7)
    story.find(7)
    assert story.mails() == []
    story.next_morning()

    assert [subject for subject, _ in story.mails()] == ["Arrived at our warehouse"]


def test_what_is_lost_after_a_mail_in_doubt_is_told():
    story = Story()
    story.arrive(7)
    story.mails()
    Notice.objects.filter(kind="restocked").update(state=NoticeState.IN_DOUBT)

    story.lose(7)

    assert [subject for subject, _ in story.mails()] == ["Delayed"]


def test_a_dead_letter_told_nothing():
    story = Story()
    story.arrive(7)
    story.mails()
    Notice.objects.filter(kind="restocked").update(state=NoticeState.DEAD)

    story.lose(7)

    assert story.mails() == []


def test_the_preview_of_a_queued_mail_is_what_would_go_now():
    story = Story(here=5)
    story.ship(5)
    notice = Notice.objects.get(kind="shipped")

    story.redate(30)

    assert "2 will follow. We expect to ship them by April 2." in notices.preview(notice, at=make.MONDAY).text


def test_a_day_that_has_passed_is_told_to_nobody_and_the_night_says_what_holds_now():
    """Typed for today and not sent before midnight: the mail waits, and what the night decides overtakes it."""
    story = Story()
    story.promise(0)
    after_midnight = make.MONDAY + DAY
    mail.outbox.clear()

    notices.send_due(at=after_midnight)
    assert mail.outbox == []
    waits = Notice.objects.get(kind="new_date")
    assert (waits.state, waits.attempts) == (NoticeState.QUEUED, 0)

    sweep.sweep(at=after_midnight + MINUTE)
    notices.send_due(at=after_midnight + DAY)

    assert mail.outbox == [], "what it was told before the typed day holds again"
    assert not Notice.objects.filter(state=NoticeState.QUEUED).exists()


def test_what_left_is_told_at_once_and_of_the_rest_no_day_that_has_passed():
    story = Story(here=3)
    story.promise(0)
    story.ship(3)
    mail.outbox.clear()

    notices.send_due(at=make.MONDAY + DAY)

    (sent,) = mail.outbox
    assert "3 of your 7 are on their way, 4 will follow. No date can be given yet" in sent.body
