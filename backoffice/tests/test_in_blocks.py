"""A big count of stock is written in blocks: others sell meanwhile, and a worker that dies is replaced at its block."""

import os
import signal
from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice import jobs
from backoffice.files import in_blocks, incoming, loading, unloading
from backoffice.models import Upload, UploadBlock
from backoffice.tests import race
from inventory.models import Movement, MovementKind, Stock
from inventory.resources import stock_blocks
from inventory.supply import counts, stock
from orders.tests import make

SECOND = timedelta(seconds=1)
LOOKED = make.MONDAY
LOADED = LOOKED + timedelta(minutes=5)
SKUS = ("A", "B", "C", "D", "E")
REAL = stock_blocks.apply_block
STOCK = loading.KINDS["stock"]


@pytest.fixture(autouse=True)
def blocks_of_two(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    settings.UPLOAD_AT_ONCE_KB = 0
    monkeypatch.setattr(stock_blocks, "PLACES", 2)


def shop():
    """Five products, ten units of each on the shelf."""
    products = [make.product(sku) for sku in SKUS]
    warehouse = make.warehouse()
    counts.count(
        [counts.Count(product.pk, warehouse.pk, 10) for product in products], by=None, at=LOOKED - timedelta(days=1)
    )
    return products, warehouse


def looked(text="", *, kind="stock"):
    """A file that a worker has looked at: twelve of each were counted."""
    upload = Upload.objects.create(
        kind=kind, name="count.csv", mapping={"columns": {}, "dates": ""}, uploaded_at=LOOKED
    )
    rows = "".join(f"{sku},12\n" for sku in SKUS)
    upload.file.save("count.csv", ContentFile((text or f"sku,quantity\n{rows}").encode()))
    incoming.ask_to_look(upload)
    assert unloading.work(upload.pk, at=LOOKED)
    upload.refresh_from_db()
    return upload


def confirm(upload, **more):
    by = User.objects.get_or_create(username="ines")[0]
    incoming.ask_to_load(upload, seen=upload.report["seen"], **{"is_skipping": False, "by": by} | more)


def sell(product, warehouse, units, *, at):
    stock.adjust([stock.Post(product.pk, warehouse.pk, -units, MovementKind.DAMAGE)], by=None, at=at)


def on_hand():
    return dict(Stock.objects.order_by("product__sku").values_list("product__sku", "on_hand"))


@pytest.mark.django_db
def test_what_a_look_found_is_kept_and_written_block_by_block(monkeypatch):
    shop()
    upload = looked()
    sizes = [len(rows) for rows in upload.blocks.values_list("rows", flat=True)]
    confirm(upload)
    monkeypatch.setattr(loading, "look", None)  # it is not made again

    assert unloading.work(upload.pk, at=LOADED)

    upload.refresh_from_db()
    assert sizes == [2, 2, 1]
    assert on_hand() == dict.fromkeys(SKUS, 12)
    assert (upload.state, upload.report["told"]) == ("loaded", "5 rows, 0 new, 5 changed, 0 unchanged, 0 refused")
    assert Movement.objects.filter(at__gte=LOADED, by__username="ines").count() == 5
    assert UploadBlock.objects.count() == 0


@pytest.mark.django_db
def test_products_that_somebody_waits_for_are_let_go_sooner(monkeypatch):
    monkeypatch.setattr(stock_blocks, "AWAITED", 1)
    [_, lamp, _, mug, _], _ = shop()
    make.line(lamp, 11)
    make.line(mug, 11)

    blocks = [[row[1] for row in block.rows] for block in looked().blocks.order_by("pk")]

    assert blocks[:2] == [[lamp.pk], [mug.pk]]
    assert [len(block) for block in blocks] == [1, 1, 2, 1]


@pytest.mark.django_db
def test_what_was_sold_since_the_look_stays_sold():
    [lamp, *_], warehouse = shop()
    upload = looked()
    sell(lamp, warehouse, 3, at=LOOKED + SECOND)
    confirm(upload)

    unloading.work(upload.pk, at=LOADED)

    assert on_hand() == {"A": 9, "B": 12, "C": 12, "D": 12, "E": 12}


@pytest.mark.django_db
def test_a_place_that_somebody_counted_since_is_left_as_it_is_and_named():
    [_, rug, *_, last], warehouse = shop()
    upload = looked()
    counts.count([counts.Count(rug.pk, warehouse.pk, 4)], by=None, at=LOOKED + SECOND)
    confirm(upload)
    sell(last, warehouse, 10, at=LOOKED + SECOND)
    stock.adjust([stock.Post(last.pk, warehouse.pk, 9, MovementKind.OPENING)], by=None, at=LOOKED - SECOND)
    sell(last, warehouse, 9, at=LOOKED + SECOND)

    unloading.work(upload.pk, at=LOADED)

    upload.refresh_from_db()
    assert on_hand() == {"A": 12, "B": 4, "C": 12, "D": 12, "E": 0}
    assert upload.report["told"].endswith("0 refused, 2 left as they are")
    assert upload.report["problems"] == [
        f"Row 3: B in {warehouse.code} stays as it is. A place was counted again since: the later count stands.",
        f"Row 6: E in {warehouse.code} stays as it is. More units left since the count than were counted.",
    ]


@pytest.mark.django_db
def test_what_the_file_does_not_name_is_emptied_in_blocks_too():
    shop()
    upload = Upload.objects.create(
        kind="stock",
        name="count.csv",
        mapping={"columns": {}, "dates": "", "is_all_others_zero": True},
        uploaded_at=LOOKED,
    )
    upload.file.save("count.csv", ContentFile(b"sku,quantity\nA,12\n"))
    incoming.ask_to_look(upload)
    unloading.work(upload.pk, at=LOOKED)
    upload.refresh_from_db()
    confirm(upload)

    unloading.work(upload.pk, at=LOADED)

    assert on_hand() == {"A": 12, "B": 0, "C": 0, "D": 0, "E": 0}


@pytest.mark.django_db
def test_a_load_that_breaks_off_says_how_far_it_came_and_goes_on_from_there(monkeypatch):
    shop()
    upload = looked()
    confirm(upload)

    def breaks(rows, **given):
        if rows[0][0] > 2:
            raise MemoryError("no memory")
        return REAL(rows, **given)

    with monkeypatch.context() as patch:
        patch.setitem(loading.KINDS, "stock", replace(STOCK, blocks=replace(STOCK.blocks, write=breaks)))
        unloading.work(upload.pk, at=LOADED)
    upload.refresh_from_db()
    stopped = (upload.state, upload.error)
    half = on_hand()
    with pytest.raises(incoming.AtWork, match="A part of the file is loaded"):
        incoming.ask_to_look(upload)
    confirm(upload)
    unloading.work(upload.pk, at=LOADED + SECOND)

    upload.refresh_from_db()
    assert stopped == (
        "looked",
        "It stopped: 1 of 3 blocks are loaded and stay so. Load it, and the rest follows. MemoryError: no memory",
    )
    assert half == {"A": 12, "B": 12, "C": 10, "D": 10, "E": 10}
    assert on_hand() == dict.fromkeys(SKUS, 12)
    assert (upload.state, upload.error) == ("loaded", "")


@pytest.mark.django_db
def test_rows_that_are_wrong_stop_it_unless_they_are_left_out():
    shop()
    upload = looked("sku,quantity\nA,12\nNONE,3\n")
    confirm(upload)
    unloading.work(upload.pk, at=LOADED)
    upload.refresh_from_db()
    refused = (upload.state, on_hand()["A"])

    confirm(upload, is_skipping=True)
    unloading.work(upload.pk, at=LOADED)

    upload.refresh_from_db()
    assert refused == ("looked", 10)
    assert (upload.state, on_hand()["A"]) == ("loaded", 12)
    assert upload.report["problems"][0].startswith('Row 3, column "sku": "NONE"')


@pytest.mark.django_db
def test_a_block_costs_as_many_statements_whatever_its_length(monkeypatch):
    shop()
    asked = []
    for places in (1, 4):
        monkeypatch.setattr(stock_blocks, "PLACES", places)
        upload = looked()
        with CaptureQueriesContext(connection) as captured:
            in_blocks.write(upload, mine=lambda: None, by=None, at=lambda: LOADED)
        asked.append(len(captured))

    assert asked[0] == asked[1]
    assert asked[0] < 25


# --- killed: processes, PostgreSQL --------------------------------------------------------------


def dies(step, seconds, pk, folder):
    """In a process of its own: a worker that is killed in the middle of a look or of a block."""
    settings.MEDIA_ROOT = folder
    stock_blocks.PLACES = 2

    def fatal(*given, **named):
        if step == "look" or given[0][0][0] > 2:  # the second block: it is written, and not committed
            REAL(*given, **named) if step == "load" else None
            os.kill(os.getpid(), signal.SIGKILL)
        return REAL(*given, **named)

    if step == "look":
        in_blocks.lay_out = fatal
    else:
        loading.KINDS["stock"] = replace(STOCK, blocks=replace(STOCK.blocks, write=fatal))
    unloading.work(pk, at=make.MONDAY + timedelta(seconds=seconds))


def killed(*given):
    worker = race.start(dies, *given, str(settings.MEDIA_ROOT))
    worker.join(60)
    assert worker.exitcode == -signal.SIGKILL


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("keeps_place", [True, False], ids=["blocks", "control twin: begun anew"])
def test_a_worker_killed_in_a_block_is_replaced_where_it_stopped(keeps_place):
    [lamp, *_], warehouse = shop()
    upload = looked()
    confirm(upload)
    killed("load", 300, upload.pk)
    half = on_hand()
    sell(lamp, warehouse, 1, at=LOADED + SECOND)
    until = Upload.objects.get().claimed_until
    if not keeps_place:  # as it was: the whole file again, as if it had been counted now
        for block in upload.blocks.all():
            block.rows = [[*row[:-2], (LOADED + 2 * SECOND).isoformat(), row[-1]] for row in block.rows]
            block.done_at = None
            block.save()

    early = unloading.sweep(at=lambda: until)
    late = unloading.sweep(at=lambda: until + SECOND)
    again = unloading.sweep(at=lambda: until + timedelta(days=1))

    assert half == {"A": 12, "B": 12, "C": 10, "D": 10, "E": 10}
    assert [found["files"] for found in (early, late, again)] == [0, 1, 0]
    assert Upload.objects.get().state == "loaded"
    lamps = Movement.objects.filter(product=lamp, kind=MovementKind.COUNT, at__gte=LOADED).count()
    assert (on_hand()["A"], lamps) == ((11, 1) if keeps_place else (12, 2))
    assert {on_hand()[sku] for sku in SKUS[1:]} == {12}


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_a_look_leaves_nothing_and_another_looks():
    shop()
    upload = Upload.objects.create(kind="stock", name="c.csv", mapping={"columns": {}, "dates": ""}, uploaded_at=LOOKED)
    upload.file.save("c.csv", ContentFile(b"sku,quantity\nA,12\n"))
    incoming.ask_to_look(upload)
    killed("look", 0, upload.pk)
    upload.refresh_from_db()
    left = (upload.state, upload.report, upload.blocks.count())

    found = unloading.sweep(at=lambda: LOOKED + jobs.LEASE + SECOND)

    upload.refresh_from_db()
    assert left == ("looking", {}, 0)
    assert (found["files"], upload.state, upload.blocks.count()) == (1, "looked", 1)
