"""Every kind of file, good and bad. What is refused leaves nothing behind."""

import io
import json
import random
from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from backoffice.files import loading
from inventory.ground.tabular import Unreadable
from inventory.models import DemandEntry, Inbound, Movement, Product
from inventory.tests import files
from inventory.tests.test_history import HEADER, MAPPING, MINIATURE
from orders.models import Customer, Order, OrderLine
from orders.tests import make
from suppliers.models import Offer, PriceBreak, Supplier

pytestmark = pytest.mark.django_db
WRITTEN = (Product, Supplier, Offer, PriceBreak, Movement, Inbound, DemandEntry, Customer, Order, OrderLine)

# For each kind: its columns, two good rows, a column of units or money, a column of dates
GOOD = {
    "products": (["sku", "name", "price"], [["TABLE", "Table", "99.5"], ["SOFA", "=1+1", "7"]], "price", ""),
    "suppliers": (["code", "name", "freight"], [["NORD", "Nordlys", "25"], ["OST", "@Ost", "0"]], "freight", ""),
    "offers": (
        ["supplier", "sku", "unit_price", "quoted_days"],
        [["ACME", "LAMP", "9.5", "14"], ["ACME", "CHAIR", "4", "7"]],
        "unit_price",
        "",
    ),
    "stock": (["sku", "quantity", "reason"], [["LAMP", "12", "-count"], ["CHAIR", "3", ""]], "quantity", ""),
    "inbound": (
        ["reference", "sku", "quantity", "sender", "expected_date"],
        [["PO-1", "LAMP", "24", "Nordlys", "2026-03-20"], ["PO-1", "CHAIR", "6", "+Nord", "2026-03-21"]],
        "quantity",
        "expected_date",
    ),
    "orders": (
        ["reference", "placed_at", "email", "sku", "quantity"],
        [
            ["1001", "2026-02-01", "anna@mail.example", "LAMP", "2"],
            ["1002", "2026-02-02", "b@mail.example", "CHAIR", "1"],
        ],
        "quantity",
        "placed_at",
    ),
    "deliveries": (
        ["supplier", "reference", "sku", "quantity", "sent_at", "received_at"],
        [
            ["ACME", "PO-1", "LAMP", "24", "2026-01-05", "2026-01-20"],
            ["Birk", "PO-2", "-x", "6", "2026-01-06", "2026-01-21"],
        ],
        "quantity",
        "sent_at",
    ),
    "history": (
        ["reference", "sku", "quantity", "placed_at"],
        [["1001", "LAMP", "2", "2011-02-01"], ["1002", "CHAIR", "1", "2011-02-02"]],
        "",
        "placed_at",
    ),
}
KINDS = list(GOOD)


@pytest.fixture(autouse=True)
def shop():
    make.warehouse("BER")
    make.product("LAMP")
    make.product("CHAIR")
    Supplier.objects.create(code="ACME", name="Acme")


def csv_text(header, rows, delimiter=","):
    return "\n".join(delimiter.join(row) for row in [header, *rows]) + "\n"


def counts():
    return {model.__name__: model.objects.count() for model in WRITTEN}


def load(kind, path, **options):
    skipping = options.pop("is_skipping_bad", False)
    file = loading.File(kind, path, **options)
    return loading.load(file, is_skipping_bad=skipping, by=None, at=timezone.now())


def refused(kind, path):
    """Load it, see that nothing was, and give what the person is told."""
    before = counts()
    try:
        load(kind, path)
    except loading.Refused as error:
        told = "\n".join([str(error), *error.plan.problems.lines()])
    except Unreadable as error:
        told = str(error)
    else:
        pytest.fail("It was loaded.")
    assert counts() == before
    return told


@pytest.mark.proof
def test_there_is_a_good_file_here_for_each_kind_that_can_be_loaded():
    # a file of cancellations makes nothing: it has tests of its own
    assert sorted([*GOOD, "cancellations"]) == sorted(loading.KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_good_file_is_loaded_and_changes_nothing_the_second_time(tmp_path, kind):
    header, rows, _, _ = GOOD[kind]
    path = files.text(tmp_path, csv_text(header, rows))
    before = counts()

    first = load(kind, path)
    after = counts()
    second = load(kind, path)

    assert (first.rows, len(first.new), len(first.changed), first.unchanged) == (2, 2, 0, 0)
    assert (len(second.new), len(second.changed), second.unchanged) == (0, 0, 2)
    assert before != after == counts()


@pytest.mark.parametrize("kind", KINDS)
def test_a_workbook_loads_as_the_same_table_in_csv_does(tmp_path, kind):
    header, rows, units, day = GOOD[kind]
    # openpyxl would write "=1+1" as a formula: text as a person types it begins with an apostrophe there.
    typed = [[typed_cell(name, cell, units, day) for name, cell in zip(header, row, strict=True)] for row in rows]
    path = files.workbook(tmp_path, [header, *typed])

    look = loading.look(loading.File(kind, path), at=timezone.now())
    same = loading.look(loading.File(kind, files.text(tmp_path, csv_text(header, rows))), at=timezone.now())

    assert look.figures() == same.figures()
    assert [values for _, _, values in look.shown] == [values for _, _, values in same.shown]


def typed_cell(name, cell, units, day):
    if name == day:
        return date.fromisoformat(cell)
    if name == units:
        return float(cell)
    return f"'{cell}" if cell.startswith("=") else cell


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_file_is_refused(tmp_path, kind):
    header, _, _, _ = GOOD[kind]

    assert refused(kind, files.text(tmp_path, "")) == "file.csv is empty."
    only_header = files.text(tmp_path, csv_text(header, []))
    assert refused(kind, only_header) == "Nothing was loaded: the file has no rows below its header."


@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_delimiter_is_refused(tmp_path, kind):
    header, rows, _, _ = GOOD[kind]

    told = refused(kind, files.text(tmp_path, csv_text(header, rows, "^")))

    assert f"It has one column only: “{'^'.join(header)}”" in told


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_column_is_named_with_those_there_are(tmp_path, kind):
    header, rows, _, _ = GOOD[kind]
    key = header[0]

    told = refused(kind, files.text(tmp_path, csv_text(["Antal", *header[1:]], rows)))

    assert told == f"file.csv has no column “{key}”. It has: Antal, {', '.join(header[1:])}."


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("history", "orders", "deliveries")])
def test_a_duplicate_key_is_refused(tmp_path, kind):
    header, rows, _, _ = GOOD[kind]

    told = refused(kind, files.text(tmp_path, csv_text(header, [*rows, rows[0]])))

    assert "Row 4, column" in told
    assert "only once" in told


def test_in_history_the_lines_of_one_order_and_product_add_up(tmp_path):
    header, rows, _, _ = GOOD["history"]

    plan = load("history", files.text(tmp_path, csv_text(header, [*rows, rows[0]])))

    assert plan.counts["loaded"] == 3
    assert DemandEntry.objects.get(reference="1001").units == 4


@pytest.mark.parametrize("kind", [kind for kind in KINDS if GOOD[kind][2]])
def test_a_negative_number_is_refused_with_its_row_and_column(tmp_path, kind):
    header, rows, units, _ = GOOD[kind]
    bad = list(rows[0])
    bad[header.index(units)] = "-3"

    told = refused(kind, files.text(tmp_path, csv_text(header, [bad, rows[1]])))

    assert f'Row 2, column "{units}": "-3" — expected' in told
    assert "or more." in told


def test_in_history_a_negative_quantity_cancels_and_alone_is_reported(tmp_path):
    header, rows, _, _ = GOOD["history"]

    plan = load("history", files.text(tmp_path, csv_text(header, [["C1", "LAMP", "-3", "2011-02-01"], rows[1]])))

    assert plan.counts == {"rows": 2, "loaded": 1, "netted": 0, "not_products": 0, "refused": 1}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if GOOD[kind][3]])
@pytest.mark.parametrize("cell", ["Date Not Captured", "2026-13-01", "03/04/2026"])
def test_a_date_in_another_format_is_refused_with_those_that_are_read(tmp_path, kind, cell):
    header, rows, _, day = GOOD[kind]
    bad = list(rows[0])
    bad[header.index(day)] = cell

    told = refused(kind, files.text(tmp_path, csv_text(header, [bad, rows[1]])))

    assert f'Row 2, column "{day}": "{cell}" — expected a date' in told
    assert "2010-12-31" in told


@pytest.mark.parametrize("kind", KINDS)
def test_ten_megabytes_of_garbage_are_refused(tmp_path, kind):
    noise = random.Random(7).randbytes(10 * 2**20)
    (tmp_path / "noise.bin").write_bytes(noise)
    (tmp_path / "text.csv").write_bytes(noise.translate(bytes(32 + byte % 95 for byte in range(256))))

    assert "is not a text file: it holds NUL bytes" in refused(kind, tmp_path / "noise.bin")
    assert "is too long to be a row of a table" in refused(kind, tmp_path / "text.csv")


@pytest.fixture(scope="module")
def bomb(tmp_path_factory):
    return files.bomb(tmp_path_factory.mktemp("bomb"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_workbook_that_unpacks_to_gigabytes_is_refused(bomb, kind):
    assert "bomb.xlsx unpacks to 310 MB" in refused(kind, bomb)


@pytest.mark.parametrize("kind", KINDS)
def test_bad_rows_are_left_out_only_when_asked_and_then_named(tmp_path, kind):
    header, rows, _, _ = GOOD[kind]
    bad = ["x" * 130, *rows[0][1:]]
    path = files.text(tmp_path, csv_text(header, [bad, rows[1]]))

    assert "Nothing was loaded: 1 of 2 rows cannot be." in refused(kind, path)
    plan = load(kind, path, is_skipping_bad=True)

    assert plan.problems.row_ranges() == "2"
    assert (len(plan.new), plan.figures()["refused"]) == (1, 1)


def test_text_that_looks_like_a_formula_is_kept_as_text(tmp_path):
    header, rows, _, _ = GOOD["products"]

    load("products", files.text(tmp_path, csv_text(header, rows)))

    assert Product.objects.get(sku="SOFA").name == "=1+1"


def test_an_order_of_a_day_to_come_refuses_the_whole_file(tmp_path):
    header, rows, _, _ = GOOD["orders"]
    future = ["1003", "2099-01-01", "c@mail.example", "LAMP", "1"]

    told = refused("orders", files.text(tmp_path, csv_text(header, [*rows, future])))

    assert "Row 4" in told
    assert "in the future" in told


def run(*args):
    out = io.StringIO()
    call_command("load", *args, stdout=out)
    return out.getvalue()


def test_the_command_loads_a_shops_own_export_and_prints_one_json_object(tmp_path):
    path = files.text(tmp_path, HEADER + MINIATURE)
    mapping = [f"--map={column}={field}" for column, field in MAPPING.items()]

    printed = json.loads(run("history", path, *mapping, "--json"))

    counted = {name: printed[name] for name in ("rows", "loaded", "netted", "not_products", "refused")}
    assert counted == {"rows": 12, "loaded": 4, "netted": 2, "not_products": 2, "refused": 4}
    assert printed["details"]["not_products"] == {"POST": 1, "B": 1}
    assert DemandEntry.objects.count() == 3


def test_a_dry_run_says_what_would_change_and_writes_nothing(tmp_path):
    header, rows, _, _ = GOOD["products"]
    before = counts()

    printed = run("products", files.text(tmp_path, csv_text(header, rows)), "--dry-run")

    assert printed == (
        "Would load: 2 rows, 2 new, 0 changed, 0 unchanged, 0 refused.\n  2 rows = 2 taken + 0 left out + 0 refused.\n"
    )
    assert counts() == before


def test_the_command_tells_what_it_left_out(tmp_path):
    path = files.text(tmp_path, "sku,price\nTABLE,5\nSOFA,-1\n")

    assert run("products", path, "--skip-bad") == (
        "Loaded: 2 rows, 1 new, 0 changed, 0 unchanged, 1 refused.\n"
        "  2 rows = 1 taken + 0 left out + 1 refused.\n"
        "Left out, rows 3:\n"
        '  Row 3, column "price": "-1" — expected an amount such as 1250.00, 0 or more.\n'
    )


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["products", "nowhere.csv"], "nowhere.csv cannot be opened: No such file"),
        (["products", "{file}", "--map", "price"], "write it as COLUMN=FIELD"),
        (["products", "{file}", "--map", "Antal=price"], "has no column “Antal”"),
        (["products", "{file}", "--not-products", "X"], "for orders and history only"),
        (["products", "{file}", "--tell"], "--tell is for orders and cancellations only"),
        (["orders", "{file}"], "no column “reference” and no column “placed_at”"),
        (["orders", "{file}", "--map", "sku=reference"], "If one of them is meant, say so: --map COLUMN=placed_at"),
        (["lamps", "{file}"], "invalid choice"),
        (["products", "{file}"], 'Row 2, column "price": "-5"'),
        (["products", "{file}", "--dry-run"], 'Row 2, column "price": "-5"'),
    ],
)
def test_the_command_fails_with_a_sentence_and_never_with_a_traceback(tmp_path, args, told):
    path = files.text(tmp_path, "sku,price\nTABLE,-5\n")

    with pytest.raises(CommandError) as error:
        run(*[arg.replace("{file}", str(path)) for arg in args])

    assert told in str(error.value)


def test_a_refused_load_still_prints_its_json(tmp_path):
    path = files.text(tmp_path, "sku,price\nTABLE,-5\n")
    out = io.StringIO()

    with pytest.raises(CommandError):
        call_command("load", "products", path, "--json", stdout=out)

    assert json.loads(out.getvalue())["refused"] == 1
    assert not Product.objects.filter(sku="TABLE").exists()


def test_moments_without_a_zone_are_of_the_shops_zone(tmp_path, settings):
    settings.TIME_ZONE = "America/New_York"
    path = files.text(tmp_path, "reference,sku,quantity,placed_at\n1,LAMP,2,2011-02-01T03:00:00Z\n")

    load("history", path)

    assert DemandEntry.objects.get().day == date(2011, 1, 31)
