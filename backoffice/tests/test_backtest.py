import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from inventory.tests import files, make

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
        "1 items, 15 periods. An order takes 2; the targets are of cycle service.",
        "method        target  cycle service  fill rate  cover, periods  backordered",
        "naive            0.9         1.0000     1.0000            0.50            0",
    ]


@pytest.mark.django_db
def test_the_demand_on_record_is_replayed_in_weeks(tmp_path):
    lamp, never_sold = make.product(), make.product()
    make.on_hand(never_sold, 3)
    make.asked_weekly(lamp, *STEADY, until=timezone.localdate())

    of_record, of_file = replay("--json"), replay(wide(tmp_path, *STEADY), "--json")

    assert json.loads(of_record) == json.loads(of_file)
    assert replay().startswith("1 items, 15 weeks.")


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
