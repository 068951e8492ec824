"""Who waits too long for others is told that nothing was done, keeps what was typed, and frees the worker."""

import sqlite3
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection, transaction
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from backoffice.tests import people, race
from backoffice.web import limits, refusing
from inventory.models import Product
from inventory.tests.hands import Hands

WORDS = "Nothing was done. Try again in a moment."
on_postgresql = pytest.mark.services


@pytest.fixture
def boss() -> Hands:
    client = Hands()
    client.force_login(User.objects.create_superuser("boss"))
    return client


def hold_every_product(path: str) -> None:
    """Hold the locks of all products, in a process of its own, until the file is gone."""
    with transaction.atomic():
        Product.objects.lock(Product.objects.values_list("pk", flat=True))
        Path(path).touch()
        while Path(path).exists():
            time.sleep(0.05)


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[people.Shop]:
    """A shop in which somebody else has hold of every product."""
    shop = people.shop()
    flag = tmp_path / "held"
    holder = race.start(hold_every_product, str(flag))
    for _ in range(400):
        if flag.exists():
            break
        time.sleep(0.05)
    yield shop
    flag.unlink()
    holder.join(30)


def acts(shop: people.Shop) -> Iterator[tuple[str, dict[str, object]]]:
    """What people do to a product: count it, let a line forward, ship, receive, give a new date."""
    stock, line, inbound = (shop.pk(f"{name}") for name in ("inventory.stock", "orders.backorder", "inventory.inbound"))
    yield f"{reverse('admin:inventory_stock_count')}?ids={stock}", {f"units-{stock}": 3, "reason": "Counted"}
    yield (
        f"{reverse('admin:orders_backorder_priority')}?ids={line}",
        {"_selected_action": line, "priority": 2, "reason": "Called", "preview": 1},
    )
    yield reverse("admin:receive_inbound", args=[inbound]), {f"units-{inbound}": 2}
    later = {"new_date": timezone.localdate() + timedelta(days=20), "reason": "Storm"}
    yield reverse("admin:reschedule_inbound", args=[inbound]), later


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_an_act_that_waits_too_long_says_that_nothing_was_done(busy, boss, settings):
    settings.REQUEST_LOCK_SECONDS = 1
    connection.close()
    before = people.fingerprint()
    answers = {}

    for url, form in acts(busy):
        began = time.perf_counter()
        response = boss.post(url, form)
        answers[url] = response.status_code, WORDS in response.content.decode(), time.perf_counter() - began < 6

    assert set(answers.values()) == {(503, True, True)}
    assert len(answers) == 4
    assert people.fingerprint() == before


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_the_answer_keeps_what_was_typed_and_the_way_back(busy, boss, settings):
    settings.REQUEST_LOCK_SECONDS = 1
    connection.close()
    stock = busy.pk("inventory.stock")
    url = f"{reverse('admin:inventory_stock_count')}?ids={stock}"

    response = boss.post(url, {f"units-{stock}": "3", "reason": 'Counted by "two"', "csrfmiddlewaretoken": "old"})

    page = response.content.decode()
    assert response.headers["Retry-After"] == "10"
    kept = [(name, value) for name, value in response.context["kept"] if name not in ("once", "fingerprint")]
    assert kept == [(f"units-{stock}", "3"), ("reason", 'Counted by "two"')]
    assert "Counted by &quot;two&quot;</textarea>" in page
    assert f'<a href="{url}" class="closelink">' in page


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_behind_a_pooler_each_transaction_brings_its_own_limits(busy, boss, settings):
    settings.REQUEST_LOCK_SECONDS = 1
    connection.close()
    connection.settings_dict["DISABLE_SERVER_SIDE_CURSORS"] = True
    try:
        answers = [boss.post(url, form).status_code for url, form in acts(busy)]
        left = shown("lock_timeout")
    finally:
        connection.settings_dict["DISABLE_SERVER_SIDE_CURSORS"] = False

    assert answers == [503] * 4
    assert left == "0"


def shown(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {name}")
        found: str = cursor.fetchone()[0]
    return found


@on_postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_pooled", [False, True])
def test_statements_of_requests_are_limited_and_those_of_one_big_act_longer(is_pooled, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", is_pooled)
    connection.close()
    usually = shown("jit")
    connection.close()

    def look(request):
        with transaction.atomic():
            return shown("lock_timeout"), shown("statement_timeout"), shown("jit")

    before = look(None)
    with limits.limited():
        usual = look(None)
        big = limits.patient(look)(None)
        after = look(None)
    connection.close()

    assert before == ("0", "0", usually)
    assert usual == after == ("10s", "1min", "off")
    assert big == ("10s", "5min", "off")


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_the_night_and_the_clock_are_not_limited(boss):
    boss.get(reverse("admin:index"))
    connection.close()

    assert shown("lock_timeout") == shown("statement_timeout") == "0"


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_a_page_whose_statement_runs_too_long_says_so(boss, settings, monkeypatch):
    settings.REQUEST_STATEMENT_SECONDS = 1
    connection.close()

    def slow(*args: object, **kwargs: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(5)")

    monkeypatch.setattr("backoffice.dashboard.context", slow)
    began = time.perf_counter()

    response = boss.get(reverse("admin:index"))

    assert response.status_code == 503
    assert WORDS in response.content.decode()
    assert time.perf_counter() - began < 4
    connection.close()


@pytest.mark.parametrize(
    ("cause", "is_busy"),
    [
        (psycopg.errors.LockNotAvailable(), True),
        (psycopg.errors.QueryCanceled(), True),
        (psycopg.errors.SerializationFailure(), True),
        (psycopg.errors.DeadlockDetected(), True),
        (psycopg.errors.DiskFull(), False),
        (psycopg.errors.AdminShutdown(), False),
        (sqlite3.OperationalError("database is locked"), True),
        (sqlite3.OperationalError("database table is locked: orders_order"), True),
        (sqlite3.OperationalError("disk I/O error"), False),
    ],
)
def test_only_what_gave_way_to_others_is_called_busy(cause, is_busy):
    error = OperationalError(str(cause))
    error.__cause__ = cause

    assert refusing.is_busy(error) is is_busy


@pytest.mark.django_db
def test_sqlite_says_the_same_when_another_writer_does_not_end(boss, monkeypatch):
    if connection.vendor != "sqlite":
        return  # PostgreSQL has locks of rows
    stock = people.shop().rows["inventory.stock"]

    def locked(*args: object, **kwargs: object) -> None:
        raise OperationalError("database is locked") from sqlite3.OperationalError("database is locked")

    monkeypatch.setattr("inventory.supply.counts.count", locked, raising=False)
    monkeypatch.setattr("inventory.supply.stock.adjust", locked)
    response = boss.post(
        f"{reverse('admin:inventory_stock_count')}?ids={stock.pk}", {f"units-{stock.pk}": 3, "reason": "Counted"}
    )

    assert response.status_code == 503
    assert WORDS in response.content.decode()


@pytest.mark.django_db
def test_what_fails_before_a_page_is_reached_is_told_too():
    request = RequestFactory().get("/admin/")
    try:
        raise OperationalError("database is locked")
    except OperationalError:
        found = [refusing.failed(request)]
    try:
        raise OperationalError("disk I/O error")
    except OperationalError:
        found.append(refusing.failed(request))

    assert [answer.status_code for answer in found] == [503, 503]
    assert [b"The database does not answer" in answer.content for answer in found] == [False, True]
