"""What somebody may is read once for a request, and is what Django's own backend would say."""

from typing import Any

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, SESSION_KEY, authenticate
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Group, Permission, User
from django.test import Client

from backoffice.people import roles
from backoffice.people.rights import RightsInOneRead

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _roles():
    roles.keep()


def of_roles(*names: str, called: str = "sam", **made: Any) -> User:
    user = User.objects.create_user(called, password="quiet river stones", is_staff=True, **made)
    user.groups.set(Group.objects.filter(name__in=names))
    return user


def again(user: User) -> User:
    """Give the person without what was read of them."""
    return User.objects.get(pk=user.pk)


@pytest.mark.parametrize("names", [(), (roles.BUYER,), (roles.OPERATIONS, roles.CUSTOMER_SERVICE), (roles.AUDITOR,)])
@pytest.mark.parametrize("own", ["", "delete_session"])
def test_they_are_those_that_django_reads_in_two_statements(names, own, django_assert_num_queries):
    user = of_roles(*names)
    user.user_permissions.set(Permission.objects.filter(codename=own))
    as_ever, user = again(user), again(user)
    with django_assert_num_queries(2):
        meant = ModelBackend().get_all_permissions(as_ever)

    with django_assert_num_queries(1):
        assert user.get_all_permissions() == meant
        assert user.has_perm("sessions.delete_session") is bool(own)
        assert user.has_module_perms("sessions") is bool(own)
        assert not user.has_perm("orders.no_such_thing")
    assert user.has_perm("orders.view_order") is bool(names)


def test_an_administrator_may_all_there_is(django_assert_num_queries):
    boss = again(of_roles(is_superuser=True))

    with django_assert_num_queries(1):
        held = boss.get_all_permissions()
    assert len(held) == Permission.objects.count()


def test_who_left_may_nothing_and_no_right_is_to_a_single_row(django_assert_num_queries):
    gone, here = of_roles(roles.BUYER, is_active=False), again(of_roles(roles.BUYER, called="kim"))

    with django_assert_num_queries(0):
        assert gone.get_all_permissions() == set()
        assert not gone.has_perm("orders.view_order")
        assert RightsInOneRead().get_all_permissions(here, here) == set()


def test_who_is_signed_in_when_a_shop_upgrades_stays_so():
    """Their session names the backend that let them in."""
    user, client = of_roles(roles.BUYER), Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")

    assert client.get("/admin/").status_code == 200
    assert client.session[SESSION_KEY] == str(user.pk)


def test_a_password_is_looked_at_once_and_lets_in_as_before(monkeypatch, rf):
    user, looked = of_roles(), []
    check = User.check_password
    monkeypatch.setattr(User, "check_password", lambda self, raw: looked.append(raw) or check(self, raw))

    assert authenticate(rf.post("/"), username="sam", password="wrong") is None
    assert authenticate(rf.post("/"), username="sam", password="quiet river stones") == user
    assert looked == ["wrong", "quiet river stones"]
    client = Client()
    client.post("/admin/login/", {"username": "sam", "password": "quiet river stones"})
    assert client.session[BACKEND_SESSION_KEY] == "django.contrib.auth.backends.ModelBackend"
