"""One-time keys: who was first, what it was answered, and when it is forgotten."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db.models import ProtectedError

from inventory import spent
from inventory.models import SpentKey
from inventory.tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def ines() -> User:
    return User.objects.create_user("ines")


def claim(by: User, key: str = "a", sent: str = "x", at=make.MONDAY) -> SpentKey | None:
    return spent.claim(key, by_id=by.pk, act="receive", rows="/receive/1/", sent=sent, at=at)


def test_a_key_is_spent_by_one_statement_and_the_second_is_told_who_was_first(ines, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert claim(ines) is None
    spent.answer("a", {"url": "/done/", "told": []})

    first = claim(ines, sent="y", at=make.MONDAY + timedelta(minutes=1))

    assert first is not None
    assert (first.by, first.act, first.sent, first.at) == (ines, "receive", "x", make.MONDAY)
    assert first.answer == {"url": "/done/", "told": []}
    assert SpentKey.objects.count() == 1


def test_a_key_that_is_given_back_may_be_spent(ines):
    claim(ines)

    spent.give_back("a")

    assert claim(ines) is None


def test_an_answer_is_kept_for_thirty_days_and_then_forgotten(ines):
    claim(ines, "old", at=make.MONDAY - timedelta(days=30, seconds=1))
    claim(ines, "kept", at=make.MONDAY - timedelta(days=30))

    assert spent.sweep(at=make.MONDAY) == 1
    assert list(SpentKey.objects.values_list("key", flat=True)) == ["kept"]


def test_a_person_who_acted_is_not_deleted_while_the_key_is_remembered(ines):
    claim(ines)

    with pytest.raises(ProtectedError, match="SpentKey"):
        ines.delete()

    assert SpentKey.objects.get().by == ines


def test_another_fact_makes_another_fingerprint():
    assert spent.fingerprint("lamp", 5) == spent.fingerprint("lamp", 5)
    assert len({spent.fingerprint(*facts) for facts in (("lamp", 5), ("lamp", 6), ("mug", 5), ("lamp", (5,)))}) == 4
