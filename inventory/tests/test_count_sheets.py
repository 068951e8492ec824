"""Count sheets: what was found, when, and what it does to the books, once."""

from datetime import timedelta

import pypdfium2
import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.urls import reverse

from inventory.models import CountedLine, CountSheet, Movement, MovementKind, Stock
from inventory.supply import bins, sheets

from . import make

pytestmark = pytest.mark.django_db
AT = make.MONDAY
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
BOOKS = {"LAMP": 8, "MUG": 5, "RUG": 3}


@pytest.fixture
def shelves():
    """Three products in three bins of one warehouse, since yesterday."""
    lying = {"LAMP": "A-2", "MUG": "A-10", "RUG": "B-1"}
    rows = {sku: make.on_hand(make.product(sku), units, at=AT - 24 * HOUR) for sku, units in BOOKS.items()}
    bins.put({(row.product_id, row.warehouse_id): lying[sku] for sku, row in rows.items()})
    return {sku: row.product for sku, row in rows.items()}


def opened(first="", last="", **wanted):
    (sheet,) = sheets.open_sheets(sheets.Wanted(make.warehouse().pk, first, last, **wanted), by=None, at=AT)
    return sheet


def found(sheet, shelves, after=HOUR, **units):
    figures = {shelves[sku].pk: count for sku, count in units.items()}
    return sheets.enter(sheet.pk, figures, counted_at=AT + after, by=None, at=AT + 9 * HOUR)


def post(sheet, **said):
    return sheets.post(sheet.pk, by=None, at=AT + 10 * HOUR, **said)


def books():
    return dict(Stock.objects.values_list("product__sku", "on_hand"))


# --- making one -----------------------------------------------------------------------------


def test_a_sheet_has_what_lies_in_its_bins_in_the_order_in_which_somebody_walks(shelves):
    sheet = opened("A", "A")

    assert list(sheet.lines.values_list("position", "bin", "product__sku")) == [(1, "A-2", "LAMP"), (2, "A-10", "MUG")]
    assert list(opened().lines.values_list("product__sku", flat=True)) == ["LAMP", "MUG", "RUG"]
    assert list(opened("A-3").lines.values_list("product__sku", flat=True)) == ["MUG", "RUG"]


def test_a_bin_that_is_empty_is_counted_and_a_place_without_stock_or_bin_is_not(shelves):
    make.lost(shelves["RUG"], 3, at=AT)
    sofa = make.on_hand(make.product("SOFA"), 1)
    make.lost(sofa.product, 1)

    assert list(opened().lines.values_list("product__sku", flat=True)) == ["LAMP", "MUG", "RUG"]


def test_more_than_one_sheet_holds_goes_on_several(shelves, monkeypatch):
    monkeypatch.setattr(sheets, "LINES", 2)

    made = sheets.open_sheets(sheets.Wanted(make.warehouse().pk), by=None, at=AT)

    assert [(sheet.bins, sheet.lines.count()) for sheet in made] == [("A-2 – A-10", 2), ("B-1", 1)]


def test_bins_in_which_nothing_lies_are_no_sheet(shelves, monkeypatch):
    with pytest.raises(sheets.NotASheet, match="Nothing lies there"):
        opened("C", "D")
    monkeypatch.setattr(sheets, "MOST", 2)
    with pytest.raises(sheets.NotASheet, match="3 products lie there, and up to 2"):
        opened()
    assert CountSheet.objects.count() == 0


# --- counting -------------------------------------------------------------------------------


def test_what_nobody_counted_stays_as_it_was(shelves):
    sheet = opened()
    found(sheet, shelves, LAMP=7)

    answer = post(sheet)

    assert books() == {"LAMP": 7, "MUG": 5, "RUG": 3}
    assert [(each.line.product.sku, each.difference) for each in answer] == [("LAMP", -1)]
    movement = Movement.objects.get(kind=MovementKind.COUNT)
    assert (movement.quantity, movement.reason) == (-1, sheet.reference)
    assert list(sheet.lines.values_list("difference", flat=True)) == [-1, None, None]


def test_all_others_are_0_if_somebody_says_so(shelves):
    sheet = opened("A", "A", note="Spring")
    found(sheet, shelves, LAMP=8)

    post(sheet, are_others_zero=True)

    assert books() == {"LAMP": 8, "MUG": 0, "RUG": 3}
    assert Movement.objects.get(kind=MovementKind.COUNT).reason == f"{sheet.reference}: Spring"


@pytest.mark.parametrize(("after", "now"), [(-1, 4), (0, 4), (1, 7)])
def test_what_left_after_the_figure_was_taken_is_no_part_of_it(shelves, after, now):
    """Three left an hour after noon of the count: a figure of before loses them, one of after has them out already."""
    sheet = opened()
    leaves = AT + 2 * HOUR
    make.lost(shelves["LAMP"], 3, at=leaves + timedelta(seconds=1))
    found(sheet, shelves, after=2 * HOUR + timedelta(seconds=after + (after > 0)), LAMP=7)

    post(sheet)

    assert books()["LAMP"] == now


def test_what_came_after_the_figure_was_taken_is_added(shelves):
    sheet = opened()
    found(sheet, shelves, LAMP=7)
    make.arrived(make.coming(shelves["LAMP"], 4, on=make.TODAY), 4, at=AT + 2 * HOUR)

    (each,) = post(sheet)

    assert (each.moved, each.book, each.becomes, each.difference) == (4, 12, 11, -1)
    assert books()["LAMP"] == 11


def test_what_was_counted_again_since_stays_and_the_rest_is_posted(shelves):
    sheet = opened()
    found(sheet, shelves, LAMP=7, MUG=4)
    make.counted(shelves["LAMP"], 2, at=AT + 3 * HOUR)

    answer = post(sheet)

    assert books() == {"LAMP": 2, "MUG": 4, "RUG": 3}
    assert [each.why_not for each in answer] == ["A place was counted again since: the later count stands.", ""]
    assert list(sheet.lines.values_list("difference", flat=True)) == [None, -1, None]


def test_where_more_left_since_than_were_found_it_stays(shelves):
    sheet = opened()
    found(sheet, shelves, LAMP=2)
    make.lost(shelves["LAMP"], 3, at=AT + 2 * HOUR)

    (each,) = post(sheet)

    assert each.why_not == "More units left since the count than were counted."
    assert books()["LAMP"] == 5


def test_a_figure_keeps_its_time_until_another_is_typed_in(admin_client, shelves, morning):
    sheet = opened("A", "A")
    found(sheet, shelves, LAMP=7, MUG=4)

    figures = {f"units-{shelves['LAMP'].pk}": "7", f"units-{shelves['MUG'].pk}": "6"}
    admin_client.agree(operation("enter", sheet), figures)

    times = {sku: (units, at) for sku, units, at in sheet.lines.values_list("product__sku", "counted", "counted_at")}
    assert times == {"LAMP": (7, AT + HOUR), "MUG": (6, AT + 2 * HOUR)}


def test_who_counts_the_same_again_on_a_phone_has_looked_later(admin_client, shelves, morning):
    sheet = opened("A", "A")
    found(sheet, shelves, LAMP=7)

    admin_client.agree(page("walk", sheet, line=shelves["LAMP"].pk), {"units": "7"})

    assert sheet.lines.get(product=shelves["LAMP"]).counted_at == AT + 2 * HOUR


def test_a_later_look_that_finds_the_same_figure_has_the_later_time(shelves):
    """Seven lay there, two left, and seven lay there still: what left is no part of the second figure."""
    sheet = opened()
    found(sheet, shelves, LAMP=7)
    make.lost(shelves["LAMP"], 2, at=AT + 2 * HOUR)

    changed = found(sheet, shelves, after=3 * HOUR, LAMP=7)

    assert changed == 1
    (each,) = post(sheet)
    assert (each.moved, each.becomes) == (0, 7)
    assert books()["LAMP"] == 7


def test_a_sheet_that_found_what_the_books_had_overtakes_an_earlier_one(shelves):
    early, late = opened(), opened()
    found(early, shelves, LAMP=6)
    found(late, shelves, after=2 * HOUR, LAMP=8)
    post(late)

    (each,) = post(early)

    assert each.why_not == "A place was counted again since: the later count stands."
    assert books()["LAMP"] == 8
    assert [line.difference for line in early.lines.filter(product=shelves["LAMP"])] == [None]


def test_a_sheet_that_nobody_posted_overtakes_nothing(shelves):
    early, open_still, dropped = opened(), opened(), opened()
    found(early, shelves, LAMP=6)
    for other in (open_still, dropped):
        found(other, shelves, after=2 * HOUR, LAMP=8)
    sheets.drop(dropped.pk, by=None, at=AT + 3 * HOUR)

    post(early)

    assert books()["LAMP"] == 6


def test_a_figure_can_be_taken_back(shelves):
    sheet = opened()
    found(sheet, shelves, LAMP=7, MUG=5)
    found(sheet, shelves, LAMP=None)

    post(sheet)

    assert books() == BOOKS


def test_what_is_found_beside_the_sheet_joins_it(shelves):
    sheet = opened("A", "A")
    found(sheet, shelves, RUG=9)

    post(sheet)

    assert books() == {"LAMP": 8, "MUG": 5, "RUG": 9}
    assert list(sheet.lines.values_list("position", "bin", "counted")) == [
        (1, "A-2", None),
        (2, "A-10", None),
        (3, "B-1", 9),
    ]


@pytest.mark.parametrize("counted_at", [AT - HOUR, AT + 10 * HOUR])
def test_nothing_was_counted_before_the_sheet_was_made_nor_later_than_now(shelves, counted_at):
    sheet = opened()

    with pytest.raises(sheets.NotCounted, match="between the moment the sheet was made"):
        sheets.enter(sheet.pk, {shelves["LAMP"].pk: 1}, counted_at=counted_at, by=None, at=AT + 9 * HOUR)
    assert CountedLine.objects.exclude(counted=None).count() == 0


def test_a_sheet_is_posted_once_and_then_nothing_is_counted_on_it(shelves):
    sheet = opened()
    found(sheet, shelves, LAMP=7)
    post(sheet)
    make.lost(shelves["LAMP"], 1, at=AT + 11 * HOUR)

    for again in (post, lambda each: found(each, shelves, MUG=1), lambda each: sheets.drop(each.pk, by=None, at=AT)):
        with pytest.raises(sheets.SheetClosed, match="was posted already"):
            again(sheet)
    assert books() == {"LAMP": 6, "MUG": 5, "RUG": 3}


def test_a_sheet_that_is_closed_without_posting_changes_no_books(shelves):
    sheet = opened()
    found(sheet, shelves, LAMP=1)

    sheets.drop(sheet.pk, by=None, at=AT + HOUR)

    with pytest.raises(sheets.SheetClosed, match="was dropped already"):
        post(sheet)
    assert books() == BOOKS


def test_a_sheet_on_which_nobody_counted_is_not_posted(shelves):
    sheet = opened()

    with pytest.raises(sheets.SheetClosed, match="Nothing was counted"):
        post(sheet, are_others_zero=True)
    assert books() == BOOKS


def test_a_sheet_is_left_open_after_a_month_and_never_posts_itself(shelves):
    sheet = opened()
    month = AT + timedelta(days=30)

    assert sheets.left_open(at=month - timedelta(seconds=1)) == []
    assert sheets.left_open(at=month) == [sheet]
    assert books() == BOOKS


# --- screens --------------------------------------------------------------------------------


@pytest.fixture
def morning():
    with time_machine.travel(AT + 2 * HOUR, tick=False):
        yield


def page(view, sheet, **query):
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return reverse(f"admin:inventory_countsheet_{view}", args=[sheet.pk]) + (f"?{asked}" if asked else "")


def operation(name, sheet):
    return f"{reverse(f'admin:inventory_countsheet_{name}')}?ids={sheet.pk}"


def test_a_sheet_is_made_typed_in_looked_at_and_posted(admin_client, shelves, morning):
    place = make.warehouse().pk
    admin_client.agree(
        reverse("admin:inventory_countsheet_add"), {"warehouse": place, "first_bin": "A", "last_bin": "A"}
    )
    sheet = CountSheet.objects.get()
    figures = {
        f"units-{shelves['LAMP'].pk}": "6",
        f"units-{shelves['MUG'].pk}": "",
        "besides": "rug",
        "besides_units": "4",
    }
    admin_client.agree(operation("enter", sheet), figures)

    answer = admin_client.agree(operation("post", sheet), {})

    assert books() == {"LAMP": 6, "MUG": 5, "RUG": 4}
    assert answer.url == reverse("admin:inventory_countsheet_change", args=[sheet.pk])
    text = admin_client.get(answer.url).content.decode()
    assert "2 products counted: 1 unit more and 2 units fewer than the books have." in text
    assert operation("post", sheet) not in text


@pytest.mark.parametrize(
    ("units", "said"),
    [
        ({"LAMP": 2}, "1 product counted. 1 product cannot be posted any more and must be counted again."),
        (
            {"LAMP": 2, "MUG": 5},
            (
                "2 products counted: the books are right about 1. "
                "1 product cannot be posted any more and must be counted again."
            ),
        ),
        ({"MUG": 5}, "1 product counted: the books are right."),
    ],
)
def test_of_what_stays_as_it_was_nobody_says_that_the_books_are_right(admin_client, shelves, morning, units, said):
    sheet = opened()
    found(sheet, shelves, **units)
    make.lost(shelves["LAMP"], 3, at=AT + 90 * MINUTE)

    admin_client.agree(operation("post", sheet), {})

    assert said in admin_client.get(reverse("admin:inventory_countsheet_change", args=[sheet.pk])).content.decode()


def test_one_product_after_the_other_on_a_phone(admin_client, shelves, morning):
    sheet = opened("A", "A")
    first = admin_client.get(page("walk", sheet))

    second = admin_client.agree(page("walk", sheet), {"units": "7"})
    last = admin_client.agree(second.url, {"units": "5"})

    assert first.context["product"].sku == "LAMP"
    assert first.context["books"] == 8
    assert second.url == page("walk", sheet, line=shelves["MUG"].pk)
    assert last.url == reverse("admin:inventory_countsheet_change", args=[sheet.pk])
    assert list(sheet.lines.values_list("counted", "counted_at")) == [(7, AT + 2 * HOUR), (5, AT + 2 * HOUR)]


def test_a_scanned_product_is_found_and_one_that_is_not_on_the_sheet_joins_it(admin_client, shelves, morning):
    sheet = opened("A", "A")

    assert admin_client.get(page("walk", sheet, find="mug")).context["line"].bin == "A-10"
    assert "There is no product with the SKU" in admin_client.get(page("walk", sheet, find="NOPE")).content.decode()
    admin_client.agree(page("walk", sheet, find="RUG"), {"units": "2"})

    assert list(sheet.lines.values_list("product__sku", "counted")) == [("LAMP", None), ("MUG", None), ("RUG", 2)]


def test_who_counts_blind_does_not_read_what_the_books_say(admin_client, shelves, morning):
    blind, seen = opened(is_blind=True), opened()

    for view in ("walk", "print"):
        texts = [admin_client.get(page(view, sheet)).content.decode().lower() for sheet in (blind, seen)]
        assert ["books" in text for text in texts] == [False, True]
    entered = [admin_client.get(operation("enter", sheet)).content.decode() for sheet in (blind, seen)]
    assert ["On hand in the books" in text for text in entered] == [False, True]
    papers = [pdf_text(admin_client.get(page("pdf", sheet))) for sheet in (blind, seen)]
    assert ["Books" in text for text in papers] == [False, True]


def pdf_text(answer):
    return "\n".join(each.get_textpage().get_text_range() for each in pypdfium2.PdfDocument(answer.content))


def test_the_paper_has_every_product_in_order_and_room_for_its_figure(admin_client, shelves, morning):
    sheet = opened(note="Käse αЖ")

    text = pdf_text(admin_client.get(page("pdf", sheet)))

    assert [text.index(sku) for sku in ("LAMP", "MUG", "RUG")] == sorted(
        text.index(sku) for sku in ("LAMP", "MUG", "RUG")
    )
    assert f"Count sheet {sheet}" in text
    assert "Käse αЖ" in text
    assert "data:image/svg+xml;base64," in admin_client.get(page("print", sheet)).content.decode()


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"besides": "NOPE", "besides_units": "1"}, "There is no product with the SKU"),
        ({"besides": "LAMP", "besides_units": "1"}, "It stands on the sheet already"),
        ({"besides": "RUG"}, "Enter both"),
        ({"besides_units": "3"}, "Enter both"),
        ({"counted_at": "2026-03-03T09:00"}, "This time has not come yet."),
        ({"counted_at": "2026-02-01T09:00"}, "between the moment the sheet was made"),
    ],
)
def test_what_cannot_have_been_counted_is_said_and_nothing_is_kept(admin_client, shelves, morning, typed, told):
    sheet = opened("A", "A")

    answer = admin_client.agree(operation("enter", sheet), {f"units-{shelves['LAMP'].pk}": "6", **typed})

    assert told in answer.content.decode()
    assert CountedLine.objects.exclude(counted=None).count() == 0


def test_a_page_of_a_sheet_that_somebody_counted_meanwhile_keeps_nothing_and_says_so(admin_client, shelves, morning):
    sheet = opened("A", "A")
    shown = admin_client.get(operation("enter", sheet))
    found(sheet, shelves, MUG=5)

    answer = admin_client.post(
        operation("enter", sheet), {"fingerprint": shown.context["fingerprint"], f"units-{shelves['LAMP'].pk}": "6"}
    )

    assert "The facts have moved since you looked" in answer.content.decode()
    assert sheet.lines.get(product=shelves["LAMP"]).counted is None


def test_a_sheet_that_somebody_counts_meanwhile_is_not_closed_under_their_hands(
    admin_client, admin_user, shelves, morning
):
    sheet = opened("A", "A")
    seen = admin_client.get(operation("drop", sheet)).context
    assert [(row.title, row.rows) for row in seen["tables"]] == [("What is not posted", [])]
    sheets.enter(sheet.pk, {shelves["MUG"].pk: 5}, counted_at=AT, by=admin_user, at=AT)

    again = admin_client.post(operation("drop", sheet), {"fingerprint": seen["fingerprint"]})

    assert "The facts have moved since you looked" in again.content.decode()
    assert [list(row.rows) for row in again.context["tables"]] == [[("admin", 1)]]
    assert CountSheet.objects.get().dropped_at is None
    admin_client.post(operation("drop", sheet), {"fingerprint": again.context["fingerprint"]})
    assert CountSheet.objects.get().dropped_at


def test_who_may_count_may_not_post(client, django_user_model, shelves, morning):
    sheet = opened()
    counter = django_user_model.objects.create_user("counter", is_staff=True)
    counter.user_permissions.set(Permission.objects.filter(codename__in=("view_countsheet", "count_stock")))
    client.force_login(counter)

    assert client.get(page("walk", sheet)).status_code == 200
    assert client.get(operation("post", sheet)).status_code == 403
    assert client.get(operation("drop", sheet)).status_code == 403
    assert client.get(reverse("admin:inventory_countsheet_add")).status_code == 403
