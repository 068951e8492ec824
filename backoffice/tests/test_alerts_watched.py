"""What waits for a person becomes an alert of the one whose it is, and stops to be one when it waits no more."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group, User

from backoffice import nightly, tasks
from backoffice.models import JobRun, Upload
from backoffice.people.roles import BUYER, CUSTOMER_SERVICE, OPERATIONS
from backoffice.watching import alerts, kinds, troubles
from inventory.ground.post import bounces
from inventory.models import Alert
from inventory.notebook import alerts as notebook
from inventory.supply import transfers
from orders import fulfillment
from orders.fulfillment import LineUnits
from orders.fulfillment.changes import stopping
from orders.mail import calls, notices
from orders.models import Notice, NoticeState, StopReason
from orders.promising import by_hand
from orders.tests import make
from suppliers import purchasing
from suppliers.tests import make as buy

pytestmark = pytest.mark.django_db
NOW = make.MONDAY
MINUTE = timedelta(minutes=1)


def days(count):
    return NOW + timedelta(days=count)


def stands():
    """The alerts that are open: kind, words, due day, owner."""
    rows = Alert.objects.filter(solved_at=None).order_by("kind", "pk")
    return list(rows.values_list("kind", "words", "due_date", "role__name"))


def solutions(kind):
    return list(Alert.objects.filter(kind=kind).order_by("pk").values_list("solution", flat=True))


def mailed(to="lena@example.com"):
    """A customer who waits, and the mail that told them."""
    line = make.line(make.product("LAMP-1"), 4, who=make.customer("Lena Ortiz", to), reference="SO-1")
    notices.send_due(at=NOW)
    return line, Notice.objects.get()


def test_a_shop_in_which_nothing_waits_raises_nothing():
    assert alerts.look(at=NOW) == {"raised": 0, "solved": 0, "changed": 0}
    assert stands() == []


def test_an_order_by_day_is_the_buyers_until_promises_rest_on_it_no_more():
    lamp = make.product("LAMP-1")
    make.lead_time(lamp, 10, 18)
    first = make.line(lamp, 4)

    assert [alerts.look(at=days(count))["raised"] for count in (3, 4)] == [0, 1]
    assert stands() == [("order_by", "Order 4 LAMP-1 today, or 1 promise breaks.", date(2026, 3, 6), BUYER)]
    assert Alert.objects.get().row == lamp
    alerts.look(at=days(7))
    late = "Order 4 LAMP-1 today: that was to be by 6 Mar 2026, and 1 promise breaks more likely each day."
    assert stands()[0][1] == late

    make.line(lamp, 9)
    assert alerts.look(at=days(4)) == {"raised": 0, "solved": 0, "changed": 1}
    assert stands()[0][1] == "Order 13 LAMP-1 today, or 2 promises break."

    make.coming(lamp, 4, on=date(2026, 3, 20))
    alerts.look(at=days(4))
    assert stands()[0][1] == "Order 9 LAMP-1 today, or 1 promise breaks."
    first.refresh_from_db()
    assert first.uncovered == 0

    make.coming(lamp, 9, on=date(2026, 3, 20))
    assert alerts.look(at=days(4)) == {"raised": 0, "solved": 1, "changed": 0}
    assert (stands(), solutions("order_by")) == ([], ["Nothing hangs on an order any more."])


def test_an_order_by_day_says_what_is_approved_and_needs_to_be_sent_alone():
    lamp = make.product("LAMP-1")
    offer, dear = buy.offer(lamp), buy.offer(lamp, buy.supplier("Osen"))
    make.lead_time(lamp, 10, 18)
    make.line(lamp, 4)
    said = "Order 4 LAMP-1 today, or 1 promise breaks."

    def words():
        alerts.look(at=days(4))
        return Alert.objects.get(kind="order_by").words

    assert words() == said
    first = buy.approved((offer, 1))
    assert words() == f"{said} 1 is approved and not sent: {first}."
    draft = buy.draft((dear, 7))
    assert words() == f"{said} 1 is approved and not sent: {first}."
    purchasing.approve([draft.pk], by=None, at=NOW)
    assert words() == f"{said} 8 are approved and not sent: {first}, {draft}."
    more = [buy.approved((offer, 1)) for _ in range(2)]
    assert words() == f"{said} 10 are approved and not sent: {first}, {draft}, {more[0]} and 1 more."


def test_an_order_that_is_not_sent_in_time_is_the_buyers_until_it_is_sent():
    order = buy.approved((buy.offer(make.product("LAMP-1"), buy.supplier(approval_days=2)), 12))

    assert [alerts.look(at=at)["raised"] for at in (days(2), days(2) + MINUTE)] == [0, 1]
    words = f"{order.reference} to Nordlys was approved on 2 Mar 2026 and not sent within 2 days."
    assert stands() == [("unsent", words, date(2026, 3, 4), BUYER)]

    purchasing.send([order.pk], by=None, at=days(3))
    alerts.look(at=days(3))
    assert (stands(), solutions("unsent")) == ([], ["It was sent, or is canceled."])


def test_a_transfer_that_nobody_receives_is_for_operations_until_it_is_there_or_is_to_come_later():
    lamp, north, south = make.product("LAMP-1"), make.warehouse("NORTH"), make.warehouse("SOUTH")
    make.on_hand(lamp, 9, place=north)
    sent = [
        transfers.send(transfers.TransferDraft(north.pk, south.pk, {lamp.pk: units}, day), by=None, at=NOW)
        for units, day in ((4, None), (1, date(2026, 3, 4)))
    ]

    assert [alerts.look(at=at)["raised"] for at in (days(6), days(7), days(8), days(9))] == [0, 1, 0, 1]
    assert stands() == [
        (
            "in_transit",
            f"4 units of {sent[0]}, NORTH to SOUTH, left on 2 Mar 2026: receive what came.",
            date(2026, 3, 9),
            OPERATIONS,
        ),
        (
            "in_transit",
            f"1 unit of {sent[1]}, NORTH to SOUTH, was to be there on 4 Mar 2026: receive what came.",
            date(2026, 3, 11),
            OPERATIONS,
        ),
    ]

    first, second = (each.lines.get().inbound for each in sent)
    make.arrived(first, 3, at=days(9))
    make.moved(second, date(2026, 3, 12))
    alerts.look(at=days(9))
    assert stands()[0][1] == f"1 unit of {sent[0]}, NORTH to SOUTH, left on 2 Mar 2026: receive what came."
    make.arrived(first, 1, at=days(9))
    alerts.look(at=days(9))
    assert (stands(), solutions("in_transit")) == ([], ["All of it was received, or it is to come on a later day."] * 2)


def test_an_order_stopped_with_no_end_is_asked_about_after_a_week_until_it_goes_on_or_is_canceled():
    ines = User.objects.create_user("ines")
    lamp = make.product("LAMP-1")
    endless, canceled, ends = (make.line(lamp, 2, who=make.customer(f"Lena {number}")) for number in range(3))
    doubt = stopping.Stop(StopReason.ADDRESS, ines.pk, "no house number")
    for line in (endless, canceled):
        stopping.stop(line.order_id, doubt, by=ines, at=NOW)
    stopping.stop(ends.order_id, replace(doubt, until_date=date(2026, 4, 1)), by=ines, at=NOW)

    assert [alerts.look(at=at)["raised"] for at in (days(7) - MINUTE, days(7))] == [0, 2]
    why = "has been stopped since 2 Mar 2026: the address is in doubt, no house number. ines looks after it."
    assert stands() == [
        ("stopped", f"{line.order} {why}", date(2026, 3, 9), CUSTOMER_SERVICE) for line in (endless, canceled)
    ]

    stopping.go_on(endless.order_id, by=ines, at=days(8))
    fulfillment.cancel([LineUnits(canceled.pk, 2)], reason="", by=ines, at=days(8))
    assert alerts.look(at=days(8))["solved"] == 2
    assert stands() == []


def test_a_draft_left_lying_is_the_buyers_until_somebody_takes_it_up():
    order = buy.draft((buy.offer(make.product("LAMP-1")), 12))

    assert [alerts.look(at=at)["raised"] for at in (days(7) - MINUTE, days(7))] == [0, 1]
    words = f"Nobody has touched the draft {order.reference} to Nordlys since 2 Mar 2026."
    assert stands() == [("untouched", words, date(2026, 3, 9), BUYER)]

    purchasing.approve([order.pk], by=None, at=days(7))
    alerts.look(at=days(7))
    assert solutions("untouched") == ["Somebody has touched it, or it is no draft any more."]


def test_a_mail_that_came_back_is_for_customer_service_until_it_is_sent_again_and_again_when_that_comes_back():
    _, notice = mailed()
    bounces.came_back(name=notice.message_id, words="550 unknown")

    alerts.look(at=NOW + MINUTE)
    words = "“Backordered” to Lena Ortiz came back. It came back. 550 unknown"
    assert stands() == [("bounced", words, date(2026, 3, 2), CUSTOMER_SERVICE)]
    assert Alert.objects.get().row == notice

    notices.resend([notice.pk], by=None, at=days(1))
    notices.send_due(at=days(1))
    alerts.look(at=days(1))
    assert (stands(), solutions("bounced")) == (
        [],
        [kinds.AGAIN],
    )

    notice.refresh_from_db()
    bounces.came_back(name=notice.message_id, is_complaint=True)
    alerts.look(at=days(1) + MINUTE)
    assert stands() == [
        (
            "bounced",
            "“Backordered” to Lena Ortiz was called spam. Its reader called it spam.",
            date(2026, 3, 3),
            CUSTOMER_SERVICE,
        )
    ]
    assert Alert.objects.count() == 2


@pytest.mark.parametrize("state", ["bounced", "complained", "dead", "in_doubt"])
def test_what_came_back_more_than_a_month_ago_waits_for_nobody(state):
    _, notice = mailed()
    month = timedelta(days=30)
    Notice.objects.filter(pk=notice.pk).update(state=state, intent_at=NOW)

    assert alerts.look(at=NOW + month)["raised"] == 1
    assert alerts.look(at=NOW + month + MINUTE) == {"raised": 0, "solved": 1, "changed": 0}


def test_a_call_waits_however_old_it_is():
    line = make.line(make.product("LAMP-1"), 4, who=make.customer("Lena Ortiz", ""))
    notices.send_due(at=NOW)

    assert alerts.look(at=days(400))["raised"] == 1
    assert Alert.objects.get().row == Notice.objects.get(customer=line.order.customer)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (NoticeState.DEAD, "“Backordered” to Lena Ortiz could not be delivered. 550 unknown"),
        (NoticeState.IN_DOUBT, "“Backordered” to Lena Ortiz may or may not have gone out. 550 unknown"),
    ],
)
def test_a_mail_that_did_not_arrive_for_sure_is_for_customer_service_until_newer_news_overtakes_it(state, words):
    line, notice = mailed()
    Notice.objects.update(state=state, error="550 unknown")
    alerts.look(at=NOW + MINUTE)
    assert stands() == [("undelivered", words, date(2026, 3, 2), CUSTOMER_SERVICE)]

    make.on_hand(line.product, 4, at=NOW + 2 * MINUTE)
    alerts.look(at=NOW + 2 * MINUTE)

    notice.refresh_from_db()
    assert notice.state == state
    assert (stands(), solutions("undelivered")) == (
        [],
        [kinds.AGAIN],
    )


def test_a_call_to_make_is_for_customer_service_until_it_was_made():
    mailed(to="")

    alerts.look(at=NOW)
    assert stands() == [("call", "Call Lena Ortiz: backordered.", date(2026, 3, 2), CUSTOMER_SERVICE)]

    calls.made([Notice.objects.get().pk], by=None, at=NOW + MINUTE)
    alerts.look(at=NOW + MINUTE)
    assert (stands(), solutions("call")) == ([], ["The call was made, or there is nothing left to tell."])


def test_all_calls_of_a_customer_are_one_task():
    line, _ = mailed(to="")
    make.line(line.product, 1, who=line.order.customer)
    Notice.objects.update(state="call")

    alerts.look(at=NOW)

    assert Notice.objects.count() == 2
    assert [kind for kind, *_ in stands()] == ["call"]


def test_a_typed_date_that_has_passed_is_for_customer_service_until_the_line_has_another():
    lamp = make.product("LAMP-1")
    waiting, here = make.line(lamp, 4, reference="SO-1"), make.line(lamp, 2, reference="SO-2")
    for line in (waiting, here):
        by_hand.set_date([line.pk], date(2026, 3, 5), reason="They rang", by=None, at=NOW)
    make.on_hand(lamp, 4)

    assert [alerts.look(at=days(count))["raised"] for count in (3, 4)] == [1, 2]
    assert [each for each in stands() if each[0] == "typed_passed"] == [
        (
            "typed_passed",
            f"The date typed for LAMP-1 in {reference}, 5 Mar 2026, has passed.",
            date(2026, 3, 6),
            CUSTOMER_SERVICE,
        )
        for reference in ("SO-1", "SO-2")
    ]

    fulfillment.ship_order(waiting.order_id, by=None, at=days(4))
    by_hand.set_date([here.pk], date(2026, 3, 16), reason="They rang", by=None, at=days(4))
    alerts.look(at=days(4))
    assert (stands(), solutions("typed_passed")) == ([], ["It has another date, or it left."] * 2)


def test_a_trouble_is_of_operations_until_it_is_over():
    upload = Upload.objects.create(
        kind="stock", name="count.csv", state=Upload.State.FAILED, error="It is empty.", uploaded_at=NOW,
        claimed_until=NOW,
    )  # fmt: skip
    JobRun.objects.create(job="audit", business_date=NOW.date(), started_at=NOW, finished_at=NOW, error="Gone")
    troubles.look(at=NOW)

    alerts.look(at=NOW)
    books = "The check of the books of 2 Mar 2026 broke off: Gone"
    assert stands() == [
        ("books", books, date(2026, 3, 2), OPERATIONS),
        ("file", "The file “count.csv” could not be loaded. It is empty.", date(2026, 3, 2), OPERATIONS),
    ]

    upload.delete()
    JobRun.objects.update(error="", counts={})
    troubles.look(at=NOW + MINUTE)
    alerts.look(at=NOW + MINUTE)
    assert (stands(), solutions("books")) == ([], ["It is over."])


def test_a_night_that_failed_is_an_alert_until_it_ran():
    night = datetime(2026, 3, 3, 2, 10, tzinfo=UTC)
    troubles.look(at=night - timedelta(hours=3))
    JobRun.objects.create(
        job="nightly", business_date=night.date(), started_at=night, finished_at=night, error="A table is gone.",
        attempts=3,
    )  # fmt: skip
    troubles.look(at=night + MINUTE)
    alerts.look(at=night + MINUTE)
    ((kind, words, due, owner),) = stands()
    assert (kind, due, owner) == ("night", night.date(), OPERATIONS)
    assert words.startswith("The night of 3 Mar 2026 did not run: A table is gone.")

    nightly.run(on=night.date(), at=night + 2 * MINUTE, again=True)
    troubles.look(at=night + 3 * MINUTE)
    with time_machine.travel(night + 3 * MINUTE, tick=False):
        assert tasks.alerts() == {"raised": 0, "solved": 1, "changed": 0}
    assert solutions("night") == ["It is over."]


def test_the_night_raises_at_its_end_what_it_found():
    mailed(to="")

    counts = nightly.run(on=days(1).date(), at=days(1))

    assert {name: counts["alerts"][name] for name in ("raised", "solved", "changed")} == {
        "raised": 1, "solved": 0, "changed": 0,
    }  # fmt: skip
    assert [kind for kind, *_ in stands()] == ["call"]


def test_what_a_person_has_solved_is_not_raised_again_until_it_waits_anew():
    mailed(to="")
    alerts.look(at=NOW)
    mia = User.objects.create_user("mia")
    notebook.solve([Alert.objects.get().pk], reason="Wrote a letter", by=mia, at=NOW + MINUTE)

    assert [alerts.look(at=NOW + count * MINUTE)["raised"] for count in (5, 10)] == [0, 0]
    assert solutions("call") == ["Wrote a letter"]


def test_a_role_that_somebody_has_deleted_is_made_again_for_its_alerts():
    mailed(to="")
    Group.objects.filter(name=CUSTOMER_SERVICE).delete()

    alerts.look(at=NOW)

    assert stands() == [("call", "Call Lena Ortiz: backordered.", date(2026, 3, 2), CUSTOMER_SERVICE)]


@pytest.mark.parametrize("count", [2, 30])
def test_looking_takes_the_same_statements_for_few_and_for_many(count, django_assert_num_queries):
    lamp = make.product("LAMP-1")
    alerts.look(at=NOW)
    for number in range(count):
        make.line(lamp, 1, who=make.customer(f"Lena {number}", ""))
    notices.send_due(at=NOW)

    with django_assert_num_queries(38):  # four of them raise
        assert alerts.look(at=NOW)["raised"] == count
    with django_assert_num_queries(35):
        assert alerts.look(at=NOW)["raised"] == 0


def test_every_kind_is_of_a_role_that_may_see_it_and_of_a_permission_that_exists():
    for kind in kinds.KINDS:
        somebody = User.objects.create_user(f"of-{kind.name}", is_staff=True)
        somebody.groups.add(Group.objects.get(name=kind.role))

        assert kind in alerts.seen_by(somebody)
    assert len(kinds.BY_NAME) == len(kinds.KINDS) == 29
