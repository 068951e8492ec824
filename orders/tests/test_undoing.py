from datetime import timedelta

import pytest
import time_machine

from inventory.tests import make as make_stock
from orders import fulfillment
from orders.mail import letters, notices
from orders.models import Consent, Customer, Notice, NoticeState, OrderLine, Promise
from orders.models.customer import Hears
from orders.promising import by_hand
from orders.queue import ordering, undoing

from . import make, pages

pytestmark = pytest.mark.django_db
TUESDAY = make.MONDAY + timedelta(days=1)
LATER = TUESDAY + timedelta(minutes=1)


@pytest.fixture
def queue():
    """Three customers wait for two lamps each and were told so; four are on their way, and a lot later two more."""
    lamp = make.product("LAMP")
    make.coming(lamp, 4, on=make.TODAY + timedelta(days=4))
    make.coming(lamp, 2, on=make.TODAY + timedelta(days=20))
    lines = [make.line(lamp, 2, at=make.MONDAY - timedelta(days=9 - number)) for number in range(3)]
    Notice.objects.update(state=NoticeState.SENT, sent_at=make.MONDAY)
    return lines


def memory(lines, act):
    """Do it, and remember how the lines stood before and after."""
    ids = [line.pk for line in lines]
    before = undoing.standing(ids)
    act(ids)
    kept = undoing.Memory("it", TUESDAY, before, undoing.standing(ids))
    assert kept.before != kept.after
    return undoing.Memory.from_json(kept.as_json())


def undo(kept):
    return undoing.undo(kept, reason="a mistake", by=None, at=LATER)


def stand(lines):
    return list(
        OrderLine.objects.filter(pk__in=[line.pk for line in lines])
        .order_by("pk")
        .values_list("pin_rank", "queue_at", "priority", "priority_reason", "safe_date", "promised_date", "pegged")
    )


ACTS = {
    "a priority": lambda ids: ordering.set_priority(ids, 3, reason="hospital", by=None, at=TUESDAY),
    "a pin": lambda ids: ordering.pin_lines(ids, 1, reason="board", by=None, at=TUESDAY),
    "a move": lambda ids: ordering.move_up(ids[0], 1, reason="hotel opens", by=None, at=TUESDAY),
    "a typed date": lambda ids: by_hand.set_date(
        ids, make.TODAY + timedelta(days=50), reason="by phone", by=None, at=TUESDAY
    ),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_what_was_done_is_taken_back_and_nobody_hears_of_it(queue, act):
    before = stand(queue)
    kept = memory(queue[2:], act)
    assert stand(queue) != before
    assert Notice.objects.filter(state=NoticeState.QUEUED).exists()

    assert undo(kept) == 1

    assert stand(queue) == before
    assert not Notice.objects.filter(state=NoticeState.QUEUED).exists()
    assert "a mistake" in " ".join(queue[2].events.values_list("text", flat=True))


def test_a_date_that_was_let_go_is_typed_again(queue):
    typed = make.TODAY + timedelta(days=50)
    by_hand.set_date([queue[0].pk], typed, reason="by phone", by=None, at=make.MONDAY)
    kept = memory(queue[:1], lambda ids: by_hand.release(ids, by=None, at=TUESDAY))

    assert undo(kept) == 1

    line = OrderLine.objects.get(pk=queue[0].pk)
    assert (line.promised_date, line.is_promise_pinned) == (typed, True)
    assert Promise.objects.filter(line=line).latest("pk").reason == "a mistake"


def test_once_a_mail_has_gone_out_it_stands(queue):
    kept = memory(queue[2:], ACTS["a pin"])
    Notice.objects.filter(state=NoticeState.QUEUED).update(state=NoticeState.CLAIMED)
    before = stand(queue)

    with pytest.raises(undoing.TooLate, match="A mail about this has gone out"):
        undo(kept)

    assert stand(queue) == before


def test_what_another_mail_of_its_customer_took_along_stands_too(queue, settings):
    settings.MAIL_QUIET_MINUTES = 60
    other = make.product("MUG")
    make.on_hand(other, 1)
    mug = make.line(other, 1, at=make.MONDAY, who=queue[2].order.customer)
    Notice.objects.update(state=NoticeState.SENT, sent_at=make.MONDAY, intent_at=make.MONDAY)
    make_stock.lost(other, 1, at=TUESDAY - timedelta(minutes=50))
    kept = memory(queue[2:], ACTS["a typed date"])

    notices.send_due(at=TUESDAY + timedelta(minutes=61))

    [sent] = Notice.objects.filter(state=NoticeState.SENT, intent_at__gt=TUESDAY, customer=queue[2].order.customer)
    assert set(sent.lines.values_list("line", flat=True)) == {mug.pk, queue[2].pk}
    with pytest.raises(undoing.TooLate, match="A mail about this has gone out"):
        undo(kept)


def test_what_a_customer_agreed_to_on_their_page_before_its_mail_has_gone_stands(queue):
    with time_machine.travel(TUESDAY, tick=False):
        kept = memory(queue[2:], ACTS["a typed date"])
        pages.decide(queue[2].order, "agree")
    assert Consent.objects.get().line == queue[2]

    with pytest.raises(undoing.TooLate, match="A customer has agreed to this on the page of their order"):
        undo(kept)

    assert OrderLine.objects.get(pk=queue[2].pk).is_promise_pinned


def test_what_its_customer_chose_not_to_hear_was_told_nobody(queue):
    Customer.objects.update(hears=Hears.SHIPPED)
    before = stand(queue)
    kept = memory(queue[2:], ACTS["a typed date"])
    notices.send_due(at=TUESDAY + timedelta(hours=9))
    assert Notice.objects.get(created_at=TUESDAY).state == NoticeState.NOT_WANTED

    assert undo(kept) == 1

    assert stand(queue) == before


def test_a_line_that_was_changed_again_is_left_alone(queue):
    kept = memory(queue[1:], ACTS["a priority"])
    ordering.set_priority([queue[1].pk], 5, reason="more", by=None, at=TUESDAY)
    before = stand(queue)

    with pytest.raises(undoing.TooLate, match="changed again since"):
        undo(kept)
    with pytest.raises(undoing.TooLate, match="changed again since"):
        undo(undoing.Memory("it", TUESDAY, kept.before, {**kept.after, 0: kept.after[queue[1].pk]}))

    assert stand(queue) == before


def test_it_is_taken_back_once(queue):
    kept = memory(queue[2:], ACTS["a move"])
    undo(kept)

    with pytest.raises(undoing.TooLate, match="changed again since"):
        undo(kept)


def test_a_line_that_was_canceled_meanwhile_stays_canceled(queue):
    kept = memory(queue[1:], ACTS["a pin"])
    fulfillment.cancel([fulfillment.LineUnits(queue[1].pk)], reason="no", by=None, at=LATER)

    undo(kept)

    assert OrderLine.objects.get(pk=queue[1].pk).open == 0
    assert not OrderLine.objects.get(pk=queue[2].pk).is_pinned


def test_an_unsent_mail_says_what_is_true_after_it(queue):
    line = make.line(queue[0].product, 1, at=make.MONDAY)
    kept = memory([line], ACTS["a pin"])

    undo(kept)

    line.refresh_from_db()
    [notice] = Notice.objects.filter(customer=line.order.customer, state=NoticeState.QUEUED)
    assert notices.preview(notice, at=make.MONDAY) == letters.preview(notice, at=make.MONDAY)
    assert [fact.promised_date for fact in notice.lines.filter(is_superseded=False)] == [line.promised_date]
