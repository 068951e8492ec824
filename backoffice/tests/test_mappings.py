"""A mapping made by hand is kept under its file's header, and filled in for the next file of these columns."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.urls import reverse

from backoffice.files import mappings
from backoffice.models import ColumnMapping, Upload
from backoffice.tests import doors
from inventory.models import Product
from inventory.tests import files

pytestmark = pytest.mark.django_db
BY_HAND = {"Artikel": "sku", "Titel": "name"}
NOVEMBER = datetime(2025, 11, 3, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def shop(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def staff(client):
    client.force_login(User.objects.create_superuser("ines"))
    return client


@pytest.fixture(params=["command", "upload"])
def door(request, staff):
    return doors.Upload(staff) if request.param == "upload" else doors.command


def first(tmp_path, name="till.csv"):
    return files.text(tmp_path, "Artikel,Titel\nA-1,Pen\n", name=name)


def second(tmp_path, header="artikel,TITEL"):
    return files.text(tmp_path, f"{header}\nA-2,Ink\n", name="later.csv")


def kept():
    return [(row.kind, row.name, row.columns) for row in ColumnMapping.objects.order_by("pk")]


def test_it_is_kept_when_the_file_is_loaded_and_filled_in_for_the_next(door, tmp_path):
    door("products", first(tmp_path), mapping=BY_HAND)
    ColumnMapping.objects.update(used_at=NOVEMBER)

    answer = door("products", second(tmp_path))

    assert answer.is_loaded
    assert "a file with these columns on 3 Nov 2025; its mapping “till” is filled in: Artikel is sku" in answer.told
    assert list(Product.objects.order_by("sku").values_list("sku", "name")) == [("A-1", "Pen"), ("A-2", "Ink")]
    assert kept() == [("products", "till", BY_HAND)]


def test_another_header_or_kind_is_not_read_so(door, tmp_path):
    door("products", first(tmp_path), mapping=BY_HAND)

    turned = door("products", second(tmp_path, header="Titel,Artikel"))
    other = door("suppliers", second(tmp_path))

    assert not turned.is_loaded
    assert not other.is_loaded


def test_a_file_that_was_refused_leaves_no_mapping(door, tmp_path):
    answer = door("products", files.text(tmp_path, "Artikel,Titel\n#N/A,Pen\n"), mapping=BY_HAND)

    assert not answer.is_loaded
    assert kept() == []


def test_the_command_takes_a_mapping_by_its_name_or_none(tmp_path):
    doors.command("products", first(tmp_path), mapping=BY_HAND)
    longer = files.text(tmp_path, "Artikel,Titel,Preis\nA-3,Cap,2.50\n", name="longer.csv")

    named = doors.command("products", longer, mapping_name="TILL")
    none = doors.command("products", second(tmp_path), mapping_name="none")
    unknown = doors.command("products", longer, mapping_name="Kasse")

    assert named.is_loaded
    assert "no column “sku”" in none.told
    assert "There is no mapping “Kasse” for files of products. There are: “longer”, “till”" in unknown.told


def test_two_headers_of_one_file_name_have_names_of_their_own(tmp_path):
    doors.command("products", first(tmp_path), mapping=BY_HAND)
    doors.command("products", files.text(tmp_path, "Nr\nA-4\n", name="till.csv"), mapping={"Nr": "sku"})

    assert [name for _, name, _ in kept()] == ["till", "till (2)"]


def test_columns_chosen_anew_count_and_replace_it(staff, tmp_path):
    door = doors.Upload(staff)
    door("products", first(tmp_path), mapping=BY_HAND)

    door("products", second(tmp_path), mapping={"artikel": "name", "TITEL": "sku"})

    assert Product.objects.get(name="A-2").sku == "INK"
    assert kept() == [("products", "till", {"artikel": "name", "TITEL": "sku"})]


def test_its_columns_are_chosen_already_on_the_page(staff, tmp_path):
    doors.Upload(staff)("products", first(tmp_path), mapping=BY_HAND)
    upload = Upload.objects.create(
        kind="products", name="l.csv", mapping={"dates": "", "columns": {}}, uploaded_at=NOVEMBER
    )
    upload.file.save("l.csv", ContentFile(second(tmp_path).read_bytes()))

    page = staff.get(reverse("admin:backoffice_upload_columns", args=[upload.pk]))

    form = page.context["form"]
    assert (form.fields["sku"].initial, form.fields["name"].initial) == ("Artikel", "Titel")
    assert "its mapping “till” is filled in" in page.context["explanation"]


@pytest.fixture
def row(tmp_path):
    doors.command("products", first(tmp_path), mapping=BY_HAND)
    return ColumnMapping.objects.get()


@pytest.mark.parametrize(
    ("name", "columns", "wrong"),
    [
        ("Kasse", "Artikel = sku\n\ntitel = name", ""),
        ("none", "Artikel = sku", "Choose another name"),
        ("Kasse", "Artikel = color", "Line 1: write column = field"),
        ("Kasse", "Artikel = sku\nFarbe = name", "Line 2: these files have no column “Farbe”"),
        ("Kasse", "Artikel = sku\nARTIKEL = name", "Line 2: “Artikel” is named twice"),
    ],
)
def test_it_can_be_renamed_and_corrected(staff, row, name, columns, wrong):
    page = staff.post(
        reverse("admin:backoffice_columnmapping_change", args=[row.pk]), {"name": name, "columns": columns}
    )

    if wrong:
        assert wrong in str(page.context["errors"])
        assert kept() == [("products", "till", BY_HAND)]
    else:
        assert kept() == [("products", "Kasse", BY_HAND)]


def test_it_can_be_deleted_and_is_not_offered_any_more(staff, row, tmp_path):
    staff.post(reverse("admin:backoffice_columnmapping_delete", args=[row.pk]), {"post": "yes"})

    assert kept() == []
    assert not doors.command("products", second(tmp_path)).is_loaded


def test_a_header_is_known_in_any_case_and_only_in_its_order():
    assert mappings.header_key(["Artikel", "Titel"]) == mappings.header_key([" artikel ", "TITEL"])
    assert mappings.header_key(["Artikel", "Titel"]) != mappings.header_key(["Titel", "Artikel"])
