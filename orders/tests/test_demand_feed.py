from dataclasses import replace
from datetime import date, timedelta

import pytest

from inventory.demand import entries as demand
from inventory.models import DailyDemand, DemandEntry, DemandWatermark, Product
from orders import demand_feed, fulfillment
from orders.models import OrderLine
from orders.tests import make

pytestmark = pytest.mark.django_db

PLACED = make.MONDAY
NIGHT = PLACED + timedelta(hours=17)


def entries(source: str = "orders") -> list[tuple[str, str, int]]:
    rows = DemandEntry.objects.filter(source=source).order_by("reference", "product__sku")
    return list(rows.values_list("reference", "product__sku", "units"))


def canceled(line: OrderLine, units: int, *, after: timedelta, is_ours: bool = False) -> None:
    at = line.placed_at + after
    wanted = [fulfillment.LineUnits(line.pk, units)]
    fulfillment.cancel(wanted, reason="Changed their mind", by=None, at=at, is_ours=is_ours)


def refused(thing: Product, units: int, reference: str) -> None:
    with pytest.raises(fulfillment.BackorderLimit):
        make.order((thing, units), reference=reference)


def test_demand_is_what_was_ordered_on_its_day_at_its_preferred_warehouse():
    lamp = make.product("LAMP")
    oslo = make.warehouse("OSL")
    make.order((lamp, 7), place=oslo, reference="SO-1")

    counts = demand_feed.feed(at=NIGHT)

    assert counts == {"orders": 1, "refusals": 0, "changed": 1}
    assert entries() == [("shop:SO-1", "LAMP", 7)]
    assert list(DailyDemand.objects.values_list("product__sku", "warehouse__code", "day", "units")) == [
        ("LAMP", "OSL", date(2026, 3, 2), 7)
    ]


def test_two_lines_of_one_product_add_up():
    lamp = make.product("LAMP")
    make.order((lamp, 7), (lamp, 2), reference="SO-1")

    demand_feed.feed(at=NIGHT)

    assert entries() == [("shop:SO-1", "LAMP", 9)]


def test_feeding_twice_changes_nothing_and_a_later_feed_reads_only_what_changed():
    lamp = make.product("LAMP")
    make.order((lamp, 7), reference="SO-1")
    demand_feed.feed(at=NIGHT)
    make.order((lamp, 1), reference="SO-2", at=NIGHT + timedelta(hours=3))

    counts = demand_feed.feed(at=NIGHT + timedelta(hours=24))
    again = demand_feed.feed(at=NIGHT + timedelta(hours=24))

    assert counts == {"orders": 1, "refusals": 0, "changed": 1}
    assert again == {"orders": 0, "refusals": 0, "changed": 0}
    assert entries() == [("shop:SO-1", "LAMP", 7), ("shop:SO-2", "LAMP", 1)]


def test_an_order_that_was_being_placed_during_the_last_feed_is_not_missed():
    lamp = make.product("LAMP")
    demand_feed.feed(at=NIGHT)
    make.order((lamp, 7), reference="SO-1", at=NIGHT - timedelta(minutes=59))

    demand_feed.feed(at=NIGHT + timedelta(hours=24))

    assert entries() == [("shop:SO-1", "LAMP", 7)]


@pytest.mark.parametrize(
    ("after", "units"), [(timedelta(hours=24), 5), (timedelta(hours=24, microseconds=1), 7), (timedelta(days=20), 7)]
)
def test_units_canceled_within_a_day_were_a_mistake_and_later_ones_demand_that_we_failed(after, units):
    lamp = make.product("LAMP")
    line = make.line(lamp, 7, reference="SO-1")
    demand_feed.feed(at=PLACED)

    canceled(line, 2, after=after)
    demand_feed.feed(at=PLACED + timedelta(days=21))

    assert entries() == [("shop:SO-1", "LAMP", units)]


def test_an_order_taken_back_within_a_day_leaves_no_demand():
    lamp = make.product("LAMP")
    line = make.line(lamp, 7)
    demand_feed.feed(at=PLACED)

    canceled(line, 7, after=timedelta(hours=2))
    demand_feed.feed(at=PLACED + timedelta(hours=3))

    assert entries() == []
    assert not DailyDemand.objects.exists()


def test_what_we_cancel_is_demand_however_soon():
    line = make.line(make.product("LAMP"), 7)
    canceled(line, 2, after=timedelta(minutes=5), is_ours=True)
    canceled(line, 1, after=timedelta(hours=1))

    demand_feed.feed(at=NIGHT)

    assert [units for *_, units in entries()] == [6]


def test_the_other_line_of_an_order_still_counts_when_one_is_canceled():
    lamp = make.product("LAMP")
    order = make.order((lamp, 7), (lamp, 2), reference="SO-1")
    demand_feed.feed(at=PLACED)

    canceled(order.lines.get(quantity=7), 7, after=timedelta(hours=2))
    demand_feed.feed(at=PLACED + timedelta(hours=3))

    assert entries() == [("shop:SO-1", "LAMP", 2)]


def test_what_was_refused_is_demand_too():
    lamp = make.product("LAMP", backorder_policy="never")
    refused(lamp, 4, "SO-1")

    counts = demand_feed.feed(at=NIGHT)

    assert counts == {"orders": 0, "refusals": 1, "changed": 1}
    assert entries("refused") == [("shop:SO-1", "LAMP", 4)]


def test_what_was_refused_and_then_ordered_in_part_counts_once():
    lamp = make.product("LAMP", backorder_policy="never")
    make.on_hand(lamp, 3)
    refused(lamp, 4, "SO-1")
    demand_feed.feed(at=NIGHT)
    make.order((lamp, 3), reference="SO-1", at=NIGHT + timedelta(days=3))

    demand_feed.feed(at=NIGHT + timedelta(days=4))

    assert entries("refused") == [("shop:SO-1", "LAMP", 1)]
    assert entries() == [("shop:SO-1", "LAMP", 3)]


def test_the_day_is_the_shops_own(settings):
    settings.TIME_ZONE = "America/New_York"
    lamp = make.product("LAMP")
    make.order((lamp, 7), at=PLACED.replace(hour=3))

    demand_feed.feed(at=NIGHT)

    assert DailyDemand.objects.get().day == date(2026, 3, 1)


def test_a_watermark_never_moves_back():
    demand_feed.feed(at=NIGHT)

    demand_feed.feed(at=NIGHT - timedelta(days=5))

    assert set(
        DemandWatermark.objects.filter(source__in=["orders", "refused"]).values_list("fed_until", flat=True)
    ) == {NIGHT}


def test_a_block_takes_the_same_statements_however_many_orders_it_holds(django_assert_num_queries):
    lamp = make.product("LAMP")
    for _ in range(3):
        make.order((lamp, 1))
    demand_feed.feed(at=NIGHT)
    for _ in range(12):
        make.order((lamp, 1), at=NIGHT + timedelta(hours=2))

    with django_assert_num_queries(26):
        counts = demand_feed.feed(at=NIGHT + timedelta(days=1))

    assert counts["orders"] == 12


def test_more_orders_than_a_block_are_all_fed(monkeypatch):
    monkeypatch.setattr(demand_feed, "BLOCK", 2)
    lamp = make.product("LAMP")
    for _ in range(5):
        make.order((lamp, 1))

    counts = demand_feed.feed(at=NIGHT)

    assert counts == {"orders": 5, "refusals": 0, "changed": 5}
    assert DailyDemand.objects.get().units == 5


@pytest.mark.parametrize("channel", ["shop", "Amazon"])
def test_an_order_that_a_history_file_brought_before_counts_once(channel):
    lamp, sofa = make.product("LAMP"), make.product("SOFA")
    name = "so-1" if channel == "shop" else "Amazon:so-1"
    order = make.order((lamp, 7), reference="SO-1", channel=channel)
    entry = demand.Entry("history", name, lamp.pk, order.warehouse_id, date(2026, 3, 1), 6)
    gift = replace(entry, product_id=sofa.pk, units=1)
    again = replace(entry, reference=f"{name} (2026-03-03)", day=date(2026, 3, 3), units=2)
    earlier = replace(entry, reference=f"{name} (2026-02-28)", day=date(2026, 2, 28), units=5)
    demand.record([entry, gift, again, earlier])

    demand_feed.feed(at=NIGHT)

    assert entries() == [(f"{channel}:SO-1", "LAMP", 7)]
    assert entries("history") == [(f"{name} (2026-02-28)", "LAMP", 5)]
    assert list(DailyDemand.objects.order_by("day").values_list("day", "units")) == [
        (date(2026, 2, 28), 5),
        (date(2026, 3, 2), 7),
    ]
