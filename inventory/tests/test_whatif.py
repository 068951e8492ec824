"""The page of a product: its chart, and what if things were otherwise."""

from collections.abc import Iterator

import pytest
import time_machine
from django.urls import reverse

from inventory.models import ReorderPolicy
from inventory.night import policies
from inventory.tests import make
from inventory.tests.make import TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday() -> Iterator[None]:
    with time_machine.travel(make.MONDAY, tick=False):
        yield


@pytest.fixture
def lamp():
    """A lamp in two warehouses, with a history, a lead time and reorder points."""
    thing = make.product("LAMP-1", cost=20)
    make.asked_weekly(thing, 10, 8, 12, 9, 11, 10, 7, 13, 10, 9, 11, 10)
    make.lead_time(thing, 14, 20)
    make.on_hand(thing, 12)
    make.on_hand(thing, 3, place=make.warehouse("HAM", rank=2))
    policies.recompute(on=TODAY)
    return thing


def page(client, thing, **query):
    return client.get(reverse("admin:inventory_product_change", args=[thing.pk]), query)


def supposed(client, thing, **query):
    return client.get(reverse("admin:inventory_product_whatif", args=[thing.pk]), query)


def figures(response) -> dict[str, tuple]:
    return {row[0]: row[1:] for row in response.context["table"].rows}


def test_the_page_of_a_product_draws_one_warehouse_at_a_time(admin_client, lamp):
    first, second = page(admin_client, lamp), page(admin_client, lamp, warehouse="HAM")

    assert [response.context["timeline"].place.code for response in (first, second)] == ["BER", "HAM"]
    assert "10.0 units a week were asked for in the last 12 closed weeks." in first.content.decode()
    assert "No data: nobody has asked for it in a full week yet." in second.content.decode()


def test_the_chart_says_its_numbers_in_words_and_in_a_table(admin_client, lamp):
    policy = ReorderPolicy.objects.get(warehouse=make.warehouse())

    content = page(admin_client, lamp).content.decode()

    assert "LAMP-1 in BER: demand and stock by week, 2 Mar 2026</title>" in content
    assert f"Ordered at {policy.reorder_point:,}, up to {policy.order_up_to:,}." in content
    assert policy.explanation in content
    assert "The same numbers as a table" in content


def test_a_product_nobody_knows_of_has_no_chart(admin_client):
    response = page(admin_client, make.product())

    assert response.context["timeline"] is None
    assert "timeline-title" not in response.content.decode()


def test_a_supposition_is_answered_beside_what_is_and_nothing_is_written(admin_client, lamp):
    before = list(ReorderPolicy.objects.order_by("pk").values_list())
    point = ReorderPolicy.objects.get(warehouse=make.warehouse()).reorder_point

    response = supposed(admin_client, lamp, target="0.99", lead_days="42", lead_sd_days="5", review_days="7")

    was, becomes, difference = figures(response)["Reorder point, units"]
    assert was == point
    assert f"{becomes - was:+,}" in difference
    assert becomes > was
    now, then = response.context["found"]
    content = response.content.decode()
    assert now.sentence in content
    assert then.sentence in content
    assert "6 weeks until it arrives" in then.sentence
    assert figures(response)["Average stock, at cost"][0] == 20 * now.average
    assert list(ReorderPolicy.objects.order_by("pk").values_list()) == before


def test_the_form_begins_with_what_is(admin_client, lamp):
    response = supposed(admin_client, lamp)

    form = response.context["form"]
    assert [form.fields[name].initial for name in ("lead_days", "review_days", "uplift")] == ["14", "1", None]
    assert response.context["table"].columns == ("Figure", "Now")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("target", "0", "The target is a share"),
        ("target", "1", "The target is a share"),
        ("target", "nan", "The target is a share"),
        ("target", "95 %", "The target is a share"),
        ("lead_days", "-1", "from 0 to 730"),
        ("lead_days", "731", "from 0 to 730"),
        ("lead_days", "NaN", "from 0 to 730"),
        ("lead_days", "1e999", "from 0 to 730"),
        ("lead_sd_days", "-0.1", "from 0 to 730"),
        ("review_days", "0", "1 to 730 days"),
        ("uplift", "0", "a factor from 0.01"),
        ("uplift", "inf", "a factor from 0.01"),
        ("weeks", "0", "1 to 52 weeks"),
        ("weeks", "53", "1 to 52 weeks"),
    ],
)
def test_what_cannot_be_supposed_is_named_at_its_field(admin_client, lamp, field, value, words):
    response = supposed(admin_client, lamp, **{field: value})

    assert response.status_code == 200
    assert list(response.context["form"].errors) == [field]
    assert words in response.context["form"].errors[field][0]
    assert response.context["table"].columns == ("Figure", "Now")


@pytest.mark.parametrize("edge", [{"lead_days": "0", "lead_sd_days": "0"}, {"lead_days": "730"}], ids=str)
def test_the_edges_of_what_can_be_supposed_give_an_answer(admin_client, lamp, edge):
    assert supposed(admin_client, lamp, **edge).context["found"][1].is_computed


def test_a_frozen_point_is_said_to_count(admin_client, lamp):
    frozen = {"frozen_point": 99, "frozen_until": TODAY, "frozen_reason": "Fair"}
    ReorderPolicy.objects.filter(warehouse=make.warehouse()).update(**frozen)

    assert "frozen the reorder point at 99" in supposed(admin_client, lamp).content.decode()


def test_what_nobody_knows_of_is_said(admin_client):
    assert "No data: nobody has asked for it" in supposed(admin_client, make.product()).content.decode()


@pytest.mark.parametrize("weeks", [12, 60])
def test_both_pages_keep_their_query_budget(admin_client, django_assert_max_num_queries, lamp, weeks):
    make.asked_weekly(lamp, *range(weeks))
    policies.recompute(on=TODAY)

    with django_assert_max_num_queries(29):
        page(admin_client, lamp)
    with django_assert_max_num_queries(41):
        supposed(admin_client, lamp, target="0.9")
