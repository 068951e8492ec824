"""``backtest promises``: what customers of past deliveries would have been promised and told."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from backoffice.files import loading
from backoffice.trials import lead_times, promises, unconfirmed
from inventory.ground.tabular import Unreadable
from suppliers.trials import NothingToReplay, ReceivedLine

REAL = Path(settings.BASE_DIR).parent / "shared" / "data" / "scms_deliveries_to_2012.csv.xz"
MONDAY = date(2026, 3, 2)


def line(late, *, week=0, confirmed=10):
    sent = MONDAY + timedelta(weeks=week)
    due = sent + timedelta(confirmed)
    return ReceivedLine("Nordlys", "LAMP", sent, due, due + timedelta(late), None)


def test_what_comes_on_its_day_is_promised_two_working_days_later_and_nobody_is_told_of_more():
    report = promises.run([line(0, week=week) for week in range(8)])

    assert (report["broken"], report["later_mails"], report["in_vain"]) == (0, 0, None)
    assert report["customers"] == 16, "one on the day it was sent, one a week later"
    assert report["promised_after_confirmed_and_handling"]["median"] == 0
    assert (report["share_dated"], report["warning_list"]["recall"]) == (1.0, None)


def test_what_is_late_is_told_once_it_is_more_likely_to_break_than_not_and_is_promised_no_day_then():
    report = promises.run([*(line(0, week=week) for week in range(8)), line(30, week=9)])

    assert (report["broken"], report["later_mails"], report["never_told"]) == (2, 2, 0)
    assert (report["later_mails_per_broken"], report["in_vain"]) == (1.0, 0.0)
    assert report["later_mails_per_supply"]["most"] == 1
    # confirmed for a Thursday, promised for the Monday, told on the Friday: one working day
    assert report["working_days_of_notice"] == {"0": 0, "1": 2, "2": 0, "3–5": 0, "6+": 0}
    assert report["share_dated"] < 1


def test_without_a_confirmed_day_there_is_nothing_to_play():
    with pytest.raises(NothingToReplay):
        promises.run([ReceivedLine("Nordlys", "LAMP", MONDAY, None, MONDAY + timedelta(3), None)])


@pytest.mark.parametrize(("sent", "came"), [(11, 20), (5, 4)])
def test_days_in_no_order_that_can_be_are_named(sent, came):
    days = [MONDAY + timedelta(day) for day in (sent, 10, came)]

    with pytest.raises(NothingToReplay, match="no later than that day and than the day it came"):
        promises.run([ReceivedLine("Nordlys", "LAMP", *days, None)])


@pytest.mark.proof
@pytest.mark.embedded
@pytest.mark.django_db
def test_real_deliveries_keep_the_bounds(capsys):
    if not REAL.exists():
        pytest.skip("../shared/data is not there")

    call_command("backtest", "promises", str(REAL), "--json")

    report = json.loads(capsys.readouterr().out)
    assert report["lines"] == 2495
    assert report["later_mails_per_broken"] <= 2.6
    assert report["in_vain"] <= 0.5
    assert report["later_mails_per_supply"]["most"] <= 2
    assert report["told_a_working_day_before"] >= 0.95
    assert report["promised_after_confirmed_and_handling"]["median"] <= 2
    assert report["warning_list"]["recall"] >= 0.35
    assert sum(report["working_days_of_notice"].values()) == report["broken"]
    unheard = report["unconfirmed"]
    assert (unheard["lines"], unheard["promises"]) == (2495, 38095)
    assert (unheard["waiting_a_week_before"], unheard["broken"]) == (1583, 1301)
    # decision 0104: eight of ten that still wait break, and the list names them
    assert unheard["at_risk"]["recall"] >= 0.95
    assert unheard["at_risk"]["broke"] >= 0.84
    assert unheard["warning_list"]["recall"] >= 0.52
    assert unheard["warning_list_by_line"]["recall"] >= 0.6


def test_simulated_wants_no_file():
    with pytest.raises(CommandError, match="without a file"):
        call_command("backtest", "--simulated")


def unconfirmed_line(days, supplier="Nordlys"):
    return ReceivedLine(supplier, "LAMP", MONDAY, None, MONDAY + timedelta(days), 20)


def test_without_a_word_from_the_sender_a_promise_is_judged_a_week_before_its_day():
    late, in_time, early = unconfirmed_line(60), unconfirmed_line(29, "Ny"), unconfirmed_line(27, "Gro")

    report = unconfirmed.run([late, in_time, early])

    # of the late line five customers, one a week until its first safe day; of the others those before they came
    assert (report["lines"], report["promises"]) == (3, 14)
    # first promised for the sixth of April: a week before, one line is here
    assert (report["waiting_a_week_before"], report["broken"]) == (7, 5)
    assert report["warning_list"] == {
        "promises": 7,
        "broken": 5,
        # the first two customers of both lines have one chance, so that a share of them is drawn by lot; one has more
        "recall": 0.24,
        "curve": {"0.02": 0.208, "0.05": 0.22, "0.1": 0.24, "0.2": 0.28, "0.3": 0.32, "0.5": 0.4},
    }
    assert report["warning_list_by_line"]["recall"] == 0.1
    assert report["at_risk"] == {"named": 7, "recall": 1.0, "broke": 0.7143}
    assert report["chances"]["held"] == [0.6095, 0.6095, 0.6095]
    told = list(unconfirmed.printed(report))
    assert told[0] == (
        "As if nobody had confirmed a day: 3 lines, 14 first promises; a week before their day 7 still wait, and 5 of"
        " these break"
    )
    assert told[1] == "  At risk then: 7, which are 100.0% of those that break; 71.4% of the named do"
    assert told[2].endswith("0.02 0.21  0.05 0.22  0.1 0.24  0.2 0.28  0.3 0.32  0.5 0.40 (5 broke, 2 held)")


def test_what_is_here_a_week_before_stands_on_no_list():
    report = unconfirmed.run([unconfirmed_line(20)])

    assert (report["promises"], report["waiting_a_week_before"]) == (3, 0)
    assert report["warning_list"] == {"promises": 0, "broken": 0, "recall": None, "curve": {}}
    assert "no data (0 broke, 0 held)" in list(unconfirmed.printed(report))[2]


def test_without_a_quote_there_is_nothing_to_play():
    with pytest.raises(NothingToReplay):
        unconfirmed.run([ReceivedLine("Nordlys", "LAMP", MONDAY, None, MONDAY + timedelta(3), None)])


def test_rows_that_cannot_be_read_are_left_out_if_that_is_wanted(tmp_path):
    path = tmp_path / "deliveries.csv"
    header = "reference,supplier,sku,quantity,sent_at,confirmed_date,received_at\n"
    good, bad = "P-1,N,A,1,2026-03-02,2026-03-12,2026-03-14\n", "P-2,N,A,10,2026-03-03,2026-33-20,2026-03-20\n"
    path.write_text(header + good + bad)
    file = loading.File("deliveries", path)

    with pytest.raises(Unreadable, match=r"Row 3, column \"confirmed_date\"(.|\n)*leave them out with --skip-bad"):
        lead_times.read(file)
    plan, lines = lead_times.read(file, is_skipping_bad=True)

    assert [(line.item, line.came) for line in lines] == [("A", date(2026, 3, 14))]
    assert plan.left.counts() == {"cannot be read": 1}
