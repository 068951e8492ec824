"""A file in the admin: chosen, looked at, confirmed. Only the last step writes."""

import io

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook

from backoffice.models import Upload
from backoffice.tests import people
from inventory.desk import moments
from inventory.models import BackorderPolicy, Product
from orders.models import Order
from orders.tests import make

pytestmark = pytest.mark.django_db
ADD = "/admin/backoffice/upload/add/"
PRODUCTS = "sku,name,price\nLAMP,Lamp,12\nTABLE,<b>Table</b>,9\n"


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def person(client):
    user = people.loader()
    client.force_login(user)
    return user


def choose(client, text, *, kind="products", name="catalog.csv"):
    return client.post(ADD, {"kind": kind, "dates": "", "file": SimpleUploadedFile(name, text.encode())})


def page(client, url):
    response = client.get(url, follow=True)
    assert response.status_code == 200
    assert "style=" not in response.content.decode()
    return response


def confirm(client, url, **more):
    seen = client.get(url).context["form"]["seen"].value()
    return client.post(url, {"seen": seen, **more}, follow=True)


def said(response):
    return [str(message) for message in response.context["messages"]]


@pytest.mark.usefixtures("person")
def test_a_file_is_shown_before_anything_is_loaded(client):
    make.product("LAMP", name="Lamp", price=10)

    chosen = choose(client, PRODUCTS)
    shown = page(client, chosen.url).content.decode()

    assert "Nothing is loaded yet. 2 rows, 1 new, 1 changed, 0 unchanged, 0 refused." in shown
    assert "&lt;b&gt;Table&lt;/b&gt;" in shown
    assert list(Product.objects.values_list("sku", flat=True)) == ["LAMP"]


def test_what_was_seen_is_loaded_once(client, person):
    chosen = choose(client, PRODUCTS)

    loaded = confirm(client, chosen.url)
    again = client.post(chosen.url, {"seen": "x"}, follow=True)

    upload = Upload.objects.get()
    assert said(loaded) == ["Loaded catalog.csv: 2 rows, 2 new, 0 changed, 0 unchanged, 0 refused."]
    assert (upload.kind, upload.by, upload.report["figures"]["new"]) == ("products", person, 2)
    when = moments.said(upload.loaded_at)
    assert set(said(again)) == {f"catalog.csv was loaded already by ines, on {when}."}  # the page is opened, and sent
    assert "catalog.csv was loaded already by ines" in again.content.decode()
    assert again.redirect_chain == [(reverse("admin:backoffice_upload_change", args=[upload.pk]), 302)]
    assert Product.objects.count() == 2
    assert "2 new" in page(client, reverse("admin:backoffice_upload_changelist")).content.decode()
    assert "2 new" in page(client, reverse("admin:backoffice_upload_change", args=[upload.pk])).content.decode()


@pytest.mark.usefixtures("person")
def test_what_changed_meanwhile_is_shown_again_and_not_loaded(client):
    chosen = choose(client, PRODUCTS)
    seen = client.get(chosen.url).context["form"]["seen"].value()
    make.product("LAMP", name="Somebody else's")

    response = client.post(chosen.url, {"seen": seen}, follow=True)

    assert said(response) == ["Something changed since you looked. Please look again."]
    assert Product.objects.get().name == "Somebody else's"
    assert Upload.objects.get().loaded_at is None


@pytest.mark.usefixtures("person")
def test_wrong_rows_are_shown_by_row_and_column_and_left_out_only_if_asked(client):
    chosen = choose(client, "sku,price\nLAMP,-3\nTABLE,9\n")

    shown = page(client, chosen.url).content.decode()
    refused = confirm(client, chosen.url)

    for cell in (">2<", ">price<", ">-3<", "an amount such as 1250.00, 0 or more"):
        assert cell in shown
    assert "Leaves out 1 and loads the others." in refused.content.decode()
    assert Product.objects.count() == 0

    loaded = confirm(client, chosen.url, is_skipping="on")

    assert said(loaded) == ["Loaded catalog.csv: 2 rows, 1 new, 0 changed, 0 unchanged, 1 refused."]
    assert Product.objects.get().sku == "TABLE"
    shown = page(client, reverse("admin:backoffice_upload_change", args=[Upload.objects.get().pk])).content.decode()
    assert "Row 2, column &quot;price&quot;: &quot;-3&quot;" in shown


@pytest.mark.usefixtures("person")
def test_columns_with_other_names_can_be_chosen(client):
    chosen = choose(client, "Artikel;Benennung\nlamp;Lamp\n")

    asked = page(client, chosen.url)
    columns = asked.redirect_chain[-1][0]
    looked = client.post(columns, {"sku": "Artikel", "name": "Benennung"}, follow=True)
    confirm(client, looked.redirect_chain[-1][0])

    assert said(asked)[0].startswith("catalog.csv has no column “sku”")
    assert Product.objects.values_list("sku", "name").get() == ("LAMP", "Lamp")


@pytest.mark.usefixtures("person")
def test_one_column_is_not_two_fields(client):
    chosen = choose(client, "Artikel;Benennung\nlamp;Lamp\n")
    columns = client.get(chosen.url).url

    response = client.post(columns, {"sku": "Artikel", "name": "Artikel"})

    assert "“Artikel” is chosen twice." in response.content.decode()


@pytest.mark.usefixtures("person")
def test_what_is_no_table_is_thrown_away_with_the_reason(client, tmp_path):
    chosen = choose(client, "sku\nla\0mp\n")

    response = page(client, chosen.url)

    assert said(response) == [
        "Nothing was taken. catalog.csv is not a text file: it holds NUL bytes. Send CSV or XLSX."
    ]
    assert Upload.objects.count() == 0
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.usefixtures("person")
def test_a_file_that_is_too_large_is_refused_with_its_size(client, settings):
    settings.UPLOAD_LIMIT_MB = 1

    response = choose(client, "x" * (3 * 2**20))

    assert "The file has 3 MB; 1 MB are the most." in response.content.decode()
    assert Upload.objects.count() == 0


@pytest.mark.usefixtures("person")
def test_an_order_that_turns_out_impossible_can_be_left_out_after_all(client):
    make.warehouse("BER")
    make.product("LAMP")
    make.product("RARE", backorder_policy=BackorderPolicy.NEVER)
    chosen = choose(
        client,
        "reference,placed_at,email,sku,quantity\n"
        "1,2026-02-01,anna@mail.example,LAMP,2\n2,2026-02-01,anna@mail.example,RARE,1\n",
        kind="orders",
    )

    refused = confirm(client, chosen.url)
    nothing = Order.objects.count()
    confirm(client, chosen.url, is_skipping="on")

    assert said(refused) == ["Nothing was loaded: 1 of 2 rows cannot be."]
    assert "RARE: 1 asked for, 0 can be sold now" in refused.content.decode()
    assert (nothing, list(Order.objects.values_list("reference", flat=True))) == (0, ["1"])


def sheets(*tables):
    """A workbook of these sheets, as it is sent."""
    book = Workbook()
    book.remove(book.active)
    for title, rows in tables:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


@pytest.mark.usefixtures("person")
def test_a_sheet_is_asked_for_where_several_could_be_meant(client):
    content = sheets(("Notes", [["How to"]]), ("Catalog", [["sku", "name"], ["LAMP", "Lamp"]]))
    file = SimpleUploadedFile("book.xlsx", content)
    chosen = client.post(ADD, {"kind": "products", "dates": "", "file": file})

    asked = page(client, chosen.url)
    looked = client.post(asked.redirect_chain[-1][0], {"sheet": "Catalog"}, follow=True)
    confirm(client, looked.redirect_chain[-1][0])

    assert said(asked) == ["book.xlsx has 2 sheets with something in them: Notes, Catalog. Say which is meant."]
    assert "Read the sheet “Catalog”." in looked.content.decode()
    assert Product.objects.get().sku == "LAMP"


@pytest.mark.usefixtures("person")
def test_the_row_that_looks_like_the_header_is_offered(client):
    chosen = choose(client, "Our catalog,\nAs of today,\nsku,name\nLAMP,Lamp\n")

    asked = page(client, chosen.url)
    looked = client.post(asked.redirect_chain[-1][0], {"header_row": "3"}, follow=True)

    assert "Row 3 looks like the header: sku, name." in said(asked)[0]
    assert asked.context["form"]["header_row"].value() == 3
    assert "1 row, 1 new" in looked.content.decode()


@pytest.mark.usefixtures("person")
@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"header_row": 9}, "catalog.csv has no row 9."),
        ({"sheet": "Old"}, "catalog.csv is no workbook: it has no sheets to choose from."),
    ],
)
def test_a_file_that_was_asked_for_wrongly_is_kept_and_asked_about_again(client, how, told):
    file = SimpleUploadedFile("catalog.csv", PRODUCTS.encode())
    chosen = client.post(ADD, {"kind": "products", "dates": "", "file": file, **how})

    asked = page(client, chosen.url)
    looked = client.post(asked.redirect_chain[-1][0], {}, follow=True)

    assert said(asked) == [told]
    assert "2 rows, 2 new" in looked.content.decode()


@pytest.mark.usefixtures("person")
def test_a_layout_of_another_kind_is_not_taken(client):
    file = SimpleUploadedFile("catalog.csv", PRODUCTS.encode())

    response = client.post(ADD, {"kind": "products", "dates": "", "file": file, "layout": "shopify-orders"})

    assert "is no file of products" in response.content.decode()
    assert Upload.objects.count() == 0


@pytest.mark.usefixtures("person")
def test_what_was_left_out_by_name_is_shown_and_kept(client):
    chosen = choose(client, "sku,name\nLAMP,Lamp\nTotal,1\n")

    shown = page(client, chosen.url).content.decode()
    loaded = confirm(client, chosen.url)

    assert "2 rows = 1 taken + 1 left out + 0 refused." in shown
    assert "Row 3: a row of totals." in shown
    assert said(loaded) == ["Loaded catalog.csv: 2 rows, 1 new, 0 changed, 0 unchanged, 0 refused, 1 left out."]
    kept = page(client, reverse("admin:backoffice_upload_change", args=[Upload.objects.get().pk])).content.decode()
    assert "Row 3: a row of totals." in kept


@pytest.mark.usefixtures("person")
def test_a_page_shows_the_first_two_hundred_characters_of_a_cell(client):
    long = "x" * 30_000
    chosen = choose(client, f"sku,name,price\nLAMP,{long},1\nTABLE,Table,{long}\nCHAIR,{'y' * 200},3\n")

    shown = page(client, chosen.url).content.decode()

    assert "y" * 200 in shown
    assert "x" * 199 + "…" in shown
    assert "x" * 200 not in shown
    assert len(shown) < 30_000


@pytest.mark.parametrize("step", ["add", "preview", "columns", "reading"])
def test_nobody_loads_files_without_the_permission(client, step):
    client.force_login(User.objects.create_user("max", is_staff=True))
    upload = Upload.objects.create(kind="products", name="a.csv", file="a.csv", uploaded_at=make.MONDAY)
    url = ADD if step == "add" else reverse(f"admin:backoffice_upload_{step}", args=[upload.pk])

    assert (client.get(url).status_code, client.post(url).status_code) == (403, 403)
