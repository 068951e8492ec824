"""``backtest promises``: what customers of past deliveries would have been promised and told."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from backoffice.trials import promises
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


def test_simulated_wants_no_file():
    with pytest.raises(CommandError, match="without a file"):
        call_command("backtest", "--simulated")
