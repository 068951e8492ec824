"""What customers chose to hear: nobody is called about what they would not be mailed."""

from datetime import timedelta
from itertools import product

import pytest

from orders.mail import digest, notices
from orders.models import Customer, Notice, NoticeKind, NoticeLine, OrderLine

from . import mailbox
from .mailbox import NOW, fact, tell
from .test_digest import KNOWN, LATER, LOST, NEW_DATE, RESTOCKED, SOONER, moved, waits

pytestmark = pytest.mark.django_db
LATE = NoticeKind.LATE


@pytest.mark.parametrize("hears", ["later", "shipped"])
@pytest.mark.parametrize("kind", [LOST, NEW_DATE, RESTOCKED, LATE])
def test_whom_nobody_would_mail_nobody_calls(kind, hears):
    known, given = (None, KNOWN), (None, SOONER, KNOWN, LATER)
    wrong = []
    for was, day, waiting, is_own, first in product(known, given, (0, 3), (False, True), known):
        if not waiting and kind in (LOST, LATE):
            continue
        line = mailbox.line()
        OrderLine.objects.filter(pk=line.pk).update(first_promised_date=first)
        Customer.objects.update(hears=hears)
        told = fact(line, kind, was_date=was, likely_date=day, promised_date=day, ready=7 - waiting, waiting=waiting)
        notice = tell(told, cause=f"terms:{line.order_id}:1" if is_own else f"inbound:{line.pk}")
        row = NoticeLine.objects.select_related("notice__customer").get(notice=notice)
        is_called = not Notice.objects.filter(digest.is_not_wanted(), pk=notice.pk).exists()
        if is_called != digest.is_wanted(row):
            wrong.append((was, day, waiting, is_own, first, is_called))

    assert wrong == []


@pytest.mark.parametrize(("hears", "state"), [("all", "call"), ("later", "not_wanted"), ("shipped", "not_wanted")])
def test_a_call_that_is_still_to_be_made_is_none_once_they_chose_not_to_hear_of_it(hears, state):
    line = waits("Oslo lamp")
    Customer.objects.update(email="")
    call = tell(moved(line, SOONER), at=NOW)
    notices.send_due(at=NOW + timedelta(hours=1))
    assert Notice.objects.get(pk=call.pk).state == "call"

    Customer.objects.update(hears=hears)
    notices.send_due(at=NOW + timedelta(hours=2))

    assert Notice.objects.get(pk=call.pk).state == state
