"""The audit reads all figures as of one moment, keeps nobody waiting, and cries no wolf."""

from datetime import timedelta
from pathlib import Path
from time import sleep

import pytest
from django.core.management import call_command

from backoffice.books import audit, twins
from backoffice.books.snapshot import snapshot
from backoffice.models import JobRun
from backoffice.tests import race
from inventory.models import Inbound, Product
from inventory.supply import inbound
from orders.mail import calls, outbox
from orders.models import Notice, OrderLine
from orders.tests import make

AT = make.MONDAY
SOON = make.TODAY + timedelta(days=9)
SOON_AT = AT + timedelta(hours=3)


def broken() -> set[str]:
    return {finding.rule for finding in audit.run(at=AT) if finding.broken}


def test_the_books_balance_after_more_came_than_was_ordered_and_units_in_place_of_damaged_ones(db):
    lamp = make.product("LAMP-1")
    for came in ((12, 0), (10, 3), (3, 0)):
        lorry = Inbound.objects.order_by("pk").last() if came == (3, 0) else make.coming(lamp, 10, on=SOON)
        inbound.receive([inbound.Receipt(lorry.pk, came[0], came[1])], takes_surplus=True, by=None, at=AT)

    assert list(Inbound.objects.order_by("pk").values_list("received", "surplus")) == [(10, 2), (10, 3)]
    assert broken() == set()


@pytest.mark.django_db(transaction=True)
def test_it_writes_its_progress_outside_of_the_moment_it_reads():
    make.line(make.product("LAMP-1"), 3)
    run = JobRun.objects.create(job="audit", business_date=make.TODAY, started_at=AT)

    def progress(done: int, total: int) -> None:
        JobRun.objects.filter(pk=run.pk).update(progress=100 * done // total)

    assert audit.balances(audit.run(at=AT, progress=progress))
    run.refresh_from_db()
    assert run.progress == 100


def place_lamps(stop: str, number: int) -> int:
    """Place orders until the file is there."""
    lamp, done = Product.objects.get(sku="LAMP-1"), 0
    who = make.customer(email=f"worker{number}@example.com")
    while not Path(stop).exists() and done < 400:
        make.line(lamp, 1 + done % 3, who=who, reference=f"P-{number}-{done}")
        done += 1
    return done


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("reads_one_moment", [True, False])
def test_it_does_not_cry_wolf_while_orders_are_placed(tmp_path, monkeypatch, reads_one_moment):
    lamp = make.product("LAMP-1")
    make.on_hand(lamp, 50)
    make.coming(lamp, 500, on=SOON)
    make.line(lamp, 1)
    if not reads_one_moment:
        monkeypatch.setattr(audit, "snapshot", apart)
    stop = tmp_path / "stop"
    workers = [race.start(place_lamps, str(stop), number) for number in range(2)]
    try:
        wait_for_orders(5)
        cries = [rule for _ in range(25) for rule in broken()]
    finally:
        stop.touch()
        for worker in workers:
            worker.join(60)

    assert bool(cries) is not reads_one_moment
    assert broken() == set()


def wait_for_orders(count: int) -> None:
    for _ in range(600):
        if OrderLine.objects.count() > count:
            return
        sleep(0.05)
    raise AssertionError("Nobody places orders.")


class apart:  # noqa: N801
    """The control: each book is read when its turn comes."""

    def __enter__(self):
        return lambda work: work()

    def __exit__(self, *error: object) -> None:
        return None


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_moment_is_read_only_and_keeps_nobody_waiting():
    make.product("LAMP-1")

    with snapshot() as aside:
        before = Product.objects.count()
        aside(lambda: make.product("MUG-1") and None)
        seen = Product.objects.count()
        with pytest.raises(Exception, match="read-only"):
            make.product("BOX-1")

    assert (before, seen, Product.objects.count()) == (1, 1, 2)


@pytest.mark.django_db
def test_twins_are_a_warning_beside_books_that_balance(capsys):
    make.product("TEE-S")
    make.product("LAMP")
    Product.objects.filter(sku="LAMP").update(sku="tee-s", key=None)

    call_command("audit")

    told = capsys.readouterr()
    assert "The books balance." in told.out
    assert (
        "1 product is there twice: “tee-s” beside “TEE-S”. Give the younger one a SKU of its own on its page."
        in told.err
    )
    assert twins.counts() == {"twins": 1, "twins_found": {"product": "“tee-s” beside “TEE-S”"}}
    assert twins.fill() == 0


@pytest.mark.django_db
def test_a_row_that_was_written_without_its_key_gets_it():
    make.product("tee-s")
    Product.objects.update(key=None)

    assert twins.fill() == 1
    assert Product.objects.get().key == "TEE-S"
    assert twins.found() == []


@pytest.mark.django_db
def test_who_was_told_by_phone_was_told_at_that_moment():
    line = make.line(make.product(), 2, who=make.customer("Kim Adams", email=""))
    outbox.sort_out(at=AT)

    calls.made(Notice.objects.values_list("pk", flat=True), by=None, at=SOON_AT)

    assert OrderLine.objects.get(pk=line.pk).told_at == SOON_AT
    assert broken() == set()
