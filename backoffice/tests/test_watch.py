"""What stands still is seen, each at its own boundary; what only waits for its time is not."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import User

from backoffice import jobs
from backoffice.models import ClockTick, JobRun, StaffLetter, Upload
from backoffice.watching import troubles, watch
from inventory.ground.post import braking, sender
from orders.models import Notice, NoticeState
from orders.tests import make
from suppliers.models import OrderLetter
from suppliers.tests import make as supplying

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 5, 9, tzinfo=UTC)
TODAY, YESTERDAY = date(2026, 3, 5), date(2026, 3, 4)
MINUTE, MOMENT = timedelta(minutes=1), timedelta(microseconds=1)


@pytest.fixture(autouse=True)
def _goes():
    """A shop that has gone for a week, whose clock ticked just now and whose nights ran."""
    ClockTick.objects.create(pk=1, at=NOW, since=NOW - timedelta(days=7))
    for days in range(3):
        night(TODAY - timedelta(days=days))


def night(on, *, error="", ended=NOW, attempts=1, claimed_until=None):
    fields = {"error": error, "finished_at": ended, "attempts": attempts, "claimed_until": claimed_until}
    JobRun.objects.update_or_create(job="nightly", business_date=on, defaults={"started_at": NOW, **fields})


def due(minutes, **fields):
    """A notice that was due so many minutes ago."""
    customer = make.customer(f"Ada {Notice.objects.count()}", f"ada{Notice.objects.count()}@shop.example")
    values = {"kind": "shipped", "cause": "x", "due_at": NOW - minutes * MINUTE, "created_at": NOW, **fields}
    return Notice.objects.create(customer=customer, **values)


def wrong(at=NOW):
    return {each.name: (each.figure, each.words) for each in watch.wrong(at=at)}


def test_a_shop_that_goes_has_nothing_wrong():
    assert wrong() == {}
    assert [(each.name, each.words) for each in watch.standing(at=NOW)] == [
        ("clock", "The clock ticked at 09:00."),
        ("mail", "No mail waits that should have gone."),
        ("night", "The night of 5 Mar 2026 ran."),
    ]


def test_the_night_that_ran_is_named_though_an_earlier_one_would_do():
    night(date(2026, 3, 6))

    assert [each.words for each in watch.standing(at=NOW) if each.name == "night"] == ["The night of 6 Mar 2026 ran."]


@pytest.mark.parametrize(("ago", "is_still"), [(5 * MINUTE - MOMENT, False), (5 * MINUTE, True)])
def test_a_clock_that_pauses_for_five_minutes_stands_still(ago, is_still):
    ClockTick.objects.update(at=NOW - ago)

    assert ("clock" in wrong()) is is_still


def test_a_clock_that_never_ticked_is_told():
    ClockTick.objects.all().delete()

    assert wrong()["clock"] == ("never", "The clock has never ticked. Start a worker and the beat.")


def test_a_tick_keeps_since_when_it_goes_until_it_pauses():
    ClockTick.objects.all().delete()
    for minutes in (0, 1, 6, 11 + 1 / 60):
        troubles.tick(at=NOW + minutes * MINUTE)
        tick = ClockTick.objects.get()
        assert tick.at == NOW + minutes * MINUTE
        assert tick.since == (NOW if minutes <= 6 else tick.at)


@pytest.mark.parametrize(("minutes", "is_still"), [(10 - 1 / 60, False), (10, True)])
def test_mail_that_was_due_ten_minutes_ago_stands_still(minutes, is_still):
    due(minutes)

    assert ("mail" in wrong()) is is_still
    if is_still:
        assert wrong()["mail"] == (
            "08:50",
            "Mail to customers has stood still since 08:50: no worker sends it.",
        )


@pytest.mark.parametrize(("mail", "is_still"), [("live", True), ("shadow", False)])
def test_a_brake_is_on_mail_to_customers_only_while_that_is_sent(mail, is_still, settings):
    settings.MAIL = mail
    due(-60)
    braking.put_on("refused", since=NOW - 60 * MINUTE, doubts=0, at=NOW - 60 * MINUTE)

    assert ("mail" in wrong()) is is_still


def test_a_long_queue_that_goes_out_does_not_stand_still():
    due(60)
    sent = due(60, state=NoticeState.SENT, sent_at=NOW - 10 * MINUTE + MOMENT)
    assert "mail" not in wrong()

    Notice.objects.filter(pk=sent.pk).update(sent_at=NOW - 10 * MINUTE)
    assert "mail" in wrong()


@pytest.mark.parametrize("state", [state for state in NoticeState if state != NoticeState.QUEUED])
def test_mail_that_needs_no_sending_does_not_stand_still(state):
    due(60, state=state)

    assert wrong() == {}


def test_mail_for_later_does_not_stand_still():
    due(-1)

    assert wrong() == {}


def test_the_brake_stands_still_with_its_reason_as_long_as_mail_waits():
    braking.put_on("535 wrong password", since=NOW - 10 * MINUTE, doubts=0, at=NOW)
    assert wrong() == {}

    due(-30)
    assert wrong()["mail"] == (
        "08:50",
        "Mail to customers has stood still since 08:50: 535 wrong password",
    )


def test_mail_that_was_due_while_all_was_off_has_ten_minutes():
    ClockTick.objects.update(since=NOW - 10 * MINUTE + MOMENT)
    due(600)
    assert wrong() == {}

    assert "mail" in wrong(NOW + MOMENT)


NIGHT = "The night of 5 Mar 2026 did not run"


@pytest.mark.parametrize(("hour", "is_late"), [((2, 10), False), ((3, 9), False), ((3, 10), True), ((23, 59), True)])
def test_a_night_that_did_not_run_within_an_hour_did_not_run(hour, is_late):
    JobRun.objects.filter(business_date=TODAY).delete()
    at = NOW.replace(hour=hour[0], minute=hour[1])
    ClockTick.objects.update(at=at)

    assert [each.key for each in watch.wrong(at=at)] == ["night:2026-03-05"] * is_late


def test_a_night_that_did_not_run_stays_told_until_another_ran():
    JobRun.objects.filter(business_date=TODAY).delete()
    tomorrow = datetime(2026, 3, 6, 3, 9, tzinfo=UTC)
    ClockTick.objects.update(at=tomorrow)
    assert [each.key for each in watch.wrong(at=tomorrow)] == ["night:2026-03-05"]

    ClockTick.objects.update(at=tomorrow + MINUTE)
    assert [each.key for each in watch.wrong(at=tomorrow + MINUTE)] == ["night:2026-03-06"]

    night(date(2026, 3, 6))
    assert watch.wrong(at=tomorrow + MINUTE) == []


def test_a_night_that_failed_is_told_when_it_is_given_up_or_late():
    at = NOW.replace(hour=2, minute=30)
    ClockTick.objects.update(at=at)
    night(TODAY, error="Learning lead times failed", attempts=2)
    assert wrong(at) == {}

    night(TODAY, error="Learning lead times failed", attempts=3)
    words = f"{NIGHT}: Learning lead times failed Look at its run, mend the cause and press “Run now”."
    assert wrong(at)["night"] == ("5 Mar", words)


def test_a_night_that_is_at_work_is_not_late_until_its_worker_is_lost():
    night(TODAY, ended=None, claimed_until=NOW + MOMENT)
    assert wrong() == {}

    assert [each.key for each in watch.wrong(at=NOW + MOMENT)] == ["night:2026-03-05"]


def test_a_night_that_was_due_while_all_was_off_has_an_hour():
    JobRun.objects.filter(business_date=TODAY).delete()
    ClockTick.objects.update(since=NOW - 60 * MINUTE + MOMENT)
    assert wrong() == {}

    assert "night" in wrong(NOW + MOMENT)


def test_a_new_shop_has_no_night_to_miss():
    JobRun.objects.all().delete()
    ClockTick.objects.update(since=NOW)

    assert wrong() == {}


def audited(on=TODAY, *, ended=NOW, error="", **counts):
    fields = {"started_at": NOW, "finished_at": ended, "error": error, "counts": counts}
    JobRun.objects.update_or_create(job="audit", business_date=on, defaults=fields)


def test_each_rule_of_the_books_that_is_broken_is_one_trouble():
    audited(rules={"On hand is the sum of movements": 1_200, "Held is the sum of holds": 3}, differences=1_203)

    assert [(each.key, each.figure, each.words) for each in watch.wrong(at=NOW)] == [
        (
            "books:Held is the sum of holds",
            "3 differ",
            "Held is the sum of holds: not for 3 (checked 5 Mar 2026). See manage.py audit.",
        ),
        (
            "books:On hand is the sum of movements",
            "1,200 differ",
            "On hand is the sum of movements: not for 1,200 (checked 5 Mar 2026). See manage.py audit.",
        ),
    ]

    audited(rules={}, differences=0)
    assert wrong() == {}


def test_a_check_of_the_books_that_broke_off_is_told():
    audited(error="OperationalError: gone")

    assert wrong()["books"] == ("not checked", "The check of the books of 5 Mar 2026 broke off: OperationalError: gone")


@pytest.mark.parametrize(("ago", "is_told"), [(timedelta(days=1), True), (timedelta(days=1) + MOMENT, False)])
def test_a_file_that_failed_is_told_for_a_day(ago, is_told):
    ada = User.objects.create_user("ada")
    fields = {"kind": "stock", "name": "stock.csv", "by": ada, "uploaded_at": NOW, "claimed_until": NOW - ago}
    Upload.objects.create(state=Upload.State.FAILED, error="Nothing was loaded. MemoryError", **fields)
    Upload.objects.create(state=Upload.State.LOADED, **fields)

    said = ("stock", "The file “stock.csv” of ada could not be loaded. Nothing was loaded. MemoryError")
    assert wrong() == ({"file": said} if is_told else {})


def test_a_run_that_jobs_gave_up_is_a_night_that_did_not_run():
    """The words of ``jobs`` and the eyes of ``watch`` agree."""
    JobRun.objects.filter(business_date=TODAY).delete()
    at = NOW.replace(hour=2, minute=10)
    for _ in range(jobs.MOST_ATTEMPTS):
        with pytest.raises(jobs.JobFailed):
            jobs.once("nightly", lambda report: 1 // 0, on=TODAY, at=at)

    assert wrong(at + MINUTE)["night"][0] == "5 Mar"


# --- Mail of every kind -----------------------------------------------------------------


def to_a_supplier(minutes):
    order = supplying.draft((supplying.offer(make.product("LAMP")), 1))
    values = {"number": 1, "kind": "order", "facts": {}, "recipient": "nordlys@supplier.example"}
    return OrderLetter.objects.create(
        purchase_order=order, due_at=NOW - minutes * MINUTE, created_at=NOW - minutes * MINUTE, **values
    )


def to_staff(minutes):
    due_at = NOW - minutes * MINUTE
    return StaffLetter.objects.create(recipient="ada@shop.example", due_at=due_at, created_at=due_at)


@pytest.mark.parametrize(("of", "to"), [(due, "customers"), (to_a_supplier, "suppliers"), (to_staff, "staff")])
def test_mail_of_every_kind_that_does_not_leave_stands_still(of, to):
    of(10 - 1 / 60)
    assert wrong() == {}

    of(10) if of is not to_a_supplier else OrderLetter.objects.update(due_at=NOW - 10 * MINUTE)

    assert wrong()["mail"] == ("08:50", f"Mail to {to} has stood still since 08:50: no worker sends it.")


def test_every_kind_that_stands_is_named_with_the_oldest_and_one_that_goes_is_not():
    to_a_supplier(30)
    to_staff(20)
    due(40)
    due(40, state=NoticeState.SENT, sent_at=NOW)

    assert wrong()["mail"] == ("08:30", "Mail to staff and suppliers has stood still since 08:30: no worker sends it.")


def test_the_brake_is_on_mail_to_suppliers_unless_that_is_in_shadow(settings):
    to_a_supplier(-60)
    braking.put_on("refused", since=NOW - 60 * MINUTE, doubts=0, at=NOW - 60 * MINUTE)
    assert wrong()["mail"] == ("08:00", "Mail to suppliers has stood still since 08:00: refused")

    settings.MAIL = "shadow"

    assert wrong() == {}


def test_every_table_of_letters_says_who_reads_them():
    assert [outbox.to for outbox in sender.OUTBOXES] == ["staff", "customers", "restock lists", "suppliers"]
