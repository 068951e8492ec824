"""Numbers at the shipping desk, pasted, typed or scanned: each goes to the parcel it is of, and none is lost unsaid."""

import pytest
import time_machine
from django.urls import reverse
from openpyxl import Workbook

from backoffice.tests import acts
from inventory.desk import once
from orders import fulfillment, shipping
from orders.models import Batch, Parcel
from orders.tests import make
from orders.tests.make import MONDAY

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(MONDAY, tick=False):
        yield


@pytest.fixture
def client():
    return acts.boss("max")


@pytest.fixture
def orders():
    lamp = make.product()
    make.on_hand(lamp, 6)
    return [make.order((lamp, 2), reference=f"SO-{number}") for number in (1, 2, 3)]


@pytest.fixture
def batch(client, orders) -> Batch:
    acts.opened(client, acts.Act(reverse("admin:shipping_desk"))).send()
    return Batch.objects.get()


def page(client, batch, **typed):
    """The page that takes a column or a file, as somebody holds it."""
    return acts.opened(client, acts.Act(reverse("admin:orders_batch_numbers", args=[batch.pk]), typed))


def table(client, batch, button="save", **typed):
    """The page of the batch, as somebody holds it; ``typed``: tracking numbers by the number of the parcel."""
    seen = client.get(reverse("admin:orders_batch_change", args=[batch.pk]))
    pks = list(Parcel.objects.order_by("order_id", "pk").values_list("pk", flat=True))
    fields = {f"tracking-{pks[int(place[1:]) - 1]}": number for place, number in typed.items()}
    path = reverse("admin:orders_batch_labels", args=[batch.pk])
    return acts.Page(client, path, {**acts.form_of(seen), **fields, button: "1"})


def kept():
    return [(str(parcel.order), parcel.tracking) for parcel in Parcel.objects.order_by("order_id", "pk")]


def numbers():
    return [tracking for _, tracking in kept()]


def refused(answer, *words):
    assert answer.status_code == 200
    text = answer.content.decode()
    for each in words:
        assert each in text
    assert set(numbers()) <= {""}


# --- a pasted column ------------------------------------------------------------------------


def test_a_row_without_an_order_takes_no_parcel_that_another_row_names(client, batch):
    answer = page(client, batch, column="SO-1\tA1\nB2\n").send()

    refused(answer, "Row 2: B2 stands without an order, and other rows have one.", "SO-1\tA1\nB2")


COLUMNS = {
    "one": ("A1\nA2\nA3", ["A1", "A2", "A3"]),
    "its end is blank": ("A1\nA2\n\n\n\n\n", ["A1", "A2", ""]),
    "one is left as it is": ("A1\n\nA3", ["A1", "", "A3"]),
    "two": ("SO-3\tA3\nSO-1\tA1", ["A1", "", "A3"]),
    "two, parted by semicolons": ("SO-3;A3\nSO-1;A1", ["A1", "", "A3"]),
    "two, parted by commas": ("SO-3,A3\nSO-1,A1", ["A1", "", "A3"]),
    "two, quoted": ('"SO-3","A3"\n', ["", "", "A3"]),
    "a blank row between two": ("SO-3\tA3\n\nSO-1\tA1", ["A1", "", "A3"]),
    "an order without a number yet": ("SO-3\tA3\nSO-2\t\nSO-1\tA1", ["A1", "", "A3"]),
    "a heading": ("Tracking number\nA1\nA2", ["A1", "A2", ""]),
    "a heading over two": ("Order\tTracking number\nSO-2\tA2", ["", "A2", ""]),
    "the other way round": ("AWB\tReference\nA2\tSO-2", ["", "A2", ""]),
    "a blank before the heading": ("\nTracking_No.\nA1", ["A1", "", ""]),
    "with what a spreadsheet puts around digits": ('\'0034\n="0035"\n"0036"', ["0034", "0035", "0036"]),
    "an order as a spreadsheet keeps it": ("'SO-3\t'0034", ["", "", "0034"]),
    "in wide letters": ("\uff21\uff11", ["A1", "", ""]),
    "with an invisible sign": ("A\u200b1\u00a07", ["A1 7", "", ""]),
}


@pytest.mark.parametrize(("column", "now"), COLUMNS.values(), ids=COLUMNS)
def test_a_column_as_it_is_pasted(client, batch, column, now):
    answer = page(client, batch, column=column).send()

    assert answer.status_code == 302
    assert numbers() == now


LONG = "9" * 121
WRONG = {
    "more than there are": ("A1\nA2\nA3\nA4", "Row 4: this batch has only 3 parcels."),
    "nothing but a heading": ("Tracking number\n", "There is no tracking number in it."),
    "a heading in the midst": ("A1\nTracking number", "Row 2: “Tracking number” is a heading, and no tracking number."),
    "too long": (f"A1\n{LONG}", "…” is longer than the 120 signs of a tracking number"),
    "damaged": ("A1\n1.00638E+12", "Row 2: “1.00638E+12” is a number that lost its digits"),
    "a formula": ("=A2+B2", "is the formula of a spreadsheet, and no tracking number"),
    "a link": ("https://dhl.example/A1", "Row 1: “https://dhl.example/A1” is a link, and no tracking number."),
    "several": ("SO-1\tA1;A2", "Row 1: “A1;A2” is more than one number, and no tracking number."),
    "zeros": ("000", "Row 1: “000” is nothing, and no tracking number."),
    "twice in two widths": ("A1\n\uff21\uff11", "Row 2: A1 stands in row 1 already."),
    "an error": ("SO-1\t#N/A", "Row 1: “#N/A” is the error of a spreadsheet"),
    "a column more": ("SO-1\tA1\tUPS", "Row 1: it has 3 columns."),
    "a column between": ("SO-1\t\tA1", "Row 1: it has 3 columns."),
    "twice": ("A1\na 1", "Row 2: a 1 stands in row 1 already."),
    "an unknown order": ("SO-9\tA1", "Row 1: no parcel in this batch is of an order “SO-9”."),
}


@pytest.mark.parametrize(("column", "words"), WRONG.values(), ids=WRONG)
def test_a_column_with_anything_wrong_writes_nothing_and_stays_to_be_mended(client, batch, column, words):
    answer = page(client, batch, column=column).send()

    refused(answer, words, column.splitlines()[0])


def test_numbers_that_a_spreadsheet_may_have_worn_are_kept_and_named(client, batch):
    sent = page(client, batch, column="340434161094022000\n340434161094022115").send()
    told = [str(each) for each in sent.wsgi_request._messages]

    assert numbers() == ["340434161094022000", "340434161094022115", ""]
    assert told[0] == "2 parcels have a number."
    assert told[1].startswith("“340434161094022000” ends in zeros where a spreadsheet loses digits. Is it meant?")


def test_a_number_of_120_signs_is_one(client, batch):
    page(client, batch, column="9" * 120).send()

    assert numbers() == ["9" * 120, "", ""]


# --- a page that is stale ---------------------------------------------------------------------


def first(batch):
    return batch.parcels.order_by("order_id", "pk")[0]


def part(batch):
    shipping.split(first(batch).pk, {first(batch).lines.get().line_id: 1}, at=MONDAY)


def stop(batch):
    shipping.stop_parcels([first(batch).pk], why="wet", by=batch.by, at=MONDAY)


def leave_out(batch):
    batch.parcels.filter(pk=first(batch).pk).update(is_left_out=True)


def number(batch):
    batch.parcels.filter(pk=first(batch).pk).update(tracking="Z9")


@pytest.mark.parametrize("meanwhile", [part, stop, leave_out, number])
@pytest.mark.parametrize("typed", [{"column": "A1\nA2"}, {"file": ("n.csv", b"order,tracking\nSO-1,A1\nSO-2,A2\n")}])
def test_a_column_for_other_parcels_than_were_shown_is_asked_about(client, batch, meanwhile, typed):
    held = page(client, batch, **typed)
    meanwhile(batch)
    before = kept()

    answer = held.send()

    assert answer.status_code == 200
    assert once.MOVED in answer.content.decode()
    assert kept() == before
    again = acts.Page(client, held.path, {**acts.form_of(answer), **typed})
    assert again.send().status_code in (200, 302)
    if "column" in typed:
        assert "A1" in numbers()


def test_what_is_left_out_says_so_where_numbers_are_pasted(client, batch):
    leave_out(batch)

    assert "left out" in client.get(reverse("admin:orders_batch_numbers", args=[batch.pk])).content.decode()


# --- typed or scanned into the table --------------------------------------------------------


def test_what_was_typed_is_kept_where_one_goes_on_to_paste_a_column(client, batch):
    answer = table(client, batch, "numbers", p1="A1").send()

    assert answer["Location"] == reverse("admin:orders_batch_numbers", args=[batch.pk])
    assert numbers() == ["A1", "", ""]


def test_nobody_goes_on_while_something_typed_is_wrong(client, batch):
    answer = table(client, batch, "numbers", p1="A1", p2="a1").send()

    refused(answer, "a1 is also on SO-1.", 'value="A1"')


TYPED = {
    "heading": ("Tracking Number", "“Tracking Number” is a heading, and no tracking number."),
    "a link": ("http://x.example/1", "is a link, and no tracking number"),
    "damaged": ("9.20559E+21", "“9.20559E+21” is a number that lost its digits"),
    "long": (LONG, "there is room for 120 characters"),
}


@pytest.mark.parametrize(("typed", "words"), TYPED.values(), ids=TYPED)
def test_what_is_no_number_is_said_beside_it(client, batch, typed, words):
    answer = table(client, batch, p1="A1", p2=typed).send()

    refused(answer, words, 'value="A1"')


def test_what_was_typed_for_a_parcel_that_is_stopped_meanwhile_is_not_dropped_unsaid(client, batch):
    held = table(client, batch, p1="A1", p2="A2")
    stop(batch)

    answer = held.send()

    refused(answer, "SO-1 is stopped since you looked: “A1” was not kept.", 'value="A2"')
    acts.Page(client, held.path, {**acts.form_of(answer), "save": "1"}).send()
    assert numbers() == ["", "A2", ""]


def test_what_was_typed_for_a_parcel_that_has_left_meanwhile_is_not_dropped_unsaid(client, batch):
    held = table(client, batch, p1="A1")
    shipping.hand_over(batch.pk, by=batch.by, at=MONDAY)

    refused(held.send(), "SO-1 has left since you looked: “A1” was not kept.")


def test_who_has_read_what_somebody_else_typed_may_write_over_it(client, batch):
    held = table(client, batch, p1="A1")
    number(batch)

    answer = held.send()
    assert "Somebody typed “Z9” here since you looked." in answer.content.decode()
    assert numbers() == ["Z9", "", ""]

    acts.Page(client, held.path, {**acts.form_of(answer), "save": "1"}).send()
    assert numbers() == ["A1", "", ""]


def test_what_somebody_else_emptied_is_said_so(client, batch):
    number(batch)
    held = table(client, batch, p1="A1")
    batch.parcels.update(tracking="")

    refused(held.send(), "Somebody emptied this since you looked.")


def test_a_page_of_another_batch_saves_nothing(client, batch):
    held = table(client, batch, p1="A1")
    other = Batch.objects.create(warehouse=batch.warehouse, by=batch.by, printed_at=MONDAY)

    answer = acts.Page(client, reverse("admin:orders_batch_labels", args=[other.pk]), held.fields).send()

    refused(answer, "This page was sent with other parcels than the batch has. Nothing was saved.")


# --- a carrier's file -------------------------------------------------------------------------


def test_pieces_are_no_units(client, batch):
    content = b"Reference,AWB,Pieces\nSO-1,A1,1\n"

    page(client, batch, file=("dhl.csv", content)).send()

    assert numbers() == ["A1", "", ""]


@pytest.mark.parametrize(
    ("units", "words"),
    [
        ("3", "Row 2: 3 units of SO-1, but 2 lie in its parcel."),
        ("1", "Row 2: 1 unit of SO-1, but 2 lie in its parcel."),
    ],
)
def test_other_units_than_lie_in_the_parcel_are_refused_by_name(client, batch, units, words):
    answer = page(client, batch, file=("ups.csv", f"order,tracking,units\nSO-1,A1,{units}\n".encode())).send()

    refused(answer, words)


@pytest.mark.parametrize("value", [LONG, "#REF!", "1.5E+11"])
def test_what_is_no_number_in_a_file_is_refused_by_row(client, batch, value):
    answer = page(client, batch, file=("ups.csv", f"order,tracking\nSO-1,A1\nSO-2,{value}\n".encode())).send()

    refused(answer, "Row 3, column &quot;tracking&quot;")


def test_titles_above_a_carriers_table_are_none_of_it(client, batch):
    content = b"Shipments of 27 Nov;;\n;;\nReference;AWB;Weight\nSO-1;A1;2,5\nSO-2;A2;1\n"

    page(client, batch, file=("dhl.csv", content)).send()

    assert numbers() == ["A1", "A2", ""]


def test_of_a_carriers_sheets_the_one_with_the_numbers_is_read(client, batch, tmp_path):
    book = Workbook()
    book.active.append(["Sender", "Lamps Ltd"])
    book.create_sheet("Shipments").append(["Order number", "Tracking number"])
    book["Shipments"].append(["SO-2", "A2"])
    book.save(tmp_path / "ups.xlsx")

    page(client, batch, file=("ups.xlsx", (tmp_path / "ups.xlsx").read_bytes())).send()

    assert numbers() == ["", "A2", ""]


def test_of_two_such_sheets_none_is_taken(client, batch, tmp_path):
    book = Workbook()
    for sheet in (book.active, book.create_sheet("Old")):
        sheet.append(["order", "tracking"])
        sheet.append(["SO-2", "A2"])
    book.save(tmp_path / "ups.xlsx")

    answer = page(client, batch, file=("ups.xlsx", (tmp_path / "ups.xlsx").read_bytes())).send()

    refused(answer, "has 2 sheets with something in them")


# --- one wrong number holds up no other --------------------------------------------------------


def test_a_number_that_another_parcel_left_with_meanwhile_keeps_nobody_from_typing_the_others(client, batch):
    table(client, batch, p1="A1").send()
    lamp = first(batch).lines.get().line.product
    make.on_hand(lamp, 1)
    other = make.order((lamp, 1), reference="HH-9")
    fulfillment.ship_order(other.pk, carrier="UPS", tracking="A1", by=None, at=MONDAY)

    table(client, batch, p2="A2").send()
    page(client, batch, column="SO-3\tA3").send()
    assert numbers() == ["A1", "A2", "A3"]

    refused = table(client, batch, p2="a1").send()
    assert "a1 is also on SO-1." in refused.content.decode()
    assert numbers() == ["A1", "A2", "A3"]


def test_who_types_the_number_of_a_later_parcel_hears_of_it_beside_their_own(client, batch):
    table(client, batch, p3="A3").send()

    answer = table(client, batch, p1="a3").send()

    fields = answer.context["form"].errors
    assert fields == {f"tracking-{first(batch).pk}": ["a3 is also on SO-3."]}
    assert numbers() == ["", "", "A3"]
