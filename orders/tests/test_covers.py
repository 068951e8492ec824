"""A preview names what covers a line where that changes, and each thing that is on its way is a link."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from inventory.models import Stock
from inventory.supply import inbound as arrivals
from orders.models import OrderLine
from orders.queue import ordering, rehearsal
from orders.queue.covers import Coming, Cover, between
from orders.queue.effects import Effects
from orders.tests import make

pytestmark = pytest.mark.django_db
NOW = make.MONDAY + timedelta(hours=1)
PO = Coming(5, "PO-1042", 7)


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def queue() -> list[OrderLine]:
    """Two lines of five: one lorry of five, which is the first one's."""
    lamp = make.product("LAMP-1")
    make.coming(lamp, 5, on=make.TODAY + timedelta(days=10), reference="PO-1042")
    return [make.line(lamp, 5, at=make.MONDAY + timedelta(minutes=number)) for number in range(2)]


@pytest.mark.parametrize(
    ("was", "now", "words"),
    [
        (Cover(0, (PO,), 0), Cover(5, (), 0), "PO-1042 → on hand"),
        (Cover(0, (PO,), 0), Cover(0, (), 5), "PO-1042 → nothing"),
        (Cover(2, (PO,), 1), Cover(8, (), 0), "2 on hand, 5 PO-1042, 1 not covered → on hand"),
        (Cover(2, (PO,), 0), Cover(3, (PO._replace(units=4),), 0), "2 on hand, 5 PO-1042 → 3 on hand, 4 PO-1042"),
        (Cover(0, (PO,), 0), Cover(0, (PO._replace(reference="PO-1043"),), 0), "PO-1042 → PO-1043"),
    ],
)
def test_what_covers_a_line_is_named_before_and_after(was, now, words):
    found = between(was, now)

    assert found
    assert found.words == words


@pytest.mark.parametrize(
    ("was", "now"),
    [
        (Cover(0, (PO,), 0), Cover(0, (PO._replace(units=3),), 0)),  # two were canceled
        (Cover(3, (PO,), 0), Cover(3, (PO,), 0)),
        (Cover(0, (), 4), Cover(0, (), 9)),
    ],
)
def test_more_or_fewer_units_of_one_thing_are_no_other_cover(was, now):
    assert between(was, now) is None


def moved_up(line: OrderLine) -> Effects:
    def act() -> int:
        return ordering.move_up(line.pk, 1, reason="x", by=None, at=NOW)

    return rehearsal.rehearse(act, at=NOW, line_ids=[line.pk], product_ids=[line.product_id])


def test_who_passes_another_takes_what_covered_that_one(queue):
    first, second = queue

    words = {move.line_id: move.cover.words for move in moved_up(second).moved if move.cover}

    assert words == {first.pk: "PO-1042 → nothing", second.pk: "nothing → PO-1042"}


def test_a_line_asked_for_is_named_though_only_its_cover_changes_and_others_are_not(queue):
    first, second = queue
    make.coming(first.product, 5, on=make.TODAY + timedelta(days=10), reference="PO-2")

    [move] = moved_up(second).moved

    assert (move.line_id, move.was == move.now, move.cover.words) == (second.pk, True, "PO-2 → PO-1042")


def test_a_preview_of_which_only_the_cover_changed_is_another_one(queue):
    effects = moved_up(queue[1])
    before = effects.fingerprint

    [renamed] = [move for move in effects.moved if move.line_id == queue[0].pk]
    other = Cover(0, (Coming(5, "PO-9", 9),), 0)
    changed = renamed._replace(cover=renamed.cover._replace(was=other))
    moved = [changed if move is renamed else move for move in effects.moved]

    assert replace(effects, moved=moved).fingerprint != before


def preview(client, name: str, line: OrderLine, **typed: str) -> str:
    address = f"{reverse(f'admin:orders_backorder_{name}')}?ids={line.pk}"
    sent = {"_selected_action": line.pk, "reason": "x", "preview": "1", **typed}
    return str(client.post(address, sent).content.decode())


def phrases(html: str) -> list[str]:
    return [strip_tags(each) for each in re.findall(r'<td data-label="Covered by">(.*?→.*?)</td>', html)]


def test_the_preview_of_moving_up_names_the_cover_of_both_and_leads_to_it(admin_client, queue):
    first, second = queue
    html = preview(admin_client, "move_up", second, place="1")

    assert phrases(html) == ["PO-1042 → nothing", "nothing → PO-1042"]
    way = reverse("admin:inbound_order", args=[first.product.inbound.get().pk])
    assert html.count(f'<a href="{way}">PO-1042</a>') == 2


def test_a_preview_that_leaves_the_cover_as_it_is_names_none(admin_client, queue):
    html = preview(admin_client, "new_date", queue[0], promised_date=str(make.TODAY + timedelta(days=30)))

    assert "What this does" in html
    assert phrases(html) == []


def test_a_cancel_gives_the_next_in_the_queue_what_it_frees(admin_client, queue):
    first, second = queue

    html = preview(admin_client, "cancel", first, **{f"units-{first.pk}": "5"})

    assert phrases(html) == ["nothing → PO-1042"]
    assert second.order.reference in html


def test_what_covers_lines_costs_one_statement_where_it_changes_and_none_elsewhere(queue):
    def asked(line: OrderLine) -> int:
        with CaptureQueriesContext(connection) as captured:
            moved_up(line)
        return sum('FROM "inventory_inbound"' in each["sql"] for each in captured.captured_queries)

    mug = make.product("MUG-1")
    alone = [make.line(mug, 5, at=make.MONDAY + timedelta(minutes=number)) for number in range(2)]

    assert (asked(queue[1]), asked(alone[1])) == (1, 0)


def test_what_is_on_its_way_is_named_in_the_order_in_which_it_arrives(queue):
    first, second = queue
    lamp = first.product
    make.coming(lamp, 3, on=make.TODAY + timedelta(days=20), reference="PO-3")
    make.coming(lamp, 1, on=make.TODAY + timedelta(days=5), reference="PO-1")

    words = {move.line_id: move.cover.words for move in moved_up(second).moved if move.cover}

    assert words[second.pk] == "1 PO-1042, 3 PO-3, 1 not covered → 1 PO-1, 4 PO-1042"


def test_what_arrives_covers_from_the_shelf_what_it_covered_on_its_way(queue):
    lorry = queue[0].product.inbound.get()

    def act() -> int:
        arrivals.receive([arrivals.Receipt(lorry.pk, 2)], by=None, at=NOW)
        return 0

    effects = rehearsal.rehearse(act, at=NOW, product_ids=[lorry.product_id])

    assert [move.cover.words for move in effects.moved] == ["PO-1042 → 2 on hand, 3 PO-1042"]
    assert not Stock.objects.filter(on_hand__gt=0).exists()
