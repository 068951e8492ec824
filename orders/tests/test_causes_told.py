"""What customers read of why they wait: what a person confirmed, where the channel wants it, and nothing else."""

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache

from inventory.ground import keys
from orders.mail import letters
from orders.models import BackorderCause, Channel, Notice
from orders.promising import by_hand
from orders.queue import causes
from orders.rules.causes import Cause
from orders.tests import make
from orders.tests.pages import look, text
from orders.wording.causes import WORDS

pytestmark = pytest.mark.django_db
NOW = make.MONDAY + timedelta(hours=2)
SPIKE = "More were ordered than we had expected."


@pytest.fixture(autouse=True)
def _monday():
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield


def tells(is_told=True):
    Channel.objects.update_or_create(key=keys.key("Shop"), defaults={"name": "Shop", "tells_cause": is_told})


def line(**fields):
    lamp = make.product()
    make.coming(lamp, 40, on=make.TODAY + timedelta(days=7))
    return make.line(lamp, 2, **fields)


def say(row, cause="spike"):
    causes.say([row.pk], cause, reason="x", by=None, at=NOW)


def mail(row):
    """What the newest mail says: by hand it is promised a later day, which no delivery brought about."""
    Notice.objects.update(state="sent", sent_at=make.MONDAY)
    by_hand.set_date([row.pk], make.TODAY + timedelta(days=30), reason="by phone", by=None, at=NOW)
    return letters.preview(Notice.objects.order_by("-pk").first(), at=NOW).text


def test_every_cause_has_words_for_customers():
    assert set(WORDS) == set(Cause)


def test_the_page_and_the_mail_of_a_later_date_say_what_was_confirmed():
    tells()
    row = line()
    say(row)

    assert SPIKE in text(look(row.order))
    assert SPIKE in mail(row)


@pytest.mark.parametrize("channel", [None, False])
def test_where_the_channel_does_not_want_it_nobody_reads_it(channel):
    if channel is not None:
        tells(is_told=channel)
    row = line()
    say(row)

    assert SPIKE not in text(look(row.order))
    assert SPIKE not in mail(row)


def test_what_the_record_suggests_is_no_word_for_customers():
    tells()
    row = line()
    BackorderCause.objects.create(line=row, began_on=make.TODAY, units=2, suggested="spike", suggested_on=make.TODAY)

    assert SPIKE not in text(look(row.order))
    assert SPIKE not in mail(row)


def test_the_line_of_another_channel_says_nothing():
    tells()
    row = line(channel="market")
    say(row)

    assert SPIKE not in text(look(row.order))
    assert SPIKE not in mail(row)


def test_what_is_known_of_the_delivery_goes_before_it():
    tells()
    lamp = make.product()
    lorry = make.coming(lamp, 40, on=make.TODAY + timedelta(days=7))
    row = make.line(lamp, 2)
    say(row)
    Notice.objects.update(state="sent", sent_at=make.MONDAY)
    make.moved(lorry, make.TODAY + timedelta(days=30), at=NOW)

    words = letters.preview(Notice.objects.order_by("-pk").first(), at=NOW).text

    assert "A delivery to us does not come as it was announced." in words
    assert SPIKE not in words
