"""Lists as somebody likes them: named once, one's own before those of one's roles, one that opens."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User

from inventory.models import SavedView
from inventory.notebook import owners, saved_views, wording
from inventory.tests import make

pytestmark = pytest.mark.django_db
NOW = make.MONDAY
LATER = NOW + timedelta(hours=1)
QUEUE = "orders_backorder"


@pytest.fixture
def mia():
    return User.objects.create_user("mia")


@pytest.fixture
def packers(mia):
    group = Group.objects.create(name="Packers")
    mia.groups.add(group)
    return group


def kept(name, owner, query="tab=ship", at=NOW, **how):
    return saved_views.save(name, QUEUE, query, owner=owner, by=None, at=at, **how)


def test_a_view_keeps_what_the_address_asks_for(mia):
    view = kept(" To  ship ", owners.person(mia), "?tab=ship&warehouse=1")

    view.refresh_from_db()
    assert (view.name, view.list_name, view.query, view.person) == ("To ship", QUEUE, "tab=ship&warehouse=1", mia)
    assert (view.saved_at, view.is_default) == (NOW, False)


def test_the_same_name_in_any_case_is_the_same_view_and_another_owner_has_another(mia, packers):
    first = kept("To ship", owners.person(mia))

    second = kept("TO SHIP", owners.person(mia), "tab=due", at=LATER)
    shared = kept("To ship", owners.role(packers), "tab=past")

    assert second.pk == first.pk
    assert list(SavedView.objects.order_by("pk").values_list("name", "query", "saved_at")) == [
        ("TO SHIP", "tab=due", LATER),
        ("To ship", "tab=past", NOW),
    ]
    assert shared.role == packers


def test_a_person_has_their_own_views_by_name_and_then_those_of_their_roles(mia, packers):
    tom = User.objects.create_user("tom")
    kept("Atlantis", owners.role(packers))
    kept("west", owners.person(mia))
    kept("East", owners.person(mia))
    kept("Of Tom", owners.person(tom))
    saved_views.save("Elsewhere", "orders_order", "", owner=owners.person(mia), by=None, at=NOW)

    assert [view.name for view in saved_views.of(mia, QUEUE)] == ["East", "west", "Atlantis"]
    assert [view.name for view in saved_views.of(tom, QUEUE)] == ["Of Tom"]


def test_a_list_opens_with_one_view_and_ones_own_choice_comes_before_that_of_a_role(mia, packers):
    kept("Ours", owners.role(packers), is_default=True)
    assert saved_views.opened(saved_views.of(mia, QUEUE)).name == "Ours"

    first = kept("First", owners.person(mia), is_default=True)
    second = kept("Second", owners.person(mia), is_default=True)
    kept("Second", owners.person(mia), "tab=past", at=LATER)

    assert saved_views.opened(saved_views.of(mia, QUEUE)) == second
    assert sorted(SavedView.objects.filter(is_default=True).values_list("name", flat=True)) == ["Ours", "Second"]

    saved_views.open_with(first.pk)
    saved_views.open_with(first.pk)
    assert saved_views.opened(saved_views.of(mia, QUEUE)) == first

    assert [saved_views.open_plainly(first.pk) for _ in range(2)] == [1, 0]
    assert saved_views.opened(saved_views.of(mia, QUEUE)).name == "Ours"


def test_a_view_that_is_thrown_away_is_gone_once(mia):
    view = kept("To ship", owners.person(mia))

    assert [saved_views.remove([view.pk]) for _ in range(2)] == [1, 0]
    with pytest.raises(saved_views.NoSuchView):
        saved_views.open_with(view.pk)
    assert saved_views.opened([]) is None


@pytest.mark.parametrize(
    ("name", "query", "words"),
    [
        (" ", "tab=ship", "A view needs words."),
        ("x" * 81, "tab=ship", "A view has at most 80 signs; this one has 81."),
        ("Far", "q=" + "x" * 1_999, "What a view asks for has at most 2,000 signs; this one has 2,001."),
    ],
)
def test_a_view_without_a_name_or_with_more_than_is_kept_is_refused(mia, name, query, words):
    with pytest.raises(wording.NoWords) as refusal:
        kept(name, owners.person(mia), query)

    assert str(refusal.value) == words
    assert not SavedView.objects.exists()
