"""Whom the box of a note suggests after an @: who works here, is called so and may see what it is about."""

import pytest
from django.contrib.auth.models import Group, User
from django.core.cache import cache

from backoffice.people import roles
from backoffice.tests import people
from inventory.desk import throttle
from orders.tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _staff(settings):
    """Tom and Tanja serve customers, Tilo buys, Thea has left, and Titus is no staff."""
    settings.ZEAL_ALLOWLIST = [{"model": "auth.User"}]
    cache.clear()
    roles.keep()
    for name, first, last, group, known in (
        ("tlang", "Tom", "Lang", roles.CUSTOMER_SERVICE, {}),
        ("tanja", "", "", roles.CUSTOMER_SERVICE, {}),
        ("tilo", "Tilo", "Lamb", roles.BUYER, {}),
        ("thea", "Thea", "Lang", roles.BUYER, {"is_active": False}),
        ("titus", "Titus", "Lang", roles.BUYER, {"is_staff": False}),
    ):
        user = User.objects.create_user(name, first_name=first, last_name=last, **{"is_staff": True, **known})
        user.groups.add(Group.objects.get(name=group))
    yield
    cache.clear()


def found(label: str, piece: str) -> list[tuple[str, str]]:
    answer = people.browser(roles.AUDITOR).get(f"/admin/names/{label}/", {"q": piece})
    assert answer.status_code == 200
    return [(each["name"], each["called"]) for each in answer.json()["people"]]


@pytest.mark.parametrize(
    ("piece", "names"),
    [
        ("t", ["tanja", "tilo", "tlang"]),
        ("TOM", ["tlang"]),
        ("la", ["tilo", "tlang"]),
        ("an", []),
        ("", ["auditor", "tanja", "tilo", "tlang"]),
    ],
)
def test_names_are_found_by_how_a_user_name_a_first_or_a_last_name_begins(piece, names):
    assert [name for name, _ in found("orders.order", piece)] == names


@pytest.mark.parametrize("piece", ["ås", "ÅS", "asa", "ös", "a\u030as"])
def test_names_of_other_alphabets_are_found_in_any_case_and_without_their_marks(piece):
    User.objects.create_superuser("Åsa.Öst", last_name="Östberg")

    assert [name for name, _ in found("orders.order", piece)] == ["Åsa.Öst"]


def test_each_is_given_with_how_they_are_called():
    assert found("orders.order", "t") == [("tanja", "tanja"), ("tilo", "Tilo Lamb"), ("tlang", "Tom Lang")]


def test_who_may_not_see_such_rows_is_not_suggested():
    assert [name for name, _ in found("suppliers.supplier", "t")] == ["tilo"]


def test_eight_are_suggested_and_not_one_more():
    for number in range(9):
        User.objects.create_superuser(f"zoe{number}")

    assert len(found("orders.order", "zoe")) == 8


def test_who_may_not_see_such_rows_is_told_nobody():
    client = people.browser(roles.CUSTOMER_SERVICE)

    assert client.get("/admin/names/suppliers.supplier/?q=t").status_code == 403
    assert client.get("/admin/names/orders.hold/?q=t").status_code == 404


def test_asking_faster_than_a_person_is_refused(monkeypatch):
    monkeypatch.setattr(throttle, "MOST", 1)
    client = people.browser(roles.CUSTOMER_SERVICE)

    asked = [client.get("/admin/names/orders.order/?q=t").status_code for _ in range(2)]

    assert asked == [200, 429]


def test_the_box_of_a_note_knows_where_to_ask_and_no_page_asks_for_names(django_assert_num_queries):
    line = make.line(make.product("LAMP-1"), 1)
    client = people.browser(roles.CUSTOMER_SERVICE)

    page = client.get(f"/admin/orders/order/{line.order_id}/change/").content.decode()

    assert 'data-names="/admin/names/orders.order/"' in page
    assert 'src="/static/backoffice/mentions.js"' in page
