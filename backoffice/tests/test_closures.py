"""Who waits for a supplier that closes: moved in blocks, told why, shown first and done exactly so."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from backoffice.tests import acts, people
from inventory.models import Inbound
from inventory.supply import redated
from orders import books
from orders.mail import causes, notices
from orders.models import Basis, NoticeLine, OrderLine
from orders.tests import make as selling
from suppliers import closing
from suppliers.models import Closure
from suppliers.tests import make

pytestmark = pytest.mark.django_db
NOW = people.MONDAY + timedelta(hours=1)
FAIR = {"starts_on": "2026-03-05", "ends_on": "2026-03-18", "reason": "Fair"}


def out(thing, units=5):
    return make.sent((make.offer(thing), units))


def close(first, last, *, at=make.MONDAY):
    first, last = (make.TODAY + timedelta(days=days) for days in (first, last))
    return closing.close(make.supplier().pk, first, last, reason="Fair", by=None, at=at)


def waiting(count=1, at=make.MONDAY):
    """Lines of one product, which wait for an order that is out."""
    lamp = make.product("LAMP", name="Oslo lamp")
    out(lamp, units=count)
    lines = [selling.line(lamp, 1, at=at) for _ in range(count)]
    notices.send_due(at=at)
    return [OrderLine.objects.get(pk=line.pk) for line in lines]


def test_who_waits_for_it_is_promised_another_day_and_reads_why(mailoutbox):
    [line] = waiting()
    mailoutbox.clear()

    close(3, 16)

    now = OrderLine.objects.get(pk=line.pk)
    assert now.basis == Basis.LEARNED
    assert (now.promised_date - line.promised_date).days >= 12
    assert NoticeLine.objects.latest("pk").event.startswith("closed:")
    notices.send_due(at=make.MONDAY + timedelta(days=1))
    assert causes.SENDER_CLOSED in mailoutbox[0].body


def test_two_hundred_open_orders_move_in_blocks_with_one_signal_each(monkeypatch):
    monkeypatch.setattr(closing, "BLOCK", 30)
    things = [make.product() for _ in range(200)]
    rows = []
    for number in range(0, 200, 10):
        order = make.sent(*((make.offer(thing), 2) for thing in things[number : number + 10]))
        rows += list(Inbound.objects.filter(purchase_line__purchase_order=order))
    selling.order(*((thing, 1) for thing in things[:50]))
    before = {row.pk: row.safe_date for row in rows}
    heard = []

    def listen(product_ids, cause, **_):
        heard.append((cause.partition("+")[2], len(product_ids)))

    redated.supply_changed.connect(listen)
    try:
        close(3, 16)
    finally:
        redated.supply_changed.disconnect(listen)

    assert heard == [(str(number), 30) for number in range(6)] + [("6", 20)]
    assert all(row.safe_date - before[row.pk] == timedelta(days=14) for row in Inbound.objects.all())


def test_what_waits_for_an_order_still_to_be_written_moves_when_it_cannot_be_kept():
    lamp = make.product("LAMP")
    make.warehouse()
    make.offer(lamp)
    make.learned()
    line = selling.line(lamp, 1)
    assert line.basis == Basis.LEAD_TIME

    close(3, 16)

    assert (OrderLine.objects.get().promised_date - line.promised_date).days >= 12
    assert books.broken(at=NOW) == []


def url(name):
    return f"{reverse(f'admin:suppliers_supplier_{name}')}?ids={make.supplier().pk}"


def test_a_closure_shows_who_moves_and_what_they_read_and_then_does_exactly_that(admin_client):
    with time_machine.travel(NOW, tick=False):
        waiting(3)
        before = acts.books()

        seen = admin_client.post(url("close_for"), {**FAIR, "preview": "1"})

        outcome = seen.context["outcome"]
        assert seen.context["in_words"] == "Nordlys is closed from 5 Mar 2026 to 18 Mar 2026 (Fair)."
        assert (len(outcome.moved), outcome.sums["promises"]) == (3, 3)
        assert all(causes.SENDER_CLOSED in letter.text for _, letter in outcome.effects.letters)
        assert acts.books() == before

        admin_client.agree(url("close_for"), FAIR)

        assert {line.promised_date for line in OrderLine.objects.all()} == {outcome.moved[0].now.promised_date}
        page = admin_client.get(reverse("admin:suppliers_supplier_change", args=[make.supplier().pk])).content.decode()
        assert "18 Mar 2026" in page
        assert "Open after all…" in page

        admin_client.agree(url("open_after_all"), {"closures": [str(Closure.objects.get().pk)]})

        assert not Closure.objects.exists()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({**FAIR, "ends_on": "2026-03-04"}, "The closure ends before it starts."),
        ({**FAIR, "ends_on": "2026-03-01", "starts_on": "2026-02-01"}, "1 March 2026 has passed."),
        ({**FAIR, "ends_on": "2029-03-01"}, "is too far ahead"),
    ],
)
def test_a_closure_that_cannot_be_is_refused_in_words(admin_client, typed, words):
    with time_machine.travel(NOW, tick=False):
        make.supplier()

        assert words in admin_client.post(url("close_for"), {**typed, "preview": "1"}).content.decode()

        assert not Closure.objects.exists()


def test_a_page_behind_which_somebody_else_closed_it_does_nothing(admin_client):
    with time_machine.travel(NOW, tick=False):
        waiting()
        page = acts.opened(acts.boss("ines"), acts.Act(url("close_for"), FAIR, is_previewed=True))
        close(30, 40, at=NOW)

        page.send()

        assert Closure.objects.count() == 1
