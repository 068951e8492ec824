import json
from datetime import timedelta
from io import StringIO

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from inventory.formulas.backtesting import backtest
from inventory.models import LeadTime
from inventory.tests import demand_sets, files, make
from suppliers.models import Lesson
from suppliers.tests import make as buying

KEYS = ["method", "target", "cycle_service", "fill_rate", "cover", "backordered"]
STEADY = [4] * 15


def replay(*arguments):
    out = StringIO()
    call_command("backtest", *map(str, arguments), stdout=out)
    return out.getvalue()


def wide(folder, *units):
    header = ",".join(["item", *(f"m{period:03}" for period in range(len(units)))])
    return files.text(folder, f"{header}\nLAMP,{','.join(map(str, units))}\n")


def test_json_is_a_list_of_one_object_a_method_and_target(tmp_path):
    scores = json.loads(replay(wide(tmp_path, *STEADY), "--json"))

    assert [list(score) for score in scores] == [KEYS] * 9
    assert [score["method"] for score in scores[::3]] == ["naive", "textbook", "recommended"]
    assert [score["target"] for score in scores[:3]] == [0.9, 0.95, 0.98]
    assert scores[0] == dict(zip(KEYS, ["naive", 0.9, 1.0, 1.0, 0.5, 0.0], strict=True))


def test_methods_targets_and_lead_time_can_be_chosen(tmp_path):
    path = wide(tmp_path, *STEADY)

    chosen = ["--method", "textbook", "--method", "naive", "--targets", ".5", "--lead-time", "0", "--measure", "fill"]
    scores = json.loads(replay(path, "--json", *chosen))

    assert [(score["method"], score["target"]) for score in scores] == [("textbook", 0.5), ("naive", 0.5)]


def test_people_get_a_table(tmp_path):
    lines = replay(wide(tmp_path, *STEADY), "--method", "naive", "--targets", ".9").splitlines()

    assert lines == [
        "1 item, 15 periods. An order takes 2; the targets are of cycle service.",
        "Left out: class targets, seasons, launches, empty shelves, minimum and pack: a file knows none of them.",
        "Left out: how long one order lasts: a period is not known to be a week (--cover).",
        "method        target  cycle service  fill rate  cover, periods  backordered",
        "naive            0.9         1.0000     1.0000            0.50            0",
    ]


@pytest.mark.django_db
def test_the_demand_on_record_is_replayed_in_weeks(tmp_path):
    lamp, never_sold = make.product(), make.product()
    make.on_hand(never_sold, 3)
    make.asked_weekly(lamp, *STEADY, until=timezone.localdate())

    how = ["--json", "--targets", ".9,.95,.98", "--lead-time", "2", "--cover", "4"]
    of_record, of_file = replay(*how), replay(wide(tmp_path, *STEADY), *how)

    assert json.loads(of_record) == json.loads(of_file)
    assert replay().startswith("1 item, 15 weeks. An order takes its own time; the targets are of cycle service.")


@pytest.mark.django_db
def test_without_any_demand_it_says_where_to_get_some():
    with pytest.raises(CommandError, match="There is no demand on record"):
        replay()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["none.csv"], "none.csv cannot be opened: No such file or directory."),
        (["--skip-bad"], "--skip-bad is for a file; name one."),
        (["--targets", "95"], "write shares between 0 and 1, such as .9,.95,.98"),
        (["--targets", "high"], "write shares between 0 and 1, such as .9,.95,.98"),
        (["--lead-time", "-1"], "write whole periods, from 0 to 520"),
        (["--method", "magic"], "invalid choice: 'magic'"),
    ],
)
def test_what_makes_no_sense_is_told(arguments, told):
    with pytest.raises(CommandError, match=told):
        replay(*arguments)


def test_a_history_too_short_to_measure_is_told(tmp_path):
    with pytest.raises(CommandError, match="no item has more than 16 known periods"):
        replay(wide(tmp_path, *STEADY), "--lead-time", 4)


@pytest.mark.django_db
def test_the_record_is_replayed_as_the_night_would(tmp_path):
    lamp = make.product("LAMP", price=10, cost=4)
    make.asked_weekly(lamp, *([4] * 30), until=timezone.localdate())
    make.lead_time(lamp, 21, 21)
    LeadTime.objects.update(minimum=60, pack=60)

    lines = replay("--method", "recommended").splitlines()
    (score,) = json.loads(replay("--json", "--method", "recommended"))

    assert [line.partition(":")[0] for line in lines[1:4]] == ["Left out"] * 3
    assert lines[1].startswith("Left out: offers of earlier times: those of today count")
    assert (score["target"], score["cycle_service"], score["fill_rate"]) == ("class", 1.0, 1.0)
    assert score["cover"] > 6  # sixty at once are fifteen weeks of it


@pytest.mark.django_db
def test_a_time_that_was_not_known_yet_leaves_the_shelf_of_the_record_short():
    lamp = make.product("LAMP")
    monday = timezone.localdate() - timedelta(days=timezone.localdate().weekday())
    make.asked_weekly(lamp, *([4] * 40), until=monday)
    each = buying.offer(lamp, buying.supplier(approval_days=0), days=7)
    for key, weeks, days in (("A", 40, 7), ("B", 10, 35)):
        sent_on = monday - timedelta(weeks=weeks)
        Lesson.objects.create(
            key=key, supplier=each.supplier, offer=each, reference=key, sent_on=sent_on,
            came_on=sent_on + timedelta(days=days), days=days, quoted_days=7,
        )  # fmt: skip
    buying.learned(timezone.now())
    how = ["--json", "--method", "naive", "--targets", ".9"]

    (as_known,), (as_usual,) = (json.loads(replay(*how, *more)) for more in ([], ["--lead-time", "1"]))

    # what was sent ten weeks ago and later took five: nothing came for four weeks, and what then waits is not caught up
    assert (as_known["backordered"], as_usual["backordered"]) == (4.0 * 9, 0.0)


def test_a_promotion_that_was_expected_is_stocked_for_and_does_not_raise_the_base(tmp_path):
    path = wide(tmp_path, *([10] * 20), 30, *([10] * 10))
    how = ["--json", "--method", "recommended", "--targets", ".95", "--lead-time", "1"]

    (blind,), (told,) = (json.loads(replay(path, *how, *more)) for more in ([], ["--event", "m020:m020:3:LAMP"]))

    assert told["backordered"] < blind["backordered"]


@pytest.mark.parametrize("text", ["m020", "m020:m021", "m020:m099:3", "m021:m020:3", "m020:m021:0", "a:b:c", "::3"])
def test_what_is_no_event_is_told(tmp_path, text):
    with pytest.raises(CommandError, match="write FIRST:LAST:UPLIFT"):
        replay(wide(tmp_path, *([10] * 30)), "--event", text)


@pytest.mark.django_db
def test_an_event_ends_on_its_first_day_or_later():
    make.asked_weekly(make.product("LAMP"), *STEADY, until=timezone.localdate())

    with pytest.raises(CommandError, match="“2026-02-10:2026-02-01:3”: an event ends on its first day or later"):
        replay("--event", "2026-02-10:2026-02-01:3")


@pytest.mark.parametrize("kind", ["", "risk", "leadtimes", "promises"])
def test_of_a_workbook_with_several_sheets_one_can_be_named(tmp_path, kind):
    book = openpyxl.Workbook()
    for name in ("Old", "New"):
        book.create_sheet(name).append(["item", "m1"])
    book.save(path := tmp_path / "book.xlsx")
    how = [*filter(None, [kind]), path]

    with pytest.raises(CommandError, match=r"Say which is meant\. --sheet “Old”, for instance"):
        replay(*how)
    with pytest.raises(CommandError) as refused:
        replay(*how, "--sheet", "New")
    assert "sheets" not in str(refused.value)


def test_an_event_of_an_item_that_is_not_there_is_told(tmp_path):
    with pytest.raises(CommandError, match="there is no item “SOFA”"):
        replay(wide(tmp_path, *([10] * 30)), "--event", "m020:m021:3:SOFA")


def test_a_milliard_in_one_period_is_no_demand_and_breaks_nothing(tmp_path):
    path = wide(tmp_path, *([4] * 14), 1_000_000_000, *([4] * 5))

    (score,) = json.loads(replay(path, "--json", "--method", "recommended", "--targets", ".95"))

    assert score["backordered"] >= 999_999_000


def test_the_fill_rate_of_lumpy_parts_is_kept_without_stock_for_decades():
    """The gate: parts that sell in a few lumps, at the measure that ran along their tail."""
    units = demand_sets.lumpy(150)

    (score,) = backtest.run(units, lead=2, targets=[0.95], measure="fill", methods=["recommended"])

    assert score.fill_rate >= 0.945
    assert score.cover <= 60  # 80 without the cap


def test_two_columns_of_one_name_are_no_event(tmp_path):
    path = files.text(tmp_path, f"item,Jan,{','.join(f'm{month}' for month in range(20))},Jan\nLAMP{',4' * 22}\n")

    with pytest.raises(CommandError, match="2 columns are called “Jan”: give each a name of its own"):
        replay(path, "--event", "Jan:Jan:3")


def test_what_was_left_out_is_said_beside_the_figures_of_a_program(tmp_path, capsys):
    json.loads(replay(wide(tmp_path, *STEADY), "--json", "--method", "naive", "--targets", ".9"))

    assert capsys.readouterr().err.splitlines() == [
        "Left out: class targets, seasons, launches, empty shelves, minimum and pack: a file knows none of them.",
        "Left out: how long one order lasts: a period is not known to be a week (--cover).",
    ]
