"""A file asks for what its page asks for: who may not count by hand may not load a count either."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from backoffice.files import loading
from backoffice.models import Upload
from backoffice.people import roles
from backoffice.screens import upload_rights
from backoffice.tests import people
from inventory.models import Movement
from orders.tests import make

pytestmark = pytest.mark.django_db
ADD = "/admin/backoffice/upload/add/"
COUNT = b"sku,warehouse,quantity\nLAMP-1,BER,7\n"
OFFERED = {
    roles.OPERATIONS: ["products", "stock", "inbound", "history", "orders", "cancellations"],
    roles.BUYER: ["products", "inbound", "history", "suppliers", "offers", "deliveries"],
}


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    roles.keep()


def count() -> SimpleUploadedFile:
    return SimpleUploadedFile("count.csv", COUNT)


def test_every_kind_of_file_asks_for_something():
    assert set(upload_rights.ASKS) == set(loading.KINDS)


@pytest.mark.parametrize("role", OFFERED)
def test_each_role_is_offered_the_files_of_what_it_changes_by_hand(role):
    page = people.browser(role).get(ADD)

    offered = [kind for kind, _ in page.context["form"].fields["kind"].choices]
    assert sorted(offered) == sorted(OFFERED[role])
    assert [row[0] for row in page.context["tables"][0].rows] == offered


def test_a_buyer_may_not_load_a_count_and_is_told_so_in_words():
    make.on_hand(make.product("LAMP-1"), 5)
    moved = Movement.objects.count()

    answer = people.browser(roles.BUYER).post(ADD, {"kind": "stock", "file": count()})

    assert "You may load files, but none of stock: your role does not change those by hand either." in (
        answer.content.decode()
    )
    assert (Upload.objects.count(), Movement.objects.count()) == (0, moved)


@pytest.mark.parametrize(("role", "led"), [(roles.OPERATIONS, True), (roles.BUYER, False), (roles.AUDITOR, False)])
def test_only_who_may_load_a_file_is_led_to_where_it_is_looked_at(role, led):
    make.on_hand(make.product("LAMP-1"), 5)
    robin = people.browser(roles.OPERATIONS)
    robin.post(ADD, {"kind": "stock", "file": count()})

    page = (robin if role == roles.OPERATIONS else people.browser(role)).get(
        reverse("admin:backoffice_upload_changelist")
    )

    address = reverse("admin:backoffice_upload_preview", args=[Upload.objects.get().pk])
    shown = page.content.decode()
    assert ((address in shown), ("not loaded yet: look and load" in shown)) == (led, led)
    assert "not loaded yet" in shown


@pytest.mark.parametrize("step", ["preview", "columns", "reading"])
@pytest.mark.parametrize("way", ["get", "post"])
def test_nor_go_on_with_one_that_somebody_else_has_chosen(step, way):
    make.on_hand(make.product("LAMP-1"), 5)
    people.browser(roles.OPERATIONS).post(ADD, {"kind": "stock", "file": count()})
    upload, moved = Upload.objects.get(), Movement.objects.count()
    buyer = people.browser(roles.BUYER)

    answer = getattr(buyer, way)(reverse(f"admin:backoffice_upload_{step}", args=[upload.pk]))
    page = buyer.get(reverse("admin:backoffice_upload_change", args=[upload.pk]))

    assert answer.status_code == 403
    assert "none of stock" in answer.content.decode()
    assert page.context["buttons"] == []
    assert Movement.objects.count() == moved
