from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import User

from backoffice import jobs
from backoffice.jobs import AlreadyRan, JobFailed, StillRunning, TakenOver
from backoffice.models import JobRun
from backoffice.tests import race

TODAY = date(2026, 3, 2)
NIGHT = datetime(2026, 3, 2, 2, 10, tzinfo=UTC)


def later(minutes: float) -> datetime:
    return NIGHT + timedelta(minutes=minutes)


def claim(at: datetime = NIGHT, **fields) -> JobRun:
    return jobs.claim("nightly", on=TODAY, at=at, **{"by": None, "again": False, **fields})


def once(work, at: datetime = NIGHT, **fields) -> dict:
    return jobs.once("nightly", work, on=TODAY, at=at, **fields)


def broken(report: jobs.Report) -> dict:
    report(40, "Learning lead times")
    raise ZeroDivisionError("no deliveries")


@pytest.mark.django_db
def test_a_job_runs_once_per_business_date():
    assert once(lambda report: {"skus": 3}) == {"skus": 3}

    with pytest.raises(AlreadyRan, match=r"nightly for 2026-03-02 ran already\."):
        once(lambda report: {"skus": 4}, later(1))

    run = JobRun.objects.get()
    assert (run.counts, run.progress, run.attempts, run.error) == ({"skus": 3}, 100, 1, "")
    assert run.finished_at >= run.started_at == NIGHT


@pytest.mark.django_db
def test_each_date_and_each_job_has_a_run_of_its_own():
    claim()

    jobs.claim("nightly", on=TODAY + timedelta(days=1), at=NIGHT, by=None, again=False)
    jobs.claim("audit", on=TODAY, at=NIGHT, by=None, again=False)

    assert JobRun.objects.count() == 3


@pytest.mark.django_db
def test_a_second_worker_finds_it_running_and_how_far():
    jobs.progress(claim(), 40, "Computing reorder points", at=later(1))

    with pytest.raises(StillRunning, match="40 % done, started by the clock at 02:10"):
        claim(later(2.5))

    run = JobRun.objects.get()
    assert (run.attempts, run.step) == (1, "Computing reorder points")


@pytest.mark.django_db
def test_a_run_whose_worker_died_is_taken_over_and_the_first_one_writes_nothing_more():
    first = claim()

    second = claim(later(2.1))

    with pytest.raises(TakenOver):
        jobs.progress(first, 80, "Late", at=later(2.2))
    jobs.finish(first, {"skus": 1}, at=later(2.3))
    assert JobRun.objects.get().finished_at is None
    jobs.finish(second, {"skus": 2}, at=later(3))
    run = JobRun.objects.get()
    assert (run.counts, run.attempts) == ({"skus": 2}, 2)


@pytest.mark.django_db
def test_a_claim_stands_for_two_minutes_and_not_one_moment_less():
    claim()

    assert not jobs.is_due("nightly", on=TODAY, at=later(2))
    with pytest.raises(StillRunning):
        claim(later(2))

    moment = timedelta(microseconds=1)
    assert jobs.is_due("nightly", on=TODAY, at=later(2) + moment)
    assert claim(later(2) + moment).attempts == 2


@pytest.mark.django_db
def test_each_word_of_progress_renews_the_claim():
    run = claim()
    for minute in range(1, 20):
        jobs.progress(run, 40, "Computing reorder points", at=later(minute))

    assert not jobs.is_due("nightly", on=TODAY, at=later(21))
    assert jobs.is_due("nightly", on=TODAY, at=later(21.1))


@pytest.mark.django_db
def test_a_worker_that_was_late_goes_on_if_nobody_has_taken_its_run_over():
    run = claim()

    jobs.progress(run, 80, "Late", at=later(10))
    jobs.finish(run, {"skus": 1}, at=later(11))

    assert JobRun.objects.get().counts == {"skus": 1}


@pytest.mark.django_db
def test_a_run_of_an_older_release_has_no_claim_and_is_taken_over_two_minutes_after_it_began():
    claim()
    JobRun.objects.update(claimed_until=None)

    assert not jobs.is_due("nightly", on=TODAY, at=later(2))
    assert jobs.is_due("nightly", on=TODAY, at=later(2.1))


@pytest.mark.django_db
def test_a_worker_that_was_taken_over_stops_at_its_next_word_and_leaves_the_run_to_the_other():
    did = []

    def slow(report: jobs.Report) -> dict:
        did.append("first")
        claim(later(3))
        report(50, "Late")
        did.append("second")
        return {}

    with pytest.raises(TakenOver):
        once(slow)

    run = JobRun.objects.get()
    assert (did, run.attempts, run.started_at, run.finished_at, run.error) == (["first"], 2, later(3), None, "")


@pytest.mark.django_db
def test_what_is_told_again_within_seconds_is_not_written_again(django_assert_num_queries):
    def chatty(report: jobs.Report) -> dict:
        report(40, "Learning")
        with django_assert_num_queries(0):
            for _ in range(1000):
                report(40, "Learning")
        with django_assert_num_queries(1):
            report(41, "Learning")
        return {}

    once(chatty)


@pytest.mark.django_db
def test_a_run_that_was_claimed_for_somebody_is_begun_once():
    run = claim()
    begun = jobs.take_up(run.pk, NIGHT, at=later(1))

    with pytest.raises(TakenOver, match="begun before"):
        jobs.take_up(run.pk, NIGHT, at=later(1.5))

    assert jobs.carry_out(begun, lambda report: {"skus": 3}, at=later(1)) == {"skus": 3}
    assert JobRun.objects.get().counts == {"skus": 3}


@pytest.mark.django_db
def test_a_claim_that_nothing_came_of_leaves_no_trace():
    fresh = claim()
    jobs.give_back(fresh, None)
    assert not JobRun.objects.exists()

    once(lambda report: {"skus": 3})
    was = jobs.before("nightly", on=TODAY)
    jobs.give_back(claim(later(60), again=True), was)
    assert jobs.before("nightly", on=TODAY) == was


@pytest.mark.django_db
def test_a_run_that_keeps_killing_its_worker_is_parked_until_a_person_runs_it():
    for attempt in range(3):
        claim(later(3 * attempt))

    with pytest.raises(AlreadyRan, match="died 3 times"):
        claim(later(9))

    parked = JobRun.objects.get()
    assert (parked.attempts, parked.finished_at) == (3, later(9))
    assert not jobs.is_due("nightly", on=TODAY, at=later(300))
    assert not jobs.is_left("nightly", on=TODAY, at=later(300))
    assert claim(later(300), again=True).attempts == 1


@pytest.mark.django_db
def test_a_failed_run_keeps_its_error_and_is_tried_again_after_a_while_three_times_at_most():
    with pytest.raises(JobFailed, match="ZeroDivisionError: no deliveries"):
        once(broken)

    run = JobRun.objects.get()
    assert (run.error, run.step, run.progress) == ("ZeroDivisionError: no deliveries", "Learning lead times", 40)
    assert not jobs.is_due("nightly", on=TODAY, at=later(5))
    assert jobs.is_due("nightly", on=TODAY, at=later(20))
    for attempt in (1, 2):
        with pytest.raises(JobFailed):
            once(broken, later(20 * attempt))
    assert not jobs.is_due("nightly", on=TODAY, at=later(90))
    with pytest.raises(AlreadyRan, match="given up: ZeroDivisionError"):
        once(broken, later(90))


@pytest.mark.django_db
def test_a_retry_that_goes_well_leaves_no_error():
    with pytest.raises(JobFailed):
        once(broken)

    once(lambda report: {"skus": 3}, later(20))

    run = JobRun.objects.get()
    assert (run.error, run.step, run.attempts, run.counts) == ("", "", 2, {"skus": 3})


@pytest.mark.django_db
def test_a_person_may_run_it_again_and_is_named_but_not_while_it_runs():
    ines = User.objects.create_user("ines")
    once(lambda report: {"skus": 3})

    once(lambda report: {"skus": 4}, later(60), by=ines, again=True)

    run = JobRun.objects.get()
    assert (run.counts, run.by, run.attempts) == ({"skus": 4}, ines, 1)
    running = claim(later(120), again=True)
    with pytest.raises(StillRunning):
        claim(later(121), again=True)
    with pytest.raises(StillRunning, match="started by the clock"):
        claim(later(121.5), again=True)
    running.refresh_from_db()
    assert running.started_at == later(120)


def try_to_claim(number: int) -> int:
    """In a process of its own: claim the night's run."""
    jobs.claim("nightly", on=TODAY, at=NIGHT + timedelta(seconds=number), by=None, again=False)
    return number


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_of_many_clocks_that_tick_at_once_one_gets_the_run():
    results = race.run(try_to_claim, [(number,) for number in range(4)])

    winners = [result for result in results if isinstance(result, int)]
    assert len(winners) == 1
    assert sorted(str(result) for result in results if result not in winners) == ["StillRunning"] * 3
    assert JobRun.objects.get().started_at == NIGHT + timedelta(seconds=winners[0])


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_of_many_workers_that_find_a_dead_run_one_takes_it_over():
    claim(NIGHT - timedelta(hours=2))

    results = race.run(try_to_claim, [(number,) for number in range(4)])

    winners = [result for result in results if isinstance(result, int)]
    assert len(winners) == 1
    assert JobRun.objects.get().attempts == 2


# --- long ago -------------------------------------------------------------------------


def ran(job: str, days_ago: float, *, error: str = "", is_over: bool = True) -> JobRun:
    began = NIGHT - timedelta(days=days_ago)
    return JobRun.objects.create(
        job=job, business_date=began.date(), started_at=began, finished_at=began if is_over else None, error=error
    )


@pytest.mark.django_db
def test_runs_of_more_than_four_hundred_days_ago_are_forgotten():
    ran("nightly", 500)
    ran("nightly", 401, error="no disk")
    ran("audit", 401)
    kept = [ran("nightly", 400), ran("nightly", 1), ran("audit", 0)]

    assert jobs.sweep(at=NIGHT) == 3
    assert list(JobRun.objects.order_by("pk")) == kept
    assert jobs.sweep(at=NIGHT) == 0


@pytest.mark.django_db
def test_the_last_run_that_went_well_is_kept_however_long_ago_and_what_came_after():
    """The audit asks for the last night that went well, and each card for the last run."""
    ran("nightly", 502)
    kept = [ran("nightly", 500), ran("nightly", 450, error="no disk"), ran("nightly", 440, is_over=False)]

    assert jobs.sweep(at=NIGHT) == 1
    assert set(JobRun.objects.all()) == set(kept)
