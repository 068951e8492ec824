"""What a page shows is what its reader's role is meant to know: not what a product costs, nor how it is reordered."""

import pytest
from django.urls import reverse

from backoffice.people import roles
from backoffice.tests import people

pytestmark = pytest.mark.django_db
REORDERING = ("When it is ordered again", "Reorder at", "Runs out")


def shown(role, label, shop):
    page = people.browser(role).get(reverse(f"admin:{label.replace('.', '_')}_change", args=[shop.pk(label)]))
    assert page.status_code == 200
    return page.content.decode()


@pytest.mark.parametrize("role", [roles.OPERATIONS, roles.BUYER, roles.AUDITOR])
def test_who_sees_offers_sees_what_a_product_costs_and_when_it_is_ordered_again(shop, role):
    text = shown(role, "inventory.product", shop)

    assert "field-cost" in text
    assert all(words in text for words in REORDERING)


def test_customer_service_sees_what_is_there_and_neither_cost_nor_reorder_points(shop):
    text = shown(roles.CUSTOMER_SERVICE, "inventory.product", shop)

    assert "Stock by warehouse" in text
    assert "field-price" in text
    assert "field-cost" not in text
    assert not any(words in text for words in REORDERING)


@pytest.mark.parametrize(("role", "is_shown"), [(roles.OPERATIONS, True), (roles.CUSTOMER_SERVICE, False)])
def test_the_last_movements_are_for_those_who_may_see_movements(shop, role, is_shown):
    assert ("Last movements" in shown(role, "inventory.stock", shop)) is is_shown
