"""A file too big for a page: a worker looks at it and loads it, and its page says how far it is."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from backoffice import jobs
from backoffice.files import incoming, loading, unloading
from backoffice.models import Upload
from backoffice.tests import people
from inventory.models import Product, Stock
from orders.models import OrderLine
from orders.tests import make

pytestmark = pytest.mark.django_db
ADD = "/admin/backoffice/upload/add/"
PRODUCTS = "sku,name,price\nLAMP,Lamp,12\nTABLE,Table,9\n"
SECOND = timedelta(seconds=1)
LATER = make.MONDAY + jobs.LEASE


@pytest.fixture(autouse=True)
def everything_is_big(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    settings.UPLOAD_AT_ONCE_KB = 0


@pytest.fixture
def person(client):
    user = people.loader()
    client.force_login(user)
    return user


def choose(client, text=PRODUCTS, *, kind="products", name="catalog.csv"):
    return client.post(ADD, {"kind": kind, "dates": "", "file": SimpleUploadedFile(name, text.encode())}).url


def worker(at=make.MONDAY):
    return unloading.sweep(at=lambda: at)["files"]


def confirm(client, url, **more):
    seen = client.get(url).context["form"]["seen"].value()
    return client.post(url, {"seen": seen, **more}, follow=True)


def told(client, url):
    return client.get(url, follow=True).context["explanation"]


@pytest.mark.usefixtures("person")
def test_a_big_file_waits_for_a_worker_and_its_page_looks_again_by_itself(client):
    page = client.get(choose(client))

    assert page["Refresh"] == "3"
    assert page.context["explanation"].startswith("It is being looked at. It waits for a worker.")
    assert 'value="Load it"' not in page.content.decode()
    assert Product.objects.count() == 0


def test_a_worker_looks_at_it_and_loads_what_was_confirmed_once(client, person):
    make.product("LAMP", name="Lamp", price=10)
    url = choose(client)

    looked = worker()
    shown = client.get(url)
    confirm(client, url)
    waiting = client.get(url)
    loaded, again = worker(), worker(LATER + SECOND)

    upload = Upload.objects.get()
    assert (looked, loaded, again) == (1, 1, 0)
    assert "Refresh" not in shown
    assert shown.context["explanation"].startswith("Nothing is loaded yet. 2 rows, 1 new, 1 changed, 0 unchanged")
    [changes] = [table for table in shown.context["tables"] if table.title == "What changes"]
    assert changes.rows == [[2, "Price", "10.00", "12.00"]]
    assert waiting.context["explanation"].startswith("It is being loaded.")
    assert dict(Product.objects.values_list("sku", "price")) == {"LAMP": 12, "TABLE": 9}
    assert (upload.state, upload.confirmed_by, upload.loaded_at) == ("loaded", person, make.MONDAY)
    assert upload.report["told"] == "2 rows, 1 new, 1 changed, 0 unchanged, 0 refused"


@pytest.mark.usefixtures("person")
def test_what_changed_since_it_was_confirmed_is_shown_instead_of_loaded(client):
    lamp = make.product("LAMP", name="Lamp", price=10)
    url = choose(client)
    worker()
    confirm(client, url)
    lamp.price = 11
    lamp.save()

    worker()

    lamp.refresh_from_db()
    assert lamp.price == 11
    assert Product.objects.count() == 1
    assert told(client, url).startswith("Something changed since you looked. This is how it stands now")
    assert [str(each[2]) for each in Upload.objects.get().report["changes"]] == ["11.00"]


@pytest.mark.usefixtures("person")
def test_two_yeses_to_one_look_load_it_once_and_an_old_page_starts_nothing(client):
    url = choose(client)
    worker()
    seen = client.get(url).context["form"]["seen"].value()
    client.post(url, {"seen": seen})

    second = client.post(url, {"seen": seen})

    assert "nothing was started" in second.content.decode() or second.status_code == 302
    assert worker() == 1
    assert Product.objects.count() == 2


@pytest.mark.usefixtures("person")
def test_wrong_rows_are_left_out_only_if_asked(client):
    url = choose(client, "sku,price\nLAMP,-3\nTABLE,9\n")
    worker()

    refused = confirm(client, url)
    nothing = worker()
    confirm(client, url, is_skipping="on")
    worker()

    assert "Leaves out 1 and loads the others." in refused.content.decode()
    assert nothing == 0
    assert Product.objects.get().sku == "TABLE"
    assert Upload.objects.get().report["problems"][0].startswith('Row 2, column "price": "-3"')


@pytest.mark.usefixtures("person")
def test_what_must_be_said_first_is_asked_and_then_looked_at_again(client):
    url = choose(client, "Artikel;Benennung\nlamp;Lamp\n")
    worker()

    asked = client.get(url, follow=True)
    client.post(asked.redirect_chain[-1][0], {"sku": "Artikel", "name": "Benennung"})
    worker()
    confirm(client, url)
    worker()

    assert next(str(each) for each in asked.context["messages"]).startswith("catalog.csv has no column “sku”")
    assert Product.objects.values_list("sku", "name").get() == ("LAMP", "Lamp")


@pytest.mark.usefixtures("person")
def test_what_is_no_table_says_so_on_its_page_and_in_the_list(client):
    url = choose(client, "sku\nla\0mp\n")
    worker()

    assert told(client, url).startswith("catalog.csv is not a text file: it holds NUL bytes.")
    assert "failed: look why" in client.get(reverse("admin:backoffice_upload_changelist")).content.decode()


@pytest.mark.usefixtures("person")
def test_a_worker_that_died_is_replaced_after_two_minutes_and_not_before(client, monkeypatch):
    url = choose(client)
    worker()
    confirm(client, url)
    monkeypatch.setattr(unloading, "_load", lambda upload, at: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        worker()
    monkeypatch.undo()

    at_two_minutes = worker(LATER)
    after = worker(LATER + SECOND)

    assert (at_two_minutes, after) == (0, 1)
    assert Product.objects.count() == 2


@pytest.mark.usefixtures("person")
def test_a_file_that_kills_three_workers_is_given_up(client, monkeypatch):
    url = choose(client)
    monkeypatch.setattr(unloading, "_look", lambda upload, at: (_ for _ in ()).throw(KeyboardInterrupt))
    at = make.MONDAY
    for _ in range(jobs.MOST_ATTEMPTS):
        with pytest.raises(KeyboardInterrupt):
            worker(at)
        at += jobs.LEASE + SECOND

    worker(at)

    assert Upload.objects.get().state == "failed"
    assert told(client, url).startswith("Nothing was loaded. Its worker died 3 times.")


@pytest.mark.usefixtures("person")
def test_a_load_that_breaks_off_leaves_nothing_and_says_why(client, monkeypatch):
    url = choose(client)
    worker()
    confirm(client, url)

    def breaks(*given, **named):
        Product.objects.create(sku="HALF")
        raise MemoryError("no memory")

    monkeypatch.setattr(loading, "apply", breaks)
    worker()

    assert Product.objects.count() == 0
    assert told(client, url).startswith("Nothing was loaded. MemoryError: no memory")


@pytest.mark.usefixtures("person")
def test_a_worker_that_was_taken_over_writes_nothing(client):
    choose(client)
    upload = unloading.take_up(Upload.objects.get().pk, make.MONDAY)
    unloading.take_up(upload.pk, LATER + SECOND)

    unloading._end(upload, "looked", "", report={"seen": "x"})

    assert Upload.objects.get().state == "looking"


@pytest.mark.parametrize(("size", "is_big"), [(1024, False), (1025, True)])
def test_a_file_is_big_above_what_a_page_may_take(settings, tmp_path, size, is_big):
    settings.UPLOAD_AT_ONCE_KB = 1
    (tmp_path / "a.csv").write_bytes(b"x" * size)

    assert incoming.is_big(Upload(file="a.csv")) is is_big


ORDERS = "reference,placed_at,email,sku,quantity\n1,2026-02-20 10:00,a@shop.example,LAMP,{units}\n"


def chosen_and_looked(client, url, **said):
    """Say something of a file that was looked at; the worker looks at it again."""
    page = confirm(client, url, **said)
    worker()
    return page


@pytest.mark.usefixtures("person")
def test_what_a_person_says_after_the_look_is_looked_at_before_it_is_loaded(client):
    make.warehouse("MAIN")
    make.product("LAMP")
    for units in (3, 5):
        url = choose(client, ORDERS.format(units=units), kind="orders", name="o.csv")
        worker()
        if units == 3:
            confirm(client, url)
            worker()
    refused = Upload.objects.latest("pk").report["problems"]

    chosen_and_looked(client, url, is_newer="on")
    looked = Upload.objects.latest("pk")
    confirm(client, url, is_newer="on")
    worker()

    assert "exactly as it was placed (LAMP 3 → 5)" in refused[0][3]
    assert looked.state == Upload.State.LOOKED
    assert (looked.mapping["is_newer"], looked.report["bad"], looked.loaded_at) == (True, 0, None)
    assert Upload.objects.latest("pk").state == Upload.State.LOADED
    assert sorted(OrderLine.objects.values_list("quantity", flat=True)) == [2, 3]


@pytest.mark.usefixtures("person")
def test_a_choice_taken_back_is_looked_at_again_too(client):
    make.warehouse("MAIN")
    make.product("LAMP")
    url = choose(client, "sku,quantity\nLAMP,3\n", kind="stock", name="s.csv")
    worker()

    chosen_and_looked(client, url, is_all_others_zero="on")
    first = Upload.objects.get().mapping["is_all_others_zero"]
    chosen_and_looked(client, url)
    upload = Upload.objects.get()

    assert (first, upload.mapping["is_all_others_zero"], upload.state) == (True, "", Upload.State.LOOKED)
    assert not Stock.objects.exists()


@pytest.mark.usefixtures("person")
@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("orders", {"is_newer", "is_reused", "is_telling", "not_products"}),
        ("history", {"is_sales", "not_products"}),
        ("stock", {"counted_at", "is_all_others_zero"}),
        ("products", set()),
    ],
)
def test_each_kind_of_big_file_has_its_choices(client, kind, names):
    make.warehouse("MAIN")
    make.product("LAMP")
    texts = {"stock": "sku,quantity\nLAMP,3\n", "products": PRODUCTS}
    url = choose(client, texts.get(kind, ORDERS.format(units=3)), kind=kind, name="f.csv")
    worker()

    form = client.get(url).context["form"]

    assert set(form.fields) - {"seen"} == names
