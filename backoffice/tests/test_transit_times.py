"""How long carriers take is typed by whoever runs the floor; what cannot be is refused in words."""

import pytest
from django.contrib.auth.models import Group, User
from django.urls import reverse

from backoffice.people import roles
from orders.models import TransitTime

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(client):
    roles.keep()
    robin = User.objects.create_user("robin", is_staff=True)
    robin.groups.add(Group.objects.get(name=roles.OPERATIONS))
    client.force_login(robin)
    return client


def typed(client, **fields):
    answer = client.post(
        reverse("admin:orders_transittime_add"), {"carrier": "UPS", "service": "", "country": "", "days": "2", **fields}
    )
    return answer.content.decode()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"days": "-1"}, "That is too little: the least is 0."),
        ({"days": "61"}, "That is too much: the most is 60."),
        ({"days": "two"}, "Write a whole number, such as 12."),
        ({"country": "XX"}, "Choose one of the list. “XX” is not in it."),
        ({"carrier": " \u200b "}, "Enter the name of the carrier."),
        (
            {"carrier": "ups", "service": "GROUND ", "country": "FR"},
            "UPS Ground to France is there already, with 4: change that row.",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_words(manager, fields, words):
    TransitTime.objects.create(carrier="UPS", service="Ground", country="FR", days=4)

    assert words in typed(manager, **fields)
    assert TransitTime.objects.count() == 1


def test_a_manager_says_how_long_a_carrier_takes_changes_it_and_takes_it_back(manager):
    typed(manager, carrier=" Royal  Mail ", service="Tracked 24", country="GB", days="1")
    row = TransitTime.objects.get()
    assert (row.carrier, row.service, row.country, row.days) == ("Royal Mail", "Tracked 24", "GB", 1)
    page = reverse("admin:orders_transittime_change", args=[row.pk])

    manager.post(page, {"carrier": "Royal Mail", "service": "Tracked 48", "country": "GB", "days": "2"})

    row.refresh_from_db()
    assert (row.service_key, row.days) == ("TRACKED 48", 2)
    assert "United Kingdom" in manager.get(reverse("admin:orders_transittime_changelist")).content.decode()
    manager.post(reverse("admin:orders_transittime_delete", args=[row.pk]), {"post": "yes"})
    assert not TransitTime.objects.exists()
