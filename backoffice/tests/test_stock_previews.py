"""Counted, damaged, sent back: who gains, who loses and what they read is shown before it is done, and done so."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from backoffice.tests import acts, people
from backoffice.tests.acts import Act
from inventory.desk import once, performing
from inventory.models import CountSheet, Movement, Stock
from inventory.supply import sheets
from orders import fulfillment
from orders.models import Notice, OrderLine
from orders.tests import make

pytestmark = pytest.mark.django_db
NOW = people.MONDAY + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def shelf() -> Stock:
    """Eight lamps: Lena has six, Tom two of his four."""
    shelf = make.on_hand(make.product("LAMP", name="Oak lamp"), 8)
    make.coming(shelf.product, 9, on=make.TODAY + timedelta(days=9), reference="PO-1", is_confirmed=True)
    make.line(shelf.product, 6, who=make.customer("Lena Ortiz"), reference="SO-1", at=make.MONDAY)
    make.line(shelf.product, 4, who=make.customer("Tom Baker"), reference="SO-2", at=NOW - timedelta(minutes=5))
    Notice.objects.update(state="sent", sent_at=NOW - timedelta(minutes=1))
    return shelf


def url(name: str, *rows: Stock) -> str:
    return f"{reverse(f'admin:inventory_stock_{name}')}?ids={','.join(str(row.pk) for row in rows)}"


def act(name: str, row: Stock, units: int) -> Act:
    return Act(url(name, row), {f"units-{row.pk}": str(units), "reason": "Saw it"}, is_previewed=True)


def said(response) -> list[str]:
    return [str(message) for message in response.wsgi_request._messages]


def number(text: str) -> str:
    return f'<span class="number">{text}</span>'


LENA_LOSES = ("Lena Ortiz", -1, 1, "3 Mar 2026 → 12 Mar 2026 / breaks")
TOM_LOSES = ("Tom Baker", -2, 4, "12 Mar 2026")
DELAYED = ("Delayed: 1 × Oak lamp (order SO-1)", "Delayed: 4 × Oak lamp (order SO-2)")
SHOWN = {
    "count": (5, "1 place counted: 3 units fewer than the books have.", number("-3"), [LENA_LOSES, TOM_LOSES], DELAYED),
    "damage": (3, "3 units come off the books in 1 place.", 5, [LENA_LOSES, TOM_LOSES], DELAYED),
}
SENTENCES = {
    "count": "When we counted our shelf, fewer were there than we had noted.",
    "damage": "Units in our warehouse were damaged or lost.",
}
TOLD = {
    "count": "Counted 1 place: the books were changed. 2 mails go out.",
    "damage": "Damage or loss: 3 units in 1 place. 2 mails go out.",
}


@pytest.mark.parametrize("name", SHOWN)
def test_who_gains_who_loses_and_what_they_read_is_shown_and_nothing_is_written(admin_client, shelf, name):
    units, words, beside, lines, subjects = SHOWN[name]
    before = acts.books()

    seen = admin_client.post(url(name, shelf), {f"units-{shelf.pk}": units, "reason": "Saw it", "preview": "1"})

    html, outcome = seen.content.decode(), seen.context["outcome"]
    assert seen.context["in_words"] == words
    assert f'<p class="in-words">{words}</p>' in html
    assert [row[7] for row in seen.context["tables"][0].rows] == [beside]
    moved = outcome.tables()[0].rows
    assert [(acts.read(row[1]), row[3], row[4], acts.read(row[6])) for row in moved] == lines
    assert tuple(letter.subject for _, letter in outcome.effects.letters) == subjects
    assert html.count("<details>") == len(subjects)
    assert SENTENCES[name] in html
    assert acts.books() == before


def counted_on_a_sheet(shelf: Stock, units: int) -> CountSheet:
    (sheet,) = sheets.open_sheets(sheets.Wanted(shelf.warehouse_id), by=None, at=NOW - timedelta(hours=1))
    sheets.enter(sheet.pk, {shelf.product_id: units}, counted_at=NOW, by=None, at=NOW)
    return sheet


def test_a_count_sheet_shows_whom_it_displaces_and_does_exactly_that_once(admin_client, shelf):
    sheet = counted_on_a_sheet(shelf, 5)
    address = f"{reverse('admin:inventory_countsheet_post')}?ids={sheet.pk}"
    before = acts.books()

    seen = admin_client.post(address, {"preview": "1"})
    assert acts.books() == before
    done = admin_client.agree(address, {})

    outcome = seen.context["outcome"]
    moved = outcome.tables()[0].rows
    assert [(acts.read(row[1]), row[3], row[4], acts.read(row[6])) for row in moved] == [
        LENA_LOSES,
        TOM_LOSES,
    ]
    assert tuple(letter.subject for _, letter in outcome.effects.letters) == DELAYED
    assert SENTENCES["count"] in seen.content.decode()
    assert said(done) == ["1 product counted: 3 units fewer than the books have. 2 mails go out."]
    assert [line.allocated for line in OrderLine.objects.order_by("pk")] == [5, 0]
    assert LogEntry.objects.filter(object_id=str(sheet.pk), change_message__startswith="1 product counted").count() == 1


def test_a_count_sheet_on_which_somebody_counts_meanwhile_is_shown_anew(admin_client, shelf):
    sheet = counted_on_a_sheet(shelf, 5)
    address = f"{reverse('admin:inventory_countsheet_post')}?ids={sheet.pk}"
    seen = admin_client.post(address, {"preview": "1"})
    sheets.enter(sheet.pk, {shelf.product_id: 6}, counted_at=NOW, by=None, at=NOW)

    sent = {"apply": "1", "fingerprint": seen.context["outcome"].fingerprint}
    answer = admin_client.post(address, sent)

    assert performing.MOVED_MEANWHILE in answer.content.decode()
    assert Stock.objects.get(pk=shelf.pk).on_hand == 8


@pytest.mark.parametrize("name", SHOWN)
def test_exactly_what_was_shown_is_done_and_said(admin_client, shelf, name):
    units, _, _, _, subjects = SHOWN[name]
    told_before = Notice.objects.count()

    done = admin_client.agree(url(name, shelf), {f"units-{shelf.pk}": units, "reason": "Saw it"})

    shelf.refresh_from_db()
    assert said(done) == [TOLD[name]]
    assert done["Location"] == reverse("admin:inventory_stock_change", args=[shelf.pk])
    assert shelf.on_hand == 5
    assert [line.allocated for line in OrderLine.objects.order_by("pk")] == [5, 0]
    assert Notice.objects.count() - told_before == len(subjects)


def test_a_count_that_finds_the_books_right_says_so_and_tells_nobody(admin_client, shelf):
    form = {f"units-{shelf.pk}": 8, "reason": "Saw it"}

    seen = admin_client.post(url("count", shelf), {**form, "preview": "1"})
    done = admin_client.agree(url("count", shelf), form)

    assert seen.context["in_words"] == "1 place counted: the books are right."
    assert [row[7] for row in seen.context["tables"][0].rows] == [number("0")]
    assert "No waiting line gets units or another date by this." in seen.content.decode()
    assert said(done) == ["Counted 1 place: the books were right. No customer hears anything new."]


def test_several_places_are_counted_in_one_look(admin_client, shelf):
    mugs, cups = make.on_hand(make.product("MUG"), 1_500), make.on_hand(make.product("CUP"), 4)
    counted = {f"units-{shelf.pk}": 9, f"units-{mugs.pk}": 499, f"units-{cups.pk}": "", "reason": "Yearly count"}

    seen = admin_client.post(url("count", shelf, mugs, cups), {**counted, "preview": "1"})
    admin_client.agree(url("count", shelf, mugs, cups), counted)

    assert seen.context["title"] == "Count: 3 places"
    assert seen.context["in_words"] == "2 places counted: 1 unit more and 1,001 units fewer than the books have."
    assert [row[7] for row in seen.context["tables"][0].rows] == [number("+1"), number("-1,001"), ""]
    assert [row.on_hand for row in Stock.objects.order_by("pk")] == [9, 499, 4]


@pytest.mark.parametrize("name", SHOWN)
def test_a_page_whose_shelf_has_moved_does_nothing_and_shows_how_it_stands(shelf, name):
    page = acts.opened(acts.boss("ines"), act(name, shelf, 2))
    make.lost(shelf.product, 1, at=NOW)
    before = acts.books()

    again = page.send()

    assert said(again) == [performing.MOVED_MEANWHILE, "Meanwhile “LAMP in BER: -1, damage or loss”."]
    assert [row[4] for row in again.context["tables"][0].rows] == [7]
    assert again.context["outcome"].fingerprint != page.fields["fingerprint"]
    assert acts.books() == before


@pytest.mark.parametrize("name", SHOWN)
def test_a_page_whose_customers_would_feel_it_otherwise_does_nothing(shelf, name):
    """Nobody touched the shelf; who waits for it has changed."""
    page = acts.opened(acts.boss("ines"), act(name, shelf, SHOWN[name][0]))
    tom = OrderLine.objects.get(order__reference="SO-2")
    fulfillment.cancel([fulfillment.LineUnits(tom.pk)], reason="x", by=None, at=NOW)
    movements = Movement.objects.count()

    again = page.send()

    assert said(again) == [performing.MOVED_MEANWHILE, "Meanwhile “SO-2, LAMP: Canceled: x”."]
    assert Movement.objects.count() == movements


@pytest.mark.parametrize("name", SHOWN)
def test_sent_twice_it_is_done_once(shelf, name):
    page = acts.opened(acts.boss("ines"), act(name, shelf, SHOWN[name][0]))

    first = page.send()
    once_done = acts.books()
    second = page.send()

    assert (first.status_code, second.status_code, second["Location"]) == (302, 302, first["Location"])
    assert set(said(second)) == {TOLD[name], once.AGAIN}
    assert acts.books() == once_done
    assert Movement.objects.count() == 2


@pytest.mark.parametrize("name", SHOWN)
def test_who_may_look_at_stock_and_not_adjust_it_sees_no_preview(client, shelf, name):
    user = User.objects.create_user("olga", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_stock", "view_order", "view_orderline"]))
    client.force_login(user)

    for button in ("preview", "apply"):
        refused = client.post(url(name, shelf), {f"units-{shelf.pk}": 1, "reason": "Saw it", button: "1"})
        assert refused.status_code == 403
    page = client.get(reverse("admin:inventory_stock_change", args=[shelf.pk])).content.decode()
    assert reverse(f"admin:inventory_stock_{name}") not in page
    assert Movement.objects.count() == 1
