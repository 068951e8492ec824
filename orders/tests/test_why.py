from datetime import timedelta

import pytest

from orders import fulfillment
from orders.admin import rows
from orders.admin.service import lines
from orders.answering import briefs, turns, why
from orders.mail import letters
from orders.models import Notice, OrderLine
from orders.queue import ordering

from . import make

pytestmark = pytest.mark.django_db
NOW = make.MONDAY + timedelta(hours=3)


def in_days(days):
    return make.TODAY + timedelta(days=days)


def told(line):
    return why.explain(line.pk, at=NOW)


def fact(line, name):
    return [each.text for each in told(line).facts if each.name == name]


def test_a_line_that_waits_is_explained_in_one_sentence():
    lamp = make.product()
    make.coming(lamp, 11, on=in_days(9), safe=in_days(13), reference="PO-1042")
    make.line(lamp, 4)
    make.line(lamp, 5)

    line = make.line(lamp, 5)

    assert told(line).sentence == (
        "You are third in line of three; nine units are before you; 2 of your 5 come with PO-1042 from Nordlys; "
        "nobody has yet ordered 3 of your 5; nothing on hand is free; no date can be given yet."
    )


def test_the_day_is_said_once_and_as_the_mail_says_it():
    lamp = make.product()
    make.coming(lamp, 5, on=in_days(9), safe=in_days(13), reference="PO-1042")
    line = make.line(lamp, 5)

    [notice] = notices_of(line)

    assert told(line).sentence.endswith("; we expect to ship them between March 12 and 17.")
    assert "We expect to ship them between March 12 and 17." in letters.preview(notice, at=NOW).text


def notices_of(line):
    return Notice.objects.filter(lines__line=line)


def test_a_promise_whose_day_has_passed_is_not_said_as_one_to_come():
    lamp = make.product()
    make.coming(lamp, 5, on=in_days(9))
    line = make.line(lamp, 5)

    sentence = why.explain(line.pk, at=NOW + timedelta(days=30)).sentence

    assert sentence.endswith("; we said by March 12, and that day has passed.")


def test_the_facts_say_what_the_sentence_rests_on():
    lamp = make.product()
    make.coming(lamp, 11, on=in_days(9), safe=in_days(13), reference="PO-1042", is_confirmed=True)
    make.lead_time(lamp, 10, 18)
    make.line(lamp, 9)
    line = make.line(lamp, 5)

    facts = {each.name: each.text for each in told(line).facts}

    assert facts == {
        "Place": "2 of 2",
        "Before it": "9 units of 1 line",
        "PO-1042": "2 units from Nordlys to BER, expected on March 11, the sender confirmed the date",
        "Not ordered": "3 units; once ordered, Nordlys takes 10 to 18 days",
        "Free on hand": "nothing",
        "Sooner": "Pinned to the first place, it would pass 1 line.",
    }


def test_what_is_here_already_is_said_first():
    lamp = make.product()
    make.on_hand(lamp, 2)
    line = make.line(lamp, 3)

    assert told(line).sentence == (
        "You are the only one in line; 2 of your 3 are here; nobody has yet ordered 1 of your 3; "
        "nothing on hand is free; no date can be given yet."
    )
    assert fact(line, "Here") == ["2 units in BER, set aside"]
    assert fact(line, "Not ordered") == ["1 unit; nobody supplies this product, so no date can be given"]
    assert fact(line, "Sooner") == []


def test_a_line_that_is_all_here_waits_for_nothing():
    lamp = make.product()
    make.on_hand(lamp, 3)
    line = make.line(lamp, 3)

    assert told(line).sentence == "All three of your units are here and set aside; nothing waits."


def test_a_line_that_is_gone_waits_for_nothing():
    line = make.line(make.product(), 1)
    fulfillment.cancel([fulfillment.LineUnits(line.pk)], reason="no", by=None, at=NOW)

    assert told(line) == why.Why("Nothing waits: this line is canceled.", ())


def test_free_units_in_a_warehouse_that_the_order_may_not_use_are_named():
    lamp = make.product()
    make.on_hand(lamp, 4, place=make.warehouse("HAM", rank=2))
    line = make.line(lamp, 1, place=make.warehouse("BER"), warehouse_rule="preferred")

    assert "; four units are free in HAM, where this order may not take them; " in told(line).sentence
    assert fact(line, "Sooner") == ["Four units are free in HAM, but this order ships only from BER."]


def test_units_behind_a_closed_door_are_named():
    lamp = make.product()
    place = make.warehouse("HAM", rank=2, is_open=False)
    make.on_hand(lamp, 1, place=place)

    line = make.line(lamp, 1, place=make.warehouse("BER"))

    assert fact(line, "Sooner") == ["HAM is closed: once it opens, one unit is free there."]


def test_inbound_that_nobody_may_use_is_named():
    lamp = make.product()
    make.coming(lamp, 7, on=in_days(3), place=make.warehouse("HAM", rank=2))
    line = make.line(lamp, 1, place=make.warehouse("BER"), warehouse_rule="preferred")

    assert fact(line, "Sooner") == ["Seven units are on the way to a warehouse this order may not use."]


@pytest.mark.parametrize("rule", ["preferred", "any"])
def test_what_is_left_to_others_for_now_is_not_said_to_lack_supply(rule):
    lamp, mug = make.product("LAMP-1"), make.product("MUG-1")
    place = make.warehouse("BER")
    make.on_hand(mug, 4, place=place)
    order = make.order((lamp, 2), (mug, 2), place=place, warehouse_rule=rule, is_ship_complete=True)
    line = order.lines.get(product=mug)

    assert told(line).sentence == (
        "You are the only one in line; it ships only together with 2 units of LAMP-1; until the rest of the order "
        "comes, what is there sooner is left to others; no date can be given yet."
    )
    assert fact(line, "Not ordered") == []
    assert fact(line, "Free on hand") == ["4 units in BER"]
    assert fact(line, "Sooner") == ["Four units are free in BER, left to others since this order ships complete."]
    shown = lines.of(briefs.of_order(order.pk, at=NOW), today=make.TODAY, names_orders=False)[1]
    assert [(part.tone, part.words) for part in shown.bar] == [("gray", "2 wait, not yet set aside")]
    assert "Not ordered" not in dict(shown.facts)
    [chip] = rows.chips(line, [], make.TODAY)
    assert (chip.text, chip.title) == (
        "not yet · 2",
        "Until the rest of the order comes, what is there sooner is left to others.",
    )


def test_two_units_that_are_here_are_both_here():
    lamp = make.product()
    make.on_hand(lamp, 2)

    assert told(make.line(lamp, 2)).sentence == "Both of your units are here and set aside; nothing waits."


def test_the_lowest_priority_that_passes_somebody_is_named_with_how_many():
    lamp = make.product()
    for days in (30, 12, 10):
        make.line(lamp, 1, placed_at=make.MONDAY - timedelta(days=days), keeps_age=True)
    line = make.line(lamp, 1)

    assert fact(line, "Sooner") == [
        "Priority 2 counts as 14 more days of waiting: it would pass 2 lines.",
        "Pinned to the first place, it would pass 3 lines.",
    ]


def test_the_priority_passes_exactly_as_many_lines_as_was_said():
    lamp = make.product()
    for days in (30, 12, 10):
        make.line(lamp, 1, placed_at=make.MONDAY - timedelta(days=days), keeps_age=True)
    line = make.line(lamp, 1)

    ordering.set_priority([line.pk], 2, reason="hospital", by=None, at=NOW)

    assert told(line).sentence.startswith("You are second in line of four")
    assert fact(line, "Place") == ["2 of 4, priority 2: hospital"]


def test_a_ship_complete_order_names_the_line_it_waits_for():
    lamp, mug = make.product(), make.product("MUG-12")
    make.on_hand(lamp, 1)
    make.coming(mug, 2, on=in_days(9))
    order = make.order((lamp, 1), (mug, 2), is_ship_complete=True)
    line = order.lines.get(product=lamp)

    assert told(line).sentence == (
        "Your unit is here; the order ships only complete and still waits for 2 units of MUG-12."
    )
    assert fact(line, "Ships together with") == ["2 units of MUG-12"]


def test_an_overdue_inbound_is_called_overdue():
    lamp = make.product()
    make.coming(lamp, 1, on=in_days(-3), reference="PO-7")

    line = make.line(lamp, 1)

    assert "your unit comes with PO-7 from Nordlys, overdue since February 27" in told(line).sentence


def test_behind_the_first_thousand_the_place_is_not_counted(monkeypatch):
    lamp = make.product()
    lines = [make.line(lamp, 2) for _ in range(5)]
    monkeypatch.setattr(turns, "EXACT_PLACES", 3)

    assert told(lines[4]).sentence.startswith("You stand behind the first 3 in line; at least 8 units are before you")
    assert fact(lines[4], "Place") == ["3+"]
    assert told(lines[1]).sentence.startswith("You are second in line of more than 3; two units are before you")


@pytest.mark.parametrize("count", [1, 30])
def test_the_same_few_queries_for_a_short_queue_and_a_long_one(count, django_assert_num_queries):
    lamp = make.product()
    make.coming(lamp, 1, on=in_days(2))
    for _ in range(count):
        make.line(lamp, 1)
    line = make.line(lamp, 1)

    with django_assert_num_queries(5):
        why.explain(line.pk, at=NOW)


def test_a_line_that_is_not_there_cannot_be_explained():
    with pytest.raises(OrderLine.DoesNotExist):
        why.explain(0, at=NOW)
