"""A day that a customer agreed to on the page of their order is told, stood by, and not told again."""

import pytest
import time_machine
from django.core.cache import cache

from orders.models import Consent, Notice, NoticeKind
from orders.tests import books, make
from orders.tests.pages import decide, look, text

from .test_told import MINUTE, Story

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _ample() -> None:
    cache.clear()


def agree(story: Story, order):
    with time_machine.travel(next(story.clock), tick=False):
        assert "Thank you. You will wait for" in text(decide(order, "agree"))
    story.line.refresh_from_db()


def is_confirmed(story: Story) -> bool:
    """Whether the one mail that leaves then confirms that they agreed."""
    return [subject for subject, _ in story.mails()] == ["Noted"]


def moved(days: int) -> Story:
    """Seven lamps were promised in mails; now they come so many days from today, and no mail has said so."""
    story = Story()
    story.redate(days)
    story.line.refresh_from_db()
    return story


def test_who_agreed_before_the_mail_of_it_left_is_not_written_to_about_the_same_day():
    story = moved(40)
    promise = story.line.promises.order_by("-pk")[0]
    assert promise.told_at is None

    agree(story, story.order)
    promise.refresh_from_db()
    books.assert_balanced(at=promise.told_at)

    assert promise.told_at == Consent.objects.get().at
    assert (story.line.told_date, story.line.has_told_date) == (promise.promised_date, True)
    assert is_confirmed(story)
    story.next_morning()
    assert story.mails() == []
    assert Notice.objects.get(kind=NoticeKind.NEW_DATE).state == "superseded"


def test_who_did_not_agree_is_written_to():
    story = moved(40)

    story.next_morning()

    assert [subject for subject, _ in story.mails()] == ["New shipping date"]


def test_the_day_agreed_to_is_stood_by_and_a_later_one_is_told_beside_it():
    story = moved(40)
    agree(story, story.order)
    agreed = story.line.promised_date
    assert is_confirmed(story)

    story.redate(41)
    story.line.refresh_from_db()
    assert story.line.promised_date == agreed
    story.redate(60)
    story.line.refresh_from_db()
    assert story.line.promised_date > agreed
    story.next_morning()

    [(subject, [words])] = story.mails()
    assert subject == "New shipping date"
    assert f"{agreed:%B} {agreed.day}" in words
    with time_machine.travel(next(story.clock), tick=False):
        assert "Yes, I will wait" in text(look(story.order))


def test_a_day_that_comes_back_after_they_agreed_to_a_later_one_is_told():
    story = moved(40)
    agree(story, story.order)
    assert is_confirmed(story)

    story.redate(10)
    story.next_morning()

    assert [subject for subject, _ in story.mails()] == ["Earlier than promised"]


def test_it_says_nothing_of_another_line():
    story = moved(40)
    other = make.order((story.lamp, 3), who=make.customer("Max"), reference="R-2", at=story.order.placed_at + MINUTE)

    agree(story, story.order)

    assert other.lines.get().has_told_date is False
