"""Who orders what is on its way, when deliveries are played again: as people did in a shop of the past."""

import lzma
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from openpyxl import Workbook

from backoffice.files.loading import File
from backoffice.trials import customers, lead_times, promises, unconfirmed
from inventory.ground.tabular import Unreadable
from inventory.resources.past import demand_table
from inventory.resources.past.demand_table import HistoryFormat
from suppliers.trials import NothingToReplay, ReceivedLine

DATA = Path(settings.BASE_DIR).parent / "shared" / "data"
MONDAY = date(2026, 3, 2)
TUESDAY = date(2011, 2, 1)


def line(sent=MONDAY, *, days=10, late=0):
    due = sent + timedelta(days)
    return ReceivedLine("Nordlys", "LAMP", sent, due, due + timedelta(late), 20)


def orders(*found):
    """Of each a product, and the days since that Tuesday; another one makes it two whole weeks."""
    return [(sku, TUESDAY + timedelta(day)) for sku, day in (*found, ("Z", 0), ("Z", 19))]


def asked(history, number, sent, days=14):
    orders_on = history(number, line(sent))
    return [day for day in range(days) for _ in range(orders_on(sent + timedelta(day)))]


def test_lines_take_products_and_weeks_by_turns_on_the_weekdays_they_were():
    history = customers.AsInHistory(orders(("A", 5), ("A", 6), ("A", 6), ("A", 13), ("B", 7)))

    assert history.weeks == 2
    assert [sorted(product.elements()) for product in history.products] == [[0, 0, 7], [1], [13]]
    assert asked(history, 0, MONDAY) == [0, 0, 7]
    assert asked(history, 1, MONDAY) == [8], "the second line begins with the second week: the Tuesday before is over"
    assert asked(history, 3, MONDAY) == [0, 7, 7], "A again, from its second week on"
    assert asked(history, 0, MONDAY + timedelta(1)) == [6, 13, 13], "sent on a Tuesday: that Monday is over"


def test_less_than_a_whole_week_tells_nothing():
    for found in ([], [("A", TUESDAY)], [("A", TUESDAY), ("A", TUESDAY + timedelta(11))]):
        with pytest.raises(NothingToReplay, match="less than a whole week"):
            customers.AsInHistory(found)
    # a whole week in which nobody ordered
    with pytest.raises(NothingToReplay, match="less than a whole week"):
        customers.AsInHistory([("A", TUESDAY), ("A", TUESDAY + timedelta(13))])
    assert customers.AsInHistory([("A", TUESDAY), ("A", TUESDAY + timedelta(12))]).weeks == 1


def test_everybody_who_orders_while_it_is_on_its_way_in_time_is_promised_a_day():
    history = customers.AsInHistory(orders(("A", 6), ("A", 6), ("A", 16), ("A", 17)))

    report = promises.run([line(days=10, late=5)], customers=history)

    # due on its tenth day: who orders then is promised a day, who orders on the eleventh is not
    assert (report["customers"], report["broken"]) == (3, 3)
    assert not any("who ordered when" in each for each in report["left_out"])


def test_nobody_is_no_one_to_play_for():
    history = customers.AsInHistory(orders(("A", 17)))

    with pytest.raises(NothingToReplay, match="Nobody ordered"):
        promises.run([line(days=10, late=5)], customers=history)
    assert unconfirmed.run([line(days=10)], customers=history)["promises"] == 0


def test_of_a_line_its_first_customer_is_the_first_of_all_who_ordered():
    history = customers.AsInHistory(orders(("A", 7), ("A", 7), ("A", 8)))

    report = unconfirmed.run([line(days=60)], customers=history)

    assert report["promises"] == 9, "three in each of its first, third and fifth week, before its first safe day"
    assert report["warning_list_by_line"]["promises"] == 1


def test_a_file_of_orders_is_read_as_history_is(tmp_path):
    deliveries = tmp_path / "deliveries.csv"
    deliveries.write_text(
        "reference,supplier,sku,quantity,sent_at,confirmed_date,received_at\nP-1,N,A,1,2026-03-02,2026-03-12,2026-03-14\n"
    )
    past = tmp_path / "orders.csv"
    past.write_text("item,units\nA,3\n")
    none = tmp_path / "none.csv"
    none.write_text("reference,sku,quantity,placed_at\n")

    with pytest.raises(
        CommandError, match=r"orders\.csv is no order history\. Order history has the columns reference"
    ):
        call_command("backtest", "promises", str(deliveries), "--orders", str(past))
    with pytest.raises(CommandError, match=r"none\.csv has no demand in it"):
        call_command("backtest", "promises", str(deliveries), "--orders", str(none))


def test_an_order_of_another_century_is_not_played_for(tmp_path):
    """One mistyped year makes thousands of weeks in which nobody ordered, and nearly nobody would be promised a day."""
    past = tmp_path / "orders.csv"
    past.write_text("reference,sku,quantity,placed_at\nO-1,A,1,2011-02-01\nO-2,A,1,2099-03-02\nO-3,A,1,2011-02-20\n")

    with pytest.raises(Unreadable, match=r"from 2011-02-01 to 2099-03-02\. Is one of them mistyped\?"):
        demand_table.orders(past, HistoryFormat())


@pytest.mark.parametrize(
    ("args", "said"), [(("a.csv",), "--orders is for promises"), (("promises", "--simulated"), "without a file")]
)
def test_orders_are_for_promises_of_a_file(args, said):
    with pytest.raises(CommandError, match=said):
        call_command("backtest", *args, "--orders", "orders.csv")


def test_orders_of_several_sheets_or_none_are_refused_in_words(tmp_path):
    deliveries, book = tmp_path / "deliveries.csv", tmp_path / "orders.xlsx"
    deliveries.write_text(
        "reference,supplier,sku,quantity,sent_at,confirmed_date,received_at\nP-1,N,A,1,2026-03-02,2026-03-12,2026-03-14\n"
    )
    made = Workbook()
    for sheet in (made.active, made.create_sheet("More")):
        sheet.append(["reference", "sku", "quantity", "placed_at"])
        sheet.append(["A-1", "LAMP", 1, "2026-03-02"])
    made.save(book)

    with pytest.raises(CommandError, match="Save the sheet of orders as a file"):
        call_command("backtest", "promises", str(deliveries), "--orders", str(book))
    with pytest.raises(CommandError, match=r"gone\.csv"):
        call_command("backtest", "promises", str(deliveries), "--orders", str(tmp_path / "gone.csv"))


@pytest.mark.proof
@pytest.mark.embedded
@pytest.mark.django_db
def test_real_deliveries_keep_the_bounds_for_those_who_ordered_in_a_real_shop(tmp_path):
    """Every third delivery, one order of four in two weeks; the command plays all: 105,461 customers."""
    if not DATA.exists():
        pytest.skip("../shared/data is not there")
    past = tmp_path / "orders.csv"
    with lzma.open(DATA / "online_retail_2010-12_2011-08.csv.xz", "rt") as rows:
        past.write_text("".join(islice(rows, 36_000)))
    _, deliveries = lead_times.read(File("deliveries", DATA / "scms_deliveries_to_2012.csv.xz"))
    lines, left_out = demand_table.orders(past, HistoryFormat())

    report = promises.run(deliveries[::3], customers=customers.AsInHistory(lines[::4]))

    assert left_out[0] == "147 rows that sold no product"
    assert (report["lines"], report["customers"]) == (832, 34_441)
    assert report["later_mails_per_broken"] <= 2.6
    assert report["in_vain"] <= 0.5
    assert report["later_mails_per_supply"]["most"] <= 2
    assert report["told_a_working_day_before"] >= 0.95
    assert report["promised_after_confirmed_and_handling"]["median"] <= 2
    assert report["warning_list"]["recall"] >= 0.25, "whose record is a third knows less: all of it gives .49"
