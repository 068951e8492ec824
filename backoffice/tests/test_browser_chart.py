"""The chart of a product and what if, in a real browser: seen, read as words, chosen by link, asked without saving."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine

from backoffice.people import roles
from backoffice.tests.people import MONDAY, TODAY, in_days, person
from inventory.models import Product, ReorderPolicy
from inventory.night import policies
from inventory.tests import make

pytestmark = pytest.mark.browser


@pytest.fixture
def lamp(transactional_db) -> Iterator[Product]:
    """A lamp in two warehouses: a year of weeks, an event to come, some on the shelf, on its way and owed."""
    with time_machine.travel(MONDAY, tick=False):
        roles.keep()
        thing = make.product("LAMP-1", name="Oak lamp", price=40, cost=20)
        make.asked_weekly(thing, *[10, 8, 12, 9, 0, 10, 7, 13, 10, 9, 11, 10] * 4)
        make.lead_time(thing, 14, 20)
        make.on_hand(thing, 60, at=MONDAY - timedelta(weeks=9))
        make.on_hand(thing, 2, place=make.warehouse("HAM", rank=2))
        make.coming(thing, 30, on=in_days(9))
        make.owed(thing, 8, by=in_days(2))
        make.event(thing, 2.0, in_days(7), in_days(20))
        policies.recompute(on=TODAY)
        yield thing


def test_a_buyer_sees_the_chart_and_asks_what_if(lamp, open_window):
    window = open_window(person(roles.BUYER))
    window.open(f"/admin/inventory/product/{lamp.pk}/change/")
    chart = window.page.get_by_role("img", name="LAMP-1 in BER")
    assert chart.bounding_box()["width"] > 640
    assert window.page.locator(".timeline .bar").count() > 20
    assert "60 on hand" in chart.locator("desc").text_content()
    window.look("product-chart")

    window.page.get_by_text("The same numbers as a table").click()
    assert len(window.page.locator("details[open] tbody tr").all()) == 34
    window.follow("HAM", within="#timeline")
    assert window.page.get_by_role("img", name="LAMP-1 in HAM").is_visible()
    assert window.page.get_by_text("No data: nobody has asked for it yet").is_visible()
    window.look("product-chart-no-data")

    before = list(ReorderPolicy.objects.order_by("pk").values_list())
    window.follow("What if…")
    window.fill(Lead_time="60", Service_target="2")
    window.press("Compute")
    assert window.page.get_by_text("The target is a share").is_visible()
    window.look("whatif-refused")
    window.fill(Service_target="0.99")
    window.press("Compute")
    window.look("whatif")
    [was, becomes] = [int(figure) for figure in window.table("What it makes")[0][1:3]]
    assert becomes > was
    assert list(ReorderPolicy.objects.order_by("pk").values_list()) == before
