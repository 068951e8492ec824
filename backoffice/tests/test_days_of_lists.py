"""A view that was kept today means tomorrow's today tomorrow; one with a day of its own goes on meaning that day."""

import re
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.cache import cache
from django.urls import reverse

from inventory.desk.lists import views
from inventory.models import SavedView
from inventory.notebook import owners, saved_views
from orders.models import Order, OrderLine
from orders.tests import make

pytestmark = pytest.mark.django_db
ORDERS, QUEUE = reverse("admin:orders_order_changelist"), reverse("admin:orders_backorder_changelist")
DAY = timedelta(days=1)


@pytest.fixture
def boss(client):
    client.force_login(User.objects.create_superuser("boss"))
    return client


def listed(boss, url, at):
    cache.clear()
    with time_machine.travel(at, tick=False):
        response = boss.get(url)
    assert response.status_code == 200, response.content
    return [getattr(row, "reference", None) or row.order.reference for row in response.context_data["cl"].result_list]


def linked(boss, url, words, at):
    """The address behind these words of a list."""
    with time_machine.travel(at, tick=False):
        page = boss.get(url).content.decode()
    return unescape(re.search(rf'<a href="(\?[^"]+)"[^>]*>{words}</a>', page)[1])


@pytest.fixture
def placed():
    """One order a day: A on Sunday, B on Monday, C on Tuesday."""
    lamp = make.product()
    for reference, at in (("A", make.MONDAY - DAY), ("B", make.MONDAY), ("C", make.MONDAY + DAY)):
        make.line(lamp, 1, reference=reference)
        Order.objects.filter(reference=reference).update(placed_at=at)


@pytest.mark.usefixtures("placed")
@pytest.mark.parametrize(
    ("words", "monday", "tuesday", "next_monday"),
    [
        ("Today", ["B"], ["C"], []),
        ("Past 7 days", ["B", "A"], ["C", "B", "A"], ["C", "B"]),
        ("This week", ["C", "B"], ["C", "B"], []),
    ],
)
def test_a_list_keeps_the_word_of_a_day(boss, words, monday, tuesday, next_monday):
    kept = views.asked(linked(boss, ORDERS, words, make.MONDAY).removeprefix("?"))

    found = [listed(boss, f"{ORDERS}?{kept}", make.MONDAY + days * DAY) for days in (0, 1, 7)]

    assert found == [monday, tuesday, next_monday]


@pytest.mark.usefixtures("placed")
def test_a_view_that_was_kept_with_a_day_goes_on_meaning_it(boss):
    old = f"placed_at__gte={make.TODAY}+00%3A00%3A00%2B00%3A00&placed_at__lt={make.TODAY + DAY}+00%3A00%3A00%2B00%3A00"
    owner = owners.person(User.objects.get())
    saved_views.save("Monday", "orders_order", old, owner=owner, is_default=True, by=None, at=make.MONDAY)

    assert listed(boss, f"{ORDERS}?{SavedView.objects.get().query}", make.MONDAY + 9 * DAY) == ["B"]


def test_a_word_that_is_no_day_is_refused_in_words(boss):
    response = boss.get(f"{ORDERS}?placed_at__gte=someday")

    assert response.status_code == 400
    assert "cannot be looked up by “placed_at__gte = someday”" in response.content.decode()


@pytest.mark.parametrize(
    ("day", "monday", "tuesday"),
    [("past", ["A"], ["A", "B"]), ("today", ["B"], ["C"]), ("tomorrow", ["C"], []), ("week", ["B", "C"], ["B", "C"])],
)
def test_the_queue_asks_for_a_day_by_its_word(boss, day, monday, tuesday):
    lamp = make.product()
    for reference, days in (("A", -1), ("B", 0), ("C", 1)):
        line = make.line(lamp, 1, reference=reference)
        OrderLine.objects.filter(pk=line.pk).update(promised_date=make.TODAY + days * DAY)

    found = [listed(boss, f"{QUEUE}?promised_for={day}", make.MONDAY + days * DAY) for days in (0, 1)]

    assert found == [monday, tuesday]
    assert "Promised for: " in boss.get(f"{QUEUE}?promised_for={day}").content.decode()
