"""The past replayed: each line dated with only what had come by then known."""

from datetime import date, timedelta

import pytest

from suppliers import trials
from suppliers.trials import ReceivedLine

FIRST = date(2026, 1, 5)


def line(sent: int, late: int, *, who: str = "Birk", confirmed: int = 20, quoted: int | None = None) -> ReceivedLine:
    day = FIRST + timedelta(sent)
    due = day + timedelta(confirmed)
    return ReceivedLine(who, "LAMP", day, due, due + timedelta(late), quoted)


def test_a_line_is_dated_by_what_had_come_the_day_before_it_was_sent():
    """Twenty lines ten days late come on day 30: one sent then knows none of them, one sent the day after all."""
    lines = [line(0, 10) for _ in range(20)]

    known = trials.run([*lines, line(31, 10)])["confirmed"]["by_lines_known"]
    unknown = trials.run([*lines, line(30, 10)])["confirmed"]["by_lines_known"]

    assert (known["after 20–49"]["lines"], unknown["after 20–49"]["lines"]) == (1, 0)
    assert known["after 20–49"]["covered"] == {"0.5": 1.0, "0.8": 1.0, "0.9": 1.0, "0.95": 1.0}
    assert unknown["after 0"]["covered"] == {"0.5": 0.0, "0.8": 0.0, "0.9": 0.0, "0.95": 0.0}


def test_the_loss_is_set_beside_that_of_two_constants():
    """Nobody is late but one of ten, by ten days: .9 × 10 ÷ 10 to say the confirmed day."""
    report = trials.run([*(line(0, 0) for _ in range(9)), line(0, 10)])["confirmed"]

    assert report["covered"]["0.9"] == 0.9
    assert report["pinball"]["0.9"] == report["constants"]["as stated"]["pinball"]["0.9"] == 0.9
    assert report["constants"]["best in hindsight"]["days"] == [0, 0, 0, 10]
    assert report["constants"]["best in hindsight"]["pinball"]["0.95"] == 0.45


def test_overdue_lines_are_judged_among_those_that_are_so_late():
    report = trials.run([line(0, 0), line(0, 5), line(100, 20), line(200, 40)])

    assert [(each["by"], each["lines"]) for each in report["overdue"]] == [(0, 3), (7, 2), (14, 2), (30, 1)]


def test_without_quotes_the_days_confirmed_stand_for_one():
    report = trials.run([line(0, 0, confirmed=20), line(50, 0, quoted=10)])

    assert report["quoted"]["lines"] == 2


def test_nothing_to_replay_is_said():
    with pytest.raises(trials.NothingToReplay, match="No line of the file has"):
        trials.run([])
