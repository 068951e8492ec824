from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Permission, User
from django.core.cache import cache

from orders.models import OrderLine, SimulationRun
from orders.queue import simulation
from orders.rules.strategies import Strategy

from . import make

pytestmark = pytest.mark.django_db
RUNS = "/admin/orders/simulationrun/"
NOW = make.MONDAY + timedelta(hours=3)


@pytest.fixture(autouse=True)
def _now():
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield


def person(*permissions):
    user = User.objects.create_user("-".join(permissions) or "nobody", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return user


@pytest.fixture
def staff(client):
    client.force_login(person("view_simulationrun", "add_simulationrun", "apply_simulationrun", "view_orderline"))
    return client


@pytest.fixture
def shop():
    """A big order before a small one; the units that come are enough for the small one alone."""
    lamp = make.product("LAMP-30")
    make.coming(lamp, 2, on=make.TODAY + timedelta(days=4))
    make.coming(lamp, 5, on=make.TODAY + timedelta(days=20))
    big = make.line(lamp, 5, reference="SO-BIG", who=make.customer("Café Ronda"))
    small = make.line(lamp, 2, reference="SO-SMALL", who=make.customer("Jonas Weber"))
    return {"lamp": lamp, "big": big, "small": small}


def simulated(strategy=Strategy.COMPLETE):
    return simulation.run(strategy, None, by=None, at=NOW)


def queue():
    return list(OrderLine.objects.in_queue_order().values_list("order__reference", flat=True))


def text(response):
    return " ".join(response.content.decode().split())


def test_a_new_simulation_is_tried_and_shown_with_who_gains_and_who_loses(staff, shop):
    response = staff.post(f"{RUNS}add/", {"strategy": "complete", "skus": "lamp-3"}, follow=True)

    made = SimulationRun.objects.get()
    assert response.redirect_chain == [(f"{RUNS}{made.pk}/change/", 302)]
    figures, gain, lose = response.context_data["tables"]
    assert figures.note == "Complete the most orders: the smallest first · 1 product, 2 lines"
    assert [row[0] for row in gain.rows] == [
        f'<a href="/admin/orders/backorder/{shop["small"].pk}/change/">SO-SMALL</a>'
    ]
    assert [row[1:] for row in gain.rows] == [
        (
            '<span title="You may not open customers.">Jonas Weber</span>',
            '<span title="You may not open products.">LAMP-30</span>',
            *(0, "24 Mar 2026", "9 Mar 2026", "15 sooner", "24 Mar 2026"),
        )
    ]
    assert lose.rows == []
    assert made.by.username.startswith("view_simulationrun")
    assert queue() == ["SO-BIG", "SO-SMALL"]


def test_the_figures_stand_side_by_side(staff, shop):
    made = simulated(Strategy.VALUE)

    page = staff.get(f"{RUNS}{made.pk}/change/")

    rows = page.context_data["tables"][0].rows
    assert rows[0] == ("Orders completed within 30 days, of 2", 2, 2)
    assert "Nobody has to wait longer." in text(page)


def test_a_run_of_an_earlier_release_says_what_it_counted(staff, shop):
    made = simulated()
    address = f"{RUNS}{made.pk}/change/"
    assert staff.get(address).context_data["tables"][0].rows[2] == ("Promises more likely broken than kept", 0, 0)

    breaking = made.summary.pop("promises_breaking")
    SimulationRun.objects.update(summary={**made.summary, "promises_broken": [3, 4]})

    assert breaking == [0, 0]
    assert staff.get(address).context_data["tables"][0].rows[2] == ("Promises earlier than the safe day", 3, 4)


def test_a_sku_that_nobody_knows_is_named(staff, shop):
    response = staff.post(f"{RUNS}add/", {"strategy": "age", "skus": "LAMP-30, MUG"})

    assert "There is no product whose SKU starts with “MUG”." in text(response)
    assert not SimulationRun.objects.exists()


def test_too_many_lines_are_refused_beside_the_field(staff, shop, monkeypatch):
    monkeypatch.setattr(simulation, "MOST_LINES", 1)

    response = staff.post(f"{RUNS}add/", {"strategy": "age", "skus": ""})

    assert "That is more than 1 lines." in text(response)
    assert not SimulationRun.objects.exists()


def test_applying_asks_first_and_then_moves_the_lines(staff, shop):
    made = simulated()
    asked = staff.get(f"{RUNS}apply/?ids={made.pk}")

    assert "Customers who would be told" in text(asked)
    assert queue() == ["SO-BIG", "SO-SMALL"]
    response = staff.post(f"{RUNS}apply/?ids={made.pk}", follow=True)

    made.refresh_from_db()
    assert queue() == ["SO-SMALL", "SO-BIG"]
    assert made.applied_at == NOW
    assert made.applied_by.username.startswith("view_simulationrun")
    assert "Applied: 2 lines have another place in the queue." in text(response)
    assert "Apply…" not in text(response)


def test_a_run_whose_facts_have_moved_is_refused_on_the_page(staff, shop):
    made = simulated()
    make.line(shop["lamp"], 1, reference="SO-NEW")

    response = staff.post(f"{RUNS}apply/?ids={made.pk}")

    assert "Nothing was done: run the simulation again." in text(response)
    assert queue() == ["SO-BIG", "SO-SMALL", "SO-NEW"]


def test_equal_shares_have_no_button(staff, shop):
    made = simulated(Strategy.EQUAL)

    page = text(staff.get(f"{RUNS}{made.pk}/change/"))

    assert "they can be looked at and not applied" in page
    assert "Apply…" not in page


@pytest.mark.parametrize(
    ("permissions", "address", "status"),
    [
        (("view_simulationrun",), "", 200),
        (("view_simulationrun",), "{}/change/", 200),
        (("view_simulationrun",), "add/", 403),
        (("view_simulationrun", "add_simulationrun"), "add/", 200),
        (("view_simulationrun", "add_simulationrun"), "apply/?ids={}", 403),
        (("view_simulationrun", "apply_simulationrun"), "apply/?ids={}", 200),
        (("apply_simulationrun",), "apply/?ids={}", 403),
        ((), "", 403),
    ],
)
def test_each_step_has_a_permission_of_its_own(client, shop, permissions, address, status):
    made = simulated()
    client.force_login(person(*permissions))

    assert client.get(RUNS + address.format(made.pk)).status_code == status


def test_without_the_permission_nothing_is_applied(client, shop):
    made = simulated()
    client.force_login(person("view_simulationrun", "add_simulationrun"))

    assert client.post(f"{RUNS}apply/?ids={made.pk}").status_code == 403
    assert "Apply…" not in text(client.get(f"{RUNS}{made.pk}/change/"))
    assert queue() == ["SO-BIG", "SO-SMALL"]


@pytest.mark.parametrize("count", [1, 30])
def test_the_list_and_the_page_take_the_same_few_queries_however_much_there_is(
    staff, shop, count, django_assert_max_num_queries
):
    for _ in range(count):
        make.line(shop["lamp"], 1)
        made = simulated()

    with django_assert_max_num_queries(12):
        page = staff.get(RUNS)
    with django_assert_max_num_queries(12):
        staff.get(f"{RUNS}{made.pk}/change/")

    assert page.context_data["cl"].result_count == count
