"""What is deleted is what was shown: a row on which something else hangs by now is asked about anew."""

import pytest
from django.contrib import admin
from django.contrib.messages import get_messages
from django.urls import reverse

from inventory.desk import pages
from inventory.models import DemandEvent
from inventory.tests.hands import carried
from orders.tests import make
from suppliers.models import Offer, PriceBreak
from suppliers.tests import make as buy

pytestmark = pytest.mark.django_db
LIST = "admin:inventory_demandevent_changelist"


@pytest.fixture(autouse=True)
def _no_budget(settings):
    settings.ZEAL_ALLOWLIST = [{"model": "auth.User"}]


@pytest.fixture
def offer(db) -> Offer:
    return buy.offer(make.product("LAMP-1"), prices=((1, "10"),))


def address(row: Offer) -> str:
    return reverse("admin:suppliers_offer_delete", args=[row.pk])


def event(name: str) -> DemandEvent:
    return DemandEvent.objects.create(name=name, starts_on=make.TODAY, ends_on=make.TODAY)


def said(response) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_a_row_on_which_more_hangs_since_it_was_shown_is_asked_about_anew(admin_client, offer):
    page = carried(admin_client.get(address(offer)))
    PriceBreak.objects.create(offer=offer, minimum=50, unit_price="8")

    refused = admin_client.post(address(offer), {**page, "post": "yes"})

    assert (refused.status_code, refused["Location"]) == (302, address(offer))
    assert said(refused) == [pages.GOES_OTHERWISE]
    assert Offer.objects.count() == 1
    page = carried(admin_client.get(address(offer)))
    assert admin_client.post(address(offer), {**page, "post": "yes"}).status_code == 302
    assert not Offer.objects.exists()


def test_as_shown_it_goes(admin_client, offer):
    page = carried(admin_client.get(address(offer)))

    admin_client.post(address(offer), {**page, "post": "yes"})

    assert not Offer.objects.exists()


def test_the_question_about_one_row_fits_no_other(admin_client):
    one, other = event("Fair"), event("Fair")
    question = reverse("admin:inventory_demandevent_delete", args=[one.pk])
    page = carried(admin_client.get(question))

    refused = admin_client.post(question.replace(str(one.pk), str(other.pk)), {**page, "post": "yes"})

    assert said(refused) == [pages.GOES_OTHERWISE]
    assert DemandEvent.objects.count() == 2


def test_no_list_deletes_whatever_is_ticked(admin_user, rf):
    asked = rf.get("/")
    asked.user = admin_user

    offering = [
        desk.opts.label for desk in admin.site._registry.values() if "delete_selected" in desk.get_actions(asked)
    ]

    assert offering == []


def test_rows_that_are_ticked_and_sent_all_the_same_stay(admin_client):
    one = event("Fair")

    admin_client.post(reverse(LIST), {"action": "delete_selected", "_selected_action": [one.pk], "post": "yes"})

    assert DemandEvent.objects.get() == one
