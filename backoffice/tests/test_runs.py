"""The list of runs: what ran, how far it is, and "run now"."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from backoffice import jobs, tasks
from backoffice.celery import LONG, NOW, app
from backoffice.models import JobRun
from backoffice.people import roles
from backoffice.tests import people
from inventory.models import PolicyChange, ReorderBlock
from orders.tests import make
from suppliers.tests import make as buy

pytestmark = pytest.mark.django_db

START = "admin:backoffice_jobrun_start"


@pytest.fixture
def client():
    roles.keep()
    return people.browser(roles.OPERATIONS)


@pytest.fixture
def messages():
    """The queue of long jobs, empty at the start."""
    with app.connection_for_write() as connection, connection.SimpleQueue(LONG) as queue:
        queue.clear()
        yield queue
        queue.clear()


def run(**fields) -> JobRun:
    at = timezone.now()
    given = {"started_at": at, "claimed_until": at + jobs.LEASE} | fields
    return JobRun.objects.create(job="nightly", business_date=timezone.localdate(at), **given)


def waiting(messages):
    """Count what is in the queue, and empty it; to Redis an empty queue is no queue."""
    for count in range(9):
        try:
            messages.get(block=False)
        except messages.Empty:
            return count
    return 9


def test_run_now_wakes_the_worker_in_the_name_of_who_asked(client, messages):
    response = client.post(reverse(START), follow=True)

    [message] = [messages.get(timeout=2)]
    assert message.headers["task"] == NOW
    row = JobRun.objects.get()
    assert message.payload[0] == [row.pk, row.started_at.isoformat()]
    assert (row.by.username, row.progress, row.finished_at) == ("operations", 0, None)
    assert "The nightly run starts now." in response.content.decode()


def test_beside_a_run_that_runs_no_second_one_is_started(client, messages):
    run(progress=40)

    response = client.post(reverse(START))

    assert "is running, 40 % done, started by the clock at " in response.content.decode()
    assert waiting(messages) == 0


def test_a_double_click_starts_one_run_and_says_who_has_it(client, messages):
    client.post(reverse(START))
    second = client.post(reverse(START))

    assert "is running, 0 % done, started by operations at " in second.content.decode()
    assert waiting(messages) == 1
    assert JobRun.objects.get().attempts == 1


def test_a_run_that_no_worker_can_be_woken_for_leaves_the_last_one_as_it_was(client, settings):
    run(finished_at=timezone.now(), progress=100, counts={"policies": {"skus": 1204}})
    was = jobs.before("nightly", on=timezone.localdate())
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"

    response = client.post(reverse(START))

    words = "The run could not be started: the broker that wakes the workers does not answer ("
    assert words in response.content.decode()
    assert jobs.before("nightly", on=timezone.localdate()) == was


def test_a_message_begins_its_run_once_however_often_it_comes(client, messages):
    client.post(reverse(START))
    [message] = [messages.get(timeout=2)]

    first, second = (tasks.nightly_now(*message.payload[0]) for _ in range(2))

    assert (next(iter(first)), second) == ("demand", {})
    row = JobRun.objects.get()
    assert (row.by.username, row.progress, row.error, row.attempts) == ("operations", 100, "", 1)


def test_a_run_that_was_asked_for_and_that_no_worker_came_for_is_done_by_the_clock(client, messages):
    client.post(reverse(START))
    token = JobRun.objects.get().started_at
    with time_machine.travel(timezone.now() + jobs.LEASE + timedelta(seconds=1), tick=False):
        counts = tasks.nightly()

    assert next(iter(counts)) == "demand"
    assert tasks.nightly_now(JobRun.objects.get().pk, token.isoformat()) == {}


def test_a_run_whose_worker_died_long_ago_does_not_stand_in_the_way(client, messages):
    run(started_at=timezone.now() - timedelta(hours=2), claimed_until=timezone.now() - timedelta(seconds=1))

    client.post(reverse(START))

    assert waiting(messages) == 1


def test_only_looking_at_run_now_starts_nothing(client, messages):
    client.get(reverse(START))

    assert waiting(messages) == 0


def test_while_something_runs_its_pages_look_again_by_themselves(client):
    row = run(progress=40, step="Computing reorder points")

    listed = client.get(reverse("admin:backoffice_jobrun_changelist"))
    page = client.get(reverse("admin:backoffice_jobrun_change", args=[row.pk]))

    assert (listed["Refresh"], page["Refresh"]) == ("3", "3")
    assert "Computing reorder points" in listed.content.decode()


def test_a_run_that_is_done_shows_what_it_counted(client):
    row = run(finished_at=timezone.now(), progress=100, counts={"policies": {"skus": 1204}, "seconds": 2})

    page = client.get(reverse("admin:backoffice_jobrun_change", args=[row.pk]))

    assert "Refresh" not in page
    assert "1,204" in page.content.decode()


@pytest.mark.parametrize("size", [2, 15])
def test_the_list_keeps_its_query_budget(client, django_assert_max_num_queries, size):
    for number in range(size):
        JobRun.objects.create(
            job="audit", business_date=people.in_days(number), started_at=timezone.now(), finished_at=timezone.now()
        )

    with django_assert_max_num_queries(14):
        client.get(reverse("admin:backoffice_jobrun_changelist"))


def changed(sku: str, was: int, now: int) -> None:
    policy = buy.policy(make.product(sku), now, now + 5)
    PolicyChange.objects.create(policy=policy, on=timezone.localdate(), was=was, now=now, reason="Demand up")


def test_the_page_of_a_night_shows_what_moved_most_first_and_leads_to_the_rest(client):
    changed("LAMP-1", 5, 8)
    changed("MUG-1", 90, 40)
    row = run(finished_at=timezone.now(), progress=100)

    table = client.get(reverse("admin:backoffice_jobrun_change", args=[row.pk])).context["tables"][0]

    assert table.title == "Reorder points that moved most"
    assert [(line[2], line[3], line[5]) for line in table.rows] == [(90, 40, "Demand up"), (5, 8, "Demand up")]
    [url] = re.findall('href="([^"]*)"', table.note)
    listed = client.get(url).context["cl"].result_list
    assert [change.policy.product.sku for change in listed] == ["MUG-1", "LAMP-1"]


def test_the_page_of_a_night_names_the_block_that_failed(client):
    line = {"line_a": 1.5, "line_b": 1.5, "is_done": True}
    on = timezone.localdate()
    ReorderBlock.objects.create(on=on, after=0, until=10, error="Products 1 to 10: ValueError: no number", **line)
    ReorderBlock.objects.create(on=on, after=10, until=20, **line)
    row = run(finished_at=timezone.now(), error="Some reorder points could not be computed")

    table = client.get(reverse("admin:backoffice_jobrun_change", args=[row.pk])).context["tables"][0]

    assert table.title == "Blocks that failed"
    assert table.rows == [("1 to 10", "Products 1 to 10: ValueError: no number")]


def test_today_leads_to_the_night_and_to_what_it_changed(client):
    changed("LAMP-1", 5, 8)
    row = run(finished_at=timezone.now(), progress=100, counts={"report": {"changed": 1}})

    page = client.get("/admin/").content.decode()

    assert reverse("admin:backoffice_jobrun_change", args=[row.pk]) in page
    assert f"{reverse('admin:inventory_policychange_changelist')}?on={row.business_date}" in page
    assert "1 reorder point changed" in page
