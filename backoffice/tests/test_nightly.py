import json
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import CommandError
from django.forms import model_to_dict

from backoffice import celery, jobs, nightly, tasks
from backoffice.models import JobRun
from inventory.models import (
    DailyDemand,
    DemandEntry,
    ForecastState,
    LeadTime,
    Owed,
    PolicyChange,
    Product,
    ReorderPolicy,
)
from inventory.tests.make import asked_weekly
from orders.tests import make
from suppliers.models import PurchaseOrder, PurchaseOrderLine
from suppliers.tests.make import offer

pytestmark = pytest.mark.django_db

NIGHT = datetime(2026, 3, 3, 2, 10, tzinfo=UTC)
TODAY = NIGHT.date()
LATER = NIGHT + timedelta(hours=6)
WRITTEN = (
    DemandEntry,
    DailyDemand,
    ForecastState,
    LeadTime,
    ReorderPolicy,
    PolicyChange,
    PurchaseOrder,
    PurchaseOrderLine,
)


@pytest.fixture
def lamp():
    """A lamp with twelve weeks of history, one supplier, and a customer who waits for five."""
    thing = make.product("LAMP")
    asked_weekly(thing, 10, 8, 12, 9, 11, 10, 7, 13, 10, 9, 11, 10)
    offer(thing, days=14)
    make.order((thing, 5), reference="SO-1")
    return thing


def books() -> list[list[dict]]:
    return [[model_to_dict(row) for row in model.objects.order_by("pk")] for model in WRITTEN]


def without_seconds(counts: dict) -> dict:
    return {step: {name: value for name, value in found.items() if name != "seconds"} for step, found in counts.items()}


def command(*arguments: str) -> str:
    out = StringIO()
    call_command("nightly", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def spoil(thing: Product) -> None:
    """A forecast that cannot be read: the reorder points of its block fail."""
    ForecastState.objects.filter(product=thing).update(memory=b"half")


def test_the_night_goes_from_orders_to_a_draft(lamp):
    counts = nightly.run(on=TODAY, at=NIGHT)

    policy = ReorderPolicy.objects.get()
    line = PurchaseOrderLine.objects.select_related("purchase_order").get()
    assert list(counts) == [
        "demand",
        "patterns",
        "asked",
        "lead_times",
        "dates",
        "causes",
        "policies",
        "proposals",
        "figures",
        "report",
        "alerts",
    ]
    assert without_seconds(counts)["demand"] == {"orders": 1, "refusals": 0, "changed": 1}
    assert (counts["policies"]["computed"], counts["proposals"]["created"]) == (1, 1)
    assert DemandEntry.objects.get(source="orders").reference == "shop:SO-1"
    assert LeadTime.objects.get().mean_days == 15.0
    assert policy.parts["owed"] == 5
    assert line.quantity == policy.order_up_to + 5
    assert line.purchase_order.proposed_on == TODAY
    assert counts["report"]["most"] == [f"LAMP in BER: 0 → {policy.reorder_point}. First computed"]
    run = JobRun.objects.get()
    assert (run.job, run.business_date, run.progress, run.counts) == ("nightly", TODAY, 100, counts)


def test_running_the_night_twice_changes_nothing(lamp):
    nightly.run(on=TODAY, at=NIGHT)
    before = books()

    counts = nightly.run(on=TODAY, at=LATER, again=True)

    assert books() == before
    assert (counts["demand"]["changed"], counts["policies"]["changed"], counts["proposals"]["created"]) == (0, 0, 0)


def test_a_night_that_ran_says_so_and_does_nothing(lamp):
    nightly.run(on=TODAY, at=NIGHT)

    with pytest.raises(jobs.AlreadyRan, match="nightly for 2026-03-03 ran already"):
        nightly.run(on=TODAY, at=LATER)

    assert JobRun.objects.get().attempts == 1


def test_progress_rises_step_by_step_to_the_end(lamp):
    told: list[tuple[int, str]] = []

    nightly.run(on=TODAY, at=NIGHT, progress=lambda percent, step: told.append((percent, step)))

    assert told == [
        (0, "Feeding demand"),
        (8, "Learning seasons and launches"),
        (14, "Asking suppliers whether it left"),
        (15, "Learning lead times"),
        (25, "Learning lead times"),
        (25, "Looking at every promised date"),
        (29, "Saying why lines wait"),
        (30, "Computing reorder points"),
        (75, "Computing reorder points"),
        (75, "Proposing purchase orders"),
        (90, "Keeping the figures"),
        (95, "Writing the report"),
        (97, "Raising alerts"),
        (100, "Done"),
    ]


def test_a_block_that_fails_is_told_and_the_rest_of_the_night_is_done(lamp):
    nightly.run(on=TODAY, at=NIGHT)
    spoil(lamp)

    with pytest.raises(jobs.JobFailed, match=r"Some reorder points could not be computed: Products .*UnevenRows"):
        nightly.run(on=TODAY + timedelta(days=7), at=NIGHT + timedelta(days=7))

    run = JobRun.objects.get(business_date=TODAY + timedelta(days=7))
    assert (run.counts["policies"]["failed_blocks"], "proposals" in run.counts) == (1, True)
    assert run.error.startswith("Some reorder points could not be computed")


def test_a_step_that_fails_is_named_and_stops_the_later_ones(lamp, settings):
    settings.PROMISE_QUANTILE = 2.0

    with pytest.raises(jobs.JobFailed, match="Learning lead times failed"):
        nightly.run(on=TODAY, at=NIGHT)

    run = JobRun.objects.get()
    assert sorted(run.counts) == ["asked", "demand", "patterns"]
    assert (run.step, run.error.split(".")[0]) == ("Learning lead times", "Learning lead times failed")
    assert not ReorderPolicy.objects.exists()
    assert not PurchaseOrder.objects.exists()


def test_a_night_that_broke_off_is_finished_by_the_next_try(lamp, settings):
    settings.PROMISE_QUANTILE = 2.0
    with pytest.raises(jobs.JobFailed):
        nightly.run(on=TODAY, at=NIGHT)
    settings.PROMISE_QUANTILE = 0.9

    nightly.run(on=TODAY, at=LATER)

    run = JobRun.objects.get()
    assert (run.attempts, run.error, PurchaseOrder.objects.count()) == (2, "", 1)


@pytest.mark.parametrize(
    ("moment", "local", "on"),
    [
        ("2026-03-03 01:09", "02:09", None),
        ("2026-03-03 01:10", "02:10", date(2026, 3, 3)),
        ("2026-03-03 22:59", "23:59", date(2026, 3, 3)),  # a restart in the evening catches up
        ("2026-03-29 00:59", "01:59", None),
        ("2026-03-29 01:00", "03:00", date(2026, 3, 29)),  # 02:10 does not exist in this night
        ("2026-10-25 00:10", "02:10", date(2026, 10, 25)),
        ("2026-10-25 01:10", "02:10", date(2026, 10, 25)),  # and is there twice in this one
    ],
)
def test_the_night_is_due_from_ten_past_two_by_the_shops_clock(moment, local, on):
    at = datetime.fromisoformat(f"{moment}+00:00").astimezone(ZoneInfo("Europe/Berlin"))

    assert at.strftime("%H:%M") == local
    assert celery.business_date("nightly", at=at) == on


def test_the_clock_runs_the_night_once_however_often_it_ticks(lamp):
    with time_machine.travel(NIGHT - timedelta(minutes=1), tick=False):
        assert tasks.nightly() == {}
    with time_machine.travel(NIGHT, tick=False):
        counts = tasks.nightly()
    with time_machine.travel(LATER, tick=False):
        assert tasks.nightly() == {}

    assert counts["policies"]["computed"] == 1
    assert [(run.business_date, run.attempts) for run in JobRun.objects.all()] == [(TODAY, 1)]


def test_the_clock_tries_a_failed_night_again_after_a_while(lamp, settings):
    settings.PROMISE_QUANTILE = 2.0
    with time_machine.travel(NIGHT, tick=False), pytest.raises(jobs.JobFailed):
        tasks.nightly()
    settings.PROMISE_QUANTILE = 0.9

    with time_machine.travel(NIGHT + timedelta(minutes=5), tick=False):
        assert tasks.nightly() == {}
    with time_machine.travel(NIGHT + timedelta(minutes=11), tick=False):
        assert tasks.nightly()["policies"]["computed"] == 1


def test_a_person_runs_the_night_now_and_is_named(lamp):
    ines = User.objects.create_user("ines")
    with time_machine.travel(NIGHT, tick=False):
        tasks.nightly()
    asked = jobs.claim(nightly.JOB, on=TODAY, at=LATER, by=ines, again=True)
    with time_machine.travel(LATER + timedelta(seconds=3), tick=False):
        tasks.nightly_now(asked.pk, asked.started_at.isoformat())

    run = JobRun.objects.get()
    assert (run.by, run.started_at, run.error) == (ines, LATER + timedelta(seconds=3), "")


def test_the_books_are_checked_and_empty_rows_swept_once_a_day(lamp):
    Owed.objects.create(product=lamp, warehouse=make.warehouse(), units=0, lines=0, promised_date=TODAY)
    with time_machine.travel(LATER, tick=False):
        assert tasks.audit() == {"differences": 0, "rules": {}}
        assert tasks.sweep() == {
            "owed": 1,
            "keys": 0,
            "keys_filled": 0,
            "folded": 0,
            "sign_ins": 0,
            "moved_points": 0,
            "alerts": 0,
            "runs": 0,
            "blocks_of_files": 0,
        }
        assert tasks.audit() == tasks.sweep() == {}

    assert sorted(JobRun.objects.values_list("job", flat=True)) == ["audit", "sweep"]


def test_every_job_of_the_clock_has_its_task():
    celery.app.loader.import_default_modules()

    assert {job.task for job in celery.CLOCK.values()} <= set(celery.app.tasks)
    assert celery.app.conf.beat_schedule["nightly"] == {
        "task": "backoffice.tasks.nightly",
        "schedule": 60.0,
        "options": {"queue": "long", "expires": 60},
    }


def test_a_message_is_kept_until_its_work_is_done():
    found = celery.app.conf

    assert (found.task_acks_late, found.task_reject_on_worker_lost, found.task_ignore_result) == (True, True, True)
    assert found.result_backend is None
    assert found.task_time_limit < celery.VISIBILITY_SECONDS


def test_the_command_says_what_it_did_and_then_that_it_did(lamp):
    first = command("--date", "2026-03-03")
    second = command("--date", "2026-03-03")
    again = json.loads(command("--date", "2026-03-03", "--again", "--json"))

    assert "Computing reorder points" in first
    assert "LAMP in BER: 0 → " in first
    assert first.endswith("The night of 2026-03-03 is done.\n")
    assert second == "nightly for 2026-03-03 ran already. Nothing to do; --again runs it once more.\n"
    assert (again["date"], again["policies"]["changed"]) == ("2026-03-03", 0)


def test_the_command_fails_with_the_reason(lamp, settings):
    settings.PROMISE_QUANTILE = 2.0

    with pytest.raises(CommandError, match="Learning lead times failed"):
        command("--date", "2026-03-03")
