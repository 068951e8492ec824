"""Columns of a list, as its address chooses them: kept by what leads on, written into files, kept in views."""

import csv
import html
import re
from io import StringIO

import pytest
import time_machine
from django.contrib import admin
from django.core.cache import cache
from django.urls import reverse

from backoffice.people.roles import CUSTOMER_SERVICE, OPERATIONS
from backoffice.tests import acts, people
from inventory.desk.lists import views
from inventory.models import SavedView, ServiceTarget
from inventory.notebook import assignments, hanging, notes, owners, saved_views
from orders.tests import make

pytestmark = pytest.mark.django_db
STOCK, QUEUE, TARGETS = "/admin/inventory/stock/", "/admin/orders/backorder/", "/admin/inventory/servicetarget/"


@pytest.fixture(autouse=True)
def _monday():
    cache.clear()
    with time_machine.travel(make.MONDAY, tick=False):
        yield
    cache.clear()


@pytest.fixture
def shelf():
    return make.on_hand(make.product("LAMP-1", name="Oak lamp"), 3)


def body(told):
    assert told.status_code == 200
    return told.content.decode()


def heads(shown):
    """The headings of a list, and what the cells of its first row name."""
    head = shown.partition("<thead>")[2].partition("</thead>")[0]
    row = shown.partition("<tbody>")[2].partition("</tr>")[0]
    words = re.findall(r'<div class="text"><(?:a href="[^"]*"|span)>(.*?)</', head)
    return [word for word in words if "<" not in word], re.findall(r'data-label="(.*?)"', row)


def queue_heads(shown):
    head = shown.partition("<thead>")[2].partition("</thead>")[0]
    return [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<th [^>]*>(.*?)</th>", head)][1:]


def choices(shown):
    """The boxes of the form: the name of each column, and "*" behind those that are shown, "!" behind the fixed."""
    form = shown.partition("<summary>Columns…</summary>")[2].partition("</form>")[0]
    fixed = re.findall(r'<input type="hidden" name="cols" value="([^"]*)">', form)
    boxes = re.findall(r'<input type="checkbox" name="cols" value="([^"]*)"( checked)?>', form)
    return [f"{name}!" for name in fixed] + [f"{name}{'*' if checked else ''}" for name, checked in boxes]


def links(shown):
    return [html.unescape(url) for url in re.findall(r'href="(\?[^"]*)"', shown)]


def test_the_address_chooses_and_the_first_column_stays(shelf):
    client = people.browser(OPERATIONS)

    shown = body(client.get(f"{STOCK}?cols=here,name"))

    assert heads(shown) == (["Product", "Name", "On hand"],) * 2
    assert choices(shown) == ["item!", "name*", "warehouse", "here*", "set_aside", "kept", "free", "bin"]
    assert len(heads(body(client.get(STOCK)))[0]) == 8


def test_a_form_of_many_boxes_leads_to_one_short_address(shelf):
    client = people.browser(OPERATIONS)

    told = client.get(f"{STOCK}?q=LAMP&p=2&cols=item&cols=here&cols=free&cols=here")

    assert (told.status_code, told["Location"]) == (302, "?q=LAMP&cols=item%2Chere%2Cfree")


def test_sorting_filtering_paging_searching_and_the_file_keep_them(shelf):
    make.on_hand(make.product("MUG-1"), 2)
    client = people.browser(OPERATIONS)
    shown = body(client.get(f"{STOCK}?cols=item,here&q=LAMP"))

    kept = [url for url in links(shown) if "cols=item%2Chere" in url]
    others = {url for url in links(shown) if url not in kept}
    [file] = re.findall(r'href="([^"]*/csv/[^"]*)"', shown)

    assert others == {"?q=LAMP"}  # "All columns"
    assert {"o=1", "o=4"} <= {part for url in kept for part in url.lstrip("?").split("&")}
    assert '<input type="hidden" name="cols" value="item,here">' in shown.partition('id="changelist-search"')[2]
    rows = list(csv.reader(StringIO(b"".join(client.get(html.unescape(file))).decode("utf-8-sig"))))
    assert rows == [["Product", "On hand"], ["LAMP-1", "3"]]


def test_a_number_in_an_address_means_the_same_column_whatever_is_shown(shelf):
    make.on_hand(make.product("MUG-1"), 2)
    client = people.browser(OPERATIONS)

    shown = body(client.get(f"{STOCK}?cols=item&o=4"))

    assert re.findall(r">(\w+-1)</a>", shown) == ["MUG-1", "LAMP-1"]
    assert 'aria-label="Remove Sorted by: On hand"' in shown
    assert 'aria-label="Remove Sorted by' not in body(client.get(f"{STOCK}?cols=item,here&o=4"))


@pytest.mark.parametrize(
    ("cols", "words", "count"),
    [
        ("here,color", "This list has no column “color”: it is left out.", 2),
        ("color", "This list has no column “color”: it is left out.", 8),
        ("a,b,c,d,e,here", "This list has no columns “a”, “b”, “c” and 2 more: they are left out.", 2),
        ("%3Cb%3E", "This list has no column “&lt;b&gt;”: it is left out.", 8),
        ("x" * 3_000, f"This list has no column “{'x' * 29}…”: it is left out.", 8),
        (",,,", "", 8),
        ("", "", 8),
        ("item,name,warehouse,here,set_aside,kept,free,bin", "", 8),
    ],
)
def test_columns_that_are_none_are_said_and_left_out(shelf, cols, words, count):
    shown = body(people.browser(OPERATIONS).get(f"{STOCK}?cols={cols}"))

    assert re.findall(r'<p class="unknown" role="status">(.*?)</p>', shown) == ([words] if words else [])
    assert len(heads(shown)[0]) == count
    assert ("All columns" in shown) == (count < 8)


def test_a_view_keeps_its_columns(shelf):
    client = people.browser(OPERATIONS)
    shown = body(client.get(f"{STOCK}?cols=item,here"))
    [address] = re.findall(r'<a href="([^"]+)">Keep this view…', shown)

    acts.opened(client, acts.Act(html.unescape(address))).send(name="Short")

    assert SavedView.objects.get().query == "cols=item%2Chere"
    assert heads(body(client.get(f"{STOCK}?{SavedView.objects.get().query}")))[0] == ["Product", "On hand"]


def test_a_view_whose_columns_are_gone_opens_and_says_so(shelf):
    client = people.browser(OPERATIONS)
    me = owners.person(people.User.objects.get(pk=client.session["_auth_user_id"]))
    saved_views.save("Old", "inventory_stock", "cols=color", owner=me, is_default=True, by=None, at=make.MONDAY)

    shown = body(client.get(client.get(STOCK)["Location"].replace("?", f"{STOCK}?")))

    assert "no column “color”" in shown
    assert len(heads(shown)[0]) == 8


def test_the_queue_chooses_too_and_its_file_has_what_it_shows():
    make.line(make.product("LAMP-1"), 2, reference="SO-1")
    boss = acts.boss("ines")

    shown = body(boss.get(f"{QUEUE}?cols=waits,place&q=SO"))
    [file] = re.findall(r'href="([^"]*/csv/[^"]*)"', shown)
    rows = list(csv.reader(StringIO(b"".join(boss.get(html.unescape(file))).decode("utf-8-sig"))))

    assert queue_heads(shown) == ["Order · customer", "Waits", "Place"]
    assert rows[0] == ["Order", "Customer", "Waits", "Ordered", "Set aside", "Shipped", "Priority"]
    assert '<input type="hidden" name="cols" value="waits,place">' in shown
    assert "no column “color”" in body(boss.get(f"{QUEUE}?cols=color"))


def test_the_file_of_the_queue_has_what_the_list_shows_and_every_column_on_demand():
    line = make.line(make.product("LAMP-1"), 2, reference="SO-1")
    boss = acts.boss("ines")
    sam = people.User.objects.create_user("sam", first_name="Sam")
    notes.write([hanging.key(line)], "older", by=sam, at=make.MONDAY)
    notes.write([hanging.key(line)], "=HYPERLINK(1)", by=sam, at=make.MONDAY)
    assignments.assign([hanging.key(line)], owners.person(sam), task="Call", by=sam, at=make.MONDAY)

    files = []
    for address in re.findall(r'href="([^"]*/export/csv[^"]*)"', body(boss.get(QUEUE))):
        response = boss.get(html.unescape(address))
        files.append(list(csv.DictReader(StringIO(b"".join(response).decode("utf-8-sig")))))

    [[shown], [whole]] = files
    assert list(shown) == [
        *("Order", "Customer", "SKU", "Product", "Waits", "Ordered", "Set aside", "Shipped", "Placed"),
        *("On its way", "No supply", "Likely", "Safe", "How we know", "First promised", "Promised"),
        *("Chance to break", "Cause", "Told", "Turn", "Note", "Priority"),
    ]
    beside = {"Channel", "E-mail", "Warehouse", "Reason", "Wants to hear", "Cause suggested", "Cause confirmed"}
    assert set(whole) - set(shown) == beside
    assert (shown["Turn"], shown["Note"], shown["No supply"]) == ("Sam", "'=HYPERLINK(1)", "2")


def test_a_field_that_is_typed_into_the_list_cannot_be_hidden():
    """What a hidden field does not send would be saved as nothing."""
    target = ServiceTarget.objects.order_by("cell").first()
    boss = acts.boss("ines")

    shown = body(boss.get(f"{TARGETS}?cols=cell"))

    assert heads(shown)[0] == ["Class", "Target"]
    assert f'name="form-0-target" value="{target.target}"' in shown


@pytest.mark.proof
def test_every_list_can_be_narrowed_to_its_first_column():
    people.shop()
    boss = acts.boss("ines")

    for model in admin.site._registry:
        page = reverse(f"admin:{views.list_name(model)}_changelist")
        whole = choices(body(boss.get(f"{page}?p=1")))
        fixed = [name for name in whole if name.endswith("!")]
        shown = body(boss.get(f"{page}?cols={fixed[0].rstrip('!')}"))

        assert [name for name in choices(shown) if name[-1] in "!*"] == (fixed if len(whole) > len(fixed) else whole)
        assert whole == fixed + [name for name in whole if name.endswith("*")]
        assert shown.count("<tr>") == body(boss.get(f"{page}?p=1")).count("<tr>")
        assert 'class="unknown"' not in shown


def test_a_list_in_the_window_of_another_page_offers_none(shelf):
    assert "Columns…" not in body(people.browser(CUSTOMER_SERVICE).get("/admin/orders/customer/?_popup=1"))
