"""With Redis gone, full or hung every page still works: a Redis of its own is killed, filled and stopped here."""

import logging
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
import time_machine
from django.contrib.auth.models import User
from django.core.cache import cache, caches
from django.urls import reverse

from backoffice import kpi
from backoffice.tests import people
from backoffice.tests import test_permissions as table
from backoffice.web import caching
from inventory.models import Stock
from inventory.tests.hands import Hands, read_out
from orders.models import OrderLine
from orders.queue import counting

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.services,
    pytest.mark.skipif(not shutil.which("redis-server"), reason="needs redis-server"),
]

REDIS = Callable[[str], None]


@pytest.fixture
def falls(tmp_path: Path, settings) -> Iterator[REDIS]:
    """A Redis of this test's own, as cache and as broker, and how it falls."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["redis-server", "--port", str(port), "--save", "", "--appendonly", "no", "--dir", str(tmp_path)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    client = redis.Redis(port=port)
    for _ in range(100):
        try:
            client.ping()
            break
        except redis.ConnectionError:
            time.sleep(0.05)
    url = f"redis://127.0.0.1:{port}/0"
    settings.CACHES = {"default": {**settings.REDIS_CACHE, "LOCATION": url}}
    settings.CELERY_BROKER_URL = url

    def falls(how: str) -> None:
        if how == "full":
            client.config_set("maxmemory-policy", "noeviction")
            client.config_set("maxmemory", "1")
        elif how == "hung":
            server.send_signal(signal.SIGSTOP)
        elif how == "killed":
            server.kill()
            server.wait()
        else:
            server.send_signal(signal.SIGCONT)

    yield falls
    server.send_signal(signal.SIGCONT)
    server.kill()
    server.wait()
    client.close()
    cache.close()


WAYS = pytest.mark.parametrize("how", ["killed", "full", "hung"])


@pytest.fixture
def boss(settings) -> Iterator[Hands]:
    # the page of a user reads two users: the one who looks, and the one looked at
    settings.ZEAL_ALLOWLIST = [{"model": "auth.User"}]
    client = Hands()
    client.force_login(User.objects.create_superuser("boss"))
    with time_machine.travel(people.MONDAY, tick=False):
        yield client


def addresses(shop: people.Shop) -> list[str]:
    """Every page of the admin."""
    found = [
        table.page(label, kind, shop) for label in table.MODELS for kind in ("changelist", "add", "change", "delete")
    ]
    found += [table.address(name, shop) for name in table.VIEWS]
    return [*found, reverse("admin:index"), reverse("admin:jump") + "?q=LAMP"]


def test_every_page_opens_as_if_redis_were_there(falls, boss):
    every = addresses(people.shop())
    there = {url: read_out(boss.get(url)).status_code for url in every}
    without = {}

    for third, how in enumerate(("full", "hung", "killed")):
        falls(how)
        without |= {url: read_out(boss.get(url)).status_code for url in every[third::3]}
        falls("back")

    assert without == there, "each page in one of the ways; what asks Redis is the same code for all"
    assert len(every) > 130
    assert {url: code for url, code in there.items() if code not in {200, 302, 403}} == {}


@WAYS
def test_what_people_do_is_done_without_it(how, falls, boss):
    shop = people.shop()
    line, stock = shop.rows["orders.backorder"], shop.rows["inventory.stock"]
    falls(how)

    url = f"{reverse('admin:orders_backorder_priority')}?ids={line.pk}"
    form = {"_selected_action": line.pk, "priority": "2", "reason": "Called twice"}
    seen = boss.post(url, {**form, "preview": "1"})
    boss.post(url, {**form, "apply": "1", "fingerprint": seen.context["outcome"].fingerprint})
    boss.agree(
        f"{reverse('admin:inventory_stock_count')}?ids={stock.pk}", {"reason": "Counted", f"units-{stock.pk}": "3"}
    )

    assert OrderLine.objects.get(pk=line.pk).priority == 2
    assert Stock.objects.get(pk=stock.pk).on_hand == 3


@WAYS
def test_run_now_says_within_seconds_that_it_could_not_be_started(how, falls, boss):
    falls(how)
    began = time.perf_counter()

    page = boss.post(reverse("admin:backoffice_jobrun_start")).content.decode()

    assert "The run could not be started" in page
    assert "The nightly run starts now" not in page
    assert time.perf_counter() - began < 5


@WAYS
def test_each_way_of_asking_is_answered_as_by_an_empty_cache(how, falls):
    falls(how)

    with pytest.raises(ValueError, match="units"):
        cache.incr("units")
    assert cache.get("units") is None
    assert cache.get("units", 7) == 7
    assert cache.set("units", 1) is None
    assert cache.get_or_set("units", lambda: 3) == 3
    assert cache.add("units", 4) is True
    assert cache.touch("units") is False
    assert cache.delete("units") is False
    assert cache.has_key("units") is False
    assert cache.get_many(["units", "lines"]) == {}
    assert cache.set_many({"units": 1}) == []
    assert cache.delete_many(["units"]) is None
    with pytest.raises(ValueError, match="units"):
        cache.decr("units")
    if how != "full":
        assert not cache.clear()


def test_a_hung_redis_costs_a_process_one_wait_and_is_told_of_once(falls, caplog):
    cache.set("units", 1)
    falls("hung")
    began = time.perf_counter()

    with caplog.at_level(logging.WARNING, "backoffice.web.caching"):
        found = [cache.get("units") for _ in range(200)]

    assert found == [None] * 200
    assert time.perf_counter() - began < 2 * caching.WAIT_SECONDS
    assert len(caplog.records) == 1


def test_it_is_used_again_once_it_is_back_and_that_is_told(falls, caplog, monkeypatch):
    monkeypatch.setattr(caching, "PAUSE_SECONDS", 0.2)
    cache.set("units", 1)
    falls("hung")
    assert cache.get("units") is None
    falls("back")
    time.sleep(0.3)

    with caplog.at_level(logging.WARNING, "backoffice.web.caching"):
        cache.set("units", 2)

    assert cache.get("units") == 2
    assert [record.getMessage() for record in caplog.records] == [
        "The cache cannot be used, pages do without it: Timeout reading from socket",
        "The cache can be used again",
    ]


def test_a_full_redis_still_gives_what_it_has_and_is_told_of_once(falls, caplog):
    cache.set("units", 1)
    falls("full")

    with caplog.at_level(logging.WARNING, "backoffice.web.caching"):
        for number in range(5):
            cache.set("lines", number)
            assert cache.get("units") == 1

    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    "left",
    [
        pytest.param(b"\x80\x04\x8c\x07nowhere\x8c\x03one\x93.", id="a class that is gone"),
        pytest.param(b"cbuiltins\nint\n(I1\nI2\nI3\ntR.", id="a class that takes other arguments now"),
        pytest.param(b"\x80\x09K\x01.", id="a newer Python"),
        pytest.param(b"\x8c\x02\xff\xff.", id="no text"),
    ],
)
def test_what_another_version_left_there_is_a_miss(falls, left):
    cache.set("units", Stock)
    raw = cache._cache.get_client()
    raw.set(cache.make_key("units"), left)

    assert cache.get("units", "miss") == "miss"
    assert cache.get_many(["units"]) == {}


def test_what_an_older_edition_of_the_program_left_there_is_a_miss(falls, monkeypatch):
    """Its class has lost a field since: read as it was, every page of the queue would break."""
    older = caches.create_connection("default")
    older.key_prefix = "older"
    older.set(counting.KNOWN, 7)
    older.set("kpi:attention", {"out": 7})

    assert counting.summary(at=people.MONDAY).lines == 0
    assert kpi.attention(at=people.MONDAY)["drafts"] == 0
    assert older.get(counting.KNOWN) == 7
