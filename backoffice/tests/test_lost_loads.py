"""A load in one transaction whose process is killed: nothing of it is there, and whoever comes next loads it once."""

import os
import signal
from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.management import call_command

from backoffice.files import incoming, loading, unloading
from backoffice.models import Upload
from backoffice.tests import doors, race
from inventory.models import Inbound, Product
from inventory.tests import files
from orders.models import Customer, LineEvent, Notice, Order, OrderLine, Shipment
from orders.tests import make

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
AT = make.MONDAY
SECOND = timedelta(seconds=1)
DAY = "2026-02-20 10:00"
TEXTS = {
    "products": "sku,name\nLAMP,Lamp\nRUG,Rug\n",
    "inbound": "reference,sku,quantity,sender,expected_date\nPO-1,LAMP,5,Nordlys,2026-03-20\nPO-1,RUG,4,Nordlys,\n",
    "orders": f"reference,placed_at,email,sku,quantity,status\n1,{DAY},a@shop.example,LAMP,2,\n"
    f"2,{DAY},b@shop.example,RUG,1,shipped\n",
}


@pytest.fixture(autouse=True)
def big(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.UPLOAD_AT_ONCE_KB = 0
    make.warehouse("MAIN")


def shop(kind):
    if kind != "products":
        make.product("LAMP")
        make.product("RUG")


def there():
    """How many rows there are of all that a load writes."""
    tables = (Product, Inbound, Customer, Order, OrderLine, LineEvent, Shipment, Notice)
    return {table.__name__: count for table in tables if (count := table.objects.count())}


def make_fatal(kind):
    """Let a load of this kind write everything, and die before it is committed."""
    resource = loading.KINDS[kind]

    def fatal(*given, **named):
        resource.apply(*given, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    loading.KINDS[kind] = replace(resource, apply=fatal)


def worker_dies(kind, pk, folder):
    """In a process of its own."""
    settings.MEDIA_ROOT = folder
    make_fatal(kind)
    unloading.work(pk, at=make.MONDAY)


def command_dies(kind, path):
    """In a process of its own."""
    make_fatal(kind)
    call_command("load", kind, path)


def killed(*given):
    process = race.start(*given)
    process.join(60)
    assert process.exitcode == -signal.SIGKILL


@pytest.mark.parametrize("kind", TEXTS)
def test_a_worker_that_is_killed_leaves_nothing_and_the_next_one_loads_it_once(kind):
    shop(kind)
    before = there()
    upload = Upload.objects.create(kind=kind, name="f.csv", mapping={"columns": {}, "dates": ""}, uploaded_at=AT)
    upload.file.save("f.csv", ContentFile(TEXTS[kind].encode()))
    incoming.ask_to_look(upload)
    unloading.work(upload.pk, at=AT)
    upload.refresh_from_db()
    incoming.ask_to_load(upload, seen=upload.report["seen"], is_skipping=False, by=User.objects.create_user("ines"))
    killed(worker_dies, kind, upload.pk, str(settings.MEDIA_ROOT))
    left = there()
    until = Upload.objects.get().claimed_until

    early = unloading.sweep(at=lambda: until)
    late = unloading.sweep(at=lambda: until + SECOND)
    loaded = there()
    again = unloading.sweep(at=lambda: until + timedelta(days=1))

    assert left == before
    assert [found["files"] for found in (early, late, again)] == [0, 1, 0]
    assert Upload.objects.get().state == "loaded"
    assert loaded == there() == _expected(kind)


@pytest.mark.parametrize("kind", TEXTS)
def test_a_command_that_is_killed_leaves_nothing_and_the_same_person_loads_it(kind, tmp_path):
    shop(kind)
    before = there()
    path = files.text(tmp_path, TEXTS[kind])
    killed(command_dies, kind, str(path))
    left = there()

    answer = doors.command(kind, path)

    assert left == before
    assert answer.is_loaded
    assert there() == _expected(kind)


def _expected(kind):
    return {
        "products": {"Product": 2},
        "inbound": {"Product": 2, "Inbound": 2},
        "orders": {"Product": 2, "Customer": 2, "Order": 2, "OrderLine": 2, "LineEvent": 2, "Shipment": 1},
    }[kind]
