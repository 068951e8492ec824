"""A night's reorder points, shared by several workers: PostgreSQL and Redis as they are in production."""

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
import redis
from django.conf import settings as django_settings
from django.db import transaction

from backoffice import nightly, tasks
from backoffice.tests import race
from inventory.demand import entries
from inventory.ground.sql import bulk
from inventory.models import ForecastState, PolicyChange, Product, ReorderBlock, ReorderPolicy, Warehouse
from inventory.night import blocks, policies, skus
from inventory.tests.make import asked, asked_weekly, lead_time
from orders.tests import make

TODAY = date(2026, 3, 3)
PRODUCTS = 12
STARTS = 120
"""Seconds within which a worker is ready, on a machine that is busy."""


@pytest.fixture
def shop(monkeypatch):
    """Twelve products, and a night that takes each of them for a block."""
    monkeypatch.setattr(skus, "BLOCK", 1)
    for number in range(PRODUCTS):
        thing = make.product(f"LAMP-{number}")
        asked_weekly(thing, *(units * (number + 1) for units in (10, 8, 12, 9, 11, 10, 7, 13, 10, 9, 11, 10)))
        lead_time(thing, 14, 17)


def books() -> list[list[tuple]]:
    """All that a night writes, whoever wrote it first."""
    return [
        sorted(
            tuple(bytes(v) if isinstance(v, memoryview) else v for v in row)
            for row in model.objects.values_list(*names)
        )
        for model, names in (
            (ReorderPolicy, ("product__sku", "reorder_point", "order_up_to", "figures", "sender", "computed_on")),
            (PolicyChange, ("policy__product__sku", "on", "was", "now", "reason")),
            (ForecastState, ("product__sku", "first_week", "last_week", "memory")),
        )
    ]


def forget() -> None:
    for model in (PolicyChange, ReorderPolicy, ForecastState, ReorderBlock):
        model.objects.all().delete()


@contextmanager
def worker(log: Path):
    """A real Celery worker in a process of its own, on the test's database and Redis, once it is ready."""
    environment = os.environ | {"DATABASE_URL": race.database_url(), "DJANGO_SETTINGS_MODULE": "backoffice.settings"}
    worker_command = "-m celery --app backoffice worker --loglevel INFO --pool solo -Q long"
    command = [sys.executable, *worker_command.split()]
    with log.open("w") as out, subprocess.Popen(command, env=environment, stdout=out, stderr=out) as process:
        try:
            begun = time.monotonic()
            while "ready." not in log.read_text():
                assert process.poll() is None and time.monotonic() < begun + STARTS, log.read_text()[-4000:]  # noqa: PT018
                time.sleep(0.1)
            yield process
        finally:
            process.terminate()
            process.wait(30)


def slowly(monkeypatch) -> None:
    """Let this worker take its time, so that another finds something left to do."""
    compute = policies._compute

    def compute_slowly(block):
        time.sleep(0.5)
        return compute(block)

    monkeypatch.setattr(policies, "_compute", compute_slowly)


def take_one_and_hang(path: str) -> None:
    """Take a block, write half of it, and never come back."""

    def hang(block):
        ReorderPolicy.objects.update(reorder_point=0, order_up_to=0)
        Path(path).write_text(str(block.pk))
        time.sleep(600)

    blocks.do_next(hang)


def ask_for_one(path: str) -> None:
    """Record that somebody asked for a unit, and say when it is written."""
    asked(Product.objects.get(sku="LAMP-0"), 1, on=TODAY, place=Warehouse.objects.get())
    Path(path).write_text("recorded")


def hold_demand_still(path: str) -> None:
    """Absorb beside another worker, and say when it could."""
    with transaction.atomic():
        entries.no_writer()
        Path(path).write_text("held")


def is_waited_for() -> bool:
    """Say whether some process waits for a lock that this one holds."""
    found = bulk.fetch("SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))", [])
    return bool(found)


def test_a_worker_that_comes_too_late_finds_nothing_to_do(db):
    assert tasks.nightly_help() == {"blocks": 0}


def test_no_more_workers_are_called_than_there_are_blocks_to_share(monkeypatch, settings):
    settings.NIGHTLY_HELPERS = 3
    called = []
    monkeypatch.setattr(nightly, "publish", lambda name, **options: called.append((name, options["queue"])))

    for count in (0, 1, 3, 9):
        nightly._call_helpers(count)
        called.append(count)

    help_call = ("backoffice.tasks.nightly_help", "long")
    assert called == [0, 1, help_call, help_call, 3, *[help_call] * 3, 9]


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_worker_called_over_redis_does_its_share_and_the_numbers_are_the_same(shop, tmp_path, monkeypatch, settings):
    alone = policies.recompute(on=TODAY)
    expected = books()
    forget()
    settings.NIGHTLY_HELPERS = 1
    slowly(monkeypatch)
    log = tmp_path / "worker.log"

    with worker(log):
        counts = policies.recompute(on=TODAY, share=nightly._call_helpers)

    helped = counts.pop("blocks_of_helpers", 0)
    assert 0 < helped < PRODUCTS, log.read_text()[-4000:]
    assert {name: counts[name] for name in alone} == alone
    assert books() == expected


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_flushed_redis_loses_nothing(shop, settings):
    settings.NIGHTLY_HELPERS = 5

    def call_and_flush(count: int) -> None:
        nightly._call_helpers(count)
        with redis.from_url(django_settings.REDIS_URL) as broker:
            assert broker.llen("long") > 0
            broker.flushdb()

    counts = policies.recompute(on=TODAY, share=call_and_flush)

    assert (counts["blocks"], counts["computed"], counts.get("blocks_of_helpers")) == (PRODUCTS, PRODUCTS, None)


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_the_block_of_a_worker_that_is_killed_is_done_by_another(shop, tmp_path):
    told = tmp_path / "taken"
    policies.recompute(on=TODAY)
    expected = books()
    forget()

    def lose_a_worker(count: int) -> None:
        lost = race.start(take_one_and_hang, str(told))
        while not told.exists():
            time.sleep(0.05)
        assert blocks.left(TODAY) == count
        lost.kill()
        lost.join(30)

    counts = policies.recompute(on=TODAY, share=lose_a_worker)

    assert (counts["blocks"], counts["computed"], counts["errors"]) == (PRODUCTS, PRODUCTS, [])
    assert ReorderBlock.objects.get(pk=int(told.read_text())).is_done
    assert books() == expected


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_of_four_workers_no_two_do_the_same_block(shop):
    shop = policies._first_shop(TODAY)
    blocks.plan(skus.blocks(), on=TODAY, line=shop.line, limits=shop.limits)

    done = race.run(policies.help_out, [() for _ in range(4)])

    assert sum(done) == PRODUCTS
    assert PolicyChange.objects.count() == ReorderPolicy.objects.count() == PRODUCTS


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_workers_absorb_side_by_side_and_nobody_records_demand_meanwhile(shop, tmp_path):
    beside, recorded = tmp_path / "beside", tmp_path / "recorded"

    with transaction.atomic():
        entries.no_writer()
        race.start(hold_demand_still, str(beside)).join(60)
        assert beside.exists()
        writer = race.start(ask_for_one, str(recorded))
        while not is_waited_for():
            assert writer.is_alive()
            time.sleep(0.05)
        assert not recorded.exists()
    writer.join(60)

    assert recorded.exists()
