"""What an address names and is not there is answered inside the house: what was looked for, and where else to look."""

import pytest

from backoffice.tests.test_dashboard import everyone, person
from inventory.models import Product
from orders.tests import make

__all__ = ["everyone"]

pytestmark = pytest.mark.django_db


def text(answer):
    assert answer.status_code == 404
    return answer.content.decode()


@pytest.mark.parametrize(
    ("address", "kind", "asked", "way"),
    [
        ("orders/order/77/change", "order", "77", "/admin/orders/order/?q=77"),
        ("orders/order/SO-1001/change", "order", "SO-1001", "/admin/orders/order/?q=SO-1001"),
        ("orders/order/77/history", "order", "77", "/admin/orders/order/?q=77"),
        ("orders/customer/Lena/change", "customer", "Lena", "/admin/orders/customer/?q=Lena"),
        ("orders/backorder/77/change", "backorder", "77", "/admin/orders/backorder/"),
        ("orders/notice/77/change", "notice", "77", "/admin/orders/notice/?q=77"),
        ("orders/notice/77/mail", "notice", "77", "/admin/orders/notice/?q=77"),
        ("inventory/product/77/change", "product", "77", "/admin/inventory/product/?q=77"),
        ("inventory/product/77/what-if", "product", "77", "/admin/inventory/product/?q=77"),
        ("suppliers/purchaseorder/77/change", "purchase order", "77", "/admin/suppliers/purchaseorder/?q=77"),
    ],
)
def test_what_is_not_there_is_named_with_a_way_to_its_list(everyone, address, kind, asked, way):
    page = text(everyone.get(f"/admin/{address}/"))

    assert f"There is no {kind} “{asked}”: the address is mistyped, or it was deleted." in page
    assert f'<a href="{way}">Look in ' in page
    assert "Start from Today" in page


def test_what_was_deleted_is_no_longer_there(everyone):
    lamp = make.product("LAMP")
    page = f"/admin/inventory/product/{lamp.pk}/change/"
    assert everyone.get(page).status_code == 200

    Product.objects.filter(pk=lamp.pk).delete()

    assert f"There is no product “{lamp.pk}”" in text(everyone.get(page))


def test_who_may_not_see_the_list_gets_no_link_to_it(client):
    client.force_login(person("inventory.receive_inbound"))
    page = text(client.get("/admin/receive/purchase-order/77/"))

    assert "There is no purchase order “77”" in page
    assert "Look in" not in page


def test_who_may_not_open_a_page_does_not_learn_what_is_there(client):
    order = make.order((make.product("LAMP"), 1))
    client.force_login(person("inventory.view_product"))

    answers = [client.get(f"/admin/orders/order/{pk}/change/").status_code for pk in (order.pk, order.pk + 1)]

    assert answers == [403, 403]


def test_who_is_not_signed_in_is_asked_to_sign_in(client):
    assert client.get("/admin/orders/order/77/change/").status_code == 302


def test_an_address_without_end_is_said_again_in_part(everyone):
    page = text(everyone.get(f"/admin/orders/order/{'x' * 500}/change/"))

    assert f"There is no order “{'x' * 60}”:" in page
    assert "x" * 61 not in page.replace("x" * 500, "")


def test_an_address_with_signs_of_a_page_is_shown_as_text(everyone):
    page = text(everyone.get("/admin/orders/order/_3Cb_3E/change/"))

    assert "There is no order “&lt;b&gt;”" in page
