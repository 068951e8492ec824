"""Goods taken in with a phone in the hand, and a file loaded from the desk."""

from collections.abc import Iterator

import pytest
import time_machine

from backoffice.models import Upload
from backoffice.people import roles
from backoffice.tests.browser import PHONE, Window
from backoffice.tests.people import MONDAY, person
from inventory.models import Inbound, Product, Stock
from orders.tests import make
from suppliers.tests import make as buy

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def _monday(transactional_db, settings, tmp_path) -> Iterator[None]:
    settings.MEDIA_ROOT = tmp_path / "uploads"
    roles.keep()
    with time_machine.travel(MONDAY, tick=False):
        yield


def test_goods_are_received_on_a_phone(open_window):
    lamp, mug = make.product("LAMP-DRUM-30-LINEN", name="Drum lamp 30 cm, linen"), make.product("MUG-1", name="Mug")
    make.order((lamp, 4), who=make.customer("Lena Ortiz"), reference="SO-1")
    order = buy.sent((buy.offer(lamp), 30), (buy.offer(mug), 6))
    phone = open_window(person(roles.OPERATIONS), width=PHONE)
    phone.open("/")
    phone.look("phone-today")
    assert not phone.page.locator("#sidebar").is_visible()

    phone.page.get_by_role("button", name="Menu").tap()
    phone.tap("Purchase orders")
    phone.look("phone-purchase-orders")
    phone.tap(order.reference)
    phone.look("phone-purchase-order")
    phone.tap("Receive…")
    phone.look("phone-receive")
    for what in ("that arrived", "that are damaged"):
        box = phone.page.get_by_label(f"LAMP-DRUM-30-LINEN: units {what}").bounding_box()
        assert 0 <= box["x"] < box["x"] + box["width"] <= PHONE  # reached without scrolling sideways
    phone.page.get_by_label("LAMP-DRUM-30-LINEN: units that arrived").fill("10")
    phone.press("Show what it does")
    phone.look("phone-receive-preview")
    phone.press("Do exactly this")

    told = f"Received 10 units of {order.reference} from Nordlys. 1 mail goes out. 1 order can leave now."
    assert phone.told == [told]
    assert list(Stock.objects.values_list("product", "on_hand", "allocated")) == [(lamp.pk, 10, 4)]
    assert dict(Inbound.objects.values_list("product", "outstanding")) == {lamp.pk: 20, mug.pk: 6}


def choose(window: Window, name: str, text: str) -> None:
    window.page.get_by_label("Kind").select_option("products")
    window.page.get_by_label("File").set_input_files({"name": name, "mimeType": "text/csv", "buffer": text.encode()})
    window.press("Look at it")


def test_a_file_is_loaded_once_it_is_right(open_window):
    make.product("LAMP-1", name="Lamp", price=10)
    window = open_window(person(roles.OPERATIONS))
    window.open("/")
    window.follow("Files", within="#sidebar")
    window.follow("+ Load a file")
    choose(window, "bad.csv", "sku,name,price\nLAMP-1,Oak lamp,12\nVASE-1,Vase,dear\nVASE-2,Vase,-3\n")
    assert window.title == "Products from bad.csv"
    assert explanation(window) == (
        "Nothing is loaded yet. 3 rows, 0 new, 1 changed, 0 unchanged, 2 refused. "
        "3 rows = 1 taken + 0 left out + 2 refused."
    )
    assert window.table("What is wrong") == [
        ["3", "price", "dear", "an amount such as 1250.00, 0 or more"],
        ["4", "price", "-3", "an amount such as 1250.00, 0 or more"],
    ]
    assert window.table("The first rows") == [["2", "changed", "LAMP-1", "Oak lamp", "12.00"]]
    window.look("upload-with-errors")
    window.press("Load it")
    assert window.page.locator(".errornote").inner_text() == "Nothing was done yet. Please look at what is marked."
    assert list(Product.objects.values_list("sku", "name")) == [("LAMP-1", "Lamp")]

    window.follow("Files", within="#sidebar")
    window.follow("+ Load a file")
    choose(window, "good.csv", "sku,name,price\nLAMP-1,Oak lamp,12\nVASE-1,Vase,9\n")
    assert explanation(window) == (
        "Nothing is loaded yet. 2 rows, 1 new, 1 changed, 0 unchanged, 0 refused. "
        "2 rows = 2 taken + 0 left out + 0 refused."
    )
    assert Product.objects.count() == 1
    window.press("Load it")

    assert window.told == ["Loaded good.csv: 2 rows, 1 new, 1 changed, 0 unchanged, 0 refused."]
    products = Product.objects.order_by("sku").values_list("sku", "name", "price")
    assert list(products) == [("LAMP-1", "Oak lamp", 12), ("VASE-1", "Vase", 9)]
    assert [(row[0], row[5]) for row in window.listed()] == [
        ("good.csv", "2 rows, 1 new, 1 changed, 0 unchanged, 0 refused"),
        ("bad.csv", "not loaded yet: look and load"),
    ]
    assert list(Upload.objects.order_by("pk").values_list("name", "loaded_at")) == [
        ("bad.csv", None),
        ("good.csv", MONDAY),
    ]


def explanation(window: Window) -> str:
    return window.page.locator(".explanation").inner_text()
