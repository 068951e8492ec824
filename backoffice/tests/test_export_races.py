"""
A list that is exported while others write: its file is of one moment.

What is guaranteed: the rows are those of one statement, so that what is committed while the file is written is in it
with all its rows or with none, and no row is in it twice or cut off.
"""

import csv
import io
import time
from collections import Counter
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connections, transaction
from django.test import Client

from inventory.desk.lists import files
from inventory.models import Product
from orders.tests import make

from . import race

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
ROWS = 3 * files.BLOCK
EXPORTS = 5
URL = "/admin/export/inventory_product/csv/"


def write_on_and_on() -> None:
    """In a process of its own: rename every product, take the oldest away and add one, in one transaction; again."""
    for number in range(1, 10_000):
        with transaction.atomic():
            Product.objects.order_by("pk")[:1].get().delete()
            make.product(f"NEW-{number}")
            Product.objects.update(name=f"Edition {number}")


@pytest.fixture
def writer():
    Product.objects.bulk_create(
        Product(sku=f"OLD-{number:05}", key=f"OLD-{number:05}", name="Edition 0") for number in range(ROWS)
    )
    worker = race.start(write_on_and_on)
    ends = time.monotonic() + 60
    while not Product.objects.filter(name="Edition 1").exists():
        assert time.monotonic() < ends, "It never began."
        time.sleep(0.02)
    yield worker
    assert worker.is_alive()
    worker.kill()
    worker.join(10)
    connections.close_all()


def read(client: Client) -> tuple[Counter[str], int]:
    """Give the editions in a file of all products, by rows, and how many SKUs it has."""
    answer: Any = client.get(URL)
    assert answer.status_code == 200
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    return Counter(row["Name"] for row in rows), len({row["SKU"] for row in rows})


def test_a_file_is_of_one_moment_however_much_is_written_meanwhile(writer, settings):
    client = Client()
    client.force_login(User.objects.create_superuser("ines"))

    found = [read(client) for _ in range(EXPORTS)]

    assert [(list(editions.values()), skus) for editions, skus in found] == [([ROWS], ROWS)] * EXPORTS
    assert len({edition for editions, _ in found for edition in editions}) == EXPORTS


def test_rows_that_are_read_in_pages_are_of_several_moments(writer):
    """The control: were a file read page by page, it would mix what was before with what came after."""
    pages = []
    for page in range(3):
        rows = Product.objects.order_by("sku")[page * files.BLOCK : (page + 1) * files.BLOCK]
        pages += list(rows.values_list("name", flat=True))
        time.sleep(0.5)

    assert len(set(pages)) > 1
