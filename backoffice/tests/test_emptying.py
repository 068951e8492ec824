"""Between transactional tests nothing stays but what ``migrate`` made, as it made it."""

import pytest
from django.contrib.auth.models import Group, Permission

from backoffice.people.roles import BUYER
from backoffice.tests import emptying
from inventory.models import Product, ServiceTarget
from orders.models import OrderLine
from orders.tests import make

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_row_of_a_test_goes_and_roles_stay_as_they_are():
    emptying.empty(None)
    buyer = Group.objects.get(name=BUYER)
    may = set(buyer.permissions.values_list("pk", flat=True))
    make.line(make.product(), 3)

    emptying.empty(None)

    assert (Product.objects.count(), OrderLine.objects.count()) == (0, 0)
    assert Group.objects.get(name=BUYER) == buyer
    assert set(buyer.permissions.values_list("pk", flat=True)) == may


@pytest.mark.parametrize("forget", [True, False])
def test_a_role_that_a_test_changed_is_made_anew(forget):
    emptying.empty(None)
    may = Group.objects.get(name=BUYER).permissions.count()
    Permission.objects.filter(codename="add_product").delete() if forget else Group.objects.get(name=BUYER).delete()
    Group.objects.create(name="Of a test")

    emptying.empty(None)

    assert Group.objects.get(name=BUYER).permissions.count() == may
    assert not Group.objects.filter(name="Of a test").exists()


@pytest.mark.parametrize("change", [lambda: ServiceTarget.objects.all().delete(), lambda: Group.objects.all().delete()])
def test_what_migrations_wrote_is_there_for_the_next_test(change):
    """A flush takes it for good, and the next test of this worker would work with other targets."""
    change()

    emptying.empty(None)

    found = dict(ServiceTarget.objects.values_list("cell", "target"))
    assert found == {
        "AX": 0.98,
        "AY": 0.97,
        "AZ": 0.95,
        "BX": 0.97,
        "BY": 0.95,
        "BZ": 0.93,
        "CX": 0.95,
        "CY": 0.92,
        "CZ": 0.90,
    }
