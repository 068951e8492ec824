"""Nights in which no mail leaves: what a customer has not read is none of the days they were given."""

from datetime import timedelta

import pytest

from orders.mail import notices
from orders.models import Promise
from orders.promising import sweep
from orders.tests import make
from suppliers import redating

pytestmark = pytest.mark.django_db


def test_while_mail_stands_still_no_night_uses_up_the_days_a_customer_may_be_given():
    lorry = make.coming(make.product(), 2, on=make.TODAY + timedelta(days=4))
    line = make.line(lorry.product, 2)
    notices.send_due(at=make.MONDAY)

    seen = set()
    for days in range(1, 60):
        at = make.MONDAY + timedelta(days=days)
        redating.redate(at=at)
        sweep.sweep(at=at)
        line.refresh_from_db()
        seen.add(line.redated)

    assert max(seen) == 1
    assert Promise.objects.count() > 3
    assert Promise.objects.filter(told_at__isnull=False).count() == 1
