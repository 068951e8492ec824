"""A big count by the command: in the same blocks as one that was sent; it says how far it came, and goes on."""

import io
import json
import os
import signal
from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from backoffice import jobs
from backoffice.files import in_blocks, loading, unloading
from backoffice.models import ColumnMapping, Upload, UploadBlock
from backoffice.tests import doors, race
from inventory.models import Movement, MovementKind, Product, Stock
from inventory.resources import stock_blocks
from inventory.supply import counts, stock
from inventory.tests import files
from orders.tests import make

SKUS = ["A", "B", "C", "D", "E"]
STOCK = loading.KINDS["stock"]
REAL = stock_blocks.apply_block
TEXT = "sku,quantity\n" + "".join(f"{sku},12\n" for sku in SKUS)


@pytest.fixture(autouse=True)
def big(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.UPLOAD_AT_ONCE_KB = 0
    monkeypatch.setattr(stock_blocks, "PLACES", 2)


def shop():
    """Five products, ten of each on the shelf since yesterday."""
    place = make.warehouse("MAIN")
    found = [counts.Count(make.product(sku).pk, place.pk, 10) for sku in SKUS]
    counts.count(found, by=None, at=timezone.now() - timedelta(days=1))
    return place


def on_hand():
    return dict(Stock.objects.order_by("product__sku").values_list("product__sku", "on_hand"))


def sell(sku, place, units):
    product = Product.objects.get(sku=sku)
    stock.adjust([stock.Post(product.pk, place.pk, -units, MovementKind.DAMAGE)], by=None, at=timezone.now())


def breaks_after_the_first(monkeypatch, error):
    def write(rows, **given):
        if rows[0][0] > 2:
            raise error
        return REAL(rows, **given)

    monkeypatch.setitem(loading.KINDS, "stock", replace(STOCK, blocks=replace(STOCK.blocks, write=write)))


@pytest.mark.django_db
def test_it_is_written_in_blocks_and_kept_like_one_that_was_sent(tmp_path, monkeypatch):
    shop()
    monkeypatch.setattr(loading, "apply", None)  # not in one transaction

    answer = doors.command("stock", files.text(tmp_path, TEXT, name="count.csv"))

    upload = Upload.objects.get()
    assert answer.told.startswith("Loaded: 5 rows, 0 new, 5 changed, 0 unchanged, 0 refused.\n")
    assert on_hand() == dict.fromkeys(SKUS, 12)
    assert Movement.objects.filter(kind=MovementKind.COUNT, quantity=2).count() == 5
    assert (upload.name, upload.state, UploadBlock.objects.count()) == ("count.csv", "loaded", 0)


@pytest.mark.django_db
@pytest.mark.parametrize(("kilobytes", "blocks"), [(0, 1), (1, 0)], ids=["big", "small"])
def test_a_small_file_is_one_transaction(settings, tmp_path, kilobytes, blocks):
    shop()
    settings.UPLOAD_AT_ONCE_KB = kilobytes

    doors.command("stock", files.text(tmp_path, TEXT))

    assert (Upload.objects.count(), on_hand()["E"]) == (blocks, 12)


@pytest.mark.django_db
def test_a_dry_run_writes_nothing(tmp_path):
    shop()

    answer = doors.command("stock", files.text(tmp_path, TEXT), dry_run=True)

    assert answer.told.startswith("Would load: 5 rows, 0 new, 5 changed")
    assert (Upload.objects.count(), on_hand()["A"]) == (0, 10)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "why"),
    [(MemoryError("no memory"), "MemoryError: no memory"), (KeyboardInterrupt(), "It was interrupted.")],
    ids=["error", "Ctrl-C"],
)
def test_one_that_is_stopped_says_how_far_it_came_and_the_same_file_goes_on(tmp_path, monkeypatch, error, why):
    place = shop()
    path = files.text(tmp_path, TEXT)
    with monkeypatch.context() as patch:
        breaks_after_the_first(patch, error)
        stopped = doors.command("stock", path)
    half = on_hand()
    sell("A", place, 3)

    answer = doors.command("stock", path)

    assert not stopped.is_loaded
    assert stopped.told == (f"It stopped: 1 of 3 blocks are loaded and stay so. Load it, and the rest follows. {why}")
    assert half == {"A": 12, "B": 12, "C": 10, "D": 10, "E": 10}
    assert answer.told == (
        "Loaded: 5 rows, 0 new, 5 changed, 0 unchanged, 0 refused.\n"
        "  1 of 3 blocks were loaded by an earlier run; this one went on from there.\n"
    )
    assert on_hand() == {"A": 9, "B": 12, "C": 12, "D": 12, "E": 12}


@pytest.mark.django_db
def test_other_content_or_another_way_to_read_it_is_another_count(tmp_path, monkeypatch):
    shop()
    path = files.text(tmp_path, TEXT)
    with monkeypatch.context() as patch:
        breaks_after_the_first(patch, MemoryError())
        doors.command("stock", path)

    other = doors.command("stock", files.text(tmp_path, TEXT.replace("E,12", "E,13"), name="other.csv"))
    zero = doors.command("stock", path, all_others_zero=True)

    assert "went on from there" not in other.told + zero.told
    assert on_hand()["E"] == 12
    assert Upload.objects.filter(loaded_at=None).count() == 1


@pytest.mark.django_db
def test_nothing_is_left_of_one_that_breaks_in_its_first_block_and_it_is_loaded_anew(tmp_path, monkeypatch):
    shop()
    path = files.text(tmp_path, TEXT)
    with monkeypatch.context() as patch:
        patch.setitem(
            loading.KINDS, "stock", replace(STOCK, blocks=replace(STOCK.blocks, write=lambda rows, **given: 1 / 0))
        )
        stopped = doors.command("stock", path)

    answer = doors.command("stock", path)

    assert stopped.told == "Nothing was loaded. ZeroDivisionError: division by zero"
    assert answer.told.startswith("Loaded: 5 rows, 0 new, 5 changed, 0 unchanged, 0 refused.\n  5 rows = 5 taken")
    assert on_hand() == dict.fromkeys(SKUS, 12)


@pytest.mark.django_db
def test_what_is_left_as_it_is_is_named(tmp_path, monkeypatch):
    place = shop()

    def sold_meanwhile(rows, **given):
        if rows[0][0] > 2 and on_hand()["E"] == 10:
            sell("E", place, 10)
            later = counts.Count(Product.objects.get(sku="C").pk, place.pk, 4)
            counts.count([later], by=None, at=timezone.now())
        return REAL(rows, **given)

    monkeypatch.setitem(loading.KINDS, "stock", replace(STOCK, blocks=replace(STOCK.blocks, write=sold_meanwhile)))
    out = io.StringIO()
    call_command("load", "stock", str(files.text(tmp_path, TEXT)), "--json", stdout=out)

    line = "Row 4: C in MAIN stays as it is. A place was counted again since: the later count stands."
    assert json.loads(out.getvalue())["left_as_they_are"] == [line]
    assert on_hand() == {"A": 12, "B": 12, "C": 4, "D": 12, "E": 2}


@pytest.mark.django_db
def test_a_mapping_made_by_hand_is_kept_of_a_big_file_too(tmp_path):
    shop()
    path = files.text(tmp_path, TEXT.replace("sku,quantity", "Artikel,Menge"))

    doors.command("stock", path, mapping={"Artikel": "sku", "Menge": "quantity"})

    assert ColumnMapping.objects.values_list("kind", "headers", "columns").get() == (
        "stock",
        ["Artikel", "Menge"],
        {"Artikel": "sku", "Menge": "quantity"},
    )


@pytest.mark.django_db
def test_a_file_that_somebody_loads_just_now_is_left_to_them(tmp_path, monkeypatch):
    shop()
    path = files.text(tmp_path, TEXT, name="count.csv")
    with monkeypatch.context() as patch:
        breaks_after_the_first(patch, MemoryError())
        doors.command("stock", path)
    until = timezone.now() + timedelta(minutes=1)
    Upload.objects.update(state="loading", claimed_until=until, started_at=timezone.now())

    answer = doors.command("stock", path)

    assert answer.told == (
        "count.csv is being loaded: 1 of 3 blocks are. If that was killed, the rest can be loaded 2 minutes after."
    )
    assert on_hand()["E"] == 10


# --- looks that nobody said yes to --------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "swept"), [(30, 0), (31, 3)])
def test_a_look_that_nobody_confirmed_is_swept_after_a_month(tmp_path, days, swept):
    shop()
    now = timezone.now()
    upload = _looked(tmp_path)
    Upload.objects.update(uploaded_at=now - timedelta(days=days))

    assert in_blocks.sweep(at=now) == swept

    upload.refresh_from_db()
    assert (upload.state, upload.blocks.count()) == (("new", 0) if swept else ("looked", 3))


@pytest.mark.django_db
def test_a_file_of_which_a_part_is_loaded_keeps_its_blocks(tmp_path, monkeypatch):
    shop()
    with monkeypatch.context() as patch:
        breaks_after_the_first(patch, MemoryError())
        doors.command("stock", files.text(tmp_path, TEXT))
    Upload.objects.update(uploaded_at=timezone.now() - timedelta(days=99))

    assert in_blocks.sweep(at=timezone.now()) == 0
    assert UploadBlock.objects.count() == 3


def _looked(folder):
    upload = Upload.objects.create(kind="stock", name="c.csv", mapping={"columns": {}}, uploaded_at=timezone.now())
    plan = loading.look(loading.File("stock", files.text(folder, TEXT)), at=timezone.now())
    in_blocks.lay_out(upload, plan, at=timezone.now())
    upload.state, upload.report = "looked", {"seen": "x"}
    upload.save()
    return upload


# --- killed: processes, PostgreSQL --------------------------------------------------------------


def dies(path, folder):
    """In a process of its own: a command that is killed in its second block, written and not committed."""
    settings.MEDIA_ROOT = folder
    settings.UPLOAD_AT_ONCE_KB = 0
    stock_blocks.PLACES = 2

    def fatal(rows, **given):
        REAL(rows, **given)
        if rows[0][0] > 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return []

    loading.KINDS["stock"] = replace(STOCK, blocks=replace(STOCK.blocks, write=fatal))
    call_command("load", "stock", path)


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("who", ["a worker", "the command"])
def test_a_command_that_was_killed_is_finished_by_whoever_comes_first(tmp_path, who):
    place = shop()
    path = files.text(tmp_path, TEXT)
    process = race.start(dies, str(path), str(settings.MEDIA_ROOT))
    process.join(60)
    half = on_hand()
    sell("A", place, 1)
    early = doors.command("stock", path)
    later = Upload.objects.get().claimed_until + timedelta(seconds=1)

    if who == "a worker":
        assert unloading.sweep(at=lambda: later) == {"files": 1}
    else:
        Upload.objects.update(claimed_until=timezone.now() - jobs.LEASE)
        assert doors.command("stock", path).is_loaded

    assert process.exitcode == -signal.SIGKILL
    assert half == {"A": 12, "B": 12, "C": 10, "D": 10, "E": 10}
    assert not early.is_loaded
    assert on_hand() == {"A": 11, "B": 12, "C": 12, "D": 12, "E": 12}
    assert Movement.objects.filter(kind=MovementKind.COUNT, quantity=2).count() == 5
