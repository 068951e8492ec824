"""A question that was only composed, while mail was in shadow: nobody heard it, and once mail is live it is asked."""

from datetime import timedelta

import pytest

from inventory.models import Inbound
from suppliers.asking import answers, questions
from suppliers.models import AskedDate, OrderLetter
from suppliers.tests import make
from suppliers.tests.test_asked_dates import FRIDAY, NOTHING, ONE, asked_on, at, confirmed

pytestmark = pytest.mark.django_db
ASKED = FRIDAY - timedelta(days=3)
LATE = FRIDAY + timedelta(days=1)


def in_shadow(settings, day):
    """Ask on this day, in shadow, and let the letters be composed."""
    settings.MAIL = "shadow"
    found = asked_on(day)
    OrderLetter.objects.filter(state="queued").update(state="shadowed")
    assert asked_on(day) == NOTHING
    settings.MAIL = "live"
    return found


@pytest.mark.parametrize(("day", "moment"), [(ASKED, "before"), (LATE, "passed")])
def test_it_is_asked_once_mail_is_live(day, moment, settings):
    confirmed(FRIDAY)
    assert in_shadow(settings, day) == ONE

    assert (asked_on(day + timedelta(days=1)), asked_on(day + timedelta(days=1))) == (ONE, NOTHING)

    assert AskedDate.objects.get().moment == moment
    assert AskedDate.objects.get().asked_on == Inbound.objects.get().asked_on == day + timedelta(days=1)
    assert list(OrderLetter.objects.order_by("pk").values_list("state", flat=True)) == ["shadowed", "queued"]


def test_what_matters_no_more_is_not_asked_and_no_customer_reads_that_it_was(settings):
    confirmed(FRIDAY)
    in_shadow(settings, LATE)

    assert asked_on(FRIDAY + timedelta(days=31)) == NOTHING

    assert (AskedDate.objects.count(), Inbound.objects.get().asked_on) == (1, None)


def test_what_was_answered_all_the_same_is_not_asked_again(settings):
    order = confirmed(FRIDAY)
    in_shadow(settings, ASKED)
    answers.they_left([order.pk], by=None, at=at(ASKED))

    assert asked_on(FRIDAY) == NOTHING
    assert Inbound.objects.get().asked_on == ASKED


def test_what_nobody_confirmed_is_asked_about_too(settings):
    make.sent((make.offer(make.product(), make.supplier("Nordlys", email="nordlys@supplier.example")), 3))
    found = set(Inbound.objects.values_list("pk", flat=True))
    settings.MAIL = "shadow"
    assert questions.ask_when(found, at=at(make.TODAY)) == ONE
    OrderLetter.objects.update(state="shadowed")
    settings.MAIL = "live"

    assert questions.ask_when(found, at=at(FRIDAY)) == ONE
    assert questions.ask_when(found, at=at(FRIDAY)) == NOTHING
    assert AskedDate.objects.get().asked_on == FRIDAY


def test_a_person_may_ask_what_was_only_composed(settings):
    order = confirmed(FRIDAY)
    in_shadow(settings, ASKED)

    assert len(questions.ask_now([order.pk], by=None, at=at(ASKED))) == 1
    assert AskedDate.objects.get().letter.state == "queued"
