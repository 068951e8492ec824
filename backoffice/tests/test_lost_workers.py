"""Workers that are killed in the middle of a night, or asked three times at once: PostgreSQL, and real processes."""

import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connections

from backoffice import jobs, nightly
from backoffice.admin import _start
from backoffice.celery import LONG, app
from backoffice.models import JobRun
from backoffice.tests import race
from inventory.formulas.forecast import VarianceLine
from inventory.models import DemandEntry, ReorderBlock, ReorderPolicy
from inventory.night import blocks, policy_rows
from inventory.night.blocks import Done
from inventory.tests.make import asked_weekly
from orders.promising import sweep
from orders.tests import make
from suppliers import proposals
from suppliers.models import PurchaseOrder, PurchaseOrderLine
from suppliers.tests.make import offer

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

NIGHT = datetime(2026, 3, 3, 2, 10, tzinfo=UTC)
TODAY = NIGHT.date()
SECOND = timedelta(seconds=1)
PATIENCE = 60


def wait_until(happened: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < ends, "It never came to that."
        time.sleep(0.05)


def shop() -> None:
    """A lamp with twelve weeks of history, one supplier, and a customer who waits for five."""
    lamp = make.product("LAMP")
    asked_weekly(lamp, 10, 8, 12, 9, 11, 10, 7, 13, 10, 9, 11, 10)
    offer(lamp, days=14)
    make.order((lamp, 5), reference="SO-1")


def books() -> list[object]:
    """What a night writes, without the keys that a second try may have used up."""
    return [
        sorted(ReorderPolicy.objects.values_list("product__sku", "reorder_point", "order_up_to", "figures")),
        sorted(DemandEntry.objects.values_list("source", "reference", "units")),
        sorted(PurchaseOrderLine.objects.values_list("product__sku", "quantity", "reason")),
        PurchaseOrder.objects.count(),
    ]


def stand_still(*given: object, **named: object) -> Any:
    time.sleep(3600)


def night_that_stands_still(step: str) -> None:
    """In a process of its own: a night that never gets beyond a step."""
    if step == "dates":
        sweep.undated = stand_still
    elif step == "block":
        policy_rows.store = stand_still  # inside the transaction of a block
    else:
        proposals.ProposalWriter.write = stand_still  # type: ignore[method-assign]
    nightly.run(on=TODAY, at=NIGHT)


@pytest.mark.parametrize(
    ("step", "percent"), [("dates", 25), ("block", 30), ("proposals", 75)], ids=["dates", "block", "proposals"]
)
def test_a_night_whose_worker_is_killed_is_taken_over_after_two_minutes_and_nothing_is_doubled(step, percent):
    shop()
    worker = race.start(night_that_stands_still, step)
    wait_until(lambda: JobRun.objects.filter(progress=percent).exists())
    time.sleep(0.5)

    worker.kill()
    worker.join(10)

    assert worker.exitcode == -signal.SIGKILL
    until = JobRun.objects.get().claimed_until
    assert until - NIGHT < jobs.LEASE + PATIENCE * SECOND
    with pytest.raises(jobs.StillRunning):
        nightly.run(on=TODAY, at=until)
    counts = nightly.run(on=TODAY, at=until + SECOND)
    run = JobRun.objects.get()
    assert (run.attempts, run.error, run.progress, run.counts) == (2, "", 100, counts)
    found = books()
    assert (len(found[0]), len(found[2]), found[3]) == (1, 1, 1)
    nightly.run(on=TODAY, at=until + 3600 * SECOND, again=True)
    assert books() == found


def block_that_stands_still(marker: str) -> None:
    """In a process of its own, which says nothing to the database for an hour in the middle of a block."""
    blocks.LOST_AFTER = SECOND

    def work(block: ReorderBlock) -> Done:
        Path(marker).touch()
        stand_still()
        raise AssertionError

    blocks.do_next(work)


def test_a_block_whose_worker_stands_still_is_free_again_after_a_while(tmp_path):
    blocks.plan([(0, 10)], on=TODAY, line=VarianceLine(1.2, 1.5), limits=None)
    marker = tmp_path / "at it"
    worker = race.start(block_that_stands_still, str(marker))
    wait_until(marker.exists)
    worker_alive = worker.is_alive()
    assert blocks.do_next(lambda block: Done({"skus": 10}, b"")) is False

    wait_until(lambda: blocks.do_next(lambda block: Done({"skus": 10}, b"")))

    assert (worker_alive, worker.is_alive()) == (True, True)
    assert [(block.counts, block.is_done) for block in blocks.of(TODAY)] == [({"skus": 10}, True)]
    worker.kill()
    worker.join(10)


def press_run_now(user_id: int, at: str) -> str:
    """In a process of its own: what the page does when somebody presses "Run now"."""
    try:
        _start(User.objects.get(pk=user_id), at=datetime.fromisoformat(at))
    except jobs.StillRunning as error:
        return str(error)
    finally:
        connections.close_all()
    return "started"


def test_of_three_who_press_run_now_at_once_one_starts_it_and_the_others_see_who():
    people = [User.objects.create_user(name) for name in ("ines", "maria", "otto")]
    with app.connection_for_write() as connection, connection.SimpleQueue(LONG) as queue:
        queue.clear()

        said = race.run(
            press_run_now, [(person.pk, (NIGHT + n * SECOND).isoformat()) for n, person in enumerate(people)]
        )

        run = JobRun.objects.get()
        assert sorted(said)[-1] == "started"
        assert said.count("started") == 1
        refused = f"nightly for 2026-03-03 is running, 0 % done, started by {run.by.username} at "
        assert [words.startswith(refused) for words in said if words != "started"] == [True, True]
        message = queue.get(timeout=2)
        assert message.payload[0] == [run.pk, run.started_at.isoformat()]
        with pytest.raises(queue.Empty):
            queue.get(block=False)
