"""Somebody who leaves can no longer sign in; what they did stays under their name, at every door."""

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import PROTECT, ProtectedError
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse

from backoffice.models import JobRun
from backoffice.people import staff
from backoffice.tests import people
from inventory.models import Movement
from inventory.tests.hands import Hands
from orders.tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(settings) -> Hands:
    # the page of a user reads two users: the one who looks, and the one looked at
    settings.ZEAL_ALLOWLIST = [{"model": "auth.User"}]
    client = Hands()
    client.force_login(User.objects.create_superuser("boss"))
    return client


@pytest.fixture
def anna() -> User:
    """Anna counted two lamps and started a night."""
    anna = User.objects.create_user("anna", password="a long secret", is_staff=True)
    make.on_hand(make.product("LAMP-1"), 2)
    Movement.objects.update(by=anna)
    JobRun.objects.create(job="nightly", business_date=people.TODAY, started_at=people.MONDAY, by=anna)
    return anna


@pytest.fixture
def ben() -> User:
    """Ben never did anything."""
    return User.objects.create_user("ben")


def said(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def test_every_column_that_names_a_person_protects_them():
    every = {f"{field.model._meta.label_lower}.{field.name}" for field in staff.named_in()}
    protecting = {
        f"{field.model._meta.label_lower}.{field.name}"
        for field in staff.named_in()
        if isinstance(field.remote_field.on_delete, staff.Protects) or field.remote_field.on_delete is PROTECT
    }

    assert protecting == every
    assert every >= {
        "admin.logentry.user", "backoffice.jobrun.by", "backoffice.upload.by", "inventory.movement.by",
        "inventory.transfer.by", "orders.hold.by",
        "orders.lineevent.by", "orders.promise.by", "orders.shipment.by", "orders.simulationrun.by",
        "orders.simulationrun.applied_by", "suppliers.purchaseorder.approved_by", "suppliers.slip.by",
    }  # fmt: skip


def test_whoever_did_something_stays_named_and_can_no_longer_sign_in(boss, anna):
    page = boss.get(reverse("admin:auth_user_delete", args=[anna.pk])).content.decode()
    told = boss.post(reverse("admin:auth_user_delete", args=[anna.pk]), {"post": "yes"}, follow=True)

    assert "anna did 2 things here. They could no longer sign in; what they did would stay under their name." in page
    assert said(told) == ["anna can no longer sign in; what they did stays under their name."]
    assert Movement.objects.get().by == anna
    assert JobRun.objects.get().by == anna
    assert not authenticate(HttpRequest(), username="anna", password="a long secret")


def test_a_browser_in_which_they_are_signed_in_is_signed_out_at_once(boss, anna):
    theirs = Client()
    theirs.force_login(anna)

    boss.post(reverse("admin:auth_user_delete", args=[anna.pk]), {"post": "yes"})

    assert theirs.get(reverse("admin:index")).status_code == 302


def test_whoever_never_did_anything_is_deleted(boss, ben):
    page = boss.get(reverse("admin:auth_user_delete", args=[ben.pk])).content.decode()
    told = boss.post(reverse("admin:auth_user_delete", args=[ben.pk]), {"post": "yes"}, follow=True)

    assert "ben never did anything here, and would be deleted." in page
    assert said(told) == ["ben never did anything here, and was deleted."]
    assert not User.objects.filter(username="ben").exists()


def test_nobody_takes_themselves_off_the_list(boss):
    me = User.objects.get(username="boss")

    assert boss.post(reverse("admin:auth_user_delete", args=[me.pk]), {"post": "yes"}).status_code == 403

    me.refresh_from_db()
    assert me.is_active


def test_the_history_of_the_admin_names_them_too(boss, ben):
    lamp = make.product("LAMP-1")
    LogEntry.objects.log_actions(ben.pk, [lamp], CHANGE, "Changed the price.")

    boss.post(reverse("admin:auth_user_delete", args=[ben.pk]), {"post": "yes"})

    page = boss.get(reverse("admin:inventory_product_history", args=[lamp.pk])).content.decode()
    assert "ben" in page
    assert "Changed the price." in page
    assert User.objects.get(username="ben").is_active is False


def test_no_line_of_code_deletes_somebody_who_did_something(anna, ben):
    LogEntry.objects.log_actions(ben.pk, [anna], CHANGE, "Gave her a group.")

    for gone in (anna.delete, ben.delete, User.objects.all().delete):
        with pytest.raises(ProtectedError), transaction.atomic():
            gone()

    assert User.objects.count() == 2
    assert LogEntry.objects.get().user == ben


def test_who_did_something_in_the_moment_of_leaving_stays(ben, monkeypatch):
    lamp = make.product("LAMP-1")
    counted = staff.deeds(ben)
    LogEntry.objects.log_actions(ben.pk, [lamp], CHANGE, "Changed the price.")
    seen = iter([counted])
    monkeypatch.setattr(staff, "deeds", lambda person: next(seen))

    told = staff.remove(ben)

    assert told == "ben can no longer sign in; what they did stays under their name."
    assert User.objects.get(pk=ben.pk).is_active is False
