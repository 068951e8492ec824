"""``manage.py backtest risk``: does the chance to run out tell which products did?"""

import json

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

pytestmark = pytest.mark.proof

HEAD = (
    "sku,national_inv,lead_time,in_transit_qty,forecast_3_month,sales_1_month,sales_3_month,sales_6_month,"
    "sales_9_month,went_on_backorder"
)
SAFE, SHORT = "A,900,8,0,10,3,10,20,30,No", "B,2,,0,60,20,60,100,150,Yes"
REAL = settings.BASE_DIR.parent / "shared" / "data" / "backorder_risk_half.csv.xz"


def made_up(folder, *rows, head=HEAD):
    path = folder / "products.csv"
    path.write_text("\n".join([head, *rows]) + "\n")
    return path


def test_the_product_that_ran_out_stands_first(tmp_path, capsys):
    call_command("backtest", "risk", str(made_up(tmp_path, SAFE, SHORT, "C,,,,,,,,,")), "--json")

    printed = capsys.readouterr()
    assert json.loads(printed.out) == {"level": 1.0, "lead_time": 1.0, "near": 1.0}
    assert printed.err == "Left out: rows with nothing in them: 1.\n"


def test_the_outcomes_of_a_workbook_are_true_and_false(tmp_path, capsys):
    rows = [SAFE.replace("No", "FALSE"), SHORT.replace("Yes", "TRUE")]

    call_command("backtest", "risk", str(made_up(tmp_path, *rows)), "--json")

    assert json.loads(capsys.readouterr().out)["near"] == 1.0


def test_it_says_what_it_found_and_left_out(tmp_path, capsys):
    call_command("backtest", "risk", str(made_up(tmp_path, SAFE, SHORT, "C,,,,,,,,,")))

    said = capsys.readouterr().out
    assert said.startswith("Left out: rows with nothing in them: 1.\n2 products, of which 1 went on backorder.")
    assert "by level and forecast, over the next three weeks  1.0000" in said


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["A,x,8,0,10,3,10,20,30,No", SHORT], "row 2, national_inv: “x” is no number of units"),
        (["A,9,8,0,10,-3,10,20,30,No", SHORT], "row 2, sales_1_month: “-3” is no number of units"),
        ([SAFE, "B,2,soon,0,60,20,60,100,150,Yes"], "row 3, lead_time: “soon” is no number of weeks"),
        ([SAFE, "B,2,1,0,60,20,60,100,150,maybe"], "row 3, went_on_backorder: “maybe”: Yes or No was expected"),
        ([SAFE, "B,2,1"], "row 3, in_transit_qty: “” is no number of units"),
        ([SAFE, SHORT + ",,late"], "row 3: it has 12 cells, the header 10"),
        ([SAFE], "must say Yes of some products and No of others"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_by_row_and_column(tmp_path, rows, said):
    with pytest.raises(CommandError, match=said):
        call_command("backtest", "risk", str(made_up(tmp_path, *rows)))


def test_a_missing_column_and_a_missing_file_are_named(tmp_path):
    with pytest.raises(CommandError, match="must have each of these columns once: lead_time, went_on_backorder"):
        call_command("backtest", "risk", str(made_up(tmp_path, head=HEAD.replace("lead_", "").replace("went_", ""))))
    with pytest.raises(CommandError, match="Name one file of products after risk"):
        call_command("backtest", "risk")
    with pytest.raises(CommandError, match=r"^Name one file\.$"):
        call_command("backtest", "demand.csv", "more.csv")


def test_real_products_are_ranked_as_well_as_is_asked(tmp_path, capsys):
    """Where the data is not at hand, the made-up file above stands in for it."""
    path = REAL if REAL.exists() else made_up(tmp_path, SAFE, SHORT)

    call_command("backtest", "risk", str(path), "--json")

    found = json.loads(capsys.readouterr().out)
    assert found["lead_time"] >= 0.87
    assert found["near"] >= 0.90
